# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CollectionCommon, day

#: due 31/08/2026: the step D+2 is on a Wednesday
LOOK_DAY = day("2026-09-02")


class PortalCase(CollectionCommon):
    """A public body that is looked up two days after the due date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "portal_collector", "account_collection.group_collection_user"
        )
        cls.file = cls.env["collection.debtor"]._get_file(cls.company, cls.debtor)
        cls.file.segment_id = cls.env.ref(
            "account_collection.collection_segment_public"
        )
        cls.chorus = cls.env.ref("account_collection.collection_portal_site_chorus")

    @classmethod
    def _create_portal(cls, file=None, site=None, **values):
        return cls.env["collection.portal"].create(
            {
                "file_id": (file or cls.file).id,
                "site_id": (site or cls.chorus).id,
                "user_id": cls.collector.id,
                "login": "compta@ateliers-vauban.example",
                **values,
            }
        )

    def _plan(self, *amounts, partner=None):
        """Create invoices and plan their task of D+2; return (task, invoices)."""
        partner = partner or self.debtor
        moves = self.env["account.move"].union(
            *[self._create_invoice(amount, partner=partner) for amount in amounts]
        )
        self.engine.run(date=LOOK_DAY, debtors=partner)
        task = self._followups(LOOK_DAY, partner)
        self.assertEqual(task.mapped("channel"), ["portal"])
        return task, moves

    def _lines(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _status(self, move):
        return self.env["collection.portal.status"].search(
            [("move_id", "=", move.id)], limit=1
        )

    def _activities(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "collection.debtor"), ("res_id", "=", self.file.id)],
            order="id",
        )


@tagged("post_install", "-at_install")
class TestPortalChannel(PortalCase):
    """The channel is a task by hand; each receivable needs the status seen."""

    def test_task_of_the_shipped_scenario(self):
        portal = self._create_portal()
        task, moves = self._plan(1000, 500)
        self.assertRecordValues(
            task,
            [
                {
                    "state": "planned",
                    "mode": "manual",
                    "recipient_address": portal.display_name,
                    "portal_id": portal.id,
                    "portal_site_id": self.chorus.id,
                    "documents_text": ", ".join(moves.mapped("name")),
                    "counts_in_budget": False,
                }
            ],
        )

    def test_task_without_an_account(self):
        task, _moves = self._plan(1000)
        self.assertRecordValues(task, [{"state": "planned", "portal_id": False}])

    def test_performed_needs_each_receivable(self):
        task, moves = self._plan(1000, 500)
        self._see(self._lines(moves[0]), "chorus_ordered", LOOK_DAY)
        with self.assertRaises(UserError) as caught:
            task._update_state("performed")
        self.assertIn(moves[1].name, str(caught.exception))
        self.assertNotIn(moves[0].name, str(caught.exception))
        self.assertEqual(task.state, "planned")

    def test_last_receivable_performs_the_task(self):
        task, moves = self._plan(1000, 500)
        self._see(self._lines(moves[0]), "chorus_ordered", LOOK_DAY, self.collector)
        self.assertEqual(task.state, "planned")
        self._see(self._lines(moves[1]), "chorus_service", "2026-09-03", self.collector)
        self.assertRecordValues(
            task,
            [
                {
                    "state": "performed",
                    "performed_on": day("2026-09-03"),
                    "performed_by_id": self.collector.id,
                }
            ],
        )
        self.assertEqual(self._receivables(moves).mapped("level_id.code"), ["friendly"])

    def test_paid_receivable_needs_no_look(self):
        task, moves = self._plan(1000, 500)
        self._pay(moves[0], date=LOOK_DAY)
        self._see(self._lines(moves[1]), "chorus_ordered", LOOK_DAY)
        self.assertEqual(task.state, "performed")

    def test_note_is_no_proof(self):
        task, _moves = self._plan(1000)
        task.note = "Seen"
        with self.assertRaises(UserError):
            task._update_state("performed")

    def test_not_looked_up_is_overtaken_by_the_mail(self):
        task, moves = self._plan(1000)
        self.engine.run(date="2026-09-07", debtors=self.debtor)
        self.assertEqual(task.state, "cancelled")
        self.assertEqual(self._followups("2026-09-07").channel, "email")

    def test_look_is_not_announced_to_the_debtor(self):
        """The courtesy of D-5 announces the e-mail of D+5 (7/09), not the look."""
        self._create_invoice(1000)
        self.engine.run(date="2026-08-26", debtors=self.debtor)
        courtesy = self._followups("2026-08-26")
        self.assertEqual(courtesy.channel, "email")
        self.assertIn("7 septembre 2026", courtesy.next_step_paragraph)

    def test_account_of_the_first_place_is_the_main_one(self):
        first = self._create_portal(sequence=5)
        second = self._create_portal(sequence=6)
        self.assertEqual(self.file.portal_id, first)
        first.active = False
        self.assertEqual(self.file.portal_id, second)
        second.unlink()
        self.assertFalse(self.file.portal_id)

    def test_number_of_queries_of_a_plan(self):
        """Accounts are read for a batch, not for each debtor."""

        def count(number):
            partners = self.env["res.partner"].union(
                *[self._create_debtor(f"Body {number} {one}") for one in range(number)]
            )
            files = self.env["collection.debtor"].union(
                *[self.file._get_file(self.company, one) for one in partners]
            )
            files.segment_id = self.file.segment_id
            for file in files:
                self._create_portal(file)
                self._create_invoice(1000, partner=file.debtor_id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.engine.run(date=LOOK_DAY, debtors=partners)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(12))


@tagged("post_install", "-at_install")
class TestPortalRecord(PortalCase):
    """What follows from a status that was seen."""

    def test_what_is_kept(self):
        portal = self._create_portal()
        _task, moves = self._plan(1000)
        state = self.env.ref("account_collection.collection_portal_state_chorus_paying")
        self._see(
            self._lines(moves),
            "chorus_paying",
            LOOK_DAY,
            self.collector,
            announced=day("2026-09-10"),
        )
        self.assertRecordValues(
            self._status(moves),
            [
                {
                    "move_line_id": self._lines(moves).id,
                    "file_id": self.file.id,
                    "company_id": self.company.id,
                    "date": LOOK_DAY,
                    "user_id": self.collector.id,
                    "state_id": state.id,
                    "date_announced": day("2026-09-10"),
                    "followup_id": _task.id,
                }
            ],
        )
        self.assertEqual(portal.file_id.portal_status_ids, self._status(moves))
        act = self.env["collection.act"].search([("file_id", "=", self.file.id)])
        self.assertRecordValues(
            act, [{"kind": "portal", "user_id": self.collector.id, "undo_until": False}]
        )
        self.assertIn(moves.name, act.note)

    def test_announced_payment_is_left_alone_three_days_longer(self):
        _task, moves = self._plan(1000)
        line = self._lines(moves)
        self._see(line, "announced", LOOK_DAY, announced=day("2026-09-10"))
        hold = self._status(moves).hold_id
        self.assertRecordValues(
            hold,
            [
                {
                    "reason": "agreement",
                    "move_line_id": line.id,
                    "debtor_id": self.debtor.id,
                    "date_end": day("2026-09-13"),
                    "active": True,
                }
            ],
        )
        self.assertIn("2026-09-10", hold.note)
        self.assertEqual(self._receivables(moves, "2026-09-13").hold_reason, "excluded")
        self.assertFalse(self._receivables(moves, "2026-09-14").hold_reason)
        self.engine.run(date="2026-09-11", debtors=self.debtor)
        self.assertFalse(self._followups("2026-09-11"))
        self.engine.run(date="2026-09-14", debtors=self.debtor)
        self.assertEqual(self._followups("2026-09-14").channel, "email")

    def test_nothing_is_left_alone_when_it_is_unticked_or_over(self):
        _task, moves = self._plan(1000, 500, 250)
        lines = self._lines(moves)
        self._see(
            lines[0],
            "announced",
            LOOK_DAY,
            announced=day("2026-09-10"),
            leaves_alone=False,
        )
        self._see(lines[1], "paid", LOOK_DAY, announced=day("2026-08-28"))
        self._see(lines[2], "paid", LOOK_DAY, announced=day("2026-08-31"))
        statuses = self.env["collection.portal.status"].search([], order="id")
        self.assertEqual(
            statuses.mapped(lambda status: bool(status.hold_id)), [False, False, True]
        )

    def test_last_status_takes_the_place_of_the_one_before(self):
        _task, moves = self._plan(1000)
        line = self._lines(moves)
        self._see(line, "announced", LOOK_DAY, announced=day("2026-09-25"))
        self._see(line, "announced", "2026-09-03", announced=day("2026-09-10"))
        holds = self.env["collection.hold"].search([("move_line_id", "=", line.id)])
        self.assertEqual(holds.mapped("date_end"), [day("2026-09-13")])
        self._see(line, "blocked", "2026-09-04", reason="Price differs")
        self.assertFalse(self._receivables(moves, "2026-09-04").hold_reason)

    def test_hold_of_a_person_stays(self):
        _task, moves = self._plan(1000)
        own = self.env["collection.hold"].create(
            {"move_id": moves.id, "reason": "check"}
        )
        self._see(self._lines(moves), "blocked", LOOK_DAY, reason="No order")
        self.assertTrue(own.active)

    def test_blocked_gives_a_task_to_the_collector(self):
        self.file.collector_id = self.collector
        _task, moves = self._plan(1000, 500)
        self._create_portal()
        lines = self._lines(moves)
        self._see(lines, "chorus_suspended", LOOK_DAY, reason="Delivery note missing")
        activity = self._activities()
        self.assertRecordValues(
            activity,
            [{"user_id": self.collector.id, "date_deadline": day("2026-09-09")}],
        )
        for words in (
            *moves.mapped("name"),
            "Delivery note missing",
            "Add the missing",
        ):
            self.assertIn(words, str(activity.summary) + str(activity.note))

    def test_missing_is_to_be_sent_again_on_the_next_working_day(self):
        chief = self._create_user(
            "portal_chief", "account_collection.group_collection_manager"
        )
        self.company.collection_manager_id = chief
        _task, moves = self._plan(1000)
        self._see(self._lines(moves), "not_found", "2026-09-04")
        self.assertRecordValues(
            self._activities(),
            [{"user_id": chief.id, "date_deadline": day("2026-09-07")}],
        )
        self.assertIn("again", self._activities().summary)

    def test_task_ends_with_the_next_status(self):
        _task, moves = self._plan(1000, 500)
        lines = self._lines(moves)
        self._see(lines, "blocked", LOOK_DAY, reason="No order")
        activity = self._activities()
        self._see(lines[0], "received", "2026-09-03")
        self.assertEqual(self._activities(), activity)
        self.assertNotIn(moves[0].name, activity.summary)
        self.assertIn(moves[1].name, activity.summary)
        self._see(lines[1], "received", "2026-09-04")
        self.assertFalse(self._activities())

    def test_availability_is_kept_on_the_invoice(self):
        _task, moves = self._plan(1000, 500)
        self._see(
            self._lines(moves[0]),
            "chorus_available",
            LOOK_DAY,
            self.collector,
            available=day("2026-08-05"),
        )
        self.assertEqual(
            moves.mapped("collection_available_on"), [day("2026-08-05"), False]
        )

    def test_instalment_of_another_is_not_touched(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": wait})
                    for wait in (30, 60)
                ],
            }
        )
        move = self._create_invoice(1000, invoice_payment_term_id=term.id)
        first, second = self._lines(move).sorted("date_maturity")
        self._see(first, "announced", LOOK_DAY, announced=day("2026-09-10"))
        held = {
            one.move_line_id: one.hold_reason
            for one in self._receivables(move, LOOK_DAY)
        }
        self.assertEqual(held, {first: "excluded", second: False})
        states = {
            one.move_line_id: one.portal_meaning
            for one in self._receivables(move, LOOK_DAY)
        }
        self.assertEqual(states, {first: "announced", second: False})

    def test_what_cannot_be_right_is_refused(self):
        _task, moves = self._plan(1000)
        line = self._lines(moves)
        for code, values, words in (
            ("blocked", {}, "reason"),
            ("rejected", {"reason": "  "}, "reason"),
            ("announced", {}, "announced day"),
            ("not_found", {"announced": day("2026-09-10")}, "remove the day"),
            ("announced", {"announced": day("2026-07-31")}, "before the invoice"),
            ("chorus_available", {"available": day("2026-09-03")}, "to come"),
            ("chorus_available", {"available": day("2026-07-31")}, "before the inv"),
        ):
            with self.subTest(code=code), self.assertRaises(UserError) as caught:
                self._see(line, code, LOOK_DAY, **values)
            self.assertIn(moves.name, str(caught.exception))
            self.assertIn(words, str(caught.exception))
        self.assertFalse(self.env["collection.portal.status"].search_count([]))

    def test_number_of_queries_does_not_depend_on_the_receivables(self):
        """No query, hold query, message or activity for each of them."""

        def count(number):
            _task, moves = self._plan(*[1000] * number, partner=self._next_body())
            lines = self._lines(moves)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._see(lines, "announced", LOOK_DAY, announced=day("2026-09-10"))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertLessEqual(count(20) - count(3), 1)

    def _next_body(self):
        number = self.env["collection.debtor"].search_count([])
        partner = self._create_debtor(f"Body {number}")
        file = self.file._get_file(self.company, partner)
        file.segment_id = self.file.segment_id
        return partner
