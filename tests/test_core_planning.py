# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import operator
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.planning import DEFERRALS, Address, Day, Debtor, Row, Step, plan_debtor

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
WRITTEN = ("email", "sms", "letter", "registered")
TODAY = datetime.date(2026, 9, 30)
DAY = Day(TODAY)
STALE = replace(DAY, is_bank_stale=True)
OFF = replace(DAY, is_working=False)


def days_ago(count):
    return TODAY - datetime.timedelta(days=count)


def step(delay, level, channel, mode="automatic", **values):
    counts = channel in ("email", "sms", "call")
    return Step(100 + delay, delay, level, 1, channel, mode, counts=counts, **values)


#: the last day on which a step is not after the due date
COURTESY = step(0, "courtesy", "email", minimum_amount=Decimal(5000))
FRIENDLY = step(1, "friendly", "email")
CALL = step(7, "call", "call", "manual")
SMS = step(3, "friendly", "sms")
FIRM = step(15, "firm", "letter")
BY_HAND = step(20, "firm", "letter", "manual")
NOTICE = step(30, "notice", "registered", "to_confirm")
HANDOFF = step(45, "handoff", "handoff", "manual")


def row(key, on_step, **values):
    return Row(key, Decimal(100), on_step, **values)


def at(words, role="accounting", partner=1):
    """Return the addresses of a contact: the channels by which it is reached."""
    return {(word, role): Address(partner, word) for word in words.split()}


DEBTOR = Debtor(7, Decimal(1000), addresses=at("email sms letter registered"))


def shape(plan):
    """Return [(channel and state, keys of the rows)] of a plan's follow-ups."""
    return [
        (f"{one.channel} {one.state}", [found.id for found in one.rows])
        for one in plan.followups
    ]


