# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging
from collections.abc import Callable

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..postal.contract import PostalError, PostalLoginRefused
from .collection_followup_letter import LETTER_CHANNELS
from .collection_followup_provider import UNSURE_STATES

_logger = logging.getLogger(__name__)

#: letters checked against the ledger together, just before they are handed over
CHECKED_TOGETHER = 20
#: letters looked up together
ASKED_TOGETHER = 50
#: troubles in a row after which a provider is left alone until the next pass
TROUBLES = 3

#: makes what was written last, returns the seconds that are left
Progress = Callable[[int], float]


class CollectionPostalProvider(models.Model):
    """The two passes: hand letters over, and ask what became of them."""

    _inherit = "collection.postal.provider"

    @api.model
    def _cron_hand_over(self):
        """Hand the letters over that wait for their providers."""
        cron = self.env["ir.cron"]
        providers = self.search([("active", "=", True)])
        cron._commit_progress(
            remaining=providers._count(providers._get_waiting_domain())
        )
        for provider in providers:
            if not provider._in_its_words()._hand_over(cron._commit_progress):
                break

    @api.model
    def _cron_ask(self):
        """Ask the providers about the letters that they have."""
        cron = self.env["ir.cron"]
        providers = self.search([("active", "=", True)])
        cron._commit_progress(remaining=providers._count(providers._get_open_domain()))
        for provider in providers:
            if not provider._in_its_words()._ask(cron._commit_progress):
                break

    def _in_its_words(self):
        """Return the provider in the language and rights of its company."""
        company = self.company_id
        return self.with_company(company).with_context(
            lang=company.partner_id.lang, allowed_company_ids=company.ids
        )

    def _count(self, domain) -> int:
        return self.env["collection.followup"].search_count(domain)

    # === HAND OVER === #

    def _get_waiting_domain(self) -> list:
        """Letters to hand over, and those of which a stopped pass left no answer."""
        return [
            ("provider_id", "in", self.ids),
            ("state", "=", "queued"),
            ("channel", "in", LETTER_CHANNELS),
            ("attachment_id", "!=", False),
            ("provider_state", "in", (False, *UNSURE_STATES)),
            "|",
            ("provider_next_at", "=", False),
            ("provider_next_at", "<=", fields.Datetime.now()),
        ]

    def _hand_over(self, progress: Progress) -> bool:
        """Hand over the letters of one provider.

        :return: time is left
        """
        self.ensure_one()
        domain = self._get_waiting_domain()
        client = self._prepare_pass(domain, progress)
        if not client:
            return True
        followups = self.env["collection.followup"]
        done, troubles = followups, 0
        while batch := followups.search(
            [*domain, ("id", "not in", done.ids)], limit=CHECKED_TOGETHER, order="id"
        ):
            done |= batch
            self._check_batch(batch, progress)
            for letter in batch:
                error = self._try(letter, "_hand_over", client, lambda: progress(0))
                troubles = troubles + 1 if error else 0
                left = progress(1)
                if not left or self._is_over(error, troubles):
                    return bool(left)
        return self._end_pass(troubles, progress)

    def _check_batch(self, batch, progress: Progress) -> None:
        """Check letters together against the ledger, those that nobody else has."""
        try:
            batch.try_lock_for_update()._recheck_letters()
            progress(0)
        except psycopg2.OperationalError:
            _logger.info("Letters of provider %s are handled elsewhere", self.id)
            self.env.cr.rollback()

    def _prepare_pass(self, domain, progress: Progress):
        """Return a client that is logged in, None when there is nothing to do with it.

        Nothing is taken from a provider's letters before its login works.
        """
        if not self._count(domain):
            return None
        try:
            missing = self._get_missing()
            if missing:
                raise UserError(
                    self.env._(
                        "%(name)s: fill in %(fields)s.",
                        name=self.name,
                        fields=", ".join(missing),
                    )
                )
            self.company_id._get_postal_sender()
            client = self._connect()
            client.check([])
        except UserError as error:
            self._note_error(str(error), needs_person=True)
        except PostalError as error:
            self._note_error(
                self._describe(error),
                needs_person=isinstance(error, PostalLoginRefused),
            )
        else:
            return client
        progress(0)
        return None

    def _try(self, letter, method: str, *arguments) -> Exception | None:
        """Do something about one letter; its trouble never stops the others.

        What was not made last is given up when the trouble is our own.
        """
        try:
            getattr(letter, method)(*arguments)
        except PostalError as error:
            self._note_error(
                self._describe(error),
                needs_person=isinstance(error, PostalLoginRefused),
            )
            return error
        except psycopg2.OperationalError:
            # Another process has just changed it: leave it to the next pass.
            _logger.info("Follow-up %s is handled elsewhere", letter.id)
            self.env.cr.rollback()
        except Exception as error:
            _logger.exception("Follow-up %s at provider %s", letter.id, self.id)
            self.env.cr.rollback()
            letter._miss_because(self.env._("Something went wrong here: %s", error))
            return error
        return None

    @staticmethod
    def _is_over(error: Exception | None, troubles: int) -> bool:
        """Tell whether a provider is left alone: it locks us out, or it is down."""
        return isinstance(error, PostalLoginRefused) or troubles >= TROUBLES

    def _end_pass(self, troubles: int, progress: Progress) -> bool:
        """Remember that the provider answers, unless it stopped doing so."""
        try:
            if not troubles:
                self._note_success()
            return bool(progress(0))
        except psycopg2.OperationalError:
            self.env.cr.rollback()
            return True

    # === ASK === #

    def _get_open_domain(self) -> list:
        """Letters of which something may have become."""
        return [
            ("provider_id", "in", self.ids),
            ("provider_ref", "!=", False),
            ("provider_state", "not in", (False, *UNSURE_STATES)),
            ("provider_next_at", "<=", fields.Datetime.now()),
        ]

    def _ask(self, progress: Progress) -> bool:
        """Ask about the open letters of one provider, those that wait longest first.

        :return: time is left
        """
        self.ensure_one()
        domain = self._get_open_domain()
        client = self._prepare_pass(domain, progress)
        if not client:
            return True
        followups = self.env["collection.followup"]
        done, troubles = followups, 0
        while batch := followups.search(
            [*domain, ("id", "not in", done.ids)],
            limit=ASKED_TOGETHER,
            order="provider_next_at, id",
        ):
            done |= batch
            for letter in batch:
                error = self._try(letter, "_ask_provider", client)
                troubles = troubles + 1 if error else 0
                left = progress(1)
                if not left or self._is_over(error, troubles):
                    return bool(left)
        return self._end_pass(troubles, progress)
