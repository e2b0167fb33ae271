# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging

from psycopg2 import errors

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..core.bank_details import BankDetails
from .collection_bank_state import BankState
from .collection_engine import CONFLICTS

_logger = logging.getLogger(__name__)

KINDS = [
    ("baseline", "First known"),
    ("change", "Changed"),
    ("return", "Back to known details"),
]
MANAGERS = "account_collection.group_collection_manager"
TASK = "mail.mail_activity_data_warning"
#: hours after which it is noted again that the details are the same
NOTED_AGAIN = 12
#: minutes that a change may have taken to be committed, bearing its beginning's time
SLOWEST_CHANGE = 15


class CollectionBankDetail(models.Model):
    """What our messages say about how to pay: a log of each change of it.

    Compared with the bank account whenever a run plans, a message is about to leave or
    a letter is made; not written by hooks, because a change by SQL or by an import
    counts too. The first details that are known are the baseline.
    """

    _name = "collection.bank.detail"
    _description = "Bank details on messages"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _mail_post_access = "read"
    _order = "company_id, id desc"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    bank_account_id = fields.Many2one("res.partner.bank", ondelete="set null")
    number = fields.Char("IBAN", required=True)
    bic = fields.Char("BIC")
    holder = fields.Char("Account holder")
    bank_name = fields.Char("Bank")
    kind = fields.Selection(KINDS, required=True)
    previous_id = fields.Many2one(
        "collection.bank.detail", "Replaces", ondelete="set null"
    )
    date_from = fields.Date("Used since", required=True)
    date_to = fields.Date("Used until")
    checked_at = fields.Datetime(
        "Last compared",
        required=True,
        help="When they were last found to be the same.",
    )
    changed_by_ids = fields.Many2many(
        "res.users",
        string="Changed by",
        help="Who wrote the bank account or a bank journal since the last comparison; "
        "empty when it is not known, for example after a change in the database.",
    )
    approved_on = fields.Datetime()
    approved_by_id = fields.Many2one("res.users", ondelete="restrict")
    approval_note = fields.Text("How it was checked")
    warning = fields.Text(help="As it stands on the messages that wait.")
    is_lifted = fields.Boolean()
    is_pending = fields.Boolean("To approve", compute="_compute_is_pending")
    wait_until = fields.Date(compute="_compute_is_pending")

    _current_uniq = models.UniqueIndex(
        "(company_id) WHERE date_to IS NULL",
        "A company has one set of current bank details.",
    )

    # === COMPUTE METHODS === #

    @api.depends("approved_on", "date_from", "date_to", "kind")
    @api.depends_context("collection_date")
    def _compute_is_pending(self):
        for row in self:
            today = self.env["collection.engine"]._get_day(row.company_id, None)
            row.is_pending = not row.date_to and not row._is_trusted(today)
            row.wait_until = row.is_pending and row._get_wait_end()

    @api.depends("number", "bank_name", "company_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.company_id.name}: {row._get_details().masked()}"

    # === READING === #

    def _get_details(self) -> BankDetails:
        """Return the details of a row; of none, empty ones."""
        return BankDetails(
            self.number or "", self.bic or "", self.holder or "", self.bank_name or ""
        )

    def _get_wait_end(self) -> datetime.date:
        days = self.company_id.sudo().collection_bank_change_days
        return self.date_from + datetime.timedelta(days=days)

    def _is_trusted(self, day) -> bool:
        """Tell whether messages may say these details by themselves on a day."""
        if self.kind != "change" or self.approved_on:
            return True
        return day >= self._get_wait_end()

    @api.model
    def _get_state(self, company, today=None) -> BankState:
        """Compare the company's bank account with the log; write nothing.

        :param today: the policy's day; default: the company's
        """
        company = company.sudo()
        today = today or self.env["collection.engine"]._get_day(company, None)
        account, details = company._read_collection_bank_details()
        rows = self.sudo()
        if details:
            rows = rows.search([("company_id", "=", company.id)])
        # Days that are simulated leave no log: the first one is when it is noticed.
        noticed_on = self.env["collection.engine"]._get_first_simulated() or today
        return BankState(company, today, account, details, rows, noticed_on)

    # === NOTICING === #

    @api.model
    def _notice(self, company, today=None) -> BankState:
        """Compare, and log what is new: the first details, a change, the way back.

        A change that must be approved gives a task to a manager.
        """
        state = self._get_state(company, today)
        if not state.details or state.is_known:
            return state
        try:
            with self.env.cr.savepoint():
                row = self.sudo()._log(state)
                if state.is_pending:
                    row._ask_approval()
        except (*CONFLICTS, errors.UniqueViolation):
            # Another process notes it at this moment: what it means is known all the
            # same.
            self.env.invalidate_all()
            _logger.info("Another process notes the bank details of %s", company.id)
            return state
        return self._get_state(company, state.today)

    @api.model
    def _begin_day(self, company, today) -> None:
        """Compare at the beginning of a run; free what need not wait any more."""
        state = self._notice(company, today)
        state.current._note_comparison()
        if not state.is_pending:
            state.row._lift_warning()

    @api.model
    def _log(self, state: BankState):
        """Put the details of the moment in the place of the current ones."""
        if state.row:
            state.row._lift_warning()
            state.row.activity_unlink([TASK])
            state.row.date_to = state.today
            state.row.flush_recordset()
        lang = state.company.partner_id.lang or self.env.lang
        return self.create(
            {
                "company_id": state.company.id,
                "bank_account_id": state.account.id,
                "number": state.details.number,
                "bic": state.details.bic,
                "holder": state.details.holder,
                "bank_name": state.details.bank,
                "kind": state.kind,
                "previous_id": state.row.id,
                "date_from": state.since,
                "checked_at": self.env.cr.now(),
                "changed_by_ids": [Command.set(self._find_authors(state))],
                "warning": state.get_warning(self.with_context(lang=lang).env),
            }
        )

    @api.model
    def _find_authors(self, state: BankState) -> list[int]:
        """Return who wrote our account or a bank journal since the last comparison.

        The superuser is nobody: what a program wrote has no known author.
        """
        if state.kind == "baseline":
            return []
        for model in ("account.journal", "res.bank", "res.partner.bank"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT u.id
                  FROM (SELECT write_uid AS uid, write_date AS at
                          FROM res_partner_bank WHERE id IN %(accounts)s
                        UNION ALL
                        SELECT create_uid, create_date
                          FROM res_partner_bank WHERE id IN %(accounts)s
                        UNION ALL
                        SELECT write_uid, write_date
                          FROM res_bank WHERE id = %(bank)s
                        UNION ALL
                        SELECT write_uid, write_date FROM account_journal
                         WHERE company_id = %(company)s AND type = 'bank') v
                  JOIN res_users u ON u.id = v.uid AND u.active
                 WHERE v.at >= %(since)s""",
                accounts=tuple(
                    filter(None, (state.account.id, state.row.bank_account_id.id))
                )
                or (0,),
                bank=state.account.bank_id.id or 0,
                company=state.company.id,
                since=state.row.checked_at - datetime.timedelta(minutes=SLOWEST_CHANGE),
            )
        )
        return [row[0] for row in rows]

    def _note_comparison(self) -> None:
        """Note, now and then, that the current details are the same as before."""
        limit = self.env.cr.now() - datetime.timedelta(hours=NOTED_AGAIN)
        stale = self.filtered(lambda row: row.checked_at < limit)
        if stale:
            stale.try_lock_for_update().checked_at = self.env.cr.now()

    def _ask_approval(self) -> None:
        """Give a task, with Odoo's e-mail, to a manager who did not change them."""
        managers = self._get_managers()
        chosen = self.company_id._get_collection_manager()
        if chosen in self.changed_by_ids or chosen not in managers:
            chosen = (managers - self.changed_by_ids)[:1] or managers[:1] or chosen
        local = self.with_context(mail_activity_quick_update=False, lang=chosen.lang)
        local.activity_schedule(
            TASK,
            date_deadline=self.date_from,
            user_id=chosen.id,
            summary=local.env._("Approve our new bank details"),
            note=self.warning,
        )

    def _get_managers(self):
        """Return the persons who may approve for the company."""
        group = self.env.ref(MANAGERS).sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    def _lift_warning(self) -> None:
        """Take the warning off the messages that wait: it holds no more."""
        for row in self.filtered(lambda row: row.warning and not row.is_lifted):
            waiting = self.env["collection.followup"].search(
                [
                    ("company_id", "=", row.company_id.id),
                    ("state", "in", ("planned", "to_confirm")),
                    ("warning", "like", row.warning),
                ]
            )
            for warning, group in waiting.grouped("warning").items():
                left = warning.replace(row.warning, "").strip()
                group.warning = left or False
            row.is_lifted = True

    # === APPROVAL === #

    def action_approve(self):
        """Open the form in which a manager approves the details."""
        self.ensure_one()
        self._check_may_approve()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Approve our new bank details"),
            "res_model": "collection.bank.approve",
            "view_mode": "form",
            "target": "new",
            "context": {"default_detail_id": self.id},
        }

    def _check_may_approve(self):
        """Refuse who may not approve these details.

        :raise AccessError: not a manager
        :raise UserError: nothing to approve, or the one who changed them while there
            is another manager
        """
        self.ensure_one()
        if not self.env.user.has_group(MANAGERS):
            raise AccessError(
                self.env._("Only a collection manager may approve our bank details.")
            )
        if not self.is_pending:
            raise UserError(self.env._("These bank details need no approval."))
        others = self.sudo()._get_managers() - self.env.user
        if self._is_own_change() and others:
            raise UserError(
                self.env._(
                    "You changed these bank details yourself, or a bank journal: "
                    "somebody else must approve them. Ask %(managers)s.",
                    managers=", ".join(others.mapped("name")),
                )
            )

    def _is_own_change(self) -> bool:
        """Tell whether the user is one of those who may have changed them."""
        return self.env.user in self.sudo().changed_by_ids

    def _approve(self, note: str | None) -> None:
        """Approve the details: messages leave with them from now on.

        :param note: how they were checked; needed from a single manager who changed
            them
        :raise UserError: not allowed, or nothing was said
        """
        self._check_may_approve()
        note = (note or "").strip()
        if self._is_own_change() and not note:
            raise UserError(
                self.env._(
                    "You changed these bank details yourself and are the only manager: "
                    "write how you checked them, it is kept."
                )
            )
        row = self.sudo()
        row.write(
            {
                "approved_on": fields.Datetime.now(),
                "approved_by_id": self.env.uid,
                "approval_note": note or False,
            }
        )
        row._lift_warning()
        row.activity_feedback([TASK], feedback=note or self.env._("Approved."))
