# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import datetime
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from .sms import DAY, QUEUE, Operator, SmsCommon, day

CONTACT = Operator.contact


@tagged("post_install", "-at_install")
class TestSmsHours(SmsCommon):
    """Messages leave in the hours of their debtor, by the clock of the company.

    As shipped: professionals 9-12 and 14-18, private individuals 10-13 and 14-20, on
    working days (décret 2022-1313 as a house rule).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._create_debtor(
            "Louise Martin", is_company=False, phone="06 98 76 54 32"
        )

    def _queue(self, date=DAY):
        """Queue a message to a professional and one to a private individual."""
        for partner in (self.debtor, self.person):
            due = fields.Date.subtract(fields.Date.to_date(date), days=3)
            self._create_invoice(890, due=due, partner=partner)
        self.engine.run(date=date)
        return [self._followups(date, one) for one in (self.debtor, self.person)]

    def _left(self, moment, zone_offset=2, date=DAY, followups=None):
        """Return who got a message at a local moment: professional, person."""
        followups = followups or self._queue(date)
        self.assertEqual([one.state for one in followups], ["queued", "queued"])
        operator = self._process(moment, zone_offset=zone_offset)
        states = [one.state == "performed" for one in followups]
        self.assertEqual(len(operator.sent), sum(states))
        return tuple(states)

    @contextlib.contextmanager
    def _undone(self):
        """Take everything back at the end."""
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.invalidate_all()

    def _wakes(self):
        """Return the moments (UTC) for which the queue asked to be called."""
        cron = self.env.ref(QUEUE)
        return self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def test_borders_of_the_day(self):
        queued = self._queue()
        for moment, expected in (
            ("08:59", (False, False)),
            ("09:00", (True, False)),
            ("09:59:59", (True, False)),
            ("10:00", (True, True)),
            ("11:59:59", (True, True)),
            ("12:00", (False, True)),
            ("12:59:59", (False, True)),
            ("13:00", (False, False)),
            ("13:59:59", (False, False)),
            ("14:00", (True, True)),
            ("17:59:59", (True, True)),
            ("18:00", (False, True)),
            ("19:59:59", (False, True)),
            ("20:00", (False, False)),
            ("23:59:59", (False, False)),
        ):
            with self.subTest(moment), self._undone():
                left = self._left(f"2026-09-03 {moment}", followups=queued)
                self.assertEqual(left, expected)

    def test_days_without_messages(self):
        """What was planned the day before and did not leave waits over them."""
        for date, moment, why in (
            ("2026-09-04", "2026-09-05 10:30", "Saturday"),
            ("2026-09-04", "2026-09-06 10:30", "Sunday"),
            ("2026-07-13", "2026-07-14 10:30", "14 July"),
            ("2026-11-10", "2026-11-11 10:30", "11 November"),
        ):
            offset = 1 if why == "11 November" else 2
            with self.subTest(why), self._undone():
                left = self._left(moment, offset, date)
                self.assertEqual(left, (False, False))

    def test_nothing_is_planned_on_a_day_off(self):
        self._create_invoice(890, due="2026-07-11", partner=self.person)
        result = self.engine.run(date="2026-07-14", debtors=self.person)
        self.assertEqual(result["held"], {"calendar": 1})

    def test_the_queue_is_called_again_at_the_next_opening(self):
        """14 July is a Tuesday: what waits on Monday evening leaves on Wednesday."""
        for date, moment, expected in (
            ("2026-09-03", "2026-09-03 07:00", ("09-03 07:00", "09-03 08:00")),
            ("2026-09-03", "2026-09-03 13:30", ("09-03 12:00", "09-03 12:00")),
            ("2026-09-04", "2026-09-04 20:30", ("09-07 07:00", "09-07 08:00")),
            ("2026-07-13", "2026-07-13 21:00", ("07-15 07:00", "07-15 08:00")),
        ):
            with self.subTest(moment), self._undone():
                self._wakes().unlink()
                self.assertEqual(self._left(moment, date=date), (False, False))
                wakes = {f"{one.call_at:%m-%d %H:%M}" for one in self._wakes()}
                self.assertLessEqual(set(expected), wakes)
                number = len(self._wakes())
                self._process(moment)
                self.assertEqual(len(self._wakes()), number)

    def test_the_night_of_the_clock_change(self):
        """The opening after it is an hour later in UTC: summer time ended."""
        self._left("2026-10-23 21:00", date="2026-10-23")
        wakes = {str(one.call_at) for one in self._wakes()}
        self.assertLessEqual({"2026-10-26 08:00:00", "2026-10-26 09:00:00"}, wakes)
        operator = self._process("2026-10-26 09:00", zone_offset=1)
        self.assertEqual(len(operator.sent), 1)
        operator = self._process("2026-10-26 10:00", zone_offset=1)
        self.assertEqual(len(operator.sent), 1)

    def test_the_day_of_the_clock_change(self):
        """A company that works on Sundays: by the clock on the wall."""
        self._off_calendar()
        for date, moment, offset, expected in (
            # 06:59 and 07:00 in UTC, the clock stands at 08:59 and 09:00
            ("2026-03-29", "08:59", 2, (False, False)),
            ("2026-03-29", "09:00", 2, (True, False)),
            # an hour later in UTC in the morning after summer time
            ("2026-10-25", "08:59", 1, (False, False)),
            ("2026-10-25", "09:00", 1, (True, False)),
        ):
            with self.subTest(moment, date=date), self._undone():
                self.assertEqual(self._left(f"{date} {moment}", offset, date), expected)

    def test_hours_are_settings(self):
        self.company.write(
            {
                "collection_hours_business": "06:00-06:30",
                "collection_hours_consumer": "23:00-23:59",
            }
        )
        self.assertEqual(self._left("2026-09-03 06:00"), (True, False))
        self.assertEqual(len(self._process("2026-09-03 23:58").sent), 1)

    def test_a_closure_of_the_company(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Inventory",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-09-03 22:00:00",
                "date_to": "2026-09-04 21:00:00",
            }
        )
        self.assertEqual(self._left("2026-09-04 10:30"), (False, False))
        self.assertEqual(len(self._process("2026-09-07 10:30").sent), 2)

    def test_a_second_company_has_its_own_hours_and_zone(self):
        second = self.env["res.company"].create(
            {
                "name": "Vauban Réunion",
                "country_id": self.env.ref("base.fr").id,
                "iap_enrich_auto_done": True,
                "collection_live": True,
                "collection_scenario_id": self.scenario.id,
                "collection_hours_business": "08:00-09:00",
            }
        )
        self.env["account.chart.template"].try_loading("fr", second, install_demo=False)
        second.resource_calendar_id = self.company.resource_calendar_id.copy(
            {"company_id": second.id, "tz": "Indian/Reunion"}
        )
        env = self.env(context={**self.env.context, "allowed_company_ids": second.ids})
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.debtor.id,
                "invoice_date": "2026-08-01",
                "invoice_date_due": "2026-08-31",
                "invoice_line_ids": [
                    Command.create({"name": "Work", "price_unit": 50, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        self._create_invoice(890)
        self.engine.run(date=DAY, companies=self.company + second)
        followups = self._followups(DAY)
        theirs = followups.filtered(lambda one: one.company_id == second)
        self.assertEqual(len(followups), 2)
        self.assertTrue(theirs.sms_body.startswith("Vauban Réunion: "))
        # 08:30 in Réunion is 06:30 in Paris; 10:30 in Paris is 12:30 there.
        self.assertEqual(len(self._process("2026-09-03 06:30").sent), 1)
        self.assertEqual(theirs.state, "performed")
        self.assertEqual((followups - theirs).state, "queued")
        self.assertEqual(len(self._process("2026-09-03 10:30").sent), 1)

    def test_who_waits_says_until_when(self):
        professional, person = self._queue()
        for moment, first, second in (
            ("2026-09-03 08:00", "Leaves at 09:00", "Leaves at 10:00"),
            ("2026-09-03 09:30", "Leaves within a few minutes", "Leaves at 10:00"),
            ("2026-09-03 18:30", "Leaves on 4 September 2026 at 09:00", None),
            ("2026-09-04 20:00", None, "Leaves on 7 September 2026 at 10:00"),
        ):
            with self.subTest(moment), self._at(moment):
                for followup, expected in ((professional, first), (person, second)):
                    followup.invalidate_recordset(["waits_for_text"])
                    if expected:
                        self.assertEqual(followup.waits_for_text, expected)
        self._process()
        self.assertFalse(professional.waits_for_text)

    def test_a_long_queue_stops_when_the_hour_is_over(self):
        """The clock is looked at before each call, not once for all."""
        for number in range(25):
            partner = self._create_debtor(f"D{number}", phone=f"061200{number:04d}")
            self._create_invoice(10 + number, partner=partner)
        self.engine.run(date=day("2026-09-03"))
        with patch.object(Operator, "contact", self._slow_answer):
            operator = self._process("2026-09-03 17:59")
        self.assertEqual(len(operator.sent), 20)

    @staticmethod
    def _slow_answer(operator, endpoint, params, timeout=15):
        """Answer after two minutes: it is six o'clock then."""
        operator.clock.tick(datetime.timedelta(minutes=2))
        return CONTACT(operator, endpoint, params, timeout)
