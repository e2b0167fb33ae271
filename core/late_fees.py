"""Late-payment interest and the flat indemnity, to the cent (French law).

Sources: Code de commerce L441-10 II and D441-5 (between professionals), Code de la
commande publique R2192-31 and D2192-35 (public bodies), Code civil 1231-6 (consumers)
and 1343-1 (order of imputation), Code monétaire et financier L313-2 and L313-3 (legal
rate, interest after a judgment).

Days count from the day after the due date to the day of payment, both included, on a
year of 365 days, also in leap years. A segment is a run of days with the same balance
and the same rate; each is rounded half-up to the cent of the currency and the total
is the sum of what is shown. Interest bears no interest, nor does the indemnity.

Amounts are positive Decimals of one currency; rates are in percent a year.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .legal import ONE_DAY, LegalTable, semester_start, semesters

YEAR_DAYS = 365
CENT = Decimal("0.01")
ZERO = Decimal(0)

#: keys of the legal values that are needed
ECB_RATE = "ecb_refi"
LEGAL_RATE = "legal_rate_pro"
FLOOR_MULTIPLE = "floor_multiple"

PAYMENT = "payment"
#: a commercial gesture: it reduces the principal from its own date
COMMERCIAL = "commercial"
#: it corrects an invoicing error: what it takes away was never owed
CORRECTION = "correction"
MOVEMENT_KINDS = (PAYMENT, COMMERCIAL, CORRECTION)

PRINCIPAL_FIRST = "principal_first"
INTEREST_FIRST = "interest_first"
IMPUTATIONS = (PRINCIPAL_FIRST, INTEREST_FIRST)


class LateFeeError(ValueError):
    """The facts of a receivable make no sense; its text names the fact.

    :param code: ``negative_amount``, ``negative_movement``, ``unknown_kind``,
        ``unknown_imputation`` or ``float``
    """

    def __init__(self, code: str, value=None):
        super().__init__(code, value)
        self.code = code
        self.value = value


@dataclasses.dataclass(frozen=True, slots=True)
class Movement:
    """What reduces a receivable.

    :param date: day on which the funds are at the creditor's disposal, or date of the
        credit note
    :param amount: positive
    :param kind: ``payment``, ``commercial`` or ``correction``
    """

    date: datetime.date
    amount: Decimal
    kind: str = PAYMENT


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """How a rate is found: multiple × value of a key on the semester + points.

    ECB + 10 is ``Rate(ECB_RATE, points=10)``, three times the legal rate
    ``Rate(LEGAL_RATE, multiple=3)``, a contractual 12 % ``Rate(points=12)``.

    :param is_frozen: the semester in which interest starts decides for the whole
        delay (public bodies); else each semester has its own rate
    """

    key: str | None = None
    multiple: Decimal = Decimal(1)
    points: Decimal = ZERO
    is_frozen: bool = False

    def on(
        self, table: LegalTable, day: datetime.date, start: datetime.date
    ) -> Decimal:
        """Return the rate of a day, percent a year.

        :param start: first day of the whole interest
        :raise MissingValueError: the rate of that semester is not known
        """
        if not self.key:
            return self.points
        reference = semester_start(start if self.is_frozen else day)
        return self.multiple * table.value(self.key, reference) + self.points

    @property
    def slides(self) -> bool:
        return bool(self.key) and not self.is_frozen


@dataclasses.dataclass(frozen=True, slots=True)
class Phase:
    """A rate and the first day on which it applies.

    A phase without a rate bears nothing.
    """

    first: datetime.date
    rate: Rate | None


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """What a receivable bears.

    :param phases: in any order; before the first one nothing is borne
    :param last: last day that bears interest: the eve of the opening of insolvency
        proceedings for a prior claim (C. com. L622-28), None without one
    :param indemnity: flat indemnity of the invoice, zero for a consumer
    :param indemnity_last: last day on which the delay may begin that owes the
        indemnity, None = any (L441-10 II, last sentence)
    :param imputation: what a payment pays first
    :param tolerance: what may be missing on the due date without owing the indemnity
    """

    phases: tuple[Phase, ...] = ()
    last: datetime.date | None = None
    indemnity: Decimal = ZERO
    indemnity_last: datetime.date | None = None
    imputation: str = PRINCIPAL_FIRST
    tolerance: Decimal = ZERO


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """A run of days with the same balance and the same rate.

    :param amount: interest of the run, rounded half-up
    """

    date_from: datetime.date
    date_to: datetime.date
    balance: Decimal
    rate: Decimal
    amount: Decimal

    @property
    def days(self) -> int:
        return (self.date_to - self.date_from).days + 1

    @property
    def exact(self) -> Fraction:
        """Return the interest before rounding."""
        return exact_interest(self.balance, self.rate, self.days)


@dataclasses.dataclass(frozen=True, slots=True)
class LateFees:
    """What a receivable bore up to a day.

    :param principal: what is left of the principal under the imputation used
    :param interest_paid: part of the interest that payments have paid; zero unless
        they pay the interest first
    :param excess: what was received above the debt
    :param late_since: first day of the delay, None if it was never late
    :param per_day: interest of one more day at the last rate
    """

    segments: tuple[Segment, ...]
    indemnity: Decimal
    principal: Decimal
    interest_paid: Decimal = ZERO
    excess: Decimal = ZERO
    late_since: datetime.date | None = None
    per_day: Decimal = ZERO

    @property
    def interest(self) -> Decimal:
        """Return the interest: the sum of the segments as they are shown."""
        return sum((segment.amount for segment in self.segments), ZERO)

    @property
    def interest_due(self) -> Decimal:
        return self.interest - self.interest_paid

    @property
    def total_due(self) -> Decimal:
        """Return principal, interest and indemnity still owed."""
        return self.principal + self.interest_due + self.indemnity


def exact_interest(balance: Decimal, rate: Decimal, days: int) -> Fraction:
    """Return the interest of a balance, not rounded.

    :param rate: percent a year of 365 days
    """
    return Fraction(balance) * Fraction(rate) * days / (100 * YEAR_DAYS)


def round_half_up(amount: Fraction, cent: Decimal = CENT) -> Decimal:
    """Return an amount rounded half-up to a multiple of the smallest unit."""
    units = (amount / Fraction(cent) * 2 + 1) // 2
    return (Decimal(units) * cent).quantize(cent, rounding=ROUND_HALF_UP)


def compute_late_fees(
    amount: Decimal,
    date_due: datetime.date,
    movements: Iterable[Movement],
    terms: Terms,
    table: LegalTable,
    until: datetime.date,
    cent: Decimal = CENT,
) -> LateFees:
    """Return what a receivable bore through a day.

    :param amount: of the receivable, taxes included (CJEU C-585/20)
    :param movements: payments and credit notes in any order; those after ``until``
        are not known yet
    :param until: last day that counts
    :param cent: smallest unit of the currency
    :raise LateFeeError: a negative amount, an unknown kind, a float
    :raise MissingValueError: a legal value that is needed is not in the table
    """
    movements = _check(amount, movements, terms)
    corrected = sum((m.amount for m in movements if m.kind == CORRECTION), ZERO)
    known = sorted(
        (m for m in movements if m.kind != CORRECTION and m.date <= until),
        key=lambda movement: (movement.date, movement.kind),
    )
    owed = max(amount - corrected, ZERO)
    runner = _Runner(owed, known, terms, table, date_due + ONE_DAY, until, cent)
    runner.run()
    missing = _find_missing(owed, known, date_due)
    late_since = date_due + ONE_DAY if until > date_due and missing > 0 else None
    return LateFees(
        segments=tuple(runner.segments),
        indemnity=_get_indemnity(terms, late_since, missing),
        principal=runner.balance,
        interest_paid=runner.interest_paid,
        excess=runner.excess + max(corrected - amount, ZERO),
        late_since=late_since,
        per_day=runner.get_per_day(),
    )


def _check(amount, movements, terms) -> list[Movement]:
    """Return the movements; refuse what makes no sense before any computation."""
    movements = list(movements)
    for value in (amount, terms.indemnity, *(m.amount for m in movements)):
        if isinstance(value, float):
            raise LateFeeError("float", value)
    if amount < 0:
        raise LateFeeError("negative_amount", amount)
    for movement in movements:
        if movement.amount < 0:
            raise LateFeeError("negative_movement", movement.amount)
        if movement.kind not in MOVEMENT_KINDS:
            raise LateFeeError("unknown_kind", movement.kind)
    if terms.imputation not in IMPUTATIONS:
        raise LateFeeError("unknown_imputation", terms.imputation)
    return movements


def _find_missing(owed: Decimal, movements: Sequence[Movement], date_due) -> Decimal:
    """Return what was missing on the due date, zero or less when it was met."""
    return owed - sum((m.amount for m in movements if m.date <= date_due), ZERO)


def _get_indemnity(terms: Terms, late_since, missing: Decimal) -> Decimal:
    if not late_since or missing <= terms.tolerance:
        return ZERO
    if terms.indemnity_last and late_since > terms.indemnity_last:
        return ZERO
    return terms.indemnity


class _Runner:
    """Walks through the life of a receivable, from one change to the next."""

    def __init__(self, balance, movements, terms, table, start, until, cent):
        self.balance = balance
        self.movements = list(movements)
        self.terms, self.table = terms, table
        self.cent = cent
        last = min(until, terms.last) if terms.last else until
        self.first, self.last, self.until = start, last, until
        self.phases = sorted(terms.phases, key=lambda phase: phase.first)
        self.segments: list[Segment] = []
        self.interest_paid = ZERO
        self.excess = ZERO

    def run(self) -> None:
        """Compute the segments: a movement counts from the day after its date."""
        day = self.first
        for movement in self.movements:
            self._bear(day, min(movement.date, self.last))
            day = max(day, movement.date + ONE_DAY)
            self._impute(movement)
        self._bear(day, self.last)

    def _bear(self, first, last) -> None:
        """Add the interest of some days with the same balance."""
        if first > last or self.balance <= 0:
            return
        for start, end, rate in self._get_runs(first, last):
            if rate:
                self._add(start, end, rate)

    def _get_runs(self, first, last):
        """Yield (first day, last day, rate) of days at the same rate."""
        for index, phase in enumerate(self.phases):
            following = self.phases[index + 1 : index + 2]
            start = max(first, phase.first)
            end = min(last, following[0].first - ONE_DAY) if following else last
            if start > end or not phase.rate:
                continue
            whole = max(self.first, phase.first)
            if not phase.rate.slides:
                yield start, end, phase.rate.on(self.table, start, whole)
                continue
            for one, two in semesters(start, end):
                yield one, two, phase.rate.on(self.table, one, whole)

    def _add(self, start, end, rate) -> None:
        """Add a segment; it grows the last one when nothing changed between them."""
        if self.segments:
            before = self.segments[-1]
            is_next = before.date_to + ONE_DAY == start
            if is_next and (before.balance, before.rate) == (self.balance, rate):
                start = before.date_from
                self.segments.pop()
        days = (end - start).days + 1
        amount = round_half_up(exact_interest(self.balance, rate, days), self.cent)
        self.segments.append(Segment(start, end, self.balance, rate, amount))

    def _impute(self, movement: Movement) -> None:
        """Take a movement off what is owed.

        A credit note reduces the principal: it is no payment.
        """
        left = movement.amount
        if self.terms.imputation == INTEREST_FIRST and movement.kind == PAYMENT:
            borne = sum((segment.amount for segment in self.segments), ZERO)
            paid = min(left, borne - self.interest_paid)
            self.interest_paid += paid
            left -= paid
        reduced = min(left, self.balance)
        self.balance -= reduced
        self.excess += left - reduced

    def get_per_day(self) -> Decimal:
        """Return the interest of one more day, rounded; zero when nothing runs."""
        if self.balance <= 0 or self.last < self.until or self.until < self.first:
            return ZERO
        runs = list(self._get_runs(self.until, self.until))
        if not runs:
            return ZERO
        exact = exact_interest(self.balance, runs[-1][2], 1)
        return round_half_up(exact, self.cent)


@dataclasses.dataclass(frozen=True, slots=True)
class FloorBreach:
    """A contractual rate below the legal floor in a semester (C. com. L441-10 II).

    :param first: first day of the semester
    :param floor: percent a year; the clause exposes to the fine of L441-16
    """

    first: datetime.date
    rate: Decimal
    floor: Decimal


def find_floor_breaches(
    rate: Rate, table: LegalTable, first: datetime.date, last: datetime.date
) -> list[FloorBreach]:
    """Return the semesters in which a rate is below three times the legal rate.

    The rate is never raised by itself: the user is told. The default rate (ECB plus
    ten points) derogates from nothing and is not checked by whoever calls.

    :raise MissingValueError: the legal rate of a semester is not known
    """
    breaches = []
    for start, _end in semesters(first, last):
        semester = semester_start(start)
        multiple = table.value(FLOOR_MULTIPLE, start)
        floor = multiple * table.value(LEGAL_RATE, semester)
        found = rate.on(table, start, first)
        if found < floor:
            breaches.append(FloorBreach(semester, found, floor))
    return breaches


def judgment_phases(
    judged_on: datetime.date,
    increased_from: datetime.date,
    increase: Decimal,
) -> tuple[Phase, Phase]:
    """Return the phases after a judgment: the legal rate, then the increased one.

    :param judged_on: day from which the judgment's interest runs
    :param increased_from: first day of the increase: two months after the decision
        became enforceable (CMF, article L313-3)
    :param increase: percentage points
    """
    return (
        Phase(judged_on, Rate(LEGAL_RATE)),
        Phase(increased_from, Rate(LEGAL_RATE, points=increase)),
    )
