# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import json
import subprocess
import sys
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..core.ladder import Ladder, Position
from ..models.collection_receivable_query import RANKS, HoldSource
from .common import DUE, CollectionCommon, day
from .process import SECONDS, ProcessCase

#: codes whose sources come with later modules
LATER_CODES = (
    "insolvency",
    "handoff",
    "plan",
    "promise",
    "reply",
    "einvoice",
    "payment_method",
    "factored",
)


def after(days):
    """Return the day so many days after the due date of most tests."""
    return DUE + datetime.timedelta(days=days)


@tagged("post_install", "-at_install")
class TestPolicyRecipients(CollectionCommon):
    """Whom a step writes to: the contact of its role, then the fallback chain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_step = cls.env.ref("account_collection.collection_step_rapp_p1")
        cls.first_step.recipient_role = "management"

    def _create_person(self, parent, name, **values):
        return self.env["res.partner"].create(
            {
                "name": name,
                "parent_id": parent.id,
                "type": "contact",
                "email": f"{name.lower()}@debtor.example",
                **values,
            }
        )

    def _give_role(self, debtor, person, role, company=None, **values):
        file = self.env["collection.debtor"]._get_file(company or self.company, debtor)
        return self.env["collection.contact"].create(
            {"file_id": file.id, "partner_id": person.id, "role": role, **values}
        )

    def _get_recipient(self, debtor, date="2026-09-01"):
        self._create_invoice(partner=debtor)
        self.engine.run(date=date, debtors=debtor)
        followup = self._followups(date, debtor)
        self.assertEqual(followup.mail_id.recipient_ids, followup.recipient_id)
        self.assertEqual(followup.recipient_address, followup.recipient_id.email)
        return followup.recipient_id

    def test_contact_of_the_role(self):
        accountant = self._create_person(self.debtor, "Claire")
        manager = self._create_person(self.debtor, "Denis")
        invoices = self._create_person(self.debtor, "Factures", type="invoice")
        self._give_role(self.debtor, accountant, "accounting")
        self._give_role(self.debtor, manager, "management")
        self.assertEqual(self._get_recipient(self.debtor), manager)
        self.assertNotEqual(invoices, manager)

    def test_without_the_role_the_accounting_contact(self):
        self._create_person(self.debtor, "Factures", type="invoice")
        accountant = self._create_person(self.debtor, "Claire")
        lawyer = self._create_person(self.debtor, "Louis")
        self._give_role(self.debtor, lawyer, "legal", sequence=1)
        self._give_role(self.debtor, accountant, "accounting", sequence=20)
        self.assertEqual(self._get_recipient(self.debtor), accountant)

    def test_without_contacts_the_invoice_address(self):
        self._create_person(self.debtor, "Denis")
        invoices = self._create_person(self.debtor, "Factures", type="invoice")
        lawyer = self._create_person(self.debtor, "Louis")
        self._give_role(self.debtor, lawyer, "legal")
        self.assertEqual(self._get_recipient(self.debtor), invoices)

    def test_without_anybody_the_debtor(self):
        self._create_person(self.debtor, "Denis")
        self.assertEqual(self._get_recipient(self.debtor), self.debtor)

    def test_several_of_a_role_by_their_sequence(self):
        late = self._create_person(self.debtor, "Claire")
        early = self._create_person(self.debtor, "Denis")
        self._give_role(self.debtor, late, "management", sequence=20)
        self._give_role(self.debtor, early, "management", sequence=10)
        self.assertEqual(self._get_recipient(self.debtor), early)

    def test_contact_without_an_address_is_passed_over(self):
        """Without e-mail, or with one that returned a message: the next one."""
        mute = self._create_person(self.debtor, "Denis", email=False)
        gone = self._create_person(self.debtor, "Edith")
        accountant = self._create_person(self.debtor, "Claire")
        self._give_role(self.debtor, mute, "management", sequence=1)
        self._give_role(self.debtor, gone, "management", sequence=2)
        self._give_role(self.debtor, accountant, "accounting")
        self.env["collection.undeliverable"].create(
            {
                "partner_id": gone.id,
                "kind": "email",
                "value": "edith@debtor.example",
                "date": "2026-08-20",
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self._get_recipient(self.debtor), accountant)

    def test_contact_who_left_is_passed_over(self):
        """An archived contact is written to no more, whatever its role."""
        gone = self._create_person(self.debtor, "Edith")
        accountant = self._create_person(self.debtor, "Claire")
        self._give_role(self.debtor, gone, "management")
        self._give_role(self.debtor, accountant, "accounting")
        gone.active = False
        self.assertEqual(self._get_recipient(self.debtor), accountant)

    def test_contact_of_another_company_s_file_is_not_used(self):
        other = self.env["res.company"].create({"name": "Other"})
        manager = self._create_person(self.debtor, "Denis")
        self._give_role(self.debtor, manager, "management", other)
        self.assertEqual(self._get_recipient(self.debtor), self.debtor)

    def test_role_of_a_letter_and_of_a_call(self):
        """A letter needs the contact's postal address, a call its number."""
        manager = self._create_person(
            self.debtor,
            "Denis",
            type="other",
            street="9 rue Basse",
            zip="38000",
            city="Grenoble",
        )
        buyer = self._create_person(self.debtor, "Anne", phone="+33 4 76 00 00 00")
        self._create_person(self.debtor, "Mute")
        self._give_role(self.debtor, manager, "management")
        self._give_role(self.debtor, buyer, "purchasing")
        for step, role in (("p7", "purchasing"), ("p15", "management")):
            xmlid = f"account_collection.collection_step_rapp_{step}"
            self.env.ref(xmlid).recipient_role = role
        self._create_invoice()
        for date in ("2026-09-01", "2026-09-07", "2026-09-15"):
            self._live(date, date)
        self.assertRecordValues(
            self._followups(),
            [
                {"channel": "email", "recipient_id": manager.id},
                {"channel": "call", "recipient_id": buyer.id},
                {"channel": "letter", "recipient_id": manager.id},
            ],
        )
        _mail, call, letter = self._followups()
        self.assertEqual(call.recipient_address, "+33 4 76 00 00 00")
        self.assertEqual(letter.recipient_address, "9 rue Basse, 38000, Grenoble")
        self.assertEqual(
            letter._get_recipient_lines(),
            ["Menuiserie Durand", "Denis", "9 rue Basse", "38000 GRENOBLE"],
        )

    def test_two_roles_of_a_day_are_two_messages(self):
        accountant = self._create_person(self.debtor, "Claire")
        manager = self._create_person(self.debtor, "Denis")
        self._give_role(self.debtor, accountant, "accounting")
        self._give_role(self.debtor, manager, "management")
        old = self._create_invoice()
        for date in ("2026-09-01", "2026-09-07"):
            self._live(date, date)
        young = self._create_invoice(500, "2026-09-14")
        self.engine.run(date="2026-09-15")
        found = {
            followup.recipient_id: (followup.channel, followup.line_ids.move_id)
            for followup in self._followups("2026-09-15")
        }
        self.assertEqual(
            found, {accountant: ("letter", old), manager: ("email", young)}
        )


