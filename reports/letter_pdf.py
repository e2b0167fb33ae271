# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Cut a PDF of many letters, number the pages of each.

Debian's wkhtmltopdf knows neither headers nor footers nor several documents: all
letters of a call come as one PDF, and what stands on every page is drawn here.
"""

import io
from functools import lru_cache
from pathlib import Path

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen import canvas

#: fonts of the distributions; Helvetica writes Western European names only
FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
)
FONT_SIZE = 6.5
LEFT, RIGHT, BOTTOM, TOP = 20 * mm, 190 * mm, 9 * mm, 285 * mm
LINE = 3 * mm
#: left of the window and above the reference, 82 to 88 mm from the top: it stays out of
#: the window wherever the sheet slides in its envelope
BARCODE_BOTTOM, BARCODE_HEIGHT, BARCODE_MODULE = 209 * mm, 6 * mm, 0.28 * mm


class LetterPdfError(Exception):
    """A letter's pages were not found in the PDF."""


def split(document: bytes, references: list[str]) -> list[bytes]:
    """Return the PDF of each letter.

    A letter starts on the page that shows its reference; a page without the next
    letter's reference continues the one before.

    :param references: what each letter's first page shows, in the order of the pages
    :raise LetterPdfError: a reference is missing
    """
    reader = PdfReader(io.BytesIO(document))
    starts: list[int] = []
    for number, page in enumerate(reader.pages):
        if len(starts) == len(references):
            break
        if references[len(starts)] in page.extract_text():
            starts.append(number)
    if len(starts) != len(references) or (starts and starts[0] != 0):
        raise LetterPdfError("The first page of a letter was not found in the PDF.")
    ends = [*starts[1:], len(reader.pages)]
    return [
        _write(reader.pages[start:end]) for start, end in zip(starts, ends, strict=True)
    ]


def finish(
    document: bytes,
    reference: str,
    identity: str,
    page_label: str,
    has_barcode: bool = False,
) -> bytes:
    """Return a letter with its identity and page numbers on every page.

    :param identity: legal identity of the sender
    :param page_label: text with %(page)s and %(pages)s
    :param has_barcode: the first page bears the reference as a barcode: who scans it
        chooses the letter
    """
    reader = PdfReader(io.BytesIO(document))
    pages = list(reader.pages)
    drawn = _draw(len(pages), reference, identity, page_label, has_barcode)
    notes = PdfReader(io.BytesIO(drawn))
    for page, note in zip(pages, notes.pages, strict=True):
        page.merge_page(note)
    return _write(pages)


def count_pages(document: bytes) -> int:
    """Return the pages of a PDF, 0 when it cannot be read."""
    try:
        return len(PdfReader(io.BytesIO(document)).pages)
    except (PyPdfError, ValueError, OSError):
        return 0


def join(documents: list[bytes], is_duplex: bool = False) -> bytes:
    """Return one PDF of several, in order.

    :param is_duplex: it is printed on both sides: each starts on a new sheet
    """
    writer = PdfWriter()
    for document in documents:
        writer.append(io.BytesIO(document))
        if is_duplex and len(writer.pages) % 2:
            last = writer.pages[-1]
            size = last.mediabox.width, last.mediabox.height
            writer.add_page(PageObject.create_blank_page(None, *size))
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _write(pages) -> bytes:
    writer = PdfWriter()
    for page in pages:
        writer.add_page(page)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def get_font() -> str:
    """Return the name of a font that can write what is needed here."""
    for path in FONTS:
        if Path(path).exists():
            try:
                pdfmetrics.registerFont(TTFont("CollectionSans", path))
            except TTFError:
                continue
            return "CollectionSans"
    return "Helvetica"


def _draw(
    pages: int, reference: str, identity: str, page_label: str, has_barcode: bool
) -> bytes:
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer)
    font = get_font()
    for page in range(1, pages + 1):
        drawing.setFont(font, FONT_SIZE)
        drawing.setFillGray(0.35)
        label = page_label % {"page": page, "pages": pages}
        drawing.drawRightString(RIGHT, BOTTOM, label)
        for number, line in enumerate(_wrap(identity, font)):
            drawing.drawString(LEFT, BOTTOM - number * LINE, line)
        if page > 1:
            drawing.drawString(LEFT, TOP, reference)
        elif has_barcode:
            _draw_barcode(drawing, reference)
        drawing.showPage()
    drawing.save()
    return buffer.getvalue()


def _draw_barcode(drawing, reference: str) -> None:
    """Draw the reference for a scanner, in bars and not as a picture."""
    bars = Code128(
        reference,
        barHeight=BARCODE_HEIGHT,
        barWidth=BARCODE_MODULE,
        quiet=False,
        humanReadable=False,
    )
    bars.drawOn(drawing, LEFT, BARCODE_BOTTOM)


def _wrap(text: str, font: str, lines: int = 2) -> list[str]:
    """Cut a text into lines that leave room for the page number."""
    width = RIGHT - LEFT - 25 * mm
    found = [""]
    for word in text.split():
        candidate = f"{found[-1]} {word}".strip()
        if pdfmetrics.stringWidth(candidate, font, FONT_SIZE) > width:
            found.append(word)
        else:
            found[-1] = candidate
    return found[:lines]
