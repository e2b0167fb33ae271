# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.late_fees import (
    COMMERCIAL,
    CORRECTION,
    ECB_RATE,
    FLOOR_MULTIPLE,
    INTEREST_FIRST,
    LEGAL_RATE,
    PAYMENT,
    LateFeeError,
    Movement,
    Phase,
    Rate,
    Terms,
    compute_late_fees,
    exact_interest,
    find_floor_breaches,
    judgment_phases,
    round_half_up,
)
from ..core.legal import LegalTable, MissingValueError, semester_name

PROPERTY = settings(deadline=None, max_examples=150, derandomize=True)
FORTY = Decimal(40)


def day(text):
    return datetime.date.fromisoformat(text)


#: LAW-1 section 2, the semesters that the examples need
TABLE = LegalTable(
    [
        (FLOOR_MULTIPLE, day("2009-01-01"), Decimal(3)),
        *(
            (key, day(first), Decimal(value))
            for first, ecb, legal in (
                ("2025-01-01", "3.15", "3.71"),
                ("2025-07-01", "2.15", "2.76"),
                ("2026-01-01", "2.15", "2.62"),
                ("2026-07-01", "2.40", "2.75"),
            )
            for key, value in ((ECB_RATE, ecb), (LEGAL_RATE, legal))
        ),
    ],
    (ECB_RATE, LEGAL_RATE),
)
TEN = Rate(ECB_RATE, points=Decimal(10))


def fees(amount, due, until, *movements, rate=TEN, start=None, **terms):
    """Return the late fees of a receivable between professionals."""
    first = day(start) if start else day(due) + datetime.timedelta(days=1)
    terms = {"indemnity": FORTY, **terms}
    return compute_late_fees(
        Decimal(amount),
        day(due),
        movements,
        Terms((Phase(first, rate),), **terms),
        TABLE,
        day(until),
    )


def paid(date, amount, kind=PAYMENT):
    return Movement(day(date), Decimal(amount), kind)


def shown(found):
    return [(x.days, x.balance, x.rate, x.amount) for x in found.segments]


