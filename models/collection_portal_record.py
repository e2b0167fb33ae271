# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError

from .collection_portal_state import STOPPED, UNPAYABLE

#: days that an announced payment has to arrive before collection goes on
ANNOUNCED_GRACE_DAYS = 3
#: working days to settle what blocks an invoice, and to send a missing one again
SETTLE_DAYS = 5
RESEND_DAYS = 1
#: no chatter message for each of many records
QUIET = {"tracking_disable": True, "mail_create_nolog": True}


class Seen(NamedTuple):
    """What was seen for a receivable.

    :param line: account.move.line record
    :param state: collection.portal.state record
    :param portal: collection.portal record, empty = no account is recorded
    :param announced: announced day of payment
    :param leaves_alone: hold the receivable until the payment should have come
    :param available: day on which the invoice was made available to a public body
    """

    line: object
    state: object
    portal: object
    announced: datetime.date | None = None
    leaves_alone: bool = True
    reason: str = ""
    available: datetime.date | None = None


class CollectionPortalStatus(models.Model):
    """How what was seen is recorded, with all that follows, by sets.

    A status takes the place of the one before: the hold and the task of that one end.
    """

    _inherit = "collection.portal.status"

    @api.model
    def _record(self, seen: list[Seen]):
        """Record what was seen on portals on the policy's day.

        An announced payment leaves the receivable alone until three days after it;
        what is blocked, rejected or missing gives a task to who follows the debtor;
        tasks of the scenario whose receivables were all looked up are performed.

        :param seen: of receivables that the user may read
        :return: the new statuses
        :raise UserError: what is wrong, with the invoice and the field; nothing is
            written then
        """
        self.env["collection.followup"]._assert_collector()
        statuses = self.browse().sudo()
        companies = self.env["res.company"].union(
            *[one.line.company_id for one in seen]
        )
        days = {
            company: self.env["collection.engine"]._get_day(company, None)
            for company in companies
        }
        for one in seen:
            one.state._check_seen(one, days[one.line.company_id])
        for company, today in days.items():
            group = [one for one in seen if one.line.company_id == company]
            statuses += statuses._record_in_company(company, today, group)
        return statuses.with_env(self.env)

    @api.model
    def _record_in_company(self, company, today: datetime.date, seen: list[Seen]):
        before = self._find_superseded(seen)
        statuses = self._create_statuses(company, seen, today)
        before._end_consequences()
        statuses._hold_announced(seen, today)
        statuses._schedule_tasks(company, today)
        self._write_availability(seen)
        self._log_acts(statuses)
        statuses.followup_id._perform_looked_up(today)
        self.env["collection.receivable"].invalidate_model()
        return statuses

    # === THE RECORDS === #

    def _create_statuses(self, company, seen: list[Seen], today):
        debtors = {one.line: one.line.partner_id.commercial_partner_id for one in seen}
        ids = {debtor.id for debtor in debtors.values()}
        files = self.env["collection.debtor"].with_context(active_test=False)
        files._ensure_files(company, ids)
        found = files.search(
            [("company_id", "=", company.id), ("debtor_id", "in", list(ids))]
        )
        by_debtor = {file.debtor_id: file for file in found}
        tasks = self._read_tasks(seen)
        return self.create(
            [
                {
                    "move_id": one.line.move_id.id,
                    "move_line_id": one.line.id,
                    "file_id": by_debtor[debtors[one.line]].id,
                    "portal_id": one.portal.id,
                    "followup_id": tasks.get(one.line.id),
                    "date": today,
                    "user_id": self.env.uid,
                    "state_id": one.state.id,
                    "date_announced": one.announced,
                    "date_available": one.available,
                    "reason": one.reason,
                }
                for one in seen
            ]
        )

    def _read_tasks(self, seen: list[Seen]) -> dict[int, int]:
        """Return receivable -> its open task of the channel."""
        lines = self.env["collection.followup.line"].search(
            [
                ("move_line_id", "in", [one.line.id for one in seen]),
                ("counted", "=", True),
                ("followup_id.channel", "=", "portal"),
                ("followup_id.state", "in", ("planned", "failed")),
            ],
            order="id",
        )
        return {line.move_line_id.id: line.followup_id.id for line in lines}

    def _log_acts(self, statuses) -> None:
        notes = {
            file.id: "; ".join(
                " ".join(filter(None, [one.move_id.name, one.display_name, one.reason]))
                for one in group
            )
            for file, group in statuses.grouped("file_id").items()
        }
        self.env["collection.act"]._log("portal", statuses.file_id, notes)

    def _write_availability(self, seen: list[Seen]) -> None:
        """Keep on the invoices the day from which the public payment period runs."""
        days = {one.available for one in seen if one.available}
        for day in days:
            moves = self.env["account.move"].union(
                *[one.line.move_id for one in seen if one.available == day]
            )
            moves.with_context(**QUIET).collection_available_on = day

    # === WHAT A STATUS TAKES THE PLACE OF === #

    def _find_superseded(self, seen: list[Seen]):
        """Return older statuses of the receivables that still have consequences."""
        return self.search(
            [
                ("move_line_id", "in", [one.line.id for one in seen]),
                "|",
                ("hold_id.active", "=", True),
                ("activity_id", "!=", False),
            ]
        )

    def _end_consequences(self) -> None:
        """End the holds and the tasks of statuses that count no more."""
        self.hold_id.with_context(**QUIET).action_end()
        activities = self.activity_id
        self.activity_id = False
        left = self.search([("activity_id", "in", activities.ids)])
        # What a person marked as done stays in the history.
        (activities - left.activity_id).filtered("active").unlink()
        for activity, statuses in left.grouped("activity_id").items():
            activity.write(statuses._prepare_task_words())

    # === WHAT FOLLOWS FROM A STATUS === #

    def _hold_announced(self, seen: list[Seen], today) -> None:
        """Leave alone what is announced, until it should have come."""
        grace = datetime.timedelta(days=ANNOUNCED_GRACE_DAYS)
        found = [
            status
            for status, one in zip(self, seen, strict=True)
            if one.announced and one.leaves_alone and one.announced + grace >= today
        ]
        holds = (
            self.env["collection.hold"]
            .with_context(**QUIET)
            .create(
                [
                    {
                        "move_id": status.move_id.id,
                        "move_line_id": status.move_line_id.id,
                        "debtor_id": status.debtor_id.id,
                        "company_id": status.company_id.id,
                        "reason": "agreement",
                        "date_end": status.date_announced + grace,
                        "user_id": status.user_id.id,
                        "note": status._get_hold_note(),
                    }
                    for status in found
                ]
            )
        )
        for status, hold in zip(found, holds, strict=True):
            status.hold_id = hold

    def _get_hold_note(self) -> str:
        self.ensure_one()
        return self.env._(
            "Seen on %(portal)s on %(day)s: %(status)s, payment announced for "
            "%(date)s.",
            portal=self._get_place(),
            day=self.date,
            status=self.state_id.name,
            date=self.date_announced,
        )

    def _get_place(self) -> str:
        """Return the portals' names, in words when none is recorded."""
        sites = self.portal_id.site_id
        names = sites.mapped("name") or [self.env._("the customer's portal")]
        return ", ".join(names)

    def _schedule_tasks(self, company, today) -> None:
        """Give who follows the debtor a task for what stops its payment.

        One for each debtor and kind: to settle what blocks, to send what is missing.
        """
        calendar = self.env["collection.calendar"]._get_calendar(company)
        stopped = self.filtered(lambda status: status.meaning in UNPAYABLE)
        groups = stopped.grouped(
            lambda status: (status.file_id, status.meaning in STOPPED)
        )
        todo = self.env.ref("mail.mail_activity_data_todo").id
        model = self.env["ir.model"]._get_id("collection.debtor")
        values = []
        for (file, is_stopped), statuses in groups.items():
            days = SETTLE_DAYS if is_stopped else RESEND_DAYS
            user = file.collector_id or company._get_collection_manager()
            values.append(
                {
                    "activity_type_id": todo,
                    "res_model_id": model,
                    "res_id": file.id,
                    "user_id": user.id,
                    "date_deadline": calendar.add(today, days),
                    **statuses._prepare_task_words(),
                }
            )
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(values)
        )
        for activity, statuses in zip(activities, groups.values(), strict=True):
            statuses.activity_id = activity

    def _prepare_task_words(self) -> dict:
        """Return what a task says: which invoices, why, and what to do."""
        documents = ", ".join(self.mapped(lambda status: status.move_id.name or ""))
        place = self._get_place()
        if self[:1].meaning in STOPPED:
            summary = self.env._(
                "%(portal)s: settle %(documents)s", portal=place, documents=documents
            )
        else:
            summary = self.env._(
                "Not on %(portal)s: send %(documents)s again",
                portal=place,
                documents=documents,
            )
        rows = Markup().join(
            Markup("<li>%s</li>")
            % " – ".join(
                filter(
                    None,
                    [
                        status.move_id.name,
                        status.state_id.name,
                        status.reason,
                        status.state_id.advice,
                    ],
                )
            )
            for status in self
        )
        return {"summary": summary, "note": Markup("<ul>%s</ul>") % rows}


