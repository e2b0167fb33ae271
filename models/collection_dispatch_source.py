# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ..reports.letter_pdf import LetterPdfError
from ..reports.stamp_pdf import StampError, stamp

INVOICES = ("out_invoice", "out_refund", "out_receipt")
#: names of files that prove an order or a delivery, in French and in English
PROOFS = re.compile(
    r"(?<![a-z])(bl|bdc|bc|pv|bon|livraison|commande|r[ée]ception|acceptation|sign[ée]e?"
    r"|devis|delivery|order|proof|pod|receipt|signed|acceptance)(?![a-z])",
    re.IGNORECASE,
)
PDF = "application/pdf"
#: machine-readable files prove nothing to a reader
NOT_READ = ("application/xml", "text/xml", "application/json", "text/plain")
#: papers that Odoo makes for one message: each takes more than a second
MADE_AT_MOST = 20


class Source(NamedTuple):
    """A document that can be sent.

    :param key: what it is made of: statement, invoice:<id>, attachment:<id>...
    :param size: bytes, 0 = it is made when it is sent
    :param is_guess: whether it is ticked for the user
    :param move_id: the invoice that it concerns
    """

    key: str
    name: str
    size: int
    is_guess: bool
    move_id: int | None = None


class CollectionDispatchSource(models.AbstractModel):
    """Which documents exist for a debtor's items, and their contents.

    Who may see the debtor's file may see them: sales orders, deliveries and their
    attachments are read with the rights of the superuser, starting from the debtor's
    own invoices alone.
    """

    _name = "collection.dispatch.source"
    _description = "Documents that can be sent"

    # === LISTING === #

    @api.model
    def _get_moves(self, file, move_lines):
        """Return the entries of some items, or of everything open.

        :param move_lines: empty = every open item of the debtor
        :raise UserError: an item is not the debtor's
        """
        file = file.sudo()
        lines = move_lines.sudo()
        for line in lines:
            is_debtor = line.partner_id.commercial_partner_id == file.debtor_id
            if line.company_id != file.company_id or not is_debtor:
                raise UserError(
                    self.env._(
                        "%(document)s is not an item of %(debtor)s in %(company)s.",
                        document=line.move_name or line.display_name,
                        debtor=file.debtor_id.display_name,
                        company=file.company_id.name,
                    )
                )
        if not lines:
            receivables = self.env["collection.receivable"].sudo()
            lines = receivables.search(
                [
                    ("company_id", "=", file.company_id.id),
                    ("debtor_id", "=", file.debtor_id.id),
                ]
            ).move_line_id
        moves = lines.move_id.filtered(lambda move: move.state == "posted")
        return moves.sorted(lambda move: (move.invoice_date or move.date, move.id))

    @api.model
    def _list(self, file, kind: str, move_lines) -> list[Source]:
        """Return the documents of a kind; see ``Source``.

        :raise AccessError: the user may not see the debtor's file
        """
        file.check_access("read")
        if kind == "statement":
            return self._list_statement(file)
        moves = self._get_moves(file, move_lines)
        if kind == "duplicate":
            return self._list_duplicates(moves)
        return self._list_proofs(moves)

    @api.model
    def _list_statement(self, file) -> list[Source]:
        env = self.env
        return [
            Source("statement", env._("Statement of account (PDF)"), 0, True),
            Source("spreadsheet", env._("Statement of account (Excel)"), 0, False),
        ]

    @api.model
    def _list_duplicates(self, moves) -> list[Source]:
        """Return the invoices; of an entry without invoice, the PDFs kept with it."""
        found = []
        kept = self._find_attachments(moves)
        for move in moves:
            if move.move_type in INVOICES:
                stored = self._find_invoice_pdf(move, kept[move.id])
                name = f"{(move.name or '').replace('/', '_')}.pdf"
                key = f"invoice:{move.id}"
                found.append(Source(key, name, stored.file_size or 0, True, move.id))
                continue
            found += [
                self._as_source(attachment, move, True)
                for attachment in kept[move.id]
                if attachment.mimetype == PDF
            ]
        return found

    @api.model
    def _list_proofs(self, moves) -> list[Source]:
        """Return what may prove the order or the delivery of some invoices."""
        kept = self._find_attachments(moves)
        found: dict[str, Source] = {}
        for move in moves:
            own = self._find_invoice_pdf(move, kept[move.id])
            for attachment in kept[move.id] - own:
                source = self._as_source(
                    attachment, move, bool(PROOFS.search(attachment.name or ""))
                )
                found.setdefault(source.key, source)
            orders = move.invoice_line_ids.sale_line_ids.order_id
            for source in self._list_orders(orders, move):
                found.setdefault(source.key, source)
            for source in self._list_deliveries(orders, move):
                found.setdefault(source.key, source)
        return list(found.values())

    @api.model
    def _list_orders(self, orders, move) -> list[Source]:
        """Return the signed orders and what is kept with them."""
        sources = []
        kept = self._find_attachments(orders)
        for order in orders:
            signed_name = f"{order.name}.pdf"
            signed = bool(order.signature)
            has_signed = False
            for attachment in kept[order.id]:
                is_signed = signed and attachment.name == signed_name
                has_signed = has_signed or is_signed
                is_guess = is_signed or bool(PROOFS.search(attachment.name or ""))
                sources.append(self._as_source(attachment, move, is_guess))
            if signed and not has_signed:
                key = f"order:{order.id}"
                sources.append(Source(key, signed_name, 0, True, move.id))
        return sources

    @api.model
    def _list_deliveries(self, orders, move) -> list[Source]:
        """Return the delivery notes, when deliveries are kept in this database."""
        if "picking_ids" not in orders._fields:
            return []
        pickings = orders.picking_ids.filtered(
            lambda one: one.state == "done" and one.picking_type_code == "outgoing"
        )
        sources = []
        kept = self._find_attachments(pickings)
        for picking in pickings:
            for attachment in kept[picking.id]:
                sources.append(self._as_source(attachment, move, True))
            if not kept[picking.id]:
                name = f"{picking.name.replace('/', '_')}.pdf"
                key = f"picking:{picking.id}"
                is_signed = bool(picking.signature)
                sources.append(Source(key, name, 0, is_signed, move.id))
        return sources

    @api.model
    def _find_attachments(self, records) -> dict:
        """Return record -> its files that a person can read, the oldest first."""
        attachments = self.env["ir.attachment"].sudo()
        found = attachments.search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("type", "=", "binary"),
                ("mimetype", "not in", NOT_READ),
            ],
            order="id",
        )
        groups = found.grouped("res_id")
        return {key: groups.get(key, attachments) for key in records.ids}

    @api.model
    def _find_invoice_pdf(self, move, kept):
        """Return the PDF of the invoice as it was sent; empty when it never was.

        Odoo's own first, else one kept with the invoice that bears its number.
        """
        own = move.invoice_pdf_report_id
        if own:
            return own
        number = (move.name or "").replace("/", "_")
        named = kept.filtered(
            lambda one: one.mimetype == PDF and number and number in (one.name or "")
        )
        return named[-1:]

    @staticmethod
    def _as_source(attachment, move, is_guess: bool) -> Source:
        key = f"attachment:{attachment.id}"
        size = attachment.file_size or 0
        return Source(key, attachment.name or key, size, is_guess, move.id)

    # === CONTENTS === #

    @api.model
    def _make(self, file, kind, move_lines, keys, recipient, lang) -> list[tuple]:
        """Return (name, content, mimetype, move id) of the chosen documents.

        :param keys: keys of ``_list``; any other is refused
        :raise UserError: a document is not the debtor's, or cannot be made
        """
        known = {one.key: one for one in self._list(file, kind, move_lines)}
        for key in keys:
            if key not in known:
                raise UserError(
                    self.env._(
                        "A document is no longer there: close the window and choose "
                        "again."
                    )
                )
        unmade = [key for key in keys if not known[key].size]
        if len(unmade) > MADE_AT_MOST:
            raise UserError(
                self.env._(
                    "%(count)s of these documents were never made: at most %(limit)s "
                    "are made for one message. Untick some and send them in another "
                    "one.",
                    count=len(unmade),
                    limit=MADE_AT_MOST,
                )
            )
        return [self._make_one(file, kind, known[key], recipient, lang) for key in keys]

    @api.model
    def _make_one(self, file, kind: str, source: Source, recipient, lang) -> tuple:
        what, _colon, number = source.key.partition(":")
        if what in ("statement", "spreadsheet"):
            return self._make_statement(file, what, recipient, lang)
        if what == "attachment":
            attachment = self.env["ir.attachment"].sudo().browse(int(number))
            content, mimetype = attachment.raw, attachment.mimetype
            if not content:
                raise UserError(
                    self.env._("The file “%s” is empty or lost.", source.name)
                )
        else:
            content, mimetype = getattr(self, f"_render_{what}")(int(number)), PDF
        if kind == "duplicate":
            content = self._stamp(content, source.name, lang)
        return source.name, content, mimetype, source.move_id

    @api.model
    def _make_statement(self, file, what: str, recipient, lang) -> tuple:
        company = file.sudo().company_id
        model = self.env["collection.statement"].sudo().with_context(lang=lang)
        statement = model._read(company, file.debtor_id.ids)[file.debtor_id.id]
        paper = (statement, recipient, lang)
        if what == "spreadsheet":
            content = model._make_xlsx(company, [paper])
            return model._get_file_name(statement, "xlsx"), content, XLSX, None
        try:
            content = model._make_pdfs(company, [paper])[0]
        except LetterPdfError as error:
            raise UserError(str(error)) from error
        return model._get_file_name(statement, "pdf"), content, PDF, None

    @api.model
    def _stamp(self, content: bytes, name: str, lang: str) -> bytes:
        word = self.with_context(lang=lang).env._("DUPLICATE")
        try:
            return stamp(content, word)
        except StampError as error:
            raise UserError(
                self.env._(
                    "“%(name)s” cannot be marked as a duplicate: the PDF is damaged or "
                    "protected (%(reason)s). Leave it out, or send the file by hand.",
                    name=name,
                    reason=error,
                )
            ) from error

    @api.model
    def _render_invoice(self, move_id: int) -> bytes:
        """Return the invoice's PDF as sent, else made now without touching it."""
        move = self.env["account.move"].sudo().browse(move_id)
        move = move.with_company(move.company_id)
        stored = self._find_invoice_pdf(move, self._find_attachments(move)[move.id])
        if stored.raw:
            return stored.raw
        report = move.partner_id.invoice_template_pdf_report_id
        report = report or self.env.ref("account.account_invoices")
        return self._render_report(report.id, move)

    @api.model
    def _render_order(self, order_id: int) -> bytes:
        order = self.env["sale.order"].sudo().browse(order_id)
        return self._render_report("sale.report_saleorder", order)

    @api.model
    def _render_picking(self, picking_id: int) -> bytes:
        picking = self.env["stock.picking"].sudo().browse(picking_id)
        return self._render_report("stock.report_deliveryslip", picking)

    @api.model
    def _render_report(self, reference, record) -> bytes:
        """Return Odoo's own PDF of one record; nothing is stored.

        One record a call: wkhtmltopdf without patches refuses several documents.
        """
        report = self.env["ir.actions.report"].sudo()
        report = report.with_company(record.company_id).with_context(
            report_pdf_no_attachment=True
        )
        content, kind = report._render_qweb_pdf(reference, record.ids)
        if kind != "pdf":
            raise UserError(
                self.env._("The PDF of %s cannot be made now.", record.display_name)
            )
        return content


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