@tagged("post_install", "-at_install")
class TestPolicySpacing(CollectionCommon):
    """A scenario's own figures decide, in the query as in the readable rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.rapp.contact_budget = 99

    def _create_scenario(self, debtor, **values):
        scenario = self.rapp.copy({"name": "Own", "code": False, **values})
        file = self.env["collection.debtor"]._get_file(self.company, debtor)
        file.scenario_id = scenario
        return scenario

    def _create_own(self, name, **values):
        """Create a debtor with a scenario of its own and an invoice of 1,000."""
        debtor = self._create_debtor(name, lang="en_US")
        scenario = self._create_scenario(debtor, **values)
        return debtor, scenario, self._create_invoice(partner=debtor)

    # === CATCH-UP SPACING === #

    def test_catch_up_spacing_of_each_scenario_is_lived(self):
        """First run on day 60: as shipped every 7 days, here every 3 and every 10."""
        expected = {
            3: [(60, 1), (63, 7), (66, 15), (69, 30), (72, 45)],
            7: [(60, 1), (66, 7), (73, 15), (80, 30), (87, 45)],
            10: [(60, 1), (66, 7), (74, 15), (84, 30), (94, 45)],
        }
        for spacing, days in expected.items():
            debtor, _scenario, _invoice = self._create_own(
                f"Every {spacing}", catch_up_days=spacing
            )
            with self.subTest(spacing):
                found = self._live(after(60), after(100), debtor)
                self.assertEqual(found, days)

    def test_catch_up_spacing_in_sql_and_in_python(self):
        """Each position against the days around it, for scenarios side by side."""
        owns = {
            spacing: self._create_own(f"Every {spacing}", catch_up_days=spacing)
            for spacing in (1, 3, 7, 12, 30)
        }
        debtors = self.env["res.partner"].union(*(own[0] for own in owns.values()))
        invoices = self.env["account.move"].union(*(own[2] for own in owns.values()))
        self.engine.run(date=after(1), debtors=debtors)
        templates = {
            spacing: self._followups(after(1), own[0]).line_ids
            for spacing, own in owns.items()
        }
        delays = tuple(sorted(self.rapp.step_ids.mapped("delay_days")))
        found, expected, seen = {}, {}, set()
        for delay in (1, 7, 15, 30):
            for planned in (delay, delay + 40):
                position = Position(delay, after(planned))
                for spacing, template in templates.items():
                    step = owns[spacing][1].step_ids.filtered(
                        lambda step, delay=delay: step.delay_days == delay
                    )
                    template.write(
                        {"delay": delay, "date": position.day, "step_id": step.id}
                    )
                for wait in (0, 1, 2, 3, 4, 6, 7, 8, 11, 12, 13, 15, 29, 30):
                    date = after(planned + wait)
                    rows = self._receivables(invoices, date)
                    for spacing, own in owns.items():
                        row = rows.filtered(lambda one, own=own: one.move_id == own[2])
                        key = (spacing, delay, planned, wait)
                        found[key] = row.due_step_id.delay_days or None
                        ladder = Ladder(delays, catch_up=spacing)
                        expected[key] = ladder.due(
                            DUE, own[2].invoice_date, position, date
                        )
                        seen.add((spacing, wait, bool(expected[key])))
        self.assertEqual(found, expected)
        # Each spacing decides somewhere: not due the day before, due on the day.
        for spacing in (1, 3, 7, 12):
            self.assertIn((spacing, spacing, True), seen)
            self.assertIn((spacing, spacing - 1, False), seen)

    def test_announced_day_follows_the_spacing(self):
        for spacing, date in ((3, "2 November 2026"), (10, "5 November 2026")):
            debtor, _scenario, _invoice = self._create_own(
                f"Every {spacing}", catch_up_days=spacing
            )
            self.engine.run(date=after(60), debtors=debtor)
            body = self._followups(after(60), debtor).mail_id.body_html
            self.assertIn(f"we will call you on {date}", body)

    # === CONTACT BUDGET === #

    def _count_waiting_days(self, debtor, budget):
        """Return on which days after the first ones a further e-mail leaves.

        As many invoices as the budget allows get theirs from day 1 on, one a day; then
        comes one more.
        """
        for number in range(budget):
            self._create_invoice(100, after(number), debtor)
        self._create_invoice(100, after(budget), debtor)
        left = []
        for offset in range(1, 10):
            result = self.engine.run(date=after(offset), debtors=debtor)
            if result["held"].get("frequency"):
                continue
            left += [offset] * result["followups"]
        return left

    def test_days_and_size_of_the_budget(self):
        """The (n+1)th e-mail leaves when the first one is as old as the days."""
        # budget, days -> the days on which e-mails leave
        expected = {
            (1, 7): [1, 8],
            (1, 3): [1, 4],
            (2, 5): [1, 2, 6],
            (3, 7): [1, 2, 3, 8],
        }
        for (budget, days), leaving in expected.items():
            debtor = self._create_debtor(f"Budget {budget} in {days}")
            scenario = self._create_scenario(
                debtor, contact_budget=budget, contact_days=days
            )
            scenario.step_ids.filtered(lambda step: step.delay_days != 1).active = False
            with self.subTest(budget=budget, days=days):
                self.assertEqual(self._count_waiting_days(debtor, budget), leaving)

    def test_calls_use_the_budget_once_performed(self):
        debtor, scenario, _invoice = self._create_own("Called", contact_budget=1)
        scenario.step_ids.filtered(lambda step: step.delay_days == 1).active = False
        self.engine.run(date=after(7), debtors=debtor)
        call = self._followups(after(7), debtor)
        self.assertEqual((call.channel, call.state), ("call", "planned"))
        self._create_invoice(500, after(1), debtor)
        message = scenario.step_ids.filtered(lambda step: step.delay_days == 15)
        message.write({"channel": "email", "delay_days": 14, "is_entry": True})
        run = {"date": after(16), "debtors": debtor, "preview": True}
        preview = self.engine.run(**run)
        self.assertEqual(preview["by_channel"], {"email": 1})
        self._perform(call, after(10))
        self.env.flush_all()
        preview = self.engine.run(**run)
        self.assertEqual((preview["held"], preview["followups"]), ({"frequency": 2}, 0))
        run["date"] = after(17)
        self.assertEqual(self.engine.run(**run)["by_channel"], {"email": 1})


@tagged("post_install", "-at_install")
class TestPolicyHolds(CollectionCommon):
    """The codes whose sources come later hold as those that are shipped."""

    def _patch_sources(self, *sources):
        registry = type(self.env["collection.receivable"])
        original = registry._hold_sources
        return patch.object(
            registry, "_hold_sources", lambda model: original(model) + list(sources)
        )

    def _get_source(self, code, line, until=None, amount=None):
        sql = SQL(
            "SELECT %s AS move_line_id, %s::numeric AS amount, %s::date AS until",
            line.id,
            amount,
            until,
        )
        return HoldSource(code, RANKS[code], sql)

    def test_each_later_code_holds_and_lets_go(self):
        move = self._create_invoice()
        date = day("2026-09-01")
        line = self._receivables(move).move_line_id
        labels = dict(
            self.env["collection.receivable"]._fields["hold_reason"].selection
        )
        self.assertEqual(set(LATER_CODES) - set(labels), set())
        for code in LATER_CODES:
            for until in (None, day("2026-09-10")):
                source = self._get_source(code, line, until)
                with self.subTest(code, until=until):
                    with self._patch_sources(source):
                        self.env.invalidate_all()
                        self.assertRecordValues(
                            self._receivables(move, date),
                            [
                                {
                                    "hold_reason": code,
                                    "hold_until": until or False,
                                    "status": "held",
                                    "amount_held": 1000.0,
                                    "amount_due": 0.0,
                                }
                            ],
                        )
                        for preview in (True, False):
                            result = self.engine.run(date=date, preview=preview)
                            self.assertEqual(
                                (result["due"], result["held"], result["lines"]),
                                (1, {code: 1}, 0),
                            )
                    # Gone: the same day goes on as if it had never been there.
                    self.env.invalidate_all()
                    self.assertRecordValues(
                        self._receivables(move, date),
                        [{"hold_reason": False, "status": "due", "amount_due": 1000.0}],
                    )
                    result = self.engine.run(date=date, preview=True)
                    self.assertEqual((result["held"], result["lines"]), ({}, 1))
        self.assertFalse(self._followups())

    def test_first_of_two_later_codes_is_shown(self):
        """The order of the registry decides, whatever the order of the sources."""
        move = self._create_invoice()
        line = self._receivables(move).move_line_id
        codes = sorted(LATER_CODES, key=RANKS.get)
        self.assertEqual(codes[:4], ["insolvency", "handoff", "plan", "promise"])
        for first, second in zip(codes, codes[1:], strict=False):
            sources = [self._get_source(code, line) for code in (second, first)]
            with self.subTest(first), self._patch_sources(*sources):
                self.env.invalidate_all()
                self.assertEqual(self._receivables(move).hold_reason, first)

    def test_part_that_a_later_code_holds(self):
        """A promise over 400 and a plan over 350 leave 250 to be claimed."""
        move = self._create_invoice()
        line = self._receivables(move).move_line_id
        sources = [
            self._get_source("promise", line, amount=400),
            self._get_source("plan", line, amount=350),
        ]
        with self._patch_sources(*sources):
            self.env.invalidate_all()
            self.engine.run(date="2026-09-01")
            self.assertEqual(self._followups().amount, 250)
            self.assertFalse(self._receivables(move, "2026-09-01").hold_reason)


@tagged("post_install", "-at_install")
class TestPolicyUpdate(ProcessCase):
    """What a company changed in the shipped policy survives an update."""

    def _update(self):
        command = [sys.executable, "-m", "odoo", "-u", "account_collection"]
        command += ["-c", str(self.folder / "odoo.conf"), "-d", self.database]
        command += ["--stop-after-init", "--no-http", "--log-level=error"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def _read(self, script):
        """Run a script that ends by telling a value; return the value."""
        output = self.shell(f"import json\n{script}")
        return json.loads(output.splitlines()[-1])

    POLICY = """
