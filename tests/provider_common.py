# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import fields
from odoo.tests import freeze_time

from ..postal.maileva import PATHS
from .common import CollectionCommon, day
from .maileva_server import LOGIN, MailevaServer

DAY = day("2026-09-15")


@freeze_time("2026-10-05 08:00:00")
class ProviderCommon(CollectionCommon):
    """A company whose letters a Maileva of our own prints and posts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rapp.contact_budget = 99
        # What becomes of a letter is told in the language of its company.
        cls.company.partner_id.lang = "en_US"
        cls.server = MailevaServer()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.provider = cls._create_provider()
        cls.company.write(
            {
                "collection_letter_provider_id": cls.provider.id,
                "collection_registered_provider_id": cls.provider.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.server.reset()

    @classmethod
    def _create_provider(cls, company=None, **values):
        client, secret, user, password = LOGIN
        return cls.env["collection.postal.provider"].create(
            {
                "name": "Maileva",
                "company_id": (company or cls.company).id,
                "environment": "production",
                "api_url": cls.server.url,
                "auth_url": cls.server.url,
                "client_id": client,
                "client_secret": secret,
                "username": user,
                "password": password,
                **values,
            }
        )

    def _letter(self, channel="letter", partner=None, amount=1000, date=DAY):
        """Plan a letter of a channel and make its PDF."""
        partner = partner or self.debtor
        self._create_invoice(amount, partner=partner)
        level = {"letter": "firm", "registered": "notice"}[channel]
        if channel == "registered":
            self._live("2026-09-01", "2026-09-29", partner)
            date = day("2026-09-30")
        else:
            step = self.rapp.step_ids.filtered(lambda one: one.level_id.code == level)
            step.is_entry = True
        self.engine.run(date=date, debtors=partner)
        letter = self._followups(date, partner).filtered(
            lambda one: one.channel == channel
        )
        if letter.state == "to_confirm":
            letter.action_confirm()
        letter.action_make_letters()
        self.assertEqual((letter.state, letter.channel), ("queued", channel))
        self.assertTrue(letter.attachment_id)
        # The time to take a confirmation back has passed.
        self._later(letter)
        return letter

    def _progress(self, _count=0):
        self.env.flush_all()
        return float("inf")

    def _hand_over(self, provider=None):
        (provider or self.provider)._in_its_words()._hand_over(self._progress)

    def _ask(self, provider=None):
        (provider or self.provider)._in_its_words()._ask(self._progress)

    def _later(self, letters):
        """Let the time pass after which letters are taken up again."""
        past = fields.Datetime.now() - datetime.timedelta(minutes=1)
        letters.filtered("provider_next_at").provider_next_at = past

    def _pass_again(self, letters):
        self._later(letters)
        self._hand_over()

    def _sending(self, letter):
        """Return what the server keeps of a letter."""
        return self.server.products[PATHS[letter.channel]][letter.provider_ref]

    def _posted(self, channel="registered", **values):
        """Return a letter that was posted, performed, with its sending."""
        letter = self._letter(channel)
        self._hand_over()
        sending = self._sending(letter)
        self.server.process(sending, **values)
        self._later(letter)
        self._ask()
        return letter, sending
