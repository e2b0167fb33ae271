"""Read a receivables ledger from a CSV file; list its bad rows with line and reason."""

import csv
import dataclasses
import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

REQUIRED = ("customer", "invoice", "invoice_date", "due_date", "amount", "currency")
OPTIONAL = ("customer_name", "company", "paid_date", "disputed")
TRUE = ("1", "true", "yes", "y", "oui", "o")
FALSE = ("", "0", "false", "no", "n", "non")
CENT = Decimal("0.01")


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


def read_ledger(path: Path, currencies: set[str]):
    """Return the good rows and the bad ones as (line, reason).

    :param currencies: codes that Odoo knows
    :raise BadFile: no such file, not text, or a column is missing
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is not a text file in UTF-8.") from error
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        raise BadFile(f"{path} lacks the columns: {', '.join(missing)}.")
    rows, bad, seen = [], [], set()
    for values in reader:
        try:
            row = read_row(reader.line_num, values, currencies)
            key = (row.company, row.customer, row.invoice)
            if key in seen:
                raise ValueError(f"invoice {row.invoice} stands twice in the file")
            seen.add(key)
            rows.append(row)
        except ValueError as error:
            bad.append((reader.line_num, str(error)))
    return rows, bad


def read_row(line: int, values: dict, currencies: set[str]) -> LedgerRow:
    """Return a row.

    :raise ValueError: what is wrong with it
    """
    words = {key: (value or "").strip() for key, value in values.items() if key}
    for name in REQUIRED:
        if not words.get(name):
            raise ValueError(f"{name} is empty")
    row = LedgerRow(
        line=line,
        customer=words["customer"],
        customer_name=words.get("customer_name") or words["customer"],
        company=words.get("company", ""),
        invoice=words["invoice"],
        invoice_date=read_date("invoice_date", words["invoice_date"]),
        due_date=read_date("due_date", words["due_date"]),
        amount=read_amount(words["amount"]),
        currency=words["currency"].upper(),
        paid_date=(
            read_date("paid_date", words["paid_date"])
            if words.get("paid_date")
            else None
        ),
        is_disputed=read_flag(words.get("disputed", "")),
    )
    if row.currency not in currencies:
        raise ValueError(f"currency {row.currency} is unknown")
    if row.due_date < row.invoice_date:
        raise ValueError("the due date lies before the invoice date")
    return row


def read_date(name: str, text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a date (YYYY-MM-DD)") from None


def read_amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"amount {text!r} is not a number") from None
    if not amount.is_finite():
        raise ValueError(f"amount {text!r} is not a number")
    if amount <= 0:
        raise ValueError(f"amount {text} is not positive")
    if amount != amount.quantize(CENT):
        raise ValueError(f"amount {text} has more than two decimals")
    return amount


def read_flag(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(f"disputed {text!r} is neither 0 nor 1")
