# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.figures import Figures
from .collection_call import UNANSWERED

#: words that only the script of a call uses
CALL_WORDS = (
    "company_text",
    "caller_text",
    "caller_phone",
    "debtor_text",
    "invoices_text",
    "undisputed_text",
    "payment_date_text",
)
CALL_LEVEL = "account_collection.collection_level_call"


class CollectionFollowup(models.Model):
    """Calls: the script with its figures, and what is recorded of each attempt."""

    _inherit = "collection.followup"

    call_ids = fields.One2many("collection.call", "followup_id", "Calls")
    next_try_at = fields.Datetime("Next try", readonly=True)

    # Words of the script.
    company_text = fields.Char(compute="_compute_texts")
    caller_text = fields.Char(compute="_compute_texts")
    caller_phone = fields.Char(compute="_compute_texts")
    debtor_text = fields.Char(compute="_compute_texts")
    invoices_text = fields.Char(compute="_compute_texts")
    undisputed_text = fields.Char(compute="_compute_texts")
    payment_date_text = fields.Char(compute="_compute_texts")

    def _get_words(self, figures: Figures, history, facts) -> dict:
        words = super()._get_words(figures, history, facts)
        if self.channel != "call":
            return {**words, **dict.fromkeys(CALL_WORDS, "")}
        person = self.env.user.partner_id
        company = self.company_id.sudo()
        proposed = self.file_id._propose_payment_date(self._get_today())
        return {
            **words,
            "company_text": company.name,
            "caller_text": person.name or company.name,
            "caller_phone": person.phone or company.phone or "",
            "debtor_text": self.debtor_id.name or "",
            "invoices_text": self._get_invoices_text(figures),
            "undisputed_text": words["total_text"],
            "payment_date_text": self._format_day(proposed),
        }

    def _get_invoices_text(self, figures: Figures) -> str:
        """Name what the call is about in a part of a sentence."""
        items = [item for item in figures.claimed if item.residual > 0]
        if not items:
            return self.env._("your account")
        first = min(items, key=lambda item: item.date_due)
        if len(items) > 1:
            return self.env._(
                "your %(count)s overdue invoices, the oldest of which fell due on "
                "%(date)s, in total %(amount)s",
                count=len(items),
                date=self._format_day(first.date_due),
                amount=self._format_totals(figures.totals()),
            )
        facts = [
            self.env._(
                "invoice %(document)s of %(date)s",
                document=first.document,
                date=self._format_day(first.invoice_date),
            )
        ]
        if first.reference:
            facts.append(self.env._("your order %s", first.reference))
        if first.delivery_date:
            day = self._format_day(first.delivery_date)
            facts.append(self.env._("delivered on %s", day))
        facts.append(
            self.env._(
                "of %(amount)s, which fell due on %(date)s",
                amount=self._format_amount(first.due, first.currency_id),
                date=self._format_day(first.date_due),
            )
        )
        return ", ".join(facts)

    def _get_script_html(self) -> Markup:
        """Return the script of the call in the debtor's language."""
        self.ensure_one()
        script = self.step_id._get_script() or self._get_default_script()
        if not script:
            return Markup()
        return self._render_batch(script, self.lang)[self.id][1]

    def _get_default_script(self):
        """Return the script of a call that no step asked for."""
        xmlid = "account_collection.mail_template_call"
        if self.file_id._is_consumer():
            xmlid = "account_collection.mail_template_call_consumer"
        script = self.env.ref(xmlid, raise_if_not_found=False)
        return script or self.env["mail.template"]

    # === RECORDING === #

    def _record_call(self, result: str, hold_until=None, **values):
        """Record one attempt; an answered call performs its follow-up.

        :param result: a key of ``CALL_RESULTS`` or ``UNANSWERED``
        :param hold_until: last day (date) on which the called receivables are left
            alone, because of what was agreed
        :param values: other fields of collection.call
        :raise UserError: the result is unknown, or the call is no longer to make
        """
        self.ensure_one()
        known = dict(self.env["collection.call"]._fields["result"].selection)
        if result not in known:
            raise UserError(
                self.env._(
                    "Choose what came of the call to %s.", self.debtor_id.display_name
                )
            )
        if self.state in ("performed", "cancelled"):
            raise UserError(
                self.env._("%s is already performed or cancelled.", self.display_name)
            )
        before = {
            "note": self.note,
            "attempts": self.attempts,
            "next_try_at": fields.Datetime.to_string(self.next_try_at) or False,
        }
        state = self.state
        call = (
            self.env["collection.call"]
            .sudo()
            .create(
                {
                    "followup_id": self.id,
                    "file_id": self.file_id.id,
                    "company_id": self.company_id.id,
                    "user_id": self.env.uid,
                    "date": self._get_moment(),
                    "partner_id": self.recipient_id.id,
                    "number": self.recipient_phone,
                    "result": result,
                    **values,
                }
            )
        )
        holds = self._agree(hold_until, call.note)
        if result in dict(UNANSWERED):
            self._keep_attempt(call)
            kind = "no_answer"
        else:
            self._perform_call(call)
            kind = "call"
        data = {
            "call": call.id,
            "before": before,
            "states": {str(self.id): state},
            "holds": holds.ids,
        }
        acts = self.env["collection.act"]
        act = acts._log(
            kind, self.file_id, note=call.note, data={self.file_id.id: data}
        )
        act.followup_ids = self
        return call

    @api.model
    def _get_moment(self) -> datetime.datetime:
        """Return now, on the policy's day when the context sets one."""
        now = fields.Datetime.now()
        day = fields.Date.to_date(self.env.context.get("collection_date"))
        return datetime.datetime.combine(day, now.time()) if day else now

    def _keep_attempt(self, call):
        """The call stays to do: it counts one attempt more."""
        label = dict(call._fields["result"]._description_selection(self.env))
        words = " ".join(filter(None, [f"{label[call.result]}.", call.note]))
        self.sudo().write(
            {
                "attempts": self.attempts + 1,
                "next_try_at": call.next_try_at,
                "note": self._join_notes(words),
            }
        )
        if call.result == "wrong_number":
            self._report_wrong_number()

    def _report_wrong_number(self):
        """Give the task to find the right number; a mobile gets no text either."""
        recipients = self.env["collection.recipient"].sudo()
        mobile = recipients._get_mobile(self.recipient_id, self.company_id)
        if mobile:
            reason = self.env._("Wrong number, said on the phone")
            addresses = self.env["collection.undeliverable"].sudo()
            addresses._block(self.recipient_id, "sms", mobile, self, reason)
            return
        user = self.file_id.collector_id or self.company_id._get_collection_manager()
        file = self.file_id.sudo().with_context(mail_activity_quick_update=True)
        file.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=self.env._(
                "Find the right number: %s is wrong", self.recipient_phone or ""
            ),
        )

    def _perform_call(self, call):
        if call.note:
            self.sudo().note = self._join_notes(call.note)
        today = self.env["collection.engine"]._get_day(self.company_id, None)
        self.sudo()._update_state(
            "performed",
            performed_on=today,
            performed_by_id=self.env.uid,
            call_result=call.result,
            failure_code=False,
            reason=False,
        )

    def _join_notes(self, note: str) -> str:
        return "\n".join(filter(None, [self.note, note]))

    def _agree(self, until, note):
        """Leave the called receivables alone until a day; return the holds."""
        holds = self.env["collection.hold"]
        if not until:
            return holds
        moves = self.line_ids.filtered("counted").move_line_id
        if not moves:
            overdue = self.file_id._get_overdue_receivables()
            moves = overdue.filtered(lambda row: not row.hold_reason).move_line_id
        return holds.create(
            [
                {
                    "move_id": line.move_id.id,
                    "move_line_id": line.id,
                    "debtor_id": self.debtor_id.id,
                    "company_id": self.company_id.id,
                    "reason": "agreement",
                    "date_end": until,
                    "note": note or self.env._("Agreed on the phone."),
                }
                for line in moves.sudo()
            ]
        )

    @api.model
    def _create_adhoc_call(self, file, partner=None):
        """Create the follow-up of a call that no step asked for."""
        recipient = partner or file.debtor_id
        return self.sudo().create(
            {
                "company_id": file.company_id.id,
                "file_id": file.id,
                "debtor_id": file.debtor_id.id,
                "case_id": file.case_id.id,
                "level_id": self.env.ref(CALL_LEVEL).id,
                "channel": "call",
                "mode": "manual",
                "date": self.env["collection.engine"]._get_day(file.company_id, None),
                "recipient_id": recipient.id,
                "recipient_address": recipient.phone,
                "lang": recipient.lang or file.debtor_id.lang,
                "counts_in_budget": True,
            }
        )
