# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.figures import Item, Role, as_item, sort_items

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
EUR, USD, GBP = 1, 2, 3
TODAY = datetime.date(2026, 9, 30)
LEVELS = ("courtesy", "friendly", "call", "firm", "notice", "handoff")


def item(key, total, days=30, residual=None, due=None, currency=EUR, **values):
    """Return an item; one of another currency is worth half in company currency."""
    total = Decimal(total)
    residual = total if residual is None else Decimal(residual)
    date_due = TODAY - datetime.timedelta(days=days)
    return Item(
        id=key,
        document=f"FAC/2026/{key:05}",
        reference="",
        currency_id=currency,
        invoice_date=date_due - datetime.timedelta(days=30),
        delivery_date=None,
        date_due=date_due,
        days_overdue=days,
        total=total,
        residual=residual,
        due=residual if due is None else Decimal(due),
        residual_company=residual if currency == EUR else residual / 2,
        hold_reason=values.pop("hold_reason", None),
        **values,
    )


def credit(key, amount, **values):
    return item(key, f"-{amount}", 10, **values)


def roles(*keys, claimed=True, delay=30):
    return {key: Role(claimed, delay) for key in keys}


def keys(items):
    return [one.id for one in items]


def sections(figures):
    return {
        name: keys(getattr(figures, name))
        for name in ("claimed", "upcoming", "information", "credits")
        if getattr(figures, name)
    }


