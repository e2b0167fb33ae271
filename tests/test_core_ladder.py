# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.ladder import CATCH_UP_DAYS, Ladder, Position

#: a Monday
DUE = datetime.date(2026, 8, 31)
RAPP = Ladder((-5, 1, 7, 15, 30, 45))
PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
#: every life below is over by then
END = 400


def at(offset):
    return DUE + datetime.timedelta(days=offset)


def live(ladder_on, first, last=END, position=None, invoiced_on=None, idle=()):
    """Live every day; return [(days overdue, delay of the step)].

    :param ladder_on: day offset -> ladder of that day, or one ladder for all days
    :param idle: day offsets on which nothing may be done (hold, public holiday)
    """
    found = []
    for offset in range(first, last + 1):
        ladder = ladder_on if isinstance(ladder_on, Ladder) else ladder_on(offset)
        delay = ladder.due(DUE, invoiced_on, position, at(offset))
        if delay is not None and offset not in idle:
            found.append((offset, delay))
            position = Position(delay, at(offset))
    return found


delays = st.sets(st.integers(-20, 60), max_size=7).map(lambda one: tuple(sorted(one)))
offsets = st.integers(-30, 90)


@st.composite
def ladders(draw):
    chosen = draw(delays)
    after = [delay for delay in chosen if delay > 0]
    entry = draw(st.sampled_from([None, *after]))
    return Ladder(chosen, entry, draw(st.integers(1, 15)))


@st.composite
def positions(draw):
    """Return a position and a later day: whatever the past was."""
    day = draw(offsets)
    position = Position(draw(st.integers(-20, 60)), at(day))
    return position, day + draw(st.integers(0, 40))


