# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core import workload
from ..core.workload import MINUTES, Key, Workload, minutes_of

PROPERTY = settings(deadline=None, max_examples=100, derandomize=True)

keys = st.builds(
    Key,
    st.sampled_from(["2026-09-01", "2026-09-02"]),
    st.integers(0, 2),
    st.sampled_from(["email", "call"]),
    st.integers(1, 2),
    st.booleans(),
)
amounts = st.integers(-5_000, 1_000_000).map(lambda cents: Decimal(cents) / 100)
facts = st.lists(
    st.tuples(keys, st.integers(1, 30), st.integers(1, 5), amounts, st.integers(0, 9)),
    max_size=40,
)


def load_of(rows) -> Workload:
    load = Workload()
    for key, debtor, receivables, amount, minutes in rows:
        load.add(key, debtor, receivables, amount, minutes, minutes == 1)
        load.hold(key.day, {"dispute": receivables})
    return load


def figures(load: Workload) -> dict:
    """Return everything that is counted; the heaps in order."""
    return {
        "entries": {
            key: (
                entry.followups,
                entry.receivables,
                entry.to_confirm,
                entry.amount,
                entry.minutes,
                sorted(entry.details),
            )
            for key, entry in load.entries.items()
        },
        "held": load.held,
        "failed": load.failed,
    }


@tagged("post_install", "-at_install")
class TestWorkload(BaseCase):
    @PROPERTY
    @given(facts, st.integers(0, 40))
    def test_parts_make_the_whole(self, rows, cut):
        """However the debtors are split, and through JSON in between."""
        whole, part = load_of(rows), load_of(rows[:cut])
        part = Workload.from_json(json.loads(json.dumps(part.as_json())))
        part.merge(load_of(rows[cut:]))
        self.assertEqual(figures(part), figures(whole))

    @PROPERTY
    @given(facts)
    def test_totals_are_those_of_the_facts(self, rows):
        load = load_of(rows)
        entries = load.entries.values()
        self.assertEqual(sum(one.followups for one in entries), len(rows))
        self.assertEqual(
            sum((one.amount for one in entries), Decimal()),
            sum((row[3] for row in rows), Decimal()),
        )
        self.assertEqual(sum(load.loads().values()), sum(row[4] for row in rows))

    @PROPERTY
    @given(facts, st.integers(1, 20))
    def test_trim_keeps_the_largest_of_each_entry_and_every_count(self, rows, limit):
        load, whole = load_of(rows), load_of(rows)
        left_out = load.trim(limit)
        kept = sum(len(entry.details) for entry in load.entries.values())
        self.assertEqual(kept + left_out, len(rows))
        self.assertLessEqual(kept, max(limit, len(load.entries)))
        for key, entry in load.entries.items():
            best = sorted(whole.entries[key].details, reverse=True)
            self.assertEqual(
                sorted(entry.details, reverse=True), best[: len(entry.details)]
            )
            self.assertEqual(entry.amount, whole.entries[key].amount)

    def test_entry_names_a_bounded_number_of_debtors(self):
        key = Key("2026-09-01", 0, "email", 1)
        load = Workload()
        for debtor in range(workload.DETAILS + 50):
            load.add(key, debtor, 1, Decimal(debtor), 0)
        details = sorted(load.entries[key].details)
        self.assertEqual(len(details), workload.DETAILS)
        self.assertEqual(details[0][0], 50)
        self.assertEqual(load.trim(10**6), 50)

    def test_minutes(self):
        cases = {
            ("email", "queued"): 0,
            ("email", "to_confirm"): 1,
            ("email", "planned"): 1,
            ("sms", "queued"): 0,
            ("sms", "planned"): 1,
            ("call", "planned"): 6,
            ("letter", "queued"): 2,
            ("letter", "to_confirm"): 2,
            ("registered", "to_confirm"): 5,
            ("portal", "planned"): 5,
            ("handoff", "planned"): 10,
        }
        for case, minutes in cases.items():
            self.assertEqual(minutes_of(MINUTES, *case), minutes, case)

    def test_nothing_is_nothing(self):
        self.assertEqual(figures(Workload.from_json({})), figures(Workload()))
        self.assertEqual(Workload().trim(1), 0)
