# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""A ledger in plain Python, with an arithmetic of its own: the second opinion.

Standard library only: nothing here reads Odoo or calls the add-on. ``Ledger`` draws
documents; ``Books`` says what is owed, how late it is, which step is due and what a
day's run makes, a second time, from the documents alone. Amounts are ``Decimal``; what
is owed is positive.
"""

import dataclasses
import datetime
import random
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ONE_DAY = datetime.timedelta(days=1)
CENT = Decimal("0.01")
#: currency -> its smallest unit; the companies keep their books in euros
UNITS = {"EUR": CENT, "USD": CENT, "JPY": Decimal(1)}
#: currency -> month of 2026 -> units for one euro from its first day on
RATES = {
    "USD": {3: "1.0837", 5: "1.1213", 6: "1.0961", 7: "1.1527", 8: "1.1304"},
    "JPY": {3: "163.41", 5: "158.77", 6: "166.93", 7: "161.08", 8: "170.26"},
}
#: first and last day on which the ledger is lived
FIRST, LAST = datetime.date(2026, 6, 1), datetime.date(2026, 8, 20)
COMPANIES, DEBTORS = 2, 12
#: instalments: (percentage, days after the invoice); the last one takes the rest
TERMS = (
    (("30", 0), ("70", 30)),
    (("50", 20), ("50", 50)),
    (("33.33", 5), ("33.33", 35), ("33.34", 65)),
)
#: the scenario RAPP: days to the due date -> level and channel
STEPS = {
    -5: ("courtesy", "email"),
    1: ("friendly", "email"),
    7: ("call", "call"),
    15: ("firm", "letter"),
    30: ("notice", "registered"),
    45: ("handoff", "handoff"),
}
WRITTEN = ("email", "letter", "registered")
#: largest number of days between two steps when catching up
CATCH_UP = 7
#: what a run counts; ``held`` is the number of items that a dispute holds
COUNTS = (
    "receivables",
    "due",
    "held",
    "debtors",
    "cases_opened",
    "cases_closed",
    "followups",
    "lines",
)
#: last day late of a bucket -> its code
BUCKETS = {0: "not_due", 30: "d1_30", 60: "d31_60", 90: "d61_90", 10**6: "d91"}


def round_to(amount: Decimal, unit: Decimal) -> Decimal:
    """Round to a multiple of a currency's unit, halves away from zero."""
    return amount.quantize(unit, ROUND_HALF_UP)


def get_rate(currency: str, day: datetime.date) -> Decimal:
    """Return the units of a currency for one euro on a day."""
    if currency == "EUR":
        return Decimal(1)
    return Decimal(RATES[currency][max(m for m in RATES[currency] if m <= day.month)])


# === FACTS === #


@dataclasses.dataclass(frozen=True)
class Document:
    """An invoice, a credit note or a payment; company and debtor are numbers.

    :param kind: ``invoice``, ``credit_note`` or ``payment``
    :param amount: positive, in the document's currency
    :param term: (percentage, days after its day) of the instalments
    """

    key: str
    kind: str
    company: int
    debtor: int
    currency: str
    day: datetime.date
    amount: Decimal
    term: tuple[tuple[str, int], ...] = (("100", 0),)

    @property
    def dues(self) -> list[datetime.date]:
        return [self.day + days * ONE_DAY for _percent, days in self.term]

    @property
    def balance(self) -> Decimal:
        """Amount in company currency, at the rate of the document's day."""
        return round_to(self.amount / get_rate(self.currency, self.day), CENT)


class Match(NamedTuple):
    """A credit note or payment is reconciled with an invoice (keys) on a day."""

    day: datetime.date
    invoice: str
    credit: str


class Dispute(NamedTuple):
    """An invoice is disputed.

    :param until: last day, None = open
    :param amount: disputed part in the invoice's currency, None = all of it
    """

    day: datetime.date
    invoice: str
    until: datetime.date | None
    amount: Decimal | None


# === DRAWING === #


