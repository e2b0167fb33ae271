# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import UserError

from .collection_bank_detail import MANAGERS
from .collection_followup_letter import LETTER_CHANNELS


class CollectionFollowup(models.Model):
    """Messages that say how to pay do not leave with bank details nobody approved."""

    _inherit = "collection.followup"

    bank_detail_id = fields.Many2one(
        "collection.bank.detail",
        "Bank details shown",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    bank_released_by_id = fields.Many2one(
        "res.users",
        "Released by",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The manager who let it leave although our bank details had changed.",
    )

    def _notice_bank(self):
        """Compare our bank details; return company -> BankState."""
        log = self.env["collection.bank.detail"]
        return {
            company: log._notice(company, self._get_bank_day(company))
            for company in self.company_id
        }

    def _get_bank_day(self, company):
        return self.env["collection.engine"]._get_day(company, None)

    def _says_how_to_pay(self, state) -> bool:
        return self.step_id.id in state.steps

    def _get_bank_stop_reason(self, state=None) -> str | None:
        """Return why our bank details keep a message from leaving, None if they do not.

        :param state: BankState, when the caller has just compared
        """
        self.ensure_one()
        state = state or self._notice_bank()[self.company_id]
        if not self._says_how_to_pay(state):
            return None
        has_text = self.mail_id or self.attachment_id
        if has_text and self.bank_detail_id not in (state.current, self._no_details()):
            return self.env._("Our bank details have changed since it was made.")
        if state.is_pending and not self._is_bank_released(state):
            return self.env._(
                "Our bank details have changed: a manager must approve them first."
            )
        return None

    def _no_details(self):
        return self.env["collection.bank.detail"]

    def _is_bank_released(self, state) -> bool:
        """Tell whether a manager let it leave with the details of this moment."""
        return bool(self.bank_released_by_id) and self.bank_detail_id == state.current

    def _stamp_bank(self, states) -> None:
        """Keep which details the messages show; an earlier release is over."""
        for company, group in self.grouped("company_id").items():
            row = states[company].current
            outdated = group.filtered(
                lambda one, row=row, state=states[company]: (
                    one.bank_detail_id != row and one._says_how_to_pay(state)
                )
            )
            if outdated:
                outdated.write({"bank_detail_id": row.id, "bank_released_by_id": False})

    # === BEFORE IT LEAVES === #

    def _dispatch(self, reading=None):
        """Hold back what says how to pay while our details wait for a manager.

        A run has compared them at its beginning, in this transaction.
        """
        if reading:
            states = {company: facts.bank for company, facts in reading.facts.items()}
        else:
            states = self._notice_bank()
        self._stamp_bank(states)
        stopped = self.filtered(
            lambda one: (
                states[one.company_id].is_pending
                and one._says_how_to_pay(states[one.company_id])
                and not one._is_bank_released(states[one.company_id])
            )
        )
        for one in stopped:
            state = states[one.company_id]
            if one.state == "queued":
                one._cancel(one._get_bank_stop_reason(state))
                continue
            one._update_state("to_confirm")
            if state.row.warning and state.row.warning not in (one.warning or ""):
                one.warning = " ".join(filter(None, [one.warning, state.row.warning]))
        return super(CollectionFollowup, self - stopped)._dispatch(reading)

    def _get_mail_stop_reason(self, figures):
        """A queued mail leaves with the details of this moment, approved ones."""
        reason = super()._get_mail_stop_reason(figures)
        return reason or self._get_bank_stop_reason()

    def _make_letters(self):
        """Make letters with approved details alone, and keep which ones they show."""
        states = self._notice_bank()
        stopped = self._cancel_bank_change(states)
        made = self - stopped
        result = super(CollectionFollowup, made)._make_letters()
        made.filtered("attachment_id")._stamp_bank(states)
        return result

    def _cancel_bank_change(self, states):
        """Cancel letters whose details nobody approved: they are planned again."""
        stopped = self.browse()
        for letter in self:
            state = states[letter.company_id]
            if state.is_pending and letter._get_bank_stop_reason(state):
                letter._cancel(letter._get_bank_stop_reason(state))
                stopped |= letter
        return stopped

    def _recheck_letters(self):
        """Before letters are printed: make again those that show other details."""
        states = self._notice_bank()
        waiting = self.filtered(
            lambda letter: (
                letter.state == "queued"
                and letter.channel in LETTER_CHANNELS
                and letter.attachment_id
            )
        )
        waiting -= waiting._cancel_bank_change(states)
        outdated = waiting.filtered(
            lambda letter: letter._get_bank_stop_reason(states[letter.company_id])
        )
        pdfs = outdated.attachment_id
        outdated.write({"attachment_id": False, "sha256": False})
        pdfs.unlink()
        outdated._make_letters()
        return super()._recheck_letters()

    # === WHO CONFIRMS === #

    def action_confirm(self):
        """A collector does not release details that no manager approved."""
        self._release_bank()
        return super().action_confirm()

    def action_retry(self):
        """Like confirming: what failed leaves with the details of this moment."""
        self._release_bank()
        return super().action_retry()

    def _release_bank(self) -> None:
        """Note a manager's release of messages whose bank details wait.

        :raise UserError: a collector, or the manager who changed the details
        """
        self._assert_collector()
        todo = self.filtered(
            lambda one: one.state in ("planned", "to_confirm", "failed")
        )
        for company, state in todo.sudo()._notice_bank().items():
            if not state.is_pending:
                continue
            waiting = todo.filtered(
                lambda one, company=company, state=state: (
                    one.company_id == company and one._says_how_to_pay(state)
                )
            )
            if waiting:
                self._check_bank_release(state)
                values = {
                    "bank_detail_id": state.row.id,
                    "bank_released_by_id": self.env.uid,
                }
                waiting.sudo().write(values)

    def _check_bank_release(self, state) -> None:
        warning = state.get_warning(self.env)
        if not self.env.user.has_group(MANAGERS):
            raise UserError(
                self.env._(
                    "%(warning)s Ask a collection manager to approve them under "
                    "Configuration > Bank details on messages.",
                    warning=warning,
                )
            )
        if state.row.with_env(self.env)._is_own_change():
            raise UserError(
                self.env._(
                    "%(warning)s You changed them yourself, or a bank journal: they "
                    "must be approved first, under Configuration > Bank details on "
                    "messages.",
                    warning=warning,
                )
            )
