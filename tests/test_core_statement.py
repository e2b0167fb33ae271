# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses
import datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..core.statement import BUCKETS, OpenItem, make_statement

PROPERTY = settings(
    deadline=None,
    max_examples=100,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TODAY = datetime.date(2026, 9, 30)
CENT = Decimal("0.01")

amounts = st.integers(-500_000, 500_000).filter(bool).map(lambda x: x * CENT)


@st.composite
def open_items(draw, currencies=(1, 2)):
    """Return an item whose held part is of its sign and not larger."""
    number = draw(st.integers(1, 10**6))
    balance = draw(amounts)
    late = draw(st.integers(-60, 200))
    held = draw(st.sampled_from([Decimal(), balance, (balance / 2).quantize(CENT)]))
    return OpenItem(
        id=number,
        document=f"F{number}",
        kind="invoice",
        reference="",
        currency_id=draw(st.sampled_from(currencies)),
        nature=draw(
            st.sampled_from(["trade", "trade", "doubtful", "bill", "retention"])
        ),
        date=TODAY - datetime.timedelta(days=late + 30),
        date_due=TODAY - datetime.timedelta(days=late),
        days_late=late,
        total=balance,
        balance=balance,
        held=held,
        hold_reason=None,
        balance_company=balance,
    )


def item(number, balance, late, **values):
    """Return an item by its balance and its days late."""
    facts = {
        "id": number,
        "document": f"F{number}",
        "kind": "invoice",
        "reference": "",
        "currency_id": 1,
        "nature": "trade",
        "date": TODAY - datetime.timedelta(days=late + 30),
        "date_due": TODAY - datetime.timedelta(days=late),
        "days_late": late,
        "total": Decimal(balance),
        "balance": Decimal(balance),
        "held": Decimal(),
        "hold_reason": None,
        "balance_company": Decimal(balance),
    }
    return OpenItem(**{**facts, **values})


class TestCoreStatement(BaseCase):
    """A statement adds up, whatever stands in the ledger."""

    def test_account_in_figures(self):
        """Due 300 (50 disputed), not due 400, credit 80: 170 are asked for."""
        statement = make_statement(
            7,
            TODAY,
            [
                item(1, "100.00", 45),
                item(2, "200.00", 3, held=Decimal("50.00")),
                item(3, "400.00", -10),
                item(4, "-80.00", 12),
                item(5, "1000.00", -20, nature="bill"),
                item(6, "60.00", -300, nature="retention"),
                item(7, "25.50", 400, nature="doubtful"),
            ],
        )
        account = statement.accounts[0]
        self.assertEqual(account.due, Decimal("325.50"))
        self.assertEqual(account.examined, 50)
        self.assertEqual(account.not_due, 400)
        self.assertEqual(account.credits, -80)
        self.assertEqual(account.net, Decimal("645.50"))
        self.assertEqual(account.bills_total, 1000)
        self.assertEqual(account.retentions_total, 60)
        self.assertEqual(account.balance, Decimal("1705.50"))
        self.assertEqual(account.payable, Decimal("195.50"))
        self.assertEqual(
            list(account.buckets.values()),
            [400, 200, 100, 0, Decimal("25.50")],
        )
        # By due date: 400 days late first, the running total goes on.
        self.assertEqual(
            [(line.item.id, line.running) for line in account.main],
            [
                (7, Decimal("25.50")),
                (1, Decimal("125.50")),
                (4, Decimal("45.50")),
                (2, Decimal("245.50")),
                (3, Decimal("645.50")),
            ],
        )

    def test_edges_of_the_ages(self):
        late = {0: "not_due", 1: "d1_30", 30: "d1_30", 31: "d31_60", 60: "d31_60"}
        late.update({61: "d61_90", 90: "d61_90", 91: "d91", -5: "not_due"})
        for days, bucket in late.items():
            self.assertEqual(item(1, "1.00", days).bucket, bucket, days)

    def test_credits_alone_ask_for_nothing(self):
        statement = make_statement(7, TODAY, [item(1, "-80.00", 12)])
        self.assertEqual(statement.accounts[0].payable, 0)
        self.assertEqual(statement.accounts[0].net, -80)
        self.assertEqual(statement.weight, 80)

    def test_debts_and_credits_are_not_netted_in_the_weight(self):
        items = [item(1, "100.00", 12), item(2, "-100.00", 1)]
        statement = make_statement(7, TODAY, items)
        self.assertEqual((statement.balance_company, statement.weight), (0, 100))

    @PROPERTY
    @given(st.lists(open_items(), max_size=30, unique_by=lambda x: x.id))
    def test_every_amount_is_somewhere_once(self, items):
        statement = make_statement(7, TODAY, items, first_currency=2)
        for account in statement.accounts:
            own = [x for x in items if x.currency_id == account.currency_id]
            self.assertEqual(account.balance, sum(x.balance for x in own))
            self.assertEqual(
                account.net, sum(account.buckets.values()) + account.credits
            )
            self.assertEqual(set(account.buckets), set(BUCKETS))
            for part in (account.main, account.bills, account.retentions):
                running = Decimal()
                for line in part:
                    running += line.item.balance
                    self.assertEqual(line.running, running)
            self.assertGreaterEqual(account.payable, 0)
            self.assertLessEqual(account.payable, account.due)
        self.assertEqual(
            sorted(x.id for x in statement.items), sorted(x.id for x in items)
        )
        order = [account.currency_id for account in statement.accounts]
        self.assertEqual(order, sorted(order, key=lambda key: (key != 2, key)))

    @PROPERTY
    @given(st.lists(open_items(), max_size=8, unique_by=lambda x: x.id))
    def test_fingerprint_follows_the_figures_alone(self, items):
        """The order of the rows and the days late do not count, any amount does."""
        first = make_statement(7, TODAY, items).fingerprint()
        later = [dataclasses.replace(x, days_late=x.days_late + 1) for x in items]
        later.reverse()
        self.assertEqual(make_statement(7, TODAY, later).fingerprint(), first)
        if items:
            changed = [dataclasses.replace(items[0], balance=items[0].balance + CENT)]
            other = make_statement(7, TODAY, changed + items[1:]).fingerprint()
            self.assertNotEqual(other, first)
