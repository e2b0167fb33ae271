"""The day after which a claim can no longer be sued for (French law), at the worst.

Sources: Code de commerce L110-4 and L133-6, Code de la consommation L218-2, Code civil
2224 and 2228 to 2244, Act 68-1250 of 31 December 1968 (public bodies), Code des
procédures civiles d'exécution L111-4 (title).

The worst case is shown: it starts on the earliest day that a judge may choose, and
nothing moves it that is not certain. Periods run in days, the last one complete (C.
civ. 2228, 2229): so many years end on the same day number, never rolled to a working
day. The list of what interrupts is closed (C. civ. 2240 to 2244): a reminder or a
formal notice does not, even registered (Cass. com. 18 May 2022, 20-23.204), except
against a public body (Act 68-1250, article 2). What comes after the end of the period
does not bring the claim back.
"""

import dataclasses
import datetime
from collections.abc import Iterable

from .legal import LegalTable

CONSUMER = "consumer"
PUBLIC = "public"

#: keys of the legal values
TRADE_KEY = "limitation_trade"
CONSUMER_KEY = "limitation_consumer"
PUBLIC_KEY = "limitation_public"
TITLE_KEY = "limitation_title"
CAP_KEY = "limitation_cap"
MEDIATION_KEY = "limitation_mediation_months"

GOODS_SERVICES = "goods_services"
#: kind of claim -> key; goods and services depend on the class of the debtor
CLAIM_KEYS = {
    "transport": "limitation_transport",
    "telecom": "limitation_telecom",
    "rent_home": "limitation_rent_home",
    "rent_business": "limitation_rent_business",
    "ship": "limitation_ship",
    "civil": "limitation_civil",
}
#: kinds whose own period is longer than that of a public body, which then counts
LONG_CLAIMS = ("rent_business", "civil")

RESTART = "restart"
SUSPEND = "suspend"
POSSIBLE = "possible"
NONE = "none"
TITLE = "title"
MEDIATION = "mediation"
#: what each kind of event does; not for a user to change
EFFECTS = {
    "acknowledgement": RESTART,  # C. civ. 2240
    "possible_acknowledgement": POSSIBLE,
    "claim_served": RESTART,  # C. civ. 2241
    "conservatory": RESTART,  # C. civ. 2244
    "enforcement": RESTART,  # C. civ. 2244
    TITLE: RESTART,  # CPCE L111-4
    "declaration": RESTART,  # C. com. L622-25-1
    MEDIATION: SUSPEND,  # C. civ. 2238
    "reminder": NONE,
    "formal_notice": NONE,
}
#: written claims, which interrupt against a public body alone (Act 68-1250, art. 2)
WRITTEN = ("reminder", "formal_notice")
#: months before the last day on which somebody is warned
THRESHOLDS = (12, 6, 3, 1)
#: days after a threshold's whose claims are named along; few when little time is left
LEAD_DAYS = {12: 31, 6: 31, 3: 31, 1: 7}


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """What happened to a claim and may move its limitation.

    :param kind: a key of ``EFFECTS``
    :param date: day of the event; first day of a mediation
    :param date_end: last day of a mediation, None while it goes on
    """

    kind: str
    date: datetime.date
    date_end: datetime.date | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """What the period of a claim depends on.

    :param start: first day of the period, at the worst
    :param key: of the legal value: how many years
    """

    start: datetime.date
    key: str


def period_key(debtor_class: str, claim_kind: str = GOODS_SERVICES) -> str:
    """Return the key of the period of a claim.

    The own period of a kind goes before the general ones; against a public body the
    four years hold unless that own period is shorter.
    """
    if debtor_class == PUBLIC and claim_kind in (GOODS_SERVICES, *LONG_CLAIMS):
        return PUBLIC_KEY
    if claim_kind in CLAIM_KEYS:
        return CLAIM_KEYS[claim_kind]
    return CONSUMER_KEY if debtor_class == CONSUMER else TRADE_KEY


def find_start(
    due: datetime.date,
    invoiced: datetime.date | None = None,
    delivered: datetime.date | None = None,
) -> datetime.date:
    """Return the first day of the period.

    A term is awaited (C. civ. 2233), but a late invoice does not put the start off:
    the end of the work does count (Cass. com. 26 February 2020, 18-25.036). The
    earliest day is kept when that of delivery is known.
    """
    if delivered is None:
        return due
    return min(day for day in (due, invoiced, delivered) if day)


