# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Rows about letters: what each says, and the words of what is wrong with it."""

import datetime
from typing import Any, NamedTuple

from odoo import fields
from odoo.tools import format_date

from ..core.postal_events import CODES, Conflict, Event
from ..core.postal_words import refine
from ..core.tracking import TrackingError, parse


class PostalResult(NamedTuple):
    """What became of the rows.

    :param events: made (empty when nothing was written)
    :param accepted: rows that were, or would be, written
    :param known: rows that say nothing new
    :param errors: row -> what is wrong with it, the letter named
    """

    events: Any
    accepted: list[int]
    known: list[int]
    errors: dict[int, str]


class RowError(Exception):
    """A row cannot be true; the message says why."""


class Row:
    """A row that was read.

    :param index: its place among the rows
    :param event: None = the row gives a number alone
    """

    def __init__(self, index: int, values: dict, letter):
        self.index = index
        self.letter = letter
        self.values = values
        self.label = values.get("label") or ""
        self.event: Event | None = None
        self.number = ""

    def interpret(self, env) -> None:
        """Read code, date and number.

        :raise RowError: one of them cannot be read
        """
        code = self.values.get("code")
        if code:
            if code not in CODES:
                raise RowError(env._("“%s” is no event of the post", code))
            try:
                day = fields.Date.to_date(self.values.get("date"))
            except ValueError:
                day = None
            if not day:
                raise RowError(env._("the date is missing or cannot be read"))
            self.event = Event(refine(code, self.label), day)
        text = self.values.get("tracking_number")
        if text:
            try:
                self.number = parse(text)
            except TrackingError as error:
                raise RowError(describe_number(env, text, error)) from None
        if not self.event and not self.number:
            raise RowError(env._("there is neither an event nor a number"))

    @property
    def rank(self) -> tuple:
        """Numbers come first, then the posting, then the rest day by day."""
        if not self.event:
            return (0, datetime.date.min, self.index)
        is_later = self.event.code != "posted"
        return (1 + is_later, self.event.date, self.index)


def name_letter(letter) -> str:
    """Return how an error names a letter."""
    return f"{letter._get_letter_reference()} {letter.debtor_id.display_name}"


def describe_number(env, text: str, error: TrackingError) -> str:
    """Return why a number is refused."""
    reasons = {
        "empty": env._("the number is missing"),
        "short": env._("“%s” is too short for a number of the post", text),
        "long": env._("“%s” is too long for a number of the post", text),
        "characters": env._("“%s” is no number of the post", text),
        "check_digit": env._(
            "the check digit of “%s” is wrong: scan or read it again", text
        ),
    }
    return reasons[error.key]


def describe_conflict(env, event: Event, conflict: Conflict) -> str:
    """Return why an event cannot be true."""
    other = conflict.other
    labels = dict(
        env["collection.postal.event"]._fields["code"]._description_selection(env)
    )
    words = {
        "event": labels[event.code],
        "date": format_date(env, event.date),
        "other": labels[other.code] if other else "",
        "day": format_date(env, other.date) if other else "",
    }
    templates = {
        "future": env._("“%(event)s” of %(date)s lies in the future"),
        "early": env._("it bears the date of %(day)s: not posted on %(date)s"),
        "not_posted": env._("“%(event)s”, but it is not posted yet"),
        "before_posting": env._(
            "“%(event)s” on %(date)s, before it was posted on %(day)s"
        ),
        "posted_twice": env._(
            "posted on %(date)s, but it was posted on %(day)s already"
        ),
        "order": env._(
            "“%(event)s” on %(date)s does not go with “%(other)s” on %(day)s"
        ),
        "end": env._(
            "“%(event)s” on %(date)s contradicts “%(other)s” on %(day)s: delete "
            "the wrong one first"
        ),
    }
    return templates[conflict.key] % words
