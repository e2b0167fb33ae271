# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import CollectionCommon, day

FIRST = day("2026-09-01")
ONE_DAY = datetime.timedelta(days=1)
#: models whose records belong to a debtor
MODELS = (
    "collection.receivable",
    "collection.debtor",
    "collection.contact",
    "collection.case",
    "collection.followup",
    "collection.followup.line",
    "collection.hold",
    "collection.act",
    "collection.call",
    "collection.worklist",
)


@tagged("post_install", "-at_install")
class TestPortfolio(CollectionCommon):
    """A collector sees its debtors, those of nobody, and those it stands in for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = "account_collection.group_collection_user"
        cls.anna = cls._create_user("portfolio_anna", user)
        cls.ben = cls._create_user("portfolio_ben", user)
        cls.every = cls._create_user(
            "portfolio_every", "account_collection.group_collection_all"
        )
        cls.reader = cls._create_user(
            "portfolio_reader", "account_collection.group_collection_readonly"
        )
        cls.today = cls.env["collection.delegation"].default_get(["date_from"])[
            "date_from"
        ]
        cls.files = {
            name: cls._give(name, collector)
            for name, collector in (
                ("Annas", cls.anna),
                ("Bens", cls.ben),
                ("Free", None),
            )
        }

    @classmethod
    def _give(cls, name, collector):
        """Return the file of a collector's new debtor, with a record of each kind."""
        partner = cls._create_debtor(name)
        invoice = cls._create_invoice(1000, partner=partner)
        cls.engine.run(date=FIRST, debtors=partner)
        file = cls.env["collection.debtor"]._get_file(cls.company, partner)
        cls.env["collection.contact"].create(
            {"file_id": file.id, "partner_id": partner.id}
        )
        cls.env["collection.hold"].create({"move_id": invoice.id, "reason": "dispute"})
        file.act_call("no_answer")
        file.act_note("Note")
        file.collector_id = collector
        return file

    def _seen(self, user, model):
        """Return the debtors of what a user sees of a model."""
        records = self.env[model].with_user(user).search([])
        if model == "collection.followup.line":
            records = records.followup_id
        debtors = (
            records.file_id.debtor_id
            if model in ("collection.contact", "collection.act", "collection.call")
            else records.debtor_id
        )
        return set(debtors.sudo().mapped("name")) & {"Annas", "Bens", "Free"}

    def _check(self, user, names):
        for model in MODELS:
            with self.subTest(model=model):
                self.assertEqual(self._seen(user, model), names)

    def test_own_and_nobody_s(self):
        self._check(self.anna, {"Annas", "Free"})
        self._check(self.ben, {"Bens", "Free"})

    def test_every_portfolio_and_readers(self):
        everything = {"Annas", "Bens", "Free"}
        self._check(self.every, everything)
        self._check(self.reader, everything)

    def _delegate(self, first, last, user=None):
        delegations = self.env["collection.delegation"].with_user(user or self.ben)
        return delegations.create(
            {
                "user_id": self.ben.id,
                "substitute_id": self.anna.id,
                "date_from": self.today + first * ONE_DAY,
                "date_to": self.today + last * ONE_DAY,
            }
        )

    def test_substitute_sees_the_absent_colleague_s_debtors_between_two_days(self):
        delegation = self._delegate(0, 5)
        self._check(self.anna, {"Annas", "Bens", "Free"})
        self._check(self.ben, {"Bens", "Free"})
        delegation.write(
            {"date_from": self.today - 5 * ONE_DAY, "date_to": self.today - ONE_DAY}
        )
        self._check(self.anna, {"Annas", "Free"})
        delegation.write({"date_to": self.today + ONE_DAY})
        delegation.write({"date_from": self.today + ONE_DAY})
        self._check(self.anna, {"Annas", "Free"})

    def test_substitute_works_the_debtors(self):
        self._delegate(0, 0)
        file = self.files["Bens"].with_user(self.anna)
        file.act_postpone(days=1)
        self.assertTrue(file.postponed_until)
        self.assertEqual(file.collector_id, self.ben)

    def test_another_portfolio_is_not_worked(self):
        file = self.files["Bens"].with_user(self.anna)
        for method, arguments in (
            ("act_postpone", {"days": 1}),
            ("act_note", {"note": "x"}),
            ("act_assign", {"user_id": True}),
            ("act_call", {"result": "paid"}),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(file, method)(**arguments)
        followup = self.files["Bens"].followup_ids[:1].with_user(self.anna)
        with self.assertRaises(AccessError):
            followup.action_cancel()

    def test_own_delegation_only(self):
        with self.assertRaisesRegex(AccessError, "your own portfolio"):
            self._delegate(0, 5, self.anna)
        manager = self._create_user(
            "portfolio_manager", "account_collection.group_collection_manager"
        )
        self.assertTrue(self._delegate(0, 5, manager).is_current)

    def test_nobody_stands_in_for_oneself(self):
        with self.assertRaisesRegex(ValidationError, "choose a colleague"):
            self.env["collection.delegation"].create(
                {
                    "user_id": self.ben.id,
                    "substitute_id": self.ben.id,
                    "date_from": self.today,
                    "date_to": self.today,
                }
            )

    def test_filter_of_my_day_holds_the_absent_colleague_s(self):
        self._delegate(0, 5)
        view = self.env.ref("account_collection.collection_worklist_view_search")
        rows = self.env["collection.worklist"].with_user(self.anna)
        found = {
            node.get("name"): set(
                rows.search(
                    safe_eval(node.get("domain"), {"uid": self.anna.id})
                ).debtor_id.mapped("name")
            )
            for node in etree.fromstring(view.arch).iter("filter")
            if node.get("name") in ("mine", "unassigned", "absent")
        }
        self.assertEqual(found["mine"], {"Annas", "Bens"})
        self.assertEqual(found["unassigned"], {"Free"})
        self.assertEqual(found["absent"], {"Bens"})
