# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command
from odoo.tests import tagged

from .common import DUE, CollectionCommon


@tagged("post_install", "-at_install")
class TestLadder(CollectionCommon):
    """The worked cases of the ladder, with exact days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.rapp.contact_budget = 99

    def _live_from(self, first, last, **options):
        start = DUE + datetime.timedelta(days=first)
        end = DUE + datetime.timedelta(days=last)
        return self._live(start, end, **options)

    def test_normal_life(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(-8, 60),
            [(-5, -5), (1, 1), (7, 7), (15, 15), (30, 30), (45, 45)],
        )

    def test_first_run_on_day_3(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(3, 60), [(3, 1), (9, 7), (16, 15), (30, 30), (45, 45)]
        )

    def test_first_run_on_day_20(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(20, 60), [(20, 1), (26, 7), (33, 15), (40, 30), (47, 45)]
        )

    def test_first_run_on_day_60(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(60, 100), [(60, 1), (66, 7), (73, 15), (80, 30), (87, 45)]
        )
