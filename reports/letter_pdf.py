# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Cut a PDF of many letters, number the pages of each.

Debian's wkhtmltopdf knows neither headers nor footers nor several documents: all
letters of a call come as one PDF, and what stands on every page is drawn here.
"""

import io
from functools import lru_cache
from pathlib import Path

from pypdf import PdfReader, PdfWriter
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


def finish(document: bytes, reference: str, identity: str, page_label: str) -> bytes:
    """Return a letter with its identity and page numbers on every page.

    :param identity: legal identity of the sender
    :param page_label: text with %(page)s and %(pages)s
    """
    reader = PdfReader(io.BytesIO(document))
    pages = list(reader.pages)
    notes = PdfReader(io.BytesIO(_draw(len(pages), reference, identity, page_label)))
    for page, note in zip(pages, notes.pages, strict=True):
        page.merge_page(note)
    return _write(pages)


def join(documents: list[bytes]) -> bytes:
    """Return one PDF of several, in order."""
    writer = PdfWriter()
    for document in documents:
        writer.append(io.BytesIO(document))
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
def _font() -> str:
    for path in FONTS:
        if Path(path).exists():
            try:
                pdfmetrics.registerFont(TTFont("CollectionSans", path))
            except TTFError:
                continue
            return "CollectionSans"
    return "Helvetica"


def _draw(pages: int, reference: str, identity: str, page_label: str) -> bytes:
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer)
    font = _font()
    for page in range(1, pages + 1):
        drawing.setFont(font, FONT_SIZE)
        drawing.setFillGray(0.35)
        label = page_label % {"page": page, "pages": pages}
        drawing.drawRightString(RIGHT, BOTTOM, label)
        for number, line in enumerate(_wrap(identity, font)):
            drawing.drawString(LEFT, BOTTOM - number * LINE, line)
        if page > 1:
            drawing.drawString(LEFT, TOP, reference)
        drawing.showPage()
    drawing.save()
    return buffer.getvalue()


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
