# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_open

from ..models import rate_client
from ..models.collection_parameter_fetch import PREFIX
from .common import CollectionCommon, day
from .rate_answers import ecb, webstat
from .rate_server import KEY, RateServer

#: another rate of the ECB
DEPOSIT = "FM.D.U2.EUR.4F.KR.DFR.LEV"
LOGGER = "odoo.addons.account_collection.models.collection_parameter_fetch"


class FetchCommon(CollectionCommon):
    """Both sources on this machine; the table as it is shipped."""

    has_shipped_rates = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = RateServer()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.parameters = cls.env["collection.parameter"]
        cls.config = cls.env["ir.config_parameter"]
        for name, value in (
            ("bdf", "True"),
            ("bdf_key", KEY),
            ("bdf_url", cls.server.url),
            ("ecb", "True"),
            ("ecb_url", cls.server.url),
        ):
            cls.config.set_param(PREFIX + name, value)
        cls.manager = cls._create_user(
            "rates_manager",
            "account_collection.group_collection_manager",
            lang="en_US",
        )
        cls.company.collection_manager_id = cls.manager

    def setUp(self):
        super().setUp()
        self.server.reset()

    def _fetch(self, user=None):
        """Press the button; return its kind and its sentences."""
        action = self.parameters.with_user(user or self.manager).action_fetch()
        self.assertEqual(action["tag"], "display_notification")
        return action["params"]["type"], action["params"]["message"]

    def _row(self, key, start):
        return self.parameters.search(
            [("key", "=", key), ("valid_from", "=", day(start))]
        )

    def _snapshot(self):
        rows = self.parameters.search([], order="id")
        return [(row.id, row.key, row.valid_from, row.value) for row in rows]

    def _answer_2027(self):
        self.server.answers.update(
            bdf=webstat(("2027-S1", 2.81), ("2026-S2", 2.75)),
            ecb=ecb(
                ("2026-07-01", "2.40"), ("2026-12-31", "2.40"), ("2027-01-01", "2.65")
            ),
        )