@tagged("post_install", "-at_install")
class TestCoreLadder(BaseCase):
    """The worked cases of the ladder, on a debtor due on 31/08/2026."""

    def test_a_normal_life_gives_each_step_on_its_day(self):
        self.assertEqual(
            live(RAPP, -30),
            [(-5, -5), (1, 1), (7, 7), (15, 15), (30, 30), (45, 45)],
        )

    def test_a_first_run_on_day_3_starts_at_the_entry_and_catches_up(self):
        self.assertEqual(live(RAPP, 3), [(3, 1), (9, 7), (16, 15), (30, 30), (45, 45)])

    def test_a_first_run_on_day_20_starts_at_the_entry_and_catches_up(self):
        self.assertEqual(
            live(RAPP, 20), [(20, 1), (26, 7), (33, 15), (40, 30), (47, 45)]
        )

    def test_a_first_run_on_day_60_starts_at_the_entry_and_catches_up(self):
        self.assertEqual(
            live(RAPP, 60), [(60, 1), (66, 7), (73, 15), (80, 30), (87, 45)]
        )

    def test_catch_up_spacing_is_seven_days_as_shipped(self):
        self.assertEqual((CATCH_UP_DAYS, RAPP.catch_up), (7, 7))

    def test_catch_up_spacing_of_the_scenario_is_used(self):
        ladder = Ladder(RAPP.delays, catch_up=3)
        self.assertEqual(
            live(ladder, 60), [(60, 1), (63, 7), (66, 15), (69, 30), (72, 45)]
        )

    def test_a_hold_from_day_5_to_50_goes_on_where_it_stopped(self):
        self.assertEqual(
            live(RAPP, 1, idle=range(5, 51)),
            [(1, 1), (51, 7), (58, 15), (65, 30), (72, 45)],
        )

    def test_a_step_moved_from_day_1_to_3_puts_day_7_on_day_9(self):
        self.assertEqual(
            live(RAPP, -10, idle=(1, 2))[:4], [(-5, -5), (3, 1), (9, 7), (16, 15)]
        )

    def test_case_4_a_notice_of_29_09_is_not_due_before_06_10(self):
        """Letter on Tuesday 29/09 after a broken promise; the notice is D+30."""
        letter = Position(15, datetime.date(2026, 9, 29))
        day = datetime.date(2026, 10, 5)
        self.assertIsNone(RAPP.due(DUE, None, letter, day))
        self.assertEqual(RAPP.due(DUE, None, letter, datetime.date(2026, 10, 6)), 30)

    def test_a_step_before_the_due_date_is_never_sent_after_it(self):
        self.assertEqual(live(RAPP, 0, 1), [(0, -5), (1, 1)])
        self.assertEqual(live(Ladder((-5, 10)), 1), [(10, 10)])
        two = Ladder((-5, -1, 10))
        self.assertEqual(live(two, -9, idle=(-1, 0)), [(-5, -5), (10, 10)])

    def test_a_step_on_the_due_date_is_not_sent_after_it(self):
        self.assertEqual(live(Ladder((-5, 0, 5)), -9), [(-5, -5), (0, 0), (5, 5)])
        self.assertEqual(live(Ladder((0, 5)), 1), [(5, 5)])

    def test_a_step_before_the_due_date_needs_the_invoice_on_its_day(self):
        self.assertEqual(live(RAPP, -5, 0, invoiced_on=at(-5)), [(-5, -5)])
        self.assertEqual(live(RAPP, -4, 0, invoiced_on=at(-4)), [])
        two = Ladder((-10, -3, 1))
        self.assertEqual(live(two, -7, 1, invoiced_on=at(-7)), [(-3, -3), (1, 1)])

    def test_a_message_before_the_due_date_imposes_no_spacing(self):
        late = Position(-5, at(0))
        self.assertEqual(RAPP.due(DUE, None, late, at(1)), 1)
        self.assertEqual(RAPP.next(DUE, late, at(0)), (1, at(1)))

    def test_a_marked_entry_is_where_a_late_receivable_starts(self):
        ladder = Ladder(RAPP.delays, entry=15)
        self.assertEqual(live(ladder, 60), [(60, 15), (67, 30), (74, 45)])

    def test_a_marked_entry_does_not_hide_the_steps_below_it(self):
        ladder = Ladder(RAPP.delays, entry=15)
        self.assertEqual(live(ladder, -30), live(RAPP, -30))
        self.assertEqual(live(ladder, 9), [(9, 7), (16, 15), (30, 30), (45, 45)])

    def test_another_scenario_goes_on_above_the_delay_reached(self):
        other = Ladder((2, 5, 10, 40))
        self.assertEqual(
            live(lambda day: RAPP if day < 9 else other, 1),
            [(1, 1), (7, 7), (10, 10), (40, 40)],
        )

    def test_an_inserted_step_is_sent_only_above_the_delay_reached(self):
        more = Ladder((-5, 1, 4, 7, 15, 22, 30, 45))
        self.assertEqual(
            live(lambda day: RAPP if day < 17 else more, 1),
            [(1, 1), (7, 7), (15, 15), (22, 22), (30, 30), (45, 45)],
        )

    def test_without_a_counted_line_the_entry_is_due_again(self):
        self.assertEqual(RAPP.due(DUE, None, None, at(50)), 1)

    def test_the_next_step_is_announced_for_its_day(self):
        """First run on day 20: "we will call you on 26 September 2026"."""
        self.assertEqual(
            RAPP.next(DUE, Position(1, at(20)), at(20)),
            (7, datetime.date(2026, 9, 26)),
        )
        self.assertEqual(RAPP.next(DUE, Position(1, at(1)), at(1)), (7, at(7)))

    def test_a_step_that_waits_is_announced_for_today(self):
        self.assertEqual(RAPP.next(DUE, Position(1, at(1)), at(50)), (7, at(50)))

    def test_a_missed_step_before_the_due_date_is_not_due(self):
        """The invoice is dated after the day of its courtesy message."""
        self.assertIsNone(RAPP.due(DUE, at(-4), None, at(-3)))

    def test_never_two_steps_on_one_day(self):
        """Not even when the scenario changes between two runs of the day."""
        other = Ladder((-4, 1))
        sent = Position(-5, at(-3))
        self.assertIsNone(other.due(DUE, None, sent, at(-3)))
        self.assertEqual(other.due(DUE, None, sent, at(-2)), -4)

    def test_nothing_is_announced_after_the_last_step(self):
        last = Position(45, at(45))
        self.assertIsNone(RAPP.next(DUE, last, at(45)))
        self.assertIsNone(RAPP.due(DUE, None, last, at(300)))

    def test_a_scenario_without_a_step_after_the_due_date_ends_there(self):
        ladder = Ladder((-5,))
        self.assertEqual(live(ladder, -9), [(-5, -5)])
        self.assertIsNone(ladder.entry_delay)
        self.assertIsNone(Ladder(()).due(DUE, None, None, at(9)))


