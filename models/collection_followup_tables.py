# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from decimal import Decimal
from functools import cached_property

from markupsafe import Markup

from odoo import models
from odoo.tools import format_date

from ..core.figures import Figures

LONG_DATE = "d MMMM y"
#: English is read on both sides of the ocean: 11/08 would be two different days
ENGLISH_DATE = "d MMM y"
THOUSANDS = "[3,0]"


class Formatter:
    """Dates and amounts in a language, for the many rows of a batch.

    Odoo's own functions look the language up again for each figure.

    :param env: environment whose language is used
    """

    def __init__(self, env):
        self.env = env
        self.days: dict[tuple, str] = {}
        self.currencies: dict[int, tuple] = {}

    @cached_property
    def lang(self):
        return self.env["res.lang"]._get_data(code=self.env.lang or "en_US")

    def day(self, day, is_long: bool = False) -> str:
        """Return a date, short (a column) or long (a sentence); empty without one."""
        if not day:
            return ""
        key = (day, is_long)
        if key not in self.days:
            text = format_date(
                self.env,
                day,
                lang_code=self.env.lang,
                date_format=self._get_format(is_long),
            )
            if is_long and (self.env.lang or "").startswith("fr") and day.day == 1:
                # CLDR writes "1 mars"; French typography wants the ordinal
                text = text.replace("1 ", "1er ", 1)
            self.days[key] = text
        return self.days[key]

    def month(self, day) -> str:
        """Return the month of a date in full letters."""
        return format_date(self.env, day, lang_code=self.env.lang, date_format="MMMM y")

    def _get_format(self, is_long: bool) -> str | bool:
        if is_long:
            return LONG_DATE
        return ENGLISH_DATE if (self.env.lang or "en").startswith("en") else False

    def amount(self, amount: Decimal, currency_id: int) -> str:
        """Return an amount with its currency, in unbreakable spaces."""
        digits, symbol, is_before, _code = self._get_currency(currency_id)
        text = self._get_number(amount, digits)
        space = "\N{NO-BREAK SPACE}"
        return f"{symbol}{space}{text}" if is_before else f"{text}{space}{symbol}"

    def plain_amount(self, amount: Decimal, currency_id: int) -> str:
        """Return an amount with the code of its currency, for a text message."""
        digits, _symbol, _is_before, code = self._get_currency(currency_id)
        number = self._get_number(amount, digits)
        return f"{number} {code}".replace("\N{NO-BREAK SPACE}", " ")

    def _get_currency(self, currency_id: int) -> tuple:
        """Return digits, symbol, whether it comes first, and the code."""
        if currency_id not in self.currencies:
            currency = self.env["res.currency"].browse(currency_id)
            self.currencies[currency_id] = (
                currency.decimal_places,
                currency.symbol or currency.name,
                currency.position == "before",
                currency.name,
            )
        return self.currencies[currency_id]

    def number(self, amount: Decimal, currency_id: int) -> str:
        """Return an amount with its currency's decimals, without its symbol."""
        digits, *_rest = self._get_currency(currency_id)
        return self._get_number(amount, digits)

    def _get_number(self, amount: Decimal, digits: int) -> str:
        """Return a number in the language's way, in unbreakable spaces."""
        whole, _point, decimals = f"{amount:,.{digits}f}".partition(".")
        if self.lang.grouping == THOUSANDS:
            whole = whole.replace(",", self.lang.thousands_sep or "")
        else:
            number = int(whole.replace(",", ""))
            lang = self.env["res.lang"].browse(self.lang.id)
            whole = lang.format("%d", number, grouping=True)
        text = f"{whole}{self.lang.decimal_point}{decimals}" if decimals else whole
        return text.replace(" ", "\N{NO-BREAK SPACE}")


class CollectionFollowup(models.Model):
    """The tables of a message, rendered by views outside the editable text."""

    _inherit = "collection.followup"

    def _render_items(self, figures: Figures):
        """Return the tables of what is claimed, one a currency, and of what comes."""
        shown = figures.claimed + figures.credits
        tables = [
            self._get_table(
                [item for item in shown if item.currency_id == currency_id],
                currency_id,
                total,
            )
            for currency_id, total in figures.totals().items()
        ]
        tables += self._get_tables(figures.upcoming, "upcoming")
        return self._render_tables(tables)

    def _render_information(self, figures: Figures):
        """Return the table of what is only mentioned, empty when nothing is."""
        if not figures.information:
            return Markup()
        return self._render_tables(self._get_tables(figures.information, "information"))

    def _render_tables(self, tables: list[dict]):
        values = {"tables": tables}
        return self.env["ir.qweb"]._render("account_collection.message_items", values)

    def _get_tables(self, items, title: str) -> list[dict]:
        """Return the tables of items without a total, one for each currency."""
        currencies = dict.fromkeys(item.currency_id for item in items)
        return [
            self._get_table(
                [item for item in items if item.currency_id == key], key, None, title
            )
            for key in currencies
        ]

    def _get_formatter(self) -> Formatter:
        """Return the formatter of the language, kept for the transaction."""
        cache = self.env.cr.cache.setdefault("collection_formatters", {})
        lang = self.env.lang
        if lang not in cache:
            cache[lang] = Formatter(self.env)
        return cache[lang]

    def _get_table(self, items, currency_id: int, total, title="") -> dict:
        """Return what the view of the table shows, already in words."""
        words = self._get_formatter()

        def money(amount):
            return words.amount(amount, currency_id)

        return {
            "rows": [
                {
                    "document": item.document,
                    "reference": item.reference,
                    "invoiced": words.day(item.invoice_date),
                    "delivered": words.day(item.delivery_date),
                    "due": words.day(item.date_due),
                    "days": item.days_overdue if item.is_late else "",
                    "total": money(item.total),
                    "paid": money(item.paid) if item.paid else "",
                    "balance": money(item.due),
                    "is_credit": item.residual < 0,
                    "is_dispute": item.hold_reason == "dispute",
                    "is_partial": item.residual > 0 and item.due != item.residual,
                    "held": money(item.residual - item.due),
                }
                for item in items
            ],
            "title": title,
            "total": None if total is None else money(total),
            "is_late": any(item.is_late for item in items),
        }
