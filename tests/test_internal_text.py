# Part of account_collection. Licence LGPL-3, see the LICENSE file.


from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .internal_case import TOLD, InternalCase


@tagged("post_install", "-at_install")
class TestInternalText(InternalCase):
    """What a message to a colleague says, how it leaves, what its step may be."""

    # === TEXT === #

    def test_it_says_who_what_and_what_will_follow(self):
        move = self._sell(self.anne)
        mail = self._tell().mail_id
        self.assertEqual(
            mail.subject.replace("\xa0", " "),
            "Menuiserie Durand: 1,000.00 € overdue – Formal notice on 15 October 2026",
        )
        for words in (
            "Dear Anne Moreau,",
            "Menuiserie Durand",
            move.name,
            "Formal notice on 15 October 2026",
            "Claire Martin",
            "The customer does not receive this message.",
        ):
            self.assertIn(words, mail.body_html)
        self.assertEqual(mail.recipient_ids, self.anne.partner_id)
        self.assertFalse(mail.email_to)

    def test_each_line_has_its_link(self):
        moves = self._sell(self.anne, 1000) + self._sell(self.anne, 500)
        followup = self._tell()
        tokens = [
            path.rsplit("/", 1)[1]
            for path in self._get_paths(followup.mail_id.body_html)
        ]
        found = [self.links._read_token(token) for token in tokens]
        self.assertEqual([one.line.move_id for one in found], list(moves))
        self.assertEqual({one.user for one in found}, {self.anne})
        self.assertEqual(found[0].origin, ("collection.followup", followup.id))

    def test_who_looks_at_it_gets_no_link(self):
        self._sell(self.anne)
        followup = self._tell()
        self.assertTrue(self._get_paths(followup.mail_id.body_html))
        seen = followup.with_user(self.claire)
        self.assertNotIn("/collection/answer/", seen.internal_table)
        self.assertNotIn("/collection/answer/", followup._get_preview_html())
        self.assertIn("Menuiserie Durand", followup._get_preview_html())

    def test_debtor_s_letters_neither_announce_nor_recall_it(self):
        self._sell(self.anne)
        self._live("2026-08-26", "2026-09-19")
        self.engine.run(date="2026-09-20", debtors=self.debtor)
        letter = self._followups("2026-09-20").with_context(lang="en_US")
        letter.lang = "en_US"
        self.assertIn("formal notice on 15 October 2026", letter.next_step_paragraph)
        self._perform(letter, "2026-09-20")
        self._live("2026-09-21", "2026-10-14")
        self.engine.run(date="2026-10-15", debtors=self.debtor)
        notice = self._followups("2026-10-15")
        notice.lang = "en_US"
        self.assertEqual(notice.level_id.code, "notice")
        self.assertIn("20 September 2026", notice.history_paragraph)
        self.assertNotIn("October", notice.history_paragraph)

    # === SENDING === #

    def _send(self, followup):
        mails = self.env["mail.mail"].with_context(collection_date=TOLD)
        with self.mock_mail_gateway():
            mails.process_email_queue(followup.mail_id.ids)
        return self._mails

    def test_it_leaves_once_with_its_fate(self):
        self._sell(self.anne)
        followup = self._tell()
        sent = self._send(followup)
        self.assertEqual(len(sent), 1)
        self.assertIn("anne@vauban.example", sent[0]["email_to"][0])
        self.assertEqual(followup.state, "performed")
        followup.mail_id.state = "outgoing"
        self.assertFalse(self._send(followup))

    def test_who_left_meanwhile_gets_nothing(self):
        self._sell(self.anne)
        followup = self._tell()
        self.anne.active = False
        self.assertFalse(self._send(followup))
        self.assertEqual(followup.state, "cancelled")
        self.assertIn("Anne Moreau", followup.reason)

    def test_paid_meanwhile(self):
        move = self._sell(self.anne)
        followup = self._tell()
        self._pay(move)
        self.assertFalse(self._send(followup))
        self.assertEqual(followup.state, "cancelled")

    # === RULES OF THE STEP === #

    def test_what_an_internal_step_may_be(self):
        good = self.env.ref("account_collection.collection_step_strategic_p42")
        self.assertFalse(good.counts_in_budget)
        self.assertIn("Salesperson", good.display_name)
        notice = self.env.ref("account_collection.collection_level_notice")
        for values in (
            {"channel": "letter"},
            {"substitute_channel": "letter"},
            {"level_id": notice.id},
            {"is_entry": True},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                good.write(values)
        call = self.env.ref("account_collection.collection_step_strategic_p10")
        with self.assertRaisesRegex(ValidationError, "its channel must be e-mail"):
            call.recipient_role = "collector"

    def test_internal_roles_are_not_contacts_of_a_debtor(self):
        roles = dict(self.env["collection.contact"]._fields["role"].selection)
        self.assertEqual(
            set(roles), {"accounting", "management", "purchasing", "legal"}
        )

    def test_queries_do_not_grow(self):
        def count(number):
            partners = self.env["res.partner"].browse()
            for _index in range(number):
                partners += self._create_debtor(f"Many {number}")
            files = self.env["collection.debtor"]
            for partner in partners:
                files._get_file(self.company, partner).scenario_id = scenario
                self._sell(self.anne if partner.id % 2 else self.boris, 100, partner)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.engine.run(date="2026-09-01", debtors=partners)
            self.env.flush_all()
            made = self.env["collection.followup"].search(
                [("debtor_id", "in", partners.ids)]
            )
            self.assertEqual(len(made.filtered("is_internal")), number)
            return self.env.cr.sql_log_count - start

        scenario = self._create_scenario((1, "friendly", "email", "salesperson"))
        few, many = count(4), count(24)
        self.assertLess(many - few, 25)
