# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""A company's day: what the plan needs is read here, what it decided is written.

Everything goes by sets: a batch of debtors costs the same number of queries whatever
the number of their receivables.
"""

import datetime
from collections import defaultdict
from decimal import Decimal

from odoo.tools import SQL

from ..core import planning
from .account_account import CHASED_NATURES

LINE_COLUMNS = (
    "id, debtor_id, move_id, document, currency_id, company_currency_id, date_due,"
    " days_overdue, nature, case_id, amount_residual::text AS residual_company,"
    " amount_residual_currency::text AS residual, amount_due::text AS due,"
    " hold_reason, due_step_id, last_line_id, last_state, first_written, notice_on"
)


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
        self.steps = self._read_steps()
        self.day = self._get_day()
        self.lines: dict[int, dict] = {}

    # === READING === #

    def _get_day(self) -> planning.Day:
        company = self.company
        calendar = self.env["collection.calendar"]._get_calendar(company)
        return planning.Day(
            date=self.today,
            is_working=calendar.is_working(self.today),
            is_bank_stale=self.is_bank_stale(calendar),
            is_live=company.collection_live or not self.has_guards,
            minimum_total=Decimal(str(company.collection_minimum_total)),
            has_guards=self.has_guards,
        )

    def is_bank_stale(self, calendar) -> bool:
        """Tell whether payments of the last days may not be known.

        A company that never had a bank line is not stale: it is warned elsewhere.
        """
        last = self.env["collection.engine"]._get_last_bank_day(self.company)
        if not last:
            return False
        return calendar.count(last, self.today) > self.company.collection_bank_stale_days

    def _read_steps(self) -> dict[int, planning.Step]:
        steps = self.env["collection.step"].with_context(active_test=False).search([])
        return {
            step.id: planning.Step(
                id=step.id,
                delay=step.delay_days,
                level=step.level_id.code,
                level_id=step.level_id.id,
                channel=step.channel,
                mode=step.mode,
                recipient_role=step.recipient_role,
                minimum_amount=Decimal(str(step.minimum_amount or 0)),
                substitute_channel=step.substitute_channel or None,
                counts=step.counts_in_budget,
            )
            for step in steps
        }

    def plan(self, debtor_ids) -> list[planning.DebtorPlan]:
        """Return the plans of debtors, from the ledger of this moment."""
        rows = self._read_lines(debtor_ids)
        by_debtor = defaultdict(list)
        for row in rows:
            by_debtor[row["debtor_id"]].append(row)
        self.lines.update({row["id"]: row for row in rows})
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
                """SELECT %s FROM %s v
                    WHERE v.company_id = %s AND v.debtor_id IN %s AND v.nature IN %s
                    ORDER BY v.debtor_id, v.date_due, v.id""",
                SQL(LINE_COLUMNS),
                receivables._table_sql,
                self.company.id,
                tuple(debtor_ids) or (0,),
                CHASED_NATURES,
            )
        )

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
        recent = followups._read_recent_contacts(self.company, ids, self.today)
        budgets = self._read_budgets(ids)
        return {
            debtor_id: planning.Debtor(
                id=debtor_id,
                net_overdue=self._net_overdue(lines),
                recent_contacts=recent.get(debtor_id, 0),
                contact_budget=budgets.get(debtor_id, 3),
                addresses=addresses.get(debtor_id, {}),
            )
            for debtor_id, lines in by_debtor.items()
        }

    def _read_budgets(self, debtor_ids) -> dict[int, int]:
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id, o.contact_budget
                     FROM res_partner p
                     LEFT JOIN collection_debtor f
                            ON f.debtor_id = p.id AND f.company_id = %(company)s
                     LEFT JOIN collection_segment g ON g.id = f.segment_id
                     JOIN collection_scenario o
                       ON o.id = COALESCE(f.scenario_id, g.scenario_id, %(default)s)
                    WHERE p.id IN %(ids)s""",
                company=self.company.id,
                default=self.company.collection_scenario_id.id or None,
                ids=tuple(debtor_ids) or (0,),
            )
        )
        return dict(rows)

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
        )

    # === WRITING === #

    def apply(self, plans: list[planning.DebtorPlan], files) -> dict[str, int]:
        """Write plans: cases, follow-ups, lines, then hand to the channels.

        :param files: locked debtor files
        :return: cases_opened, failed
        """
        files = {file.debtor_id.id: file for file in files}
        opened = self._open_cases(plans, files)
        overtaken = [line for plan in plans for line in plan.overtaken]
        lines = self.env["collection.followup.line"]
        lines.browse(overtaken)._overtake()
        pairs = [(plan, planned) for plan in plans for planned in plan.followups]
        followups = self._create_followups(pairs, files)
        self._insert_lines(pairs, followups)
        failed = self._dispatch(pairs, followups)
        return {"cases_opened": opened, "failed": failed}

    def _open_cases(self, plans, files) -> int:
        values = [
            {
                "file_id": files[plan.debtor_id].id,
                "debtor_id": plan.debtor_id,
                "company_id": self.company.id,
                "date_open": self.today,
            }
            for plan in plans
            if plan.opens_case and not plan.has_case
        ]
        cases = self.env["collection.case"].create(values)
        for case in cases:
            case.file_id.case_id = case
        return len(cases)

    def _create_followups(self, pairs, files):
        """Create the follow-ups in the state in which they start.

        Those that leave by themselves are planned here and queued by their channel.
        """
        langs = self._read_langs(pairs)
        values = []
        for plan, planned in pairs:
            file = files[plan.debtor_id]
            address = planned.address
            recipient = address.partner_id if address else plan.debtor_id
            state = "planned" if planned.state == "queued" else planned.state
            values.append(
                {
                    "company_id": self.company.id,
                    "file_id": file.id,
                    "debtor_id": plan.debtor_id,
                    "case_id": file.case_id.id,
                    "step_id": planned.step.id,
                    "level_id": planned.step.level_id,
                    "channel": planned.channel,
                    "mode": planned.step.mode,
                    "date": self.today,
                    "state": state if self.has_guards else "performed",
                    "is_simulated": not self.has_guards,
                    "performed_on": False if self.has_guards else self.today,
                    "recipient_id": recipient,
                    "recipient_address": address.value if address else False,
                    "lang": langs.get(recipient) or langs.get(plan.debtor_id),
                    "warning": self._get_warning(planned.warnings),
                }
            )
        return self.env["collection.followup"].create(values)

    def _read_langs(self, pairs) -> dict[int, str]:
        """Return contact -> installed language, the company's as a default."""
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        default = self.company.partner_id.lang or self.env.user.lang or "en_US"
        ids = {plan.debtor_id for plan, _planned in pairs}
        ids |= {one.address.partner_id for _plan, one in pairs if one.address}
        partners = self.env["res.partner"].browse(ids)
        return {
            partner.id: partner.lang if partner.lang in installed else default
            for partner in partners
        }

    def _get_warning(self, warnings) -> str | bool:
        texts = {
            "bank_stale": self.env._("The bank has not been updated for some days."),
            "probable_payment": self.env._("A receipt that may pay this is unmatched."),
        }
        return " ".join(texts[code] for code in warnings) or False

    def _insert_lines(self, pairs, followups) -> None:
        rows = []
        for (plan, planned), followup in zip(pairs, followups, strict=True):
            for row in planned.rows:
                line = self.lines[row.id]
                rows.append(
                    {
                        "followup_id": followup.id,
                        "company_id": self.company.id,
                        "debtor_id": plan.debtor_id,
                        "move_line_id": row.id,
                        "move_id": line["move_id"],
                        "step_id": row.step.id,
                        "level_id": row.step.level_id,
                        "document": line["document"],
                        "date_due": line["date_due"],
                        "date": self.today,
                        "delay": row.step.delay,
                        "channel": planned.channel,
                        "currency_id": line["currency_id"],
                        "amount_residual": float(line["residual"]),
                        "amount_due": float(line["due"]),
                        "counted": True,
                        "claimed": row.step.level == "notice",
                        "state": followup.state,
                        "performed_on": followup.performed_on or None,
                    }
                )
        self.env.flush_all()
        self.env["collection.followup.line"]._insert(rows)

    def _dispatch(self, pairs, followups) -> int:
        """Write what the follow-ups claim and hand over those that leave by themselves.

        :return: number of debtors whose message could not be made
        """
        figures = followups._get_figures() if self.has_guards else {}
        leaving = followups.browse()
        for (_plan, planned), followup in zip(pairs, followups, strict=True):
            if followup.id in figures:
                shown = figures[followup.id]
                followup.amount = float(shown.total_company())
                followup.fingerprint = shown.fingerprint()
            else:
                followup.amount = float(sum(row.amount_due for row in planned.rows))
            if planned.state == "queued" and self.has_guards:
                leaving |= followup
        leaving._dispatch()
        return len(leaving.filtered(lambda one: one.state == "failed").debtor_id)
