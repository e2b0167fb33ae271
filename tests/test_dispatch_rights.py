# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import file_open, mute_logger

from .dispatch_case import DispatchCase, make_pdf
from .test_letters import pdf_text

#: what no record can be
RUBBISH = ("", ",", "abc", "1;drop", "-1", "1.5", "²", "9" * 12, "[1]", "%00")


@tagged("post_install", "-at_install")
class TestDispatchRights(DispatchCase, HttpCase):
    """Who may read, print and send, as each role and in a second company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_invoice(1000, "2026-08-31")
        cls._keep_pdf(cls.invoice)
        cls.file = cls._file()
        cls.second = cls.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        cls.stranger = cls._create_user(
            "rights_stranger",
            "account_collection.group_collection_manager",
            company=cls.second,
        )
        cls.accountant = cls._create_user(
            "rights_accountant", "account.group_account_invoice"
        )
        cls.seller = cls._create_user("rights_seller", "sales_team.group_sale_salesman")
        cls.colleague = cls._create_user(
            "rights_colleague", "account_collection.group_collection_user"
        )

    def setUp(self):
        super().setUp()
        self.visitor = None

    def _get(self, url, user):
        if user != self.visitor:
            self.authenticate(user.login, user.login)
            self.visitor = user
        with mute_logger("odoo.http"):
            return self.url_open(url, allow_redirects=False)

    def _status(self, url, user):
        return self._get(url, user).status_code

    # === STATEMENTS === #

    def test_statement_of_a_debtor_file(self):
        url = self._as(self.reader, self.file).action_print_statement()["url"]
        for user in (self.reader, self.collector, self.manager):
            answer = self._get(url, user)
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.headers["Content-Type"], "application/pdf")
            self.assertIn("1 000,00 €", pdf_text(answer.content))
        for user in (self.accountant, self.seller, self.stranger):
            self.assertEqual(self._status(url, user), 404, user.login)

    def test_statements_of_several_debtors_in_one_pdf(self):
        other = self._create_debtor("Atelier Blanc")
        self._create_invoice(50, "2026-08-31", other)
        files = self.file + self._file(other)
        url = self._as(self.reader, files).action_print_statement()["url"]
        content = self._get(url, self.reader).content
        self.assertEqual(len(PdfReader(io.BytesIO(content)).pages), 2)
        url = self._as(self.reader, files).action_export_statement()["url"]
        answer = self._get(url, self.reader)
        self.assertIn("spreadsheet", answer.headers["Content-Type"])
        self.assertTrue(answer.content.startswith(b"PK"))

    def test_statement_of_a_partner_for_accountants(self):
        """Who keeps the books needs no right of collection."""
        contact = self.env["res.partner"].create(
            {"name": "Claire", "parent_id": self.debtor.id}
        )
        partner = self._as(self.accountant, contact)
        url = partner.action_collection_statement()["url"]
        answer = self._get(url, self.accountant)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("1 000,00 €", pdf_text(answer.content))
        for user in (self.seller, self.stranger):
            self.assertEqual(self._status(url, user), 404, user.login)
            with self.assertRaises(AccessError):
                self.debtor.with_user(user).with_company(
                    self.company
                ).action_collection_statement()

    def test_statement_of_another_one_s_portfolio(self):
        """Not by the way of the partner either."""
        self.file.collector_id = self.colleague
        url = f"/collection/statements.pdf?files={self.file.id}"
        by_partner = (
            f"/collection/statements.pdf?partner={self.debtor.id}"
            f"&company={self.company.id}"
        )
        for address in (url, by_partner):
            self.assertEqual(self._status(address, self.collector), 404)
            self.assertEqual(self._status(address, self.colleague), 200)
            self.assertEqual(self._status(address, self.reader), 200)

    def test_rubbish_is_not_found(self):
        for word in RUBBISH:
            for url in (
                f"/collection/statements.pdf?files={word}",
                f"/collection/statements.pdf?partner={word}&company={word}",
                f"/collection/dispatches?ids={word}",
                f"/collection/document/preview?file={word}&kind=duplicate&lang=fr_FR",
            ):
                self.assertEqual(self._status(url, self.reader), 404, url)
        self.assertEqual(
            self._status(
                f"/collection/statements.exe?files={self.file.id}", self.reader
            ),
            404,
        )

    # === DOCUMENTS === #

    def test_preview_shows_and_stores_nothing(self):
        before = self.env["ir.attachment"].search_count([])
        dialog = self._dialog()
        answer = self._get(dialog.line_ids.preview, self.collector)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("DUPLICAT", pdf_text(answer.content))
        dialog = self._dialog(kind="statement")
        answer = self._get(dialog.line_ids[0].preview, self.collector)
        self.assertIn("1 000,00 €", pdf_text(answer.content))
        self.assertEqual(self.env["ir.attachment"].search_count([]), before)
        for user in (self.seller, self.accountant, self.stranger):
            url = dialog.line_ids[0].preview
            self.assertEqual(self._status(url, user), 404, user.login)

    def test_preview_of_a_file_that_could_run_is_a_download(self):
        self._attach(self.invoice, "bl.html", b"<script>1</script>", "text/html")
        dialog = self._dialog(kind="proof")
        answer = self._get(dialog.line_ids.preview, self.collector)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_preview_of_a_foreign_document_is_refused(self):
        foreign = self._create_invoice(10, "2026-08-31", self._create_debtor("Autre"))
        kept = self._attach(foreign, "Secret.pdf", make_pdf("Secret"))
        for key in (f"attachment:{kept.id}", f"invoice:{foreign.id}", "order:1", "x"):
            url = (
                f"/collection/document/preview?file={self.file.id}&kind=proof"
                f"&key={key}&lang=fr_FR"
            )
            answer = self._get(url, self.collector)
            self.assertNotEqual(answer.status_code, 200)
            self.assertNotIn(b"Secret", answer.content)

    def test_documents_and_message_of_a_dispatch(self):
        dispatch = self._send()
        pdf = f"/collection/dispatches?ids={dispatch.id}"
        message = f"/collection/dispatch/{dispatch.id}/message"
        for user in (self.reader, self.collector, self.manager):
            self.assertEqual(self._status(pdf, user), 200)
            self.assertIn(b"durand@debtor.example", self._get(message, user).content)
        for user in (self.seller, self.accountant, self.stranger):
            self.assertEqual(self._status(pdf, user), 404)
            self.assertEqual(self._status(message, user), 404)

    # === SENDING === #

    def test_only_collectors_send(self):
        with self.assertRaises(AccessError):
            self._dialog(user=self.reader)
        dispatches = self._as(self.reader, self.dispatches)
        with self.assertRaises(AccessError):
            dispatches._create_request(
                self._as(self.reader, self.file),
                "statement",
                ["statement"],
                self.debtor,
                "fr_FR",
            )
        for user in (self.seller, self.accountant, self.stranger):
            with self.assertRaises(AccessError):
                self._as(user, self.file).action_send_documents()

    def test_own_portfolio(self):
        self.file.collector_id = self.colleague
        with self.assertRaises(AccessError):
            self._dialog()
        model = self._as(self.collector, self.env["collection.dispatch.new"])
        with self.assertRaises(AccessError):
            model.create({"file_id": self.file.id}).mapped("line_ids.name")
        dispatch = self._send(user=self.colleague)
        self.assertFalse(self._as(self.collector, self.dispatches).search([]))
        document = self._as(self.collector, dispatch.document_ids)
        for record in (self._as(self.collector, dispatch), document):
            with self.assertRaises(AccessError):
                record.check_access("read")
        with self.assertRaises(AccessError):
            document.attachment_id.read(["raw"])
        self.assertTrue(self._as(self.manager, self.dispatches).search([]))

    def test_second_company(self):
        dispatch = self._send()
        manager = self.stranger
        records = dispatch.with_user(manager).with_context(
            allowed_company_ids=self.second.ids
        )
        self.assertFalse(records.search([]))
        with self.assertRaises(AccessError):
            records.check_access("read")
        preview = records.env["collection.statement.preview"].action_open()
        lines = (
            records.env["collection.statement.preview"]
            .browse(preview["res_id"])
            .line_ids
        )
        self.assertFalse(lines)

    def test_readers_look_and_change_nothing(self):
        dispatch = self._as(self.reader, self._send())
        self.assertEqual(dispatch.state, "queued")
        for name in (
            "action_cancel",
            "action_retry",
            "action_posted",
            "action_confirm",
        ):
            with self.assertRaises(UserError):  # an AccessError is one
                getattr(dispatch, name)()
        self.assertEqual(dispatch.state, "queued")
        self.assertIn("/collection/dispatches", dispatch.action_print()["url"])
        model = self._as(self.reader, self.env["collection.statement.preview"])
        preview = model.browse(model.action_open()["res_id"])
        self.assertEqual(preview.line_ids.debtor_id, self.debtor)
        with self.assertRaises(AccessError):
            preview.action_send()

    def test_a_neutralised_copy_sends_no_document(self):
        self.company.collection_statement_policy = "everyone"
        dispatch = self._send()
        self.env.flush_all()
        with file_open("account_collection/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual(dispatch.state, "cancelled")
        self.assertEqual(dispatch.mail_id.state, "cancel")
        self.assertEqual(self.company.collection_statement_policy, "off")
