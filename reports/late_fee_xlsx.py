# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Late fees as a workbook: days, interest and totals are formulas to check them by."""

import datetime
import io

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from ..core.late_fees import YEAR_DAYS

COLUMNS = (
    ("document", 22),
    ("due", 12),
    ("from", 12),
    ("to", 12),
    ("days", 8),
    ("balance", 15),
    ("rate", 10),
    ("interest", 14),
    ("indemnity", 14),
)
FROM, TO, DAYS, BALANCE, RATE, INTEREST, INDEMNITY = range(2, 9)


def write_late_fees(title: str, sheets: list[dict], words: dict[str, str]) -> bytes:
    """Return the workbook of some statements of late fees, a sheet for each currency.

    :param sheets: see ``collection.late.fees._get_sheet``
    :param words: column heads, labels of the totals and ``date_format``
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for sheet in sheets:
        _Writer(book, book.add_worksheet(sheet["currency"]), sheet, words).fill(title)
    book.close()
    return buffer.getvalue()


class _Writer:
    """Writes one sheet from top to bottom."""

    def __init__(self, book, page, sheet, words):
        self.page, self.sheet, self.words = page, sheet, words
        self.row = 0
        digits = sheet["digits"]
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        self.digits = digits
        self.money = book.add_format({"num_format": pattern})
        self.strong = book.add_format({"num_format": pattern, "bold": True})
        self.rate = book.add_format({"num_format": "0.00##"})
        self.day = book.add_format({"num_format": words["date_format"]})
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})

    def fill(self, title: str) -> None:
        page = self.page
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.write_string(0, 0, title, self.title)
        page.write_string(1, 0, f"{self.words['until']} {self.sheet['day']}")
        self.row = 3
        for column, (name, width) in enumerate(COLUMNS):
            page.set_column(column, column, width)
            page.write_string(self.row, column, self.words[name], self.head)
        self.row += 1
        page.freeze_panes(self.row, 1)
        first = self.row
        for item in self.sheet["rows"]:
            self._item(item)
        self._totals(first, self.row - 1)

    def _item(self, item: dict) -> None:
        """Write the segments of an invoice; its indemnity stands on the first one."""
        for index, segment in enumerate(item["segments"] or [None]):
            self.page.write_string(self.row, 0, item["document"])
            self._date(1, item["date_due"])
            if segment:
                self._segment(segment)
            indemnity = item["values"][2]
            if indemnity and not index:
                self.page.write_number(
                    self.row, INDEMNITY, float(indemnity), self.money
                )
            self.row += 1

    def _segment(self, segment: dict) -> None:
        page, row = self.page, self.row
        balance, rate, interest = segment["values"]
        self._date(FROM, segment["date_from"])
        self._date(TO, segment["date_to"])
        days = f"={self._cell(TO)}-{self._cell(FROM)}+1"
        page.write_formula(row, DAYS, days, None, segment["days"])
        page.write_number(row, BALANCE, float(balance), self.money)
        page.write_number(row, RATE, float(rate), self.rate)
        formula = (
            f"=ROUND({self._cell(BALANCE)}*{self._cell(RATE)}/100"
            f"*{self._cell(DAYS)}/{YEAR_DAYS},{self.digits})"
        )
        page.write_formula(row, INTEREST, formula, self.money, float(interest))

    def _totals(self, first: int, last: int) -> None:
        """Write what is due; the interest is the sum of the lines less what is not."""
        principal, interest, indemnity = map(float, self.sheet["values"])
        waived = float(self.sheet.get("waived_value") or 0)
        sums = [
            sum(item["values"][column] for item in self.sheet["rows"])
            for column in (1, 2)
        ]
        less = float(sum(sums)) - interest - indemnity
        self.row += 1
        start = self.row
        self._line("principal", principal)
        self._line("interest", float(sums[0]), self._sum(first, last, INTEREST))
        self._line("indemnity", float(sums[1]), self._sum(first, last, INDEMNITY))
        if round(less, self.digits):
            self._line("settled", -less)
        if waived:
            self._line("waived", -waived)
        column = (
            xl_rowcol_to_cell(start, INTEREST),
            xl_rowcol_to_cell(self.row - 1, INTEREST),
        )
        total = principal + interest + indemnity - waived
        self._line("total", total, f"=SUM({column[0]}:{column[1]})", self.strong)
        self.row += 1
        self.page.write_string(self.row, 0, self.words["method"])

    def _line(self, name: str, amount: float, formula="", style=None) -> None:
        label = self.bold if style else None
        self.page.write_string(self.row, 0, self.words[f"{name}_total"], label)
        style = style or self.money
        if formula:
            self.page.write_formula(self.row, INTEREST, formula, style, amount)
        else:
            self.page.write_number(self.row, INTEREST, amount, style)
        self.row += 1

    def _sum(self, first: int, last: int, column: int) -> str:
        cells = xl_rowcol_to_cell(first, column), xl_rowcol_to_cell(last, column)
        return f"=SUM({cells[0]}:{cells[1]})"

    def _date(self, column: int, day: datetime.date) -> None:
        moment = datetime.datetime.combine(day, datetime.time())
        self.page.write_datetime(self.row, column, moment, self.day)

    def _cell(self, column: int) -> str:
        return xl_rowcol_to_cell(self.row, column)
