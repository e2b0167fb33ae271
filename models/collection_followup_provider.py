# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models

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
    postage_cost = fields.Monetary("Postage", readonly=True, copy=False)
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