class Ledger:
    """Draws documents and what happens to them; a seed gives always the same.

    :param invoices: number of invoices of each company
    :param free_credits: number of payments, and of credit notes, that nobody matches
    """

    def __init__(self, seed: int, invoices: int, free_credits: int = 2):
        self.random = random.Random(seed)
        self.documents: list[Document] = []
        self.matches: list[Match] = []
        self.disputes: list[Dispute] = []
        lives = {
            self._pay: 4,
            self._pay_partly: 3,
            self._pay_in_two: 3,
            self._pay_too_much: 1,
            self._pay_and_match_later: 3,
            self._credit: 3,
            self._dispute: 4,
        }
        unpaid = defaultdict(list)
        for company in range(COMPANIES):
            for _number in range(invoices):
                invoice = self._add_invoice(company)
                if self.random.random() < 0.3:
                    unpaid[company, invoice.debtor, invoice.currency].append(invoice)
                else:
                    [live] = self.random.choices(list(lives), list(lives.values()))
                    live(invoice)
            for kind in ("payment", "credit_note") * free_credits:
                self._add_free_credit(company, kind)
        for group in unpaid.values():
            if len(group) > 1:
                self._pay_together(group[:2])

    def draw_days(self, count: int) -> list[datetime.date]:
        """Return days of a run, in order: some in a row, some far apart."""
        days = self.random.sample(range((LAST - FIRST).days + 1), count)
        return [FIRST + number * ONE_DAY for number in sorted(days)]

    # === DOCUMENTS === #

    def _add(self, kind, company, debtor, currency, date, amount, **values) -> Document:
        letter = {"invoice": "F", "credit_note": "A", "payment": "P"}[kind]
        key = f"{letter}{len(self.documents) + 1:03}"
        amount = round_to(amount, UNITS[currency])
        document = Document(
            key, kind, company, debtor, currency, date, amount, **values
        )
        self.documents.append(document)
        return document

    def _add_invoice(self, company: int) -> Document:
        term = (("100", self.random.choice((0, 3, 10, 15, 30, 45))),)
        if self.random.random() < 0.3:
            term = self.random.choice(TERMS)
        date = FIRST + self.random.randint(-50, (LAST - FIRST).days - 5) * ONE_DAY
        debtor = self.random.randrange(DEBTORS)
        currency, amount = self._draw_amount()
        return self._add("invoice", company, debtor, currency, date, amount, term=term)

    def _add_free_credit(self, company: int, kind: str) -> None:
        """Add a credit that nobody reconciles."""
        date = FIRST + self.random.randint(-10, (LAST - FIRST).days) * ONE_DAY
        debtor = self.random.randrange(DEBTORS)
        currency, amount = self._draw_amount()
        self._add(kind, company, debtor, currency, date, amount)

    def _draw_amount(self) -> tuple[str, Decimal]:
        [currency] = self.random.choices(("EUR", "USD", "JPY"), (5, 3, 2))
        return currency, self.random.randint(8_000, 900_000) * UNITS[currency]

    def _draw_part(self, amount: Decimal) -> Decimal:
        return amount * self.random.randint(10, 90) / 100

    # === LIVES OF AN INVOICE === #

    def _pay(self, invoice: Document, amount=None, kind="payment", wait=0) -> Document:
        """Pay, or credit, before or after the due date.

        :param amount: None = all of it
        :param wait: days until it is reconciled
        """
        late = self.random.randint(-10, 60) * ONE_DAY
        date = max(invoice.day, invoice.dues[0] + late)
        amount = amount or invoice.amount
        whose = invoice.company, invoice.debtor, invoice.currency
        credit = self._add(kind, *whose, date, amount)
        self.matches.append(Match(date + wait * ONE_DAY, invoice.key, credit.key))
        return credit

    def _pay_partly(self, invoice: Document) -> None:
        self._pay(invoice, self._draw_part(invoice.amount))

    def _pay_in_two(self, invoice: Document) -> None:
        first = self._pay(invoice, self._draw_part(invoice.amount))
        self._pay(invoice, invoice.amount - first.amount)

    def _pay_too_much(self, invoice: Document) -> None:
        self._pay(invoice, invoice.amount + self._draw_part(invoice.amount))

    def _pay_and_match_later(self, invoice: Document) -> None:
        self._pay(invoice, wait=self.random.randint(2, 12))

    def _credit(self, invoice: Document) -> None:
        amount = self.random.choice((None, self._draw_part(invoice.amount)))
        self._pay(invoice, amount, "credit_note", self.random.choice((0, 6)))

    def _pay_together(self, invoices: list[Document]) -> None:
        """Pay some invoices of a debtor by one payment that is too small."""
        total = sum(invoice.amount for invoice in invoices)
        credit = self._pay(invoices[-1], total * Decimal("0.9"))
        for invoice in invoices[:-1]:
            date = max(credit.day, invoice.day)
            self.matches.append(Match(date, invoice.key, credit.key))

    def _dispute(self, invoice: Document) -> None:
        """Dispute all or a part, for a time or for good; sometimes pay a part."""
        date = invoice.day + self.random.randint(0, 30) * ONE_DAY
        until = date + self.random.randint(5, 40) * ONE_DAY
        until = self.random.choice((None, until))
        part = round_to(self._draw_part(invoice.amount), UNITS[invoice.currency])
        part = self.random.choice((None, part, part))
        self.disputes.append(Dispute(date, invoice.key, until, part))
        if self.random.random() < 0.5:
            self._pay_partly(invoice)


