# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.postal_events import RETURNS, Event, notice_deadline, summarise
from .collection_postal_event import EVENT_CODES
from .postal_recorder import PostalRecorder
from .postal_rows import PostalResult


class CollectionFollowup(models.Model):
    """What became of a letter: dates that follow from what the post says."""

    _inherit = "collection.followup"

    post_event_ids = fields.One2many(
        "collection.postal.event", "followup_id", "What the post says", readonly=True
    )
    proof_ids = fields.One2many(
        "collection.postal.event",
        "followup_id",
        "Documents of the post",
        domain=[("attachment_id", "!=", False)],
        readonly=True,
    )
    presented_on = fields.Date(
        "First presentation", compute="_compute_post_dates", store=True, copy=False
    )
    delivered_on = fields.Date(compute="_compute_post_dates", store=True, copy=False)
    returned_on = fields.Date(compute="_compute_post_dates", store=True, copy=False)
    return_code = fields.Selection(
        [one for one in EVENT_CODES if one[0] in RETURNS],
        "Why it came back",
        compute="_compute_post_dates",
        store=True,
        copy=False,
    )
    deadline_on = fields.Date(
        "Time given until",
        compute="_compute_deadline_on",
        store=True,
        copy=False,
        help="Of a formal notice: eight days from the first presentation.",
    )
    is_deadline_estimated = fields.Boolean(
        "Estimated",
        compute="_compute_deadline_on",
        store=True,
        copy=False,
        help="The post has not said yet when it presented the letter.",
    )

    _tracking_uniq = models.UniqueIndex(
        "(company_id, tracking_number) WHERE tracking_number IS NOT NULL",
        "Another letter already has this number.",
    )

    @api.depends("post_event_ids.code", "post_event_ids.date")
    def _compute_post_dates(self):
        for letter in self:
            found = summarise(letter._get_post_events())
            letter.presented_on = found.presented_on
            letter.delivered_on = found.delivered_on
            letter.returned_on = found.returned_on
            letter.return_code = found.return_code

    @api.depends("state", "level_id", "posted_on", "presented_on")
    def _compute_deadline_on(self):
        """A notice that nobody received gives no time."""
        for letter in self:
            days = None, False
            if letter.state == "performed" and letter.level_id.code == "notice":
                days = notice_deadline(
                    letter.posted_on or None, letter.presented_on or None
                )
            letter.deadline_on, letter.is_deadline_estimated = days

    def _get_post_events(self) -> list[Event]:
        """Return what is known of a letter, its day of posting included."""
        self.ensure_one()
        events = [Event(one.code, one.date) for one in self.post_event_ids]
        is_said = any(one.code == "posted" for one in events)
        if self.posted_on and not is_said:
            events.append(Event("posted", self.posted_on))
        return events

    # === THE WRITER OF EVENTS === #

    @api.model
    def _record_postal_events(self, rows: list[dict]) -> PostalResult:
        """Record what the post says of letters; the letters' dates and states follow.

        Idempotent; a row that cannot be true is left out with its reason, the others
        go on. The number of queries does not depend on the number of rows.

        :param rows: dicts of ``followup_id`` (id or record), ``code`` (empty = the row
            gives a number alone), ``date`` and, if any, ``label``, ``source``,
            ``tracking_number``, ``attachment`` (record, id, or values of one)
        :return: events made, rows known already, row -> what is wrong with it
        """
        return PostalRecorder(self.env, rows).record()

    @api.model
    def _check_postal_events(self, rows: list[dict]) -> PostalResult:
        """Return what ``_record_postal_events`` would find, without writing."""
        return PostalRecorder(self.env, rows).check()

    def _record_by_hand(self, code: str, date=None, label="", attachment=None):
        """Record what the post did with letters, as a person's act.

        :param date: default today
        :raise UserError: it cannot be true of one of them
        :return: the events
        """
        self._assert_collector()
        rows = [
            {
                "followup_id": letter.id,
                "code": code,
                "date": date or self._get_today(),
                "label": label,
                "source": "manual",
                "attachment": attachment,
            }
            for letter in self
        ]
        found = self.env["collection.followup"]._record_postal_events(rows)
        if found.errors:
            raise UserError("\n".join(found.errors.values()))
        found.events._log_act()
        return found.events

    def _ask_why_returned(self) -> None:
        """A letter that came back for no known reason: a person looks at it."""
        self.env["collection.undeliverable"]._ask_corrections(
            {
                letter: self.env._(
                    "%s came back: is the addressee unknown there? Then record "
                    "“Unknown at this address”.",
                    letter._get_letter_reference(),
                )
                for letter in self
            }
        )

    def _mark_unknown_address(self, reasons: dict) -> None:
        """The step of letters that reached nobody counts no more.

        It goes to the next contact or channel, never to the same address.

        :param reasons: letter -> why
        """
        for reason, letters in self.grouped(reasons.get).items():
            letters._update_state("failed", failure_code="bounced", reason=reason)
            self.env["collection.undeliverable"]._block_letters(letters, reason)

    # === TAKING BACK === #

    def _take_return_back(self) -> None:
        """The letter did not come back: its step counts again.

        :raise UserError: the step went to another address meanwhile
        """
        self.ensure_one()
        if self.state == "cancelled":
            raise UserError(
                self.env._(
                    "%(letter)s of %(debtor)s was sent to another address since: work "
                    "on the new follow-up.",
                    letter=self._get_letter_reference(),
                    debtor=self.debtor_id.display_name,
                )
            )
        if self.state != "failed":
            return
        self.line_ids.filtered(
            lambda line: not line.counted and line.state == "failed"
        )._recount()
        self._update_state(
            "performed",
            performed_on=self.performed_on,
            failure_code=False,
            reason=False,
        )
        self.env["collection.undeliverable"]._free(self)

    def _take_posting_back(self) -> None:
        """The letter was not posted: it waits again.

        :raise UserError: the next step was planned meanwhile
        """
        self.ensure_one()
        if self.state != "performed":
            return
        if self.line_ids.filtered(lambda line: line.counted and not line.latest):
            raise UserError(
                self.env._(
                    "%(letter)s of %(debtor)s: the next step was planned since. Cancel "
                    "it first.",
                    letter=self._get_letter_reference(),
                    debtor=self.debtor_id.display_name,
                )
            )
        self._revert_state(
            {self.id: "queued"},
            posted_on=False,
            performed_on=False,
            performed_by_id=False,
        )
