# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""A company's day: what the plan needs is read here.

Everything goes by sets: a batch of debtors costs the same number of queries whatever
the number of their receivables.
"""

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo.tools import SQL

from ..core import planning
from ..core.figures import Item, as_item
from ..core.ladder import Ladder
from .account_account import CHASED_NATURES
from .collection_step import INTERNAL_ROLES

#: columns of an item (core/figures.py); v = receivable query, n = account_move
ITEM_COLUMNS = (
    "v.id, v.document, COALESCE(n.ref, n.invoice_origin) AS reference, v.currency_id,"
    " v.invoice_date, n.delivery_date, v.date_due, v.days_overdue,"
    " v.amount_total::text AS total, v.amount_residual_currency::text AS residual,"
    " v.amount_due::text AS due, v.amount_residual::text AS residual_company,"
    " v.hold_reason, v.scenario_id"
)
LINE_COLUMNS = (
    "v.debtor_id, v.move_id, v.nature, v.case_id, v.due_step_id, v.last_line_id,"
    " v.last_state, v.first_written, v.notice_on, " + ITEM_COLUMNS
)


def read_step_rows(env) -> list[dict]:
    """Return the steps of every scenario with their level and policy, by delay."""
    env["collection.step"].flush_model()
    return env.execute_query_dict(
        SQL(
            """SELECT s.id, s.delay_days, l.code, s.level_id, s.channel, s.mode,
                      s.recipient_role, s.minimum_amount::text,
                      s.substitute_channel, s.counts_in_budget, s.scenario_id,
                      s.is_entry, s.active, o.catch_up_days, o.contact_budget,
                      o.contact_days
                 FROM collection_step s
                 JOIN collection_level l ON l.id = s.level_id
                 JOIN collection_scenario o ON o.id = s.scenario_id
                ORDER BY s.delay_days"""
        )
    )


class Policy(NamedTuple):
    """A scenario: its ladder, level and step of each delay, its contact budget.

    ``announced`` is the ladder without the steps of which the debtor never hears: looks
    at a portal, words to a colleague.
    """

    ladder: Ladder
    announced: Ladder
    levels: dict[int, int]
    contact_budget: int
    contact_days: int
    steps: dict[int, int]

    @classmethod
    def from_rows(cls, rows: list[dict]) -> dict[int, "Policy"]:
        """Return scenario -> policy, of its active steps in the order of delays."""
        groups = defaultdict(list)
        for row in rows:
            if row["active"]:
                groups[row["scenario_id"]].append(row)
        return {
            scenario: cls(
                cls._get_ladder(steps),
                cls._get_ladder(
                    [
                        row
                        for row in steps
                        if row["recipient_role"] not in INTERNAL_ROLES
                        and row["channel"] != "portal"
                    ]
                ),
                {row["delay_days"]: row["level_id"] for row in steps},
                steps[0]["contact_budget"],
                steps[0]["contact_days"],
                {row["delay_days"]: row["id"] for row in steps},
            )
            for scenario, steps in groups.items()
        }

    @staticmethod
    def _get_ladder(steps: list[dict]) -> Ladder:
        entry = next((row["delay_days"] for row in steps if row["is_entry"]), None)
        delays = tuple(row["delay_days"] for row in steps)
        return Ladder(delays, entry, steps[0]["catch_up_days"] if steps else 0)


class DayRun:
    """The day of a company.

    :param env: environment of the engine: superuser, the company alone allowed
    :param company: res.company record
    :param today: the policy's day
    """

    def __init__(self, env, company, today: datetime.date):
        self.env = env
        self.company = company
        self.today = today
        self.has_guards = env["collection.receivable"]._has_guards()
        self.is_simulation = env["collection.engine"]._is_simulation()
        self.calendar = env["collection.calendar"]._get_calendar(company)
        self.bank_day = env["collection.engine"]._get_last_bank_day(company)
        self.bank = env["collection.bank.detail"]._get_state(company, today)
        self.steps = self._read_steps()
        self.day = self._get_day()
        self.lines: dict[int, dict] = {}
        self.items: dict[int, list[Item]] = {}
        self.colleagues: dict[int, planning.Address] = {}

    @property
    def records_only(self) -> bool:
        """Tell whether follow-ups count as performed at once, through no channel."""
        return self.is_simulation or not self.has_guards

    # === READING === #

    def _get_day(self) -> planning.Day:
        company = self.company
        return planning.Day(
            date=self.today,
            is_working=self.calendar.is_working(self.today),
            is_bank_stale=self.is_bank_stale,
            is_live=company.collection_live or not self.has_guards,
            minimum_total=Decimal(str(company.collection_minimum_total)),
            has_guards=self.has_guards,
            unapproved_steps=self.bank.steps
            if self.has_guards and self.bank.is_pending
            else frozenset(),
        )

    @property
    def is_bank_stale(self) -> bool:
        """Tell whether payments of the last days may not be known.

        A company that never had a bank line is not stale: it is warned elsewhere. A
        simulation assumes that the bank is kept up to date.
        """
        if not self.bank_day or self.is_simulation:
            return False
        age = self.calendar.count(self.bank_day, self.today)
        return age > self.company.collection_bank_stale_days

    def _read_steps(self) -> dict[int, planning.Step]:
        rows = read_step_rows(self.env)
        self.policies = Policy.from_rows(rows)
        return {
            row["id"]: planning.Step(
                id=row["id"],
                delay=row["delay_days"],
                level=row["code"],
                level_id=row["level_id"],
                channel=row["channel"],
                mode=row["mode"],
                recipient_role=row["recipient_role"],
                minimum_amount=Decimal(row["minimum_amount"] or 0),
                substitute_channel=row["substitute_channel"],
                counts=bool(row["counts_in_budget"]),
                is_internal=row["recipient_role"] in INTERNAL_ROLES,
            )
            for row in rows
        }

    def plan(self, debtor_ids) -> list[planning.DebtorPlan]:
        """Return the plans of debtors, from the ledger of this moment."""
        rows = self._read_lines(debtor_ids)
        by_debtor = defaultdict(list)
        for row in rows:
            by_debtor[row["debtor_id"]].append(row)
            self.items.setdefault(row["debtor_id"], []).append(as_item(row))
        self.lines.update({row["id"]: row for row in rows})
        self.colleagues.update(self._read_colleagues(rows))
        doubtful = self._read_doubtful(debtor_ids)
        debtors = self._read_debtors(by_debtor)
        plans = []
        for debtor_id, lines in by_debtor.items():
            due = [
                self._as_row(line, line["id"] in doubtful)
                for line in lines
                if line["due_step_id"]
            ]
            plan = planning.plan_debtor(debtors[debtor_id], due, self.day)
            plan.has_case = bool(lines[0]["case_id"])
            plans.append(plan)
        return plans

    def _read_lines(self, debtor_ids) -> list[dict]:
        receivables = self.env["collection.receivable"]
        return self.env.execute_query_dict(
            SQL(
                """SELECT %s FROM %s v JOIN account_move n ON n.id = v.move_id
                    WHERE v.company_id = %s AND v.debtor_id IN %s AND v.nature IN %s
                    ORDER BY v.debtor_id, v.date_due, v.id""",
                SQL(LINE_COLUMNS),
                receivables._table_sql,
                self.company.id,
                tuple(debtor_ids) or (0,),
                CHASED_NATURES,
            )
        )

    def _read_colleagues(self, rows) -> dict[int, planning.Address]:
        """Return receivable -> the colleague whom its internal step tells."""
        wanted = defaultdict(list)
        for row in rows:
            step = self.steps.get(row["due_step_id"])
            if step and step.is_internal:
                wanted[step.recipient_role].append(row["id"])
        if not wanted:
            return {}
        recipients = self.env["collection.recipient"]
        return recipients._get_colleagues(self.company, wanted)

    def _read_doubtful(self, debtor_ids) -> set[int]:
        """Return the receivables whose probable payment outlived its hold."""
        if not self.has_guards:
            return set()
        probable = self.env["collection.probable.payment"]
        rows = self.env.execute_query(
            SQL(
                """SELECT y.move_line_id
                     FROM collection_probable_payment y
                     LEFT JOIN account_move_line k ON k.id = y.credit_line_id
                     LEFT JOIN account_bank_statement_line b
                            ON b.id = y.statement_line_id
                    WHERE y.company_id = %s AND y.debtor_id IN %s
                      AND y.date_until < %s AND y.date > %s AND %s""",
                self.company.id,
                tuple(debtor_ids) or (0,),
                self.today,
                self.today
                - datetime.timedelta(days=self.company.collection_probable_days),
                probable._sql_open(),
            )
        )
        return {row[0] for row in rows}

    def _read_debtors(self, by_debtor) -> dict[int, planning.Debtor]:
        ids = list(by_debtor)
        addresses = self.env["collection.recipient"]._get_addresses(self.company, ids)
        followups = self.env["collection.followup"]
        policies = {
            debtor_id: self.policies.get(lines[0]["scenario_id"])
            for debtor_id, lines in by_debtor.items()
        }
        days = {key: policy.contact_days for key, policy in policies.items() if policy}
        recent = followups._read_recent_contacts(self.company, days, self.today)
        return {
            debtor_id: planning.Debtor(
                id=debtor_id,
                net_overdue=self._net_overdue(lines),
                free_credits=self._free_credits(lines),
                recent_contacts=recent.get(debtor_id, 0),
                contact_budget=(
                    policies[debtor_id].contact_budget if policies[debtor_id] else 0
                ),
                has_unmatched_receipt=any(
                    line["hold_reason"] == "probable_payment" for line in lines
                ),
                addresses=addresses.get(debtor_id, {}),
            )
            for debtor_id, lines in by_debtor.items()
        }

    def _net_overdue(self, lines) -> Decimal:
        """Return what is overdue and not held, minus free credits.

        In company currency, at the ledger's own rates.
        """
        net = Decimal()
        for line in lines:
            residual = Decimal(line["residual"])
            counts = residual < 0 or (
                line["days_overdue"] > 0 and not line["hold_reason"]
            )
            if counts and residual:
                net += self._due_company(line)
        return net.quantize(Decimal("0.01"))

    def _free_credits(self, lines) -> Decimal:
        """Return the unallocated credits, zero or negative, in company currency."""
        credits = (line for line in lines if Decimal(line["residual"]) < 0)
        return sum(map(self._due_company, credits), Decimal())

    @staticmethod
    def _due_company(line) -> Decimal:
        residual, due = Decimal(line["residual"]), Decimal(line["due"])
        amount = Decimal(line["residual_company"])
        return amount if due == residual else amount * due / residual

    def _as_row(self, line, is_doubtful: bool) -> planning.Row:
        return planning.Row(
            id=line["id"],
            amount_due=self._due_company(line),
            step=self.steps[line["due_step_id"]],
            hold_reason=line["hold_reason"],
            last_line_id=line["last_line_id"],
            last_state=line["last_state"],
            first_written=line["first_written"],
            notice_on=line["notice_on"],
            is_doubtful_payment=is_doubtful,
            colleague=self.colleagues.get(line["id"]),
        )
