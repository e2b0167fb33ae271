# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..reports.deposit_slip import Slip, draw_slip
from ..reports.letter_pdf import join


class CollectionMailing(models.Model):
    """The documents of a batch."""

    _inherit = "collection.mailing"

    def _get_letters_document(self) -> bytes:
        """Return the PDF of the letters, in printed order.

        A letter that was cancelled after the printing is in the pile no more.

        :raise UserError: there is nothing to print
        """
        self.ensure_one()
        letters = self._get_printed().filtered(lambda one: one.state != "cancelled")
        documents = letters.attachment_id.mapped("raw")
        if not documents:
            raise UserError(self.env._("Nothing is left to print in this batch."))
        return join(documents, self.is_duplex)

    def _get_slip(self) -> bytes:
        """Return the list of the registered letters as a PDF.

        :raise UserError: there is none
        """
        self.ensure_one()
        letters = self._get_printed().filtered(
            lambda one: (
                one.channel == "registered" and (one._is_waiting() or one.posted_on)
            )
        )
        if not letters:
            raise UserError(self.env._("This batch holds no registered letter."))
        return draw_slip(self._prepare_slip(letters))

    def _prepare_slip(self, letters) -> Slip:
        recipients = self.env["collection.recipient"]
        company = self.company_id.sudo()
        rows = []
        for number, letter in enumerate(letters, start=1):
            place = recipients._get_place(letter.recipient_id or letter.debtor_id)
            city = [place.zip, place.city]
            if place.country_id != company.country_id:
                city.append(place.country_id.code)
            rows.append(
                [
                    str(number),
                    letter.tracking_number or "",
                    letter.debtor_id.name or "",
                    " ".join(filter(None, city)),
                    letter._get_letter_reference(),
                ]
            )
        day = self.posted_on or self.env["collection.followup"]._get_today()
        return Slip(
            title=self.env._(
                "Deposit slip of registered letters – %(batch)s – %(date)s",
                batch=self.display_name,
                date=format_date(self.env, day),
            ),
            sender=[company.name, *letters[0]._get_sender_lines()],
            heads=[
                self.env._("No."),
                self.env._("Number of the post"),
                self.env._("Addressee"),
                self.env._("Postcode and city"),
                self.env._("Our reference"),
            ],
            rows=rows,
            total=self.env._("Registered letters: %s", len(rows)),
            boxes=[
                self.env._("Handed in by, date and signature"),
                self.env._("Stamp of the post office"),
            ],
            page_label=self.env._("Page %(page)s"),
        )