@tagged("post_install", "-at_install")
class TestCorePlanning(BaseCase):
    """Each reason withholds until its cause is gone; who gets what, in which state."""

    def _assert_waits(self, code, on_step, debtor=DEBTOR, day=DAY, **values):
        plan = plan_debtor(debtor, [row(1, on_step, **values)], day)
        self.assertEqual((plan.withheld, plan.followups), ({1: code}, []))

    def _assert_goes(self, found, on_step, debtor=DEBTOR, day=DAY, **values):
        plan = plan_debtor(debtor, [row(1, on_step, **values)], day)
        self.assertEqual((plan.withheld, shape(plan)), ({}, [(found, [1])]))
        return plan.followups[0]

    def test_a_hold_withholds_also_without_guards(self):
        free = replace(OFF, has_guards=False)
        self._assert_waits("dispute", FIRM, day=free, hold_reason="dispute")
        self._assert_goes("letter queued", FIRM, day=free)

    def test_a_notice_needs_a_written_step_seven_days_before(self):
        self._assert_waits("prerequisite", NOTICE)
        self._assert_waits("prerequisite", NOTICE, first_written=days_ago(6))
        self._assert_goes("registered to_confirm", NOTICE, first_written=days_ago(7))

    def test_a_hand_over_needs_a_performed_notice(self):
        self._assert_waits("prerequisite", HANDOFF, first_written=days_ago(40))
        self._assert_goes("handoff planned", HANDOFF, notice_on=days_ago(15))

    def test_a_courtesy_waits_while_a_receipt_is_unmatched(self):
        paid = replace(DEBTOR, has_unmatched_receipt=True)
        self._assert_waits("unmatched_receipt", COURTESY, paid)
        self._assert_goes("email queued", FRIENDLY, paid)

    def test_a_stale_bank_stops_what_leaves_by_itself(self):
        for automatic in (COURTESY, FRIENDLY, SMS, FIRM):
            self._assert_waits("bank_stale", automatic, day=STALE)

    def test_a_stale_bank_only_warns_a_person(self):
        made = self._assert_goes("letter planned", BY_HAND, day=STALE)
        self.assertEqual(made.warnings, ("bank_stale",))
        self._assert_goes("call planned", CALL, day=STALE)

    def test_nothing_is_done_on_a_day_off(self):
        for one in (COURTESY, FRIENDLY, CALL):
            self._assert_waits("calendar", one, day=OFF)

    def test_the_contact_budget_stops_messages_and_calls_but_no_legal_letter(self):
        full, two = (replace(DEBTOR, recent_contacts=count) for count in (3, 2))
        self._assert_waits("frequency", FRIENDLY, full)
        self._assert_waits("frequency", CALL, full)
        self._assert_goes("email queued", FRIENDLY, two)
        self._assert_waits("frequency", FRIENDLY, replace(two, contact_budget=2))
        sent = days_ago(7)
        self._assert_goes("registered to_confirm", NOTICE, full, first_written=sent)

    def test_below_the_minimum_total_only_a_courtesy_goes(self):
        day = replace(DAY, minimum_total=Decimal(20))
        for net, today in (("19.99", day), ("0.00", DAY), ("-50.00", DAY)):
            debtor = replace(DEBTOR, net_overdue=Decimal(net))
            self._assert_waits("minimum_total", FRIENDLY, debtor, today)
            self._assert_goes("email queued", COURTESY, debtor, today)
        for net, today in (("20.00", day), ("0.01", DAY)):
            enough = replace(DEBTOR, net_overdue=Decimal(net))
            self._assert_goes("email queued", FRIENDLY, enough, today)

    def test_the_first_deferral_in_order_is_shown(self):
        day = Day(TODAY, False, True, minimum_total=Decimal(500))
        debtor = Debtor(7, Decimal(400), recent_contacts=3)
        self._assert_waits("bank_stale", FRIENDLY, debtor, day)
        day = replace(day, is_bank_stale=False)
        self._assert_waits("calendar", FRIENDLY, debtor, day)
        day = replace(day, is_working=True)
        self._assert_waits("frequency", FRIENDLY, debtor, day)
        debtor = replace(debtor, recent_contacts=0)
        self._assert_waits("minimum_total", FRIENDLY, debtor, day)
        debtor = replace(debtor, net_overdue=Decimal(500))
        self._assert_waits("no_address", FRIENDLY, debtor, day)
        debtor = replace(debtor, addresses=DEBTOR.addresses)
        self._assert_goes("email queued", FRIENDLY, debtor, day)

    def test_a_missing_address_falls_back_to_another_channel(self):
        for one, usable, found in (
            (FRIENDLY, "letter", "letter queued"),
            (FIRM, "email", "email queued"),
            (SMS, "email letter", "email queued"),
            (SMS, "letter", "letter queued"),
        ):
            debtor = replace(DEBTOR, addresses=at(usable))
            address = self._assert_goes(found, one, debtor).address
            self.assertEqual(address, Address(1, found.split()[0]))

    def test_a_courtesy_and_a_notice_never_change_channel(self):
        post = replace(DEBTOR, addresses=at("letter"))
        self._assert_waits("no_address", COURTESY, post)
        self._assert_waits("no_address", NOTICE, post, first_written=days_ago(20))
        self._assert_goes("call planned", CALL, replace(DEBTOR, addresses={}))

    def test_below_its_minimum_a_step_uses_its_substitute(self):
        dear = replace(FRIENDLY, minimum_amount=Decimal("1000.01"))
        other = replace(dear, substitute_channel="letter")
        self._assert_waits("minimum_total", dear)
        self._assert_goes("letter queued", other)
        self._assert_goes("email queued", replace(other, minimum_amount=Decimal(1000)))

    def test_a_doubtful_payment_is_for_a_person_to_confirm(self):
        found = self._assert_goes("letter to_confirm", FIRM, is_doubtful_payment=True)
        self.assertEqual(found.warnings, ("probable_payment",))

    def test_written_steps_of_a_day_are_one_message_at_the_highest(self):
        rows = [row(1, FRIENDLY), row(2, FIRM), row(3, COURTESY), row(4, CALL)]
        found = [("letter queued", [2, 1, 3]), ("call planned", [4])]
        self.assertEqual(shape(plan_debtor(DEBTOR, rows, DAY)), found)

    def test_each_recipient_has_a_message_of_its_own(self):
        rows = [row(1, FRIENDLY), row(2, replace(FIRM, recipient_role="legal"))]
        for partner, found in ((2, [[1], [2]]), (1, [[2, 1]])):
            legal = at("email letter", "legal", partner)
            debtor = replace(DEBTOR, addresses=DEBTOR.addresses | legal)
            plan = plan_debtor(debtor, rows, DAY)
            self.assertEqual([keys for _words, keys in shape(plan)], found)

    def test_a_substitute_joins_the_message_of_its_channel(self):
        """The channel that is used decides what travels together, not the planned."""
        small = replace(DEBTOR, net_overdue=Decimal(300))
        over = step(
            45,
            "handoff",
            "handoff",
            minimum_amount=Decimal(500),
            substitute_channel="letter",
        )
        rows = [row(1, over, notice_on=days_ago(15)), row(2, FIRM)]
        self.assertEqual(
            shape(plan_debtor(small, rows, DAY)), [("letter queued", [1, 2])]
        )
        call = step(
            16, "firm", "letter", minimum_amount=Decimal(500), substitute_channel="call"
        )
        rows = [row(1, call), row(2, FRIENDLY), row(3, CALL)]
        self.assertEqual(
            sorted(shape(plan_debtor(small, rows, DAY))),
            [("call planned", [1, 3]), ("email queued", [2])],
        )

    def test_two_roles_at_one_address_are_one_message(self):
        both = {**at("letter"), **at("letter", "legal"), **at("email", partner=2)}
        legal = step(16, "firm", "letter", recipient_role="legal")
        plan = plan_debtor(
            replace(DEBTOR, addresses=both), [row(1, FIRM), row(2, legal)], DAY
        )
        self.assertEqual(shape(plan), [("letter queued", [2, 1])])

    def test_the_budget_follows_the_channel_that_is_used(self):
        full = replace(DEBTOR, recent_contacts=3)
        self._assert_waits("frequency", FIRM, replace(full, addresses=at("email")))
        made = self._assert_goes(
            "letter queued", FRIENDLY, replace(full, addresses=at("letter"))
        )
        self.assertFalse(made.counts)

    def test_a_step_that_waits_lets_the_lower_ones_go(self):
        mild = replace(FRIENDLY, mode="to_confirm")
        plan = plan_debtor(DEBTOR, [row(1, NOTICE), row(2, FIRM), row(3, mild)], STALE)
        self.assertEqual(plan.withheld, {1: "prerequisite", 2: "bank_stale"})
        self.assertEqual(shape(plan), [("email to_confirm", [3])])

    def test_only_what_nobody_did_yet_is_overtaken(self):
        states = ("planned", "to_confirm", "queued", "performed", "failed", None)
        rows = [Row(key, 1, FIRM, None, key, one) for key, one in enumerate(states, 5)]
        self.assertEqual(plan_debtor(DEBTOR, rows, DAY).overtaken, [5, 6])
        self.assertEqual(plan_debtor(DEBTOR, rows, OFF).overtaken, [])

    def test_a_courtesy_opens_no_case(self):
        for one, opens in ((COURTESY, False), (FRIENDLY, True), (CALL, True)):
            self.assertEqual(plan_debtor(DEBTOR, [row(1, one)], DAY).opens_case, opens)


