"""Public series of rates: what an answer says of each semester, or why it says nothing.

Two formats: the JSON export of Banque de France Webstat (Opendatasoft Explore v2.1) and
the SDMX-CSV of the ECB data portal. A rate is never guessed: what is doubtful in an
answer refuses the whole answer, because late fees rest on it.
"""

import csv
import dataclasses
import datetime
import io
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from .legal import ONE_DAY, next_semester, semester_name

#: « taux de l'intérêt légal », creditor is a business (CMF L313-2)
LEGAL_PRO_SERIES = "FM.H.FR.EUR.FR2.LIR.IFRLEGAL_PROF.YLD"
#: main refinancing operations, fixed rate tenders, each day (C. com. L441-10 II)
REFI_SERIES = "FM.D.U2.EUR.4F.KR.MRR_FR.LEV"
#: since then the legal rate has two columns (ordonnance 2014-947)
FIRST_SEMESTER = datetime.date(2015, 1, 1)
#: percent; what lies outside is another unit or another series
LOWEST, HIGHEST = Decimal(0), Decimal(30)
#: digits after the point that the table of parameters keeps
STEP = Decimal("0.000001")
#: how old the last daily rate before a semester may be: a gap is no rate
LONGEST_GAP = datetime.timedelta(days=7)
#: percent a year, and percent (SDMX code list CL_UNIT)
PERCENT_UNITS = frozenset({"PCPA", "PC", "PCT"})
DETAIL_LENGTH = 120


class RateError(Exception):
    """An answer that gives no rate.

    :param key: ``html``, ``content``, ``columns``, ``empty``, ``series``, ``unit``,
        ``period``, ``duplicate``, ``value``, ``range``, ``gap``, or one of the client's
        (``models/rate_client.py``)
    :param detail: what of the answer is meant; never an API key
    """

    def __init__(self, key: str, detail: str = ""):
        super().__init__(key, detail)
        self.key = key
        self.detail = str(detail)[:DETAIL_LENGTH]

    def __str__(self) -> str:
        return f"{self.key}: {self.detail}" if self.detail else self.key


@dataclasses.dataclass(frozen=True)
class SemesterRate:
    """The rate of a semester.

    :param start: first day of the semester
    :param value: percent a year
    """

    start: datetime.date
    value: Decimal


# === BANQUE DE FRANCE === #


def parse_webstat(
    content: bytes, series: str, latest: datetime.date
) -> list[SemesterRate]:
    """Return the rates of a series by semester, the oldest first.

    :param content: a list of {time_period: "2026-S2", time_period_start,
        time_period_end, obs_value: 2.75}; other fields are not looked at
    :param latest: first day of the last semester that may have a rate already
    :raise RateError: the answer is not that, or gives no rate
    """
    rows = _read_json(content)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RateError("content", "no list of observations")
    found: dict[datetime.date, Decimal] = {}
    for row in rows:
        if row.get("series_key") not in (None, series):
            raise RateError("series", row["series_key"])
        start = _read_semester(row, latest)
        if start in found:
            raise RateError("duplicate", semester_name(start))
        # A period that is announced without a value yet says nothing.
        if row.get("obs_value") is not None:
            found[start] = _read_value(row["obs_value"], semester_name(start))
    return _sort(found)


