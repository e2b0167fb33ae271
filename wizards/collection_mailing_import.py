# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..core.postal_file import PostalFileError, PostalLine, read_file
from ..core.tracking import TrackingError, parse
from ..models.collection_mailing_scan import REFERENCE

OUTCOMES = [
    ("good", "To import"),
    ("known", "Known already"),
    ("bad", "Left out"),
]


class CollectionMailingImport(models.TransientModel):
    """Reads a file of the post: what each line would do is shown before it is done."""

    _name = "collection.mailing.import"
    _description = "Import from the post"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    file = fields.Binary("File (CSV)")
    file_name = fields.Char()
    text = fields.Text("Or paste it here")
    state = fields.Selection(
        [("choose", "Choose"), ("checked", "Checked"), ("done", "Done")],
        required=True,
        default="choose",
    )
    line_ids = fields.One2many(
        "collection.mailing.import.line", "import_id", "Lines", readonly=True
    )
    ignored_text = fields.Char("Columns left aside", readonly=True)
    imported_count = fields.Integer(readonly=True)
    good_count = fields.Integer(compute="_compute_counts")
    known_count = fields.Integer(compute="_compute_counts")
    bad_count = fields.Integer(compute="_compute_counts")

    @api.depends("line_ids.outcome")
    def _compute_counts(self):
        for wizard in self:
            outcomes = wizard.line_ids.mapped("outcome")
            wizard.good_count = outcomes.count("good")
            wizard.known_count = outcomes.count("known")
            wizard.bad_count = outcomes.count("bad")

    # === ACTION METHODS === #

    def action_check(self):
        """Say what each line would do; nothing is written.

        :raise UserError: the file as a whole cannot be read
        """
        self._assert_collector()
        lines, unknown = self._read_lines()
        self.line_ids.unlink()
        rows, owners = self._prepare_rows(lines)
        errors = self._find_errors(rows)
        known = self._find_known(rows, errors)
        self.env["collection.mailing.import.line"].create(
            [self._prepare_line(line, owners, rows, errors, known) for line in lines]
        )
        self.write({"state": "checked", "ignored_text": ", ".join(unknown)})
        return self._reopen()

    def action_back(self):
        """Choose another file."""
        self.line_ids.unlink()
        self.write({"state": "choose", "file": False, "text": False})
        return self._reopen()

    def action_import(self):
        """Import the good lines; importing the same file again changes nothing."""
        self._assert_collector()
        lines, _unknown = self._read_lines()
        rows, _owners = self._prepare_rows(lines)
        errors = self._find_errors(rows)
        good = [row for number in rows if number not in errors for row in rows[number]]
        found = self.env["collection.followup"]._record_postal_events(good)
        if found.events:
            found.events._log_act()
        for line in self.line_ids.filtered(lambda one: one.number in errors):
            line.write({"outcome": "bad", "message": errors[line.number]})
        owners = [
            number for number in rows if number not in errors for _row in rows[number]
        ]
        imported = {owners[index] for index in found.accepted}
        self.write({"state": "done", "imported_count": len(imported)})
        return self._reopen()

    def _assert_collector(self):
        self.ensure_one()
        self.env["collection.followup"]._assert_collector()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import from the post"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    # === READING === #

    def _read_lines(self) -> tuple[list[PostalLine], list[str]]:
        """Return the lines of the file, or of what was pasted.

        :raise UserError: it cannot be read
        """
        content = self.text or ""
        if self.file:
            content = base64.b64decode(self.with_context(bin_size=False).file)
        try:
            lines, unknown = read_file(content)
        except PostalFileError as error:
            raise UserError(self._describe_file_error(error)) from None
        if not lines:
            raise UserError(self.env._("The file holds column names and no line."))
        return lines, unknown

    def _describe_file_error(self, error: PostalFileError) -> str:
        return {
            "empty": self.env._("Choose a file, or paste its lines."),
            "binary": self.env._(
                "This is no text: save the sheet as CSV and choose that file."
            ),
            "columns": self.env._(
                "No column is named “reference” or “number”. The first line names the "
                "columns: reference, number, posted, presented, delivered, status, "
                "date, reason – in English or in French."
            ),
        }[error.key]

    def _prepare_rows(self, lines: list[PostalLine]):
        """Return line -> rows for the recorder, and line -> letter.

        A line that cannot be read, or is about no letter, has no rows.
        """
        letters = self._find_letters(lines)
        rows, owners = {}, {}
        for line in lines:
            letter = letters.get(line.line)
            if line.error or not letter:
                continue
            owners[line.line] = letter
            base = {
                "followup_id": letter.id,
                "label": line.label,
                "source": "file",
                "tracking_number": line.number,
            }
            rows[line.line] = [
                {**base, "code": code, "date": day} for code, day in line.events
            ] or [base]
        return rows, owners

    def _find_letters(self, lines: list[PostalLine]) -> dict:
        """Return line -> letter, by its reference, else by its number."""
        references = {line.line: self._read_reference(line.reference) for line in lines}
        numbers = {line.line: self._read_number(line.number) for line in lines}
        letters = self.env["collection.followup"].search(
            [
                ("company_id", "=", self.company_id.id),
                "|",
                ("id", "in", [one for one in references.values() if one]),
                ("tracking_number", "in", [one for one in numbers.values() if one]),
            ]
        )
        by_id = {letter.id: letter for letter in letters}
        by_number = {one.tracking_number: one for one in letters if one.tracking_number}
        found = {}
        for line in lines:
            letter = by_id.get(references[line.line])
            if letter and letter._get_letter_reference() != line.reference.upper():
                letter = None
            if not line.reference:
                letter = by_number.get(numbers[line.line])
            if letter:
                found[line.line] = letter
        return found

    @staticmethod
    def _read_reference(text: str) -> int:
        found = REFERENCE.fullmatch(text.upper())
        number = int(found[1]) if found else 0
        return number if number < 2**31 else 0

    @staticmethod
    def _read_number(text: str) -> str:
        try:
            return parse(text) if text else ""
        except TrackingError:
            return ""

    # === CHECKING === #

    def _find_errors(self, rows: dict[int, list[dict]]) -> dict[int, str]:
        """Return line -> what is wrong with it.

        A line is good as a whole or not at all: what another line needs from one that
        is left out is missing too.
        """
        errors: dict[int, str] = {}
        while True:
            good = [
                (number, row)
                for number in rows
                if number not in errors
                for row in rows[number]
            ]
            found = self.env["collection.followup"]._check_postal_events(
                [row for _number, row in good]
            )
            if not found.errors:
                return errors
            for index, message in found.errors.items():
                errors.setdefault(good[index][0], message)

    def _find_known(self, rows, errors) -> set[int]:
        """Return the lines that say nothing new."""
        good = [
            (number, row)
            for number in rows
            if number not in errors
            for row in rows[number]
        ]
        found = self.env["collection.followup"]._check_postal_events(
            [row for _number, row in good]
        )
        new = {good[index][0] for index in found.accepted}
        return {number for number, _row in good} - new

    def _prepare_line(self, line: PostalLine, owners, rows, errors, known) -> dict:
        """Return the values of the line that is shown."""
        message = ""
        if line.error:
            message = self._describe_line_error(line)
        elif line.line not in owners:
            message = self.env._(
                "No letter of %(company)s has the reference or the number “%(text)s”.",
                company=self.company_id.name,
                text=line.reference or line.number,
            )
        elif line.line in errors:
            message = errors[line.line]
        outcome = "good"
        if message:
            outcome = "bad"
        elif line.line in known:
            outcome = "known"
        letter = owners.get(line.line)
        return {
            "import_id": self.id,
            "number": line.line,
            "text": line.text,
            "followup_id": letter.id if letter else False,
            "outcome": outcome,
            "message": message or self._describe_rows(rows[line.line]),
        }

    def _describe_line_error(self, line: PostalLine) -> str:
        return {
            "date": self.env._(
                "“%s” is no date: write 2026-09-15 or 15/09/2026.", line.detail
            ),
            "status": self.env._("The status “%s” is not understood.", line.detail),
            "undated": self.env._("“%s” has no date.", line.detail),
            "who": self.env._("There is neither a reference nor a number."),
            "nothing": self.env._("The line says nothing about the letter."),
        }[line.error]

    def _describe_rows(self, rows: list[dict]) -> str:
        """Return what a line does, in words."""
        events = self.env["collection.postal.event"]
        labels = dict(events._fields["code"]._description_selection(self.env))
        words = [rows[0]["tracking_number"]]
        words += [
            f"{labels[row['code']]} {format_date(self.env, row['date'])}"
            for row in rows
            if row.get("code")
        ]
        return ", ".join(filter(None, words))


class CollectionMailingImportLine(models.TransientModel):
    """A line of a file, and what it would do."""

    _name = "collection.mailing.import.line"
    _description = "Line of an import from the post"
    _order = "number"

    import_id = fields.Many2one(
        "collection.mailing.import", required=True, ondelete="cascade"
    )
    number = fields.Integer("Line")
    text = fields.Char("As it stands")
    followup_id = fields.Many2one("collection.followup", "Letter")
    debtor_id = fields.Many2one(related="followup_id.debtor_id")
    outcome = fields.Selection(OUTCOMES)
    message = fields.Char("What it does")
