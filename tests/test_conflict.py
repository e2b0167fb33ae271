# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json

from odoo.tests import tagged

from .process import ProcessCase

COUNTED = """SELECT count(*), count(DISTINCT debtor_id) FROM collection_followup
              WHERE state <> 'cancelled'"""
LINES = """SELECT count(*), count(DISTINCT (move_line_id, step_id)),
                  count(*) FILTER (WHERE latest)
             FROM collection_followup_line WHERE counted"""
MAILS = """SELECT count(*), count(DISTINCT x.res_id)
             FROM mail_mail m JOIN mail_message x ON x.id = m.mail_message_id"""
CASES = "SELECT count(*), count(DISTINCT debtor_id) FROM collection_case"

#: what the scripts share: another transaction that commits while the run works
TOOLS = """
import json
from odoo.api import SUPERUSER_ID, Environment
from odoo.addons.account_collection.models import collection_engine
from odoo.addons.account_collection.models.collection_engine_apply import DayWriter
from psycopg2 import errors
engine = env["collection.engine"]
Engine, File, Followup, Case = (
    env.registry[f"collection.{name}"]
    for name in ("engine", "debtor", "followup", "case"))
told = {"tries": {}}
others = []
def elsewhere(work):
    "Do something in another transaction, and commit it."
    with env.registry.cursor() as other:
        others.append(other)
        work(Environment(other, SUPERUSER_ID, {}))
    others.clear()
def meanwhile(owner, name, work, times, when=None, after=False):
    "Have something done elsewhere around the first calls of a function."
    original = getattr(owner, name)
    def around(self, *arguments):
        if others or (when and not when(*arguments)):
            return original(self, *arguments)
        told["tries"][name] = told["tries"].get(name, 0) + 1
        is_now = told["tries"][name] <= times
        if is_now and not after:
            elsewhere(work)
        answer = original(self, *arguments)
        if is_now and after:
            elsewhere(work)
        return answer
    setattr(owner, name, around)
def run_on(day):
    result = engine._run(day, commit=commit).as_dict()
    told.update({key: result[key] for key in ("followups", "lines", "failed")})
    told["cases_closed"] = result["cases_closed"]
def tell():
    print(json.dumps(told), flush=True)
"""
#: files that are there before the run, and a change of theirs elsewhere
TOUCHED = """
File._ensure_files(env["collection.debtor"], env.company, partners.ids)
env.cr.commit()
def touch(other):
    other.cr.execute("UPDATE collection_debtor SET version = version + 10")
"""


