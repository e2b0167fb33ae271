# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..core.sheets import FIRST, HEAD, LINE, ROW, SHEET, TITLE, Sheets, count_lines

PROPERTY = settings(
    deadline=None,
    max_examples=100,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def height(lines):
    return sum(ROW + (count - 1) * LINE for count in lines)


class TestCoreSheets(BaseCase):
    """Long tables are cut where the sheet ends."""

    def test_short_table_is_not_cut(self):
        self.assertEqual(Sheets().cut([1, 1, 2]), [(0, 3)])

    def test_table_goes_on_on_the_next_sheets(self):
        first = int((SHEET - FIRST - TITLE) / ROW)
        others = int((SHEET - HEAD) / ROW)
        found = Sheets().cut([1] * (first + others + 1))
        self.assertEqual(
            found,
            [(0, first), (first, first + others), (first + others, first + others + 1)],
        )

    def test_table_that_begins_at_the_end_of_a_sheet(self):
        """Its first slice is empty: the title goes with the first row."""
        sheets = Sheets(used=SHEET - TITLE)
        self.assertEqual(sheets.cut([1, 1]), [(0, 0), (0, 2)])
        self.assertEqual(sheets.used, TITLE + 2 * ROW)

    def test_block_that_is_kept_goes_over_as_a_whole(self):
        sheets = Sheets(used=200)
        sheets.keep(40)
        self.assertEqual(sheets.used, 240)
        sheets.keep(60)
        self.assertEqual(sheets.used, 60)

    def test_lines_of_a_text(self):
        for text, lines in (("", 1), ("a" * 14, 1), ("a" * 15, 2), ("a" * 29, 3)):
            self.assertEqual(count_lines(text, 14), lines)

    @PROPERTY
    @given(st.lists(st.lists(st.integers(1, 5), max_size=120), max_size=4))
    def test_every_row_stands_once_and_no_sheet_overflows(self, tables):
        sheets = Sheets()
        for lines in tables:
            slices = sheets.cut(lines)
            rows = [number for start, end in slices for number in range(start, end)]
            self.assertEqual(rows, list(range(len(lines))))
            for start, end in slices[1:]:
                head = HEAD if start else TITLE
                self.assertLessEqual(head + height(lines[start:end]), SHEET)
