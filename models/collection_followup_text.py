# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models

from ..core.figures import Figures
from ..core.ladder import Position
from ..core.working_days import WorkingCalendar
from .collection_bank_state import BankState
from .collection_engine_plan import DayRun, Policy

_logger = logging.getLogger(__name__)

#: days to pay that a message grants when no later step gives a nearer date
DAYS_TO_PAY = 10
#: eight days from the first presentation of a notice, and four for the post: nothing
#: that comes after it is announced for an earlier day
NOTICE_DAYS = 12
#: documents that a text names one by one; above, it says how many they are
DOCUMENTS_NAMED = 3


class Reading(NamedTuple):
    """What the texts of a batch are made of, read once.

    :param figures: follow-up -> what its message shows
    :param history: follow-up -> (channel, day) of what was performed in its case
    :param facts: company -> what all its messages share
    :param fees: follow-up -> currency -> late fees, read when a text is first made
    """

    figures: dict[int, Figures]
    history: dict[int, list[tuple]]
    facts: dict
    fees: dict[int, dict]


class CompanyFacts(NamedTuple):
    """What all the messages of a company share, read once for a batch."""

    calendar: WorkingCalendar
    bank_day: datetime.date | None
    bank: BankState
    policies: dict[int, Policy]


class CollectionFollowup(models.Model):
    """The words that texts may use: ``object.<field>``, in the recipient's language.

    They are plain fields, so that an accountant may edit a text without rights on
    code, and a debtor's data can never be run as code. Nothing is stored: a text
    reads the ledger of the moment, and is kept as sent in its mail or PDF.
    """

    _name = "collection.followup"
    _inherit = ["collection.followup", "collection.words"]

    salutation = fields.Char(compute="_compute_texts")
    subject_text = fields.Char(compute="_compute_texts")
    total_text = fields.Char(compute="_compute_texts")
    date_text = fields.Char(compute="_compute_texts")
    deadline_text = fields.Char(compute="_compute_texts")
    case_reference = fields.Char(compute="_compute_texts")
    payment_reference = fields.Char(compute="_compute_texts")
    personal_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    items_table = fields.Html(compute="_compute_texts", sanitize=False)
    information_table = fields.Html(compute="_compute_texts", sanitize=False)
    bank_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    credit_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    next_step_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    history_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    payment_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    mediator_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    privacy_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    signature_block = fields.Html(compute="_compute_texts", sanitize=False)

    def _get_reading(self, figures=None, run=None) -> Reading:
        """Read what the texts are made of; see ``Reading``.

        :param figures: given when the caller has just read them
        :param run: the engine's DayRun, likewise
        """
        return Reading(
            figures or self._get_figures(),
            self._read_history(),
            {
                company: self._get_company_facts(company, run)
                for company in self.company_id
            },
            {},
        )

    def _set_texts(self, reading: Reading) -> None:
        """Set all the words of a batch, in the language of each follow-up.

        Protected, as in a compute method: the values go to the cache alone.
        """
        words = [self._fields[name] for name in self._get_text_fields()]
        self._add_fees(reading)
        with self.env.protecting(words, self):
            for lang, group in self.grouped("lang").items():
                for followup in group.with_context(lang=lang or self.env.user.lang):
                    values = followup._get_words(
                        reading.figures[followup.id],
                        reading.history.get(followup.id, []),
                        reading.facts[followup.company_id],
                    )
                    values |= followup._get_fee_words(
                        reading.figures[followup.id], reading.fees[followup.id]
                    )
                    record = self.browse(followup.id)
                    for name, value in values.items():
                        record[name] = value

    @api.model
    def _get_company_facts(self, company, run=None) -> CompanyFacts:
        """Return what the messages of a company share.

        :param run: the engine's DayRun, when it has just read the same things
        """
        run = run or DayRun(self.env, company, self._get_today())
        return CompanyFacts(run.calendar, run.bank_day, run.bank, run.policies)

    def _get_words(self, figures, history: list[tuple], facts: CompanyFacts) -> dict:
        """Return the words of one follow-up; the environment has its language."""
        self.ensure_one()
        next_level, next_day = self._get_next_step(figures, facts)
        return {
            "salutation": self._get_salutation(),
            "subject_text": self._get_subject_text(figures),
            "total_text": self._format_totals(figures.totals()),
            "date_text": self._format_day(self._get_paper_day()),
            "deadline_text": self._format_day(self._get_deadline(next_day)),
            "case_reference": self.case_id._get_reference(),
            "payment_reference": self._get_payment_reference(figures),
            "personal_paragraph": self._get_personal_paragraph(),
            "items_table": self._render_items(figures),
            "information_table": self._render_information(figures),
            "bank_paragraph": self._get_bank_paragraph(facts.bank_day),
            "credit_paragraph": self._get_credit_paragraph(figures),
            "next_step_paragraph": self._get_next_step_paragraph(next_level, next_day),
            "history_paragraph": self._get_history_paragraph(history),
            "payment_paragraph": self._get_payment_paragraph(
                figures, facts.bank.account
            ),
            "mediator_paragraph": self._get_mediator_paragraph(),
            "privacy_paragraph": self._get_privacy_paragraph(),
            "signature_block": self._get_signature_block(),
        }

    # === PIECES === #

    def _format_day(self, day) -> str:
        """Return a date in full letters in the environment's language."""
        return self._get_formatter().day(day, is_long=True)

    def _format_amount(self, amount: Decimal, currency_id: int) -> str:
        return self._get_formatter().amount(amount, currency_id)

    def _format_totals(self, totals: dict[int, Decimal]) -> str:
        """Return the totals, one for each currency: they are never added up."""
        if not totals:
            return self._format_amount(Decimal(), self.company_id.currency_id.id)
        words = [self._format_amount(amount, key) for key, amount in totals.items()]
        return self.env._(" and ").join(words)

    def _get_salutation(self) -> str:
        person = self.recipient_id
        if person and not person.is_company and self.channel == "email":
            return self.env._("Dear %(name)s,", name=person.name)
        return self.env._("Dear Sir or Madam,")

    def _get_subject_text(self, figures: Figures) -> str:
        items = figures.claimed or figures.upcoming
        if len(items) == 1:
            item = items[0]
            day = self._format_day(item.date_due)
            if item.days_overdue > 0:
                return self.env._(
                    "Invoice %(document)s due on %(date)s",
                    document=item.document,
                    date=day,
                )
            return self.env._(
                "Your invoice %(document)s – due date %(date)s",
                document=item.document,
                date=day,
            )
        day = self._format_day(self.date)
        if any(item.days_overdue > 0 for item in items):
            return self.env._("Your invoices overdue on %(date)s", date=day)
        return self.env._("Your invoices that fall due soon")

    def _get_next_step(self, figures: Figures, facts: CompanyFacts):
        """Return the level and the working day of the next step that is announced."""
        levels = self.env["collection.level"]
        if not figures.top:
            return levels, None
        delay, date_due, scenario = figures.top
        policy = facts.policies.get(scenario)
        position = Position(delay, self.date)
        found = policy and policy.announced.next(date_due, position, self.date)
        if not found:
            return levels, None
        delay, day = found
        if self.level_id.code == "notice":
            day = max(day, self.date + datetime.timedelta(days=NOTICE_DAYS))
        return levels.browse(policy.levels[delay]), facts.calendar.next_working(day)

    def _get_deadline(self, next_day):
        day = self._get_paper_day()
        latest = day + datetime.timedelta(days=DAYS_TO_PAY)
        return min(latest, next_day) if next_day and next_day > day else latest

    def _get_next_step_paragraph(self, level, day):
        if not level.announcement or not day:
            return Markup()
        try:
            text = level.announcement % {"date": self._format_day(day)}
        except (KeyError, TypeError, ValueError):
            _logger.warning("Level %s: its announcement cannot be read", level.code)
            return Markup()
        return Markup("<p>%s</p>") % text

    def _get_payment_reference(self, figures: Figures) -> str:
        items = figures.claimed or figures.upcoming
        if 0 < len(items) <= DOCUMENTS_NAMED:
            return " ".join(dict.fromkeys(item.document for item in items))
        return self.case_id._get_reference() or self.debtor_id.ref or ""

    def _get_bank_paragraph(self, day):
        """Say up to which day payments are known, when a bank line tells it."""
        if not day:
            return Markup()
        text = self.env._(
            "Payments received after %(date)s are not taken into account.",
            date=self._format_day(min(day, self.date)),
        )
        return Markup("<p>%s</p>") % text

    def _get_credit_paragraph(self, figures: Figures):
        if not figures.credits:
            return Markup()
        totals: dict[int, Decimal] = {}
        for item in figures.credits:
            totals[item.currency_id] = (
                totals.get(item.currency_id, Decimal()) - item.due
            )
        text = self.env._(
            "Your account shows a credit of %(amount)s: it is deducted from the total "
            "above.",
            amount=self._format_totals(totals),
        )
        return Markup("<p>%s</p>") % text
