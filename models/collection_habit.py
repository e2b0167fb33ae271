# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..core.payment_days import (
    PaymentRule,
    is_closed,
    next_open_day,
    next_payment_day,
    usual_days,
)
from ..core.working_days import ONE_DAY, WorkingCalendar
from .account_account import CHASED_NATURES, FRENCH_COUNTRIES

#: period over which a habit is observed
HABIT_MONTHS = 12
#: working days after which a payment is proposed when nothing is known
DEFAULT_DAYS = 5
#: journals in which money comes in
MONEY_JOURNALS = ("bank", "cash", "credit")


class CollectionDebtor(models.Model):
    """How a debtor pays: the days it states, its closures, what the ledger shows.

    Habits propose dates; they never hold anything back.
    """

    _inherit = "collection.debtor"

    payment_days = fields.Char(
        "Payment days",
        tracking=True,
        help="When the customer's payment runs take place: days of the month, the end "
        "of the month or days of the week, separated by commas. For example: 10, 25 / "
        "end of month / friday.",
    )
    is_paid_before = fields.Boolean(
        "Pays before week-ends",
        help="When a payment day is a week-end or a public holiday, the run takes "
        "place "
        "on the bank day before it; otherwise on the next one.",
    )
    closure_ids = fields.One2many("collection.closure", "file_id", "Closures")
    habit_note = fields.Text(
        "Note on payments", help="Who approves, what they need to pay, when they pay."
    )
    next_payment_date = fields.Date(
        "Next payment run",
        compute="_compute_next_payment_date",
        help="By the payment days, else by the usual day, else five working days.",
    )
    habit_invoices = fields.Integer("Invoices paid", compute="_compute_habits")
    habit_days_late = fields.Float(
        "Average days late",
        compute="_compute_habits",
        digits=(16, 1),
        help="Days from the due date to the payment, weighted by the amounts; "
        "negative = before the due date.",
    )
    habit_days = fields.Char("Usual day of the month", compute="_compute_habits")
    habit_last_date = fields.Date("Last payment", compute="_compute_habits")
    habit_last_amount = fields.Monetary("Of", compute="_compute_habits")

    # === COMPUTE METHODS === #

    @api.constrains("payment_days")
    def _check_payment_days(self):
        for file in self.filtered("payment_days"):
            try:
                PaymentRule.parse(file.payment_days)
            except ValueError as problem:
                raise ValidationError(
                    self.env._(
                        "Payment days of %(debtor)s: “%(part)s” cannot be read. Give "
                        "days of the month (10, 25), “end of month” or days of the "
                        "week (friday), separated by commas.",
                        debtor=file.display_name,
                        part=str(problem),
                    )
                ) from None

    @api.depends("payment_days", "is_paid_before", "closure_ids")
    @api.depends_context("collection_date")
    def _compute_next_payment_date(self):
        found = self._get_payment_dates()
        for file in self:
            file.next_payment_date = found[file.id]

    @api.depends_context("collection_date")
    def _compute_habits(self):
        habits = self._origin._read_habits()
        for file in self:
            habit = habits.get(file._origin.id, {})
            days = [str(one) for one in habit.get("usual_days", ())]
            file.habit_invoices = habit.get("invoices_paid", 0)
            file.habit_days_late = habit.get("days_late") or 0.0
            file.habit_days = ", ".join(days) or False
            file.habit_last_date = habit.get("last_payment_date")
            file.habit_last_amount = habit.get("last_payment_amount") or 0.0

    # === WHAT THE LEDGER SHOWS === #

    def _read_habits(self) -> dict[int, dict]:
        """Return file -> how the debtor paid in the last 12 months, for JSON.

        The one definition of a habit. A payment is money received: a credit of a bank,
        cash or card journal on a chased receivable account, matched or not; credit
        notes, transfers between accounts and exchange differences are none.

        * ``invoices_paid``: invoices that are settled and got a payment in that time
        * ``days_late``: days from the due date to the day of the reconciliation
          (``max_date``), weighted by the amounts in company currency; negative =
          early, None = no payment
        * ``payments``: days on which money came
        * ``usual_days``, ``usual_day``: days of the month on which it comes, see
          ``core.payment_days.usual_days``; empty, None = no habit
        * ``last_payment_date`` (ISO), ``last_payment_amount``: of the last such day,
          in company currency

        Two queries, whatever the number of files.
        """
        if not self.ids:
            return {}
        until = {
            company: self.env["collection.engine"]._get_day(company, None)
            for company in self.company_id
        }
        habits = {
            file.id: {
                "invoices_paid": 0,
                "days_late": None,
                "payments": 0,
                "usual_days": [],
                "usual_day": None,
                "last_payment_date": None,
                "last_payment_amount": None,
            }
            for file in self
        }
        for company, files in self.grouped("company_id").items():
            files._add_receipts(habits, until[company])
            files._add_delays(habits, until[company])
        return habits

    def _get_habit_scope(self, until: datetime.date) -> dict:
        """Return what both queries of the habits share."""
        self.env["account.move"].flush_model(["amount_residual", "move_type"])
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.journal"].flush_model(["type"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        accounts = self.env["account.account"]._get_collection_accounts()
        chased = [one for nature in CHASED_NATURES for one in accounts.get(nature, ())]
        return {
            "ids": self._ids,
            "accounts": tuple(chased) or (0,),
            "journals": MONEY_JOURNALS,
            "since": until - relativedelta(months=HABIT_MONTHS),
            "until": until,
        }

    def _add_receipts(self, habits: dict, until: datetime.date) -> None:
        """Add the days on which money came, and the last amount."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT f.id, l.date, -sum(l.balance)
                  FROM collection_debtor f
                  JOIN res_partner p ON p.commercial_partner_id = f.debtor_id
                  JOIN account_move_line l
                    ON l.partner_id = p.id AND l.company_id = f.company_id
                  JOIN account_journal j ON j.id = l.journal_id
                 WHERE f.id IN %(ids)s AND l.account_id IN %(accounts)s
                   AND l.parent_state = 'posted' AND l.balance < 0
                   AND j.type IN %(journals)s
                   AND l.date > %(since)s AND l.date <= %(until)s
                 GROUP BY f.id, l.date
                 ORDER BY l.date""",
                **self._get_habit_scope(until),
            )
        )
        days = defaultdict(list)
        for file, day, amount in rows:
            days[file].append(day)
            habits[file].update(
                last_payment_date=day.isoformat(), last_payment_amount=float(amount)
            )
        for file, found in days.items():
            usual = usual_days(found)
            habits[file].update(payments=len(found), usual_days=list(usual))
            if usual:
                numbers = [day.day for day in found]
                habits[file]["usual_day"] = max(usual, key=numbers.count)

    def _add_delays(self, habits: dict, until: datetime.date) -> None:
        """Add how many invoices were paid, and how late."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT f.id,
                       count(DISTINCT d.move_id) FILTER (
                           WHERE m.move_type = 'out_invoice'
                             AND m.amount_residual = 0),
                       round(sum(r.amount * (r.max_date
                             - COALESCE(d.date_maturity, d.date)))
                             / NULLIF(sum(r.amount), 0), 1)
                  FROM collection_debtor f
                  JOIN res_partner p ON p.commercial_partner_id = f.debtor_id
                  JOIN account_move_line d
                    ON d.partner_id = p.id AND d.company_id = f.company_id
                  JOIN account_move m ON m.id = d.move_id
                  JOIN account_partial_reconcile r ON r.debit_move_id = d.id
                  JOIN account_move_line c ON c.id = r.credit_move_id
                  JOIN account_journal j ON j.id = c.journal_id
                 WHERE f.id IN %(ids)s AND d.account_id IN %(accounts)s
                   AND j.type IN %(journals)s
                   AND r.max_date > %(since)s AND r.max_date <= %(until)s
                 GROUP BY f.id""",
                **self._get_habit_scope(until),
            )
        )
        for file, invoices, late in rows:
            habits[file].update(
                invoices_paid=invoices, days_late=None if late is None else float(late)
            )

    # === DATES THAT ARE PROPOSED === #

    def _get_payment_rule(self) -> PaymentRule | None:
        """Return the days that the customer states, None without any.

        What is being typed may not be readable yet; saving it refuses it.
        """
        self.ensure_one()
        try:
            return PaymentRule.parse(self.payment_days, self.is_paid_before)
        except ValueError:
            return None

    def _get_bank_calendar(self) -> WorkingCalendar:
        """Return the days on which the debtor's bank works.

        Monday to Friday without the public holidays, which are known for France; our
        own closures do not keep a customer from paying.
        """
        self.ensure_one()
        country = self.debtor_id.country_id or self.company_id.country_id
        return WorkingCalendar(french_holidays=country.code in FRENCH_COUNTRIES)

    def _is_closed_on(self, day: datetime.date) -> bool:
        """Tell whether the debtor is closed: nobody answers there."""
        self.ensure_one()
        return is_closed(self.closure_ids._get_closures(), day)

    def _get_payment_dates(self, after: datetime.date | None = None) -> dict:
        """Return file -> the date proposed for a payment, for a set of files.

        The next payment run after a day, by the days that the customer states, else by
        its usual days; else five working days on, outside its closures.

        :param after: the day itself is too early; default: the policy's day
        """
        rules = {file.id: file._get_payment_rule() for file in self}
        unknown = self.filtered(lambda file: not rules[file.id])
        habits = unknown._origin._read_habits()
        for file in unknown:
            days = habits.get(file._origin.id, {}).get("usual_days")
            rules[file.id] = days and PaymentRule(tuple(days))
        found = {}
        for file in self:
            start = after or self.env["collection.engine"]._get_day(
                file.company_id, None
            )
            closures = file.closure_ids._get_closures()
            calendar = file._get_bank_calendar()
            day = rules[file.id] and next_payment_day(
                rules[file.id], closures, calendar, start + ONE_DAY
            )
            found[file.id] = day or next_open_day(
                closures, calendar, calendar.add(start, DEFAULT_DAYS)
            )
        return found

    def _propose_payment_date(self, after: datetime.date | None = None):
        """Return the date proposed for a promise, a next try or an announced payment.

        See ``_get_payment_dates``.
        """
        self.ensure_one()
        return self._get_payment_dates(after)[self.id]
