# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..core.ladder import Position
from ..core.outlook import next_step
from .account_account import CHASED_NATURES
from .collection_engine_plan import DayRun
from .collection_followup_tables import Formatter

#: states of the last step that a person or the post still has to make
UNDER_WAY = ("planned", "to_confirm", "queued")
COLUMNS = """v.id, v.move_id, v.document, v.debtor_id, d.complete_name AS debtor,
       v.currency_id, v.amount_residual_currency::text AS amount, v.date_due,
       v.days_overdue, v.invoice_date, v.level_id, v.hold_reason, v.hold_until,
       v.scenario_id, v.last_delay, v.last_date, v.last_state, v.collector_id"""


class Outlook(NamedTuple):
    """What the lines of all mails of a company share, read once.

    :param notes: journal entry -> its last word from sales
    """

    run: DayRun
    notes: dict[int, models.Model]


class SalesWords:
    """The words of receivables in one language, their names read at once.

    :param env: superuser's environment in the reader's language
    """

    def __init__(self, env, rows, outlook: Outlook):
        self.env = env
        self.outlook = outlook
        self.run = outlook.run
        self.formatter = Formatter(env)
        levels = env["collection.level"].search([])
        self.levels = {level.id: level.name for level in levels}
        users = env["res.users"].browse({row["collector_id"] for row in rows} - {None})
        self.collectors = {user.id: user.name for user in users}
        field = env["collection.receivable"]._fields["hold_reason"]
        self.reasons = dict(field._description_selection(env))

    def describe(self, row) -> dict:
        amount = Decimal(row["amount"])
        return {
            "id": row["id"],
            "document": row["document"] or "",
            "debtor_id": row["debtor_id"],
            "debtor": row["debtor"],
            "collector": self.collectors.get(row["collector_id"], ""),
            "currency_id": row["currency_id"],
            "amount": amount,
            "amount_text": self.formatter.amount(amount, row["currency_id"]),
            "date_due": self.formatter.day(row["date_due"]),
            "days": row["days_overdue"],
            "days_text": self.get_days(row["days_overdue"]),
            "level": self.levels.get(row["level_id"]) or self.env._("None yet"),
            "next_step": self.get_next_step(row),
            "hold": self.get_hold(row),
            "answer": self.get_answer(self.outlook.notes.get(row["move_id"])),
        }

    def get_days(self, days: int) -> str:
        if days == 1:
            return self.env._("one day late")
        return self.env._("%(days)s days late", days=days)

    def get_next_step(self, row) -> str:
        """Return the next step that the customer feels and its day; empty when held."""
        policy = self.run.policies.get(row["scenario_id"])
        if row["hold_reason"] or not policy:
            return ""
        delay, state = row["last_delay"], row["last_state"]
        is_felt = delay in policy.announced.delays
        level = self.levels.get(policy.levels.get(delay))
        if is_felt and state in UNDER_WAY:
            return self.env._("%(level)s, under way", level=level)
        if is_felt and state == "failed":
            return self.env._("%(level)s, could not be delivered", level=level)
        position = None if delay is None else Position(delay, row["last_date"])
        found = next_step(
            policy.announced,
            row["date_due"],
            row["invoice_date"],
            position,
            self.run.today,
        )
        if not found:
            return self.env._("No further step is planned")
        delay, day = found
        return self.env._(
            "%(level)s on %(date)s",
            level=self.levels.get(policy.levels[delay]),
            date=self.formatter.day(self.run.calendar.next_working(day)),
        )

    def get_hold(self, row) -> str:
        reason = self.reasons.get(row["hold_reason"], "")
        if reason and row["hold_until"]:
            return self.env._(
                "%(reason)s until %(date)s",
                reason=reason,
                date=self.formatter.day(row["hold_until"]),
            )
        return reason

    def get_answer(self, note) -> str:
        if not note:
            return ""
        note = note.with_env(self.env)
        return self.env._(
            "%(author)s, %(date)s: %(words)s",
            author=note.user_id.name,
            date=self.formatter.day(note.create_date.date()),
            words=note._get_words(),
        )


