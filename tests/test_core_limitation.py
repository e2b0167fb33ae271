# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.legal import LegalTable, MissingValueError
from ..core.limitation import (
    CAP_KEY,
    CLAIM_KEYS,
    CONSUMER_KEY,
    EFFECTS,
    GOODS_SERVICES,
    MEDIATION_KEY,
    NONE,
    PUBLIC_KEY,
    TITLE_KEY,
    TRADE_KEY,
    Claim,
    Event,
    add_months,
    add_years,
    find_limit,
    find_start,
    find_threshold,
    months_left,
    period_key,
)

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
YEARS = {
    TRADE_KEY: 5,
    CONSUMER_KEY: 2,
    PUBLIC_KEY: 4,
    TITLE_KEY: 10,
    CAP_KEY: 20,
    MEDIATION_KEY: 6,
    "limitation_transport": 1,
    "limitation_telecom": 1,
    "limitation_rent_home": 3,
    "limitation_rent_business": 5,
    "limitation_ship": 1,
    "limitation_civil": 5,
}


def day(text):
    return datetime.date.fromisoformat(text)


def table_without(*keys):
    return LegalTable(
        [
            (key, day("2008-06-19"), Decimal(value))
            for key, value in YEARS.items()
            if key not in keys
        ]
    )


TABLE = table_without()
CLASSES = ("trader", "professional", "consumer", "public", "foreign")
KINDS = (GOODS_SERVICES, *CLAIM_KEYS)
DAYS = st.dates(day("2009-01-01"), day("2040-12-31"))
CLAIMS = st.builds(
    Claim, DAYS, st.builds(period_key, st.sampled_from(CLASSES), st.sampled_from(KINDS))
)


@st.composite
def events_of(draw, kinds=tuple(EFFECTS)):
    date = draw(DAYS)
    end = draw(st.none() | st.integers(0, 900))
    return Event(
        draw(st.sampled_from(kinds)),
        date,
        None if end is None else date + datetime.timedelta(days=end),
    )


def limit(start, debtor_class="trader", *events, kind=GOODS_SERVICES, **options):
    """Return the last day, written as in the law's examples."""
    claim = Claim(day(start), period_key(debtor_class, kind))
    found = [
        Event(code, day(date), day(end[0]) if end else None)
        for code, date, *end in events
    ]
    return find_limit(TABLE, claim, found, **options).isoformat()


