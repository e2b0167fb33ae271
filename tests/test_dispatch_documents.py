# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64
import io

from PIL import Image
from pypdf import PdfReader, PdfWriter

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..reports.stamp_pdf import StampError, stamp
from .dispatch_case import DispatchCase, make_pdf
from .test_letters import pdf_text


def make_image() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(buffer, format="PNG")
    return buffer.getvalue()


@tagged("post_install", "-at_install")
class TestDispatchDocuments(DispatchCase):
    """Duplicates and proofs: what the dialog offers and what is attached."""

    def _offered(self, dialog):
        """Return (name, ticked) of what a dialog offers."""
        return [(line.name, line.is_chosen) for line in dialog.line_ids]

    def _texts(self, dispatch):
        return [pdf_text(one.attachment_id.raw) for one in dispatch.document_ids]

    # === DUPLICATES === #

    def test_invoice_as_it_was_sent_with_a_stamp_on_each_page(self):
        invoice = self._create_invoice(1000, "2026-08-31")
        kept = self._keep_pdf(invoice, "First page", "Second page")
        original = kept.raw
        dispatch = self._send()
        pages = PdfReader(io.BytesIO(dispatch.document_ids.attachment_id.raw)).pages
        self.assertEqual(len(pages), 2)
        for page, words in zip(pages, ("First page", "Second page"), strict=True):
            text = page.extract_text()
            self.assertIn(words, text)
            self.assertIn("DUPLICAT", text)
        self.assertEqual(kept.raw, original)
        self.assertNotEqual(dispatch.document_ids.attachment_id, kept)

    def test_stamp_is_in_the_chosen_language(self):
        invoice = self._create_invoice(1000, "2026-08-31")
        self._keep_pdf(invoice)
        self.assertIn("DUPLICATE", self._texts(self._send(lang="en_US"))[0])

    def test_invoice_that_was_kept_by_hand(self):
        invoice = self._create_invoice(1000, "2026-08-31")
        number = invoice.name.replace("/", "_")
        self._attach(invoice, "Plan du site.pdf")
        self._attach(invoice, f"Facture {number}.pdf", make_pdf("Kept by hand"))
        self.assertIn("Kept by hand", self._texts(self._send())[0])

    def test_invoice_that_was_never_made_is_made_now(self):
        """Odoo's own report; the invoice does not become "sent"."""
        invoice = self._create_invoice(1234.56, "2026-08-31")
        dialog = self._dialog()
        self.assertEqual(dialog.line_ids.size, 0)
        with self.allow_pdf_render():
            dialog.with_context(force_report_rendering=True).action_send()
        dispatch = self.dispatches.search([])
        # Without patches wkhtmltopdf draws the web font of Odoo's report as curves.
        self.assertIn("DUPLICAT", self._texts(dispatch)[0])
        self.assertGreater(dispatch.document_ids.size, 8_000)
        self.assertFalse(invoice.is_move_sent)
        self.assertFalse(invoice.invoice_pdf_report_id)
        self.assertFalse(
            self.env["ir.attachment"].search(
                [("res_model", "=", "account.move"), ("res_id", "=", invoice.id)]
            )
        )

    def test_ticked_items_alone(self):
        first, second, third = (self._create_invoice(10, "2026-08-31") for _x in "abc")
        for invoice in (first, second, third):
            self._keep_pdf(invoice)
        dialog = self._dialog((first + third).line_ids.filtered("date_maturity"))
        names = [f"{one.name.replace('/', '_')}.pdf" for one in (first, third)]
        self.assertEqual(self._offered(dialog), [(name, True) for name in names])
        self.assertEqual(len(self._dialog().line_ids), 3)

    def test_items_of_another_debtor_are_refused(self):
        other = self._create_debtor("Autre Client")
        foreign = self._create_invoice(10, "2026-08-31", other)
        self._keep_pdf(foreign)
        with self.assertRaisesRegex(UserError, foreign.name):
            self._dialog(foreign.line_ids.filtered("date_maturity")).mapped("line_ids")

    def test_document_of_another_debtor_cannot_be_slipped_in(self):
        self._keep_pdf(self._create_invoice(10, "2026-08-31"))
        foreign = self._create_invoice(10, "2026-08-31", self._create_debtor("Autre"))
        kept = self._attach(foreign, "Secret.pdf")
        for key in (f"invoice:{foreign.id}", f"attachment:{kept.id}", "order:1"):
            dialog = self._dialog()
            dialog.line_ids.key = key
            with self.assertRaisesRegex(UserError, "no longer there"):
                dialog.action_send()

    def test_entry_without_invoice(self):
        entry = self._open_item("411100", 50, "2026-08-31")
        dialog = self._dialog(entry.line_ids.filtered("date_maturity"))
        self.assertFalse(dialog.line_ids)
        self.assertIn(entry.name, dialog.warning)
        self._attach(entry, "Ancienne facture.pdf")
        dialog = self._dialog(entry.line_ids.filtered("date_maturity"))
        self.assertEqual(self._offered(dialog), [("Ancienne facture.pdf", True)])

    def test_damaged_pdf_is_named(self):
        invoice = self._create_invoice(10, "2026-08-31")
        self._keep_pdf(invoice).raw = b"%PDF-1.4 nothing"
        with self.assertRaisesRegex(UserError, invoice.name.replace("/", "_")):
            self._send()

    def test_protected_and_turned_pages(self):
        writer = PdfWriter()
        writer.append(io.BytesIO(make_pdf("Secret")))
        writer.encrypt("password")
        buffer = io.BytesIO()
        writer.write(buffer)
        with self.assertRaises(StampError):
            stamp(buffer.getvalue(), "DUPLICATE")
        writer = PdfWriter()
        writer.append(io.BytesIO(make_pdf("Turned")))
        writer.pages[0].rotate(90)
        buffer = io.BytesIO()
        writer.write(buffer)
        page = PdfReader(io.BytesIO(stamp(buffer.getvalue(), "DUPLICATE"))).pages[0]
        self.assertIn("DUPLICATE", page.extract_text())
        self.assertGreater(page.mediabox.width, page.mediabox.height)

    def test_too_many_to_be_made(self):
        for _number in range(21):
            self._create_invoice(10, "2026-08-31")
        with self.assertRaisesRegex(UserError, "21 of these"):
            self._send()

    # === PROOFS === #

    def _order(self, **values):
        """Return a confirmed order and its posted invoice."""
        product = self.env["product.product"].create(
            {"name": "Work", "type": "service", "invoice_policy": "order"}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.debtor.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "price_unit": 100, "tax_ids": False}
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-08-01"
        invoice.action_post()
        return order, invoice

    def test_what_is_kept_with_invoice_and_order(self):
        order, invoice = self._order()
        self._keep_pdf(invoice)
        self._attach(invoice, "BL signé 4711.pdf")
        self._attach(invoice, "logo.png", make_image(), "image/png")
        self._attach(invoice, "factur-x.xml", b"<x/>", "application/xml")
        self._attach(order, "Bon de commande client.pdf")
        self._attach(order, "Photo.png", make_image(), "image/png")
        dialog = self._dialog(kind="proof")
        self.assertEqual(
            self._offered(dialog),
            [
                ("BL signé 4711.pdf", True),
                ("logo.png", False),
                ("Bon de commande client.pdf", True),
                ("Photo.png", False),
            ],
        )
        dialog.action_send()
        dispatch = self.dispatches.search([])
        self.assertEqual(
            dispatch.document_ids.mapped("name"),
            ["BL signé 4711.pdf", "Bon de commande client.pdf"],
        )
        self.assertEqual(dispatch.document_ids.move_id, invoice)
        self.assertNotIn("DUPLICAT", self._texts(dispatch)[0])

    def test_order_signed_on_the_portal(self):
        order, _invoice = self._order()
        order.write(
            {"signature": base64.b64encode(make_image()), "signed_by": "Durand"}
        )
        dialog = self._dialog(kind="proof")
        self.assertEqual(self._offered(dialog), [(f"{order.name}.pdf", True)])
        with self.allow_pdf_render():
            dialog.with_context(force_report_rendering=True).action_send()
        document = self.dispatches.search([]).document_ids
        self.assertEqual(document.name, f"{order.name}.pdf")
        self.assertGreater(document.size, 8_000)
        # The PDF that Odoo keeps when the customer signs takes its place.
        self._attach(order, f"{order.name}.pdf", make_pdf("Signed then"))
        dialog = self._dialog(kind="proof")
        self.assertEqual(self._offered(dialog), [(f"{order.name}.pdf", True)])
        dialog.action_send()
        last = self.dispatches.search([], order="id desc", limit=1)
        self.assertIn("Signed then", self._texts(last)[0])

    def test_none_is_said_and_one_can_be_added(self):
        self._create_invoice(10, "2026-08-31")
        dialog = self._dialog(kind="proof")
        self.assertFalse(dialog.line_ids)
        self.assertIn("add the signed document", dialog.warning)
        with self.assertRaisesRegex(UserError, "at least one"):
            dialog.action_send()
        upload = (
            self.env["ir.attachment"]
            .with_user(self.collector)
            .create(
                {
                    "name": "bl.png",
                    "raw": make_image(),
                    "res_model": dialog._name,
                    "res_id": 0,
                }
            )
        )
        dialog.upload_ids = upload
        dialog.action_send()
        document = self.dispatches.search([]).document_ids
        self.assertEqual((document.name, document.size), ("bl.png", len(make_image())))
        self.assertEqual(document.attachment_id.mimetype, "image/png")

    # === SIZE === #

    def test_too_large_for_one_mail(self):
        self.company.collection_size_limit = 1
        order, invoice = self._order()
        for number in range(3):
            raw = make_pdf(f"BL {number}") + b"%" + b"x" * 450_000
            self._attach(invoice, f"BL {number}.pdf", raw)
        dialog = self._dialog(kind="proof")
        self.assertTrue(dialog.is_too_large)
        self.assertIn("1.4 MB", dialog.size_text)
        with self.assertRaisesRegex(
            UserError, r"3 documents weigh 1.4 MB.*first 2 fit"
        ):
            dialog.action_send()
        self.assertFalse(self.dispatches.search([]))
        dialog.line_ids[0].is_chosen = False
        self.assertFalse(dialog.is_too_large)
        dialog.action_send()
        self.assertEqual(len(self.dispatches.search([]).document_ids), 2)

    def test_by_post_nothing_is_too_large(self):
        self.company.collection_size_limit = 1
        _order, invoice = self._order()
        self._attach(invoice, "BL.pdf", make_pdf("BL") + b"%" + b"x" * 1_100_000)
        dispatch = self._send(kind="proof", channel="letter")
        self.assertEqual(dispatch.state, "queued")

    def test_mail_server_that_takes_less(self):
        self.env["ir.mail_server"].create(
            {"name": "Small", "smtp_host": "mail.example", "max_email_size": 2}
        )
        limit = self.company._get_collection_size_limit()
        self.assertLess(limit, 1_600_000)
        self.assertGreater(limit, 1_500_000)

    def test_large_documents_are_attached_not_linked(self):
        """Odoo would put public links into the mail above 10 MB."""
        self.company.collection_undo_seconds = 0
        _order, invoice = self._order()
        raw = make_pdf("BL") + b"%" + b"x" * 12_000_000
        self._attach(invoice, "BL.pdf", raw)
        self._send(kind="proof")
        sent = self._work_queue()[0]
        self.assertEqual(len(sent["attachments"]), 1)
        self.assertNotIn("access_token", sent["body"])

    # === THE DIALOG === #

    def test_dialog_follows_the_choices(self):
        invoice = self._create_invoice(1000, "2026-08-31")
        self._keep_pdf(invoice)
        contact = self.env["res.partner"].create(
            {
                "name": "Ana Pinto",
                "parent_id": self.debtor.id,
                "email": "ana@debtor.example",
                "lang": "en_US",
            }
        )
        file = self._file()
        model = self._as(self.collector, self.env["collection.dispatch.new"])
        with Form(model.with_context(default_file_id=file.id)) as form:
            self.assertEqual(form.recipient_id, self.debtor)
            self.assertEqual(form.recipient_address, "durand@debtor.example")
            self.assertEqual(form.lang, "fr_FR")
            self.assertEqual(len(form.line_ids), 1)
            form.recipient_id = contact
            self.assertEqual(form.recipient_address, "ana@debtor.example")
            self.assertEqual(form.lang, "en_US")
            form.kind = "statement"
            self.assertEqual(len(form.line_ids), 2)
        dialog = form.record
        self.assertEqual(dialog.line_ids.mapped("is_chosen"), [True, False])
        dialog.action_send()
        dispatch = self.dispatches.search([])
        self.assertEqual((dispatch.kind, dispatch.recipient_id), ("statement", contact))

    def test_accounting_contact_of_the_file_comes_first(self):
        contact = self.env["res.partner"].create(
            {"name": "Compta", "email": "compta@cabinet.example"}
        )
        self._file().contact_ids = [
            Command.create({"role": "accounting", "partner_id": contact.id})
        ]
        dialog = self._dialog()
        self.assertEqual(dialog.recipient_id, contact)
        self.assertEqual(dialog.channel, "email")

    def test_strangers_are_no_recipients(self):
        """Nobody but the debtor's own contacts learns of a debt."""
        self._keep_pdf(self._create_invoice(10, "2026-08-31"))
        stranger = self._create_debtor("Inconnu")
        with self.assertRaisesRegex(UserError, "no contact of"):
            self._send(recipient_id=stranger.id)

    def test_missing_address_is_said(self):
        self.debtor.write({"email": False, "street": False, "city": False})
        self._keep_pdf(self._create_invoice(10, "2026-08-31"))
        dialog = self._dialog()
        self.assertIn("No usable e-mail address", dialog.warning)
        with self.assertRaisesRegex(UserError, "no usable e-mail address"):
            dialog.action_send()
        dialog.channel = "letter"
        with self.assertRaisesRegex(UserError, "postal address"):
            dialog.action_send()

    def test_blacklisted_address_is_refused(self):
        self._keep_pdf(self._create_invoice(10, "2026-08-31"))
        self.env["mail.blacklist"]._add("durand@debtor.example")
        with self.assertRaisesRegex(UserError, "blacklisted"):
            self._send(channel="email", recipient_id=self.debtor.id)

    def test_warnings_of_a_statement(self):
        self._create_invoice(10, "2026-08-31")
        self._create_bank_line(1, "2026-08-01")
        self.env["collection.hold"].create(
            {"debtor_id": self.debtor.id, "reason": "handed_over"}
        )
        warning = self._dialog(kind="statement").warning
        self.assertIn("handed over", warning)
        self.assertIn("bank", warning)
