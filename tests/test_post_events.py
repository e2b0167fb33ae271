# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import day
from .post_common import NOTICE_DAY, PostCommon


@tagged("post_install", "-at_install")
class TestPostEvents(PostCommon):
    """What the post says is the only source of a letter's dates."""

    def test_posting_performs_the_letter_on_its_day(self):
        letter = self._make_notices()
        found = self._post(letter, "2026-10-01")
        self.assertEqual((len(found.events), found.errors), (1, {}))
        self.assertRecordValues(
            letter,
            [
                {
                    "state": "performed",
                    "posted_on": day("2026-10-01"),
                    "performed_on": day("2026-10-01"),
                    "tracking_number": f"2C{letter.id:011d}",
                    "presented_on": False,
                }
            ],
        )

    def test_the_same_again_changes_nothing(self):
        letter = self._make_notices()
        first = self._post(letter)
        again = self._post(letter)
        self.assertEqual((again.accepted, again.known, again.errors), ([], [0], {}))
        self.assertEqual(letter.post_event_ids, first.events)

    def test_said_twice_in_one_file_is_written_once(self):
        letter = self._make_notices()
        self._post(letter)
        row = {"followup_id": letter.id, "code": "delivered", "date": "2026-10-02"}
        found = self.letters._record_postal_events([row, dict(row)])
        self.assertEqual((found.accepted, found.known), ([0], [1]))
        self.assertEqual(len(letter.post_event_ids), 2)

    def test_eight_days_run_from_the_first_presentation(self):
        """TEXTS, T5: an estimate of four days for the post until it says more."""
        letter = self._make_notices()
        self.assertFalse(letter.deadline_on)
        self._post(letter)
        self.assertRecordValues(
            letter,
            [{"deadline_on": day("2026-10-12"), "is_deadline_estimated": True}],
        )
        self._record(letter, "presented", "2026-10-06")
        self._record(letter, "presented", "2026-10-02")
        self._record(letter, "delivered", "2026-10-09")
        self.assertRecordValues(
            letter,
            [
                {
                    "presented_on": day("2026-10-02"),
                    "delivered_on": day("2026-10-09"),
                    "deadline_on": day("2026-10-10"),
                    "is_deadline_estimated": False,
                }
            ],
        )

    def test_a_reminder_has_no_deadline_of_a_notice(self):
        self._make_notices()
        firm = self._followups("2026-09-15")
        self.assertEqual((firm.state, firm.deadline_on), ("performed", False))

    def test_refused_and_unclaimed_were_presented(self):
        """1re civ., 20 January 2021, 19-20.680: an unclaimed notice stays valid."""
        for code in ("refused", "unclaimed"):
            letter = self._make_notices(self._create_debtor(f"Debtor {code}"))
            self._post(letter)
            self._record(letter, code, "2026-10-16")
            self._record(letter, "returned", "2026-10-20")
            self.assertRecordValues(
                letter,
                [
                    {
                        "state": "performed",
                        "presented_on": day("2026-10-16"),
                        "returned_on": day("2026-10-20"),
                        "return_code": code,
                        "deadline_on": day("2026-10-24"),
                    }
                ],
            )
            self.assertTrue(letter.line_ids.counted)
            self.assertFalse(
                self.env["collection.undeliverable"].search(
                    [("partner_id", "=", letter.debtor_id.id)]
                )
            )

    def test_unknown_address_counts_no_more(self):
        letter = self._make_notices()
        self._post(letter)
        label = "Pli avisé : n'habite pas à l'adresse indiquée"
        self._record(letter, "returned", "2026-10-05", label=label)
        self.assertRecordValues(
            letter,
            [
                {
                    "state": "failed",
                    "failure_code": "bounced",
                    "reason": label,
                    "return_code": "unknown_address",
                    "returned_on": day("2026-10-05"),
                    "presented_on": False,
                    "deadline_on": False,
                }
            ],
        )
        self.assertFalse(letter.line_ids.counted)
        blocked = self.env["collection.undeliverable"].search([])
        self.assertEqual(blocked.value, letter.recipient_address)
        task = letter.file_id.activity_ids
        self.assertIn(letter.recipient_address, task.summary)

    def test_came_back_for_no_known_reason_is_asked(self):
        letter = self._make_notices()
        self._post(letter)
        self._record(letter, "returned", "2026-10-05", label="Retour à l'expéditeur")
        self.assertEqual((letter.state, letter.return_code), ("performed", "returned"))
        task = letter.file_id.activity_ids
        self.assertIn(letter._get_letter_reference(), task.summary)

    # === WHAT CANNOT BE TRUE === #

    def _assert_refused(self, letter, code, date, *words):
        before = letter.post_event_ids
        found = self._record(letter, code, date)
        self.assertEqual((found.accepted, found.known), ([], []))
        for word in (letter._get_letter_reference(), "Durand", *words):
            self.assertIn(word, found.errors[0])
        self.assertEqual(letter.post_event_ids, before)

    def test_dates_that_cannot_be(self):
        letter = self._make_notices()
        self._assert_refused(letter, "presented", "2026-10-02", "not posted")
        self._assert_refused(letter, "posted", "2026-09-29", "09/30/2026")
        self._assert_refused(letter, "posted", NOTICE_DAY, "number is missing")
        self._post(letter)
        self._assert_refused(letter, "presented", "2026-09-29", "09/30/2026")
        self._assert_refused(letter, "delivered", "2199-01-01", "future")
        self._assert_refused(letter, "posted", "2026-10-01", "already")
        self._record(letter, "presented", "2026-10-05")
        self._assert_refused(letter, "delivered", "2026-10-03", "10/05/2026")
        self._record(letter, "delivered", "2026-10-07")
        self._assert_refused(letter, "available", "2026-10-08", "Delivered")
        self._assert_refused(letter, "unknown_address", "2026-10-09", "Delivered")
        self._assert_refused(letter, "returned", "2026-10-09", "Delivered")
        self._assert_refused(letter, "eaten", "2026-10-09", "eaten")
        self._assert_refused(letter, "delivered", "soon", "date")

    def test_letters_that_cannot_be_posted(self):
        one, two, three = self._make_notices(
            self._create_debtor("One Durand")
            + self._create_debtor("Two Durand")
            + self._create_debtor("Three Durand")
        )
        one.action_cancel()
        self._assert_refused(one, "posted", NOTICE_DAY, "cancelled")
        two.sudo().attachment_id = False
        self._assert_refused(two, "posted", NOTICE_DAY, "PDF")
        self._post(three)
        self._record(three, "unknown_address", "2026-10-02")
        self._assert_refused(three, "delivered", "2026-10-03", "Unknown")

    def test_one_bad_row_stops_no_other(self):
        partners = self._create_debtor("One") + self._create_debtor("Two")
        letters = self._make_notices(partners)
        rows = [
            {"followup_id": 0, "code": "posted", "date": NOTICE_DAY},
            {"followup_id": letters[0].id, "code": "posted", "date": "2026-09-01"},
            {
                "followup_id": letters[1].id,
                "code": "posted",
                "date": NOTICE_DAY,
                "tracking_number": "RR123456785FR",
            },
            {"followup_id": letters[1], "code": "delivered", "date": "2026-10-02"},
        ]
        found = self.letters._record_postal_events(rows)
        self.assertEqual((found.accepted, list(found.errors)), ([2, 3], [0, 1]))
        self.assertEqual(letters.mapped("state"), ["queued", "performed"])
        self.assertEqual(letters[1].delivered_on, day("2026-10-02"))

    def test_checking_writes_nothing(self):
        letter = self._make_notices()
        row = {"followup_id": letter.id, "code": "posted", "date": NOTICE_DAY}
        row["tracking_number"] = "RR123456785FR"
        found = self.letters._check_postal_events([row])
        self.assertEqual((found.accepted, found.errors), ([0], {}))
        self.assertEqual((letter.state, letter.tracking_number), ("queued", False))
        self.assertFalse(letter.post_event_ids)

    # === NUMBERS === #

    def test_numbers_are_checked_and_belong_to_one_letter(self):
        partners = self._create_debtor("One Durand") + self._create_debtor("Two Durand")
        one, two = self._make_notices(partners)
        row = {"followup_id": one.id, "tracking_number": "rr 12345678 5 fr"}
        found = self.letters._record_postal_events([row])
        self.assertEqual((found.accepted, found.errors), ([0], {}))
        self.assertEqual(one.tracking_number, "RR123456785FR")
        self.assertEqual(one.state, "queued")
        for number, words in (
            ("RR123456785FR", "One Durand"),
            ("RR123456786FR", "check digit"),
            ("2C1", "short"),
            ("2C" + "0" * 19, "long"),
            ("2C12345-67", "no number"),
        ):
            row = {"followup_id": two.id, "tracking_number": number}
            found = self.letters._record_postal_events([row])
            self.assertIn(words, found.errors[0])
        row = {"followup_id": one.id, "tracking_number": "2C00000000001"}
        found = self.letters._record_postal_events([row])
        self.assertIn("RR123456785FR", found.errors[0])

    def test_the_database_refuses_a_number_twice(self):
        partners = self._create_debtor("One") + self._create_debtor("Two")
        letters = self._make_notices(partners).sudo()
        letters[0].tracking_number = "2C00000000001"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "tracking_uniq"),
            self.env.cr.savepoint(),
        ):
            letters[1].tracking_number = "2C00000000001"
            letters.flush_recordset()

    def test_another_company_may_have_the_same_number(self):
        letter = self._make_notices()
        self._post(letter)
        other = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        self.env.cr.execute(
            "UPDATE collection_followup SET company_id = %s WHERE id = %s",
            [other.id, letter.id],
        )
        letter.invalidate_recordset()
        two = self._make_notices(self._create_debtor("Two"))
        number = letter.tracking_number
        found = self._record(two, "posted", NOTICE_DAY, tracking_number=number)
        self.assertEqual((found.errors, two.tracking_number), ({}, number))

    # === PROOFS === #

    def test_document_is_kept_with_our_own_hash(self):
        letter = self._make_notices()
        self._post(letter)
        scan = b"%PDF-1.4 acknowledgement"
        values = {"name": "ar.pdf", "raw": scan}
        self._record(letter, "delivered", "2026-10-02")
        found = self._record(letter, "delivered", "2026-10-02", attachment=values)
        self.assertEqual((found.accepted, len(found.events)), ([0], 0))
        proof = letter.proof_ids
        self.assertEqual(proof.sha256, hashlib.sha256(scan).hexdigest())
        self.assertEqual((proof.code, proof.attachment_id.raw), ("delivered", scan))
        self.assertEqual(
            (proof.attachment_id.res_model, proof.attachment_id.res_id),
            ("collection.followup", letter.id),
        )

    # === CORRECTIONS === #

    def test_a_wrong_event_is_deleted_with_a_trace(self):
        letter = self._make_notices()
        self._post(letter)
        self._record(letter, "presented", "2026-10-02")
        wrong = self._record(letter, "delivered", "2026-10-03").events
        wrong.with_user(self.collector).action_delete()
        self.assertFalse(letter.delivered_on)
        self.assertEqual(letter.presented_on, day("2026-10-02"))
        act = self.env["collection.act"].search([("kind", "=", "post_delete")])
        self.assertEqual(act.user_id, self.collector)
        self.assertIn("Delivered", act.note)
        self.assertIn(letter._get_letter_reference(), act.note)

    def test_a_letter_that_did_not_come_back_counts_again(self):
        letter = self._make_notices()
        self._post(letter)
        event = self._record(letter, "unknown_address", "2026-10-02").events
        event.with_user(self.collector).action_delete()
        self.assertRecordValues(
            letter,
            [
                {
                    "state": "performed",
                    "failure_code": False,
                    "performed_on": NOTICE_DAY,
                    "return_code": False,
                }
            ],
        )
        line = letter.line_ids
        self.assertTrue(line.counted and line.latest)
        self.assertEqual((line.state, line.performed_on), ("performed", NOTICE_DAY))
        self.assertFalse(self.env["collection.undeliverable"].search([]))
        self.assertFalse(letter.file_id.activity_ids)

    def test_sent_to_another_address_stays_so(self):
        letter = self._make_notices()
        self._post(letter)
        event = self._record(letter, "unknown_address", "2026-10-02").events
        self.debtor.street = "8 rue de la République"
        self.engine.run(date="2026-10-05", debtors=self.debtor)
        self.assertEqual(letter.state, "cancelled")
        with self.assertRaisesRegex(UserError, "another address"):
            event.with_user(self.collector).action_delete()
        # What the post still says of the old letter is kept.
        scan = {"name": "envelope.pdf", "raw": b"%PDF-1.4"}
        found = self._record(letter, "proof", "2026-10-06", attachment=scan)
        self.assertEqual((found.errors, len(letter.proof_ids)), ({}, 1))

    def test_a_posting_recorded_by_mistake_waits_again(self):
        letter = self._make_notices()
        event = self._post(letter).events
        self._record(letter, "presented", "2026-10-02")
        with self.assertRaisesRegex(UserError, "after the posting"):
            event.with_user(self.collector).action_delete()
        letter.post_event_ids.with_user(self.collector).action_delete()
        self.assertRecordValues(
            letter,
            [{"state": "queued", "posted_on": False, "performed_on": False}],
        )
        self.assertEqual(letter.line_ids.state, "queued")
        receivable = self._receivables(letter.line_ids.move_id, "2026-10-05")
        self.assertEqual(receivable.level_id.code, "firm")

    def test_what_was_recorded_by_hand_is_taken_back(self):
        letter = self._make_notices()
        self._post(letter)
        letter.with_user(self.collector).action_mark_returned()
        self.assertEqual(letter.state, "failed")
        self.env["collection.act"].with_user(self.collector).undo_last()
        self.assertEqual(letter.state, "performed")
        self.assertEqual(letter.post_event_ids.mapped("code"), ["posted"])

    # === RIGHTS === #

    def test_readers_read_and_strangers_do_not(self):
        letter = self._make_notices()
        event = self._post(letter).events
        reader = self._create_user(
            "post_reader", "account_collection.group_collection_readonly"
        )
        self.assertEqual(event.with_user(reader).code, "posted")
        with self.assertRaises(AccessError):
            event.with_user(reader).action_delete()
        with self.assertRaises(AccessError):
            event.with_user(self.collector).unlink()
        with self.assertRaises(AccessError):
            letter.with_user(reader)._record_by_hand("delivered")
        other = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        stranger = self._create_user(
            "post_stranger", "account_collection.group_collection_manager", other
        )
        found = self.env["collection.postal.event"].with_user(stranger).search([])
        self.assertFalse(found)

    def test_a_colleague_s_portfolio_stays_closed(self):
        letter = self._make_notices()
        event = self._post(letter).events
        letter.file_id.collector_id = self.collector
        own = self._create_user("post_own", "account_collection.group_collection_user")
        events = self.env["collection.postal.event"].with_user(own)
        self.assertFalse(events.search([("id", "=", event.id)]))
        letter.file_id.collector_id = own
        self.assertEqual(events.search([("id", "=", event.id)]), event)

    # === BY SETS === #

    def test_sixty_letters_cost_the_queries_of_twenty(self):
        partners = self._create_debtors(*(f"Customer {number}" for number in range(80)))
        letters = self._make_notices(partners)
        counts = []
        for group in (letters[:20], letters[20:]):
            rows = [
                {
                    "followup_id": letter.id,
                    "code": code,
                    "date": NOTICE_DAY,
                    "tracking_number": f"2C{letter.id:011d}",
                }
                for letter in group
                for code in ("posted", "presented", "unknown_address")
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.letters._record_postal_events(rows)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(found.errors, {})
        self.assertEqual(set(letters.mapped("failure_code")), {"bounced"})
        self.assertLessEqual(counts[1], counts[0] + 3, counts)
