# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Write a discreet stamp on every page of a PDF."""

import io

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen import canvas

from .letter_pdf import get_font

SIZE = 11
#: from the upper right corner of what a reader shows of the page
MARGIN = 6 * mm


class StampError(Exception):
    """The PDF cannot be read or written."""


def stamp(document: bytes, text: str) -> bytes:
    """Return the PDF with a word in the upper right corner of every page.

    A page that is shown turned gets its word upright.

    :raise StampError: not a PDF, damaged, or protected by a password
    """
    try:
        reader = PdfReader(io.BytesIO(document))
        if reader.is_encrypted and not reader.decrypt(""):
            raise StampError("password")
        writer = PdfWriter()
        for page in reader.pages:
            page.transfer_rotation_to_content()
            writer.add_page(page)
        if not writer.pages:
            raise StampError("no page")
        for page in writer.pages:
            mark = PdfReader(io.BytesIO(_draw(page.cropbox, text)))
            page.merge_page(mark.pages[0])
        buffer = io.BytesIO()
        writer.write(buffer)
    except StampError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError) as error:
        # pypdf meets damaged files with any of these.
        raise StampError(str(error)) from error
    return buffer.getvalue()


def _draw(box, text: str) -> bytes:
    """Return a page with the word in a thin frame in the corner of the box."""
    left, bottom, right, top = (float(x) for x in box)
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer, pagesize=(max(right, 1), max(top, 1)))
    font = get_font()
    width = pdfmetrics.stringWidth(text, font, SIZE)
    x = max(right - MARGIN - width, left)
    y = max(top - MARGIN - SIZE, bottom)
    drawing.setFont(font, SIZE)
    drawing.setFillGray(0.35)
    drawing.setStrokeGray(0.35)
    drawing.setLineWidth(0.6)
    drawing.rect(x - 2 * mm, y - 1.4 * mm, width + 4 * mm, SIZE + 1.6 * mm)
    drawing.drawString(x, y, text)
    drawing.showPage()
    drawing.save()
    return buffer.getvalue()
