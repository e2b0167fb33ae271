"""Live through a ledger day by day: post, book, run, work."""

import datetime
import sys
import time
from collections import Counter, defaultdict

from ...models.collection_engine_plan import DayRun
from .collector import Collector
from .ledger import Ledger

#: a line of progress after so many days
PROGRESS_DAYS = 30


class Life:
    """The days of a ledger.

    :param env: environment of the superuser, all companies allowed
    :param companies: companies that are run
    :param guards: False = plain arithmetic: no hold but disputes, no deferral,
        nothing is sent, everything counts as performed
    :param handoff_result: what the scripted collector decides at the end of the ladder
    """

    def __init__(
        self, env, companies, guards: bool = True, handoff_result: str = "kept"
    ):
        self.env = env
        self.companies = companies
        self.guards = guards
        self.ledger = Ledger(env)
        self.collector = Collector(env, handoff_result)
        self.invoices = defaultdict(list)
        self.payments = defaultdict(list)
        self.actions = defaultdict(list)
        self.withheld: dict[str, set[int]] = defaultdict(set)
        self.runs = Counter()
        self.result = None
        self.started = time.monotonic()

    def plan(self, invoices=(), payments=()) -> None:
        """Put invoices and payments on their days."""
        for invoice in invoices:
            self.invoices[invoice.day].append(invoice)
        for payment in payments:
            self.payments[payment.day].append(payment)

    def at(self, day: datetime.date, action) -> None:
        """Do something on a day, after its bookings and before its run."""
        self.actions[day].append(action)

    def policies(self) -> dict:
        """Return scenario -> policy of the first company."""
        run = DayRun(self.env, self.companies[0], datetime.date.today())
        return run.policies

    def before(self, first: datetime.date) -> None:
        """Book everything that lies before the first day, without runs."""
        days = set(self.invoices) | set(self.payments) | set(self.actions)
        for day in sorted(day for day in days if day < first):
            self.book(day)
        self.env.cr.commit()

    def live(self, first: datetime.date, last: datetime.date, works_last=True) -> None:
        """Live from the first to the last day.

        :param works_last: the scripted collector also works on the last day
        """
        total = (last - first).days + 1
        for number in range(total):
            day = first + datetime.timedelta(days=number)
            self.book(day)
            self.run(day)
            if self.guards and (day < last or works_last):
                self.collector.work(day)
            self.env.cr.commit()
            self.env.invalidate_all()
            if (number + 1) % PROGRESS_DAYS == 0 or number + 1 == total:
                self.say(day, number + 1, total)

    def book(self, day: datetime.date) -> None:
        """Post the day's invoices, book its payments, do what is planned."""
        if self.invoices.get(day):
            self.ledger.post(self.invoices[day])
        if self.payments.get(day):
            self.ledger.pay(self.payments[day])
        for action in self.actions.get(day, ()):
            action(self.ledger, day)
        self.env.flush_all()

    def run(self, day: datetime.date) -> None:
        """Run the engine for the day and remember what it held back."""
        engine = self.env["collection.engine"]
        if not self.guards:
            engine = engine.with_context(collection_guards=False)
        result = engine._run(day, self.companies, keep_plans=True)
        for _company, plan in result.plans:
            for line, code in plan.withheld.items():
                self.withheld[code].add(line)
        self.result = result.as_dict()

    def say(self, day, number: int, total: int) -> None:
        seconds = time.monotonic() - self.started
        made = self.env["collection.followup"].search_count([])
        print(
            f"· {day}: day {number} of {total}, {made} follow-ups, {seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )

    def summary(self) -> dict:
        """Return what was lived: steps, channels, what was ever held back."""
        lines = self.env["collection.followup.line"]._read_group(
            [("counted", "=", True)],
            ["delay"],
            ["__count", "amount_due:sum"],
        )
        messages = dict(
            self.env["collection.followup"]._read_group(
                [("state", "!=", "cancelled")], ["step_id"], ["__count"]
            )
        )
        sent = Counter()
        for step, count in messages.items():
            sent[step.delay_days] += count
        steps = {
            str(step.delay_days): {"receivables": 0, "amount": 0.0, "messages": 0}
            for step in self.env["collection.step"].search(
                [("scenario_id", "in", self.companies.collection_scenario_id.ids)],
                order="delay_days",
            )
        }
        for delay, count, amount in lines:
            steps[str(delay)] = {
                "receivables": count,
                "amount": round(amount, 2),
                "messages": sent[delay],
            }
        channels = self.env["collection.followup"]._read_group(
            [("state", "!=", "cancelled")], ["channel"], ["__count"]
        )
        return {
            "steps": steps,
            "by_channel": dict(channels),
            "held": {code: len(lines) for code, lines in sorted(self.withheld.items())},
        }
