# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .sales_common import SalesCommon


@tagged("post_install", "-at_install")
class TestSalesNote(SalesCommon):
    """What sales say reaches who follows the debtor, and decides nothing by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_collection_today()
        cls.move = cls._sell(cls.anne)

    def _say(self, kind="comment", user=None, **values):
        values = {"comment": "They wait for a credit note", **values}
        return self.notes._record(
            user or self.anne, self.company, self.debtor, "mail", kind=kind, **values
        )

    def _find_activities(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "collection.debtor"), ("res_id", "=", self.file.id)]
        )

    # === TELLING === #

    def test_the_collector_gets_one_task_with_the_words_and_no_mail(self):
        mails = self.env["mail.mail"].search_count([])
        note = self._say(move_id=self.move.id)
        activity = self._find_activities()
        self.assertEqual(activity, note.activity_id)
        self.assertEqual(activity.user_id, self.claire)
        self.assertEqual(activity.date_deadline, self.today)
        for words in ("Anne Moreau", self.move.name, "They wait for a credit note"):
            self.assertIn(words, activity.note)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_without_a_collector_the_manager(self):
        self.file.collector_id = False
        self.assertEqual(self._say().activity_id.user_id, self.manager)

    def test_words_of_a_day_join_the_open_task(self):
        first, second = self._say(), self._say(comment="And another thing")
        self.assertEqual(first.activity_id, second.activity_id)
        self.assertEqual(len(self._find_activities()), 1)
        self.assertIn("And another thing", first.activity_id.note)

    def test_a_day_is_a_reminder_on_that_day(self):
        day = self.today + datetime.timedelta(days=5)
        note = self._say("date", date=day, comment="")
        self.assertEqual(note.activity_id.date_deadline, day)
        call = self._say("will_call", date=day, comment="I know the owner")
        self.assertEqual(call.activity_id, note.activity_id)

    def test_it_is_logged_under_its_author(self):
        self._say()
        act = self.env["collection.act"].search([("file_id", "=", self.file.id)])
        self.assertRecordValues(act, [{"kind": "sales", "user_id": self.anne.id}])
        self.assertIn("They wait for a credit note", act.note)
        self.assertFalse(act.undo_until)

    def test_it_makes_the_file_of_a_new_debtor(self):
        partner = self._create_debtor("New Customer")
        note = self.notes._record(
            self.anne, self.company, partner, "button", kind="comment", comment="Hm"
        )
        self.assertEqual(note.debtor_id, partner)

    def test_a_contact_s_words_are_its_company_s(self):
        contact = self.env["res.partner"].create(
            {"name": "Paul", "parent_id": self.debtor.id}
        )
        note = self.notes._record(
            self.anne, self.company, contact, "button", kind="comment", comment="Hm"
        )
        self.assertEqual(note.file_id, self.file)

    def test_empty_words_are_refused(self):
        for kind, values in (
            ("comment", {"comment": " "}),
            ("will_call", {"date": False}),
            ("date", {}),
            ("nonsense", {}),
        ):
            with self.subTest(kind), self.assertRaises(ValidationError):
                self._say(kind, **values)
        self.assertFalse(self._find_activities())

    # === DEALING WITH IT === #

    def test_handled_by_a_collector(self):
        first, second = self._say(), self._say(comment="More")
        activity = first.activity_id
        first.with_user(self.claire).action_handle()
        self.assertRecordValues(
            first, [{"state": "handled", "handled_by_id": self.claire.id}]
        )
        self.assertTrue(activity.active)
        second.with_user(self.claire).action_handle()
        self.assertFalse(activity.active)

    def test_a_done_task_is_handled(self):
        note = self._say()
        note.activity_id.with_user(self.claire).action_feedback("Called them")
        self.assertRecordValues(
            note, [{"state": "handled", "handled_by_id": self.claire.id}]
        )

    def test_a_deleted_task_leaves_it_new(self):
        note = self._say()
        note.activity_id.unlink()
        self.assertEqual(note.state, "new")
        note.with_user(self.claire).action_handle()
        self.assertEqual(note.state, "handled")

    def test_a_dispute_holds_nothing_until_a_person_says_so(self):
        note = self._say("dispute", move_id=self.move.id)
        receivable = self._receivables(self.move, self.today)
        self.assertFalse(receivable.hold_reason)
        note.with_user(self.claire).action_hold()
        self.assertRecordValues(
            note.hold_id,
            [
                {
                    "move_id": self.move.id,
                    "reason": "dispute",
                    "user_id": self.claire.id,
                    "note": "Anne Moreau: They wait for a credit note",
                }
            ],
        )
        self.assertEqual(note.state, "handled")
        receivable = self._receivables(self.move, self.today)
        self.assertEqual(receivable.hold_reason, "dispute")

    def test_a_second_word_does_not_hold_twice(self):
        notes = [
            self._say("dispute", move_id=self.move.id, comment=words)
            for words in ("First", "Second")
        ]
        for note in notes:
            note.with_user(self.claire).action_hold()
        self.assertEqual(notes[0].hold_id, notes[1].hold_id)

    def test_what_is_no_dispute_of_an_invoice_holds_nothing(self):
        for kind, move in (("comment", self.move.id), ("dispute", False)):
            note = self._say(kind, move_id=move)
            with self.subTest(kind), self.assertRaises(UserError):
                note.with_user(self.claire).action_hold()

    # === ROLES === #

    @staticmethod
    def _as(note, user):
        """Return the note as a user sees it in its own companies."""
        return note.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )

    def test_roles(self):
        note = self._say("dispute", move_id=self.move.id)
        reader = self._create_colleague(
            "reader", "Reader", "account_collection.group_collection_readonly"
        )
        stranger = self._create_colleague(
            "stranger", "Stranger", "account_collection.group_collection_user"
        )
        other = self.env["res.company"].create({"name": "Vauban Services"})
        abroad = self._create_colleague(
            "abroad",
            "Abroad",
            "account_collection.group_collection_manager",
            company=other,
        )
        self.assertTrue(note.with_user(reader).has_access("read"))
        for user in (self.anne, self.boris, stranger, abroad):
            with self.subTest(user.login):
                self.assertFalse(self._as(note, user).has_access("read"))
        for user in (self.anne, reader, stranger, abroad):
            for name in ("action_handle", "action_hold"):
                with self.subTest((user.login, name)), self.assertRaises(AccessError):
                    getattr(self._as(note, user), name)()
        for user in (self.claire, self.manager):
            with self.assertRaises(AccessError):
                note.with_user(user).comment = "Something else"
            with self.assertRaises(AccessError):
                note.with_user(user).unlink()
        note.with_user(self.manager).action_handle()
        self.assertEqual(note.handled_by_id, self.manager)
