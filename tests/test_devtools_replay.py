# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json
import tempfile

from odoo.tests import tagged

from ..devtools.smtp_sink import Sink
from .process import ProcessCase

#: a Tuesday
FIRST = "2026-09-01"
#: C1 has two invoices of two currencies that are due on one day; C2's is disputed; C3
#: paid before it was due; C4's are older than the first day, one was paid before it
LEDGER = """\
customer,customer_name,invoice,invoice_date,due_date,amount,currency,paid_date,disputed
C1,Durand,F1,2026-08-11,2026-09-10,1000.00,EUR,,
C1,Durand,F2,2026-08-11,2026-09-10,250.50,CHF,2026-09-20,
C2,Morel,F3,2026-08-05,2026-09-04,300.00,EUR,,1
C3,Keller,F4,2026-08-20,2026-09-20,80.00,EUR,2026-09-02,
C4,Vasseur,F5,2026-07-01,2026-08-01,500.00,CHF,,
C4,Vasseur,F6,2026-06-01,2026-07-01,40.00,EUR,2026-08-15,
"""
#: delay -> (invoices, their amount, messages)
STEPS = {
    "-5": (2, 1250.50, 1),
    "1": (3, 1750.50, 2),
    "7": (3, 1750.50, 2),
    "15": (2, 1500.00, 2),
    "30": (1, 500.00, 1),
    "45": (1, 500.00, 1),
}
#: F1 reaches each step on its day, F2 too until it is paid. F5 starts at D+1 on the
#: first day, because nothing was run before, and catches up by seven days at most
LIVED = """\
F1|-5|2026-09-05
F1|1|2026-09-11
F1|7|2026-09-17
F1|15|2026-09-25
F2|-5|2026-09-05
F2|1|2026-09-11
F2|7|2026-09-17
F5|1|2026-09-01
F5|7|2026-09-07
F5|15|2026-09-14
F5|30|2026-09-21
F5|45|2026-09-28"""
LINES = """SELECT m.ref, l.delay, l.date FROM collection_followup_line l
             JOIN account_move m ON m.id = l.move_id
            WHERE l.counted ORDER BY m.ref, l.date"""
MOVES = """SELECT m.ref, m.invoice_date, m.amount_total, c.name, m.payment_state
             FROM account_move m JOIN res_currency c ON c.id = m.currency_id
            WHERE m.move_type = 'out_invoice' AND m.state = 'posted' ORDER BY m.ref"""
RATE = """INSERT INTO res_currency_rate (currency_id, name, rate)
          SELECT id, '2020-01-01', 0.95 FROM res_currency WHERE name = 'CHF'"""
CURRENCIES = """SELECT c.name, c.active, count(r.id) FROM res_currency c
             LEFT JOIN res_currency_rate r ON r.currency_id = c.id
                 WHERE c.name IN ('CHF', 'EUR', 'GBP') GROUP BY 1, 2 ORDER BY 1"""
CUSTOMERS = """SELECT ref, name, email LIKE '%.invalid',
                      street <> '' AND zip <> '' AND city <> '' AND country_id > 0
                 FROM res_partner WHERE ref ~ '^C[0-9]$' ORDER BY ref"""


@tagged("post_install", "-at_install")
class TestDevtoolsReplayLife(ProcessCase):
    """A small ledger that a real process lives through."""

    def live(self, last, smtp_port=None):
        """Live from the first day; return the RESULT.

        :param smtp_port: None = plain arithmetic
        """
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write(LEDGER)
            file.flush()
            options = {
                "csv": file.name,
                "guards": bool(smtp_port),
                "first": FIRST,
                "last": last,
                "rejected": 3,
                "smtp_port": smtp_port,
            }
            output = self.shell(
                "from odoo.addons.account_collection.devtools.inside import replay\n"
                f"replay.run(env, {json.dumps(options)!r})\n"
            )
        *_before, line = output.splitlines()
        self.assertTrue(line.startswith("RESULT {"), output)
        return json.loads(line.removeprefix("RESULT "))

    def test_plain_arithmetic(self):
        self.rows(RATE)
        before = self.rows(CURRENCIES)
        self.assertEqual(before[0], "CHF|f|1")
        result = self.live("2026-09-30")
        self.assertGreater(result.pop("seconds"), 0)
        names = ("receivables", "amount", "messages")
        expected = {
            "steps": {
                delay: dict(zip(names, counts, strict=True))
                for delay, counts in STEPS.items()
            },
            "by_channel": {
                "call": 2,
                "email": 3,
                "handoff": 1,
                "letter": 2,
                "registered": 1,
            },
            # On each day from its D-5 on, and counted once.
            "held": {"dispute": 1},
            "rejected_rows": 3,
        }
        self.assertEqual(result, expected)
        self.assertEqual(self.rows(LINES), LIVED.splitlines())
        self.assertEqual(self.rows(CURRENCIES), ["CHF|t|0", "EUR|t|0", before[2]])
        self.assertEqual(
            self.rows(MOVES),
            [
                "F1|2026-08-11|1000.00|EUR|not_paid",
                "F2|2026-08-11|250.50|CHF|paid",
                "F3|2026-08-05|300.00|EUR|not_paid",
                "F4|2026-08-20|80.00|EUR|paid",
                "F5|2026-07-01|500.00|CHF|not_paid",
                "F6|2026-06-01|40.00|EUR|paid",
            ],
        )
        # Nothing was run for what lies before the first day.
        self.assertEqual(
            self.rows("SELECT min(date) FROM collection_followup"), [FIRST]
        )

    def test_with_guards(self):
        """The first week: F1 and F2 wait from Saturday to Monday, each counted once."""
        with Sink() as sink:
            result = self.live("2026-09-08", sink.port)
        self.assertEqual(result["held"], {"calendar": 2, "dispute": 1})
        self.assertEqual(result["by_channel"], {"call": 1, "email": 2})
        self.assertEqual(
            self.rows(LINES),
            [
                "F1|-5|2026-09-07",
                "F2|-5|2026-09-07",
                "F5|1|2026-09-01",
                "F5|7|2026-09-07",
            ],
        )
        self.assertEqual(
            [recipients for recipients, _content in sink.kept],
            [["customer4@ledger.invalid"], ["customer1@ledger.invalid"]],
        )
        self.assertEqual(
            self.rows(CUSTOMERS),
            ["C1|Durand|t|t", "C2|Morel|t|t", "C3|Keller|t|t", "C4|Vasseur|t|t"],
        )
