# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError


class CollectionDebtor(models.Model):
    """What a collector does with debtors from the worklist; each act is logged.

    The methods take plain values, so that the worklist calls them by RPC, and work on
    one file or on many.
    """

    _inherit = "collection.debtor"

    postponed_until = fields.Date(
        "Postponed until",
        readonly=True,
        copy=False,
        help="The debtor is not in the day's work before this day. What leaves by "
        "itself goes on: put the debtor on hold to stop it.",
    )

    # === ACTS === #

    def act_postpone(self, until=None, days=None):
        """Take debtors out of the day's work until a day.

        :param until: first day (ISO text) on which they are work again; False = now
        :param days: or so many calendar days from today, moved to a working day
        :raise UserError: the day is not in the future
        """
        self._assert_collector()
        data = {}
        for company, files in self.grouped("company_id").items():
            today = self.env["collection.engine"]._get_day(company, None)
            day = self._get_postponed_day(company, today, until, days)
            for file in files:
                before = fields.Date.to_string(file.postponed_until) or False
                data[file.id] = {"before": {"postponed_until": before}}
            files.sudo().write({"postponed_until": day})
        note = self[:1].postponed_until and fields.Date.to_string(
            self[:1].postponed_until
        )
        return (
            self.env["collection.act"]._log("postpone", self, note, data)._get_answer()
        )

    @api.model
    def _get_postponed_day(self, company, today, until, days):
        if until is False:
            return False
        if days:
            calendar = self.env["collection.calendar"]._get_calendar(company)
            return calendar.next_working(today + datetime.timedelta(days=int(days)))
        day = fields.Date.to_date(until)
        if not day or day <= today:
            raise UserError(self.env._("Choose a day in the future."))
        return day

    def act_assign(self, user_id=False):
        """Give debtors to a collector; 0 or False = to nobody, True = to oneself."""
        self._assert_collector()
        users = self.env["res.users"]
        user = self.env.user if user_id is True else users.browse(user_id or [])
        if user and not user.has_group("account_collection.group_collection_user"):
            raise UserError(
                self.env._("%s is not a collector: choose another one.", user.name)
            )
        data = {
            file.id: {"before": {"collector_id": file.collector_id.id}} for file in self
        }
        acts = self.env["collection.act"]._log("assign", self, user.name, data)
        self.sudo().write({"collector_id": user.id})
        return acts._get_answer()

    def act_scenario(self, scenario_id, note):
        """Give debtors a scenario of their own; nothing is sent twice.

        :param scenario_id: False = back to that of the segment or company
        :param note: why
        """
        self._assert_collector()
        self._assert_words(note)
        scenario = self.env["collection.scenario"].browse(scenario_id or [])
        data = {
            file.id: {"before": {"scenario_id": file.scenario_id.id}} for file in self
        }
        acts = self.env["collection.act"]._log("scenario", self, note, data)
        self.sudo().write({"scenario_id": scenario.id})
        return acts._get_answer()

    def act_note(self, note):
        """Keep a note about debtors."""
        self._assert_collector()
        self._assert_words(note)
        return self.env["collection.act"]._log("note", self, note)._get_answer()

    def act_hold(self, reason, move_line_ids=None, **values):
        """Put debtors, or some of their receivables, on hold.

        :param move_line_ids: journal items of one debtor; empty = everything it owes
        :param values: amount, note, date_end, date_review of collection.hold
        """
        self._assert_collector()
        known = {"amount", "note", "date_end", "date_review"}
        values = {key: value for key, value in values.items() if key in known and value}
        lines = self.env["account.move.line"].browse(move_line_ids or [])
        if lines:
            self.ensure_one()
            self._assert_own_lines(lines)
        holds = self.env["collection.hold"].create(
            [
                {
                    "debtor_id": file.debtor_id.id,
                    "company_id": file.company_id.id,
                    "move_id": line and line.move_id.id,
                    "move_line_id": line and line.id,
                    "reason": reason,
                    **values,
                }
                for file in self
                for line in (lines.sudo() or [False])
            ]
        )
        data = {
            file.id: {
                "holds": holds.filtered(
                    lambda hold, file=file: hold.debtor_id == file.debtor_id
                ).ids
            }
            for file in self
        }
        acts = self.env["collection.act"]._log("hold", self, values.get("note"), data)
        return acts._get_answer()

    def act_release(self, hold_ids):
        """End holds of a debtor: collection resumes with the next run."""
        self._assert_collector()
        self.ensure_one()
        holds = self.env["collection.hold"].browse(hold_ids)
        if holds.debtor_id != self.debtor_id or holds.company_id != self.company_id:
            raise UserError(self.env._("These holds are not of this debtor."))
        holds.action_end()
        data = {self.id: {"holds": holds.ids}}
        return (
            self.env["collection.act"]._log("release", self, None, data)._get_answer()
        )

    # === CALLS === #

    def act_call(self, result, followup_id=None, **values):
        """Record a call to the debtor; see ``collection.followup._record_call``.

        :param followup_id: the planned call; None = the next planned one, else a call
            that no step asked for
        """
        self._assert_collector()
        self.ensure_one()
        known = {"note", "seconds", "person", "next_try_at", "promised_on", "amount"}
        known |= {"hold_until"}
        values = {key: value for key, value in values.items() if key in known and value}
        followup = self._get_planned_call(followup_id)
        if not followup:
            create = self.env["collection.followup"]._create_adhoc_call
            followup = create(self, self._get_phone_contact()).with_env(self.env)
        followup._record_call(result, **values)
        return self.env["collection.act"]._find_last()._get_answer()

    def _get_planned_call(self, followup_id=None):
        """Return the planned call of the debtor, empty without one."""
        calls = self.env["collection.followup"].search(
            [
                ("file_id", "=", self.id),
                ("channel", "=", "call"),
                ("state", "=", "planned"),
            ],
            order="date, id",
        )
        if followup_id:
            return calls.filtered(lambda call: call.id == followup_id)
        return calls[:1]

    def _get_phone_contact(self):
        """Return whom to call for accounting."""
        addresses = self.env["collection.recipient"]._get_addresses(
            self.company_id, self.debtor_id.ids
        )
        found = addresses.get(self.debtor_id.id, {}).get(("call", "accounting"))
        return self.env["res.partner"].browse(found.partner_id if found else [])

    def _get_overdue_receivables(self):
        """Return the overdue receivables that are followed up."""
        self.ensure_one()
        return self.env["collection.receivable"].search(
            [
                ("debtor_id", "=", self.debtor_id.id),
                ("company_id", "=", self.company_id.id),
                ("bucket", "!=", "not_due"),
                ("status", "not in", ("credit", "untracked")),
            ]
        )

    # === DIALOGS === #

    def _get_dialog(self, name: str, model: str, **values) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [[False, "form"]],
            "target": "new",
            **values,
        }

    def action_order_notice(self, move_line_ids=()):
        """Open the form of a formal notice.

        :param move_line_ids: receivables that were ticked; empty = all that are due
        """
        self._assert_collector()
        self.ensure_one()
        order = self.env["collection.notice.order"]._prepare(self, move_line_ids)
        name = self.env._("Formal notice to %s", self.debtor_id.display_name)
        return self._get_dialog(name, order._name, res_id=order.id)

    def action_change(self):
        """Open the form that changes collector or scenario, with the reason."""
        self._assert_collector()
        context = {"default_file_ids": self.ids, "default_kind": "scenario"}
        name = self.env._("Act on debtors")
        return self._get_dialog(name, "collection.bulk.act", context=context)

    def action_edit_contacts(self):
        """Open the contacts by role."""
        self._assert_collector()
        self.ensure_one()
        view = self.env.ref("account_collection.collection_debtor_view_form_contacts")
        name = self.env._("Contacts of %s", self.debtor_id.display_name)
        return self._get_dialog(
            name, self._name, res_id=self.id, views=[[view.id, "form"]]
        )

    # === GUARDS === #

    def _assert_collector(self):
        self.env["collection.followup"]._assert_collector()
        self.check_access("write")

    def _assert_words(self, note):
        if not (note or "").strip():
            raise UserError(self.env._("Write why: colleagues will read it later."))

    def _assert_own_lines(self, lines):
        """Refuse journal items that are no receivables of this debtor."""
        own = self.env["collection.receivable"].search_count(
            [
                ("move_line_id", "in", lines.ids),
                ("debtor_id", "=", self.debtor_id.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        if own != len(lines):
            raise UserError(
                self.env._(
                    "Some of these items are no open receivables of %s: reload the "
                    "page.",
                    self.debtor_id.display_name,
                )
            )

    @api.model
    def _get_today(self):
        return self.env["collection.receivable"]._get_today()