# === ITEMS === #


@dataclasses.dataclass
class Item:
    """An instalment, a credit note or a payment; credits are negative.

    :param amount: in the document's currency, as it was booked
    :param balance: in company currency, as it was booked
    :param residual: what is open of ``amount``
    :param residual_company: what is open of ``balance``
    :param step: delay of the last step that it got
    :param stepped_on: day of that step
    """

    document: Document
    due: datetime.date
    amount: Decimal
    balance: Decimal
    residual: Decimal
    residual_company: Decimal
    step: int | None = None
    stepped_on: datetime.date | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.document.key, self.due.isoformat()

    @property
    def whose(self) -> tuple[int, int]:
        return self.document.company, self.document.debtor


def make_items(document: Document) -> list[Item]:
    """Split a document into instalments: a rounded share each, the rest at the end."""
    sign = 1 if document.kind == "invoice" else -1
    items, amount, balance = [], document.amount, document.balance
    for number, (percent, _days) in enumerate(document.term, 1):
        part, part_balance = amount, balance
        if number < len(document.term):
            share = Decimal(percent) / 100
            part = round_to(document.amount * share, UNITS[document.currency])
            part_balance = round_to(document.balance * share, CENT)
        amount, balance = amount - part, balance - part_balance
        values = [sign * part, sign * part_balance]
        items.append(Item(document, document.dues[number - 1], *values, *values))
    return items


def settle(claim: Item, credit: Item) -> None:
    """Reconcile an instalment with a credit of the same currency.

    Whichever is used up falls to zero in both currencies: a difference of rates is an
    exchange gain or loss, and not open any more.
    """
    amount = min(claim.residual, -credit.residual)
    if not amount:
        return
    falls = _fall(claim, credit, amount), -_fall(credit, claim, amount)
    for item, part, fall in zip((claim, credit), (amount, -amount), falls, strict=True):
        item.residual -= part
        item.residual_company -= fall if item.residual else item.residual_company


def _fall(item: Item, other: Item, amount: Decimal) -> Decimal:
    """Return by how much an item falls in company currency, positive.

    By its share at the rate of its own booking; when both rates say the same but for
    rounding, by what the other was booked for: no cent of difference is made up.
    """
    own, others = _share(item, amount), _share(other, amount)
    if others[0] <= own[1] <= others[2] and own[0] <= others[1] <= own[2]:
        return min(abs(item.residual_company), abs(other.residual_company))
    return own[1]