@tagged("post_install", "-at_install")
@freeze_time("2027-01-04 08:00:00")
class TestParameterFetch(FetchCommon):
    """What is added, what differs, what failed."""

    def test_what_is_missing_is_added_to_confirm(self):
        self._answer_2027()
        kind, words = self._fetch()
        self.assertEqual(kind, "success")
        self.assertIn("Added, to confirm: ECB main refinancing rate – 2027-S1", words)
        self.assertIn("2.65\N{NO-BREAK SPACE}%", words)
        self.assertIn("2.81\N{NO-BREAK SPACE}%", words)
        for key, value, url in (
            ("ecb_refi", 2.65, "/service/data/FM/D.U2.EUR.4F.KR.MRR_FR.LEV"),
            ("legal_rate_pro", 2.81, "/api/explore/v2.1/catalog/datasets/"),
        ):
            row = self._row(key, "2027-01-01")
            self.assertEqual((row.value, row.unit), (value, "percent"))
            self.assertTrue(row.is_to_confirm)
            self.assertEqual(row.state, "to_confirm")
            self.assertIn(self.server.url + url, row.source)
            self.assertNotIn(KEY, row.source)
            self.assertEqual(row.source_date, day("2027-01-04"))
            self.assertFalse(row.fetched_value)
        # They count from now on, and a person still has to say that they are right.
        self.assertEqual(
            str(self.parameters._get_value("ecb_refi", day("2027-02-01"))), "2.65"
        )
        before = self._snapshot()
        kind, words = self._fetch()
        self.assertEqual((kind, self._snapshot()), ("success", before))
        self.assertIn("ECB data portal: values equal to those here: 2.", words)

    def test_two_years_are_asked_for(self):
        self._fetch()
        query = [query for source, query, _headers in self.server.calls]
        self.assertEqual(len(query), 2)
        self.assertEqual(query[1]["startPeriod"], "2025-06-24")

    def test_what_differs_is_told_once_and_left(self):
        row = self._row("legal_rate_pro", "2026-07-01")
        link = self.env["ir.model.data"].search(
            [("model", "=", row._name), ("res_id", "=", row.id)]
        )
        self.assertFalse(link.noupdate)
        self.server.answers["bdf"] = webstat(("2026-S2", 2.71))
        for _time in range(3):
            kind, words = self._fetch()
            self.assertEqual(kind, "warning")
            self.assertIn(
                "gives 2.71\N{NO-BREAK SPACE}%, the value here is 2.75", words
            )
        self.assertEqual((row.value, row.fetched_value), (2.75, "2.71"))
        self.assertTrue(row.source_differs)
        self.assertEqual(len(row.activity_ids), 1)
        self.assertEqual(row.activity_ids.user_id, self.manager)
        self.assertIn("2.71", row.activity_ids.summary)
        self.assertFalse(link.noupdate, "the next version may still correct it")
        # Done is done: the same difference is not told again.
        row.activity_ids.action_feedback()
        self.parameters._cron_fetch()
        self.assertFalse(row.activity_ids)
        # Another one is.
        self.server.answers["bdf"] = webstat(("2026-S2", 2.7))
        self.parameters._cron_fetch()
        self.assertIn("2.70", row.activity_ids.summary)
        # Who corrects the value has nothing to do any more.
        row.value = 2.7
        self.assertFalse(row.source_differs)
        self.assertEqual(self._fetch()[0], "success")
        self.assertFalse(row.fetched_value)

    def test_each_live_company_s_manager_gets_the_task(self):
        other = self.env["res.company"].create(
            {"name": "Autre SARL", "country_id": self.env.ref("base.fr").id}
        )
        theirs = self._create_user(
            "rates_other", "account_collection.group_collection_manager", other
        )
        theirs.lang = self.env["res.lang"]._activate_lang("fr_FR").code
        other.write({"collection_live": True, "collection_manager_id": theirs.id})
        self.server.answers["bdf"] = webstat(("2026-S2", 2.71))
        self._fetch()
        tasks = self._row("legal_rate_pro", "2026-07-01").activity_ids
        self.assertEqual(tasks.user_id, self.manager | theirs)
        task = tasks.filtered(lambda one: one.user_id == theirs)
        self.assertIn("2,71", task.summary)

    def test_a_rate_of_zero_is_a_rate(self):
        self.server.answers["ecb"] = ecb(("2027-01-01", "0"))
        self._fetch()
        row = self._row("ecb_refi", "2027-01-01")
        self.assertEqual((len(row), row.value), (1, 0))
        row = self._row("ecb_refi", "2026-07-01")
        self.server.answers["ecb"] = ecb(("2026-07-01", "0.00"))
        self.assertIn("gives 0.00", self._fetch()[1])
        self.assertTrue(row.source_differs)

    # === FAILURES === #

    def test_failures_name_the_source_and_change_nothing(self):
        before = self._snapshot()
        good = {"bdf": webstat(("2026-S2", 2.75)), "ecb": ecb(("2026-07-01", "2.40"))}
        names = {"bdf": "Banque de France (Webstat)", "ecb": "ECB data portal"}
        faults = [
            ("drop", "cannot be reached"),
            ("cut", "the line dropped"),
            ((401, b"{}"), "refuses the API key"),
            ((404, b"{}"), "does not know the series"),
            ((500, b"oops"), "has trouble (500)"),
            ((302, b""), "has another address"),
            ((200, b""), "gives no rate"),
            ((200, b"[]"), {"bdf": "gives no rate", "ecb": "not complete"}),
            ((200, b"{ not json"), {"bdf": "nobody can read", "ecb": "not complete"}),
            ((200, b"<!DOCTYPE html><p>Maintenance"), "a page, not"),
        ]
        for source, other in (("bdf", "ecb"), ("ecb", "bdf")):
            self.server.answers = dict(good)
            for fault, expected in faults:
                if isinstance(expected, dict):
                    expected = expected[source]
                with self.subTest(source=source, fault=fault):
                    self.server.faults = {source: fault}
                    kind, words = self._fetch()
                    self.assertEqual(kind, "warning")
                    bad, fine = words.split("\n")[:: 1 if source == "bdf" else -1]
                    self.assertIn(names[source], bad)
                    self.assertIn(expected, bad)
                    self.assertIn("Nothing was changed", bad)
                    self.assertIn(
                        f"{names[other]}: values equal to those here: 1.", fine
                    )
        self.assertEqual(self._snapshot(), before)

    def test_wrong_figures(self):
        before = self._snapshot()
        for source, content, expected in (
            ("bdf", webstat(("2026-S2", 0.0275)), "not answer in percent"),
            ("bdf", webstat(("2026-S2", 275)), "outside 0 to 30 %"),
            ("bdf", webstat(("2026-S2", 3), ("2026-S2", 3)), "a period twice"),
            ("bdf", webstat(("2028-S1", 3)), "a wrong period"),
            ("ecb", ecb(("2027-01-01", "2.4"), unit="EUR"), "in percent (EUR)"),
            ("ecb", ecb(("2027-01-01", "x")), "no number"),
            (
                "ecb",
                ecb(("2027-01-01", "1"), series=DEPOSIT),
                "another series",
            ),
            ("ecb", ecb(("2026-12-01", "1"), ("2027-01-02", "1")), "near the first"),
        ):
            with self.subTest(content=content[-60:]):
                self.server.reset()
                self.server.answers[source] = content
                self.assertIn(expected, self._fetch()[1])
        self.assertEqual(self._snapshot(), before)

    def test_every_error_has_a_sentence(self):
        """Keys of the pure rules and of the client, read in their source."""
        keys = set()
        for name in ("core/rate_series", "models/rate_client"):
            with file_open(f"account_collection/{name}.py") as source:
                text = source.read()
            for part in text.split('RateError(\n            "')[1:]:
                keys.add(part.partition('"')[0])
            for part in text.split('RateError("')[1:]:
                keys.add(part.partition('"')[0])
        self.assertGreater(len(keys), 15)
        keys |= {"login", "not_found", "busy", "server", "refused", "unreachable"}
        for key in keys | {"timeout", "conflict"}:
            words = self.parameters._word_rate_error("ecb", rate_client.RateError(key))
            self.assertIn("ECB", words)

    def test_one_source_does_not_stop_the_other(self):
        self._answer_2027()
        self.server.faults = {"bdf": "drop"}
        kind, words = self._fetch()
        self.assertEqual(kind, "warning")
        self.assertTrue(self._row("ecb_refi", "2027-01-01"))
        self.assertFalse(self._row("legal_rate_pro", "2027-01-01"))
        self.server.faults = {"bdf": "drop", "ecb": "drop"}
        self.assertEqual(self._fetch()[0], "danger")

    def test_an_answer_that_comes_too_late(self):
        late = rate_client.RateError("timeout")
        with patch.object(rate_client, "_read", side_effect=late):
            self.assertIn("ECB data portal did not answer in time", self._fetch()[1])

    def test_outside_addresses_are_not_asked_in_clear(self):
        self.config.set_param(PREFIX + "bdf_url", "http://webstat.example")
        self.assertIn("is not encrypted", self._fetch()[1])

    def test_without_a_key_nothing_is_asked(self):
        self.config.set_param(PREFIX + "bdf_key", False)
        self.assertIn("the API key is missing", self._fetch()[1])
        self.assertEqual([call[0] for call in self.server.calls], ["ecb"])

    def test_two_at_the_same_time(self):
        """The other one was first: its rows stay, and the second says so."""
        self._answer_2027()
        self._fetch()
        before = self._snapshot()
        search = type(self.parameters).search
        with (
            patch.object(type(self.parameters), "search", lambda self, *a, **k: self),
            mute_logger("odoo.sql_db"),
        ):
            kind, words = self._fetch()
        self.assertEqual(type(self.parameters).search, search)
        self.assertEqual((kind, self._snapshot()), ("danger", before))
        self.assertIn("somebody added this rate", words)


