# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from .common import CollectionCommon

TODAY = "2026-12-31"


@tagged("post_install", "-at_install")
class TestJudgment(CollectionCommon):
    """Interest after a judgment (LAW-1, section 2): legal rate, then 5 points more."""

    has_shipped_rates = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "collection_date": TODAY})
        cls.invoice = cls._create_invoice(6000, "2026-06-30")

    def _record(self, **values):
        return self.env["collection.limitation.event"].create(
            {"kind": "title", "move_ids": self.invoice.ids, **values}
        )

    def _shown(self, until=TODAY):
        lines = self.invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return [
            (one["days"], one["rate"], one["amount"])
            for one in lines.collection_late_fees(until)["segments"]
        ]

    def test_legal_rate_then_five_points_more(self):
        self.assertEqual(self._shown("2026-07-30"), [(30, 12.4, 61.15)])
        self._record(date="2026-07-31", enforceable_on="2026-08-15")
        # 77 days at 2.75 %, then 7.75 % from 15 October on: 38.22 for 30 days.
        self.assertEqual(
            self._shown("2026-11-13"),
            [(30, 12.4, 61.15), (76, 2.75, 34.36), (30, 7.75, 38.22)],
        )

    def test_enforceable_from_its_own_day_by_default(self):
        self._record(date="2026-07-31")
        self.assertEqual(
            [one[:2] for one in self._shown("2026-10-02")],
            [(30, 12.4), (61, 2.75), (3, 7.75)],
        )

    def test_a_title_that_keeps_the_agreed_rate(self):
        self._record(date="2026-07-31", judgment_rate="contract")
        self.assertEqual([one[1] for one in self._shown()], [12.4])

    def test_a_void_title_changes_nothing(self):
        title = self._record(date="2026-07-31")
        title.sudo().write({"is_void": True, "void_reason": "Réformé en appel"})
        self.assertEqual([one[1] for one in self._shown()], [12.4])

    def test_a_consumer_s_notice_after_the_title_changes_nothing(self):
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.own_class = "consumer"
        self._record(date="2026-07-31")
        rates = [one[1] for one in self._shown()]
        self.assertEqual(rates, [2.75, 7.75])
        self.invoice.collection_notice_on = "2026-10-20"
        self.assertEqual([one[1] for one in self._shown()], rates)

    def test_words(self):
        self._record(date="2026-07-31")
        lines = self.invoice.line_ids
        words = lines.collection_late_fees(TODAY)["rate_words"][0]
        self.assertIn("from 07/31/2026 on the legal interest rate", words)
        self.assertIn("increased by 5 points from 09/30/2026", words)
