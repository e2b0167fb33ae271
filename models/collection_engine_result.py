# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from collections import Counter

from odoo import fields


class RunResult:
    """What a run did, counted as it goes."""

    def __init__(self, preview: bool, keep_plans: bool):
        self.preview = preview
        self.keep_plans = keep_plans
        self.is_complete = True
        self.date = None
        self.companies: list[int] = []
        self.receivables = 0
        self.due = 0
        self.held: Counter = Counter()
        self.debtors = 0
        self.cases_opened = 0
        self.cases_closed = 0
        self.followups = 0
        self.lines = 0
        self.by_channel: Counter = Counter()
        self.by_level: Counter = Counter()
        self.failed = 0
        self.plans: list[tuple] = []

    def begin(self, company, today):
        self.date = self.date or today
        self.companies.append(company.id)

    def new_part(self) -> "RunResult":
        """Return an empty result for a batch, which may be rolled back."""
        part = RunResult(self.preview, self.keep_plans)
        part.companies = self.companies[-1:]
        return part

    def merge(self, part: "RunResult"):
        """Add the counts of a batch that is written."""
        for name in ("due", "debtors", "cases_opened", "followups", "lines", "failed"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        for name in ("held", "by_channel", "by_level"):
            getattr(self, name).update(getattr(part, name))
        self.plans += part.plans

    def add(self, plans, counts=None):
        """Count the plans of a batch.

        :param plans: DebtorPlan of the batch
        :param counts: what applying them did (cases_opened, failed)
        """
        for plan in plans:
            self.debtors += 1
            self.held.update(plan.withheld.values())
            self.due += len(plan.withheld)
            for planned in plan.followups:
                self.followups += 1
                self.lines += len(planned.rows)
                self.due += len(planned.rows)
                self.by_channel[planned.channel] += 1
                self.by_level[planned.step.level] += 1
            if counts is None and plan.opens_case and not plan.has_case:
                self.cases_opened += 1
        if counts:
            self.cases_opened += counts["cases_opened"]
            self.failed += counts["failed"]
        if self.keep_plans:
            self.plans += [(self.companies[-1], plan) for plan in plans]

    def as_dict(self) -> dict:
        """Return the result as the documented dict."""
        return {
            "date": fields.Date.to_string(self.date),
            "companies": self.companies,
            "receivables": self.receivables,
            "due": self.due,
            "held": dict(self.held),
            "debtors": self.debtors,
            "cases_opened": self.cases_opened,
            "cases_closed": self.cases_closed,
            "followups": self.followups,
            "lines": self.lines,
            "by_channel": dict(self.by_channel),
            "by_level": dict(self.by_level),
            "failed": self.failed,
        }
