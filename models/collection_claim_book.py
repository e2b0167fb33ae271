# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date


class CollectionClaim(models.Model):
    """The entry of late fees: outside the scope of VAT, to income accounts.

    Sources: CGI, article 256 (indemnities are outside the scope of VAT); PCG, accounts
    7631 (income from trade receivables) and 7581 (penalties received).
    """

    _inherit = "collection.claim"

    def action_book(self):
        """Book the late fees; a free receipt of the same amount is matched at once."""
        self._assert_accountant()
        self._assert_state("claimed")
        self._assert_no_offer()
        self.sudo()._book()

    def _assert_no_offer(self):
        """Refuse to book late fees that may yet be waived.

        :raise UserError: an offer runs
        """
        today = self._get_today()
        for claim in self:
            if claim.offer_until and claim.offer_until >= today:
                raise UserError(
                    self.env._(
                        "%(claim)s is waived if the principal is paid by %(day)s: book "
                        "it afterwards.",
                        claim=claim.display_name,
                        day=format_date(self.env, claim.offer_until),
                    )
                )

    def _assert_accountant(self):
        """Refuse who may not post entries: to claim is not to book.

        :raise AccessError: the user has no right to create invoices and entries
        """
        self._assert_collector()
        if not self.env.su and not self.env.user.has_group(
            "account.group_account_invoice"
        ):
            raise AccessError(
                self.env._("Booking late fees needs the right to post invoices.")
            )

    def _book(self):
        for claim in self:
            if claim.currency_id.is_zero(claim.amount):
                continue
            receipt = claim._find_receipt()
            day = max(receipt.date, claim.date) if receipt else claim._get_today()
            entry = self.env["account.move"].create(claim._prepare_entry(day))
            entry.action_post()
            claim.write({"entry_id": entry.id, "state": "booked"})
            if receipt:
                debit = entry.line_ids.filtered(
                    lambda line: line.account_type == "asset_receivable"
                )
                (debit + receipt).reconcile()
            claim._log_act(self.env._("Late fees booked"))

    def _find_receipt(self):
        """Return the debtor's free receipt of exactly this amount, empty for none.

        It came since the claim's day, and no open item of the debtor has its amount:
        else a person matches it.
        """
        account = self._get_receivable_account()
        lines = self.env["account.move.line"].search(
            [
                ("partner_id.commercial_partner_id", "=", self.debtor_id.id),
                ("company_id", "=", self.company_id.id),
                ("account_id", "=", account.id),
                ("currency_id", "=", self.currency_id.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("move_id.move_type", "in", ("entry", "out_invoice")),
            ],
            order="date, id",
        )
        same = self.currency_id.compare_amounts
        if any(not same(one.amount_residual_currency, self.amount) for one in lines):
            return lines.browse()
        return lines.filtered(
            lambda line: (
                line.move_id.move_type == "entry"
                and line.date >= self.date
                and not same(-line.amount_residual_currency, self.amount)
            )
        )[:1]

    def _get_receivable_account(self):
        partner = self.debtor_id.with_company(self.company_id)
        return partner.property_account_receivable_id

    def _get_amounts(self) -> list[tuple]:
        """Return (account, words, amount) of the income, interest then indemnity."""
        company = self.company_id
        interest = sum(line.interest - line.waived_interest for line in self.line_ids)
        indemnity = sum(
            line.indemnity - line.waived_indemnity for line in self.line_ids
        )
        parts = [
            (
                company._get_collection_interest_account(),
                self.env._("Late-payment interest"),
                self.currency_id.round(interest),
            ),
            (
                company._get_collection_indemnity_account(),
                self.env._("Flat indemnity for recovery costs"),
                self.currency_id.round(indemnity),
            ),
        ]
        return [part for part in parts if not self.currency_id.is_zero(part[2])]

    def _prepare_entry(self, day) -> dict:
        """Return the values of the entry, or of the invoice when the company asks.

        No tax on any line: indemnities are outside the scope of VAT, not exempt.

        :raise UserError: the journal or an account is missing in the settings
        """
        company = self.company_id.with_company(self.company_id)
        journal = company._get_collection_fee_journal()
        common = {
            "company_id": company.id,
            "journal_id": journal.id,
            "currency_id": self.currency_id.id,
            "ref": self.name,
            "collection_claim_id": self.id,
            "partner_id": self.debtor_id.id,
        }
        if company.collection_fee_document == "invoice":
            return {
                **common,
                "move_type": "out_invoice",
                "invoice_date": day,
                "invoice_line_ids": [
                    fields.Command.create(
                        {
                            "name": words,
                            "quantity": 1,
                            "price_unit": amount,
                            "account_id": account.id,
                            "tax_ids": [fields.Command.clear()],
                        }
                    )
                    for account, words, amount in self._get_amounts()
                ],
            }
        return {
            **common,
            "move_type": "entry",
            "date": day,
            "line_ids": self._get_items(day),
        }

    def _get_items(self, day) -> list:
        """Return the journal items: the debtor's account against the income."""
        own, currency = self.currency_id, self.company_id.currency_id
        rows = [
            (
                account,
                f"{self.name} {words}",
                -amount,
                -own._convert(amount, currency, self.company_id, day),
            )
            for account, words, amount in self._get_amounts()
        ]
        # The debtor's line is the sum: converted on its own it may miss a cent.
        total = own.round(-sum(row[2] for row in rows))
        balance = currency.round(-sum(row[3] for row in rows))
        rows.insert(0, (self._get_receivable_account(), self.name, total, balance))
        return [
            fields.Command.create(
                {
                    "account_id": account.id,
                    "partner_id": self.debtor_id.id,
                    "name": words,
                    "currency_id": self.currency_id.id,
                    "amount_currency": amount,
                    "balance": balance,
                    "date_maturity": day if amount > 0 else False,
                    "tax_ids": [fields.Command.clear()],
                }
            )
            for account, words, amount, balance in rows
        ]

    def action_reverse(self):
        """Take the entry back: the claim is claimed again, not booked.

        :raise UserError: the late fees were received
        """
        self._assert_accountant()
        self._assert_state("booked")
        for claim in self.sudo():
            if claim.is_paid:
                raise UserError(
                    self.env._(
                        "%(entry)s is matched with a receipt: unmatch it first.",
                        entry=claim.entry_id.name,
                    )
                )
            # The accountant may have done it already, as one does with any entry.
            reversal = claim.entry_id._collection_get_reversal()
            reversal = reversal or claim.entry_id._reverse_moves(
                [{"date": claim._get_today(), "ref": claim.name}], cancel=True
            )
            reversal.collection_claim_id = claim
            claim.write(
                {"reversal_id": reversal.id, "state": "claimed", "entry_id": False}
            )
            claim._log_act(self.env._("Booking of late fees reversed"))

    def action_open_entry(self):
        """Open the entry of the late fees."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": (self.entry_id or self.reversal_id).id,
            "view_mode": "form",
        }
