# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""The slip of registered letters that the post office stamps."""

import dataclasses
import io
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from .letter_pdf import get_font

#: millimetres: place, number, addressee, postcode and city, reference
WIDTHS = (10, 40, 56, 40, 40)


@dataclasses.dataclass(frozen=True)
class Slip:
    """What stands on the slip, in the reader's language.

    :param title: what it is, and the batch
    :param sender: lines of the sender
    :param heads: five column heads
    :param rows: five words for each letter
    :param total: the last line
    :param boxes: heads of the boxes for the date and the stamp
    :param page_label: text with %(page)s
    """

    title: str
    sender: list[str]
    heads: list[str]
    rows: list[list[str]]
    total: str
    boxes: list[str]
    page_label: str


def draw_slip(slip: Slip) -> bytes:
    """Return the slip as a PDF; its table repeats its head on every page."""
    font = get_font()
    plain = ParagraphStyle("plain", fontName=font, fontSize=8.5, leading=11)
    large = ParagraphStyle("large", parent=plain, fontSize=13, leading=17)
    right = ParagraphStyle("right", parent=plain, alignment=TA_RIGHT)

    def words(text, style=plain):
        return Paragraph(escape(text), style)

    table = Table(
        [
            [words(text) for text in slip.heads],
            *([words(text) for text in row] for row in slip.rows),
        ],
        colWidths=[width * mm for width in WIDTHS],
        repeatRows=1,
        style=TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        ),
    )
    stamps = Table(
        [[words(text) for text in slip.boxes]],
        colWidths=[93 * mm] * 2,
        rowHeights=[38 * mm],
        style=TableStyle(
            [
                ("BOX", (0, 0), (0, 0), 0.4, colors.grey),
                ("BOX", (1, 0), (1, 0), 0.4, colors.grey),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        ),
    )
    story = [
        *(words(line) for line in slip.sender),
        Spacer(1, 6 * mm),
        words(slip.title, large),
        Spacer(1, 4 * mm),
        table,
        Spacer(1, 3 * mm),
        words(slip.total, right),
        Spacer(1, 6 * mm),
        KeepTogether(stamps),
    ]

    def number(drawing, document):
        drawing.setFont(font, 7)
        label = slip.page_label % {"page": document.page}
        drawing.drawRightString(A4[0] - 12 * mm, 8 * mm, label)

    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=12 * mm,
        rightMargin=12 * mm,
        topMargin=14 * mm,
        bottomMargin=15 * mm,
        title=slip.title,
    )
    document.build(story, onFirstPage=number, onLaterPages=number)
    return buffer.getvalue()
