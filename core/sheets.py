"""Cut long tables into pages, so that each page has the head of its table.

Debian's wkhtmltopdf does not repeat the head of a table: the rows of a page are put
into a table of their own, by heights that are known beforehand. Heights are in
millimetres and rather too large: a page that is not quite full is no harm.
"""

import dataclasses
from collections.abc import Sequence

#: what a sheet holds between its margins
SHEET = 254.0
#: window, reference, subject and first sentence of the first sheet
FIRST = 102.0
#: title and head of a table, head alone
TITLE, HEAD = 17.0, 10.0
#: a row of one line, each line more
ROW, LINE = 5.2, 3.4


def count_lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column, at least one.

    :param width: characters of a line
    """
    return max(1, -(-len(text) // width))


@dataclasses.dataclass(slots=True)
class Sheets:
    """Keeps count of what is used of the current sheet."""

    used: float = FIRST

    def cut(self, lines: Sequence[int]) -> list[tuple[int, int]]:
        """Return the (first, end) rows of each sheet of a table.

        :param lines: how many lines each row takes
        :return: the first slice begins where the sheet is; an empty first slice means
            that the table begins on the next sheet
        """
        slices = []
        start = 0
        self.used += TITLE
        for number, count in enumerate(lines):
            height = ROW + (count - 1) * LINE
            if self.used + height > SHEET:
                slices.append((start, number))
                start = number
                self.used = HEAD if start else TITLE
            self.used += height
        slices.append((start, len(lines)))
        return slices

    def keep(self, height: float) -> None:
        """Count a block that is never cut: it goes to the next sheet as a whole."""
        self.used = height if self.used + height > SHEET else self.used + height
