# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.mail.tests.common import MockEmail

from .common import CollectionCommon, day

#: a Monday, seven weeks after the due date of most tests
MONDAY = day("2026-10-19")
SALES = "sales_team.group_sale_salesman"
URL = re.compile(r"https?://[^\"/]+(/collection/answer/[\w-]+)")


class SalesCommon(MockEmail, CollectionCommon):
    """Two salespeople who see their own documents only, a collector and a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.anne = cls._create_colleague("anne", "Anne Moreau", SALES)
        cls.boris = cls._create_colleague("boris", "Boris Petit", SALES, lang="fr_FR")
        cls.claire = cls._create_colleague(
            "claire", "Claire Martin", "account_collection.group_collection_user"
        )
        cls.manager = cls._create_colleague(
            "denis", "Denis Roux", "account_collection.group_collection_manager"
        )
        cls.company.collection_manager_id = cls.manager
        cls.notes = cls.env["collection.sales.note"]
        cls.digests = cls.env["collection.digest"]
        cls.links = cls.env["collection.answer.link"]
        files = cls.env["collection.debtor"]
        cls.file = files._get_file(cls.company, cls.debtor)
        cls.file.collector_id = cls.claire

    @classmethod
    def _create_colleague(cls, login, name, group, lang="en_US", company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=group,
            name=name,
            email=f"{login}@vauban.example",
            lang=lang,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            context={"no_reset_password": True},
        )

    @classmethod
    def _sell(cls, user, amount=1000.0, partner=None, due="2026-08-31", **values):
        """Create an overdue invoice of a salesperson."""
        return cls._create_invoice(
            amount, due, partner, invoice_user_id=user.id, **values
        )

    @classmethod
    def _get_item(cls, move):
        """Return the receivable item of an invoice."""
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _send_sales(self, today=MONDAY, week="2026-W43", kind="sales"):
        """Make the weekly mails of a day; return them by recipient."""
        made = self.digests._send_week(self.company, kind, today, week)
        return {digest.user_id: digest for digest in made}

    def _deliver(self, mails):
        """Let Odoo's queue send mails, without a network; return what left."""
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.env["mail.mail"].process_email_queue(mails.ids)
        return self._mails

    @staticmethod
    def _get_paths(body):
        """Return the addresses of the answer pages in a mail."""
        return URL.findall(body or "")
