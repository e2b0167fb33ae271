# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models

from ..core.bank_details import BankDetails


class ResCompany(models.Model):
    """How customers pay us, and what happens when it changes."""

    _inherit = "res.company"

    collection_bank_change_days = fields.Integer(
        "Wait after a change of bank details",
        default=30,
        help="Days during which messages with changed bank details do not leave by "
        "themselves until a manager approves them; 0 = never wait.",
    )

    _collection_bank_change_days_positive = models.Constraint(
        "CHECK (collection_bank_change_days >= 0)",
        "The days after a change of bank details cannot be negative.",
    )

    def _read_collection_bank_details(self):
        """Return the account on which debtors pay and its details as messages say them.

        :return: res.partner.bank record, BankDetails; empty and None without an account
        """
        self.ensure_one()
        account = self._get_collection_bank_account()
        if not account:
            return account, None
        # As _get_payment_paragraph writes them.
        holder = account.acc_holder_name or self.sudo().name
        return account, BankDetails(
            account.acc_number, account.bank_bic or "", holder, account.bank_name or ""
        )

    def _get_collection_bank_alert(self, today=None) -> str | None:
        """Return which account replaced which, None when nothing is to be approved.

        For screens and for messages outside the follow-ups: nothing is written.

        :param today: the policy's day; default: the company's
        """
        self.ensure_one()
        state = self.env["collection.bank.detail"]._get_state(self, today)
        return state.get_warning(self.env)