@tagged("post_install", "-at_install")
class TestCoreLimitation(BaseCase):
    """The worst-case day of the limitation, and what moves it."""

    def test_examples_of_the_law(self):
        self.assertEqual(limit("2021-11-30"), "2026-11-30")
        self.assertEqual(limit("2024-12-15", "consumer"), "2026-12-15")
        self.assertEqual(limit("2026-01-10", kind="transport"), "2027-01-10")
        self.assertEqual(limit("2022-03-20", "public"), "2026-12-31")

    def test_last_day_is_never_rolled_to_a_working_day(self):
        # 1 May 2027 is a Saturday and a holiday.
        self.assertEqual(limit("2022-05-01"), "2027-05-01")

    def test_29_february_ends_on_the_28th(self):
        self.assertEqual(limit("2024-02-29", "consumer"), "2026-02-28")

    def test_acceptance_case_of_the_consumer(self):
        """Supply 1 June, due 15 June: 1 June 2028, which the notice does not move."""
        start = find_start(day("2026-06-15"), day("2026-06-01"), day("2026-06-01"))
        notice = ("formal_notice", "2026-07-22")
        self.assertEqual(limit(str(start), "consumer", notice), "2028-06-01")

    def test_start(self):
        due, invoiced, delivered = (
            day("2026-06-30"),
            day("2026-06-10"),
            day("2026-05-02"),
        )
        self.assertEqual(find_start(due), due)
        self.assertEqual(find_start(due, invoiced), due)
        self.assertEqual(find_start(due, invoiced, delivered), delivered)
        self.assertEqual(find_start(due, invoiced, day("2026-08-01")), invoiced)
        self.assertEqual(find_start(due, None, day("2026-08-01")), due)

    def test_period_of_each_class_and_kind(self):
        found = {one: period_key(one) for one in CLASSES}
        self.assertEqual(
            found,
            {
                "trader": TRADE_KEY,
                "professional": TRADE_KEY,
                "consumer": CONSUMER_KEY,
                "public": PUBLIC_KEY,
                "foreign": TRADE_KEY,
            },
        )
        for kind, key in CLAIM_KEYS.items():
            self.assertEqual(period_key("trader", kind), key)
            self.assertEqual(period_key("consumer", kind), key)
        self.assertEqual(period_key("public", "rent_business"), PUBLIC_KEY)
        self.assertEqual(period_key("public", "civil"), PUBLIC_KEY)
        self.assertEqual(period_key("public", "transport"), "limitation_transport")

    def test_public_body_is_never_given_the_longer_of_two_periods(self):
        for kind in KINDS:
            for start in ("2022-01-01", "2022-03-20", "2024-02-29", "2022-12-31"):
                own = kind if kind in CLAIM_KEYS else "rent_business"
                both = (
                    limit(start, "trader", kind=own),
                    limit(start, "public"),
                )
                self.assertEqual(limit(start, "public", kind=kind), min(both))

    def test_restart_gives_a_full_new_period(self):
        self.assertEqual(
            limit("2021-11-30", "trader", ("acknowledgement", "2024-02-29")),
            "2029-02-28",
        )

    def test_latest_restart_counts_in_any_order(self):
        events = [("claim_served", "2026-01-10"), ("acknowledgement", "2024-01-05")]
        self.assertEqual(limit("2021-11-30", "trader", *events), "2031-01-10")

    def test_what_comes_after_the_end_brings_nothing_back(self):
        late = ("acknowledgement", "2026-12-16")
        in_time = ("acknowledgement", "2026-12-15")
        self.assertEqual(limit("2024-12-15", "consumer", late), "2026-12-15")
        self.assertEqual(limit("2024-12-15", "consumer", in_time), "2028-12-15")

    def test_event_before_the_start_does_not_shorten(self):
        event = ("acknowledgement", "2020-01-01")
        self.assertEqual(limit("2021-11-30", "trader", event), "2026-11-30")

    def test_written_claim_counts_against_public_bodies_alone(self):
        notice = ("formal_notice", "2024-05-10")
        self.assertEqual(limit("2022-03-20", "public", notice), "2028-12-31")
        self.assertEqual(limit("2022-03-20", "trader", notice), "2027-03-20")
        carriage = limit("2024-03-20", "public", notice, kind="transport")
        self.assertEqual(carriage, "2025-03-20")

    def test_title_gives_ten_years_and_so_do_later_restarts(self):
        title, seizure = ("title", "2022-06-01"), ("enforcement", "2024-03-03")
        self.assertEqual(limit("2021-11-30", "consumer", title), "2032-06-01")
        self.assertEqual(limit("2021-11-30", "consumer", title, seizure), "2034-03-03")
        self.assertEqual(limit("2022-03-20", "public", title), "2026-12-31")

    def test_mediation_suspends(self):
        # 30 days, far from the end: the day moves by as much.
        short = ("mediation", "2024-01-01", "2024-01-31")
        self.assertEqual(limit("2023-06-15", "consumer", short), "2025-07-15")
        # Ten days, just before the end: six months are left.
        late = ("mediation", "2025-06-01", "2025-06-11")
        self.assertEqual(limit("2023-06-15", "consumer", late), "2025-12-11")

    def test_mediation_that_goes_on_moves_nothing(self):
        event = ("mediation", "2025-06-01")
        self.assertEqual(limit("2023-06-15", "consumer", event), "2025-06-15")

    def test_unclear_acknowledgement_moves_the_possible_day_alone(self):
        event = ("possible_acknowledgement", "2025-01-20")
        self.assertEqual(limit("2024-12-15", "consumer", event), "2026-12-15")
        possible = limit("2024-12-15", "consumer", event, has_possible=True)
        self.assertEqual(possible, "2027-01-20")

    def test_twenty_years_are_the_end(self):
        events = [("title", "2014-01-01"), ("enforcement", "2023-01-01")]
        self.assertEqual(limit("2010-05-05", "trader", *events), "2030-05-05")

    def test_missing_value_is_named(self):
        claim = Claim(day("2024-01-01"), CONSUMER_KEY)
        title = [Event("title", day("2024-02-01"))]
        for key, events in ((CONSUMER_KEY, ()), (TITLE_KEY, title), (CAP_KEY, title)):
            with self.assertRaises(MissingValueError) as caught:
                find_limit(table_without(key), claim, events)
            self.assertEqual(caught.exception.key, key)
        self.assertEqual(find_limit(table_without(TITLE_KEY), claim), day("2026-01-01"))

    def test_months_left(self):
        last = day("2026-11-30")
        found = {
            text: months_left(day(text), last)
            for text in ("2025-11-30", "2025-12-01", "2026-11-01", "2026-11-30")
        }
        self.assertEqual(
            found,
            {"2025-11-30": 12, "2025-12-01": 11, "2026-11-01": 0, "2026-11-30": 0},
        )
        self.assertEqual(months_left(day("2026-12-01"), last), -1)

    def test_lowest_threshold_passed(self):
        last = day("2026-11-30")
        found = {
            text: find_threshold(day(text), last, (12, 6, 3, 1))
            for text in (
                "2025-11-29",
                "2025-11-30",
                "2026-05-30",
                "2026-08-29",
                "2026-08-30",
                "2026-11-30",
                "2026-12-01",
            )
        }
        self.assertEqual(list(found.values()), [None, 12, 6, 6, 3, 1, None])

    # === PROPERTIES === #

    @PROPERTY
    @given(CLAIMS, st.lists(events_of(("reminder", "formal_notice")), max_size=6))
    def test_no_letter_ever_moves_the_day(self, claim, events):
        if claim.key != PUBLIC_KEY:
            self.assertEqual(find_limit(TABLE, claim, events), find_limit(TABLE, claim))

    @PROPERTY
    @given(CLAIMS, st.lists(events_of(), max_size=6))
    def test_possible_day_is_never_the_earlier_one(self, claim, events):
        certain = find_limit(TABLE, claim, events)
        self.assertGreaterEqual(find_limit(TABLE, claim, events, True), certain)
        self.assertGreaterEqual(certain, find_limit(TABLE, claim))
        clear = [one for one in events if one.kind != "possible_acknowledgement"]
        self.assertEqual(certain, find_limit(TABLE, claim, clear))

    @PROPERTY
    @given(CLAIMS, st.lists(events_of(), max_size=8))
    def test_never_beyond_twenty_years(self, claim, events):
        found = find_limit(TABLE, claim, events, True)
        self.assertLessEqual(found, add_years(claim.start, 20))

    @PROPERTY
    @given(CLAIMS, st.lists(events_of(), max_size=4), events_of())
    def test_one_more_event_never_brings_the_day_forward(self, claim, events, extra):
        more = find_limit(TABLE, claim, [*events, extra])
        self.assertGreaterEqual(more, find_limit(TABLE, claim, events))

    @PROPERTY
    @given(DAYS, st.integers(0, 240))
    def test_months_are_the_same_day_number_or_the_last(self, first, months):
        found = add_months(first, months)
        self.assertEqual(
            (found.year - first.year) * 12 + found.month - first.month, months
        )
        if found.day != first.day:
            self.assertEqual((found + datetime.timedelta(days=1)).day, 1)

    def test_every_other_kind_has_an_effect(self):
        idle = {kind for kind, effect in EFFECTS.items() if effect == NONE}
        self.assertEqual(idle, {"reminder", "formal_notice"})
