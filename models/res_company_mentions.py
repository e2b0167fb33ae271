# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from odoo import fields, models
from odoo.tools import formatLang

from ..core.legal import MissingValueError
from .account_account import FRENCH_COUNTRIES

#: classes whose debtors owe penalties and the indemnity without a reminder
PROFESSIONALS = ("trader", "professional", "foreign")
#: Monaco has the French chart of accounts and a law of its own
MAINLAND_LAW = tuple(code for code in FRENCH_COUNTRIES if code != "MC")


class ResCompany(models.Model):
    """The mentions on payment that the law wants on invoices and terms of sale.

    C. com. L441-9: date of payment, discount terms, rate of the penalties, flat
    indemnity. Public bodies: CCP R2192-31 and D2192-35. A consumer owes neither.
    """

    _inherit = "res.company"

    collection_mentions = fields.Boolean(
        "Mentions on documents",
        default=True,
        help="Due date, discount terms, late interest and indemnity are printed on "
        "quotations, orders and invoices, as the customer's legal class wants.",
    )
    collection_discount_terms = fields.Char(
        "Discount terms",
        translate=True,
        help="Unless the payment terms of the document grant a discount. Empty = none "
        "is granted, which the law wants to be said.",
    )
    collection_mentions_text = fields.Text(
        "Own text on late payment",
        translate=True,
        help="For professionals, instead of the sentences on rate and indemnity. Name "
        "both: the law wants them. Due date and discount terms are added.",
    )

    def _is_collection_french(self) -> bool:
        """Tell whether French law is the company's; it is without a country."""
        self.ensure_one()
        code = self.sudo().country_id.code
        return not code or code in MAINLAND_LAW

    def _has_collection_mentions(self) -> bool:
        self.ensure_one()
        return self.collection_mentions and self._is_collection_french()

    # === WORDS === #

    def _word_collection_mentions(
        self, debtor_class: str, due: str, discount: str, day: datetime.date, policy
    ) -> str:
        """Return the mentions for a class of debtors, in the language of the context.

        :param due: sentence that tells when to pay
        :param discount: sentence of the payment terms, empty = the company's
        :param day: of the document, whose legal values are told
        :param policy: collection.rate.policy that applies to the document
        """
        self.ensure_one()
        parts = [due, discount or self._get_collection_discount_terms()]
        if debtor_class == "public":
            parts += self._word_collection_public(day)
        elif debtor_class in PROFESSIONALS:
            own = (self.collection_mentions_text or "").strip()
            parts += [own] if own else self._word_collection_late(day, policy)
        return " ".join(filter(None, parts))

    def _get_collection_discount_terms(self) -> str:
        text = (self.collection_discount_terms or "").strip()
        return text or self.env._("No discount for early payment.")

    def _word_collection_late(self, day: datetime.date, policy) -> list[str]:
        """C. com. L441-10 II, D441-5; a value that no law had yet is not told."""
        parts = []
        rate = self._get_collection_rate_words(day)
        if policy and policy.document != "none":
            rate = policy.with_env(self.env)._word_rate()
        if rate:
            parts.append(
                self.env._(
                    "Late payment bears interest, without a reminder, from the day "
                    "after the due date at %s.",
                    rate,
                )
            )
        indemnity = self._find_collection_value("indemnity", day)
        if indemnity is not None:
            parts.append(
                self.env._(
                    "A flat indemnity of %s euros for recovery costs is due as well "
                    "(French Commercial Code, articles L441-9, L441-10 II and D441-5).",
                    self._format_collection_value(indemnity),
                )
            )
        return parts

    def _word_collection_public(self, day: datetime.date) -> list[str]:
        """CCP R2192-31 and D2192-35."""
        points = self._find_collection_value("b2g_points", day)
        indemnity = self._find_collection_value("indemnity", day)
        if points is None or indemnity is None:
            return []
        return [
            self.env._(
                "Late payment bears interest at the rate applied by the European "
                "Central Bank to its main refinancing operations plus %(points)s "
                "percentage points, with a flat indemnity of %(indemnity)s euros for "
                "recovery costs (French Public Procurement Code, articles R2192-31 and "
                "D2192-35).",
                points=self._format_collection_value(points),
                indemnity=self._format_collection_value(indemnity),
            )
        ]

    def _get_collection_rate_words(self, day: datetime.date | None = None) -> str:
        """Return the rate of late interest in words, empty when none was in force.

        :param day: of the document, today by default
        """
        self.ensure_one()
        points = self._find_collection_value(
            "b2b_points", day or self._get_collection_today()
        )
        if points is None:
            return ""
        return self.env["collection.rate.policy"]._word_law(points)

    def _find_collection_value(self, key: str, day: datetime.date) -> Decimal | None:
        """Return a legal value, or none: a document is printed in any case."""
        try:
            return self.env["collection.parameter"]._get_table().value(key, day)
        except MissingValueError:
            return None

    def _format_collection_value(self, value: Decimal | float) -> str:
        """Write a number as the reader does, without zeros at its end."""
        exponent = Decimal(str(value)).normalize().as_tuple().exponent
        digits = max(0, -exponent)
        return formatLang(self.env, float(value), digits=digits)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_mentions = fields.Boolean(
        related="company_id.collection_mentions", readonly=False
    )
    collection_discount_terms = fields.Char(
        related="company_id.collection_discount_terms", readonly=False
    )
    collection_mentions_text = fields.Text(
        related="company_id.collection_mentions_text", readonly=False
    )

    def action_collection_mentions(self):
        """Open the texts of the company, where they are translated."""
        self.ensure_one()
        view = self.env.ref("account_collection.res_company_view_form_mentions")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mentions on documents"),
            "res_model": "res.company",
            "res_id": self.company_id.id,
            "view_mode": "form",
            "views": [(view.id, "form")],
            "target": "new",
        }