class CollectionPortalState(models.Model):
    _inherit = "collection.portal.state"

    def _check_seen(self, seen: Seen, today: datetime.date) -> None:
        """Refuse what cannot be right, naming the invoice and the field.

        :raise UserError: what to correct
        """
        self.ensure_one()
        problem = self._find_problem(seen, today)
        if problem:
            raise UserError(
                self.env._(
                    "%(document)s, %(status)s: %(problem)s",
                    document=seen.line.move_id.name,
                    status=self.name,
                    problem=problem,
                )
            )

    def _find_problem(self, seen: Seen, today: datetime.date) -> str | None:
        invoiced = seen.line.invoice_date or seen.line.date
        if self.meaning in STOPPED and not (seen.reason or "").strip():
            return self.env._("give the reason that the portal shows.")
        if self.meaning == "announced" and not seen.announced:
            return self.env._("give the announced day of the payment.")
        if self.meaning in UNPAYABLE and seen.announced:
            return self.env._("no payment can be announced: remove the day.")
        if seen.announced and seen.announced < invoiced:
            return self.env._("the announced day lies before the invoice's date.")
        if seen.available and seen.available > today:
            return self.env._("the day on which it was made available is to come.")
        if seen.available and seen.available < invoiced:
            return self.env._("it was made available before the invoice's date.")
        return None