@tagged("post_install", "-at_install")
class TestWorkedExamples(BaseCase):
    """The worked examples, to the cent."""

    def test_one_semester(self):
        found = fees("12000", "2026-01-31", "2026-03-17", paid("2026-03-17", "12000"))
        self.assertEqual(
            shown(found), [(45, 12000, Decimal("12.15"), Decimal("179.75"))]
        )
        self.assertEqual(found.interest + found.indemnity, Decimal("219.75"))

    def test_two_semesters_slide(self):
        found = fees("12000", "2026-05-15", "2026-08-20", paid("2026-08-20", "12000"))
        self.assertEqual(
            shown(found),
            [
                (46, 12000, Decimal("12.15"), Decimal("183.75")),
                (51, 12000, Decimal("12.40"), Decimal("207.91")),
            ],
        )
        self.assertEqual(found.interest, Decimal("391.66"))
        self.assertNotEqual(found.interest, Decimal("387.47"))

    def test_three_times_the_legal_rate(self):
        rate = Rate(LEGAL_RATE, multiple=Decimal(3))
        found = fees("12000", "2026-05-15", "2026-08-20", rate=rate)
        self.assertEqual(
            [x.amount for x in found.segments], [Decimal("118.87"), Decimal("138.33")]
        )
        self.assertEqual(found.interest, Decimal("257.20"))

    def test_partial_payment_principal_first(self):
        found = fees(
            "10000",
            "2026-04-30",
            "2026-09-30",
            paid("2026-06-15", "4000"),
            paid("2026-09-30", "6000"),
        )
        self.assertEqual(
            [(x.days, x.amount) for x in found.segments],
            [
                (46, Decimal("153.12")),
                (15, Decimal("29.96")),
                (92, Decimal("187.53")),
            ],
        )
        self.assertEqual(found.interest, Decimal("370.61"))
        self.assertEqual(found.principal, 0)

    def test_partial_payment_interest_first(self):
        found = fees(
            "10000",
            "2026-04-30",
            "2026-09-30",
            paid("2026-06-15", "4000"),
            imputation=INTEREST_FIRST,
        )
        # 153.12 of interest is paid first: 10 000 - (4 000 - 153.12) is left.
        self.assertEqual(found.interest_paid, Decimal("153.12"))
        self.assertEqual(found.principal, Decimal("6153.12"))
        self.assertEqual(found.segments[1].balance, Decimal("6153.12"))
        self.assertEqual(
            found.interest_due, found.segments[1].amount + found.segments[2].amount
        )

    def test_a_payment_below_the_interest_leaves_the_principal(self):
        found = fees(
            "10000",
            "2026-04-30",
            "2026-06-30",
            paid("2026-06-15", "100"),
            imputation=INTEREST_FIRST,
        )
        self.assertEqual(
            shown(found), [(61, 10000, Decimal("12.15"), Decimal("203.05"))]
        )
        self.assertEqual((found.interest_paid, found.principal), (100, 10000))

    def test_public_body_is_frozen(self):
        rate = Rate(ECB_RATE, points=Decimal(8), is_frozen=True)
        found = fees("24000", "2026-03-12", "2026-04-27", rate=rate)
        self.assertEqual(
            shown(found), [(46, 24000, Decimal("10.15"), Decimal("307.00"))]
        )
        found = fees("24000", "2026-03-12", "2026-08-31", rate=rate)
        self.assertEqual([x.rate for x in found.segments], [Decimal("10.15")])

    def test_clause_below_the_floor_is_told_never_raised(self):
        rate = Rate(points=Decimal(5))
        found = fees("5000", "2026-07-31", "2026-10-29", rate=rate)
        self.assertEqual(found.interest, Decimal("61.64"))
        breaches = find_floor_breaches(
            rate, TABLE, day("2026-08-01"), day("2026-10-29")
        )
        self.assertEqual(
            [(x.first, x.rate, x.floor) for x in breaches],
            [(day("2026-07-01"), 5, Decimal("8.25"))],
        )
        floor = fees(
            "5000", "2026-07-31", "2026-10-29", rate=Rate(points=Decimal("8.25"))
        )
        self.assertEqual(floor.interest, Decimal("101.71"))

    def test_the_floor_of_each_semester(self):
        rate = Rate(points=Decimal(8))
        breaches = find_floor_breaches(
            rate, TABLE, day("2025-03-01"), day("2026-10-29")
        )
        self.assertEqual(
            [(semester_name(x.first), x.floor) for x in breaches],
            [
                ("2025-S1", Decimal("11.13")),
                ("2025-S2", Decimal("8.28")),
                ("2026-S2", Decimal("8.25")),
            ],
        )

    def test_consumer_from_the_formal_notice(self):
        legal = Rate(LEGAL_RATE)
        found = fees(
            "1200",
            "2026-06-30",
            "2026-11-20",
            rate=legal,
            start="2026-09-02",
            indemnity=0,
        )
        self.assertEqual(shown(found), [(80, 1200, Decimal("2.75"), Decimal("7.23"))])
        self.assertEqual(found.indemnity, 0)
        before = fees(
            "890",
            "2026-06-15",
            "2026-07-22",
            rate=legal,
            start="2026-07-23",
            indemnity=0,
        )
        self.assertEqual((before.interest, before.indemnity), (0, 0))

    def test_case_1_credit_notes(self):
        credit = ("2026-09-20", "1200")
        found = fees("6000", "2026-08-30", "2026-09-30", paid(*credit, COMMERCIAL))
        self.assertEqual(
            [(x.days, x.amount) for x in found.segments],
            [(21, Decimal("42.81")), (10, Decimal("16.31"))],
        )
        self.assertEqual(found.total_due, Decimal("4899.12"))
        found = fees("6000", "2026-08-30", "2026-09-30", paid(*credit, CORRECTION))
        self.assertEqual(shown(found), [(31, 4800, Decimal("12.40"), Decimal("50.55"))])
        self.assertEqual(found.total_due, Decimal("4890.55"))

    def test_after_a_judgment(self):
        judged = judgment_phases(day("2026-07-01"), day("2026-09-11"), Decimal(5))
        found = compute_late_fees(
            Decimal(6000),
            day("2026-06-30"),
            [],
            Terms(judged),
            TABLE,
            day("2026-10-10"),
        )
        self.assertEqual(
            [(x.days, x.rate) for x in found.segments],
            [(72, Decimal("2.75")), (30, Decimal("7.75"))],
        )
        self.assertEqual(found.segments[1].amount, Decimal("38.22"))

    def test_insolvency_stops_the_interest_on_its_eve(self):
        judgment = day("2026-09-10")
        stopped = {
            "last": judgment - datetime.timedelta(days=1),
            "indemnity_last": judgment,
        }
        late = fees("1000", "2026-08-31", "2026-10-31", **stopped)
        self.assertEqual([x.days for x in late.segments], [9])
        self.assertEqual(late.indemnity, FORTY)
        on_the_day = fees("1000", "2026-09-10", "2026-10-31", **stopped)
        self.assertEqual((on_the_day.interest, on_the_day.indemnity), (0, 0))


