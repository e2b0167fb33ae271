# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from .post_common import NOTICE_DAY, PostCommon


@tagged("post_install", "-at_install")
class TestMailingScan(PostCommon):
    """A letter's barcode chooses it, a number of the post is given to it."""

    def setUp(self):
        super().setUp()
        self.notices = self._make_notices(self._create_debtors("A", "B", "C"))
        simple = self._make_letters(self._create_debtors("Simple"), NOTICE_DAY)
        self.batch = self._print(self.notices + simple)
        self.simple = simple

    def _scan(self, text, current=None):
        answer = self.batch.scan(text, current.id if current else False)
        self.env.flush_all()
        return answer

    def _number(self, count):
        return f"2C{count:011d}"

    def test_numbers_go_down_the_pile(self):
        state = self.batch.get_scan_state()
        current = state["current"]
        self.assertEqual((state["done"], state["total"]), (0, 3))
        self.assertEqual(
            (current["id"], current["sequence"], current["place"]),
            (self.notices[0].id, 1, "69002 Lyon"),
        )
        for count, letter in enumerate(self.notices, start=1):
            answer = self.batch.scan(f"2C {count:011d}", current and current["id"])
            self.assertEqual((answer["kind"], answer["done"]), ("numbered", count))
            self.assertEqual(answer["done_id"], letter.id)
            current = answer["current"]
        self.assertIsNone(current)
        self.assertEqual(
            self.notices.mapped("tracking_number"), [self._number(n) for n in (1, 2, 3)]
        )
        answer = self._scan(self._number(4))
        self.assertEqual(answer["kind"], "refused")
        self.assertIn("Every registered letter", answer["message"])

    def test_a_letter_s_own_barcode_chooses_it(self):
        answer = self._scan(self.notices[2]._get_letter_reference().lower())
        self.assertEqual((answer["kind"], answer["current"]["debtor"]), ("chosen", "C"))
        answer = self._scan(self._number(1), self.notices[2])
        self.assertEqual(self.notices[2].tracking_number, self._number(1))
        self.assertEqual(answer["current"]["id"], self.notices[0].id, "round the pile")

    def test_chosen_again_its_number_is_replaced(self):
        self._scan(self._number(1))
        answer = self._scan(self.notices[0]._get_letter_reference())
        self.assertIn(self._number(1), answer["message"])
        answer = self._scan(self._number(2), self.notices[0])
        self.assertEqual(
            (answer["kind"], answer["before"]), ("numbered", self._number(1))
        )
        self.assertEqual(self.notices[0].tracking_number, self._number(2))
        # The number that was taken off is free.
        answer = self._scan(self._number(1))
        self.assertEqual(
            (answer["kind"], self.notices[1].tracking_number),
            ("numbered", self._number(1)),
        )

    def test_what_is_refused_changes_nothing(self):
        self._scan(self._number(1))
        for text, words in (
            (self._number(1), "that of"),
            ("RR123456786FR", "check digit"),
            ("2C1", "too short"),
            ("", "missing"),
            ("REC999999-999999", "not in this batch"),
            (self.simple._get_letter_reference(), "simple letter"),
        ):
            with self.subTest(text):
                answer = self._scan(text, self.notices[1])
                self.assertEqual(answer["kind"], "refused")
                self.assertIn(words, answer["message"])
                self.assertEqual(answer["current"]["id"], self.notices[1].id)
        self.assertFalse(self.notices[1].tracking_number)

    def test_a_refused_replacement_keeps_the_number(self):
        self._scan(self._number(1))
        self._scan(self._number(2))
        answer = self._scan(self._number(2), self.notices[0])
        self.assertEqual(answer["kind"], "refused")
        self.assertEqual(self.notices[0].tracking_number, self._number(1))
        answer = self._scan(self._number(1), self.notices[0])
        self.assertEqual(answer["kind"], "known")

    def test_a_letter_of_another_batch_is_named(self):
        other = self._make_notices(self._create_debtors("Elsewhere"))
        batch = self._print(other)
        answer = self._scan(other._get_letter_reference())
        self.assertIn(batch.display_name, answer["message"])

    def test_paid_since_is_pulled_out(self):
        self.notices[0].sudo()._cancel("Paid or held since it was planned.")
        answer = self._scan(self.notices[0]._get_letter_reference())
        self.assertIn("take it out of the pile", answer["message"])
        self.assertEqual(answer["total"], 2)

    def test_posted_is_over(self):
        self._post(self.notices[0])
        answer = self._scan(self.notices[0]._get_letter_reference())
        self.assertIn("was posted", answer["message"])

    def test_the_last_scan_is_taken_back(self):
        self._scan(self._number(1))
        answer = self.batch.undo_scan(self.notices[0].id, self._number(1))
        self.assertEqual(answer["current"]["id"], self.notices[0].id)
        self.assertFalse(self.notices[0].tracking_number)

    def test_taking_back_gives_the_number_before(self):
        self._scan(self._number(1))
        self._scan(self._number(2), self.notices[0])
        self.batch.undo_scan(self.notices[0].id, self._number(2), self._number(1))
        self.assertEqual(self.notices[0].tracking_number, self._number(1))
        # What another colleague scanned since stays.
        self.batch.undo_scan(self.notices[0].id, self._number(2))
        self.assertEqual(self.notices[0].tracking_number, self._number(1))

    def test_a_scanner_on_a_french_keyboard(self):
        answer = self._scan("éCàààààààààà'")
        self.assertEqual(answer["number"], "2C00000000004")

    def test_a_number_is_forgotten(self):
        self._scan(self._number(1))
        self.notices[0].with_user(self.collector).action_clear_number()
        self.assertFalse(self.notices[0].tracking_number)
