"""Which receipt probably pays which receivable.

Used before each message: nobody is chased for what has probably been paid. Nothing
is reconciled here; the answer explains itself so that a person can match or refuse.
"""

import dataclasses
import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

#: why a receipt explains a receivable
BY_DOCUMENT, BY_AMOUNT, BY_TOTAL, BY_COVER = "document", "amount", "total", "cover"
#: a number alone names a document only when it has this many digits
MINIMUM_DIGITS = 4


@dataclasses.dataclass(frozen=True)
class Receipt:
    """Money that came in and is not matched: payment, credit note, bank line.

    :param key: any identifier
    :param amount: what is left of it, positive, in the receivables' currency
    :param text: label, reference, memo, joined by spaces
    """

    key: int
    amount: Decimal
    day: datetime.date
    text: str


@dataclasses.dataclass(frozen=True)
class Claim:
    """An open receivable.

    :param amount: residual, positive
    :param document: number of the invoice
    :param orders: numbers of its sale orders
    """

    key: int
    amount: Decimal
    due_date: datetime.date
    document: str
    orders: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Explanation:
    """A receipt explains an amount of a receivable, for one of the four reasons."""

    receipt: int
    claim: int
    amount: Decimal
    reason: str


#: without its prefix a number must have so many digits, as written on the invoice
DIGITS_ALONE = 8
#: words that make a number without our prefix another kind of document
OTHER_DOCUMENTS = frozenset(
    ("AV", "AVO", "AVOIR", "RFAC", "RINV", "CREDIT", "SO", "CMD", "COMMANDE", "ORDER")
    + ("DEV", "DEVIS", "QUOTE", "BC", "BDC", "BL", "PO")
)


@lru_cache(maxsize=20_000)
def _patterns(number: str) -> tuple[re.Pattern | None, re.Pattern | None]:
    """Return what finds a document's number, with its prefix and without.

    With its prefix separators and leading zeros may differ: FAC/2026/00012 is found in
    "VIR FAC 2026-12", not in "FAC/2026/000123" nor in the date "FAC 2026-12-24".
    """
    chunks = re.findall(r"[A-Z]+|\d+", number.upper())
    digits = [chunk for chunk in chunks if chunk.isdigit()]
    if not digits or (len(chunks) == 1 and len(digits[0].lstrip("0")) < MINIMUM_DIGITS):
        return None, None
    words = [
        "0*" + (part.lstrip("0") or "0") if part.isdigit() else part for part in chunks
    ]
    tail = r"(?!\d)(?![-/.]\d)" if chunks[-1].isdigit() else r"(?![A-Z])"
    whole = re.compile(r"(?<![A-Z0-9])" + r"[^A-Z0-9]*".join(words) + tail)
    alone = None
    if not chunks[0].isdigit() and len("".join(digits)) >= DIGITS_ALONE:
        bare = r"[^A-Z0-9]".join(chunks[1:])
        alone = re.compile(r"(?:([A-Z]+)\s+)?(?<![A-Z0-9/_.-])" + bare + tail)
    return whole, alone


def names(text: str, number: str) -> bool:
    """Tell whether a free text names a document.

    Without its prefix the number must stand as it is written on the invoice, and not
    behind the prefix of another kind of document.
    """
    whole, alone = _patterns(number) if number else (None, None)
    text = text.upper()
    if whole and whole.search(text):
        return True
    found = alone.finditer(text) if alone else ()
    return any(match[1] not in OTHER_DOCUMENTS for match in found)


def probable_payments(
    receipts: Iterable[Receipt],
    claims: Iterable[Claim],
    orders: Iterable[str] = (),
    today: datetime.date | None = None,
) -> list[Explanation]:
    """Return what the unmatched receipts of a debtor probably pay.

    In this order a receipt explains: the documents that it names; else the oldest
    receivable of the same amount; else all that is overdue, when it equals or covers
    it. A receipt that names a sale order explains only that order's invoices: a
    deposit for another order is never a payment of this one.

    :param receipts: of one debtor and one currency
    :param claims: its open receivables in that currency
    :param orders: numbers of the debtor's sale orders
    :param today: day on which "overdue" is judged; None = everything is overdue
    """
    claims = sorted(claims, key=lambda claim: (claim.due_date, claim.key))
    left = {claim.key: claim.amount for claim in claims}
    orders = list(orders)
    found = []
    for receipt in sorted(receipts, key=lambda receipt: (receipt.day, receipt.key)):
        chosen, reason = _explained_by(receipt, claims, orders, left, today)
        rest = receipt.amount
        for claim in chosen:
            amount = min(rest, left[claim.key])
            if amount > 0:
                found.append(Explanation(receipt.key, claim.key, amount, reason))
                left[claim.key] -= amount
                rest -= amount
    return found


def _explained_by(receipt, claims, orders, left, today):
    named = [claim for claim in claims if names(receipt.text, claim.document)]
    if named:
        return named, BY_DOCUMENT
    open_claims = [claim for claim in claims if left[claim.key] > 0]
    ordered = {order for order in orders if names(receipt.text, order)}
    if ordered:
        open_claims = [claim for claim in open_claims if ordered & set(claim.orders)]
    same = [claim for claim in open_claims if left[claim.key] == receipt.amount]
    if same:
        return same[:1], BY_AMOUNT
    overdue = [
        claim for claim in open_claims if today is None or claim.due_date < today
    ]
    total = sum((left[claim.key] for claim in overdue), Decimal())
    if overdue and receipt.amount == total:
        return overdue, BY_TOTAL
    if overdue and receipt.amount > total:
        return overdue, BY_COVER
    return [], ""