#: steps of every kind, of two recipients; no two have the same delay
STEPS = [
    *(COURTESY, FRIENDLY, SMS, CALL, FIRM, BY_HAND, NOTICE, HANDOFF),
    step(-5, "courtesy", "letter", recipient_role="legal"),
    step(12, "firm", "email", minimum_amount=Decimal(50), recipient_role="legal"),
    step(18, "firm", "letter", minimum_amount=Decimal(50), substitute_channel="email"),
    step(35, "notice", "registered", recipient_role="legal"),
    step(40, "call", "portal"),
]
flags = st.booleans()
often = st.sampled_from([True, True, True, False])
pasts = st.sampled_from([None, *map(days_ago, (0, 6, 7, 40))])
reach = st.sampled_from(["", "email", "letter registered", "email letter sms"])
holds = st.sampled_from([None, None, None, "promise"])
zero, none = st.just(0), st.none()
due = st.builds(
    Row, zero, zero, st.sampled_from(STEPS), holds, none, none, pasts, pasts, flags
)
rows_due = st.lists(due, max_size=6).map(
    lambda rows: [replace(one, id=key) for key, one in enumerate(rows)]
)
legal = st.builds(at, reach, st.just("legal"), st.integers(1, 2))
contacts = st.builds(operator.or_, reach.map(at), legal)
nets = st.sampled_from([-1, 10, 40, 1000, 1000]).map(Decimal)
debtors = st.builds(Debtor, zero, nets, st.integers(1, 3), st.just(3), flags, contacts)
days = st.builds(Day, st.just(TODAY), often, flags, flags, st.just(20), often)


