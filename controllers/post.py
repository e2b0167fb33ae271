# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from .documents import CollectionDocuments


class CollectionPost(http.Controller):
    """The documents of batches of letters, for those who may read them."""

    @http.route("/collection/mailing/<int:mailing_id>/letters", auth="user")
    def letters(self, mailing_id: int):
        """Show the letters of a batch as one PDF, in the order of the envelopes."""
        mailing = self._browse(mailing_id)
        content = mailing._get_letters_document()
        return CollectionDocuments._pdf(content, f"{mailing.display_name}.pdf")

    @http.route("/collection/mailing/<int:mailing_id>/slip", auth="user")
    def slip(self, mailing_id: int):
        """Show the list of registered letters for the post office."""
        mailing = self._browse(mailing_id)
        name = f"{mailing.display_name}-slip.pdf"
        return CollectionDocuments._pdf(mailing._get_slip(), name)

    @staticmethod
    def _browse(mailing_id: int):
        mailing = request.env["collection.mailing"].browse(mailing_id).exists()
        try:
            mailing.check_access("read")
        except (AccessError, MissingError):
            raise request.not_found() from None
        if not mailing:
            raise request.not_found()
        return mailing