@tagged("post_install", "-at_install")
class TestEdges(BaseCase):
    def test_paid_on_the_due_date(self):
        found = fees("500", "2026-06-30", "2026-12-31", paid("2026-06-30", "500"))
        self.assertEqual(
            (found.interest, found.indemnity, found.late_since), (0, 0, None)
        )

    def test_paid_a_day_late_over_the_semester(self):
        found = fees("500", "2026-06-30", "2026-12-31", paid("2026-07-01", "500"))
        self.assertEqual(shown(found), [(1, 500, Decimal("12.40"), Decimal("0.17"))])
        self.assertEqual(found.indemnity, FORTY)

    def test_payment_before_the_due_date(self):
        found = fees("500", "2026-07-31", "2026-08-10", paid("2026-07-01", "200"))
        self.assertEqual([x.balance for x in found.segments], [300])

    def test_overpayment(self):
        found = fees("500", "2026-07-31", "2026-08-31", paid("2026-08-10", "600"))
        self.assertEqual([x.days for x in found.segments], [10])
        self.assertEqual((found.principal, found.excess), (0, 100))

    def test_before_the_due_date_nothing(self):
        found = fees("500", "2026-07-31", "2026-07-01")
        self.assertEqual((found.segments, found.indemnity, found.per_day), ((), 0, 0))

    def test_a_payment_to_come_is_not_known(self):
        found = fees("500", "2026-07-31", "2026-08-10", paid("2026-08-11", "500"))
        self.assertEqual(
            (found.principal, [x.days for x in found.segments]), (500, [10])
        )

    def test_zero_invoice(self):
        self.assertFalse(fees("0", "2026-07-31", "2026-08-10").indemnity)

    def test_interest_a_day(self):
        self.assertEqual(
            fees("12000", "2026-05-15", "2026-08-20").per_day, Decimal("4.08")
        )

    def test_missing_rate_is_named(self):
        with self.assertRaises(MissingValueError) as caught:
            fees("500", "2026-11-30", "2027-01-01")
        self.assertEqual(caught.exception.key, ECB_RATE)
        self.assertEqual(semester_name(caught.exception.day), "2027-S1")

    def test_missing_rate_of_nothing_is_not_asked_for(self):
        found = fees("500", "2026-11-30", "2027-02-01", paid("2026-12-20", "500"))
        self.assertEqual([x.days for x in found.segments], [20])

    def test_bad_facts(self):
        for code, call in (
            ("negative_amount", lambda: fees("-1", "2026-07-31", "2026-08-31")),
            (
                "negative_movement",
                lambda: fees("1", "2026-07-31", "2026-08-31", paid("2026-08-01", "-1")),
            ),
            (
                "unknown_kind",
                lambda: fees(
                    "1", "2026-07-31", "2026-08-31", paid("2026-08-01", 1, "x")
                ),
            ),
            (
                "unknown_imputation",
                lambda: fees("1", "2026-07-31", "2026-08-31", imputation="x"),
            ),
        ):
            with self.subTest(code), self.assertRaises(LateFeeError) as caught:
                call()
            self.assertEqual(caught.exception.code, code)

    def test_floats_are_refused(self):
        terms = Terms((Phase(day("2026-08-01"), TEN),))
        with self.assertRaises(LateFeeError) as caught:
            compute_late_fees(
                1.5, day("2026-07-31"), [], terms, TABLE, day("2026-08-31")
            )
        self.assertEqual(caught.exception.code, "float")

    def test_half_up(self):
        self.assertEqual(round_half_up(Fraction(5, 1000)), Decimal("0.01"))
        self.assertEqual(round_half_up(Fraction(1, 2), Decimal(1)), Decimal(1))

    def test_currency_without_cents(self):
        terms = Terms((Phase(day("2026-08-01"), TEN),))
        found = compute_late_fees(
            Decimal(120000),
            day("2026-07-31"),
            [],
            terms,
            TABLE,
            day("2026-08-31"),
            cent=Decimal(1),
        )
        self.assertEqual(found.interest, Decimal(1264))


DUE = day("2025-06-10")
amounts = st.integers(1, 5_000_000).map(lambda cents: Decimal(cents) / 100)
offsets = st.integers(-30, 500)
kinds = st.sampled_from([PAYMENT, COMMERCIAL, CORRECTION])


def at(offset):
    return DUE + datetime.timedelta(days=offset)


movements = st.lists(st.builds(Movement, offsets.map(at), amounts, kinds), max_size=5)
imputations = st.sampled_from(["principal_first", INTEREST_FIRST])


def run(amount, moves, until, imputation="principal_first"):
    terms = Terms((Phase(at(1), TEN),), indemnity=FORTY, imputation=imputation)
    return compute_late_fees(amount, DUE, moves, terms, TABLE, at(until))


