# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import itertools
from decimal import Decimal

from markupsafe import Markup

from odoo import api, models

from ..core.late_fees import INTEREST_FIRST, PRINCIPAL_FIRST
from .collection_late_fees import FeesTotal


class CollectionLateFees(models.AbstractModel):
    """The statement of late fees: one place for letter, claim, PDF and spreadsheet."""

    _inherit = "collection.late.fees"

    @api.model
    def _get_sheet(self, total: FeesTotal, day: datetime.date, principal=None) -> dict:
        """Return what a statement of late fees shows in one currency.

        Amounts are numbers for the spreadsheet, with their words for the page.

        :param principal: what is asked for, the ledger's when empty
        """
        words = self.env["collection.followup"]._get_formatter()
        currency_id = total.lines[0].row["currency_id"]

        def money(amount):
            return words.amount(amount, currency_id)

        rows = [
            {
                "document": line.row["document"],
                "due": words.day(line.row["date_due"]),
                "date_due": line.row["date_due"],
                "amount": words.number(line.row["amount"], currency_id),
                "segments": [
                    {
                        "from": words.day(segment.date_from),
                        "to": words.day(segment.date_to),
                        "date_from": segment.date_from,
                        "date_to": segment.date_to,
                        "days": segment.days,
                        "balance": words.number(segment.balance, currency_id),
                        "rate": self._word_percent(segment.rate),
                        "interest": words.number(segment.amount, currency_id),
                        "values": (segment.balance, segment.rate, segment.amount),
                    }
                    for segment in line.segments
                ],
                "interest": words.number(line.interest, currency_id),
                "indemnity": words.number(line.indemnity, currency_id)
                if line.indemnity
                else "",
                "settled": words.number(
                    line.settled_interest + line.settled_indemnity, currency_id
                )
                if line.settled_interest + line.settled_indemnity
                else "",
                "values": (line.row["amount"], line.interest, line.indemnity),
            }
            for line in total.lines
            if line.interest or line.indemnity
        ]
        if principal is None:
            principal = total.principal
        currency = self.env["res.currency"].browse(currency_id)
        return {
            "rows": rows,
            "currency": currency.name,
            "digits": currency.decimal_places,
            "title": self._word_title(total, words.day(day, is_long=True), currency),
            "label": self._word_interest(total.lines[0].debtor_class),
            "class": total.lines[0].debtor_class,
            "day": words.day(day, is_long=True),
            "principal": money(principal),
            "interest": money(total.interest_left),
            "indemnity": money(total.indemnity_left),
            "settled": money(total.settled) if total.settled else "",
            "total": money(principal + total.left),
            "per_day": money(total.per_day) if total.per_day else "",
            "rates": self._get_rate_words(total),
            "is_principal_first": total.imputation == PRINCIPAL_FIRST,
            "is_interest_first": total.imputation == INTEREST_FIRST,
            "values": (principal, total.interest_left, total.indemnity_left),
        }

    @api.model
    def _word_title(self, total: FeesTotal, day: str, currency) -> str:
        if total.lines[0].debtor_class == "consumer":
            return self.env._(
                "Interest through %(day)s (%(currency)s)",
                day=day,
                currency=currency.name,
            )
        return self.env._(
            "Late fees through %(day)s (%(currency)s)", day=day, currency=currency.name
        )

    @api.model
    def _word_interest(self, debtor_class: str) -> str:
        """Return how the law calls the interest: a consumer owes no penalty."""
        names = {
            "consumer": self.env._("Interest at the legal rate"),
            "public": self.env._("Default interest"),
        }
        return names.get(debtor_class) or self.env._("Late-payment penalties")

    @api.model
    def _word_percent(self, rate: Decimal) -> str:
        """Return a rate with its sign, at least two decimals: 12.40 %."""
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        exponent = rate.normalize().as_tuple().exponent
        digits = max(-exponent, 2) if isinstance(exponent, int) else 2
        text = f"{rate:.{digits}f}".replace(".", lang.decimal_point or ".")
        return f"{text}\N{NO-BREAK SPACE}%"

    @api.model
    def _get_rate_words(self, total: FeesTotal) -> str:
        """Return the rates of the semesters: 12.15 % in the first half of 2026."""
        segments = itertools.chain.from_iterable(x.segments for x in total.lines)
        rates: dict[tuple, dict] = {}
        for segment in sorted(segments, key=lambda one: one.date_from):
            for day in (segment.date_from, segment.date_to):
                half = day.year, 1 if day.month < 7 else 2
                rates.setdefault(half, {})[self._word_percent(segment.rate)] = True
        phrases = {
            1: self.env._("%(rate)s in the first half of %(year)s"),
            2: self.env._("%(rate)s in the second half of %(year)s"),
        }
        words = [
            phrases[half] % {"rate": " / ".join(found), "year": year}
            for (year, half), found in sorted(rates.items())
        ]
        if not words:
            return ""
        last = words.pop()
        return self.env._(" and ").join(filter(None, [", ".join(words), last]))

    @api.model
    def _render_sheet(self, sheets: list[dict]) -> Markup:
        return self.env["ir.qweb"]._render(
            "account_collection.late_fee_sheet", {"sheets": sheets}
        )

    @api.model
    def _group_by_currency(self, lines) -> dict[int, FeesTotal]:
        """Return currency -> its late fees, in the order of the due dates."""
        totals: dict[int, FeesTotal] = {}
        for line in sorted(lines, key=lambda x: (x.row["date_due"], x.row["id"])):
            totals.setdefault(line.row["currency_id"], FeesTotal([])).lines.append(line)
        return totals