def causes(debtor, found, day):
    """Return the deferrals that the facts of a row justify."""
    one, late, sent = found.step, found.step.delay > 0, found.first_written
    soon = one.level == "notice" and (sent is None or sent > days_ago(7))
    is_automatic = one.mode == "automatic" and one.channel in WRITTEN
    lost = (one.channel, one.recipient_role) not in debtor.addresses
    codes = {
        "prerequisite": soon or (one.channel == "handoff" and not found.notice_on),
        "unmatched_receipt": debtor.has_unmatched_receipt and not late,
        "bank_stale": day.is_bank_stale and day.is_live and is_automatic,
        "calendar": not day.is_working,
        "frequency": debtor.recent_contacts >= 3,
        "minimum_total": late and debtor.net_overdue < max(20, one.minimum_amount),
        "no_address": lost and one.channel in WRITTEN,
    }
    return {code for code in DEFERRALS if codes[code] and day.has_guards}


@tagged("post_install", "-at_install")
class TestCorePlanningProperties(BaseCase):
    """What holds on every day of every debtor."""

    @PROPERTY
    @given(debtors, rows_due, days)
    def test_every_row_is_planned_or_withheld_for_a_cause(self, debtor, rows, day):
        plan = plan_debtor(debtor, rows, day)
        planned = [found.id for one in plan.followups for found in one.rows]
        self.assertEqual(sorted([*planned, *plan.withheld]), [*range(len(rows))])
        for one in rows:
            if one.hold_reason:
                self.assertEqual(plan.withheld[one.id], one.hold_reason)
            elif one.id in plan.withheld:
                self.assertIn(plan.withheld[one.id], causes(debtor, one, day))
        again = plan_debtor(debtor, rows[::-1], day)
        self.assertEqual(again.withheld, plan.withheld)
        self.assertEqual(sorted(shape(again)), sorted(shape(plan)))

    @PROPERTY
    @given(debtors, rows_due, days)
    def test_nothing_goes_that_a_deferral_should_stop(self, debtor, rows, day):
        for one in plan_debtor(debtor, rows, day).followups:
            self.assertEqual(
                one.step, max(one.rows, key=lambda row: row.step.delay).step
            )
            found = causes(debtor, one.rows[0], day) - {"no_address"}
            if not one.counts:
                found -= {"frequency"}
            # A substitute takes over below the amount; bank_stale only stops machines.
            if one.step.substitute_channel and debtor.net_overdue >= 20:
                found -= {"minimum_total"}
            if one.state != "queued":
                found -= {"bank_stale"}
            self.assertFalse(found)
            for lower in one.rows:
                self.assertFalse(causes(debtor, lower, day) & {*DEFERRALS[:2]})

    @PROPERTY
    @given(debtors, rows_due, days)
    def test_a_recipient_gets_one_message_a_day(self, debtor, rows, day):
        plan = plan_debtor(debtor, rows, replace(day, has_guards=True))
        written = [one for one in plan.followups if one.channel in WRITTEN]
        self.assertEqual(len({one.address.partner_id for one in written}), len(written))
        for one in written:
            role = one.step.recipient_role
            self.assertEqual(one.address, debtor.address(one.channel, role))

    @PROPERTY
    @given(debtors, rows_due, days)
    def test_only_sure_automatic_steps_of_a_live_company_leave(self, debtor, rows, day):
        for one in plan_debtor(debtor, rows, day).followups:
            leaves = one.step.mode == "automatic" and day.is_live
            leaves &= one.channel in WRITTEN
            leaves &= not any(found.is_doubtful_payment for found in one.rows)
            self.assertEqual(one.state == "queued", leaves)
