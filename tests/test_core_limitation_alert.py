# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.limitation import THRESHOLDS, find_alert, find_threshold, last_within

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
FIRST = datetime.date(2026, 1, 1)
DAYS = st.dates(FIRST, datetime.date(2030, 12, 31))
LIMITS = st.dictionaries(
    st.integers(1, 8),
    st.integers(0, 500).map(lambda days: FIRST + datetime.timedelta(days=days)),
    max_size=6,
)


def day(text):
    return datetime.date.fromisoformat(text)


def live(limits, days, known=None):
    """Return [(day, alert)] of so many days, each told once."""
    known = {} if known is None else known
    found = []
    for offset in range(days):
        today = FIRST + datetime.timedelta(days=offset)
        alert = find_alert(today, limits, known)
        if alert:
            found.append((today, alert))
            known.update((key, (limits[key], one)) for key, one in alert.told.items())
    return found


@tagged("post_install", "-at_install")
class TestCoreLimitationAlert(BaseCase):
    """When a debtor's claims are told about, and which."""

    def test_each_threshold_once(self):
        found = live({"a": day("2027-01-31")}, 500)
        self.assertEqual(
            [(today, alert.months) for today, alert in found],
            [
                (day("2026-01-31"), 12),
                (day("2026-07-31"), 6),
                (day("2026-10-31"), 3),
                (day("2026-12-31"), 1),
            ],
        )

    def test_an_old_ledger_is_told_its_lowest_threshold_alone(self):
        found = live({"a": day("2026-02-20")}, 60)
        self.assertEqual(
            [(today, alert.months) for today, alert in found],
            [(FIRST, 3), (day("2026-01-20"), 1)],
        )

    def test_the_claims_that_follow_are_told_along(self):
        limits = {"a": day("2026-12-31"), "b": day("2027-01-31")}
        alert = find_alert(day("2026-06-30"), limits, {"a": (limits["a"], 12)})
        # 31 January is 31 days after the six months that end on 31 December.
        self.assertEqual((alert.months, alert.told), (6, {"a": 6, "b": 6}))
        limits["b"] += datetime.timedelta(days=1)
        alert = find_alert(day("2026-06-30"), limits, {"a": (limits["a"], 12)})
        self.assertEqual(alert.told, {"a": 6, "b": 12})

    def test_little_time_left_is_told_for_itself(self):
        limits = {"a": day("2026-02-01"), "b": day("2026-02-08")}
        known = {key: (limit, 3) for key, limit in limits.items()}
        self.assertEqual(find_alert(FIRST, limits, known).told, {"a": 1, "b": 1})
        limits["b"] += datetime.timedelta(days=1)
        known["b"] = (limits["b"], 3)
        self.assertEqual(find_alert(FIRST, limits, known).told, {"a": 1})

    def test_a_day_that_moved_is_told_anew(self):
        limits = {"a": day("2026-06-30")}
        known = {"a": (limits["a"], 6)}
        self.assertIsNone(find_alert(FIRST, limits, known))
        limits["a"] = day("2026-12-31")
        self.assertEqual(find_alert(FIRST, limits, known).told, {"a": 12})

    def test_what_has_passed_is_not_told(self):
        self.assertIsNone(find_alert(day("2026-07-01"), {"a": day("2026-06-30")}, {}))

    @PROPERTY
    @given(LIMITS)
    def test_every_threshold_is_told_in_time_and_never_twice(self, limits):
        known = {}
        told = {}
        for offset in range(520):
            today = FIRST + datetime.timedelta(days=offset)
            alert = find_alert(today, limits, known)
            for key, months in (alert.told if alert else {}).items():
                before = told.get(key, max(THRESHOLDS) + 1)
                self.assertLessEqual(months, before)
                told[key] = months
                known[key] = (limits[key], months)
            self.assertIsNone(find_alert(today, limits, known))
            for key, limit in limits.items():
                months = find_threshold(today, limit, THRESHOLDS)
                if months:
                    self.assertLessEqual(told[key], months)

    @PROPERTY
    @given(DAYS, DAYS, st.sampled_from(THRESHOLDS))
    def test_the_latest_day_within_a_threshold(self, today, limit, months):
        within = today <= limit <= last_within(today, months)
        passed = find_threshold(today, limit, (months,)) == months
        self.assertEqual(within, passed)
