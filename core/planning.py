"""A debtor's day: from its receivables to the follow-ups that it gets.

Pure: rows in, plan out. The engine reads the rows for a whole batch, calls
``plan_debtor`` for each debtor and writes what comes back.
"""

import dataclasses
import datetime
from collections.abc import Iterable
from decimal import Decimal

#: written channels, from low to high
WRITTEN = ("email", "sms", "letter", "registered")
#: contacts that a debtor feels: they use the contact budget
COUNTED = ("email", "sms", "call")
#: channels that may leave without a person
SENT_BY_MACHINE = ("email", "sms", "letter", "registered")
#: tried in this order when a channel has no usable address
FALLBACK = {
    "email": ("email", "letter"),
    "letter": ("letter", "email"),
    "sms": ("sms", "email", "letter"),
    "registered": ("registered",),
}
#: what about today's follow-up may put it off; the first in this order counts
DEFERRALS = (
    "prerequisite",
    "unmatched_receipt",
    "bank_stale",
    "calendar",
    "frequency",
    "minimum_total",
    "no_address",
)
#: days between a performed written step and the formal notice that needs it
NOTICE_AFTER_DAYS = 7


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of a scenario, as the plan needs it.

    :param delay: days to the due date, negative = before
    :param level: code of the dunning level
    :param mode: ``automatic``, ``to_confirm`` or ``manual``
    :param minimum_amount: net below which the substitute takes over (company currency)
    :param counts: whether it uses the contact budget
    :param is_internal: it tells a colleague; the debtor never hears of it
    """

    id: int
    delay: int
    level: str
    level_id: int
    channel: str
    mode: str
    recipient_role: str = "accounting"
    minimum_amount: Decimal = Decimal()
    substitute_channel: str | None = None
    counts: bool = True
    is_internal: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """An open receivable with a step due.

    :param amount_due: residual minus what is held, in company currency
    :param hold_reason: why it may not be chased
    :param last_state: state of the follow-up of its last counted line
    :param first_written: day of the first performed written step after the due date
    :param notice_on: day of the performed formal notice that claimed it
    :param is_doubtful_payment: a probable payment was held long enough and is still
        unmatched: nothing written leaves without a person
    :param colleague: whom an internal step tells, None = nobody can be reached
    """

    id: int
    amount_due: Decimal
    step: Step
    hold_reason: str | None = None
    last_line_id: int | None = None
    last_state: str | None = None
    first_written: datetime.date | None = None
    notice_on: datetime.date | None = None
    is_doubtful_payment: bool = False
    colleague: "Address | None" = None


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a message goes: a contact and the address at the time of planning."""

    partner_id: int
    value: str


@dataclasses.dataclass(frozen=True)
class Debtor:
    """What the plan knows about a debtor, besides its receivables with a step due.

    :param net_overdue: overdue and not held, minus free credits (company currency)
    :param free_credits: unallocated credits, zero or negative (company currency)
    :param recent_contacts: contacts that used the budget in its days
    :param has_unmatched_receipt: a receipt holds one of its receivables
    :param addresses: (channel, role) -> address; absent = none usable
    """

    id: int
    net_overdue: Decimal
    free_credits: Decimal = Decimal()
    recent_contacts: int = 0
    contact_budget: int = 3
    has_unmatched_receipt: bool = False
    addresses: dict[tuple[str, str], Address] = dataclasses.field(default_factory=dict)

    def address(self, channel: str, role: str) -> Address | None:
        return self.addresses.get((channel, role))


@dataclasses.dataclass(frozen=True)
class Day:
    """The company's day.

    :param is_live: automatic steps leave by themselves (else they are to confirm)
    :param minimum_total: net below which a debtor is left alone (company currency)
    :param has_guards: deferrals, minimum and net rule apply
    :param unapproved_steps: steps whose text shows bank details nobody has approved
    """

    date: datetime.date
    is_working: bool = True
    is_bank_stale: bool = False
    is_live: bool = True
    minimum_total: Decimal = Decimal()
    has_guards: bool = True
    unapproved_steps: frozenset[int] = frozenset()


