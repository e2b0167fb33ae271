# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import UserError

from ..core.postal_rhythm import GRACE
from .collection_followup import UNDELIVERABLE
from .collection_followup_letter import LETTER_CHANNELS
from .collection_followup_provider import BY_HAND


class CollectionFollowup(models.Model):
    """What persons do with letters that a provider posts."""

    _inherit = "collection.followup"

    def action_print(self):
        """Open what a person posts; what a provider posts is left out, and said so."""
        rest, message = self._leave_provider_out()
        action = super(CollectionFollowup, rest).action_print()
        return self._say_first(message, action)

    def action_print_batch(self):
        """Print what a person posts; what a provider posts is left out, and said so."""
        rest, message = self._leave_provider_out()
        action = super(CollectionFollowup, rest).action_print_batch()
        return self._say_first(message, action)

    def _filter_printable(self):
        """A provider's letters are not printed here."""
        return super()._filter_printable().filtered(lambda one: not one.provider_id)

    def _leave_provider_out(self) -> tuple:
        """Return the letters that a person prints, and what to say of the others.

        :raise UserError: all of them are a provider's
        """
        left_out = self._filter_with_provider()
        if not left_out:
            return self, ""
        message = self.env._(
            "%(count)s letters are posted by %(providers)s and were left out. To post "
            "one yourself, choose “Post by hand” on it first.",
            count=len(left_out),
            providers=", ".join(left_out.provider_id.mapped("name")),
        )
        if left_out == self:
            raise UserError(message)
        return self - left_out, message

    @staticmethod
    def _say_first(message: str, action: dict) -> dict:
        """Return an action that says something, then does the other."""
        if not message:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": message,
                "next": action,
            },
        }

    def action_perform(self):
        """A provider's letters are performed by their proof, not by a form."""
        theirs = self._filter_with_provider()
        if theirs:
            raise UserError(
                self.env._(
                    "%(provider)s posts %(letter)s and proves it by itself. Choose "
                    "“Post by hand” first if you have posted it.",
                    provider=theirs[0].provider_id.name,
                    letter=theirs[0].display_name,
                )
            )
        return super().action_perform()

    def action_cancel(self):
        """Take letters back from their provider before they are cancelled.

        :raise UserError: one of them cannot be taken back any more
        """
        self._assert_collector()
        self.sudo()._filter_with_provider()._take_back()
        return super().action_cancel()

    def action_retry(self):
        """Letters whose fate is unknown are asked for before they are sent again."""
        self._assert_collector()
        unsure = self.filtered(
            lambda letter: (
                letter.state == "failed"
                and letter.failure_code == "unknown_fate"
                and letter.claimed_at
                and letter.provider_id.active
            )
        ).sudo()
        for letter in unsure:
            letter._update_state(
                "queued",
                failure_code=False,
                reason=False,
                provider_state="draft" if letter.provider_ref else "claimed",
                provider_tries=0,
                provider_next_at=max(fields.Datetime.now(), letter.claimed_at + GRACE),
            )
        if unsure:
            unsure.with_env(self.env)._log_act("retry")
            self._trigger_cron("account_collection.ir_cron_hand_over")
        rest = self - unsure
        return super(CollectionFollowup, rest).action_retry() if rest else None

    def action_mark_sent(self):
        """A letter that left is recorded with its day of posting and its number."""
        letters = self.filtered(
            lambda one: (
                one.state == "failed"
                and one.failure_code == "unknown_fate"
                and one.channel in LETTER_CHANNELS
            )
        )
        rest = self - letters
        if not letters:
            return super().action_mark_sent()
        if rest:
            raise UserError(self.env._("Choose letters alone, or e-mails alone."))
        action = self.action_perform()
        action["context"] = {**action["context"], BY_HAND: True}
        return action

    def action_post_by_hand(self):
        """Take letters back: a person prints and posts them.

        :raise UserError: one of them was handed over for good
        """
        self._assert_collector()
        letters = self.sudo().filtered("provider_id")
        if not letters:
            raise UserError(self.env._("None of them is posted by a provider."))
        failed = letters.filtered(
            lambda letter: (
                letter.state == "failed" and letter.failure_code not in UNDELIVERABLE
            )
        )
        queued = letters._filter_with_provider()
        letters = queued | failed
        if not letters:
            raise UserError(self.env._("None of them waits for the provider."))
        queued._take_back()
        letters._post_by_hand()
        letters.with_env(self.env)._log_act("by_hand")
        return failed.with_context(**{BY_HAND: True})._dispatch_checked()

    def _post_by_hand(self):
        """Leave letters to a person."""
        self._clear_provider()

    def action_give_to_provider(self):
        """Give letters that wait to be printed to the company's provider.

        :raise UserError: one was printed already, or there is no provider
        """
        self._assert_collector()
        letters = self.sudo().filtered(
            lambda letter: (
                letter.channel in LETTER_CHANNELS
                and letter.state == "queued"
                and not letter.provider_id
            )
        )
        printed = letters.filtered(lambda one: one.printed_at or one.mailing_id)
        if printed:
            raise UserError(
                self.env._(
                    "%(letter)s of %(debtor)s was printed already, or stands in a "
                    "batch: it would leave twice.",
                    letter=printed[0].display_name,
                    debtor=printed[0].debtor_id.display_name,
                )
            )
        letters._assign_provider()
        given = letters.filtered("provider_id")
        if not given:
            raise UserError(
                self.env._("No provider posts letters of this kind for the company.")
            )
        given.with_env(self.env)._log_act("to_provider")
        self._trigger_cron("account_collection.ir_cron_hand_over")
        return None


class CollectionAct(models.Model):
    _inherit = "collection.act"

    kind = fields.Selection(
        selection_add=[
            ("by_hand", "Taken back from the postal provider"),
            ("to_provider", "Given to the postal provider"),
        ],
        ondelete={"by_hand": "cascade", "to_provider": "cascade"},
    )
