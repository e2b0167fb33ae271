# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models
from odoo.exceptions import UserError


class CollectionFollowup(models.Model):
    """What proves that a follow-up was performed: each channel has its own proof."""

    _inherit = "collection.followup"

    def _assert_proof(self):
        """Refuse "performed" without the channel's proof.

        :raise UserError: what is missing, and on which follow-up
        """
        for followup in self.filtered(lambda followup: not followup.is_simulated):
            missing = followup._get_missing_proof()
            if missing:
                raise UserError(
                    self.env._(
                        "%(followup)s of %(debtor)s cannot be marked performed: "
                        "%(missing)s.",
                        followup=followup.display_name,
                        debtor=followup.debtor_id.display_name,
                        missing=missing,
                    )
                )

    def _get_missing_proof(self) -> str | None:
        """Return what proves the follow-up and is missing, None when it is proved.

        ``_get_missing_<channel>_proof`` for each channel, a note where there is none.
        """
        self.ensure_one()
        check = f"_get_missing_{self.channel}_proof"
        return getattr(self, check, self._get_missing_note_proof)()

    def _get_missing_email_proof(self) -> str | None:
        if self.mail_id.state == "sent":
            return None
        return self.env._("the mail was not sent")

    def _get_missing_letter_proof(self) -> str | None:
        if self.attachment_id and self.posted_on:
            return None
        return self.env._("the PDF or the day of posting is missing")

    def _get_missing_registered_proof(self) -> str | None:
        if self.attachment_id and self.posted_on and self.tracking_number:
            return None
        return self.env._("the PDF, the day of posting or the number is missing")

    def _get_missing_call_proof(self) -> str | None:
        if self.call_result:
            return None
        return self.env._("the result of the call is missing")

    def _get_missing_handoff_proof(self) -> str | None:
        if self.handoff_result:
            return None
        return self.env._("the decision to hand over or not is missing")

    def _get_missing_note_proof(self) -> str | None:
        """A channel without a proof of its own is proved by words."""
        return None if self.note else self.env._("note what was done")
