# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import day
from .test_portal import LOOK_DAY, PortalCase


class LookCase(PortalCase):
    """The form as a collector fills it in."""

    def _open(self, records, user=None, method="action_perform"):
        """Press the button on records, return the form that it opens."""
        user = user or self.collector
        records = records.with_user(user).with_context(collection_date=LOOK_DAY)
        action = getattr(records, method)()
        look = self.env[action["res_model"]].browse(action["res_id"])
        look = look.with_user(user).with_context(collection_date=LOOK_DAY)
        return Form(look)

    def _record(self, form):
        look = form.save()
        self.env.flush_all()
        self.env.invalidate_all()
        return look.action_record()

    def _state(self, code):
        return self.env["collection.portal.state"].search([("code", "=", code)])


@tagged("post_install", "-at_install")
class TestPortalLook(LookCase):
    """A task of one debtor: the account, what to copy, a line for each receivable."""

    def test_account_and_identifiers_are_shown(self):
        portal = self._create_portal(
            instructions="Tab: issued invoices",
            identifier_ids=[
                (0, 0, {"key": "service_code", "value": "SERV-7"}),
                (0, 0, {"key": "other", "label": "Vendor", "value": "V-42"}),
            ],
        )
        task, _moves = self._plan(1000)
        form = self._open(task)
        look = form.record
        self.assertRecordValues(
            look,
            [
                {
                    "portal_id": portal.id,
                    "url": "https://portail.chorus-pro.gouv.fr",
                    "login_user_id": self.collector.id,
                    "login": "compta@ateliers-vauban.example",
                    "instructions": "Tab: issued invoices",
                    "has_one": True,
                    "kind": "chorus",
                }
            ],
        )
        self.assertEqual(look.identifier_ids.mapped("display_name")[1], "Vendor")
        self.assertEqual(look.line_ids.service_code, "SERV-7")

    def test_one_status_and_record(self):
        """Two acts after the form is open: the status, then Record."""
        task, moves = self._plan(1000)
        form = self._open(task)
        with form.line_ids.edit(0) as line:
            line.state_id = self._state("chorus_ordered")
        self._record(form)
        self.assertEqual(task.state, "performed")
        self.assertEqual(self._status(moves).state_id.code, "chorus_ordered")
        self.assertEqual(self._status(moves).user_id, self.collector)

    def test_announced_date_is_the_next_payment_run(self):
        self.file.payment_days = "10, 25"
        task, moves = self._plan(1000)
        form = self._open(task)
        with form.line_ids.edit(0) as line:
            line.state_id = self._state("chorus_paying")
            self.assertEqual(line.date_announced, day("2026-09-10"))
            self.assertTrue(line.is_left_alone)
        self._record(form)
        self.assertEqual(self._status(moves).hold_id.date_end, day("2026-09-13"))

    def test_blocked_asks_for_the_reason_and_drops_the_date(self):
        task, moves = self._plan(1000)
        form = self._open(task)
        with form.line_ids.edit(0) as line:
            line.state_id = self._state("chorus_paying")
            line.state_id = self._state("chorus_suspended")
            self.assertFalse(line.date_announced)
            line.reason = "Delivery note missing"
        self._record(form)
        self.assertEqual(self._status(moves).reason, "Delivery note missing")
        self.assertEqual(len(self._activities()), 1)

    def test_the_same_for_all(self):
        task, moves = self._plan(1000, 500, 250)
        form = self._open(task)
        form.all_state_id = self._state("chorus_paying")
        form.all_date = day("2026-09-15")
        with form.line_ids.edit(2) as line:
            line.date_announced = day("2026-09-20")
        self._record(form)
        statuses = self.env["collection.portal.status"].search([], order="id")
        self.assertEqual(statuses.move_id, moves)
        self.assertEqual(
            statuses.mapped("date_announced"),
            [day("2026-09-15"), day("2026-09-15"), day("2026-09-20")],
        )
        self.assertEqual(task.state, "performed")

    def test_line_without_a_status_stays(self):
        task, moves = self._plan(1000, 500)
        form = self._open(task)
        with form.line_ids.edit(0) as line:
            line.state_id = self._state("chorus_ordered")
        answer = self._record(form)
        self.assertIn("Still to look up: 1", answer["params"]["message"])
        self.assertEqual(task.state, "planned")
        self.assertFalse(self._status(moves[1]))
        with self.assertRaises(UserError):
            self._record(self._open(task))

    def test_seen_before_is_shown(self):
        _task, moves = self._plan(1000)
        self._see(self._lines(moves), "chorus_submitted", LOOK_DAY)
        form = self._open(self.file, method="action_portal_look")
        self.assertEqual(
            form.record.line_ids.last_status_id.state_id.code, "chorus_submitted"
        )

    def test_invoice_paid_meanwhile(self):
        task, moves = self._plan(1000)
        self._pay(moves, date=LOOK_DAY)
        with self.assertRaisesRegex(UserError, "paid"):
            self._open(task)

    def test_performed_task_is_refused(self):
        task, moves = self._plan(1000)
        self._see(self._lines(moves), "chorus_ordered", LOOK_DAY)
        with self.assertRaisesRegex(UserError, self.debtor.name):
            self._open(task)

    def test_look_at_what_has_no_task(self):
        """From the file: also what is not due yet."""
        move = self._create_invoice(1000, "2026-09-25")
        form = self._open(self.file, method="action_portal_look")
        self.assertEqual(form.record.line_ids.move_line_id, self._lines(move))
        with form.line_ids.edit(0) as line:
            line.state_id = self._state("chorus_available")
            line.date_available = day("2026-09-01")
        self._record(form)
        self.assertEqual(move.collection_available_on, day("2026-09-01"))

    def test_no_account_and_no_public_body(self):
        file = self.file._get_file(self.company, self._create_debtor("Groupe Vidal"))
        self._create_invoice(1000, partner=file.debtor_id)
        look = self._open(file, method="action_portal_look").record
        self.assertFalse(look.portal_id)
        self.assertEqual(look.kind, "supplier")

    def test_invoice_s_own_identifiers(self):
        """Odoo's reference, and the fields of its Chorus module when it is there."""
        self._create_portal(
            identifier_ids=[
                (0, 0, {"key": "engagement_number", "value": "EJ-0"}),
                (0, 0, {"key": "service_code", "value": "SERV-7"}),
            ]
        )
        move = self._create_invoice(1000, ref="CMD-1")
        look = self._open(self.file, method="action_portal_look").record
        self.assertRecordValues(
            look.line_ids,
            [
                {
                    "order_number": "CMD-1",
                    "engagement_number": "EJ-0",
                    "service_code": "SERV-7",
                }
            ],
        )
        with patch.object(
            type(move), "purchase_order_reference", "EJ-2026-9", create=True
        ):
            look = self._open(self.file, method="action_portal_look").record
        self.assertEqual(look.line_ids.engagement_number, "EJ-2026-9")

    def test_address_of_a_portal_is_a_page(self):
        for url in ("javascript:alert(1)", "chorus", "ftp://x.example"):
            with self.assertRaisesRegex(ValidationError, "https"):
                self._create_portal(url=url)