def _share(item: Item, amount: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return an amount in company currency at the item's rate: least, exact, most.

    Least and most are half a unit of the document's currency away.
    """
    half = UNITS[item.document.currency] / 2
    low, exact, high = (
        round_to(part * item.balance / item.amount, CENT)
        for part in (amount - half, amount, amount + half)
    )
    return low, min(exact, abs(item.residual_company)), high


# === WHAT IT COMES TO === #


class Row(NamedTuple):
    """What is known of an open item on a day."""

    company: int
    debtor: int
    currency: str
    residual: Decimal
    residual_company: Decimal
    held: Decimal
    to_claim: Decimal
    hold_reason: str | None
    days_overdue: int
    bucket: str


class Line(NamedTuple):
    """A step that an item gets on a day; amounts in the item's currency.

    :param channel: of the follow-up that it travels with
    """

    day: datetime.date
    level: str
    channel: str
    currency: str
    residual: Decimal
    to_claim: Decimal


class Followup(NamedTuple):
    """A contact with a debtor.

    :param amount: of its lines, in company currency
    """

    level: str
    amount: Decimal
    lines: int


class Books:
    """The books of all companies, kept by hand."""

    def __init__(self):
        self.items: dict[str, list[Item]] = {}
        self.disputes: list[Dispute] = []
        self.lines: dict[tuple, Line] = {}
        self.cases: set[tuple[int, int]] = set()

    # === BOOKING === #

    def post(self, document: Document) -> None:
        self.items[document.key] = make_items(document)

    def match(self, match: Match) -> None:
        """Reconcile: the instalment that is due first is paid first."""
        [credit] = self.items[match.credit]
        for claim in sorted(self.items[match.invoice], key=lambda item: item.due):
            settle(claim, credit)

    # === READING === #

    @property
    def open_items(self) -> list[Item]:
        return [
            item for items in self.items.values() for item in items if item.residual
        ]

    def get_held(self, item: Item, day: datetime.date) -> Decimal:
        """Return the disputed part: it fills the instalments, the first due first."""
        held = Decimal()
        if item.residual < 0:
            return held
        for dispute in self.disputes:
            over = dispute.until and dispute.until < day
            if dispute.invoice != item.document.key or over:
                continue
            if dispute.amount is None:
                return item.residual
            before = sum(
                other.residual
                for other in self.items[item.document.key]
                if other.due < item.due
            )
            held += max(Decimal(), min(item.residual, dispute.amount - before))
        return min(held, item.residual)

    def get_rows(self, day: datetime.date) -> dict[tuple, Row]:
        """Return (document, due date) -> what is known of each open item."""
        rows = {}
        for item in self.open_items:
            held = self.get_held(item, day)
            late = (day - item.due).days
            rows[item.key] = Row(
                *item.whose,
                item.document.currency,
                item.residual,
                item.residual_company,
                held,
                item.residual - held,
                "dispute" if held and held == item.residual else None,
                late,
                next(code for last, code in BUCKETS.items() if late <= last),
            )
        return rows

    def get_step(self, item: Item, day: datetime.date) -> int | None:
        """Return the step due: one at a time, never a courtesy after the due date."""
        late = (day - item.due).days
        if item.residual < 0:
            return None
        if item.step is None:
            was_known = item.document.day <= item.due - 5 * ONE_DAY
            return 1 if late > 0 else -5 if late >= -5 and was_known else None
        step = min((step for step in STEPS if step > item.step), default=None)
        if step is None or late < step:
            return None
        wait = min(step - item.step, CATCH_UP) if item.step > 0 else 1
        return step if day >= item.stepped_on + wait * ONE_DAY else None

    def get_due(self, day: datetime.date) -> list[tuple[Item, int]]:
        """Return the items that have a step due, held or not, and the step."""
        steps = [(item, self.get_step(item, day)) for item in self.open_items]
        return [(item, step) for item, step in steps if step is not None]

    # === A DAY'S RUN, EVERYTHING PERFORMED === #

    def run(self, day: datetime.date) -> tuple[dict, dict]:
        """Give each item its step; return what the run says, and its follow-ups.

        :return: the result's counts; (company, debtor, channel) -> follow-up
        """
        result = Counter(dict.fromkeys(COUNTS, 0))
        result["receivables"] = sum(item.residual > 0 for item in self.open_items)
        due = self.get_due(day)
        result["due"] = len(due)
        result["debtors"] = len({item.whose for item, _step in due})
        groups = defaultdict(list)
        for item, step in due:
            if self.get_held(item, day) == item.residual:
                result["held"] += 1
                continue
            channel = STEPS[step][1]
            kind = "written" if channel in WRITTEN else channel
            groups[(*item.whose, kind)].append((item, step))
            result["lines"] += 1
        followups = {}
        for (*whose, _kind), members in groups.items():
            level, channel = STEPS[max(step for _item, step in members)]
            amount = sum(self._step(item, step, channel, day) for item, step in members)
            followup = Followup(level, round_to(amount, CENT), len(members))
            followups[(*whose, channel)] = followup
        result["followups"] = len(followups)
        self._count_cases(followups, day, result)
        return dict(result), followups

    def _step(self, item: Item, step: int, channel: str, day) -> Decimal:
        """Give an item its step; return its amount in company currency."""
        to_claim = item.residual - self.get_held(item, day)
        values = item.document.currency, item.residual, to_claim
        self.lines[(*item.key, step)] = Line(day, STEPS[step][0], channel, *values)
        item.step, item.stepped_on = step, day
        return item.residual_company * to_claim / item.residual

    def _count_cases(self, followups: dict, day: datetime.date, result) -> None:
        """Open cases by more than a courtesy; close those with nothing late."""
        chased = {key[:2] for key, one in followups.items() if one.level != "courtesy"}
        result["cases_opened"] = len(chased - self.cases)
        late = {
            item.whose
            for item in self.open_items
            if item.residual > 0 and item.due < day
        }
        result["cases_closed"] = len((self.cases | chased) - late)
        self.cases = (self.cases | chased) & late