@tagged("post_install", "-at_install")
@freeze_time("2027-01-04 08:00:00")
class TestParameterFetchSettings(FetchCommon):
    """Off by default, who may what, copies of the database."""

    def _switch_off(self):
        for name in ("bdf", "ecb", "bdf_key", "bdf_url", "ecb_url"):
            self.config.set_param(PREFIX + name, False)

    def test_off_by_default(self):
        self._switch_off()
        settings = self.env["res.config.settings"].create({})
        self.assertFalse(settings.collection_rates_bdf or settings.collection_rates_ecb)
        self.assertFalse(settings.collection_rates_bdf_key)
        self.assertEqual(settings.collection_rates_bdf_url, rate_client.BDF_URL)
        self.assertEqual(settings.collection_rates_ecb_url, rate_client.ECB_URL)
        # Saving other settings switches nothing on.
        settings.execute()
        self.assertFalse(self.parameters._get_rate_sources())
        self.parameters._cron_fetch()
        with self.assertRaises(UserError) as caught:
            self._fetch()
        self.assertIn("switched on", str(caught.exception))
        self.assertEqual(self.server.calls, [])

    def test_settings_switch_one_source_on(self):
        self._switch_off()
        with Form(self.env["res.config.settings"]) as form:
            form.collection_rates_bdf = True
            form.collection_rates_bdf_key = f" {KEY} "
            form.collection_rates_bdf_url = self.server.url
        form.record.execute()
        self._fetch()
        self.assertEqual([call[0] for call in self.server.calls], ["bdf"])
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.collection_rates_bdf_key, KEY)
        self.assertIn("Answered on", settings.collection_rates_bdf_last)
        self.assertFalse(settings.collection_rates_ecb_last)
        self.server.faults = {"bdf": (503, b"")}
        with self.assertLogs(LOGGER, "WARNING") as logs:
            self.parameters._cron_fetch()
        self.assertNotIn(KEY, " ".join(logs.output))
        settings = self.env["res.config.settings"].create({})
        self.assertIn("has trouble (503)", settings.collection_rates_bdf_last)
        # Of the settings that were shown nothing stays in their table.
        columns = self.env.execute_query(
            self.env["res.config.settings"]._search([]).select("*")
        )
        self.assertNotIn(KEY, str(columns))
        with Form(settings) as form:
            form.collection_rates_bdf_key = False
            form.collection_rates_bdf = False
        settings.execute()
        self.assertFalse(self.config.get_param(PREFIX + "bdf_key"))
        self.assertFalse(self.parameters._get_rate_sources())

    def test_who_may_fetch(self):
        for group in ("readonly", "user", "all"):
            user = self._create_user(
                f"rates_{group}", f"account_collection.group_collection_{group}"
            )
            with self.assertRaises(AccessError):
                self._fetch(user)
        self.assertEqual(self.server.calls, [])
        self.assertEqual(self._fetch()[0], "success")

    def test_the_button_is_for_managers(self):
        reader = self._create_user(
            "rates_reader", "account_collection.group_collection_all"
        )
        for user, is_there in ((reader, False), (self.manager, True)):
            view = self.parameters.with_user(user).get_view(view_type="list")
            self.assertEqual("action_fetch" in view["arch"], is_there)

    def test_the_key_is_for_administrators(self):
        settings = self.env["res.config.settings"].create({})
        theirs = settings.with_user(self.manager)
        with self.assertRaises(AccessError):
            theirs.read(["collection_rates_bdf_key"])
        self.assertNotIn("collection_rates_bdf_key", theirs.fields_get())
        with self.assertRaises(AccessError):
            self.config.with_user(self.manager).get_param(PREFIX + "bdf_key")
        with self.assertRaises(AccessError):
            self.config.with_user(self.manager).search([("value", "=", KEY)])
        admin = self._create_user("rates_admin", "base.group_system")
        self.assertEqual(settings.with_user(admin).collection_rates_bdf_key, KEY)
        # Not even by group alone: it takes the right on the settings as well.
        self.manager.group_ids = [Command.link(self.env.ref("base.group_user").id)]
        with self.assertRaises(AccessError):
            theirs.read(["collection_rates_bdf_key"])

    def test_the_cron_fetches_once_a_week(self):
        cron = self.env.ref("account_collection.ir_cron_fetch_rates")
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "weeks"))
        self._answer_2027()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertTrue(self._row("ecb_refi", "2027-01-01"))
        self.assertTrue(self._row("legal_rate_pro", "2027-01-01"))

    def test_neutralized_copies_ask_nobody(self):
        self._fetch()
        self.server.reset()
        self.env.flush_all()
        with file_open("account_collection/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")
        found = self.config.search([("key", "=like", PREFIX + "%")])
        self.assertFalse(found)
        with self.enter_registry_test_mode():
            self.env.ref(
                "account_collection.ir_cron_fetch_rates"
            ).method_direct_trigger()
        with self.assertRaises(UserError):
            self._fetch()
        self.assertEqual(self.server.calls, [])
        # The other settings stay.
        self.config.set_param("account_collection.shards", "2")
        self.assertEqual(self.config.get_param("account_collection.shards"), "2")