@tagged("post_install", "-at_install")
class TestCoreLadderProperties(BaseCase):
    """What holds for every scenario and every life."""

    def _assert_spaced(self, life, catch_up_on):
        """After the due date two steps are min(difference, catch-up) days apart."""
        for (day, delay), (later, higher) in zip(life, life[1:], strict=False):
            self.assertGreater(later, day)
            self.assertGreater(higher, delay)
            if delay >= 0:
                wait = min(higher - delay, catch_up_on(later))
                self.assertGreaterEqual(later - day, wait)

    @PROPERTY
    @given(ladders(), st.integers(0, 9))
    def test_every_normal_life_gives_each_delay_once_on_its_day(self, ladder, early):
        first = min(ladder.delays, default=0) - early
        self.assertEqual(live(ladder, first), [(one, one) for one in ladder.delays])

    @PROPERTY
    @given(ladders(), st.integers(1, 90))
    def test_every_late_first_run_starts_at_the_entry_step(self, ladder, first):
        life = live(ladder, first)
        after = [delay for delay in ladder.delays if delay > 0]
        reached = [delay for delay in after if delay <= first]
        start = min(reached[-1], ladder.entry or after[0]) if reached else None
        if not after:
            self.assertEqual(life, [])
        elif reached:
            self.assertEqual(life[0], (first, start))
        else:
            self.assertEqual(life[0], (after[0], after[0]))

    @PROPERTY
    @given(ladders(), st.integers(1, 90))
    def test_every_late_first_run_sends_the_rest_as_soon_as_it_may(self, ladder, first):
        life = live(ladder, first)
        self._assert_spaced(life, lambda _day: ladder.catch_up)
        for (day, delay), (later, higher) in zip(life, life[1:], strict=False):
            wait = min(higher - delay, ladder.catch_up)
            self.assertEqual(later, max(higher, day + wait))
        if life:
            start = ladder.delays.index(life[0][1])
            sent = tuple(delay for _day, delay in life)
            self.assertEqual(sent, ladder.delays[start:])

    @PROPERTY
    @given(st.lists(ladders(), min_size=1, max_size=3), offsets, st.sets(offsets))
    def test_steps_never_repeat_whatever_scenario_and_days_come(
        self, many, first, idle
    ):
        """Holds, holidays and changes of scenario go on by the same rule."""

        def ladder_on(offset):
            return many[offset // 15 % len(many)]

        life = live(ladder_on, first, 200, idle=idle)
        self._assert_spaced(life, lambda day: ladder_on(day).catch_up)
        for day, delay in life:
            self.assertIn(delay, ladder_on(day).delays)
            self.assertLessEqual(delay, day)
            self.assertTrue(day <= 0 or delay > 0, "before the due date, sent after")

    @PROPERTY
    @given(ladders(), offsets)
    def test_a_second_run_of_a_day_finds_nothing(self, ladder, first):
        for day, delay in live(ladder, first):
            sent = Position(delay, at(day))
            self.assertIsNone(ladder.due(DUE, None, sent, at(day)))

    @PROPERTY
    @given(ladders(), positions())
    def test_next_announces_the_day_on_which_the_step_comes(self, ladder, past):
        position, today = past
        announced = ladder.next(DUE, position, at(today))
        coming = live(ladder, today, position=position)
        if coming:
            day, delay = coming[0]
            self.assertEqual(announced, (delay, at(day)))
        else:
            self.assertIsNone(announced)

    @PROPERTY
    @given(ladders(), offsets, offsets)
    def test_no_step_before_the_due_date_precedes_its_invoice(
        self, ladder, invoiced, today
    ):
        delay = ladder.due(DUE, at(invoiced), None, at(today))
        if today > 0:
            self.assertEqual(delay, ladder.due(DUE, None, None, at(today)))
        elif delay is not None:
            self.assertLessEqual(invoiced, delay)

    @PROPERTY
    @given(ladders(), offsets, st.none() | offsets)
    def test_what_comes_next_is_what_a_life_then_brings(self, ladder, today, invoiced):
        """A receivable that was never followed up: the step that is due or comes."""
        invoiced_on = None if invoiced is None else at(invoiced)
        announced = ladder.upcoming(DUE, invoiced_on, None, at(today))
        found = next(
            (
                (delay, at(offset))
                for offset in range(today, END)
                if (delay := ladder.due(DUE, invoiced_on, None, at(offset))) is not None
            ),
            None,
        )
        self.assertEqual(announced, found)
