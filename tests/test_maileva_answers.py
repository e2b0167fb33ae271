# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from ..core.postal_events import CODES
from ..postal.contract import PHASES, Address, PostalUnavailable
from ..postal.maileva_codes import DELIVERY, MAIN_DELIVERY, RETURN_REASONS, STATUSES
from .maileva_server import MOMENT
from .test_maileva_client import RECIPIENT, ClientCase

#: what each way back means, told by La Poste or by Maileva
RETURNS = {
    "A14": "unclaimed",
    "A16": "refused",
    "A23": "unknown_address",
    "A26": "returned",
    "P03": "unclaimed",
    "P05": "refused",
    "N03": "unclaimed",
    "N04": "returned",
    "N07": "unknown_address",
    "LP17": "returned",
    "LP19": "unclaimed",
    "LP20": "unknown_address",
    "LP21": "unknown_address",
    "LP22": "refused",
    "LP25": "returned",
}


@tagged("post_install", "-at_install")
class TestMailevaAnswers(ClientCase):
    """What Maileva says of a letter, read as it is documented."""

    def _read(self, sending):
        channel = "letter" if sending["product"] == "mail/v2" else "registered"
        return self.client.look_up(channel, sending["id"])

    def test_tables_are_complete(self):
        self.assertEqual({code[0] for code in DELIVERY}, {"A", "P", "D", "N", "L"})
        self.assertEqual(len([c for c in DELIVERY if c.startswith("A")]), 27)
        self.assertEqual(len([c for c in DELIVERY if c.startswith("P")]), 6)
        self.assertEqual(len([c for c in DELIVERY if c.startswith("N")]), 10)
        self.assertEqual(len([c for c in DELIVERY if c.startswith("LP")]), 30)
        self.assertLessEqual({event for event, _words in DELIVERY.values()}, set(CODES))
        self.assertLessEqual(
            {one for one, _words in RETURN_REASONS.values()}, set(CODES)
        )
        self.assertLessEqual(set(MAIN_DELIVERY.values()), set(CODES))
        self.assertLessEqual(set(STATUSES.values()), set(PHASES))

    def test_every_status(self):
        sending = self._place()
        for status, phase in STATUSES.items():
            sending["status"] = status
            self.assertEqual(self._read(sending).phase, phase, status)
        sending["status"] = "SOMETHING_NEW"
        found = self._read(sending)
        self.assertEqual((found.phase, found.status), ("unknown", "SOMETHING_NEW"))

    def test_a_posted_letter(self):
        sending = self._place()
        self.server.process(sending)
        found = self._read(sending)
        self.assertEqual(found.phase, "posted")
        self.assertEqual(found.number, "1E00232062142")
        self.assertEqual(found.cost, 5.74)
        self.assertEqual(
            found.posted_at.isoformat(), "2026-10-01T07:21:40.757000+00:00"
        )
        self.assertTrue(found.deposit.endswith("/download_deposit_proof"))

    def test_the_proof_of_a_whole_sending(self):
        sending = self._place()
        self.server.process(sending, proof=False)
        sending["recipients"][0]["global_deposit_proof_id"] = "49ab87d8"
        self.assertEqual(
            self._read(sending).deposit, "/global_deposit_proofs/49ab87d8/download"
        )

    def test_rejections(self):
        sending = self._place()
        sending.update(status="REJECTED", status_detail="CORRUPTED_DOCUMENT")
        sending["recipients"][0]["status"] = "SENDING_REJECTED"
        found = self._read(sending)
        self.assertEqual((found.phase, found.is_bad_address), ("rejected", False))
        self.assertEqual(found.reason, "CORRUPTED_DOCUMENT")
        # The sending went through, its recipient did not.
        sending.update(status="PROCESSED_WITH_ERRORS", status_detail="")
        sending["recipients"][0].update(
            status="REJECTED", status_detail="Adresse inconnue"
        )
        found = self._read(sending)
        self.assertEqual((found.phase, found.is_bad_address), ("rejected", True))
        self.assertEqual(found.reason, "Adresse inconnue")

    def test_each_return_code(self):
        for code, event in RETURNS.items():
            with self.subTest(code=code):
                sending = self._place(reference=f"REC000001-{code}")
                self.server.process(sending)
                self.server.deliver(sending, code)
                found = self._read(sending)
                self.assertEqual([one.code for one in found.events], [event])
                self.assertEqual(found.events[0].label, f"label {code}")

    def test_reasons_of_scanned_returns(self):
        for reason, (event, words) in RETURN_REASONS.items():
            sending = self._place(reference=f"REC000002-{reason}")
            self.server.process(sending)
            sending["recipients"][0].update(
                undelivered_mail_reason=reason, undelivered_mail_date=MOMENT
            )
            found = self._read(sending).events
            self.assertEqual([(one.code, one.label) for one in found], [(event, words)])

    def test_first_presentation_counts_from_the_main_statuses(self):
        sending = self._place()
        self.server.process(sending)
        self.server.deliver(sending, "LP15", "2026-09-18T08:00:00.000Z")
        sending["recipients"][0]["main_delivery_statuses"] = [
            {
                "category": "FIRST_PRESENTATION",
                "code": "LP09",
                "date": "2026-09-17T09:00:00.000Z",
            },
            {"category": "DELIVERED", "code": "LP15", "date": "2026-09-18T08:00:00Z"},
            {"category": "UNDELIVERED", "code": "LP19", "date": "not a date"},
        ]
        found = self._read(sending).events
        self.assertEqual(
            [(one.code, one.moment.day) for one in found],
            [("presented", 17), ("delivered", 18), ("delivered", 18)],
        )

    def test_unknown_codes_and_bad_dates_are_no_trouble(self):
        sending = self._place()
        self.server.process(sending)
        self.server.deliver(sending, "ZZ99")
        self.server.deliver(sending, "LP03", moment=None)
        self.server.deliver(sending, "LP18")
        found = self._read(sending).events
        self.assertEqual(
            [(e.code, e.label) for e in found], [("in_transit", "label ZZ99")]
        )

    def test_statuses_of_simple_letters_have_an_address_of_their_own(self):
        sending = self._place(channel="letter")
        self.server.process(sending)
        sending["recipients"][0]["statuses_v2"] = [
            {"status": "N10", "label": "PND", "date": "2026-09-25T08:00:00.000Z"}
        ]
        found = self._read(sending).events
        self.assertEqual([one.code for one in found], ["returned"])

    # === FIND === #

    def test_find_by_reference_over_many_pages(self):
        self.server.page_limit = 2
        for number in range(7):
            self._place(reference=f"REC000001-{number:06d}")
        wanted = {"REC000001-000003", "REC000001-000006", "REC9-1"}
        found = self.client.find("registered", wanted)
        self.assertEqual(sorted(found), sorted(wanted - {"REC9-1"}))
        self.assertEqual(self.server.count("GET .*/sendings$"), 4)
        self.assertEqual(self.client.find("letter", wanted), {})

    def test_a_search_that_did_not_see_everything_finds_nothing_missing(self):
        self._place()
        short = {"sendings": [], "paging": {"total_results": 3}}
        self.server.fail("GET .*/sendings$", (200, [], short), times=1)
        with self.assertRaises(PostalUnavailable) as caught:
            self.client.find("registered", {"REC9-1"})
        self.assertEqual(caught.exception.key, "incomplete")

    def test_twice_the_same_reference(self):
        first, second = self._place(), self._place()
        found = self.client.find("registered", {first["custom_id"]})
        self.assertEqual(
            {one.ref for one in found[first["custom_id"]]}, {first["id"], second["id"]}
        )

    def test_another_database_with_the_same_account(self):
        self.client = self._client(owner="db-2")
        theirs = self._place()
        self.client = self._client(owner="db-1")
        self.assertEqual(self.client.find("registered", {theirs["custom_id"]}), {})
        # One without a mark is not declared missing.
        theirs["custom_data"] = None
        self.assertIn(
            theirs["custom_id"],
            self.client.find("registered", {theirs["custom_id"]}),
        )

    def test_answers_without_what_is_needed(self):
        sending = self._place()
        for content in ({"status": "PENDING"}, {"id": "a/b", "status": "PENDING"}):
            self.server.fail("GET .*/sendings/", (200, [], content), times=1)
            with self.assertRaises(PostalUnavailable):
                self._read(sending)
        self.server.fail("GET", (200, [], {"sendings": "many"}), times=1)
        with self.assertRaises(PostalUnavailable):
            self.client.find("registered", {"x"})
        self.server.fail("GET", "garbled", times=3)
        with self.assertRaises(PostalUnavailable):
            self._read(sending)

    # === A DRAFT THAT A STOPPED PASS LEFT === #

    def test_a_draft_is_completed_not_doubled(self):
        order = self._order()
        made = self.client.open_draft(order)
        self.client.fill(made.ref, order)
        posts = self.server.count("POST")
        self.client.fill(made.ref, order)
        self.assertEqual(self.server.count("POST"), posts)
        sending = self.server.sendings[0]
        self.assertEqual(len(sending["documents"]), 1)
        self.assertEqual(len(sending["recipients"]), 1)

    def test_a_draft_takes_another_letter_and_another_address(self):
        order = self._order()
        made = self.client.open_draft(order)
        self.client.fill(made.ref, order)
        moved = Address(
            (*RECIPIENT.lines[:3], "5 rue Neuve", *RECIPIENT.lines[4:]), "FR"
        )
        changed = self._order(
            document=b"%PDF-1.4 other", document_name="other.pdf", recipient=moved
        )
        self.client.fill(made.ref, changed)
        sending = self.server.sendings[0]
        self.assertEqual(
            [one["content"] for one in sending["documents"]], [b"%PDF-1.4 other"]
        )
        self.assertEqual(
            [one["address_line_4"] for one in sending["recipients"]], ["5 rue Neuve"]
        )