def _read_json(content: bytes) -> Any:
    text = _read_text(content)
    try:
        return json.loads(
            text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse
        )
    except (ValueError, RecursionError, InvalidOperation):
        raise RateError("content", text[:40]) from None


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON (RFC 8259, 6)."""
    raise ValueError(constant)


def _read_semester(row: dict, latest: datetime.date) -> datetime.date:
    """Return the first day of the semester of an observation."""
    name = str(row.get("time_period") or "")
    match = re.fullmatch(r"([12]\d{3})-S([12])", name, re.ASCII)
    if not match:
        raise RateError("period", name or "time_period")
    start = datetime.date(int(match[1]), 1 if match[2] == "1" else 7, 1)
    ends = {
        "time_period_start": start,
        "time_period_end": next_semester(start) - ONE_DAY,
    }
    for field, day in ends.items():
        # A moment or a day; absent says nothing against the name of the semester.
        said = row.get(field)
        if said and str(said)[:10] != day.isoformat():
            raise RateError("period", f"{name}, {field} {said}")
    if start > latest:
        raise RateError("period", name)
    return start


# === ECB === #


def parse_ecb(
    content: bytes, series: str, semesters: Iterable[datetime.date]
) -> list[SemesterRate]:
    """Return the rate in force on the first day of each semester of the series.

    When nothing was said for that day, it is the last rate before it. A semester that
    begins after the last observation has no rate yet.

    :param content: CSV with a head; KEY, TIME_PERIOD and OBS_VALUE are needed, UNIT and
        UNIT_MULT are compared when they are there
    :param semesters: first days
    :raise RateError: the answer is not that, or gives no rate
    """
    days = _read_days(content, series)
    if not days:
        raise RateError("empty")
    first, last = min(days), max(days)
    found = {}
    for start in semesters:
        if first <= start <= last:
            day = max(day for day in days if day <= start)
            if start - day > LONGEST_GAP:
                raise RateError("gap", f"{semester_name(start)}, {day}")
            found[start] = days[day]
    return _sort(found)


def _read_days(content: bytes, series: str) -> dict[datetime.date, Decimal]:
    text = _read_text(content)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = {"KEY", "TIME_PERIOD", "OBS_VALUE"} - set(reader.fieldnames or ())
        if missing:
            raise RateError("columns", ", ".join(sorted(missing)))
        days: dict[datetime.date, Decimal] = {}
        for row in reader:
            day, value = _read_observation(row, series)
            if day in days:
                raise RateError("duplicate", day.isoformat())
            if value is not None:
                days[day] = value
    except csv.Error as error:
        raise RateError("content", str(error)) from None
    return days


def _read_observation(
    row: Mapping[str, str | None], series: str
) -> tuple[datetime.date, Decimal | None]:
    # A line that was cut could end within a figure.
    if None in row or None in row.values():
        raise RateError("columns", row["TIME_PERIOD"] or row["KEY"] or "")
    if row["KEY"] != series:
        raise RateError("series", row["KEY"] or "")
    if (row.get("UNIT") or "PC") not in PERCENT_UNITS:
        raise RateError("unit", row["UNIT"] or "")
    if (row.get("UNIT_MULT") or "0") != "0":
        raise RateError("unit", f"UNIT_MULT {row['UNIT_MULT']}")
    name = row["TIME_PERIOD"] or ""
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", name, re.ASCII):
            raise ValueError(name)
        day = datetime.date.fromisoformat(name)
    except ValueError:
        raise RateError("period", name or "TIME_PERIOD") from None
    said = (row["OBS_VALUE"] or "").strip()
    # A day without an operation has no value.
    if said in ("", "NaN"):
        return day, None
    return day, _read_value(said, name)


# === BOTH === #


def _read_text(content: bytes) -> str:
    """Return the text of an answer; a page for people is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RateError("content", "not UTF-8") from None
    if not text.strip():
        raise RateError("empty")
    if text.lstrip().startswith("<"):
        raise RateError("html", " ".join(text.split())[:40])
    return text


def _read_value(said: Any, name: str) -> Decimal:
    """Return a rate in percent.

    :param name: of its period, for the error
    """
    detail = f"{name}: {said}"
    is_text = isinstance(said, str) and re.fullmatch(r"-?\d+(\.\d+)?", said, re.ASCII)
    if not (is_text or isinstance(said, Decimal)):
        raise RateError("value", detail)
    value = Decimal(said)
    if not LOWEST <= value <= HIGHEST:
        raise RateError("range", detail)
    return value.quantize(STEP).normalize()


def _sort(found: Mapping[datetime.date, Decimal]) -> list[SemesterRate]:
    rates = [
        SemesterRate(start, value)
        for start, value in sorted(found.items())
        if start >= FIRST_SEMESTER
    ]
    if not rates:
        raise RateError("empty")
    return rates


def check_unit(
    rates: Iterable[SemesterRate], known: Mapping[datetime.date, Decimal]
) -> None:
    """Refuse an answer whose figures are ours, divided or multiplied by a hundred.

    A fraction (0.0275) lies within the range of a percentage: only the table tells.

    :param known: first day -> value of the table
    :raise RateError: fractions or basis points were given
    """
    for rate in rates:
        own = known.get(rate.start)
        if own and rate.value in (own / 100, own * 100):
            raise RateError("unit", f"{semester_name(rate.start)}: {rate.value}")
