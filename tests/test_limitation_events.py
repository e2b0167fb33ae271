# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..core.limitation import EFFECTS
from .common import day
from .limitation_case import TODAY, LimitationCase


@tagged("post_install", "-at_install")
class TestLimitationEvents(LimitationCase):
    """What an event does, what it may say, and who may record it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._create_invoice(due="2023-06-30")

    # === WHAT MOVES THE DAY === #

    def test_an_event_moves_the_day_of_its_invoices_alone(self):
        other = self._create_invoice(due="2023-06-30")
        self.assertEqual(self._limit(self.move), day("2028-06-30"))
        event = self._record(self.move, "claim_served", "2026-03-10")
        self.assertEqual(event.effect, "restart")
        self.assertEqual(self._limit(self.move), day("2031-03-10"))
        self.assertEqual(self._limit(other), day("2028-06-30"))

    def test_a_void_event_moves_nothing_and_stays(self):
        event = self._record(self.move, "acknowledgement", "2026-03-10")
        with self.assertRaisesRegex(ValidationError, "say why the event is void"):
            event.action_void()
        with Form(event, view=event.action_ask_void()["view_id"]) as form:
            form.void_reason = "Signed by a person without power"
        event.action_void()
        self.assertEqual(self._limit(self.move), day("2028-06-30"))
        self.assertEqual((event.effect, event.is_void), ("none", True))
        user = self._create_user(
            "limitation_void", "account_collection.group_collection_user"
        )
        for values in ({"is_void": False}, {"date": "2026-03-11"}):
            with self.assertRaisesRegex(UserError, "does not change any more"):
                event.with_user(user).write(values)

    def test_notices_move_nothing_except_against_a_public_body(self):
        for kind in ("reminder", "formal_notice"):
            event = self._record(self.move, kind, "2026-03-10")
            self.assertEqual(event.effect, "none")
            self.assertEqual(self._limit(self.move), day("2028-06-30"))
        self._qualify(self.debtor, "public")
        event.invalidate_recordset()
        self.assertEqual(event.effect, "restart")
        # Four years from 1 January after the notice.
        self.assertEqual(self._limit(self.move), day("2030-12-31"))
        other = self._create_invoice(due="2026-01-31", collection_claim_kind="ship")
        event.move_ids += other
        self.assertEqual(event.effect, "mixed")

    def test_a_mediation_moves_the_day_once_it_is_over(self):
        move = self._create_invoice(due="2021-12-31")
        event = self._record(move, "mediation", "2026-10-01")
        self.assertEqual(event.effect, "suspend")
        self.assertEqual(self._limit(move), day("2026-12-31"))
        event.date_end = "2026-10-31"
        # Thirty days more would be 30 January: six months are left at least.
        self.assertEqual(self._limit(move), day("2027-04-30"))
        event.kind = "acknowledgement"
        self.assertFalse(event.date_end)

    def test_a_possible_acknowledgement_shows_a_later_date(self):
        event = self._record(self.move, "possible_acknowledgement", "2026-05-20")
        row = self._receivables(self.move, TODAY)
        self.assertEqual(event.effect, "possible")
        self.assertRecordValues(
            row,
            [
                {
                    "limitation_date": day("2028-06-30"),
                    "limitation_later_date": day("2031-05-20"),
                }
            ],
        )
        event.write({"is_void": True, "void_reason": "A payment of another claim"})
        self.assertFalse(self._receivables(self.move, TODAY).limitation_later_date)

    def test_the_kind_of_claim_counts_after_posting(self):
        kinds = {
            "transport": "2024-06-30",
            "telecom": "2024-06-30",
            "ship": "2024-06-30",
            "rent_home": "2026-06-30",
            "rent_business": "2028-06-30",
            "civil": "2028-06-30",
        }
        for kind, expected in kinds.items():
            self.move.collection_claim_kind = kind
            self.assertEqual(self._limit(self.move), day(expected), kind)
        with Form(self.move) as form:
            form.collection_claim_kind = "transport"
        self.assertEqual(self._limit(self.move), day("2024-06-30"))

    def test_a_known_delivery_starts_the_period(self):
        move = self._create_invoice(due="2023-06-30", delivery_date="2023-02-15")
        self.assertEqual(self._limit(move), day("2028-02-15"))

    # === WHAT MAY BE SAID === #

    def test_every_kind_of_the_law_may_be_recorded(self):
        kinds = dict(self.events._fields["kind"].selection)
        self.assertEqual(set(kinds), set(EFFECTS))
        events = self.events
        for kind in kinds:
            events += self._record(self.move, kind, "2026-03-10")
        self.assertEqual(
            events.mapped("effect"), [EFFECTS[event.kind] for event in events]
        )

    def test_what_is_to_come_is_refused(self):
        self._record(self.move, "acknowledgement", TODAY)
        with self.assertRaisesRegex(ValidationError, "11/23/2026 is in the future"):
            self._record(self.move, "acknowledgement", "2026-11-23")
        with self.assertRaisesRegex(ValidationError, "11/23/2026 is in the future"):
            self._record(self.move, "mediation", "2026-11-01", "2026-11-23")

    def test_a_mediation_ends_after_it_began(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._record(self.move, "mediation", "2026-11-02", "2026-11-01")

    def test_changes_are_kept_in_the_chatter(self):
        event = self._record(self.move, "acknowledgement", "2026-03-10")
        self.env.cr.flush()
        event = event.with_context(tracking_disable=False)
        other = self._create_invoice(due="2023-06-30")
        event.write({"date": "2026-03-11", "move_ids": [Command.link(other.id)]})
        event.write({"is_void": True, "void_reason": "Wrong letter"})
        self.env.cr.flush()
        changed = event.message_ids.sudo().tracking_value_ids.field_id.mapped("name")
        self.assertEqual(set(changed), {"date", "move_ids", "is_void", "void_reason"})

    def test_the_invoices_are_those_of_the_debtor(self):
        foreign = self._create_invoice(partner=self._create_debtor("Garage Petit"))
        draft = self._create_invoice(post=False)
        for moves in (self.move + foreign, self.move + draft):
            with self.assertRaisesRegex(ValidationError, "no posted claim on"):
                self._record(moves, "acknowledgement", "2026-03-10")
        with self.assertRaisesRegex(ValidationError, "choose the invoices"):
            self._record(
                self.env["account.move"],
                "acknowledgement",
                "2026-03-10",
                debtor_id=self.debtor.id,
            )

    def test_a_contact_stands_for_its_company(self):
        person = self._create_debtor(
            "Jeanne Durand", parent_id=self.debtor.id, is_company=False
        )
        move = self._create_invoice(due="2023-06-30", partner=person)
        event = self._record(move, "acknowledgement", "2026-03-10")
        self.assertEqual(event.debtor_id, self.debtor)
        self.assertEqual(self._limit(move), day("2031-03-10"))

    # === THE USER'S WAY === #

    def test_record_an_event_from_the_file(self):
        paid = self._create_invoice(due="2023-06-30")
        self._pay(paid)
        file = self._qualify(self.debtor, "trader")
        user = self._create_user(
            "limitation_user", "account_collection.group_collection_user"
        )
        action = file.with_user(user).action_record_limitation_event()
        form = Form(self.events.with_user(user).with_context(**action["context"]))
        self.assertEqual(form.debtor_id, self.debtor)
        self.assertEqual(form.move_ids.ids, self.move.ids)
        form.kind = "acknowledgement"
        form.date = "2026-03-10"
        form.proof_note = "Letter of 10 March, binder 12"
        event = form.save()
        self.assertEqual(self._limit(self.move), day("2031-03-10"))
        self.assertEqual(event.user_id, user)
        self.assertEqual(file.limitation_event_count, 1)
        found = self.events.search(file.action_open_limitation_events()["domain"])
        self.assertEqual(found, event)

    def test_the_proof_is_read_by_who_reads_the_event(self):
        author, reader = (
            self._create_user(login, f"account_collection.{group}")
            for login, group in (
                ("limitation_author", "group_collection_user"),
                ("limitation_reader", "group_collection_readonly"),
            )
        )
        proof = self.env["ir.attachment"].with_user(author)
        proof = proof.create({"name": "letter.pdf", "raw": b"%PDF-1.4"})
        event = self._record(self.move, "acknowledgement", "2026-03-10")
        event.with_user(author).attachment_ids = [Command.link(proof.id)]
        self.assertEqual(proof.with_user(reader).raw, b"%PDF-1.4")

    # === RIGHTS === #

    def test_who_reads_records_and_deletes(self):
        event = self._record(self.move, "acknowledgement", "2026-03-10")
        rights = {}
        for group in ("readonly", "user", "manager"):
            user = self._create_user(
                f"limitation_{group}", f"account_collection.group_collection_{group}"
            )
            rights[group] = [
                event.with_user(user).has_access(one)
                for one in ("read", "write", "create", "unlink")
            ]
        self.assertEqual(
            rights,
            {
                "readonly": [True, False, False, False],
                "user": [True, True, True, False],
                "manager": [True] * 4,
            },
        )

    def test_events_of_anothers_portfolio_are_not_seen(self):
        event = self._record(self.move, "acknowledgement", "2026-03-10")
        mine, other = (
            self._create_user(login, "account_collection.group_collection_user")
            for login in ("limitation_mine", "limitation_other")
        )
        self._qualify(self.debtor, "trader").collector_id = mine
        self.assertEqual(event.with_user(mine).kind, "acknowledgement")
        self.assertFalse(self.events.with_user(other).search([]))
        with self.assertRaises(AccessError):
            event.with_user(other).read(["kind"])

    def test_events_of_another_company_are_not_seen(self):
        self._record(self.move, "acknowledgement", "2026-03-10")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._create_user(
            "limitation_else", "account_collection.group_collection_manager", company
        )
        self.assertFalse(self.events.with_user(user).search([]))

    def test_a_deleted_event_moves_nothing(self):
        event = self._record(self.move, "acknowledgement", "2026-03-10")
        self.assertEqual(self._limit(self.move), day("2031-03-10"))
        event.unlink()
        self.assertEqual(self._limit(self.move), day("2028-06-30"))
