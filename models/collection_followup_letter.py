# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..reports.letter_pdf import LetterPdfError, count_pages

_logger = logging.getLogger(__name__)

#: letters of one call: above, wkhtmltopdf's time grows faster than their number
LETTERS_PER_CALL = 50
LETTER_CHANNELS = ("letter", "registered")


class CollectionFollowup(models.Model):
    """Letters: made outside the planning, many in one call, each stored once."""

    _inherit = "collection.followup"

    def _run_letter(self, _reading=None):
        """Queue letters for the making of their PDF."""
        self._update_state("queued", failure_code=False, reason=False)
        self._trigger_cron("account_collection.ir_cron_letters")

    def _run_registered(self, _reading=None):
        self._run_letter()

    @api.model
    def _cron_make_letters(self):
        """Make the PDFs of the queued letters, a call at a time."""
        cron = self.env["ir.cron"]
        domain = self._get_unmade_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        while batch := self.search(
            domain, limit=LETTERS_PER_CALL, order="company_id, id"
        ):
            locked = batch.try_lock_for_update()
            if not locked:
                break
            locked._make_letters()
            left = cron._commit_progress(len(locked))
            if not left or len(locked) < len(batch):
                break

    @api.model
    def _get_unmade_domain(self):
        return [
            ("state", "=", "queued"),
            ("channel", "in", LETTER_CHANNELS),
            ("attachment_id", "=", False),
        ]

    def _make_letters(self):
        """Check the letters once more, make their PDFs and keep them with their hash.

        One that cannot be made is marked failed with the reason; the others go on.
        """
        alive = self._refresh_lines()
        for company, group in alive.grouped("company_id").items():
            pages = group._render_letters()
            self.browse(pages).with_company(company)._store_letters(pages)

    def _recheck_letters(self):
        """Check letters whose PDF waits to be printed against the ledger of now.

        One that has nothing left to claim is cancelled; one whose figures changed gets
        a new PDF. What was posted stays as it left.
        """
        waiting = self.filtered(
            lambda letter: (
                letter.state == "queued"
                and letter.channel in LETTER_CHANNELS
                and letter.attachment_id
            )
        )
        before = {letter.id: letter.fingerprint for letter in waiting}
        alive = waiting._refresh_lines()
        changed = alive.filtered(lambda letter: letter.fingerprint != before[letter.id])
        outdated = changed.attachment_id
        changed.write({"attachment_id": False, "sha256": False})
        outdated.unlink()
        changed._make_letters()

    def _render_letters(self) -> dict[int, Markup]:
        """Return follow-up -> HTML of its letter; one that cannot be made has none."""
        pages = {}
        reading = self._get_reading()
        for (template, lang), letters in self.grouped(
            lambda followup: (followup.step_id._get_template(), followup.lang)
        ).items():
            texts = letters._render_texts(template, lang, reading)
            self.browse(texts)._keep_fees(reading.fees)
            for letter_id, words in texts.items():
                letter = self.browse(letter_id)
                pages[letter_id] = letter._render_letter(*words, reading)
        return pages

    def _store_letters(self, pages: dict[int, Markup]):
        """Turn pages into PDFs and store them; halve the batch when it fails.

        :param pages: follow-up -> HTML of its letter
        """
        if not self:
            return
        try:
            documents = self._convert_letters(pages)
        except (UserError, LetterPdfError, OSError) as error:
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._store_letters(pages)
                self[half:]._store_letters(pages)
                return
            _logger.warning("The letter of follow-up %s cannot be made", self.id)
            self._fail_rendering(str(error))
            return
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": followup._get_letter_name(),
                    "raw": document,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": followup.id,
                    "company_id": followup.company_id.id,
                }
                for followup, document in zip(self, documents, strict=True)
            ]
        )
        for followup, attachment, document in zip(
            self, attachments, documents, strict=True
        ):
            followup.write(
                {
                    "attachment_id": attachment.id,
                    "sha256": hashlib.sha256(document).hexdigest(),
                    "page_count": count_pages(document),
                }
            )

    def _convert_letters(self, pages: dict[int, Markup]) -> list[bytes]:
        """Return the PDF of each letter, from one call of wkhtmltopdf.

        :raise LetterPdfError: the pages of a letter were not found
        :raise UserError: wkhtmltopdf failed
        """
        return self.env["collection.paper"]._convert(
            [pages[followup.id] for followup in self],
            [followup._get_page_notes() for followup in self],
            has_barcode=True,
        )

    def _render_letter(self, subject: str, body: Markup, reading) -> Markup:
        """Return the HTML of one letter in the recipient's language.

        :param reading: a formal notice encloses the statement of its late fees
        """
        self.ensure_one()
        local = self.with_context(lang=self.lang or self.env.user.lang)
        company = local.company_id.sudo()
        recipient = local._get_recipient_lines()
        return local.env["ir.qweb"]._render(
            "account_collection.letter",
            {
                "followup": local,
                "company": company,
                "logo": not company.uses_default_logo and company.logo.decode(),
                "sender_lines": local._get_sender_lines(),
                "recipient_lines": recipient,
                "is_dense": self.env["collection.paper"]._is_dense_address(recipient),
                "reference": local._get_letter_reference(),
                "subject": subject,
                "body": body,
                "sheets": local._get_enclosed_sheets(reading),
                "scale": self.env["collection.paper"]._get_scale(),
            },
        )

    def _get_enclosed_sheets(self, reading) -> list[dict]:
        """Return the statements of late fees that a formal notice encloses."""
        if self.level_id.code != "notice":
            return []
        claimed = reading.figures[self.id].totals()
        sheets = self.env["collection.late.fees"]
        return [
            sheets._get_sheet(total, self.fees_until, claimed.get(currency))
            for currency, total in reading.fees[self.id].items()
            if total.left
        ]

    # === ACTION METHODS === #

    def action_open_document(self):
        """Show the message as it left, or as it would leave now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/followup/{self.id}/document",
            "target": "new",
        }

    def action_print(self):
        """Open the chosen letters as one PDF, in the order in which they stand.

        Those about to be posted are checked first: what was paid or held since is
        cancelled, and a letter whose figures changed is made again.
        """
        if self.env.user.has_group("account_collection.group_collection_user"):
            self._assert_collector()
            self.sudo()._recheck_letters()
        letters = self.filtered(
            lambda letter: letter.attachment_id and letter.state != "cancelled"
        )
        if not letters:
            raise UserError(
                self.env._(
                    "No PDF is ready: confirm the letters and wait a minute, or look "
                    "at why they were cancelled."
                )
            )
        letters.sudo().filtered(lambda letter: letter.state == "queued").write(
            {"printed_at": fields.Datetime.now()}
        )
        ids = ",".join(map(str, letters.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/letters?ids={ids}",
            "target": "new",
        }

    @api.model
    def action_print_waiting(self):
        """Print every confirmed letter that nobody has printed yet."""
        letters = self.search(self._get_unprinted_domain())
        if not letters:
            raise UserError(self.env._("No letter waits to be printed."))
        return letters.action_print_batch()

    def action_mark_returned(self):
        """Record that letters came back: the addressee is unknown at this address.

        The step counts no more and goes to the next contact or channel, never to the
        same address. A letter that was refused or not claimed was presented: it stays
        performed.

        :raise UserError: none of them is a letter that was posted
        """
        self._assert_collector()
        letters = self.filtered(
            lambda one: one.channel in LETTER_CHANNELS and one.state == "performed"
        )
        if not letters:
            raise UserError(self.env._("Only a letter that was posted can come back."))
        letters._record_by_hand("unknown_address")

    def action_make_letters(self):
        """Make the PDFs of the chosen letters at once."""
        self._assert_collector()
        self.sudo().filtered_domain(self._get_unmade_domain())._make_letters()

    def _get_preview_html(self) -> Markup:
        """Return the message as it left, or its text as it would be now."""
        self.ensure_one()
        template = self.step_id._get_template()
        if self.mail_id:
            subject, body = self.mail_id.subject, Markup(self.mail_id.body_html or "")
        elif template:
            subject, body = self._render_batch(template, self.lang)[self.id]
        else:
            subject, body = self.subject_text, self.items_table
        return self.env["ir.qweb"]._render(
            "account_collection.message_preview",
            {"followup": self, "subject": subject, "body": body},
        )

    def _get_preview_document(self) -> bytes:
        """Return the PDF as stored, or as it would be now, without storing it."""
        self.ensure_one()
        if self.attachment_id:
            return self.attachment_id.sudo().raw
        followup = self.sudo()
        template = followup.step_id._get_template()
        reading = followup._get_reading()
        texts = followup._render_batch(template, followup.lang, reading)
        pages = {self.id: followup._render_letter(*texts[self.id], reading)}
        return followup._convert_letters(pages)[0]
