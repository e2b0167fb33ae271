# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from ..core.postal_events import RETURNS
from ..core.postal_rhythm import TRIES, delay_after_failure, delay_before_asking
from ..postal.contract import (
    FINAL_EVENTS,
    PHASES,
    PostalClient,
    PostalError,
    PostalNotFound,
    Sending,
)
from .collection_followup_handover import DEAD, TROUBLE
from .collection_followup_provider import UNSURE_STATES

#: letters asked about by one click: a person waits for the answers
ASKED_AT_ONCE = 20


class CollectionFollowup(models.Model):
    """What became of a letter at its provider, and what the post says of it."""

    _inherit = "collection.followup"

    def _ask_provider(self, client: PostalClient) -> None:
        """Ask about one letter and write what became of it.

        :raise PostalError: the provider is in trouble; the letter knows when it is next
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            return
        self.invalidate_recordset()
        try:
            sending = client.look_up(self.channel, self.provider_ref)
            self._apply_sending(sending, client)
        except PostalNotFound as error:
            self._miss(error)
            if self.state == "queued" and self.provider_tries >= TRIES:
                self._set_provider_fate_unknown(self.provider_error)
        except TROUBLE as error:
            self._miss(error)
            raise

    def _miss(self, error: PostalError) -> None:
        """It could not be asked about: later, again."""
        self._miss_because(
            self.provider_id._describe(error), getattr(error, "retry_after", None)
        )

    def _miss_because(self, why: str, retry_after: float | None = None) -> None:
        tries = self.provider_tries + 1
        delay = delay_after_failure(tries, retry_after)
        self.write(
            {
                "provider_tries": tries,
                "provider_error": why,
                "provider_next_at": fields.Datetime.now() + delay,
            }
        )

    def _apply_sending(self, sending: Sending, client: PostalClient) -> None:
        """Write where a letter is; performed with the proof of its deposit alone."""
        self.write(
            {
                "provider_ref": sending.ref,
                "provider_state": sending.phase,
                "provider_status": sending.status,
                "provider_error": sending.reason or False,
                "provider_tries": 0,
            }
        )
        if sending.phase in DEAD:
            self._apply_refusal(sending)
        elif sending.phase == "draft":
            return
        elif self.state == "failed" and self.failure_code == "unknown_fate":
            self._update_state("queued", failure_code=False, reason=False)
        if sending.phase == "posted":
            self._apply_deposit(sending, client)
            if self.posted_on:
                self._apply_events(sending, client)
        self._plan_next_question(sending)

    def _apply_refusal(self, sending: Sending) -> None:
        """It never leaves: the provider's reason stands on the letter."""
        if self.state not in ("queued", "failed"):
            return
        name = self.provider_id.name
        sentence = self.env._("%(name)s cancelled the letter.", name=name)
        if sending.phase == "rejected":
            sentence = self.env._(
                "%(name)s rejected the letter: %(reason)s",
                name=name,
                reason=sending.reason or sending.status,
            )
        self._fail_at_provider(sentence, is_bad_address=sending.is_bad_address)

    # === THE DEPOSIT === #

    def _apply_deposit(self, sending: Sending, client: PostalClient) -> None:
        """Perform a letter that was posted, once everything that proves it is there."""
        if self.posted_on or self.state not in ("queued", "failed"):
            return
        if self.provider_id.environment != "production":
            self._fail_at_provider(
                self.env._(
                    "%(name)s is a sandbox: nothing was posted. Set it to production "
                    "and send the letter again, or post it by hand.",
                    name=self.provider_id.name,
                )
            )
            return
        if self.channel == "registered" and not (sending.deposit and sending.number):
            self.provider_error = self.env._("The proof of deposit is not there yet.")
            return
        if not sending.posted_at:
            self.provider_error = self.env._("The day of posting is not known yet.")
            return
        if sending.deposit:
            self._store_deposit(client.download(self.channel, sending.deposit))
        label = self.env._("Deposited by %s", self.provider_id.name)
        row = self._prepare_event("posted", sending.posted_at, label, sending)
        self._record_rows([{**row, "attachment": self.deposit_id or False}])
        provider = self.provider_id
        self.postage_cost = sending.cost or provider[f"{self.channel}_cost"]

    def _store_deposit(self, document: bytes) -> None:
        """Keep the proof of deposit with its hash."""
        if self.deposit_id:
            return
        attachment = self._attach("deposit", document)
        self.write(
            {
                "deposit_id": attachment.id,
                "deposit_sha256": hashlib.sha256(document).hexdigest(),
            }
        )

    def _attach(self, what: str, document: bytes):
        """Keep a document of the provider; its name is made of our own words."""
        return self.env["ir.attachment"].create(
            {
                "name": f"{what}_{self._get_letter_reference()}.pdf",
                "raw": document,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _get_local_day(self, moment: datetime.datetime) -> datetime.date:
        """Return the company's day of a moment."""
        return moment.astimezone(self.company_id._get_collection_zone()).date()

    # === WHAT THE POST SAYS === #

    def _apply_events(self, sending: Sending, client: PostalClient) -> None:
        """Hand the events of the post on, the receipt with its document.

        What was said before the deposit is about the making of the letter, and the
        deposit itself is known by its proof.
        """
        rows = [
            self._prepare_event(event.code, event.moment, event.label, sending)
            for event in sending.events
            if event.code != "posted"
            and self._get_local_day(event.moment) >= self.posted_on
        ]
        path = sending.receipt or sending.returned
        if path and not self.receipt_id:
            self._add_document(rows, sending, client.download(self.channel, path))
        self._record_rows(rows)

    def _add_document(self, rows: list[dict], sending: Sending, document: bytes):
        """Keep a receipt as the proof, the picture of what came back at its return."""
        what = "receipt" if sending.receipt else "returned"
        self.receipt_id = self._attach(what, document)
        backs = [row for row in rows if row["code"] in RETURNS]
        if sending.receipt or not backs:
            moments = [event.moment for event in sending.events]
            moment = max(moments, default=sending.posted_at)
            label = self.env._("Document of %s", self.provider_id.name)
            backs = [self._prepare_event("proof", moment, label, sending)]
            rows += backs
        backs[-1]["attachment"] = self.receipt_id

    def _record_rows(self, rows: list[dict]) -> None:
        """Record what the post says; what cannot be true stands on the letter."""
        if not rows:
            return
        found = self.env["collection.followup"]._record_postal_events(rows)
        self.provider_error = "\n".join(found.errors.values()) or False

    def _prepare_event(self, code: str, moment, label: str, sending: Sending) -> dict:
        return {
            "followup_id": self.id,
            "code": code,
            "date": self._get_local_day(moment),
            "label": label,
            "source": "provider",
            "tracking_number": sending.number or False,
            "attachment": False,
        }

    def _plan_next_question(self, sending: Sending) -> None:
        """Say when the provider is asked again: never, once all is said."""
        delay = None
        if self.state == "queued":
            # What was made but is not proved yet is asked for until it is.
            phase = "producing" if sending.phase == "posted" else sending.phase
            delay = delay_before_asking(phase, self.channel, self._count_days())
        elif self.posted_on and self._is_followed(sending):
            delay = delay_before_asking("posted", self.channel, self._count_days())
        self.provider_next_at = delay and fields.Datetime.now() + delay

    def _count_days(self) -> int:
        """Return the days since the letter was posted, else since it was taken."""
        today = self._get_local_day(datetime.datetime.now(datetime.timezone.utc))
        start = self.posted_on or self.claimed_at.date()
        return (today - start).days

    def _is_followed(self, sending: Sending) -> bool:
        """Tell whether the post has something more to say of a posted letter."""
        if self.channel == "letter" and not self.provider_id.scans_returns:
            # Nobody says what becomes of a simple letter.
            return False
        codes = {event.code for event in sending.events} & set(FINAL_EVENTS)
        if not codes:
            return True
        provider = self.provider_id
        waits = provider.scans_returns
        if codes == {"delivered"}:
            waits = provider.has_receipt and self.channel == "registered"
        return waits and not self.receipt_id

    # === A PERSON ASKS === #

    def action_ask_provider(self):
        """Ask the providers of the chosen letters now.

        :raise UserError: there is nothing to ask, or a provider is in trouble
        """
        self._assert_collector()
        letters = self.sudo().filtered(
            lambda letter: letter.claimed_at and letter.provider_id.active
        )
        if not letters:
            raise UserError(self.env._("None of them is at a provider."))
        if len(letters) > ASKED_AT_ONCE:
            raise UserError(
                self.env._("Ask about at most %s letters at once.", ASKED_AT_ONCE)
            )
        for provider, theirs in letters.grouped("provider_id").items():
            try:
                client = provider._connect()
                for letter in theirs:
                    letter._ask_now(client)
            except PostalError as error:
                raise UserError(provider._describe(error)) from error
        return None

    def _ask_now(self, client: PostalClient) -> None:
        """Ask about a letter for a person; what is not there is left to the pass."""
        self._lock_for_person()
        is_sure = self.provider_state not in UNSURE_STATES
        if is_sure and self.provider_ref:
            self._apply_sending(client.look_up(self.channel, self.provider_ref), client)
            return
        alive = [
            one
            for one in self._find_at_provider(client)
            if one.phase not in ("draft", *DEAD)
        ]
        if len(alive) != 1:
            return
        self._adopt(alive[0])
        self._apply_sending(client.look_up(self.channel, self.provider_ref), client)

    def _take_back(self) -> None:
        """Take letters back from their providers, as long as these allow it.

        :raise UserError: one was handed over for good, or cannot be asked about
        """
        for provider, letters in self.grouped("provider_id").items():
            taken = letters.filtered("claimed_at")
            (letters - taken)._take_back_unheard()
            if not taken:
                continue
            try:
                client = provider._connect()
                for letter in taken:
                    letter._take_back_taken(client)
            except PostalError as error:
                raise UserError(provider._describe(error)) from error

    def _take_back_unheard(self) -> None:
        """Letters that were not taken are taken from under the pass."""
        self._lock_for_person()
        if self.filtered("claimed_at"):
            raise UserError(self._get_busy_sentence())
        self._clear_provider()

    def _lock_for_person(self) -> None:
        """Lock letters and read them anew, unless a pass is at them.

        :raise UserError: it is
        """
        if self.try_lock_for_update() != self:
            raise UserError(self._get_busy_sentence())
        self.invalidate_recordset()

    def _get_busy_sentence(self) -> str:
        return self.env._("A letter is being handed over: try again in a minute.")

    def _take_back_taken(self, client: PostalClient) -> None:
        self._lock_for_person()
        sendings = self._find_at_provider(client)
        gone = [one for one in sendings if not PHASES[one.phase]]
        if gone:
            raise UserError(
                self.env._(
                    "%(name)s has %(letter)s of %(debtor)s (%(status)s): it can no "
                    "longer be taken back.",
                    name=self.provider_id.name,
                    letter=self.display_name,
                    debtor=self.debtor_id.display_name,
                    status=gone[0].status,
                )
            )
        for sending in sendings:
            if sending.phase == "draft":
                client.delete(self.channel, sending.ref)
        self._clear_provider()
