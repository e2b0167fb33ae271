# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging
from collections.abc import Callable

from odoo import fields, models

from ..core.postal_rhythm import GRACE, TRIES, delay_after_failure
from ..postal.contract import (
    Order,
    PostalClient,
    PostalError,
    PostalLoginRefused,
    PostalNotFound,
    PostalRefused,
    PostalUnavailable,
    PostalUnknown,
    Sending,
)
from .collection_followup_provider import RECHECK, UNSURE_STATES

_logger = logging.getLogger(__name__)

#: the order was not made, or not finished, because the provider is in trouble
TROUBLE = (PostalUnavailable, PostalUnknown, PostalLoginRefused)
#: sendings that will never leave
DEAD = ("rejected", "cancelled")

Commit = Callable[[], None]


class CollectionFollowup(models.Model):
    """A letter goes to its provider: taken, ordered, submitted, in that order."""

    _inherit = "collection.followup"

    def _hand_over(self, client: PostalClient, commit: Commit) -> None:
        """Hand one letter over, or go on from where an earlier pass stopped.

        :param commit: makes what was written last; between two of them the provider
            is told one thing
        :raise PostalError: the provider is in trouble; the letter knows when it is next
        """
        if not self._lock_for_provider():
            return
        if self.provider_state in UNSURE_STATES:
            self._resolve(client, commit)
        elif not self.provider_state:
            self._place(client, commit)

    def _lock_for_provider(self) -> bool:
        """Lock the letter and read it anew; False when it is not to be handed over."""
        self.ensure_one()
        if not self.try_lock_for_update():
            return False
        self.invalidate_recordset()
        return self.state == "queued" and bool(self.provider_id)

    # === A NEW ORDER === #

    def _place(self, client: PostalClient, commit: Commit) -> None:
        """Order a letter that the provider has never heard of."""
        order = self._prepare_checked_order()
        if not order:
            commit()
            return
        if not self._claim(commit):
            return
        try:
            sending = client.open_draft(order)
        except (PostalUnavailable, PostalLoginRefused) as error:
            # Nothing was made: the letter is free again.
            self._release()
            self._wait(error)
            commit()
            raise
        except PostalUnknown as error:
            self._wait(error)
            commit()
            raise
        except PostalRefused as error:
            self._refuse(error)
            commit()
            return
        self._adopt(sending)
        commit()
        if self._lock_for_provider():
            self._finish(client, order, commit)

    def _claim(self, commit: Commit) -> bool:
        """Take the letter; False when another process was quicker.

        What is committed here is read by whoever comes after a crash: this letter may
        be at the provider, under this reference.
        """
        now = fields.Datetime.now()
        self.write(
            {
                "claimed_at": now,
                "attempts": self.attempts + 1,
                "provider_state": "claimed",
                "provider_reference": self._get_order_reference(),
                "provider_next_at": now + GRACE,
                "provider_error": False,
            }
        )
        commit()
        return self._lock_for_provider() and self.provider_state == "claimed"

    def _finish(self, client: PostalClient, order: Order, commit: Commit) -> None:
        """Fill a draft and let it leave; both may be done again."""
        try:
            client.fill(self.provider_ref, order)
            client.submit(self.channel, self.provider_ref)
        except TROUBLE as error:
            self._wait(error)
            commit()
            raise
        except PostalNotFound:
            # Somebody deleted the draft there: it is ordered anew.
            self._release()
            commit()
            return
        except PostalRefused as error:
            self._drop_drafts(client, [self.provider_ref])
            self._refuse(error)
            commit()
            return
        self.write(
            {
                "provider_state": "submitted",
                "provider_status": False,
                "provider_error": False,
                "provider_tries": 0,
                "provider_next_at": fields.Datetime.now(),
            }
        )
        commit()

    # === WHAT AN EARLIER PASS LEFT === #

    def _resolve(self, client: PostalClient, commit: Commit) -> None:
        """Ask the provider what it has of a letter that was taken, and go on there."""
        try:
            sendings = self._find_at_provider(client)
        except TROUBLE as error:
            self._wait(error)
            commit()
            raise
        drafts = [one for one in sendings if one.phase == "draft"]
        alive = [one for one in sendings if one.phase not in ("draft", *DEAD)]
        if len(alive) > 1:
            self._set_provider_fate_unknown(
                self.env._(
                    "%(name)s has this letter more than once (%(refs)s): cancel there "
                    "what is too much.",
                    name=self.provider_id.name,
                    refs=", ".join(one.ref for one in alive),
                )
            )
        elif alive:
            self._adopt(alive[0])
        elif drafts:
            self._resume(client, commit, drafts)
            return
        elif sendings:
            self._apply_sending(sendings[0], client)
        else:
            # It never got there.
            self._release()
            if self._recheck_taken():
                self._place(client, commit)
                return
        commit()

    def _find_at_provider(self, client: PostalClient) -> list[Sending]:
        """Return what the provider has of a letter.

        :raise PostalUnavailable: it cannot be said
        """
        if self.provider_ref:
            try:
                return [client.look_up(self.channel, self.provider_ref)]
            except PostalNotFound:
                _logger.info("Sending %s is gone", self.provider_ref)
        found = client.find(self.channel, {self.provider_reference})
        return found.get(self.provider_reference, [])

    def _resume(self, client: PostalClient, commit: Commit, drafts) -> None:
        """Go on with a draft, after the ledger was read again."""
        self._adopt(drafts[0])
        self._drop_drafts(client, [one.ref for one in drafts[1:]])
        order = self._recheck_taken() and self._prepare_checked_order()
        if not order:
            self._drop_drafts(client, [self.provider_ref])
            commit()
            return
        commit()
        if self._lock_for_provider():
            self._finish(client, order, commit)

    def _recheck_taken(self) -> bool:
        """Check the letter against the ledger of now; False when it does not leave."""
        self.with_context(**{RECHECK: True})._recheck_letters()
        return self.state == "queued" and bool(self.attachment_id)

    def _drop_drafts(self, client: PostalClient, refs) -> None:
        """Delete drafts; one that stays there costs nothing and never leaves."""
        for ref in refs:
            try:
                client.delete(self.channel, ref)
            except PostalError as error:
                _logger.info("Draft %s stays at the provider: %s", ref, error)

    # === WHAT IS WRITTEN === #

    def _adopt(self, sending: Sending) -> None:
        """Remember the provider's number and where the letter is."""
        self.write(
            {
                "provider_ref": sending.ref,
                "provider_state": sending.phase,
                "provider_status": sending.status,
                "provider_error": False,
                "provider_next_at": fields.Datetime.now(),
            }
        )

    def _release(self) -> None:
        """The provider does not have it: it may be ordered again."""
        self.write(
            {
                "claimed_at": False,
                "provider_ref": False,
                "provider_state": False,
                "provider_status": False,
                "provider_next_at": False,
            }
        )

    def _wait(self, error: PostalError) -> None:
        """Try again later, less and less often; at last a person is asked.

        Nobody is asked about a letter that was not taken: it only waits.
        """
        tries = self.provider_tries + 1
        sentence = self.provider_id._describe(error)
        delay = delay_after_failure(tries, getattr(error, "retry_after", None))
        if isinstance(error, PostalUnknown):
            delay = max(delay, GRACE)
        self.write(
            {
                "provider_tries": tries,
                "provider_error": sentence,
                "provider_next_at": fields.Datetime.now() + delay,
            }
        )
        if self.provider_state in UNSURE_STATES and tries >= TRIES:
            self._set_provider_fate_unknown(sentence)

    def _set_provider_fate_unknown(self, why: str) -> None:
        """Nobody knows whether it leaves: a person looks at the provider's."""
        self._update_state(
            "failed",
            failure_code="unknown_fate",
            provider_next_at=False,
            reason=self.env._(
                "%(why)s Look there for %(reference)s, then choose “It left”, “Send "
                "again” (the provider is asked first) or “Post by hand”.",
                why=why,
                reference=self.provider_reference or self._get_letter_reference(),
            ),
        )

    def _fail_at_provider(self, sentence: str, codes=(), is_bad_address=False) -> None:
        """The provider said no. A bad address is never used again."""
        bad = is_bad_address or any("ADDRESS_LINE" in code for code in codes)
        self._update_state(
            "failed",
            failure_code="address" if bad else "provider",
            reason=sentence,
            provider_error=sentence,
            provider_next_at=False,
        )
        if bad:
            self._block_address(sentence)

    def _refuse(self, error: PostalRefused) -> None:
        """The provider refused an order: nothing leaves."""
        self.provider_state = "rejected"
        self._fail_at_provider(self.provider_id._describe(error), error.codes)
