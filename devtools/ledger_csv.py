"""Read a receivables ledger from a CSV file; list its bad rows with line and reason."""

import csv
import dataclasses
import datetime
import io
from decimal import Decimal, InvalidOperation
from pathlib import Path

REQUIRED = ("customer", "invoice", "invoice_date", "due_date", "amount", "currency")
OPTIONAL = ("customer_name", "company", "paid_date", "disputed")
TRUE = ("1", "true", "yes", "y", "oui", "o")
FALSE = ("", "0", "false", "no", "n", "non")
#: Odoo computes in floats, which are exact to the cent up to here
LARGEST = Decimal(10**12)
#: a date outside these years is a slip, and its life would never end
YEARS = range(1970, 2100)
#: the last step of the shipped scenario
LAST_STEP_DAYS = 45


@dataclasses.dataclass(frozen=True)
class LedgerRow:
    """An invoice of the ledger; ``amount`` is its whole amount, in its currency."""

    line: int
    customer: str
    customer_name: str
    company: str
    invoice: str
    invoice_date: datetime.date
    due_date: datetime.date
    amount: Decimal
    currency: str
    paid_date: datetime.date | None
    is_disputed: bool


class BadFile(Exception):
    """The file cannot be read as a ledger at all."""


def read_ledger(path: Path, currencies: dict[str, int]):
    """Return the good rows and the bad ones as (line, reason).

    :param currencies: code -> decimal places of those that Odoo knows
    :raise BadFile: no such file, not text, a column is missing, or a quote is not
        closed
    """
    # As it is: the reader alone knows which line ends belong to a field.
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    rows, bad, seen = [], [], set()
    line = 0
    try:
        missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
        if missing:
            raise BadFile(f"{path} lacks the columns: {', '.join(missing)}.")
        line = reader.line_num
        for values in reader:
            line = reader.line_num
            try:
                row = read_row(line, values, currencies)
                key = (row.company, row.customer, row.invoice)
                if key in seen:
                    raise ValueError(f"invoice {row.invoice} stands twice in the file")
                seen.add(key)
                rows.append(row)
            except ValueError as error:
                bad.append((line, str(error)))
    except csv.Error as error:
        raise BadFile(
            f"{path} cannot be read after line {line}: {error}; look for a quote that "
            "is not closed."
        ) from error
    return rows, bad


def read_text(path: Path) -> str:
    """Return the text of a file.

    :raise BadFile: it is none
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is not a text file in UTF-8.") from error
    if "\0" in text:
        raise BadFile(f"{path} has a NUL character: it is not a text file in UTF-8.")
    return text


def read_row(line: int, values: dict, currencies: dict[str, int]) -> LedgerRow:
    """Return a row.

    :raise ValueError: what is wrong with it
    """
    if None in values:
        raise ValueError("it has more cells than the file has columns")
    words = {key: (value or "").strip() for key, value in values.items()}
    for name in REQUIRED:
        if not words[name]:
            raise ValueError(f"{name} is empty")
    currency = words["currency"].upper()
    if currency not in currencies:
        raise ValueError(f"currency {currency} is unknown")
    paid_date = words.get("paid_date")
    row = LedgerRow(
        line=line,
        customer=words["customer"],
        customer_name=words.get("customer_name") or words["customer"],
        company=words.get("company", ""),
        invoice=words["invoice"],
        invoice_date=read_date("invoice_date", words["invoice_date"]),
        due_date=read_date("due_date", words["due_date"]),
        amount=read_amount(words["amount"], currency, currencies[currency]),
        currency=currency,
        paid_date=read_date("paid_date", paid_date) if paid_date else None,
        is_disputed=read_flag(words.get("disputed", "")),
    )
    if row.due_date < row.invoice_date:
        raise ValueError("the due date lies before the invoice date")
    return row


def read_date(name: str, text: str) -> datetime.date:
    """Return a date.

    :param name: what it is called where it was written
    :raise ValueError: it is none
    """
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a date (YYYY-MM-DD)") from None
    if day.year not in YEARS:
        raise ValueError(f"{name} {text} is not between {YEARS[0]} and {YEARS[-1]}")
    return day


def read_amount(text: str, currency: str, places: int) -> Decimal:
    """Return an amount.

    :param places: decimals that the currency has
    :raise ValueError: it is none
    """
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"amount {text!r} is not a number") from None
    if not amount.is_finite():
        raise ValueError(f"amount {text!r} is not a number")
    if amount <= 0:
        raise ValueError(f"amount {text} is not positive")
    if amount >= LARGEST:
        raise ValueError(f"amount {text} is too large: it must be below {LARGEST}")
    if amount != amount.quantize(Decimal(1).scaleb(-places)):
        raise ValueError(f"amount {text} has more decimals than {currency}: {places}")
    return amount


def read_flag(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(f"disputed {text!r} is neither 0 nor 1")


def bounds(
    rows: list[LedgerRow], first: datetime.date | None, last: datetime.date | None
) -> tuple[datetime.date, datetime.date]:
    """Return the first and last day to live; those that are given win.

    :param rows: at least one
    """
    ends = [row.due_date + datetime.timedelta(days=LAST_STEP_DAYS) for row in rows]
    ends += [row.paid_date for row in rows if row.paid_date]
    return first or min(row.invoice_date for row in rows), last or max(ends)
