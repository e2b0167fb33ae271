# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from ..reports.letter_pdf import join

#: a browser waits for the merged PDF: more letters go in several files
LETTERS_AT_MOST = 500


class CollectionDocuments(http.Controller):
    """The documents of follow-ups, for those who may read them."""

    @http.route("/collection/followup/<int:followup_id>/document", auth="user")
    def document(self, followup_id: int):
        """Show a message as it left, or as it would leave now."""
        followup = self._browse([followup_id])
        if followup.channel in ("letter", "registered"):
            name = followup._get_letter_name()
            return self._pdf(followup._get_preview_document(), name)
        html = followup.sudo()._get_preview_html()
        return request.make_response(
            html, [("Content-Type", "text/html; charset=utf-8")]
        )

    @http.route("/collection/letters", auth="user")
    def letters(self, ids: str = ""):
        """Show the PDFs of several letters as one, in the order asked for."""
        chosen = [
            int(one) for one in ids.split(",") if one.isdecimal() and one.isascii()
        ]
        if len(chosen) > LETTERS_AT_MOST:
            raise UserError(
                request.env._(
                    "Print at most %s letters at once: choose fewer.", LETTERS_AT_MOST
                )
            )
        followups = self._browse(chosen)
        documents = followups.attachment_id.sudo().mapped("raw")
        if not documents:
            raise request.not_found()
        return self._pdf(join(documents), "letters.pdf")

    @staticmethod
    def _browse(ids):
        followups = request.env["collection.followup"].browse(ids).exists()
        try:
            followups.check_access("read")
        except (AccessError, MissingError):
            raise request.not_found() from None
        if not followups:
            raise request.not_found()
        return followups

    @staticmethod
    def _pdf(content: bytes, name: str):
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("Content-Disposition", http.content_disposition(name, "inline")),
        ]
        return request.make_response(content, headers)
