# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CollectionCommon, day


@tagged("post_install", "-at_install")
class TestParameters(CollectionCommon):
    """Legal values: dated, sourced, confirmed by a person, asked for in time."""

    has_shipped_rates = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["collection.parameter"]
        cls.manager = cls._create_user(
            "law_manager", "account_collection.group_collection_manager", lang="en_US"
        )

    def _value(self, key, date):
        return float(self.parameters._get_value(key, day(date)))

    # === VALUES === #

    def test_the_value_of_the_day_of_the_event(self):
        self.assertEqual(self._value("ecb_refi", "2026-06-30"), 2.15)
        self.assertEqual(self._value("ecb_refi", "2026-07-01"), 2.40)
        self.assertEqual(self._value("legal_rate_pro", "2026-08-15"), 2.75)
        self.assertEqual(self._value("legal_rate_person", "2026-08-15"), 6.84)
        self.assertEqual(self._value("indemnity", "2026-08-15"), 40)
        self.assertEqual(self._value("small_claims_ceiling", "2026-08-15"), 5000)
        self.assertEqual(self._value("limitation_consumer", "2026-08-15"), 2)
        self.assertEqual(self._value("declaration_months", "2026-08-15"), 2)

    def test_every_semester_is_there(self):
        for key in ("ecb_refi", "legal_rate_pro", "legal_rate_person"):
            for year in range(2015, 2027):
                for month in (1, 7):
                    self._value(key, datetime.date(year, month, 1))

    def test_every_row_names_its_source(self):
        for row in self.parameters.search([]):
            self.assertTrue(row.source, row.display_name)
            self.assertTrue(row.source_date, row.display_name)

    def test_a_missing_value_is_named(self):
        with self.assertRaisesRegex(
            UserError, "ECB main refinancing rate.*2027-S1.*01/01/2027"
        ):
            self._value("ecb_refi", "2027-03-01")
        with self.assertRaisesRegex(UserError, "Flat indemnity.*12/31/2012"):
            self._value("indemnity", "2012-12-31")

    def test_what_is_doubtful_is_shown_until_somebody_confirms_it(self):
        row = self.env.ref("account_collection.collection_parameter_ecb_2026_s2")
        self.assertEqual(row.state, "to_confirm")
        self.assertIn(row, self.parameters.search([("state", "=", "to_confirm")]))
        invoice = self._create_invoice(1000, "2026-07-31")
        lines = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        warnings = lines.collection_late_fees("2026-08-31")["warnings"]
        self.assertEqual(
            warnings, ["To be confirmed: ECB main refinancing rate – 2026-S2."]
        )
        row.with_user(self.manager).action_confirm()
        self.assertEqual((row.state, row.reviewer_id), ("good", self.manager))
        self.assertNotIn(row, self.parameters.search([("state", "=", "to_confirm")]))
        self.assertFalse(lines.collection_late_fees("2026-08-31")["warnings"])

    # === ENTERING === #

    def test_a_file_of_values_is_imported(self):
        result = self.parameters.with_user(self.manager).load(
            ["key", "value", "unit", "valid_from", "source", "source_date"],
            [
                ["ecb_refi", "2.15", "percent", "2027-01-01", "ECB", "2026-12-20"],
                ["legal_rate_pro", "2.62", "percent", "2027-01-01", "JO", "2026-12-28"],
            ],
        )
        self.assertEqual(len(result["ids"] or []), 2, result["messages"])
        self.assertEqual(self._value("ecb_refi", "2027-03-01"), 2.15)
        self.assertEqual(self._value("legal_rate_pro", "2027-06-30"), 2.62)

    def test_a_rate_begins_with_its_semester(self):
        with self.assertRaisesRegex(ValidationError, "1 January or on 1 July"):
            self._add("2027-02-01")

    def test_one_value_a_day(self):
        self._add("2027-01-01")
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._add("2027-01-01")
            self.env.flush_all()

    def test_no_negative_value(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._add("2027-01-01", value=-1)
            self.env.flush_all()

    def _add(self, date, **values):
        return self.parameters.create(
            {
                "key": "ecb_refi",
                "value": 2.4,
                "unit": "percent",
                "valid_from": date,
                "source": "ECB",
                **values,
            }
        )

    def test_what_a_person_corrected_outlives_the_next_version(self):
        row = self.env.ref("account_collection.collection_parameter_ecb_2026_s2")
        link = self.env["ir.model.data"].search(
            [("model", "=", row._name), ("res_id", "=", row.id)]
        )
        self.assertFalse(link.noupdate)
        row.value = 2.15
        self.assertTrue(link.noupdate)

    def test_managers_enter_collectors_read(self):
        collector = self._create_user(
            "law_collector", "account_collection.group_collection_user"
        )
        row = self.parameters.search([], limit=1).with_user(collector)
        self.assertTrue(row.source)
        with self.assertRaises(AccessError):
            row.value = 1
        with self.assertRaises(AccessError):
            row.action_confirm()

    # === ALERT === #

    def _alert(self, date):
        self.company.collection_manager_id = self.manager
        before = self.env["mail.activity"].search([])
        self.parameters.with_context(collection_date=date)._cron_alert()
        return self.env["mail.activity"].search([]) - before

    def test_rates_are_asked_for_on_15_december(self):
        self.assertFalse(self._alert("2026-12-14"))
        tasks = self._alert("2026-12-15")
        self.assertEqual(
            sorted(tasks.mapped("summary")),
            [
                "Enter: ECB main refinancing rate, 2027-S1",
                "Enter: Legal interest rate, creditor is a business, 2027-S1",
            ],
        )
        self.assertEqual(tasks.user_id, self.manager)
        self.assertEqual(set(tasks.mapped("date_deadline")), {day("2026-12-31")})
        # Once, and again not the day after.
        self.assertFalse(self._alert("2026-12-16"))

    def test_rates_are_asked_for_on_15_june(self):
        for key in ("ecb_refi", "legal_rate_pro"):
            self._add("2027-01-01", key=key)
        self.assertFalse(self._alert("2027-06-14"))
        self.assertEqual(len(self._alert("2027-06-15")), 2)

    def test_nothing_is_asked_for_that_is_there(self):
        for key in ("ecb_refi", "legal_rate_pro"):
            self._add("2027-01-01", key=key)
        self.assertFalse(self._alert("2026-12-20"))