@tagged("post_install", "-at_install")
class TestCoreFigures(BaseCase):
    """What a message claims, announces and only mentions, by worked examples."""

    def test_case_1_a_credit_note_not_matched_is_deducted(self):
        """F 6 000.00 and a credit note of 1 200.00: 4 800 shown, never 6 000."""
        figures = sort_items(
            [item(1, 6000, 31), credit(2, "1200.00")], roles(1), "notice"
        )
        self.assertEqual(sections(figures), {"claimed": [1], "credits": [2]})
        self.assertEqual(figures.totals(), {EUR: Decimal(4800)})
        self.assertEqual(figures.total_company(), Decimal(4800))

    def test_case_1_a_credit_note_matched_gives_the_same_principal(self):
        invoice = item(1, 6000, 31, residual=4800)
        figures = sort_items([invoice], roles(1), "notice")
        self.assertEqual(figures.totals(), {EUR: Decimal(4800)})
        self.assertEqual(invoice.paid, Decimal(1200))

    def test_case_3_a_notice_claims_a_closed_list(self):
        """T2 is claimed; T3, which has its own step, stands apart."""
        items = [item(2, 3000, 46), item(3, 3000, 15)]
        own = roles(2) | roles(3, claimed=False, delay=15)
        for found in (roles(2), own):
            figures = sort_items(items, found, "notice")
            self.assertEqual(sections(figures), {"claimed": [2], "information": [3]})
            self.assertEqual(figures.totals(), {EUR: Decimal(3000)})

    def test_case_4_what_is_left_of_a_partly_kept_promise_is_claimed(self):
        figures = sort_items([item(1, 7500, 29, residual=4500)], roles(1), "firm")
        self.assertEqual(figures.totals(), {EUR: Decimal(4500)})

    def test_a_letter_claims_all_that_is_overdue(self):
        items = [item(1, 100, 15), item(2, 200, 1), item(3, 400, 0), item(4, 800, -4)]
        figures = sort_items(items, roles(1), "firm")
        self.assertEqual(sections(figures), {"claimed": [1, 2]})
        self.assertEqual(figures.totals(), {EUR: Decimal(300)})

    def test_a_letter_announces_the_courtesy_that_it_carries(self):
        items = [item(1, 100, 15), item(2, 200, -5), item(3, 400, -5)]
        figures = sort_items(items, roles(1) | roles(2, delay=-5), "firm")
        self.assertEqual(sections(figures), {"claimed": [1], "upcoming": [2]})
        self.assertEqual(figures.totals(), {EUR: Decimal(100)})

    def test_a_courtesy_shows_its_own_invoices_alone(self):
        items = [item(1, 100, 15), item(2, 200, -5), item(3, 400, -5), credit(4, 50)]
        figures = sort_items(items, roles(2, delay=-5), "courtesy")
        self.assertEqual(sections(figures), {"claimed": [2]})
        self.assertEqual(figures.totals(), {EUR: Decimal(200)})

    def test_a_part_in_dispute_is_not_claimed(self):
        figures = sort_items([item(1, 1000, due=700)], roles(1), "firm")
        self.assertEqual(figures.totals(), {EUR: Decimal(700)})

    def test_a_whole_dispute_is_mentioned_and_other_holds_are_hidden(self):
        items = [
            item(1, 100),
            item(2, 200, due=0, hold_reason="dispute"),
            item(3, 400, due=0, hold_reason="promise"),
            item(4, 800, hold_reason="excluded"),
        ]
        for level in ("firm", "notice"):
            figures = sort_items(items, roles(1, 2, 3, 4), level)
            self.assertEqual(sections(figures), {"claimed": [1], "information": [2]})

    def test_a_held_invoice_is_not_announced_before_its_due_date(self):
        held = item(1, 100, -5, due=0, hold_reason="promise")
        for level in ("courtesy", "firm"):
            self.assertEqual(sections(sort_items([held], roles(1), level)), {})

    def test_a_credit_that_is_held_is_not_deducted(self):
        items = [item(1, 100), credit(2, 60, due=0), credit(3, 60, due=-20)]
        figures = sort_items(items, roles(1), "firm")
        self.assertEqual(sections(figures), {"claimed": [1], "credits": [3]})
        self.assertEqual(figures.totals(), {EUR: Decimal(80)})

    def test_currencies_have_their_own_totals(self):
        items = [item(1, "100.10"), item(2, "80.20", currency=USD), item(3, "0.20")]
        items.append(credit(4, "30.00", currency=USD))
        figures = sort_items(items, roles(1), "firm")
        totals = {EUR: Decimal("100.30"), USD: Decimal("50.20")}
        self.assertEqual(figures.totals(), totals)
        self.assertEqual(figures.total_company(), Decimal("125.40"))

    def test_a_part_is_converted_at_the_rate_of_the_ledger(self):
        part = item(1, "1000.00", due="700.00", currency=USD)
        part.residual_company = Decimal("911.10")
        self.assertEqual(part.due_company, Decimal("637.77"))
        part.due = part.residual
        self.assertEqual(part.due_company, Decimal("911.10"))

    def test_the_highest_step_that_the_message_counts_is_on_top(self):
        items = [item(1, 100, 7), item(2, 100, 16, scenario_id=5), item(3, 100, 99)]
        figures = sort_items(items, roles(1, delay=7) | roles(2, delay=15), "firm")
        self.assertEqual(figures.top, (15, items[1].date_due, 5))
        self.assertIsNone(sort_items(items, {}, "firm").top)

    def test_a_row_is_read_without_losing_a_cent(self):
        row = {
            "id": 1,
            "document": None,
            "reference": None,
            "currency_id": EUR,
            "invoice_date": datetime.date(2026, 8, 1),
            "delivery_date": None,
            "date_due": datetime.date(2026, 8, 31),
            "days_overdue": 30,
            "total": "1234567890.12",
            "residual": "0.30",
            "due": "0.10",
            "residual_company": "0.60",
            "hold_reason": None,
            "scenario_id": 5,
        }
        found = as_item(row)
        self.assertEqual((found.document, found.reference), ("", ""))
        self.assertEqual(found.paid, Decimal("1234567889.82"))
        self.assertEqual(found.due_company, Decimal("0.20"))
        self.assertEqual((found.scenario_id, found.days_overdue), (5, 30))


cents = st.integers(1, 99_999).map(lambda amount: Decimal(amount) / 100)


@st.composite
def drawn_items(draw):
    sign = draw(st.sampled_from([1, 1, 1, -1]))
    reasons = [None, None, None, "dispute", "promise"] if sign > 0 else [None]
    reason = draw(st.sampled_from(reasons))
    residual = draw(cents)
    part = draw(st.sampled_from([1, 1, 2]))
    return item(
        0,
        sign * (residual + draw(cents)),
        draw(st.integers(-10, 60)),
        sign * residual,
        0 if reason else sign * residual / part,
        draw(st.sampled_from([EUR, USD, GBP])),
        hold_reason=reason,
    )


