# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo.tests import HttpCase, tagged

from .common import CollectionCommon


@tagged("post_install", "-at_install")
class TestTour(CollectionCommon, HttpCase):
    """A collector's morning in a real browser, on the machine's own day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.company.collection_live = False
        cls.today = cls.company._get_collection_today()

    def _prepare_morning(self, login, lang):
        """Return a message that will wait and a call that will be due today."""
        day = datetime.timedelta(days=1)
        self._create_bank_line(1.0, self.today - day)
        self._create_user(
            login, "account_collection.group_collection_user", lang=lang, password=login
        )
        mail = self._create_debtor("Tour Courriel", lang=lang)
        call = self._create_debtor("Tour Appel", lang=lang)
        self._create_invoice(1234.56, self.today - day, mail)
        self._create_invoice(700.0, self.today - 7 * day, call)
        first = self.today - 6 * day
        self.engine.run(date=first, debtors=call)
        self._perform(self._followups(first, call), first)
        return mail, call

    def _check_morning(self, login, mail, call):
        message = self._followups(self.today, mail)
        self.assertRecordValues(
            message, [{"channel": "email", "state": "queued", "amount": 1234.56}]
        )
        self.assertEqual(message.mail_id.state, "outgoing")
        done = self._followups(self.today, call)
        self.assertRecordValues(
            done,
            [
                {
                    "channel": "call",
                    "state": "performed",
                    "performed_on": self.today,
                    "note": "Virement le 30",
                }
            ],
        )
        self.assertEqual(done.performed_by_id.login, login)
        self.assertTrue(done.call_result)

    def test_morning_in_english(self):
        morning = self._prepare_morning("collector_en", "en_US")
        self.start_tour(
            "/odoo/collection-preview", "account_collection_day", login="collector_en"
        )
        self._check_morning("collector_en", *morning)

    def test_morning_in_french(self):
        morning = self._prepare_morning("collector_fr", "fr_FR")
        self.start_tour(
            "/odoo/collection-preview", "account_collection_day", login="collector_fr"
        )
        self._check_morning("collector_fr", *morning)
