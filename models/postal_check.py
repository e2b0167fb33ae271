# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Rows about letters are checked together, before anything is written."""

import datetime
from typing import Any

from ..core.postal_events import Event, find_conflict
from .collection_followup import UNDELIVERABLE
from .postal_rows import (
    PostalResult,
    Row,
    RowError,
    describe_conflict,
    name_letter,
)

#: letters that may be posted: confirmed, their PDF made
POSTABLE = ("queued", "failed")
LETTERS = ("letter", "registered")
#: no chatter message for each letter: the events themselves are the trace
QUIET = {"tracking_disable": True, "mail_activity_quick_update": True}


class PostalChecker:
    """Says which rows are new, known or wrong.

    :param rows: see ``_record_postal_events``
    """

    def __init__(self, env, rows: list[dict]):
        self.env = env
        self.letters = env["collection.followup"].sudo().with_context(**QUIET)
        self.values = rows
        self.events: dict[int, list[Event]] = {}
        self.said: dict[int, list[Event]] = {}
        self.numbers: dict[int, str] = {}
        self.owners: dict[tuple[int, str], Any] = {}
        self.todays: dict[int, datetime.date] = {}
        self.accepted: list[Row] = []
        self.known: list[Row] = []
        self.errors: dict[int, str] = {}

    # === CHECK === #

    def check(self) -> PostalResult:
        """Check the rows, write nothing."""
        rows = self._read_rows()
        self._read_owners(rows)
        for row in sorted(rows, key=lambda one: one.rank):
            try:
                is_new = self._check_row(row)
            except RowError as error:
                self._refuse(row, error)
                continue
            (self.accepted if is_new else self.known).append(row)
        return self._result(self.env["collection.postal.event"])

    def _result(self, events) -> PostalResult:
        return PostalResult(
            events,
            sorted(row.index for row in self.accepted),
            sorted(row.index for row in self.known),
            dict(sorted(self.errors.items())),
        )

    def _read_rows(self) -> list[Row]:
        """Return the rows that can be read; the number of queries is constant."""
        ids = [self._get_id(values.get("followup_id")) for values in self.values]
        letters = self.letters.browse({one for one in ids if one}).exists()
        letters.fetch(
            ["state", "channel", "company_id", "debtor_id", "case_id", "date"]
            + ["level_id", "posted_on", "tracking_number", "attachment_id", "reason"]
            + ["failure_code", "return_code"]
        )
        letters.post_event_ids.fetch(["followup_id", "code", "date", "attachment_id"])
        rows = []
        for index, (values, one) in enumerate(zip(self.values, ids, strict=True)):
            letter = letters.filtered(lambda letter, one=one: letter.id == one)
            row = Row(index, values, letter)
            try:
                if not letter or letter.channel not in LETTERS:
                    raise RowError(self.env._("this is no letter of ours"))
                row.interpret(self.env)
            except RowError as error:
                self._refuse(row, error)
                continue
            rows.append(row)
        return rows

    @staticmethod
    def _get_id(value) -> int:
        return value if isinstance(value, int) else (value.id if value else 0)

    def _read_owners(self, rows: list[Row]) -> None:
        """Read who has the numbers that the rows give."""
        numbers = [row.number for row in rows if row.number]
        if not numbers:
            return
        companies = {row.letter.company_id.id for row in rows}
        taken = self.letters.search(
            [
                ("company_id", "in", list(companies)),
                ("tracking_number", "in", numbers),
            ]
        )
        for letter in taken:
            self.owners[letter.company_id.id, letter.tracking_number] = letter

    def _check_row(self, row: Row) -> bool:
        """Tell whether a row says something new.

        :raise RowError: it cannot be true
        """
        letter = row.letter
        if letter.state == "cancelled" and not letter.posted_on:
            why = letter.reason or self.env._("it never left")
            raise RowError(self.env._("it was cancelled: %s", why))
        has_number = self._check_number(row)
        has_event = bool(row.event) and self._check_event(row)
        if has_number:
            self.numbers[letter.id] = row.number
            self.owners[letter.company_id.id, row.number] = letter
        if has_event:
            self.events[letter.id].append(row.event)
            self.said.setdefault(letter.id, []).append(row.event)
        return has_number or has_event or self._brings_document(row)

    def _get_number(self, letter) -> str:
        return self.numbers.get(letter.id) or letter.tracking_number or ""

    def _check_number(self, row: Row) -> bool:
        """Tell whether the row gives its letter a number."""
        letter, number = row.letter, row.number
        current = self._get_number(letter)
        if not number or "".join(current.split()).upper() == number:
            return False
        if current:
            raise RowError(self.env._("it has the number %s already", current))
        owner = self.owners.get((letter.company_id.id, number))
        if owner and owner != letter:
            raise RowError(
                self.env._(
                    "the number %(number)s is that of %(letter)s",
                    number=number,
                    letter=name_letter(owner),
                )
            )
        if letter.state not in (*POSTABLE, "performed"):
            raise RowError(self.env._("it is not confirmed yet"))
        return True

    def _check_event(self, row: Row) -> bool:
        """Tell whether the row's event is new."""
        letter, event = row.letter, row.event
        known = self.events.get(letter.id)
        if known is None:
            known = self.events[letter.id] = letter._get_post_events()
        said = {(one.code, one.date) for one in letter.post_event_ids}
        if (event.code, event.date) in said:
            return False
        if event in self.said.get(letter.id, ()):
            return False
        conflict = find_conflict(event, known, self._get_today(letter), letter.date)
        if conflict:
            raise RowError(describe_conflict(self.env, event, conflict))
        if event.code == "posted" and letter.state not in ("performed", "cancelled"):
            self._check_posting(row)
        return True

    def _check_posting(self, row: Row) -> None:
        """A letter is posted once it is made, a registered one under its number."""
        letter = row.letter
        if letter.state not in POSTABLE:
            raise RowError(self.env._("it is not confirmed yet"))
        if letter.failure_code in UNDELIVERABLE:
            raise RowError(self.env._("it came back"))
        if not letter.attachment_id:
            raise RowError(self.env._("its PDF is not made yet"))
        number = row.number or self._get_number(letter)
        if letter.channel == "registered" and not number:
            raise RowError(self.env._("its number is missing"))

    def _brings_document(self, row: Row) -> bool:
        """Tell whether a row brings the document of an event that has none."""
        return (
            bool(row.values.get("attachment"))
            and not self._find_event(row).attachment_id
        )

    def _find_event(self, row: Row):
        return row.letter.post_event_ids.filtered(
            lambda one: row.event and Event(one.code, one.date) == row.event
        )

    def _get_today(self, letter) -> datetime.date:
        """Return the latest day that an event may have: the company's, or a test's."""
        company = letter.company_id
        if company.id not in self.todays:
            engine = self.env["collection.engine"]
            self.todays[company.id] = max(
                engine._get_day(company, None), company._get_collection_today()
            )
        return self.todays[company.id]

    def _refuse(self, row: Row, error) -> None:
        message = str(error)
        if row.letter:
            message = f"{name_letter(row.letter)}: {message}"
        self.errors[row.index] = message
