# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from ..models.collection_debtor_statement import STATEMENTS_AT_MOST
from ..models.collection_dispatch_source import XLSX
from ..reports.letter_pdf import join

PDF = "application/pdf"
#: what a browser shows without running anything; the rest is downloaded
SHOWN = (PDF, "image/png", "image/jpeg", "image/gif", "image/webp")


def _read_ids(text: str) -> list[int]:
    """Return the numbers of a list; anything else is left out."""
    words = (one for one in text.split(",") if one.isdecimal() and one.isascii())
    return [int(one) for one in words if len(one) < 10]


def _respond(content: bytes, mimetype: str, name: str):
    place = "inline" if mimetype in SHOWN else "attachment"
    headers = [
        ("Content-Type", mimetype),
        ("Content-Length", len(content)),
        ("Content-Disposition", http.content_disposition(name, place)),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return request.make_response(content, headers)


class CollectionStatements(http.Controller):
    """Statements of account and documents to send, for those who may read them."""

    @http.route("/collection/statements.<any(pdf, xlsx):extension>", auth="user")
    def statements(self, extension: str, files="", partner="", company=""):
        """Show statements: of debtor files, or of one partner in a company."""
        chosen = self._browse("collection.debtor", _read_ids(files)) if files else None
        if chosen:
            pairs = [(file.company_id, file.debtor_id) for file in chosen]
        else:
            pairs = [self._find_partner(partner, company)]
        if len(pairs) > STATEMENTS_AT_MOST:
            raise request.not_found()
        papers = request.env["collection.statement"].sudo()._prepare_papers(pairs)
        if extension == "pdf":
            return _respond(*self._join(papers))
        return _respond(*self._write_book(papers))

    @staticmethod
    def _join(papers):
        documents = [
            document
            for company, some in papers.items()
            for document in company.env["collection.statement"]._make_pdfs(
                company, some
            )
        ]
        return join(documents), PDF, "statements.pdf"

    @staticmethod
    def _write_book(papers):
        company, some = next(iter(papers.items()))
        if len(papers) > 1:
            raise UserError(
                request.env._("Choose debtors of one company for a workbook.")
            )
        model = company.env["collection.statement"]
        return model._make_xlsx(company, some), XLSX, "statements.xlsx"

    @http.route("/collection/late-fees.<any(pdf, xlsx):extension>", auth="user")
    def late_fees(self, extension: str, file=""):
        """Show the statement of account with late fees of a debtor file."""
        chosen = self._browse("collection.debtor", _read_ids(file)[:1]).sudo()
        fees = chosen.env["collection.late.fees"]
        if extension == "pdf":
            return _respond(fees._make_debtor_pdf(chosen), PDF, "late-fees.pdf")
        return _respond(fees._make_debtor_xlsx(chosen), XLSX, "late-fees.xlsx")

    @http.route("/collection/claim/<int:claim_id>/document", auth="user")
    def claim_document(self, claim_id: int):
        """Show the note of a claim of late fees."""
        claim = self._browse("collection.claim", [claim_id]).sudo()
        name = f"{claim._get_paper_reference().replace('/', '-')}.pdf"
        return _respond(claim._make_pdf(), PDF, name)

    @http.route("/collection/claim/<int:claim_id>/spreadsheet", auth="user")
    def claim_spreadsheet(self, claim_id: int):
        """Return the calculation of a claim of late fees as a workbook."""
        claim = self._browse("collection.claim", [claim_id]).sudo()
        name = f"{claim._get_paper_reference().replace('/', '-')}.xlsx"
        return _respond(claim._make_xlsx(), XLSX, name)

    @http.route("/collection/dispatches", auth="user")
    def dispatches(self, ids: str = ""):
        """Show the PDFs of several dispatches as one, in the order asked for."""
        chosen = self._browse("collection.dispatch", _read_ids(ids))
        attachments = chosen.document_ids.attachment_id.sudo()
        documents = [one.raw for one in attachments if one.mimetype == PDF]
        if not documents:
            raise request.not_found()
        return _respond(join(documents), PDF, "documents.pdf")

    @http.route("/collection/dispatch/<int:dispatch_id>/message", auth="user")
    def message(self, dispatch_id: int):
        """Show the message of a dispatch as it left."""
        dispatch = self._browse("collection.dispatch", [dispatch_id])
        html = dispatch.sudo()._get_message_html()
        return request.make_response(
            html, [("Content-Type", "text/html; charset=utf-8")]
        )

    @http.route("/collection/document/preview", auth="user")
    def preview(self, file="", kind="", key="", lines="", recipient="", lang=""):
        """Show a document as it would be sent, without storing anything."""
        file = self._browse("collection.debtor", _read_ids(file))
        sources = request.env["collection.dispatch.source"]
        moves = request.env["account.move.line"].browse(_read_ids(lines)).exists()
        partners = request.env["collection.dispatch"]._get_possible_recipients(file)
        partner = partners.filtered(lambda one: one.id in _read_ids(recipient))
        langs = {code for code, _name in request.env["res.lang"].get_installed()}
        if kind not in ("duplicate", "statement", "proof") or lang not in langs:
            raise request.not_found()
        partner = partner or file.sudo().debtor_id
        found = sources._make(file, kind, moves, [key], partner, lang)
        name, content, mimetype, _move = found[0]
        return _respond(content, mimetype, name)

    @staticmethod
    def _find_partner(partner: str, company: str):
        """Return a company and a debtor whose statement the user may see."""
        env = request.env
        partners = env["res.partner"].browse(_read_ids(partner)[:1]).exists()
        companies = env["res.company"].browse(_read_ids(company)[:1]).exists()
        if not partners or not companies:
            raise request.not_found()
        try:
            partners._check_collection_statement(companies)
        except (AccessError, MissingError):
            raise request.not_found() from None
        return companies, partners.commercial_partner_id

    @staticmethod
    def _browse(model: str, ids):
        records = request.env[model].browse(ids).exists()
        try:
            records.check_access("read")
        except (AccessError, MissingError):
            raise request.not_found() from None
        if not records:
            raise request.not_found()
        return records