def exact(found):
    return sum((segment.exact for segment in found.segments), Fraction())


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    """What holds for every life of a receivable."""

    @PROPERTY
    @given(amounts, movements, offsets, st.integers(0, 60))
    def test_additive_over_time(self, amount, moves, until, more):
        """The interest through a day plus that of the days after it is the whole."""
        before, after = run(amount, moves, until), run(amount, moves, until + more)
        tail = Fraction()
        for offset in range(max(until + 1, 1), until + more + 1):
            # A credit note that corrects is known from the beginning.
            known = [m for m in moves if m.kind == CORRECTION or m.date < at(offset)]
            balance = max(amount - sum(m.amount for m in known), Decimal(0))
            rate = TEN.on(TABLE, at(offset), at(1))
            tail += exact_interest(balance, rate, 1)
        self.assertEqual(exact(after) - exact(before), tail)

    @PROPERTY
    @given(amounts, movements, offsets)
    def test_additive_over_movements(self, amount, moves, until):
        """A movement cut in two parts of its date changes nothing."""
        cut = []
        for move in moves:
            half = (move.amount / 2).quantize(Decimal("0.01"))
            cut.append(Movement(move.date, half, move.kind))
            cut.append(Movement(move.date, move.amount - half, move.kind))
        self.assertEqual(run(amount, moves, until), run(amount, cut, until))

    @PROPERTY
    @given(amounts, movements, offsets, imputations, st.randoms(use_true_random=False))
    def test_order_of_the_movements(self, amount, moves, until, imputation, rng):
        shuffled = list(moves)
        rng.shuffle(shuffled)
        self.assertEqual(
            run(amount, moves, until, imputation),
            run(amount, shuffled, until, imputation),
        )

    @PROPERTY
    @given(amounts, offsets.filter(lambda x: x <= 0), offsets)
    def test_zero_on_time(self, amount, paid_at, until):
        found = run(amount, [Movement(at(paid_at), amount)], until)
        self.assertEqual((found.interest, found.indemnity), (0, 0))

    @PROPERTY
    @given(amounts, movements, offsets, st.integers(0, 60))
    def test_never_falls_with_time(self, amount, moves, until, more):
        before, after = run(amount, moves, until), run(amount, moves, until + more)
        self.assertLessEqual(exact(before), exact(after))
        self.assertLessEqual(before.indemnity, after.indemnity)

    @PROPERTY
    @given(amounts, amounts, movements, offsets)
    def test_never_falls_with_the_amount(self, amount, more, moves, until):
        self.assertLessEqual(
            exact(run(amount, moves, until)), exact(run(amount + more, moves, until))
        )

    @PROPERTY
    @given(amounts, movements, offsets, imputations)
    def test_nothing_is_lost(self, amount, moves, until, imputation):
        """What was received is principal, interest or too much, to the cent."""
        found = run(amount, moves, until, imputation)
        received = sum(
            m.amount for m in moves if m.kind == CORRECTION or m.date <= at(until)
        )
        reduced = amount - found.principal
        self.assertEqual(received, reduced + found.interest_paid + found.excess)
        self.assertGreaterEqual(found.principal, 0)
        self.assertLessEqual(found.interest_paid, found.interest)

    @PROPERTY
    @given(amounts, movements, offsets, imputations)
    def test_segments_are_what_the_days_say(self, amount, moves, until, imputation):
        """Segments follow each other, differ from their neighbour, hold no float."""
        found = run(amount, moves, until, imputation)
        for one, two in zip(found.segments, found.segments[1:], strict=False):
            self.assertLess(one.date_to, two.date_from)
            is_next = one.date_to + datetime.timedelta(days=1) == two.date_from
            same = (one.balance, one.rate) == (two.balance, two.rate)
            self.assertFalse(is_next and same)
        for segment in found.segments:
            for value in (segment.balance, segment.rate, segment.amount):
                self.assertIsInstance(value, Decimal)
            self.assertEqual(segment.amount, round_half_up(segment.exact))
        self.assertEqual(found.interest, sum(x.amount for x in found.segments))

    @PROPERTY
    @given(amounts, movements, offsets)
    def test_interest_first_leaves_no_less_owed(self, amount, moves, until):
        """The legal order never leaves the creditor with less than the house's."""
        legal = run(amount, moves, until, INTEREST_FIRST)
        house = run(amount, moves, until)
        # Each segment shown may round by half a cent.
        slack = Decimal("0.005") * (len(legal.segments) + len(house.segments))
        self.assertGreaterEqual(
            legal.total_due - legal.excess + slack, house.total_due - house.excess
        )
