# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Statements of account as a workbook: a sheet for each debtor, totals as formulas.

Rows are written in order and leave the memory at once.
"""

import dataclasses
import datetime
import io
import re

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from ..core.statement import BILLS, MAIN, RETENTIONS, Account

#: a sheet's name is shorter and has none of these
NAME_LENGTH = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
WIDTHS = (22, 20, 12, 12, 10, 14, 14, 14, 14, 30)
COLUMNS = (
    "document",
    "order",
    "date",
    "due_date",
    "days",
    "amount",
    "paid",
    "balance",
    "running",
    "note",
)
DAYS, AMOUNT, PAID, BALANCE, RUNNING = 4, 5, 6, 7, 8
#: condition on the days late for each age; what is not due has none
AGES = {
    "d1_30": '">0",{days},"<=30"',
    "d31_60": '">30",{days},"<=60"',
    "d61_90": '">60",{days},"<=90"',
    "d91": '">90"',
}


@dataclasses.dataclass(slots=True)
class Sheet:
    """What a sheet shows, in the debtor's language.

    :param heads: (label, value) above the tables
    :param accounts: (account, name of its currency, its decimals)
    :param notes: item id -> what is said of it
    """

    name: str
    title: str
    heads: list[tuple[str, str]]
    accounts: list[tuple[Account, str, int]]
    words: dict[str, str]
    ages: dict[str, str]
    notes: dict[int, str]
    date_format: str


def write_workbook(sheets: list[Sheet]) -> bytes:
    """Return the workbook of some statements, in order."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    names: set[str] = set()
    for sheet in sheets:
        name = _unique(sheet.name, names)
        _Writer(book, book.add_worksheet(name), sheet).fill()
    book.close()
    return buffer.getvalue()


def _unique(wanted: str, names: set[str]) -> str:
    """Return a legal sheet name that is not taken yet, and take it."""
    base = FORBIDDEN.sub(" ", wanted).strip() or "-"
    name, number = base[:NAME_LENGTH].strip(), 1
    while name.lower() in names:
        number += 1
        end = f" ({number})"
        name = base[: NAME_LENGTH - len(end)].strip() + end
    names.add(name.lower())
    return name


class _Writer:
    """Writes one sheet from top to bottom."""

    def __init__(self, book, page, sheet: Sheet):
        self.book, self.page, self.sheet = book, page, sheet
        self.row = 0
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
        self.day = book.add_format({"num_format": sheet.date_format})

    def fill(self) -> None:
        page = self.page
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for column, width in enumerate(WIDTHS):
            page.set_column(column, column, width)
        self._line(self.sheet.title, style=self.title)
        for label, value in self.sheet.heads:
            page.write_string(self.row, 0, label, self.bold)
            page.write_string(self.row, 1, value)
            self.row += 1
        if not self.sheet.accounts:
            self._line(self.sheet.words["empty"])
        for account, currency, digits in self.sheet.accounts:
            self._account(account, currency, digits)

    def _line(self, text: str, style=None) -> None:
        self.page.write_string(self.row, 0, text, style)
        self.row += 1

    def _account(self, account: Account, currency: str, digits: int) -> None:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        self.money = self.book.add_format({"num_format": pattern})
        self.strong = self.book.add_format({"num_format": pattern, "bold": True})
        ranges = {}
        for code in (MAIN, BILLS, RETENTIONS):
            lines = getattr(account, code)
            if lines:
                self.row += 1
                self._line(f"{self.sheet.words[code]} – {currency}", self.bold)
                ranges[code] = self._table(code, lines)
        self._totals(account, ranges)

    def _table(self, code: str, lines) -> tuple[int, int]:
        """Write the items of a part; return its first and last row."""
        due = {BILLS: "maturity", RETENTIONS: "release_date"}.get(code, "due_date")
        for column, key in enumerate(COLUMNS):
            word = self.sheet.words[due if key == "due_date" else key]
            self.page.write_string(self.row, column, word, self.head)
        first = self.row = self.row + 1
        for line in lines:
            self._item(line, is_first=self.row == first)
            self.row += 1
        return first, self.row - 1

    def _item(self, line, is_first: bool) -> None:
        page, row, item = self.page, self.row, line.item
        page.write_string(row, 0, item.document)
        page.write_string(row, 1, item.reference)
        page.write_datetime(row, 2, _midnight(item.date), self.day)
        if not item.is_credit:
            page.write_datetime(row, 3, _midnight(item.date_due), self.day)
        if item.is_late:
            page.write_number(row, DAYS, item.days_late)
        page.write_number(row, AMOUNT, float(item.total), self.money)
        page.write_number(row, PAID, float(item.paid), self.money)
        formula = f"={_cell(row, AMOUNT)}-{_cell(row, PAID)}"
        page.write_formula(row, BALANCE, formula, self.money, float(item.balance))
        formula = f"={_cell(row, BALANCE)}"
        if not is_first:
            formula = f"={_cell(row - 1, RUNNING)}+{_cell(row, BALANCE)}"
        page.write_formula(row, RUNNING, formula, self.money, float(line.running))
        page.write_string(row, 9, self.sheet.notes.get(item.id, ""))

    def _totals(self, account: Account, ranges) -> None:
        """Write the totals and the ages, as formulas over the tables."""
        words = self.sheet.words
        self.row += 1
        self._line(words["totals"], self.bold)
        balance, days = (self._range(ranges.get(MAIN), x) for x in (BALANCE, DAYS))
        due = f'SUMIFS({balance},{days},">0")'
        positive = f'SUMIFS({balance},{balance},">0")'
        self._total(words["due"], due, account.due)
        self._total(words["not_yet_due"], f"{positive}-{due}", account.not_due)
        credits = f'SUMIFS({balance},{balance},"<0")'
        self._total(words["credits"], credits, account.credits)
        self._total(words["net"], f"SUM({balance})", account.net, self.strong)
        parts = [balance]
        for code, amount in (
            (BILLS, account.bills_total),
            (RETENTIONS, account.retentions_total),
        ):
            if code in ranges:
                parts.append(self._range(ranges[code], BALANCE))
                self._total(words[f"{code}_total"], f"SUM({parts[-1]})", amount)
        if len(parts) > 1:
            total = f"SUM({','.join(parts)})"
            self._total(words["everything"], total, account.balance, self.strong)
        self.row += 1
        self._line(words["ageing"], self.bold)
        for code, amount in account.buckets.items():
            formula = f"{positive}-{due}"
            if code in AGES:
                condition = AGES[code].format(days=days)
                formula = f"SUMIFS({balance},{days},{condition})"
            self._total(self.sheet.ages[code], formula, amount)

    def _range(self, rows, column: int) -> str:
        """Return the cells of a column; an empty cell when the part is missing."""
        first, last = rows or (0, 0)
        if not rows:
            column = len(COLUMNS)
        return f"{_cell(first, column)}:{_cell(last, column)}"

    def _total(self, label: str, formula: str, amount, style=None) -> None:
        self.page.write_string(self.row, 0, label, self.bold if style else None)
        self.page.write_formula(
            self.row, BALANCE, f"={formula}", style or self.money, float(amount)
        )
        self.row += 1


def _cell(row: int, column: int) -> str:
    return xl_rowcol_to_cell(row, column)


def _midnight(day):
    return datetime.datetime.combine(day, datetime.time())