@tagged("post_install", "-at_install")
class TestConflict(ProcessCase):
    """Rows that change between planning and writing: planned again, three times.

    The other transaction commits at a chosen place, so that PostgreSQL refuses what
    the run writes next (its snapshot is older).
    """

    def _tell(self, script):
        """Run a script to its end; return what it told."""
        return json.loads(self.shell(TOOLS + script).splitlines()[-1])

    def _assert_once(self, count):
        """Each debtor has one message, one line, one case, one mail."""
        twice = f"{count}|{count}"
        self.assertEqual(self.rows(COUNTED), [twice])
        self.assertEqual(self.rows(LINES), [f"{twice}|{count}"])
        self.assertEqual(self.rows(CASES), [twice])
        self.assertEqual(self.rows(MAILS), [twice])

    # === THE BATCH === #

    def test_third_attempt_succeeds(self):
        """The files change under the run twice; nothing of these attempts stays."""
        told = self._tell(
            f"""
partners = seed(3)
{TOUCHED}
meanwhile(File, "_ensure_files", touch, times=2, after=True)
run_on("2026-09-01")
tell()
"""
        )
        self.assertEqual(
            told,
            {
                "tries": {"_ensure_files": 3},
                "followups": 3,
                "lines": 3,
                "failed": 0,
                "cases_closed": 0,
            },
        )
        self._assert_once(3)
        # Twice ten from elsewhere, one from the attempt that was kept.
        self.assertEqual(
            self.rows("SELECT DISTINCT version FROM collection_debtor"), ["21"]
        )

    def test_third_conflict_is_raised_and_the_rest_intact(self):
        """The batch before stays, the one behind is taken up by the next run."""
        told = self._tell(
            f"""
partners = seed(3)
{TOUCHED}
collection_engine.BATCH = 1
second = partners.ids[1]
meanwhile(File, "_ensure_files", touch, times=9, after=True,
          when=lambda company, ids: second in ids)
try:
    run_on("2026-09-01")
except errors.SerializationFailure:
    told["raised"] = True
env.cr.rollback()
env.cr.execute("SELECT id FROM res_partner WHERE id IN %s"
               " AND EXISTS (SELECT 1 FROM collection_followup w"
               "              WHERE w.debtor_id = res_partner.id)",
               [tuple(partners.ids)])
told["done"] = [partners.ids.index(row[0]) for row in env.cr.fetchall()]
env.cr.execute("SELECT count(*) FROM mail_activity WHERE res_model LIKE 'collection%'")
told["reported"] = env.cr.fetchone()[0]
tables = ("collection_followup", "collection_followup_line", "collection_case",
          "mail_mail")
for table in tables:
    env.cr.execute(f"SELECT count(*) FROM {{table}}")
    told[table] = env.cr.fetchone()[0]
# The next run, undisturbed.
others.append(None)
told["next"] = engine._run("2026-09-01", commit=commit).as_dict()["followups"]
tell()
"""
        )
        self.assertEqual(
            told,
            {
                "tries": {"_ensure_files": 3},
                "raised": True,
                "done": [0],
                "reported": 0,
                "collection_followup": 1,
                "collection_followup_line": 1,
                "collection_case": 1,
                "mail_mail": 1,
                "next": 2,
            },
        )
        self._assert_once(3)

    def test_another_run_planned_the_same_debtors(self):
        """It was faster: the second attempt finds nothing left to do."""
        told = self._tell(
            f"""
partners = seed(2)
{TOUCHED}
def plan(other):
    result = other["collection.engine"]._run("2026-09-01")
    told["theirs"] = result.as_dict()["followups"]
meanwhile(File, "_ensure_files", plan, times=1, after=True)
run_on("2026-09-01")
tell()
"""
        )
        self.assertEqual((told["theirs"], told["tries"]), (2, {"_ensure_files": 2}))
        self.assertEqual((told["followups"], told["lines"]), (0, 0))
        self._assert_once(2)

    def test_another_run_created_the_same_files(self):
        """Both see no file; the second insert is refused, then finds the first's."""
        told = self._tell(
            """
partners = seed(2)
env.cr.commit()
def create(other):
    files = other["collection.debtor"]
    for partner in partners.ids:
        files._get_file(other.company, other["res.partner"].browse(partner))
meanwhile(Engine, "_lock_files", create, times=1)
run_on("2026-09-01")
tell()
"""
        )
        self.assertEqual((told["tries"], told["followups"]), ({"_lock_files": 2}, 2))
        self._assert_once(2)
        self.assertEqual(self.rows("SELECT count(*) FROM collection_debtor"), ["2"])

    def test_call_that_is_performed_meanwhile_is_not_overtaken(self):
        """The plan was to overtake it; planned again, the letter follows it."""
        told = self._tell(
            """
partners = seed(1)
env.cr.commit()
for day in ("2026-09-01", "2026-09-07"):
    engine._run(day, commit=commit)
call = env["collection.followup"].search([("channel", "=", "call")])
assert call.state == "planned"
def perform(other):
    other["collection.followup"].browse(call.id)._update_state(
        "performed", performed_on="2026-09-15", call_result="message")
plans = []
original = DayWriter.apply
def keep(writer, plans_of_day):
    plans.append([len(plan.overtaken) for plan in plans_of_day])
    return original(writer, plans_of_day)
DayWriter.apply = keep
meanwhile(DayWriter, "apply", perform, times=1)
run_on("2026-09-15")
told["overtaken"] = plans
tell()
"""
        )
        self.assertEqual((told["tries"], told["overtaken"]), ({"apply": 2}, [[1], [0]]))
        self.assertEqual((told["followups"], told["lines"]), (1, 1))
        self.assertEqual(
            self.rows("SELECT channel, state FROM collection_followup ORDER BY id"),
            ["email|queued", "call|performed", "letter|queued"],
        )
        self.assertEqual(
            self.rows(
                "SELECT delay, counted, latest, state FROM collection_followup_line"
                " ORDER BY id"
            ),
            ["1|t|f|queued", "7|t|f|performed", "15|t|t|queued"],
        )

    def test_without_commit_a_conflict_is_the_caller_s(self):
        """A button has no transaction of its own: Odoo does its request again."""
        told = self._tell(
            f"""
partners = seed(1)
{TOUCHED}
meanwhile(File, "_ensure_files", touch, times=9, after=True)
partners.ref = "Written by the caller"
env.flush_all()
try:
    engine.run("2026-09-01")
except errors.SerializationFailure:
    told["raised"] = True
try:
    env.cr.execute("SELECT 1")
except errors.InFailedSqlTransaction:
    told["left_to_caller"] = True
env.cr.rollback()
tell()
"""
        )
        self.assertEqual(
            told,
            {"tries": {"_ensure_files": 1}, "raised": True, "left_to_caller": True},
        )
        self._assert_once(0)

    # === BEFORE AND AFTER THE BATCHES === #

    def test_review_and_closing_are_done_again(self):
        """Paid: the call is cancelled, the case closed; a collector does so first."""
        told = self._tell(
            """
partners = seed(1)
env.cr.commit()
for day in ("2026-09-01", "2026-09-07"):
    engine._run(day, commit=commit)
call = env["collection.followup"].search([("channel", "=", "call")])
move = env["account.move"].search([("partner_id", "=", partners.id)])
env["account.payment.register"].with_context(
    active_model="account.move", active_ids=move.ids
).create({"payment_date": "2026-09-08"})._create_payments()
env.cr.commit()
def perform(other):
    other["collection.followup"].browse(call.id)._update_state(
        "performed", performed_on="2026-09-08", call_result="paid")
def close(other):
    other["collection.case"].search([])._close("2026-09-08", "stopped")
meanwhile(Followup, "_cancel", perform, times=1)
meanwhile(Case, "_close", close, times=1)
run_on("2026-09-08")
tell()
"""
        )
        self.assertEqual(told["tries"], {"_cancel": 2, "_close": 2})
        self.assertEqual(told["cases_closed"], 0)
        self.assertEqual(
            self.rows("SELECT channel, state FROM collection_followup ORDER BY id"),
            ["email|queued", "call|performed"],
        )
        self.assertEqual(
            self.rows("SELECT state, outcome FROM collection_case"), ["closed|stopped"]
        )