env = env(context=dict(env.context, lang="en_US"))
def ref(name):
    return env.ref("account_collection." + name)
step = ref("collection_step_rapp_p30")
level = ref("collection_level_firm")
scenario = ref("collection_scenario_rapp")
text = ref("mail_template_firm")
cron = ref("ir_cron_letters")
report = ref("collection_letter_report")
def in_french(record, name):
    return record.with_context(lang="fr_FR")[name]
def tell():
    print(json.dumps({
        "step": [step.delay_days, step.mode, step.recipient_role, step.name],
        "archived": ref("collection_step_rapp_p45").active,
        "level": [level.name, in_french(level, "name")],
        "scenario": [scenario.name, scenario.contact_budget, scenario.catch_up_days],
        "subject": [text.subject, in_french(text, "subject")],
        "body": ["A line of ours" in text.body_html,
                 "Une ligne à nous" in in_french(text, "body_html")],
        "cron": [cron.interval_number, cron.active],
        "steps": env["collection.step"].search_count([]),
        "report": report.name,
    }))
"""

    def test_changed_policy_survives_an_update(self):
        before = self._read(
            self.POLICY
            + """
step.write({"delay_days": 33, "mode": "manual", "recipient_role": "management",
            "name": "Ours"})
ref("collection_step_rapp_p45").active = False
level.name = "Stern"
level.with_context(lang="fr_FR").name = "Sévère"
scenario.write({"name": "Our policy", "contact_budget": 5, "catch_up_days": 4})
text.subject = "Our subject"
text.with_context(lang="fr_FR").subject = "Notre objet"
text.body_html = text.body_html.replace("Yours faithfully,", "A line of ours")
body = in_french(text, "body_html")
text.with_context(lang="fr_FR").body_html = body.replace(
    "Veuillez agréer", "Une ligne à nous. Veuillez agréer")
