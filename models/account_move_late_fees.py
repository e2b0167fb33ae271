# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError

#: portal users read their own invoices, not what no message has told them yet
READERS = "account.group_account_invoice,account.group_account_readonly"


class AccountMove(models.Model):
    """What late fees need to know of an entry and its journal cannot tell."""

    _inherit = "account.move"

    collection_rate_policy_id = fields.Many2one(
        "collection.rate.policy",
        "Late-payment rate",
        check_company=True,
        copy=False,
        index="btree_not_null",
        help="Kept when the invoice is posted: the customer's, else the segment's, "
        "else the company's. A rate that changes later leaves it alone.",
    )
    collection_credit_nature = fields.Selection(
        [
            ("commercial", "Commercial gesture"),
            ("correction", "Corrects an invoicing error"),
        ],
        "Nature of the credit note",
        help="A commercial gesture reduces the debt from its own date; what an error "
        "had invoiced was never owed, and bears no late fees at all. Empty = a "
        "commercial gesture.",
    )
    collection_value_date = fields.Date(
        "Value date",
        copy=False,
        help="Day on which the funds were at our disposal, when it is not that of the "
        "bank line: late fees stop on it.",
    )
    collection_notice_on = fields.Date(
        "Formal notice received on",
        copy=False,
        help="For a notice sent outside this program: a consumer owes interest from "
        "the day after.",
    )
    collection_claim_id = fields.Many2one(
        "collection.claim",
        "Late fees booked",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The entry books late fees: it bears none itself.",
    )
    collection_interest = fields.Monetary(
        "Late-payment interest", compute="_compute_collection_fees", groups=READERS
    )
    collection_indemnity = fields.Monetary(
        "Flat indemnity", compute="_compute_collection_fees", groups=READERS
    )
    collection_fees_note = fields.Char(
        compute="_compute_collection_fees", groups=READERS
    )

    @api.depends("line_ids.amount_residual", "state", "collection_rate_policy_id")
    @api.depends_context("collection_date", "lang")
    def _compute_collection_fees(self):
        sales = self.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        fees = self.env["collection.late.fees"].sudo()._read_moves(sales)
        for move in self:
            found = fees.get(move.id)
            move.collection_interest = float(found.interest) if found else 0.0
            move.collection_indemnity = float(found.indemnity) if found else 0.0
            move.collection_fees_note = found.error if found else False

    def _collection_get_reversal(self):
        """Return the posted entry that reverses this one, empty without one."""
        return self.reversal_move_ids.filtered(lambda move: move.state == "posted")[:1]

    def action_claim_late_fees(self):
        """Calculate late fees of invoices; nothing is claimed before a confirmation.

        :raise UserError: nothing is left to claim, several debtors, a missing value
        """
        claims = self.env["collection.claim"]
        claims._assert_collector()
        self.check_access("read")
        found = claims
        for company, moves in self.grouped("company_id").items():
            for debtor, some in moves.grouped("commercial_partner_id").items():
                files = self.env["collection.debtor"].sudo()
                file = files._get_file(company, debtor).with_env(self.env)
                file.check_access("write")
                found |= claims._renew(file, some)
        return found._open()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def collection_late_fees(self, until=None) -> dict:
        """Return what receivables bore in late fees, from the ledger's own history.

        Payments count at their value date, credit notes by their nature, instalments
        each from its own due date; the 40 euros once for an invoice, on the first of
        its instalments that was late.

        :param until: last day that counts (date or ISO text), today when empty
        :return: JSON-able dict ``interest, indemnity, total, currency, until,
            rate_words, per_day, warnings`` and ``segments``, a list of ``move_line_id,
            document, date_from, date_to, days, balance, rate, amount`` (dates in ISO,
            amounts in the receivables' currency, rates in percent a year)
        :raise AccessError: a portal user asks
        :raise UserError: a legal value is missing (the sentence names it), or the
            receivables are in several currencies
        """
        if not self.env.su and not self.env.user._is_internal():
            # The portal shows what a message has told, nothing before.
            raise AccessError(self.env._("Only our own users read late fees."))
        self.check_access("read")
        return self.env["collection.late.fees"].sudo()._get_dict(self.sudo(), until)
