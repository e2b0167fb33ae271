"""A debtor's statement of account: what is open, by currency, and what it adds up to.

Rows of the ledger in, totals out. Amounts of two currencies are never added up; the
balance of each is the sum of its open items, as in the general ledger.
"""

import dataclasses
import datetime
import hashlib
from collections.abc import Iterable
from decimal import Decimal

BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91")
#: last day late of each bucket but the last
_LIMITS = (0, 30, 60, 90)
#: parts of an account in the order of the page: what is asked for, then what is apart
MAIN, BILLS, RETENTIONS = "main", "bills", "retentions"
_PARTS = {"bill": BILLS, "retention": RETENTIONS}


@dataclasses.dataclass(frozen=True, slots=True)
class OpenItem:
    """An open item as a statement shows it; amounts in the item's currency.

    :param kind: what it is: invoice, credit_note, payment or entry
    :param held: the part which is not asked for at the moment (a dispute, a receipt
        that is being matched); of the sign of the balance
    :param balance_company: the balance at the ledger's own rate
    """

    id: int
    document: str
    kind: str
    reference: str
    currency_id: int
    nature: str
    date: datetime.date
    date_due: datetime.date
    days_late: int
    total: Decimal
    balance: Decimal
    held: Decimal
    hold_reason: str | None
    balance_company: Decimal

    @property
    def is_credit(self) -> bool:
        return self.balance < 0

    @property
    def is_late(self) -> bool:
        """Whether it is overdue; a credit never is."""
        return self.balance > 0 and self.days_late > 0

    @property
    def paid(self) -> Decimal:
        """Payments and credit notes already matched with it."""
        return self.total - self.balance

    @property
    def bucket(self) -> str:
        """The age of the item: one of ``BUCKETS``."""
        return BUCKETS[sum(self.days_late > limit for limit in _LIMITS)]


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """An item with the running total of its part."""

    item: OpenItem
    running: Decimal


@dataclasses.dataclass(slots=True)
class Account:
    """What is open in one currency.

    :param main: invoices and credits, in the order of their due dates
    :param bills: bills of exchange not paid yet
    :param retentions: retentions, by the date of their release
    """

    currency_id: int
    main: list[Line]
    bills: list[Line]
    retentions: list[Line]

    @property
    def lines(self) -> list[Line]:
        return self.main + self.bills + self.retentions

    def _sum(self, condition) -> Decimal:
        return sum((x.item.balance for x in self.main if condition(x.item)), Decimal())

    @property
    def due(self) -> Decimal:
        """Invoices whose due date has passed, disputed ones included."""
        return self._sum(lambda item: item.is_late)

    @property
    def not_due(self) -> Decimal:
        return self._sum(lambda item: not item.is_late and not item.is_credit)

    @property
    def credits(self) -> Decimal:
        """Credit notes and payments that were not used yet: zero or negative."""
        return self._sum(lambda item: item.is_credit)

    @property
    def net(self) -> Decimal:
        return self.due + self.not_due + self.credits

    @property
    def bills_total(self) -> Decimal:
        return self.bills[-1].running if self.bills else Decimal()

    @property
    def retentions_total(self) -> Decimal:
        return self.retentions[-1].running if self.retentions else Decimal()

    @property
    def balance(self) -> Decimal:
        """Everything open in the currency: the balance of the general ledger."""
        return self.net + self.bills_total + self.retentions_total

    @property
    def examined(self) -> Decimal:
        """What of the overdue items is not asked for at the moment."""
        return sum((x.item.held for x in self.main if x.item.is_late), Decimal())

    @property
    def payable(self) -> Decimal:
        """What is asked for today: overdue, not under examination, less free credits.

        Never negative: nobody is asked for less than nothing.
        """
        credits = (x.item for x in self.main if x.item.is_credit)
        free = sum((item.balance - item.held for item in credits), Decimal())
        return max(self.due - self.examined + free, Decimal())

    @property
    def buckets(self) -> dict[str, Decimal]:
        """Age -> invoices of that age; with the credits they make the net."""
        found = dict.fromkeys(BUCKETS, Decimal())
        for line in self.main:
            if not line.item.is_credit:
                found[line.item.bucket] += line.item.balance
        return found


@dataclasses.dataclass(slots=True)
class Statement:
    """A debtor's account at a date, one part for each currency."""

    debtor_id: int
    date: datetime.date
    accounts: list[Account]

    @property
    def items(self) -> list[OpenItem]:
        return [line.item for account in self.accounts for line in account.lines]

    @property
    def balance_company(self) -> Decimal:
        """Everything open, in company currency at the ledger's own rates."""
        return sum((item.balance_company for item in self.items), Decimal())

    @property
    def weight(self) -> Decimal:
        """Return how much is open in company currency: debts or credits, the larger.

        They are not netted: a debt and a credit of the same amount are both open.
        """
        amounts = [item.balance_company for item in self.items]
        debts = sum((amount for amount in amounts if amount > 0), Decimal())
        credits = -sum((amount for amount in amounts if amount < 0), Decimal())
        return max(debts, credits)

    def fingerprint(self) -> str:
        """Return a hash of what is shown: another one means that it changed.

        The days late are not in it: they grow by themselves.
        """
        facts = [
            (
                item.id,
                item.currency_id,
                item.nature,
                item.document,
                str(item.date_due),
                *(f"{x.normalize():f}" for x in (item.total, item.balance, item.held)),
            )
            for item in self.items
        ]
        return hashlib.sha256(repr(sorted(facts)).encode()).hexdigest()


def make_statement(
    debtor_id: int,
    date: datetime.date,
    items: Iterable[OpenItem],
    first_currency: int | None = None,
) -> Statement:
    """Return the statement of a debtor's open items.

    :param first_currency: shown before the others, which follow by their id
    """
    groups: dict[int, dict[str, list[OpenItem]]] = {}
    for item in items:
        parts = groups.setdefault(item.currency_id, {})
        parts.setdefault(_PARTS.get(item.nature, MAIN), []).append(item)
    order = sorted(groups, key=lambda key: (key != first_currency, key))
    accounts = [
        Account(
            key,
            *(_add_up(groups[key].get(part, [])) for part in (MAIN, BILLS, RETENTIONS)),
        )
        for key in order
    ]
    return Statement(debtor_id, date, accounts)


def _add_up(items: list[OpenItem]) -> list[Line]:
    """Return the items by due date, each with the total up to it."""
    lines = []
    running = Decimal()
    for item in sorted(items, key=lambda item: (item.date_due, item.date, item.id)):
        running += item.balance
        lines.append(Line(item, running))
    return lines