cron.write({"interval_number": 3, "active": False})
# Not policy: the update puts it back, which shows that it ran.
report.name = "Changed"
env.cr.commit()
tell()
"""
        )
        self.assertEqual(
            before,
            {
                "step": [33, "manual", "management", "Ours"],
                "archived": False,
                "level": ["Stern", "Sévère"],
                "scenario": ["Our policy", 5, 4],
                "subject": ["Our subject", "Notre objet"],
                "body": [True, True],
                "cron": [3, False],
                "steps": before["steps"],
                "report": "Changed",
            },
        )
        self._update()
        self.assertEqual(
            self._read(self.POLICY + "tell()"),
            {**before, "report": "Collection letter"},
        )

    def test_deleted_step_does_not_come_back(self):
        """A step that was never used may be deleted, and another stand on its day."""
        before = self._read(
            self.POLICY
            + """
other = step.copy({"delay_days": 31, "name": "Ours"})
step.unlink()
other.delay_days = 30
step = other
env.cr.commit()
tell()
"""
        )
        self._update()
        steps = self.rows(
            "SELECT s.delay_days, COALESCE(s.name ->> 'en_US', '')"
            "  FROM collection_step s"
            "  JOIN collection_scenario o ON o.id = s.scenario_id"
            " WHERE o.code = 'rapp' ORDER BY 1"
        )
        self.assertEqual(steps, ["-5|", "1|", "7|", "15|", "30|Ours", "45|"])
        self.assertEqual(
            self.rows("SELECT count(*) FROM collection_step"), [str(before["steps"])]
        )