def add_months(day: datetime.date, months: int) -> datetime.date:
    """Return the same day number so many months later, else the month's last day."""
    index = day.year * 12 + day.month - 1 + months
    first = datetime.date(index // 12, index % 12 + 1, 1)
    following = datetime.date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    last = following - datetime.timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def add_years(day: datetime.date, years: int) -> datetime.date:
    """Return the same day so many years later, 28 February for a 29th."""
    return add_months(day, 12 * years)


def end_of_period(
    table: LegalTable, key: str, day: datetime.date, is_titled: bool = False
) -> datetime.date:
    """Return the last day of a full period that starts on a day.

    Against a public body it counts from 1 January following (Act 68-1250, article 1),
    also after a judgment (article 2): the ten years of a title are for the others.

    :raise MissingValueError: the length of the period is not known for that day
    """
    if is_titled and key != PUBLIC_KEY:
        key = TITLE_KEY
    years = int(table.value(key, day))
    if key == PUBLIC_KEY:
        return datetime.date(day.year + years, 12, 31)
    return add_years(day, years)


def effect_of(kind: str, key: str) -> str:
    """Return what an event does to a claim whose period has a key."""
    if kind in WRITTEN and key == PUBLIC_KEY:
        return RESTART
    return EFFECTS[kind]


def find_limit(
    table: LegalTable,
    claim: Claim,
    events: Iterable[Event] = (),
    has_possible: bool = False,
) -> datetime.date:
    """Return the last day on which a claim can be sued for.

    Events are taken in the order of their dates, those of one day in the given order.
    A restart gives a new full period of the same length (C. civ. 2231); a mediation
    moves the day by the days that it lasted and leaves six months after its end (C.
    civ. 2238), one that goes on moves nothing. No event brings the day forward, nor
    beyond twenty years from the start (C. civ. 2232).

    :param has_possible: also count what may be an acknowledgement
    :raise MissingValueError: a legal value that is needed is not known
    """
    limit = end_of_period(table, claim.key, claim.start)
    is_titled = False
    for event in sorted(events, key=lambda event: event.date):
        effect = effect_of(event.kind, claim.key)
        if effect == POSSIBLE and has_possible:
            effect = RESTART
        if event.date > limit:
            continue
        if effect == RESTART:
            is_titled = is_titled or event.kind == TITLE
            first = max(event.date, claim.start)
            moved = end_of_period(table, claim.key, first, is_titled)
        elif effect == SUSPEND and event.date_end:
            moved = _suspend(table, limit, max(event.date, claim.start), event.date_end)
        else:
            continue
        cap = add_years(claim.start, int(table.value(CAP_KEY, claim.start)))
        limit = min(max(limit, moved), max(cap, limit))
    return limit


def _suspend(table, limit, first, last) -> datetime.date:
    """Return the day that a mediation from one day to another leads to."""
    if last < first:
        return limit
    months = int(table.value(MEDIATION_KEY, last))
    return max(limit + (last - first), add_months(last, months))


def months_left(today: datetime.date, limit: datetime.date) -> int:
    """Return the full months before the last day, -1 once it is over."""
    if today > limit:
        return -1
    months = (limit.year - today.year) * 12 + limit.month - today.month
    if add_months(today, months) > limit:
        months -= 1
    return months


def find_threshold(
    today: datetime.date, limit: datetime.date, thresholds: Iterable[int]
) -> int | None:
    """Return the lowest threshold in months that a day has passed, None without one.

    A threshold of n months is passed on the day n months before the last one.
    """
    if today > limit:
        return None
    passed = [one for one in thresholds if add_months(limit, -one) <= today]
    return min(passed, default=None)


def last_within(today: datetime.date, months: int) -> datetime.date:
    """Return the latest last day whose threshold in months a day has passed.

    On the last day of a month every day of the end month is within, as
    ``find_threshold`` has it: 31 March is one month from 28 February.
    """
    end = add_months(today, months)
    if (today + datetime.timedelta(days=1)).day > 1:
        return end
    return add_months(end.replace(day=1), 1) - datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Alert:
    """What a debtor's task of a day names.

    :param months: the lowest threshold that a claim has newly passed
    :param told: key of each claim named -> the threshold that is thereby told
    """

    months: int
    told: dict


def find_alert(
    today: datetime.date, limits: dict, known: dict[object, tuple[datetime.date, int]]
) -> Alert | None:
    """Return the task to give about one debtor's claims, None without one.

    A threshold is told once for each claim and last day: a last day that has moved is
    told anew. One task names all of the debtor's claims that are due, and those of the
    days that follow, which are then told too: invoices of every week make no task each.

    :param limits: key of a claim -> its last day
    :param known: key of a claim -> last day and lowest threshold already told
    """
    due = {}
    for key, limit in limits.items():
        months = find_threshold(today, limit, THRESHOLDS)
        told = known.get(key)
        if months and not (told and told[0] == limit and told[1] <= months):
            due[key] = months
    if not due:
        return None
    months = min(due.values())
    lead = datetime.timedelta(days=LEAD_DAYS[months])
    horizon = last_within(today, months) + lead
    told = {}
    for key, limit in limits.items():
        is_near = today <= limit <= horizon
        if is_near or key in due:
            before = known.get(key, (None, months))
            level = months if is_near else due[key]
            told[key] = min(level, before[1]) if before[0] == limit else level
    return Alert(months, told)