@dataclasses.dataclass
class Planned:
    """A follow-up to create; ``state`` is where it starts.

    :param counts: whether it uses the contact budget
    """

    channel: str
    step: Step
    state: str
    rows: list[Row]
    address: Address | None = None
    warnings: tuple[str, ...] = ()
    counts: bool = True
    amount: float = 0.0


@dataclasses.dataclass
class DebtorPlan:
    """What a debtor gets today.

    :param withheld: receivable -> code of the hold or deferral
    :param overtaken: counted lines that the new ones overtake
    :param has_case: the debtor already has an open case
    """

    debtor_id: int
    has_case: bool = False
    followups: list[Planned] = dataclasses.field(default_factory=list)
    withheld: dict[int, str] = dataclasses.field(default_factory=dict)
    overtaken: list[int] = dataclasses.field(default_factory=list)

    @property
    def opens_case(self) -> bool:
        """A courtesy message before the due date opens none, nor a colleague's."""
        rows = (row for planned in self.followups for row in planned.rows)
        return any(row.step.delay > 0 and not row.step.is_internal for row in rows)


@dataclasses.dataclass(frozen=True)
class Route:
    """How a step reaches a debtor today.

    :param code: why it does not: ``minimum_total`` or ``no_address``
    :param counts: whether it uses the contact budget, by the channel that is used
    :param is_internal: it goes to a colleague
    """

    channel: str
    address: Address | None
    code: str | None
    counts: bool
    is_internal: bool = False

    @property
    def group(self) -> tuple:
        """One written message to an addressee; one task of a kind."""
        kind = "written" if self.channel in WRITTEN else self.channel
        kind = "internal" if self.is_internal else kind
        return kind, self.address.partner_id if self.address else None


def plan_debtor(debtor: Debtor, rows: Iterable[Row], day: Day) -> DebtorPlan:
    """Return the plan of a debtor's day."""
    plan = DebtorPlan(debtor.id)
    groups: dict[tuple, list[tuple[Row, Route]]] = {}
    for row in rows:
        route = _route(debtor, row, day)
        code = row.hold_reason or _own_deferral(debtor, row, route, day)
        if code:
            plan.withheld[row.id] = code
        else:
            groups.setdefault(route.group, []).append((row, route))
    for group in groups.values():
        group.sort(key=lambda pair: (-pair[0].step.delay, pair[0].id))
        _plan_group(plan, debtor, group, day)
    for planned in plan.followups:
        plan.overtaken += [
            row.last_line_id
            for row in planned.rows
            if row.last_line_id and row.last_state in ("planned", "to_confirm")
        ]
    return plan


def _plan_group(plan: DebtorPlan, debtor: Debtor, group, day: Day) -> None:
    """Plan a group at its highest step; when that may not be, at the next lower."""
    while group:
        top, route = group[0]
        code = _day_deferral(debtor, top.step, route, day)
        code = code or _closed_list_deferral(debtor, group, day)
        if not code:
            plan.followups.append(_planned(route, [row for row, _route in group], day))
            return
        stopped = [row for row, _route in group if row.step == top.step]
        plan.withheld.update({row.id: code for row in stopped})
        group = [pair for pair in group if pair[0].step != top.step]


def _closed_list_deferral(debtor: Debtor, group, day: Day) -> str | None:
    """Return ``minimum_total`` when credits cover the list that is claimed.

    A formal notice and a hand-over claim a closed list: the debtor may owe more, but
    nothing of what they are about.
    """
    level = group[0][0].step.level
    if not day.has_guards or level not in ("notice", "handoff"):
        return None
    claimed = sum(row.amount_due for row, _route in group if row.step.level == level)
    return "minimum_total" if claimed + debtor.free_credits <= 0 else None


def _planned(route: Route, rows: list[Row], day: Day) -> Planned:
    planned = Planned(route.channel, rows[0].step, "planned", rows, route.address)
    planned.counts = route.counts
    planned.state = _first_state(planned, day)
    if day.has_guards and day.is_bank_stale and route.channel in WRITTEN:
        planned.warnings += ("bank_stale",)
    if any(row.is_doubtful_payment for row in rows):
        planned.warnings += ("probable_payment",)
    if _shows_unapproved(planned, day):
        planned.warnings += ("bank_details",)
    return planned


