"""A scripted collector: confirms, calls, prints, posts and decides, day by day."""

import datetime
import itertools
from unittest import mock

#: when the collector sends text messages: in the hours of everybody
MORNING = datetime.time(10, 30)
#: results of calls, one after the other
CALLS = ("message", "promised", "document", "approval")


class Collector:
    """Works off what is due, with the proofs that a real collector would have.

    :param handoff_result: decision on what is proposed to be handed over
    """

    def __init__(self, env, handoff_result: str = "kept"):
        self.env = env
        self.handoff_result = handoff_result
        self.calls = itertools.cycle(CALLS)

    def work(self, day) -> None:
        """Do the day's work."""
        env = self.env(context={**self.env.context, "collection_date": day})
        followups = env["collection.followup"].sudo()
        to_confirm = followups.search([("state", "=", "to_confirm")])
        if to_confirm:
            to_confirm.action_confirm()
        self.send(env)
        self.send_texts(env, day)
        followups.search(followups._get_unmade_domain())._make_letters()
        self.post(followups, day)
        for call in followups.search(
            [("state", "=", "planned"), ("channel", "=", "call")]
        ):
            self.perform(call, call_result=next(self.calls))
        self.look(
            followups.search([("state", "=", "planned"), ("channel", "=", "portal")])
        )
        for proposal in followups.search(
            [("state", "=", "planned"), ("channel", "=", "handoff")]
        ):
            self.perform(proposal, handoff_result=self.handoff_result)

    def send(self, env) -> None:
        """Let the mail queue work; the catch-all gets everything."""
        mails = env["mail.mail"].sudo().search([("state", "=", "outgoing")])
        mails.send(auto_commit=True)

    def send_texts(self, env, day) -> None:
        """Let the SMS queue work as on the morning of the day that is lived."""
        messages = env["sms.sms"].sudo()
        if not messages.search_count([("state", "=", "outgoing")], limit=1):
            return
        now = datetime.datetime.combine(day, MORNING)
        company = type(env["res.company"])
        with mock.patch.object(company, "_get_collection_now", lambda _company: now):
            messages._process_queue()

    def post(self, followups, day) -> None:
        """Post the letters whose PDF is ready."""
        ready = followups.search(
            [
                ("state", "=", "queued"),
                ("channel", "in", ("letter", "registered")),
                ("attachment_id", "!=", False),
            ]
        )
        for channel, letters in ready.grouped("channel").items():
            numbers = [f"2C{letter.id:011d}" for letter in letters.sorted("id")]
            self.perform(
                letters,
                posted_on=day,
                tracking_numbers="\n".join(numbers) if channel == "registered" else "",
            )

    def look(self, tasks) -> None:
        """Look the tasks up on the portals: every invoice was made available."""
        for task in tasks:
            task = task.with_user(task.company_id._get_collection_manager())
            action = task.action_perform()
            look = task.env[action["res_model"]].browse(action["res_id"])
            for line in look.line_ids:
                states = task.env["collection.portal.state"]
                line.state_id = states.search(
                    [("kind", "=", line.kind), ("meaning", "=", "progress")],
                    order="makes_available desc, id",
                    limit=1,
                )
                if line.state_id.makes_available:
                    line.date_available = line.move_line_id.invoice_date
            look.action_record()

    def perform(self, followups, **values) -> None:
        """Record the work through the form that people use."""
        wizard = followups.env["collection.followup.perform"]
        wizard.create(
            {"followup_ids": [(6, 0, followups.ids)], **values}
        ).action_record()
