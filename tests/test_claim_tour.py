# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo.tests import HttpCase, tagged

from .common import CollectionCommon


@tagged("post_install", "-at_install")
class TestClaimTour(CollectionCommon, HttpCase):
    """Late fees in a real browser: calculated, claimed, waived in part."""

    def _walk(self, lang):
        self._create_user(
            f"claim_tour_{lang}",
            "account_collection.group_collection_manager",
            lang=lang,
            password=f"claim_tour_{lang}",
        )
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        due = self.company._get_collection_today() - datetime.timedelta(days=20)
        invoice = self._create_invoice(9000, due)
        invoice.name = f"TOUR/{lang}"
        self.start_tour(
            f"/odoo/collection-debtors/{file.id}",
            "account_collection_late_fees",
            login=f"claim_tour_{lang}",
        )
        claim = self.env["collection.claim"].search([("file_id", "=", file.id)])
        self.assertRecordValues(claim, [{"state": "claimed", "amount_waived": 40}])
        self.assertEqual(claim.waiver_ids.reason, "First delay")
        self.assertEqual(claim.amount, claim.interest)

    def test_in_english(self):
        self._walk("en_US")

    def test_in_french(self):
        self._walk("fr_FR")
