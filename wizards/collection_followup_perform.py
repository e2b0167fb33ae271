# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.collection_followup import CALL_RESULTS, HANDOFF_RESULTS
from ..models.collection_followup_letter import LETTER_CHANNELS


class CollectionFollowupPerform(models.TransientModel):
    """Records what a person did, with the proof that the channel asks for."""

    _name = "collection.followup.perform"
    _description = "Record what was done"

    followup_ids = fields.Many2many("collection.followup", required=True)
    channel = fields.Char(compute="_compute_channel")
    has_one = fields.Boolean(compute="_compute_channel")
    script = fields.Html(compute="_compute_channel", sanitize=False)
    phone = fields.Char(compute="_compute_channel")
    call_result = fields.Selection(CALL_RESULTS, "Result")
    is_unanswered = fields.Boolean(
        "No answer", help="Counts as an attempt of the same call; it stays to do."
    )
    handoff_result = fields.Selection(HANDOFF_RESULTS, "Decision")
    posted_on = fields.Date(default=fields.Date.context_today)
    tracking_numbers = fields.Text(
        help="One number a line, in the order of the letters below."
    )
    note = fields.Text()

    @api.depends("followup_ids")
    def _compute_channel(self):
        for wizard in self:
            followups = wizard.followup_ids
            wizard.channel = followups[:1].channel
            wizard.has_one = len(followups) == 1
            wizard.phone = followups[:1].recipient_phone
            one = followups if wizard.has_one else followups.browse()
            wizard.script = one.items_table

    def action_record(self):
        """Record the outcome on the follow-ups.

        :raise UserError: a proof is missing, or their number is not the letters'
        """
        self.ensure_one()
        followups = self.followup_ids
        followups._assert_collector()
        followups = followups.sudo().sorted("id")
        over = followups.filtered(lambda one: one.state in ("performed", "cancelled"))
        if over:
            raise UserError(
                self.env._(
                    "Already performed or cancelled, remove from your choice: %s.",
                    ", ".join(over.debtor_id.mapped("display_name")),
                )
            )
        if self.channel == "call":
            result = "no_answer" if self.is_unanswered else self.call_result
            for followup in followups.with_user(self.env.user):
                followup._record_call(result, note=self.note or False)
            return
        if self.channel in LETTER_CHANNELS:
            self._record_letters(followups)
            return
        self._add_notes(followups)
        states = {one.id: one.state for one in followups}
        followups._update_state("performed", **self._prepare_values())
        holds = self._after_record(followups)
        self._log(followups, states, holds)

    def _add_notes(self, followups):
        for followup in followups:
            if self.note:
                followup.note = followup._join_notes(self.note)

    def _record_letters(self, letters):
        """Record that letters were posted, registered ones each under its number.

        :raise UserError: one of them cannot have been posted so; none is recorded
        """
        numbers = [None] * len(letters)
        if self.channel == "registered":
            numbers = self._get_tracking_numbers()
            if len(numbers) != len(letters):
                raise UserError(
                    self.env._(
                        "There are %(letters)s letters and %(numbers)s numbers: give "
                        "one number a line for each letter.",
                        letters=len(letters),
                        numbers=len(numbers),
                    )
                )
        found = letters._record_postal_events(
            [
                {
                    "followup_id": letter.id,
                    "code": "posted",
                    "date": self.posted_on,
                    "tracking_number": number,
                }
                for letter, number in zip(letters, numbers, strict=True)
            ]
        )
        if found.errors:
            raise UserError("\n".join(found.errors.values()))
        self._add_notes(letters)
        letters.with_user(self.env.user)._log_act("perform", note=self.note)

    def _log(self, followups, states, holds):
        """Log the act; a decision to hand over can be taken back, a posting cannot."""
        followups = followups.with_user(self.env.user)
        if self.channel != "handoff":
            followups._log_act("perform", note=self.note)
            return
        acts = followups._log_act("perform", note=self.note, states=states)
        for act in acts:
            mine = holds.filtered(
                lambda hold, act=act: hold.debtor_id == act.file_id.debtor_id
            )
            act.data = {**act.data, "holds": mine.ids}

    def _prepare_values(self) -> dict:
        company = self.followup_ids.company_id[:1]
        values = {
            "performed_on": self.env["collection.engine"]._get_day(company, None),
            "performed_by_id": self.env.uid,
            "failure_code": False,
            "reason": False,
        }
        if self.channel == "handoff":
            values["handoff_result"] = self.handoff_result
        return values

    def _get_tracking_numbers(self) -> list[str]:
        """Return the numbers, one a line; the spaces that the post prints go."""
        lines = (self.tracking_numbers or "").splitlines()
        return ["".join(line.split()) for line in lines if line.strip()]

    def _after_record(self, followups):
        """Exclude a claim that was handed over: no message of ours any more.

        :return: the holds
        """
        given = followups.filtered(lambda one: one.handoff_result == "handed_over")
        return self.env["collection.hold"].create(
            [
                {
                    "move_id": line.move_id.id,
                    "move_line_id": line.move_line_id.id,
                    "debtor_id": line.debtor_id.id,
                    "company_id": line.company_id.id,
                    "reason": "handed_over",
                    "note": self.note,
                }
                for line in given.line_ids.filtered("counted")
                if line.move_line_id
            ]
        )