@tagged("post_install", "-at_install")
class TestPortalRound(LookCase):
    """All invoices to look up on a portal, on one screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ariba = cls.env["collection.portal.site"].create(
            {"name": "Ariba", "url": "https://ariba.example"}
        )
        cls.files = cls.file
        for number in range(3):
            partner = cls._create_debtor(f"Body {number}")
            file = cls.file._get_file(cls.company, partner)
            file.segment_id = cls.file.segment_id
            cls.files += file
        for file, site in zip(
            cls.files, [cls.chorus, cls.chorus, cls.ariba], strict=False
        ):
            cls._create_portal(file, site)
        for file in cls.files:
            cls._create_invoice(1000, partner=file.debtor_id)
        cls.engine.run(date=LOOK_DAY, debtors=cls.files.debtor_id)
        cls.tasks = cls.env["collection.followup"].search([("date", "=", LOOK_DAY)])

    def _visit(self, site, user=None):
        return self._open(site, user, "action_visit")

    def test_tasks_are_grouped_by_portal(self):
        groups = self.env["collection.followup"]._read_group(
            [("id", "in", self.tasks.ids)], ["portal_site_id"], ["__count"]
        )
        self.assertEqual(
            {site.name: count for site, count in groups},
            {"Chorus Pro": 2, "Ariba": 1, False: 1},
        )

    def test_round(self):
        form = self._visit(self.chorus)
        self.assertEqual(form.record.line_ids.file_id, self.files[:2].sorted("id"))
        for index in range(2):
            with form.line_ids.edit(index) as line:
                line.state_id = self._state("chorus_ordered")
        self._record(form)
        states = {task.file_id: task.state for task in self.tasks}
        self.assertEqual(
            [states[file] for file in self.files],
            ["performed", "performed", "planned", "planned"],
        )

    def test_round_of_several_portals(self):
        form = self._open(self.tasks)
        look = form.record
        self.assertEqual(look.line_ids.mapped("site_id.name"), ["Chorus Pro", "Ariba"])
        self.assertFalse(look.kind)
        self.assertEqual(len(look.line_ids), 4)

    def test_only_the_own_portfolio(self):
        self.files[0].collector_id = self._create_user(
            "portal_other", "account_collection.group_collection_all"
        )
        self.assertEqual(
            self._visit(self.chorus).record.line_ids.file_id, self.files[1]
        )

    def test_number_of_queries(self):
        def count(tasks):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["collection.portal.look"]._open(tasks, is_round=True)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(self.tasks[:2])
        self.assertEqual(count(self.tasks[:2]), count(self.tasks))


@tagged("post_install", "-at_install")
class TestPortalShown(PortalCase):
    """The last status on the receivable, the invoice and the debtor's file."""

    def _search(self, *domain):
        found = self.env["collection.receivable"].search(
            [("debtor_id", "=", self.debtor.id), *domain]
        )
        return found.move_id

    def test_last_status(self):
        _task, moves = self._plan(1000, 500)
        lines = self._lines(moves)
        self._see(lines, "chorus_submitted", LOOK_DAY)
        self._see(lines[0], "chorus_rejected", "2026-09-03", reason="Twice")
        self.assertEqual(
            self._receivables(moves).mapped("portal_state_id.code"),
            ["chorus_rejected", "chorus_submitted"],
        )
        self.assertEqual(
            moves.mapped("collection_portal_status_id.state_id.code"),
            ["chorus_rejected", "chorus_submitted"],
        )
        self.file.invalidate_recordset()
        self.assertEqual(len(self.file.portal_status_ids), 2)

    def test_filters(self):
        _task, moves = self._plan(1000, 500, 250)
        lines = self._lines(moves)
        self._see(lines[0], "chorus_submitted", LOOK_DAY)
        self._see(lines[0], "chorus_rejected", "2026-09-03", reason="Twice")
        self._see(lines[1], "chorus_submitted", LOOK_DAY)
        stopped = [("portal_meaning", "in", ("blocked", "rejected"))]
        self.assertEqual(self._search(*stopped), moves[0])
        self.assertEqual(self._search(("portal_meaning", "=", "progress")), moves[1])
        self.assertEqual(self._search(("portal_meaning", "=", False)), moves[2])
        self.assertEqual(self._search(("portal_meaning", "!=", False)), moves[:2])
        for domain in (
            ("portal_state_id.code", "=", "chorus_rejected"),
            ("portal_state_id", "ilike", "rejet"),
        ):
            self.assertEqual(self._search(domain), moves[0])

    def test_number_of_queries(self):
        _task, moves = self._plan(*[100] * 12)
        self._see(self._lines(moves), "chorus_submitted", LOOK_DAY)
        receivables = self._receivables(moves)
        counts = []
        for group in (receivables[:2], receivables[:2], receivables):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            group.mapped("portal_state_id.name")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestPortalRights(PortalCase):
    """Who may see and enter what, in which company."""

    def test_statuses_are_written_by_the_form_alone(self):
        _task, moves = self._plan(1000)
        self._see(self._lines(moves), "chorus_submitted", LOOK_DAY, self.collector)
        chief = self._create_user(
            "portal_chief", "account_collection.group_collection_manager"
        )
        status = self._status(moves).with_user(chief)
        with self.assertRaises(AccessError):
            status.write({"reason": "Other"})
        with self.assertRaises(AccessError):
            status.unlink()

    def test_reader_may_not_enter(self):
        reader = self._create_user(
            "portal_reader", "account_collection.group_collection_readonly"
        )
        portal = self._create_portal()
        task, moves = self._plan(1000)
        self.assertTrue(portal.with_user(reader).has_access("read"))
        self.assertFalse(portal.with_user(reader).has_access("write"))
        with self.assertRaises(AccessError):
            task.with_user(reader).action_perform()
        with self.assertRaises(AccessError):
            self._see(self._lines(moves), "chorus_submitted", LOOK_DAY, reader)

    def test_invoicing_alone_sees_no_status(self):
        user = self._create_user("portal_biller", "account.group_account_invoice")
        move = self._create_invoice(1000)
        with self.assertRaises(AccessError):
            move.with_user(user).read(["collection_portal_status_id"])
        move.with_user(user).read(["collection_available_on"])

    def test_portfolio(self):
        portal = self._create_portal()
        portal.identifier_ids = [(0, 0, {"value": "V-42"})]
        _task, moves = self._plan(1000)
        self._see(self._lines(moves), "chorus_submitted", LOOK_DAY)
        self.file.collector_id = self._create_user(
            "portal_other", "account_collection.group_collection_user"
        )
        for model in ("", ".identifier", ".status"):
            records = self.env[f"collection.portal{model}"]
            self.assertTrue(records.search_count([]))
            self.assertFalse(records.with_user(self.collector).search_count([]))
        move = moves.with_user(self.collector)
        self.assertFalse(move.collection_portal_status_id)

    def test_second_company(self):
        company = self.env["res.company"].create({"name": "Vauban Services"})
        stranger = self._create_user(
            "portal_stranger", "account_collection.group_collection_manager", company
        )
        self._create_portal()
        task, moves = self._plan(1000)
        self._see(self._lines(moves), "chorus_submitted", LOOK_DAY)
        for model in ("collection.portal", "collection.portal.status"):
            self.assertFalse(self.env[model].with_user(stranger).search_count([]))
        with self.assertRaises(AccessError):
            task.with_user(stranger).action_perform()
        visit = self.chorus.with_user(stranger).action_visit
        with self.assertRaises(UserError):
            visit()
