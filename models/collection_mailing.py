# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo import api, fields, models

from ..core.mailing import Piece, count_envelopes, count_sheets, sort_pieces

STATES = [
    ("to_print", "To print"),
    ("printed", "Printed"),
    ("posted", "Posted"),
    ("cancelled", "Nothing left"),
]
#: states of a batch whose letters are still here
OPEN_STATES = ("to_print", "printed")
#: a browser waits for the PDF of a batch: more letters make several batches
LETTERS_AT_MOST = 500


class CollectionMailing(models.Model):
    """Letters that are printed, put into envelopes and posted together.

    to_print, then printed (one PDF in the order of the envelopes), then posted when
    each letter has its proof; letters that dropped out are shown with their reason.
    Its state follows from its letters, which it never changes but by their own rules.
    """

    _name = "collection.mailing"
    _description = "Batch of letters"
    _check_company_auto = True
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Made by",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    followup_ids = fields.One2many(
        "collection.followup", "mailing_id", "Letters", readonly=True
    )
    is_duplex = fields.Boolean("Both sides", readonly=True)
    printed_at = fields.Datetime("Printed on", readonly=True)
    note = fields.Text()

    state = fields.Selection(STATES, compute="_compute_state", store=True, index=True)
    posted_on = fields.Date(compute="_compute_state", store=True)
    letter_count = fields.Integer(
        "Letters to post", compute="_compute_counts", compute_sudo=True
    )
    registered_count = fields.Integer(
        "Registered", compute="_compute_counts", compute_sudo=True
    )
    waiting_count = fields.Integer(
        "Not posted yet", compute="_compute_counts", compute_sudo=True
    )
    unnumbered_count = fields.Integer(
        "Without a number", compute="_compute_counts", compute_sudo=True
    )
    dropped_count = fields.Integer(
        "Dropped out", compute="_compute_counts", compute_sudo=True
    )
    sheet_count = fields.Integer("Sheets", compute="_compute_counts", compute_sudo=True)
    envelopes_text = fields.Char(
        "Envelopes", compute="_compute_counts", compute_sudo=True
    )

    receipt_file = fields.Binary(
        "Posting receipt",
        attachment=True,
        help="The deposit slip with the stamp of the post office.",
    )
    receipt_name = fields.Char("Name of the receipt")
    receipt_sha256 = fields.Char(
        "Receipt's SHA-256", compute="_compute_receipt_sha256", store=True
    )

    # === COMPUTE METHODS === #

    def _compute_display_name(self):
        for mailing in self:
            number = mailing.id if isinstance(mailing.id, int) else 0
            mailing.display_name = f"PLI{number:06d}" if number else ""

    @api.model
    def _search_display_name(self, operator, value):
        """Find batches by their number, with or without its letters."""
        if operator not in ("=", "ilike", "in"):
            return NotImplemented
        texts = [value] if isinstance(value, str) else value
        digits = ["".join(filter(str.isdigit, str(text))) for text in texts]
        return [("id", "in", [int(one[:9]) for one in digits if one])]

    @api.depends("printed_at", "followup_ids.state", "followup_ids.posted_on")
    def _compute_state(self):
        for mailing in self:
            letters = mailing.followup_ids
            posted = letters.filtered("posted_on").mapped("posted_on")
            mailing.posted_on = max(posted, default=False)
            if letters.filtered(lambda one: one._is_waiting()):
                mailing.state = "printed" if mailing.printed_at else "to_print"
            else:
                mailing.state = "posted" if posted else "cancelled"

    @api.depends("followup_ids.state", "followup_ids.tracking_number", "is_duplex")
    @api.depends_context("lang")
    def _compute_counts(self):
        for mailing in self:
            letters = mailing.followup_ids
            waiting = letters.filtered(lambda one: one._is_waiting())
            kept = waiting | letters.filtered("posted_on")
            registered = kept.filtered(lambda one: one.channel == "registered")
            pieces = self._get_pieces(kept, mailing.company_id, mailing.is_duplex)
            mailing.letter_count = len(kept)
            mailing.registered_count = len(registered)
            mailing.waiting_count = len(waiting)
            mailing.unnumbered_count = len(waiting._filter_unnumbered())
            mailing.dropped_count = len(letters - kept)
            mailing.sheet_count = sum(piece.sheets for piece in pieces)
            mailing.envelopes_text = mailing._describe_envelopes(pieces)

    def _describe_envelopes(self, pieces) -> str:
        words = [
            self.env._("%(count)s of 1 sheet", count=count)
            if sheets == 1
            else self.env._(
                "%(count)s of %(sheets)s sheets", count=count, sheets=sheets
            )
            for sheets, count in count_envelopes(pieces).items()
        ]
        return ", ".join(words)

    @api.depends("receipt_file")
    def _compute_receipt_sha256(self):
        for mailing in self:
            # Not the size of the file, which a form reads instead of it.
            document = mailing.with_context(bin_size=False)._get_receipt()
            digest = document and hashlib.sha256(document).hexdigest()
            mailing.receipt_sha256 = digest or False

    def _get_receipt(self) -> bytes:
        """Return the posting receipt as it was received."""
        self.ensure_one()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self._origin.id),
                    ("res_field", "=", "receipt_file"),
                ]
            )
        )
        return attachment.raw or b""

    # === MAKING A BATCH === #

    @api.model
    def _create_for(self, letters):
        """Put letters into new batches, one for each company, in printing order.

        :param letters: confirmed ones with their PDF, in no open batch
        :return: the batches
        """
        letters._fill_page_counts()
        batches = []
        for company, group in letters.grouped("company_id").items():
            is_duplex = company.sudo().collection_duplex
            pieces = sort_pieces(self._get_pieces(group, company, is_duplex))
            for start in range(0, len(pieces), LETTERS_AT_MOST):
                batches.append((company, pieces[start : start + LETTERS_AT_MOST]))
        mailings = self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "is_duplex": company.sudo().collection_duplex,
                }
                for company, _pieces in batches
            ]
        )
        for mailing, (_company, pieces) in zip(mailings, batches, strict=True):
            for sequence, piece in enumerate(pieces, start=1):
                letter = letters.browse(piece.id)
                letter.mailing_id = mailing
                letter.mailing_sequence = sequence
        return mailings

    @api.model
    def _get_pieces(self, letters, company, is_duplex: bool) -> list[Piece]:
        """Return what sorting and counting need of letters."""
        recipients = self.env["collection.recipient"]
        letters = letters.sudo()
        letters.recipient_id.fetch(
            ["name", "street", "street2", "zip", "city", "country_id", "parent_id"]
        )
        pieces = []
        for letter in letters:
            place = recipients._get_place(letter.recipient_id or letter.debtor_id)
            abroad = place.country_id - company.country_id
            pieces.append(
                Piece(
                    letter.id,
                    letter.channel == "registered",
                    count_sheets(letter.page_count, is_duplex),
                    abroad.code or "",
                    place.zip or "",
                    letter.debtor_id.name or "",
                )
            )
        return pieces

    def _get_printed(self):
        """Return the letters in the order in which they were printed.

        Those that dropped out are still in the pile: they keep their place.
        """
        self.ensure_one()
        return self.sudo().followup_ids.sorted("mailing_sequence")
