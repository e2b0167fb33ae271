# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io

from reportlab.pdfgen import canvas

from odoo.addons.mail.tests.common import MockEmail

from .statement_case import StatementCase


def make_pdf(*texts: str) -> bytes:
    """Return a PDF with a page for each text."""
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer)
    for text in texts:
        drawing.drawString(100, 700, text)
        drawing.showPage()
    drawing.save()
    return buffer.getvalue()


class DispatchCase(MockEmail, StatementCase):
    """A collector who sends documents to a debtor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.collector = cls._create_user(
            "dispatch_collector",
            "account_collection.group_collection_user",
            name="Claire Collecte",
            lang="en_US",
        )
        cls.reader = cls._create_user(
            "dispatch_reader", "account_collection.group_collection_readonly"
        )
        cls.manager = cls._create_user(
            "dispatch_manager", "account_collection.group_collection_manager"
        )

    @classmethod
    def _as(cls, user, records):
        """Return records as a user sees them, on the policy's day."""
        context = {**cls.env.context, "allowed_company_ids": cls.company.ids}
        return records.with_user(user).with_context(**context)

    @classmethod
    def _keep_pdf(cls, move, *texts):
        """Keep a PDF as the invoice's own, as Odoo does when it sends it."""
        attachment = cls.env["ir.attachment"].create(
            {
                "name": f"{move.name.replace('/', '_')}.pdf",
                "raw": make_pdf(*(texts or (f"Invoice {move.name}",))),
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        move.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])
        return attachment

    @classmethod
    def _attach(cls, record, name, raw=None, mimetype="application/pdf"):
        return cls.env["ir.attachment"].create(
            {
                "name": name,
                "raw": raw or make_pdf(name),
                "mimetype": mimetype,
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    def _dialog(self, lines=None, user=None, partner=None, **values):
        """Return the dialog as its action opens it."""
        file = self._as(user or self.collector, self._file(partner))
        action = file.action_send_documents(lines.ids if lines else [])
        model = self._as(user or self.collector, self.env[action["res_model"]])
        return model.with_context(**action["context"]).create(values)

    def _send(self, **values):
        """Send by the dialog; return the document's record."""
        dialog = self._dialog(**values)
        dialog.action_send()
        return self.dispatches.search([], order="id desc", limit=1)

    def _work_queue(self, date=None):
        """Let Odoo's mail queue work, without a network; return what left."""
        mails = self.env["mail.mail"]
        if date:
            mails = mails.with_context(collection_date=date)
        with self.mock_mail_gateway():
            mails.process_email_queue(mails.search([("state", "=", "outgoing")]).ids)
        return self._mails
