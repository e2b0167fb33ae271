# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import re
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .common import CollectionCommon

TOURS = Path(__file__).parent.parent / "static/tests/tours/portal_look.js"


@tagged("post_install", "-at_install")
class TestPortalTour(CollectionCommon, HttpCase):
    """A look at a portal in a real browser, on the machine's own day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.today = cls.company._get_collection_today()
        cls._create_user(
            "portal_tour",
            "account_collection.group_collection_user",
            lang="en_US",
            password="portal_tour",
        )

    def _plan(self, *names):
        """Plan the look at an invoice of each public body."""
        partners = [self._create_debtor(name) for name in names]
        for partner in partners:
            file = self.env["collection.debtor"]._get_file(self.company, partner)
            file.segment_id = self.env.ref(
                "account_collection.collection_segment_public"
            )
            self.env["collection.portal"].create(
                {
                    "file_id": file.id,
                    "site_id": self.env.ref(
                        "account_collection.collection_portal_site_chorus"
                    ).id,
                    "identifier_ids": [
                        (0, 0, {"key": "service_code", "value": "SERV-TOUR"})
                    ],
                }
            )
            due = self.today - datetime.timedelta(days=2)
            self._create_invoice(1000, due, partner)
            self.engine.run(date=self.today, debtors=partner)
        tasks = [self._followups(self.today, partner) for partner in partners]
        self.assertEqual([task.channel for task in tasks], ["portal"] * len(names))
        return tasks

    def test_one_invoice_takes_three_clicks(self):
        (task,) = self._plan("Mairie du Tour")
        self.start_tour(
            "/odoo/collection-portals",
            "account_collection_portal_look",
            login="portal_tour",
        )
        self.assertEqual(task.state, "performed")
        self.assertEqual(task.portal_status_ids.state_id.code, "chorus_ordered")
        first = TOURS.read_text().split('.add("')[1]
        self.assertEqual(len(re.findall(r"\brun:", first)), 3)

    def test_round(self):
        stays, seen = self._plan("Mairie du Tour", "Mairie du Retour")
        self.start_tour(
            "/odoo/collection-portals",
            "account_collection_portal_round",
            login="portal_tour",
        )
        self.assertEqual((stays.state, seen.state), ("planned", "performed"))
        self.assertEqual(seen.portal_status_ids.reason, "Bon de livraison manquant")
        self.assertTrue(seen.portal_status_ids.activity_id)
