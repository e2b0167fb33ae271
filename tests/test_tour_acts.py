# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo.tests import HttpCase, tagged

from .common import CollectionCommon

ONE_DAY = datetime.timedelta(days=1)


class ActsCase(CollectionCommon, HttpCase):
    """Acts of the working day in a real browser, with their clicks counted.

    On the machine's own day; each act runs in English and in French.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.today = cls.company._get_collection_today()
        cls.company.write(
            {
                "collection_hours_business": "00:00-12:00, 13:00-23:59",
                "collection_hours_consumer": "00:00-12:00, 13:00-23:59",
            }
        )
        cls.users = {
            lang: cls._create_user(
                f"acts_{lang}",
                "account_collection.group_collection_user",
                lang=f"{lang}_{'US' if lang == 'en' else 'FR'}",
                password=f"acts_{lang}",
            )
            for lang in ("en", "fr")
        }

    def _prepare_calls(self):
        """Return three debtors whose call is due today, by falling amounts."""
        self._create_bank_line(1.0, self.today - ONE_DAY)
        first = self.today - 6 * ONE_DAY
        debtors = self.env["res.partner"]
        for name, amount in (("Alpha", 75000), ("Beta", 7500), ("Gamma", 750)):
            debtor = self._create_debtor(f"Tour {name}")
            self._create_invoice(amount, self.today - 7 * ONE_DAY, debtor)
            debtors += debtor
        self.engine.run(date=first, debtors=debtors)
        for debtor in debtors:
            self._perform(self._followups(first, debtor), first)
        self.engine.run(date=self.today, debtors=debtors)
        return debtors

    def _tour(self, act, lang):
        self.start_tour(
            "/odoo/collection-work",
            f"account_collection_act_{act}",
            login=f"acts_{lang}",
        )


@tagged("post_install", "-at_install")
class TestTourActs(ActsCase):
    """Acts on one debtor: postpone, call, order a formal notice."""

    # === 1. NEXT CASE, POSTPONE === #

    def _check_act_1(self, lang):
        _alpha, beta, _gamma = self._prepare_calls()
        self._tour(1, lang)
        file = self.env["collection.debtor"]._get_file(self.company, beta)
        self.assertFalse(file.postponed_until)
        act = self.env["collection.act"].search([("file_id", "=", file.id)])
        self.assertEqual((act.kind, bool(act.undone_on)), ("postpone", True))

    def test_act_1_in_english(self):
        self._check_act_1("en")

    def test_act_1_in_french(self):
        self._check_act_1("fr")

    # === 3. CALL, NO ANSWER === #

    def _check_act_3(self, lang):
        alpha = self._prepare_calls()[0]
        self._tour(3, lang)
        call = self._followups(self.today, alpha)
        self.assertEqual((call.state, call.attempts), ("planned", 1))
        self.assertEqual(call.call_ids.result, "no_answer")
        self.assertEqual(call.call_ids.user_id.login, f"acts_{lang}")
        self.assertTrue(call.next_try_at)

    def test_act_3_in_english(self):
        self._check_act_3("en")

    def test_act_3_in_french(self):
        self._check_act_3("fr")

    # === 10, FIRST HALF. FORMAL NOTICE === #

    def _check_act_10(self, lang):
        alpha = self._create_debtor("Tour Alpha")
        invoice = self._create_invoice(1234.56, self.today - 8 * ONE_DAY, alpha)
        first = self.today - 7 * ONE_DAY
        self.engine.run(date=first, debtors=alpha)
        self._perform(self._followups(first, alpha), first)
        self.engine.run(date=self.today, debtors=alpha)
        with self.allow_pdf_render():
            self._tour(10, lang)
        notice = self._followups(partner=alpha).filtered(
            lambda one: one.level_id.code == "notice"
        )
        self.assertRecordValues(
            notice, [{"state": "queued", "channel": "registered", "amount": 1234.56}]
        )
        self.assertEqual(notice.line_ids.move_id, invoice)
        self.assertTrue(notice.line_ids.claimed)
        self.assertTrue(notice.attachment_id)

    def test_act_10_in_english(self):
        self._check_act_10("en")

    def test_act_10_in_french(self):
        self._check_act_10("fr")

    # === KEYS === #

    def test_keys(self):
        alpha = self._prepare_calls()[0]
        self.start_tour(
            "/odoo/collection-work", "account_collection_keys", login="acts_fr"
        )
        file = self.env["collection.debtor"]._get_file(self.company, alpha)
        act = self.env["collection.act"].search([("file_id", "=", file.id)])
        self.assertRecordValues(act, [{"kind": "note", "note": "Asked for the order"}])
