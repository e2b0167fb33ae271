"""Files of the post: what each line says of a letter, whatever program wrote it.

Delimiter and encoding are found out; columns bear French or English names; dates are
2026-09-15 or 15/09/2026, day first, with or without an hour.
"""

import csv
import dataclasses
import datetime
import io
import re

from .postal_events import RETURNS
from .postal_words import read_status, refine, simplify

DELIMITERS = (";", ",", "\t")
#: column -> its names, simplified
COLUMNS = {
    "reference": (
        "reference|ref|reference courrier|reference lettre|our reference|"
        "notre reference|reference expediteur|reference client|letter|lettre"
    ),
    "number": (
        "number|numero|n|no|num|numero de suivi|n de suivi|tracking number|tracking|"
        "numero lrar|n lrar|lrar|numero d envoi|n d envoi|numero de recommande|"
        "numero recommande|numero de l envoi|code barres|idship|registered number"
    ),
    "posted": (
        "posted|posted on|posting date|depose|depose le|date de depot|depot|poste le|"
        "date d envoi|envoye le|date de prise en charge"
    ),
    "presented": (
        "presented|presented on|first presentation|presente|presente le|"
        "date de presentation|premiere presentation|date de premiere presentation|"
        "avise le|date d avis"
    ),
    "delivered": (
        "delivered|delivered on|delivery date|distribue|distribue le|livre le|"
        "date de distribution|date de livraison|remis le"
    ),
    "returned": "returned|returned on|retourne|retourne le|date de retour|retour",
    "status": (
        "status|statut|etat|dernier statut|dernier etat|evenement|event|"
        "dernier evenement|libelle|statut de l envoi"
    ),
    "date": (
        "date|status date|date du statut|date statut|date de l evenement|"
        "date evenement|date dernier statut|date du dernier evenement|le|on"
    ),
    "reason": (
        "reason|motif|cause|raison|motif de non distribution|motif de retour|"
        "return reason|commentaire|comment"
    ),
}
NAMES = {name: key for key, names in COLUMNS.items() for name in names.split("|")}
DATE = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"|(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d{2}))"
    r"(?:[T\s]+\d{1,2}[:hH]\d{2}.*)?"
)


class PostalFileError(ValueError):
    """The file cannot be read as a whole.

    :param key: ``empty``, ``binary`` or ``columns``
    """

    def __init__(self, key: str):
        super().__init__(key)
        self.key = key


@dataclasses.dataclass
class PostalLine:
    """What a line says.

    :param line: its number in the file, the first one is 1
    :param text: as it stands there
    :param events: (code, date)
    :param label: the words of the post
    :param error: ``date``, ``status``, ``undated``, ``who`` or ``nothing``, with
        ``detail``: what cannot be read; empty when the line can be
    """

    line: int
    text: str
    reference: str = ""
    number: str = ""
    events: list[tuple[str, datetime.date]] = dataclasses.field(default_factory=list)
    label: str = ""
    error: str = ""
    detail: str = ""


def decode(content: bytes) -> str:
    """Return the text of a file: UTF-8 or UTF-16 with its mark, else Windows' own.

    :raise PostalFileError: it is no text
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content or content.startswith((b"PK\x03\x04", b"%PDF")):
        raise PostalFileError("binary")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_date(text: str) -> datetime.date | None:
    """Return a date, day before month, None when it cannot be read."""
    found = DATE.fullmatch((text or "").strip())
    if not found:
        return None
    year, month, day = (
        int(found[iso] or found[french])
        for iso, french in (("y", "year"), ("m", "month"), ("d", "day"))
    )
    try:
        return datetime.date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def read_file(content: bytes | str) -> tuple[list[PostalLine], list[str]]:
    """Return what the lines of a file say, and the columns that were not understood.

    :raise PostalFileError: it is empty, no text, or its columns have no names
    """
    text = content if isinstance(content, str) else decode(content)
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise PostalFileError("empty")
    delimiter = _find_delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str] | None = None
    unknown: list[str] = []
    lines = []
    start = 1
    for cells in reader:
        line, start = start, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = [NAMES.get(simplify(cell), "") for cell in cells]
            unknown = [
                cell.strip()
                for cell, column in zip(cells, columns, strict=True)
                if cell.strip() and not column
            ]
            continue
        lines.append(_read_line(line, delimiter.join(cells), columns, cells))
    if not columns or not {"reference", "number"} & set(columns):
        raise PostalFileError("columns")
    return lines, unknown


def _find_delimiter(text: str) -> str:
    """Return the delimiter that lets the most columns be understood."""
    head = next(line for line in text.splitlines() if line.strip())

    def understood(delimiter: str) -> int:
        cells = next(csv.reader([head], delimiter=delimiter), [])
        return sum(simplify(cell) in NAMES for cell in cells)

    return max(DELIMITERS, key=understood)


def _read_line(line: int, text: str, columns, cells) -> PostalLine:
    values: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column and cell.strip():
            # Excel keeps a long number as text by ="...".
            values.setdefault(column, cell.strip().removeprefix("=").strip('"'))
    found = PostalLine(
        line, text, values.get("reference", ""), values.get("number", "")
    )
    if not found.reference and not found.number:
        found.error = "who"
        return found
    found.label = " – ".join(filter(None, [values.get("status"), values.get("reason")]))
    _read_days(found, values)
    if not found.error:
        _read_status(found, values)
    says = found.error or found.events or values.get("status")
    if not says and not (found.reference and found.number):
        found.error = "nothing"
    return found


def _read_days(found: PostalLine, values: dict[str, str]) -> None:
    """Read the columns that are dates of an event each."""
    for code in ("posted", "presented", "delivered", "returned", "date"):
        text = values.get(code)
        if not text:
            continue
        day = read_date(text)
        if not day:
            found.error, found.detail = "date", text
            return
        if code not in ("date", "returned"):
            found.events.append((code, day))


def _read_status(found: PostalLine, values: dict[str, str]) -> None:
    """Read status, its date and the reason of a return."""
    status, reason = values.get("status", ""), values.get("reason", "")
    returned = read_date(values.get("returned", ""))
    code = read_status(status) if status else None
    if status and code is None:
        code = read_status(reason) if reason else None
        if code is None:
            found.error, found.detail = "status", status
            return
    if not status and (returned or reason):
        code = (read_status(reason) if reason else None) or "returned"
    if not code:
        return
    code = refine(code, reason)
    day = read_date(values.get("date", ""))
    if code in RETURNS:
        day = day or returned
    if day:
        found.events.append((code, day))
    elif code not in [known for known, _day in found.events]:
        found.error, found.detail = "undated", status or reason
