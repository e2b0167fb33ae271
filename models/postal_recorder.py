# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Rows about letters become events: checked first, then written by sets."""

import datetime
from typing import Any

from odoo.exceptions import UserError

from .postal_check import POSTABLE, PostalChecker
from .postal_rows import PostalResult, Row


class PostalRecorder(PostalChecker):
    """Writes the rows that are good."""

    def record(self) -> PostalResult:
        """Check the rows and write those that are good."""
        self.check()
        self._write_numbers()
        self._post()
        events = self._create_events()
        self._add_documents()
        self._send_back(events)
        return self._result(events)

    def _write_numbers(self) -> None:
        for letter_id, number in self.numbers.items():
            self.letters.browse(letter_id).tracking_number = number

    def _post(self) -> None:
        """Perform the letters that were posted, those of a day at once."""
        days: dict[datetime.date, Any] = {}
        for row in self.accepted:
            if row.event and row.event.code == "posted":
                days.setdefault(row.event.date, self.letters)
                days[row.event.date] |= row.letter
        for day, letters in days.items():
            todo = letters.filtered(lambda letter: letter.state in POSTABLE)
            self._perform(todo, day)

    def _perform(self, letters, day) -> None:
        """Perform letters; one whose proof is refused leaves the others alone."""
        if not letters:
            return
        try:
            with self.env.cr.savepoint():
                letters._update_state(
                    "performed",
                    performed_on=day,
                    performed_by_id=self.env.uid,
                    posted_on=day,
                    failure_code=False,
                    reason=False,
                )
        except UserError as error:
            if len(letters) > 1:
                half = len(letters) // 2
                self._perform(letters[:half], day)
                self._perform(letters[half:], day)
                return
            for row in [one for one in self.accepted if one.letter == letters]:
                self.accepted.remove(row)
                self._refuse(row, error)

    def _create_events(self):
        rows = [row for row in self.accepted if row.event and not self._find_event(row)]
        attachments = self._prepare_attachments(rows)
        return (
            self.env["collection.postal.event"]
            .sudo()
            .create(
                [
                    {
                        "followup_id": row.letter.id,
                        "code": row.event.code,
                        "date": row.event.date,
                        "label": row.label,
                        "source": row.values.get("source") or "manual",
                        "attachment_id": attachments.get(row.index),
                        "user_id": self.env.uid,
                    }
                    for row in rows
                ]
            )
        )

    def _add_documents(self) -> None:
        """Give events that were known the document that comes later."""
        rows = [row for row in self.accepted if self._brings_document(row)]
        attachments = self._prepare_attachments(rows)
        for row in rows:
            self._find_event(row).attachment_id = attachments[row.index]

    def _prepare_attachments(self, rows: list[Row]) -> dict[int, int]:
        """Return row -> document, readable by who may read the letter."""
        documents = self.env["ir.attachment"].sudo()
        given, made = {}, {}
        for row in rows:
            value = row.values.get("attachment")
            owner = {
                "res_model": row.letter._name,
                "res_id": row.letter.id,
                "company_id": row.letter.company_id.id,
            }
            if isinstance(value, dict):
                made[row.index] = {**value, **owner}
            elif value:
                document = documents.browse(self._get_id(value))
                if not document.res_model:
                    document.write(owner)
                given[row.index] = document.id
        created = documents.create(list(made.values()))
        return {**given, **dict(zip(made, created.ids, strict=True))}

    def _send_back(self, events) -> None:
        """Do what follows from letters that came back."""
        unknown = events.filtered(lambda one: one.code == "unknown_address")
        reasons = {
            one.followup_id: one.label
            or self.env._("Returned by the post: unknown at this address.")
            for one in unknown
        }
        letters = self.letters.browse(unknown.followup_id.ids).filtered(
            lambda letter: letter.state == "performed"
        )
        letters._mark_unknown_address(reasons)
        unsaid = events.filtered(lambda one: one.code == "returned").followup_id
        unsaid.filtered(
            lambda letter: letter.return_code == "returned" and not letter.presented_on
        )._ask_why_returned()
