# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.tools import format_date

from .collection_debtor_class import DEBTOR_CLASSES
from .res_company_mentions import PROFESSIONALS


class AccountMove(models.Model):
    """The mentions on payment of an invoice, kept as they were printed.

    What is claimed later rests on what the customer read (C. com. L441-9): the text is
    frozen when the invoice is posted, and the printed invoice shows the frozen one.
    """

    _inherit = "account.move"

    collection_mentions_shown = fields.Text(
        "Mentions on the invoice",
        readonly=True,
        copy=False,
        help="The text on late payment as it stood when the invoice was posted.",
    )
    collection_mentions_class = fields.Selection(
        DEBTOR_CLASSES,
        "Legal class of the mentions",
        readonly=True,
        copy=False,
        help="For which class of debtors the text was written.",
    )
    collection_mentions_elsewhere = fields.Boolean(
        "Mentions in the terms of sale",
        copy=False,
        tracking=True,
        help="The terms of sale that the customer accepted carry the mentions.",
    )

    # === POSTING === #

    def _collection_after_post(self):
        self._collection_freeze_mentions()
        return super()._collection_after_post()

    def _collection_freeze_mentions(self):
        """Keep the text and the late-payment rate of the invoices just posted.

        Protected fields are written without the invoice's own business logic, all in
        one statement when they are flushed.
        """
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        texts = invoices._collection_word_mentions()
        classes = invoices._collection_get_classes()
        policies = invoices._collection_get_rate_policies()
        names = (
            "collection_mentions_shown",
            "collection_mentions_class",
            "collection_rate_policy_id",
        )
        frozen = [self._fields[name] for name in names]
        with self.env.protecting(frozen, invoices):
            for move in invoices:
                move.collection_rate_policy_id = policies[move.id]
                text = texts.get(move.id, False)
                move.collection_mentions_shown = text
                move.collection_mentions_class = text and classes[move.id]

    # === WORDS === #

    def _collection_get_classes(self) -> dict[int, str]:
        """Return invoice -> legal class of its debtor, for all the invoices at once."""
        files = self.env["collection.debtor"].sudo()
        classes = {}
        for company, moves in self.grouped("company_id").items():
            partners = moves.commercial_partner_id.sudo()
            known = files._get_classes(company.sudo(), partners)
            for move in moves:
                classes[move.id] = known.get(move.commercial_partner_id.id, "consumer")
        return classes

    def _collection_word_mentions(self) -> dict[int, str]:
        """Return invoice -> mentions, each in its customer's language."""
        classes = self._collection_get_classes()
        policies = self._collection_get_rate_policies()
        texts = {}
        for move in self:
            company = move.company_id.sudo()
            if not company._has_collection_mentions():
                continue
            company = company.with_context(lang=move.partner_id.lang or self.env.lang)
            texts[move.id] = company._word_collection_mentions(
                classes[move.id],
                move._collection_word_due(company.env),
                move._collection_word_discount(company),
                move._collection_get_day(),
                policies[move.id],
            )
        return texts

    def _collection_get_rate_policies(self) -> dict:
        """Return invoice -> late-payment rate that applies to it."""
        files = self.env["collection.debtor"].sudo()
        found = {}
        for company, moves in self.sudo().grouped("company_id").items():
            partners = moves.commercial_partner_id
            policies = files._get_rate_policies(company, partners)
            for move in moves:
                own = move.collection_rate_policy_id
                found[move.id] = own or policies[move.commercial_partner_id.id]
        return found

    def _collection_get_day(self):
        return self.invoice_date or self.company_id.sudo()._get_collection_today()

    def _collection_word_due(self, env) -> str:
        """Tell the due dates: an invoice in instalments has several."""
        days = self._collection_get_due_days()
        if not days:
            return ""
        *others, last = [format_date(env, day) for day in days]
        if not others:
            return env._("Payment is due on %s.", last)
        return env._(
            "Payment is due on %(days)s and %(last)s.",
            days=", ".join(others),
            last=last,
        )

    def _collection_get_due_days(self) -> list:
        lines = self.line_ids.filtered(lambda line: line.display_type == "payment_term")
        days = {line.date_maturity for line in lines if line.date_maturity}
        return sorted(days or {self.invoice_date_due} - {False})

    def _collection_word_discount(self, company) -> str:
        """Tell the discount that the payment terms grant, empty when they do not."""
        term = self.invoice_payment_term_id.sudo()
        last = term and term._get_last_discount_date(self._collection_get_day())
        if not last:
            return ""
        return company.env._(
            "Discount of %(percentage)s %% if paid by %(day)s.",
            percentage=company._format_collection_value(term.discount_percentage),
            day=format_date(company.env, last),
        )

    def _collection_get_mentions(self) -> str:
        """Return the text to print: the frozen one, that of today on a draft."""
        self.ensure_one()
        if self.move_type != "out_invoice":
            return ""
        if self.state == "posted":
            return self.collection_mentions_shown or ""
        return self._collection_word_mentions().get(self.id, "")

    # === CHECK === #

    def _collection_get_missing_mentions(self):
        """Return the invoices to professionals that were posted without mentions.

        Those written for a consumer tell neither rate nor indemnity: they count as
        missing once the debtor proves to be a professional.
        """
        invoices = self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and not move.collection_mentions_elsewhere
                and move.collection_mentions_class not in PROFESSIONALS
            )
        )
        classes = invoices._collection_get_classes()
        return invoices.filtered(lambda move: classes[move.id] in PROFESSIONALS)

    def action_collection_mentions_elsewhere(self):
        """Record that the accepted terms of sale carry the mentions."""
        invoices = self.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        invoices.check_access("write")
        invoices.write({"collection_mentions_elsewhere": True})
