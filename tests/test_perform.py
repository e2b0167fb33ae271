# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CollectionCommon, day

#: days on which the first four steps of an invoice of 31/08 are performed
STEPS = ("2026-09-01", "2026-09-07", "2026-09-15", "2026-09-30")
CALL_DAY = day("2026-09-07")
LETTER_DAY = day("2026-09-15")
HANDOFF_DAY = day("2026-10-15")
RESULTS = (
    "promised",
    "paid",
    "document",
    "approval",
    "dispute",
    "difficulty",
    "refusal",
    "message",
)


class PerformCase(CollectionCommon):
    """Follow-ups as they stand in the worklist, and the form that records them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "perform_collector", "account_collection.group_collection_user"
        )

    def _plan(self, delay, date, partners=None, **values):
        """Plan the first step of debtors, chosen by its delay and changed."""
        self.rapp.step_ids.is_entry = False
        step = self.rapp.step_ids.filtered(lambda step: step.delay_days == delay)
        step.write({"is_entry": True, **values})
        partners = partners or self.debtor
        for partner in partners:
            self._create_invoice(1000, partner=partner)
        self.engine.run(date=date, debtors=partners)
        found = self.env["collection.followup"].search(
            [("debtor_id", "in", partners.ids), ("date", "=", date)], order="id"
        )
        self.assertEqual(found.debtor_id, partners)
        return found

    def _plan_calls(self, partners=None):
        return self._plan(7, CALL_DAY, partners)

    def _create_debtors(self, *names):
        return self.env["res.partner"].union(
            *[self._create_debtor(name) for name in names]
        )

    def _open(self, followups, date=CALL_DAY, user=None):
        """Press "Record what was done", open its form."""
        followups = followups.with_user(user or self.collector)
        action = followups.action_perform()
        wizards = self.env[action["res_model"]].with_user(user or self.collector)
        context = dict(action["context"], collection_date=date)
        return Form(wizards.with_context(**context))

    def _record(self, followups, date=CALL_DAY, **values):
        """Fill the form in and press Record, in a request of its own."""
        form = self._open(followups, date)
        for name, value in values.items():
            form[name] = value
        wizard = form.save()
        self.env.flush_all()
        self.env.invalidate_all()
        wizard.action_record()

    @contextlib.contextmanager
    def _refused(self, *words):
        """Expect an error that names what it is about; what was written is undone."""
        with self.assertRaises(UserError) as caught:
            yield
        for word in words:
            self.assertIn(word, str(caught.exception))

    @contextlib.contextmanager
    def _refused_or_ignored(self):
        """Let the code choose whether it says that there was nothing to do."""
        with contextlib.suppress(AccessError, UserError), self.env.cr.savepoint():
            yield

    def _attach_pdf(self, followups):
        for followup in followups.sudo():
            followup.attachment_id = self.env["ir.attachment"].create(
                {"name": "letter.pdf", "raw": b"%PDF-1.4"}
            )


@tagged("post_install", "-at_install")
class TestPerformCalls(PerformCase):
    """A call is performed by its result; an unanswered one stays to do."""

    def test_each_result(self):
        partners = self._create_debtors(*(f"Customer {code}" for code in RESULTS))
        calls = self._plan_calls(partners)
        offered = self.env["collection.followup.perform"]._fields["call_result"]
        self.assertEqual(tuple(offered.get_values(self.env)), RESULTS)
        wizards = self.env["collection.followup.perform"].with_user(self.collector)
        for call, code in zip(calls, RESULTS, strict=True):
            wizards.with_context(collection_date=CALL_DAY).create(
                {
                    "followup_ids": call.ids,
                    "call_result": code,
                    "note": f"Said {code}",
                }
            ).action_record()
        self.assertEqual(calls.mapped("call_result"), list(RESULTS))
        for call, code in zip(calls, RESULTS, strict=True):
            self.assertRecordValues(
                call,
                [
                    {
                        "state": "performed",
                        "performed_on": CALL_DAY,
                        "performed_by_id": self.collector.id,
                        "note": f"Said {code}",
                        "attempts": 0,
                    }
                ],
            )
            receivable = self._receivables(call.line_ids.move_id, CALL_DAY)
            self.assertEqual(receivable.level_id.code, "call")

    def test_form_shows_whom_to_call_and_about_what(self):
        call = self._plan_calls()
        form = self._open(call)
        self.assertEqual((form.channel, form.has_one), ("call", True))
        self.assertEqual(form.phone, "+33 4 72 11 11 11")
        self.assertIn(call.line_ids.document, form.script)

    def test_form_asks_for_the_result(self):
        form = self._open(self._plan_calls())
        with self.assertRaisesRegex(AssertionError, "call_result"):
            form.save()

    def test_result_is_the_proof(self):
        """Also for who does not come through the form."""
        call = self._plan_calls()
        wizard = self.env["collection.followup.perform"].create(
            {"followup_ids": call.ids}
        )
        with self._refused("Menuiserie Durand"):
            wizard.action_record()
        self.assertEqual(call.state, "planned")

    def test_unanswered_calls_are_attempts_of_the_same_call(self):
        call = self._plan_calls()
        self._record(call, is_unanswered=True)
        self._record(call, is_unanswered=True)
        self.assertRecordValues(
            call,
            [
                {
                    "state": "planned",
                    "attempts": 2,
                    "call_result": False,
                    "performed_on": False,
                }
            ],
        )
        self.assertEqual(call.note.count("No answer"), 2)
        self.assertFalse(self._receivables(call.line_ids.move_id, CALL_DAY).level_id)
        for date in ("2026-09-08", "2026-09-14"):
            result = self.engine.run(date=date, debtors=self.debtor)
            self.assertEqual(result["followups"], 0)
        self._record(call, day("2026-09-14"), call_result="promised")
        self.assertRecordValues(
            call,
            [
                {
                    "state": "performed",
                    "attempts": 2,
                    "performed_on": day("2026-09-14"),
                }
            ],
        )
        self.assertEqual(self._followups(), call)

    def test_note_of_an_unanswered_call_is_kept(self):
        call = self._plan_calls()
        self._record(call, is_unanswered=True, note="Back at two o'clock")
        self.assertIn("Back at two o'clock", call.note)

    def test_notes_are_added_to_those_there(self):
        call = self._plan_calls()
        call.note = "Ask for Claire"
        self._record(call, call_result="message", note="Left a message")
        self.assertEqual(call.note, "Ask for Claire\nLeft a message")

    # === SEVERAL AT ONCE === #

    def test_one_result_for_several_calls(self):
        calls = self._plan_calls(self._create_debtors("One", "Two", "Three"))
        form = self._open(calls)
        self.assertFalse(form.has_one)
        self.assertFalse(form.script)
        self._record(calls, call_result="message", note="Closed in August")
        self.assertEqual(calls.mapped("state"), ["performed"] * 3)
        self.assertEqual(calls.mapped("call_result"), ["message"] * 3)
        self.assertEqual(calls.mapped("note"), ["Closed in August"] * 3)

    def test_several_unanswered_calls(self):
        calls = self._plan_calls(self._create_debtors("One", "Two"))
        self._record(calls, is_unanswered=True)
        self.assertEqual(calls.mapped("attempts"), [1, 1])
        self.assertEqual(calls.mapped("state"), ["planned"] * 2)

    def test_one_cancelled_among_several_is_named(self):
        """Calls of a day look alike: only the debtor tells which one it is."""
        calls = self._plan_calls(self._create_debtors("One", "Two", "Three"))
        form = self._open(calls)
        form.call_result = "promised"
        form.note = "Promised"
        wizard = form.save()
        calls[1].action_cancel()
        with self._refused("Two"):
            wizard.action_record()
        self.assertEqual(calls.mapped("state"), ["planned", "cancelled", "planned"])
        self.assertEqual(calls.mapped("note"), [False] * 3)

    def test_channels_are_not_mixed(self):
        self._create_invoice(1000)
        call = self._plan_calls(self._create_debtors("Called"))
        self.engine.run(date=CALL_DAY, debtors=self.debtor)
        letter = self._plan(15, LETTER_DAY, self._create_debtors("Written"))
        with self._refused("one channel"):
            (call + letter).with_user(self.collector).action_perform()

    # === IN THE WRONG STATE === #

    def test_no_answer_of_a_cancelled_call_is_refused(self):
        call = self._plan_calls()
        wizard = self._open(call)
        wizard.is_unanswered = True
        wizard = wizard.save()
        call.action_cancel()
        with self._refused("Menuiserie Durand"):
            wizard.action_record()
        self.assertEqual(call.attempts, 0)

    def test_result_of_a_performed_call_stays(self):
        """The second of two colleagues overwrites nothing."""
        call = self._plan_calls()
        self._record(call, call_result="promised", note="On Friday")
        with self._refused_or_ignored():
            self._record(call, call_result="refusal", note="Never")
        self.assertRecordValues(
            call, [{"call_result": "promised", "note": "On Friday"}]
        )

    def test_unsent_mail_cannot_be_recorded_as_sent(self):
        self._create_invoice(1000)
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        mail = self._followups()
        with self._refused("Menuiserie Durand"):
            self._record(mail)
        self.assertEqual(mail.state, "queued")


@tagged("post_install", "-at_install")
class TestPerformLetters(PerformCase):
    """A letter is performed by its posting, a registered one by its number too."""

    def test_several_letters_are_posted_together(self):
        letters = self._plan(15, LETTER_DAY, self._create_debtors("One", "Two"))
        self._attach_pdf(letters)
        self._record(letters, LETTER_DAY, posted_on="2026-09-16", note="Box B")
        for letter in letters:
            self.assertRecordValues(
                letter,
                [
                    {
                        "state": "performed",
                        "posted_on": day("2026-09-16"),
                        "performed_on": day("2026-09-16"),
                        "performed_by_id": self.collector.id,
                        "note": "Box B",
                    }
                ],
            )
        moves = letters.line_ids.move_id
        levels = self._receivables(moves, "2026-09-16").mapped("level_id.code")
        self.assertEqual(levels, ["firm"])

    def test_letter_without_its_pdf_is_named_and_none_is_recorded(self):
        letters = self._plan(15, LETTER_DAY, self._create_debtors("One", "Two"))
        self._attach_pdf(letters[0])
        with self._refused("Two"):
            self._record(letters, LETTER_DAY, posted_on="2026-09-16")
        self.assertEqual(letters.mapped("state"), ["queued", "queued"])
        self.assertFalse(letters[0].posted_on)

    def test_day_of_posting_is_asked_for(self):
        letter = self._plan(15, LETTER_DAY)
        self._attach_pdf(letter)
        with self.assertRaisesRegex(AssertionError, "posted_on"):
            self._record(letter, LETTER_DAY, posted_on=False)

    def _plan_registered(self, *names):
        letters = self._plan(
            15, LETTER_DAY, self._create_debtors(*names), channel="registered"
        )
        self._attach_pdf(letters)
        return letters

    def test_numbers_go_to_the_letters_in_the_order_shown(self):
        """Whatever the order of the list from which they were chosen."""
        for names, order in ((("A", "B", "C"), 1), (("D", "E", "F"), -1)):
            letters = self._plan_registered(*names)[::order]
            form = self._open(letters, LETTER_DAY)
            numbers = {key: f"2C{key:011d}" for key in form.followup_ids.ids}
            self._record(
                letters,
                LETTER_DAY,
                posted_on="2026-09-16",
                tracking_numbers="\n".join(numbers.values()),
            )
            with self.subTest(names):
                self.assertEqual(
                    {letter.id: letter.tracking_number for letter in letters}, numbers
                )

    def test_each_registered_letter_needs_a_number(self):
        letters = self._plan_registered("One", "Two")
        for numbers in ("2C1", "2C1\n2C2\n2C3"):
            with self._refused("2 letters"):
                self._record(
                    letters,
                    LETTER_DAY,
                    posted_on="2026-09-16",
                    tracking_numbers=numbers,
                )
        self.assertEqual(letters.mapped("tracking_number"), [False, False])
        self.assertEqual(letters.mapped("state"), ["queued", "queued"])

    def test_number_of_a_posted_letter_stays(self):
        """What proves the posting does not change any more."""
        letter = self._plan_registered("One")
        values = {"posted_on": "2026-09-16"}
        self._record(letter, LETTER_DAY, tracking_numbers="2C 000 000 000 01", **values)
        with self._refused_or_ignored():
            self._record(
                letter, LETTER_DAY, tracking_numbers="2C 000 000 000 02", **values
            )
        self.assertEqual(letter.tracking_number, "2C00000000001")


@tagged("post_install", "-at_install")
class TestPerformHandoff(PerformCase):
    """A claim that was handed over gets no message of ours any more."""

    @classmethod
    def setUpClass(cls):
        """Walk two debtors through the ladder up to the proposal to hand over."""
        super().setUpClass()
        other = cls._create_debtor("Other")
        cls._create_invoice(1000)
        cls._create_invoice(200)
        cls._create_invoice(1000, partner=other)
        followups = cls.env["collection.followup"]
        for date in STEPS:
            cls.engine.run(date=date)
            cls._perform(followups.search([("date", "=", date)]), day(date))
        cls.engine.run(date=HANDOFF_DAY)
        cls.handoff = cls._followups(HANDOFF_DAY)
        cls.other_handoff = cls._followups(HANDOFF_DAY, other)

    def _search_holds(self):
        return self.env["collection.hold"].search([], order="id")

    def _hold_reasons(self, followups):
        moves = followups.line_ids.move_id
        return self._receivables(moves, "2026-10-16").mapped("hold_reason")

    def test_each_claim_that_was_handed_over_is_on_hold(self):
        self.assertEqual(self.handoff.channel, "handoff")
        self._record(
            self.handoff, HANDOFF_DAY, handoff_result="handed_over", note="To Leroy"
        )
        self.assertRecordValues(
            self.handoff, [{"state": "performed", "handoff_result": "handed_over"}]
        )
        holds = self._search_holds()
        self.assertEqual(len(holds), 2)
        self.assertEqual(holds.move_line_id, self.handoff.line_ids.move_line_id)
        for hold in holds:
            self.assertRecordValues(
                hold,
                [
                    {
                        "reason": "handed_over",
                        "note": "To Leroy",
                        "debtor_id": self.debtor.id,
                        "company_id": self.company.id,
                        "move_id": hold.move_line_id.move_id.id,
                        "user_id": self.collector.id,
                    }
                ],
            )
        self.assertEqual(self._hold_reasons(self.handoff), ["excluded"] * 2)
        self.assertEqual(self._hold_reasons(self.other_handoff), [False])

    def test_another_invoice_of_the_debtor_goes_on(self):
        self._record(self.handoff, HANDOFF_DAY, handoff_result="handed_over")
        young = self._create_invoice(300, due="2026-10-15")
        result = self.engine.run(date="2026-10-16", debtors=self.debtor)
        self.assertEqual(result["by_channel"], {"email": 1})
        mail = self._followups("2026-10-16")
        self.assertEqual((mail.amount, mail.line_ids.move_id), (300, young))

    def test_claim_that_is_kept_is_not_on_hold(self):
        self._record(self.handoff, HANDOFF_DAY, handoff_result="kept", note="Pays soon")
        self.assertRecordValues(
            self.handoff, [{"state": "performed", "handoff_result": "kept"}]
        )
        self.assertFalse(self._search_holds())
        self.assertEqual(self._hold_reasons(self.handoff), [False, False])

    def test_several_claims_are_handed_over_together(self):
        handoffs = self.handoff + self.other_handoff
        self._record(handoffs, HANDOFF_DAY, handoff_result="handed_over")
        self.assertEqual(
            self._search_holds().move_line_id, handoffs.line_ids.move_line_id
        )
        self.assertEqual(len(self._search_holds()), 3)

    def test_decision_is_asked_for(self):
        form = self._open(self.handoff, HANDOFF_DAY)
        with self.assertRaisesRegex(AssertionError, "handoff_result"):
            form.save()

    def test_recording_twice_holds_once(self):
        for _time in range(2):
            with self._refused_or_ignored():
                self._record(self.handoff, HANDOFF_DAY, handoff_result="handed_over")
        self.assertEqual(len(self._search_holds()), 2)


@tagged("post_install", "-at_install")
class TestPerformRights(PerformCase):
    def test_reader_has_no_form(self):
        call = self._plan_calls()
        reader = self._create_user(
            "perform_reader", "account_collection.group_collection_readonly"
        )
        wizards = self.env["collection.followup.perform"].with_user(reader)
        with self.assertRaises(AccessError):
            wizards.create({"followup_ids": call.ids})

    def _create_stranger(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        return self._create_user(
            "perform_stranger",
            "account_collection.group_collection_user",
            company=second,
        )

    def test_collector_of_another_company_records_nothing(self):
        call = self._plan_calls()
        wizards = self.env["collection.followup.perform"]
        with self._refused_or_ignored():
            wizard = wizards.with_user(self._create_stranger()).create(
                {"followup_ids": call.ids, "call_result": "promised"}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            wizard.action_record()
        self.assertRecordValues(call, [{"state": "planned", "call_result": False}])

    def test_buttons_refuse_a_collector_of_another_company(self):
        call = self._plan_calls()
        letter = self._plan(15, LETTER_DAY, self._create_debtors("Written"))
        stranger = self._create_stranger()
        for followup, name in (
            (call, "action_cancel"),
            (call, "action_perform"),
            (letter, "action_confirm"),
            (letter, "action_make_letters"),
            (letter, "action_retry"),
            (letter, "action_mark_sent"),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(followup.with_user(stranger), name)()
        self.assertEqual((call.state, letter.state), ("planned", "queued"))
        self.assertFalse(letter.attachment_id)
