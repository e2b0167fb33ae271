# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..reports.letter_pdf import count_pages
from .collection_followup_letter import LETTER_CHANNELS, LETTERS_PER_CALL
from .collection_mailing import OPEN_STATES


class CollectionFollowup(models.Model):
    """Letters are printed and posted in batches."""

    _inherit = "collection.followup"

    mailing_id = fields.Many2one(
        "collection.mailing",
        "Batch",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
    )
    mailing_sequence = fields.Integer(
        "Place", readonly=True, copy=False, help="In the printed pile."
    )
    page_count = fields.Integer("Pages", readonly=True, copy=False)
    reference_text = fields.Char("Reference", compute="_compute_reference_text")

    @api.depends("case_id")
    def _compute_reference_text(self):
        for followup in self:
            is_letter = followup.channel in LETTER_CHANNELS
            followup.reference_text = is_letter and followup._get_letter_reference()

    def _is_waiting(self) -> bool:
        """Tell whether the letter has yet to be posted."""
        self.ensure_one()
        return self.state in ("planned", "to_confirm", "queued")

    def _filter_unnumbered(self):
        """Return the registered letters that have no number yet."""
        return self.filtered(
            lambda one: one.channel == "registered" and not one.tracking_number
        )

    def _fill_page_counts(self) -> None:
        """Count the pages of letters whose PDF was made before pages were counted."""
        for letter in self.sudo():
            if letter.attachment_id and not letter.page_count:
                letter.page_count = count_pages(letter.attachment_id.raw)

    @api.model
    def _get_unprinted_domain(self) -> list:
        """What stands in a batch is printed there."""
        return [*super()._get_unprinted_domain(), ("mailing_id", "=", False)]

    def _filter_printable(self):
        """Return the letters that a person prints here; providers take theirs out."""
        return self.filtered(
            lambda one: one.channel in LETTER_CHANNELS and one.state == "queued"
        )

    # === ACTION METHODS === #

    def action_print_batch(self):
        """Make a batch of the chosen letters and open it as one PDF.

        PDFs that are missing are made, the others are checked against the ledger: what
        was paid or held since drops out and is named. Letters of a batch that was
        printed before are printed again as they are. Without a choice: every letter
        that waits to be printed.

        :raise UserError: none of them can be printed
        :return: the action that opens the PDF, and behind it the batch
        """
        self._assert_collector()
        chosen = self or self.search(self._get_unprinted_domain())
        letters = chosen._filter_printable()
        if not letters:
            raise UserError(
                self.env._(
                    "None of these letters waits to be printed: confirm them first, or "
                    "look at why they were cancelled."
                )
            )
        mailings = self.env["collection.mailing"]
        again = letters.filtered(lambda one: one.mailing_id.state in OPEN_STATES)
        if again == letters and len(again.mailing_id) == 1:
            return again.mailing_id.action_print()
        again._refuse_second_batch()
        letters = letters.sudo()
        made = letters.filtered("attachment_id")
        unmade = letters - made
        for start in range(0, len(unmade), LETTERS_PER_CALL):
            unmade[start : start + LETTERS_PER_CALL]._make_letters()
        made._recheck_letters()
        ready = letters.filtered(
            lambda one: one.state == "queued" and one.attachment_id
        )
        dropped = letters - ready
        if not ready:
            return self._notify_dropped(dropped)
        batches = mailings._create_for(ready).with_env(self.env)
        return batches._print(dropped)

    def _refuse_second_batch(self):
        if self:
            raise UserError(
                self.env._(
                    "In an open batch already, print or remove there: %s.",
                    ", ".join(
                        f"{letter.debtor_id.display_name} ("
                        f"{letter.mailing_id.display_name})"
                        for letter in self
                    ),
                )
            )

    def _notify_dropped(self, dropped):
        """Tell why nothing is printed; an error would undo the cancellations."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Nothing is left to print"),
                "message": self.env["collection.mailing"]._describe_dropped(dropped),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_leave_mailing(self):
        """Take letters out of their batch: they wait to be printed again.

        :raise UserError: one of them was posted
        """
        self._assert_collector()
        gone = self.filtered(lambda one: not one._is_waiting())
        if gone:
            raise UserError(
                self.env._(
                    "Only what was not posted leaves a batch: %s.",
                    ", ".join(gone.debtor_id.mapped("display_name")),
                )
            )
        self.sudo().write(
            {
                "mailing_id": False,
                "mailing_sequence": 0,
                "printed_at": False,
                "tracking_number": False,
            }
        )

    def action_clear_number(self):
        """Forget the numbers of letters that were not posted."""
        self._assert_collector()
        if self.filtered("posted_on"):
            raise UserError(self.env._("The number of a posted letter stays."))
        self.sudo().write({"tracking_number": False})

    def action_record_post(self):
        """Open the form that records what the post did with letters."""
        self._assert_collector()
        letters = self.filtered(
            lambda one: one.channel in LETTER_CHANNELS and one.posted_on
        )
        if not letters:
            raise UserError(self.env._("Choose letters that were posted."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What the post did"),
            "res_model": "collection.postal.record",
            "views": [[False, "form"]],
            "target": "new",
            "context": {
                **self.env.context,
                "default_followup_ids": letters.ids,
            },
        }

    def _update_state(self, target: str, **values):
        """The number of a letter that was never posted is free again."""
        changed = super()._update_state(target, **values)
        if target == "cancelled":
            unused = changed.filtered(
                lambda one: one.tracking_number and not one.posted_on
            )
            unused.sudo().write({"tracking_number": False})
        return changed