class CollectionSalesOverdue(models.AbstractModel):
    """The overdue receivables of salespeople's customers, in words they may read.

    Read with rights of its own: amounts of the salesperson's own invoices, no access
    to what stands behind them.
    """

    _name = "collection.sales.overdue"
    _description = "Overdue receivables of salespeople"

    @api.model
    def _read_overdue(self, company, today) -> dict[int, list[dict]]:
        """Return salesperson -> overdue receivables, by customer and due date.

        One query for a company; what is too small to be followed up is left out.
        """
        condition = SQL(
            """v.company_id = %s AND v.amount_residual > 0 AND v.days_overdue > 0
               AND v.nature IN %s AND COALESCE(v.hold_reason, '') <> 'minimum'""",
            company.id,
            CHASED_NATURES,
        )
        groups: dict[int, list[dict]] = {}
        for row in self._read(company, today, condition):
            if row["salesperson_id"]:
                groups.setdefault(row["salesperson_id"], []).append(row)
        return groups

    @api.model
    def _read_lines(self, company, today, line_ids) -> list[dict]:
        """Return the receivables that are still open of some journal items."""
        condition = SQL("v.id IN %s AND v.amount_residual > 0", tuple(line_ids) or (0,))
        return self._read(company, today, condition)

    @api.model
    def _read(self, company, today, condition: SQL) -> list[dict]:
        self.env.flush_all()
        receivables = self.env["collection.receivable"].sudo()
        receivables = receivables.with_context(collection_date=today)
        return self.env.execute_query_dict(
            SQL(
                """SELECT %s, %s AS salesperson_id
                     FROM %s v
                     JOIN account_move n ON n.id = v.move_id
                     JOIN res_partner d ON d.id = v.debtor_id
                    WHERE %s
                    ORDER BY d.complete_name, v.debtor_id, v.date_due, v.id""",
                SQL(COLUMNS),
                self.env["collection.recipient"]._sql_salesperson(),
                receivables._table_sql,
                condition,
            )
        )

    @api.model
    def _get_outlook(self, company, today, rows) -> Outlook:
        """Read what the words of receivables need besides their own rows."""
        engine = self.sudo().with_company(company)
        engine = engine.with_context(
            allowed_company_ids=company.ids, collection_date=today
        )
        run = DayRun(engine.env, company.with_env(engine.env), today)
        moves = list({row["move_id"] for row in rows})
        notes = engine.env["collection.sales.note"].search(
            [("move_id", "in", moves), ("company_id", "=", company.id)], order="id"
        )
        return Outlook(run, {note.move_id.id: note for note in notes})

    @api.model
    def _describe(self, rows, outlook: Outlook) -> list[dict]:
        """Return what a mail or page says of receivables, in the context's language.

        The number of queries does not depend on the number of receivables.
        """
        words = SalesWords(self.sudo().env, rows, outlook)
        return [words.describe(row) for row in rows]

    @api.model
    def _group(self, lines) -> list[dict]:
        """Return lines by customer: debtor, collector, lines."""
        groups: dict[int, dict] = {}
        for line in lines:
            group = groups.setdefault(
                line["debtor_id"],
                {"debtor": line["debtor"], "collector": line["collector"], "lines": []},
            )
            group["lines"].append(line)
        return list(groups.values())

    @api.model
    def _get_totals(self, lines) -> list[str]:
        """Return the total of each currency in words: they are never added up."""
        totals: dict[int, Decimal] = {}
        for line in lines:
            key = line["currency_id"]
            totals[key] = totals.get(key, Decimal()) + line["amount"]
        formatter = Formatter(self.env)
        return [formatter.amount(total, key) for key, total in totals.items()]

    @api.model
    def _get_history(self, line, today) -> list[str]:
        """Return in at most two lines what was done about a journal item."""
        lines = self.env["collection.followup.line"].sudo()
        done = lines.search(
            [
                ("move_line_id", "=", line.id),
                ("state", "=", "performed"),
                ("is_internal", "=", False),
                ("performed_on", "<=", today),
            ],
            order="performed_on desc, id desc",
            limit=2,
        )
        channels = dict(lines._fields["channel"]._description_selection(self.env))
        formatter = Formatter(self.env)
        return [
            self.env._(
                "%(date)s: %(level)s (%(channel)s)",
                date=formatter.day(one.performed_on),
                level=one.level_id.with_env(self.sudo().env).name,
                channel=channels[one.channel],
            )
            for one in done
        ]
