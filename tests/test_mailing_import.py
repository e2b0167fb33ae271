# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import day
from .post_common import NOTICE_DAY, PostCommon

COUNT = 60
HEAD = "Référence;Numéro;Déposé le;Présenté le;Distribué le;Statut;Date;Motif"


@tagged("post_install", "-at_install")
class TestMailingImport(PostCommon):
    """Files of the post: numbers, dates and returns of a whole batch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.imports = cls.env["collection.mailing.import"].with_user(cls.collector)

    def _debtors(self, count):
        return self.env["res.partner"].union(
            *[
                self._create_debtor(f"Post {index:02d}", street=f"{index} rue du Port")
                for index in range(1, count + 1)
            ]
        )

    def _line(self, letter, *values):
        cells = [letter._get_letter_reference(), letter.tracking_number or "", *values]
        return ";".join(cells + [""] * (8 - len(cells)))

    def _file(self, lines, **values):
        """Return the wizard after it has looked at the file."""
        wizard = self.imports.create({"text": "\n".join([HEAD, *lines]), **values})
        wizard.action_check()
        return wizard

    def _import(self, lines):
        wizard = self._file(lines)
        wizard.action_import()
        return wizard

    def test_sixty_registered_letters_two_returns_and_one_refusal(self):
        notices = self._make_notices(self._debtors(COUNT))
        self.assertEqual(len(notices), COUNT)
        batch = self._print(notices)
        # 1. The post office gives sixty numbers, as a file.
        numbers = [f"2C{letter.id:011d}" for letter in notices]
        lines = [
            f"{letter._get_letter_reference()};{number};;;;;;"
            for letter, number in zip(notices, numbers, strict=True)
        ]
        wizard = self._file(lines)
        self.assertEqual((wizard.good_count, wizard.bad_count), (COUNT, 0))
        self.assertFalse(any(notices.mapped("tracking_number")))
        wizard.action_import()
        self.assertEqual(wizard.imported_count, COUNT)
        self.assertEqual(notices.mapped("tracking_number"), numbers)
        self.assertEqual(set(notices.mapped("state")), {"queued"})
        # 2. The batch is marked as posted: each has its proof, so each is performed.
        action = batch.action_open_post()
        post = self.env[action["res_model"]].with_user(self.collector)
        form = Form(post.with_context(**action["context"]))
        form.date = NOTICE_DAY
        form.save().action_post()
        self.assertEqual(batch.state, "posted")
        self.assertEqual(set(notices.mapped("state")), {"performed"})
        self.assertEqual(set(notices.mapped("posted_on")), {NOTICE_DAY})
        # 3. What became of them: 57 delivered, one refused, two unknown there.
        returned, refused, delivered = notices[:2], notices[2], notices[3:]
        fates = [self._line(one, "", "02/10/2026", "03/10/2026") for one in delivered]
        fates.append(self._line(refused, "", "", "", "Refusé", "02/10/2026"))
        fates += [
            self._line(one, "", "", "", "Retour", "05/10/2026", "NPAI")
            for one in returned
        ]
        wizard = self._import(fates)
        self.assertEqual((wizard.imported_count, wizard.bad_count), (COUNT, 0))
        self.assertEqual(set(delivered.mapped("delivered_on")), {day("2026-10-03")})
        self.assertEqual(
            set((delivered + refused).mapped("presented_on")), {day("2026-10-02")}
        )
        self.assertEqual(
            set((delivered + refused).mapped("deadline_on")), {day("2026-10-10")}
        )
        # A refusal is a presentation: the step stays performed.
        self.assertRecordValues(
            refused, [{"state": "performed", "return_code": "refused"}]
        )
        self.assertTrue(refused.line_ids.counted)
        # A returned letter un-counts its step; its address is marked, with a task.
        self.assertEqual(returned.mapped("state"), ["failed", "failed"])
        self.assertEqual(
            returned.mapped("return_code"), ["unknown_address", "unknown_address"]
        )
        self.assertFalse(any(returned.line_ids.mapped("counted")))
        blocked = self.env["collection.undeliverable"].search([])
        self.assertEqual(
            set(blocked.mapped("value")), set(returned.mapped("recipient_address"))
        )
        self.assertEqual(len(returned.file_id.activity_ids), 2)
        # 4. The same file again changes nothing.
        events = notices.post_event_ids
        again = self._file(fates)
        self.assertEqual((again.known_count, again.good_count), (COUNT, 0))
        again.action_import()
        self.assertEqual(notices.post_event_ids, events)
        # 5. Corrected, the step is due again; nobody else's is.
        returned.debtor_id.write({"street": "1 quai Neuf"})
        self.engine.run(date="2026-10-06", debtors=notices.debtor_id)
        fresh = self.letters.search([("date", "=", "2026-10-06")])
        self.assertEqual(fresh.debtor_id, returned.debtor_id)
        self.assertEqual(set(fresh.level_id.mapped("code")), {"notice"})

    def test_lines_that_cannot_be_imported_are_named_and_the_others_are(self):
        one, two = self._make_notices(self._debtors(2))
        self._print(one + two)
        wizard = self._import(
            [
                f"{one._get_letter_reference()};2C{one.id:011d};;;;;;",
                "REC999999-999999;2C00000000001;;;;;;",
                f"{two._get_letter_reference()};RR123456786FR;;;;;;",
                f"{two._get_letter_reference()};2C{two.id:011d};31/31/2026;;;;;",
            ]
        )
        bad = wizard.line_ids.filtered(lambda line: line.outcome == "bad")
        self.assertEqual(bad.mapped("number"), [3, 4, 5])
        self.assertIn("REC999999-999999", bad[0].message)
        self.assertIn("check digit", bad[1].message)
        self.assertTrue(bad[2].message)
        self.assertEqual(wizard.imported_count, 1)
        self.assertTrue(one.tracking_number)
        self.assertFalse(two.tracking_number)

    def test_a_number_of_another_letter_is_refused(self):
        one, two = self._make_notices(self._debtors(2))
        number = f"2C{one.id:011d}"
        self._import([f"{one._get_letter_reference()};{number};;;;;;"])
        wizard = self._file([f"{two._get_letter_reference()};{number};;;;;;"])
        self.assertEqual(wizard.bad_count, 1)
        self.assertIn(number, wizard.line_ids.message)

    def test_files_that_cannot_be_read(self):
        for text, words in (
            ("", "Choose a file"),
            ("colour;size\nred;3", "No column is named"),
            (HEAD, "no line"),
        ):
            with self.subTest(text), self.assertRaisesRegex(UserError, words):
                self.imports.create({"text": text}).action_check()

    def test_readers_import_nothing(self):
        reader = self._create_user(
            "post_reader", "account_collection.group_collection_readonly"
        )
        with self.assertRaises(AccessError):
            self.imports.with_user(reader).create({"text": HEAD})
