# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.postal_rhythm import GRACE
from .collection_followup import UNDELIVERABLE
from .collection_followup_letter import LETTER_CHANNELS

PROVIDER_STATES = [
    ("claimed", "Being handed over"),
    ("draft", "Draft"),
    ("submitted", "Handed over"),
    ("blocked", "Blocked: payment not authorised"),
    ("accepted", "Accepted"),
    ("producing", "Being printed"),
    ("posted", "Posted"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled there"),
    ("unknown", "Unknown status"),
]
#: the provider may have the letter, and whether it does is found out by asking
UNSURE_STATES = ("claimed", "draft")
#: context key: a person says what was done, whatever the provider says
BY_HAND = "collection_by_hand"
#: context key: the pass itself checks a letter that it has taken
RECHECK = "collection_recheck_taken"


class CollectionFollowup(models.Model):
    """Letters that a provider prints and posts.

    ``provider_id`` says who posts the letter; empty = a person prints it. A letter is
    *taken* (``claimed_at``, committed) before the provider hears of it, and whoever
    finds it taken asks the provider under its reference before doing anything. It is
    performed by the proof of its deposit alone.
    """

    _inherit = "collection.followup"

    failure_code = fields.Selection(
        selection_add=[("provider", "Not posted by the provider")]
    )
    provider_id = fields.Many2one(
        "collection.postal.provider",
        "Posted by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Who prints and posts the letter; empty = it is printed here.",
    )
    provider_reference = fields.Char(
        "Order reference",
        readonly=True,
        copy=False,
        help="Under which the provider can be asked for this letter.",
    )
    provider_order = fields.Integer(
        "Orders", readonly=True, copy=False, help="Earlier orders that came to nothing."
    )
    provider_ref = fields.Char("Provider's number", readonly=True, copy=False)
    provider_state = fields.Selection(
        PROVIDER_STATES, "At the provider", readonly=True, copy=False
    )
    provider_status = fields.Char("Provider's word", readonly=True, copy=False)
    provider_error = fields.Char("What is wrong", readonly=True, copy=False)
    provider_tries = fields.Integer("Failed attempts", readonly=True, copy=False)
    provider_next_at = fields.Datetime(
        "Asked again at", readonly=True, copy=False, help="Empty = no more."
    )
    postage_cost = fields.Monetary(readonly=True, copy=False)
    deposit_id = fields.Many2one(
        "ir.attachment",
        "Proof of deposit",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    deposit_sha256 = fields.Char("Proof's SHA-256", readonly=True, copy=False)
    receipt_id = fields.Many2one(
        "ir.attachment",
        "Receipt or returned letter",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    has_provider = fields.Boolean(compute="_compute_has_provider")

    _provider_reference_uniq = models.UniqueIndex(
        "(provider_id, provider_reference) WHERE provider_reference IS NOT NULL"
    )
    _provider_next_idx = models.Index(
        "(provider_id, provider_next_at) WHERE provider_id IS NOT NULL"
    )

    @api.depends("company_id", "channel")
    def _compute_has_provider(self):
        """Tell whether the company has a provider for such letters."""
        letters = self.filtered(lambda one: one.channel in LETTER_CHANNELS)
        (self - letters).has_provider = False
        for letter in letters:
            provider = letter.company_id._get_collection_provider(letter.channel)
            letter.has_provider = bool(provider)

    # === WHO POSTS IT === #

    def _run_letter(self, reading=None):
        """Say who posts the letters, then queue them."""
        self._assign_provider()
        return super()._run_letter(reading)

    def _assign_provider(self):
        """Give letters to the provider of their company and channel, else to a person.

        What an earlier order left is cleared: an order that came to nothing is never
        asked for again, because the next has another reference.
        """
        by_hand = self.env.context.get(BY_HAND)
        for (company, channel), letters in self.grouped(
            lambda letter: (letter.company_id, letter.channel)
        ).items():
            provider = company._get_collection_provider(channel)
            if by_hand or not provider:
                letters.filtered("provider_id")._clear_provider()
                continue
            refused = letters._find_without_consent(provider)
            refused._clear_provider()
            refused.provider_error = self.env._(
                "%(provider)s needs the debtor's consent to electronic letters.",
                provider=provider.name,
            )
            given = letters - refused
            given._clear_provider()
            # What a person has just confirmed may be taken back for a little while.
            given.write(
                {
                    "provider_id": provider.id,
                    "provider_next_at": given._get_departure(),
                    "mailing_id": False,
                    "printed_at": False,
                }
            )

    def _find_without_consent(self, provider):
        """Return the letters that may not leave as electronic registered letters.

        CPCE (posts), article L100: a recipient who is no professional must have agreed.
        """
        if not provider.is_electronic:
            return self.browse()
        return self.filtered(
            lambda letter: (
                letter.channel == "registered"
                and not letter.file_id._accepts_electronic_letters()
            )
        )

    def _clear_provider(self):
        """Forget an order: the letter is nobody's until it is given again."""
        for letter in self.filtered("provider_ref"):
            letter.provider_order += 1
        self.write(
            {
                "provider_id": False,
                "provider_reference": False,
                "provider_ref": False,
                "provider_state": False,
                "provider_status": False,
                "provider_error": False,
                "provider_tries": 0,
                "provider_next_at": False,
                "claimed_at": False,
            }
        )

    def _filter_with_provider(self):
        """Return the letters that a provider is to post, or may be posting now."""
        return self.filtered(
            lambda letter: (
                letter.channel in LETTER_CHANNELS
                and letter.state == "queued"
                and letter.provider_id
            )
        )

    def _make_letters(self):
        """Wake the pass up that hands the letters over."""
        result = super()._make_letters()
        waiting = self.exists()._filter_with_provider()
        if waiting:
            moment = max(waiting.mapped("provider_next_at"), key=bool)
            self._trigger_cron("account_collection.ir_cron_hand_over", moment or None)
        return result

    @api.model
    def _get_unprinted_domain(self):
        """What a provider posts does not wait to be printed."""
        return [*super()._get_unprinted_domain(), ("provider_id", "=", False)]

    def _recheck_letters(self):
        """What the provider has, or may have, does not change any more."""
        letters = self
        if not self.env.context.get(RECHECK):
            letters = self.filtered(lambda letter: not letter.claimed_at)
        return super(CollectionFollowup, letters)._recheck_letters()

    # === PROOF === #

    def _get_missing_letter_proof(self):
        return self._get_missing_deposit() or super()._get_missing_letter_proof()

    def _get_missing_registered_proof(self):
        return self._get_missing_deposit() or super()._get_missing_registered_proof()

    def _get_missing_deposit(self) -> str | None:
        """Return why a letter that a provider has is not proved, None when it is.

        A person who knows better says so with the button "It left".
        """
        taken = self.provider_id and self.claimed_at
        if not taken or self.env.context.get(BY_HAND):
            return None
        if self.provider_state != "posted":
            return self.env._("%s has not posted it yet", self.provider_id.name)
        if self.channel == "registered" and not self.deposit_id:
            return self.env._(
                "the proof of deposit of %s is missing", self.provider_id.name
            )
        return None

    # === ACTION METHODS === #

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
