# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import Command

from odoo.addons.mail.tests.common import MockEmail

from .common import CollectionCommon, day

DAY = day("2026-09-01")


class SecondCompanyCase(MockEmail, CollectionCommon):
    """A second company with a user of each role; the debtor owes in both companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.company"].create(
            {
                "name": "Vauban Services",
                "country_id": cls.env.ref("base.fr").id,
                "email": "compta@vauban-services.example",
                "iap_enrich_auto_done": True,
                "collection_live": True,
            }
        )
        cls.env["account.chart.template"].try_loading(
            "fr", cls.second, install_demo=False
        )
        cls.collector = cls._create_user(
            "collector2",
            "account_collection.group_collection_user",
            company=cls.second,
            lang="en_US",
        )
        cls.manager = cls._create_user(
            "manager2",
            "account_collection.group_collection_manager",
            company=cls.second,
            lang="fr_FR",
        )
        cls.reader = cls._create_user(
            "reader2",
            "account_collection.group_collection_readonly",
            company=cls.second,
        )
        cls.seller = cls._create_user(
            "seller2", "sales_team.group_sale_salesman", company=cls.second
        )
        cls.own = cls._create_invoice(1000)
        cls.other = (
            cls.env["account.move"]
            .with_company(cls.second)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": cls.second.id,
                    "partner_id": cls.debtor.id,
                    "invoice_date": "2026-08-01",
                    "invoice_date_due": "2026-08-31",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Service",
                                "quantity": 1,
                                "price_unit": 2000,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        cls.other.action_post()

    def _as(self, user, model):
        return self.env[model].with_user(user).with_company(user.company_id)