@st.composite
def messages(draw):
    """Return what sort_items takes."""
    items = draw(st.lists(drawn_items(), max_size=8))
    for key, one in enumerate(items):
        one.id = key
    counted = draw(st.sets(st.sampled_from(range(8))))
    own = {key: Role(draw(st.booleans()), draw(st.integers(-5, 45))) for key in counted}
    return items, own, draw(st.sampled_from(LEVELS))


@tagged("post_install", "-at_install")
class TestCoreFiguresProperties(BaseCase):
    """What holds for every account and message."""

    @PROPERTY
    @given(messages())
    def test_currencies_are_never_mixed(self, message):
        items, own, level = message
        totals = sort_items(items, own, level).totals()
        for currency in (EUR, USD, GBP):
            alone = [one for one in items if one.currency_id == currency]
            found = sort_items(alone, own, level).totals()
            expected = {currency: totals[currency]} if currency in totals else {}
            self.assertEqual(found, expected)

    @PROPERTY
    @given(messages())
    def test_the_total_is_the_claims_less_each_credit_once(self, message):
        figures = sort_items(*message)
        counts = Counter(keys(figures.shown))
        self.assertLessEqual(set(counts.values()), {1})
        claims = sum(one.due for one in figures.claimed)
        deducted = sum(-one.due for one in figures.credits)
        self.assertEqual(sum(figures.totals().values()), claims - deducted)
        for one in figures.claimed + figures.upcoming:
            self.assertGreater(one.due, 0)
            self.assertIsNone(one.hold_reason)
        if message[2] != "courtesy":
            free = [one for one in message[0] if one.due < 0]
            self.assertEqual(figures.credits, free)

    @PROPERTY
    @given(messages())
    def test_the_company_total_follows_the_rates_of_the_ledger(self, message):
        figures = sort_items(*message)
        rates = {EUR: 1, USD: Decimal("0.5"), GBP: Decimal("0.5")}
        totals = figures.totals().items()
        expected = sum(rates[currency] * total for currency, total in totals)
        self.assertAlmostEqual(figures.total_company(), expected, places=10)

    @PROPERTY
    @given(messages())
    def test_a_notice_claims_no_more_than_its_list(self, message):
        items, own, _level = message
        figures = sort_items(items, own, "notice")
        overdue = {
            one.id: one for one in items if one.residual > 0 and one.days_overdue > 0
        }
        listed = {key for key, role in own.items() if role.is_claimed}
        free = {key for key, one in overdue.items() if not one.hold_reason}
        disputed = {key for key, one in overdue.items() if one.hold_reason == "dispute"}
        self.assertEqual(set(keys(figures.claimed)), free & listed)
        self.assertEqual(set(keys(figures.information)), disputed | (free - listed))

    @PROPERTY
    @given(messages())
    def test_a_courtesy_shows_nothing_but_its_own(self, message):
        items, own, _level = message
        figures = sort_items(items, own, "courtesy")
        self.assertEqual(figures.shown, figures.claimed)
        for one in figures.claimed:
            self.assertIn(one.id, own)
            self.assertLessEqual(one.days_overdue, 0)

    @PROPERTY
    @given(messages(), st.randoms(use_true_random=False), cents)
    def test_the_fingerprint_changes_with_what_is_shown(self, message, random, amount):
        items, own, level = message
        figures = sort_items(items, own, level)
        mixed = sort_items(random.sample(items, len(items)), own, level)
        self.assertEqual(mixed.fingerprint(), figures.fingerprint())
        shown = keys(figures.shown)
        for one in items:
            rest = [other for other in items if other is not one]
            dearer = replace(one, total=one.total + amount)
            more = amount if one.residual > 0 else -amount
            fuller = replace(one, due=one.due + more)
            for changed in (rest, [*rest, dearer], [*rest, fuller]):
                found = sort_items(changed, own, level).fingerprint()
                is_same = found == figures.fingerprint()
                self.assertEqual(is_same, one.id not in shown)