def _own_deferral(debtor: Debtor, row: Row, route: Route, day: Day) -> str | None:
    """Return what stops a receivable by itself, whatever it would travel with.

    The first deferral in the order of ``DEFERRALS`` counts: what also stops the whole
    company or debtor today goes before a missing amount or address.
    """
    if not day.has_guards:
        return None
    if _lacks_earlier_step(row, day):
        return "prerequisite"
    # Somebody who has just sent money is not reminded of what is not due yet.
    if row.step.delay <= 0 and debtor.has_unmatched_receipt:
        return "unmatched_receipt"
    code = route.code
    if row.step.delay > 0 and _below_minimum(debtor.net_overdue, day.minimum_total):
        code = "minimum_total"
    return code and (_day_deferral(debtor, row.step, route, day) or code)


def _lacks_earlier_step(row: Row, day: Day) -> bool:
    """Tell whether the step needs one that was not performed.

    A formal notice needs a written step some days before; a hand-over needs a formal
    notice that claimed the receivable.
    """
    if row.step.level == "notice":
        limit = day.date - datetime.timedelta(days=NOTICE_AFTER_DAYS)
        return row.first_written is None or row.first_written > limit
    return row.step.channel == "handoff" and row.notice_on is None


def _day_deferral(debtor: Debtor, step: Step, route: Route, day: Day) -> str | None:
    """Return what stops the company or the debtor today.

    A stale bank stops what leaves by itself; a person or colleague is only warned. A
    message and a call may share a day: both are held against the days before.
    """
    if not day.has_guards:
        return None
    leaves_alone = step.mode == "automatic" and not step.is_internal
    leaves_alone = leaves_alone and route.channel in SENT_BY_MACHINE
    if day.is_bank_stale and leaves_alone and day.is_live:
        return "bank_stale"
    if not day.is_working:
        return "calendar"
    if route.counts and debtor.recent_contacts >= debtor.contact_budget:
        return "frequency"
    return None


def _below_minimum(net: Decimal, minimum: Decimal) -> bool:
    return net <= 0 or net < minimum


def _route(debtor: Debtor, row: Row, day: Day) -> Route:
    """Return the channel and address that a step uses today."""
    step = row.step
    if step.is_internal:
        code = None if row.colleague else "no_address"
        return Route(step.channel, row.colleague, code, False, True)
    if not day.has_guards:
        return Route(
            step.channel,
            debtor.address(step.channel, step.recipient_role),
            None,
            step.counts,
        )
    wanted, code = step.channel, None
    if step.delay > 0 and debtor.net_overdue < step.minimum_amount:
        if step.substitute_channel:
            wanted = step.substitute_channel
        else:
            code = "minimum_total"
    chain = FALLBACK.get(wanted, (wanted,)) if step.delay > 0 else (wanted,)
    for channel in chain:
        address = debtor.address(channel, step.recipient_role)
        if address:
            return Route(channel, address, code, _counts(step, channel))
    if wanted in WRITTEN:
        code = code or "no_address"
    return Route(wanted, None, code, _counts(step, wanted))


def _counts(step: Step, channel: str) -> bool:
    """Tell whether a contact uses the budget: as the step says, by its own channel."""
    return step.counts if channel == step.channel else channel in COUNTED


def _first_state(planned: Planned, day: Day) -> str:
    """Return ``queued``, ``to_confirm`` or ``planned`` (a task of a person)."""
    if planned.channel not in SENT_BY_MACHINE or planned.step.mode == "manual":
        return "planned"
    doubtful = any(row.is_doubtful_payment for row in planned.rows)
    doubtful = doubtful or _shows_unapproved(planned, day)
    automatic = planned.step.mode == "automatic" and day.is_live and not doubtful
    return "queued" if automatic else "to_confirm"


def _shows_unapproved(planned: Planned, day: Day) -> bool:
    """Tell whether a message says bank details that nobody has approved."""
    return (
        planned.channel in SENT_BY_MACHINE and planned.step.id in day.unapproved_steps
    )
