# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .collection_engine_plan import DayRun

#: documents that a line names; above, it says how many more there are
DOCUMENTS_SHOWN = 3


class CollectionFollowup(models.Model):
    """What a person looks at before confirming, and the summary of a batch."""

    _inherit = "collection.followup"

    confirm_reason = fields.Char("Why to confirm", compute="_compute_confirm_reason")
    last_contact_text = fields.Char("Last contact", compute="_compute_last_contact")
    documents_text = fields.Char("Invoices", compute="_compute_documents_text")

    @api.depends("state", "mode", "warning")
    @api.depends_context("lang")
    def _compute_confirm_reason(self):
        """Say why the message does not leave by itself."""
        for followup in self:
            if followup.state != "to_confirm":
                followup.confirm_reason = False
            elif followup.warning:
                followup.confirm_reason = followup.warning
            elif followup.mode == "to_confirm":
                followup.confirm_reason = self.env._("The step asks for it")
            elif followup.mode == "manual":
                followup.confirm_reason = self.env._("Ordered by a person")
            elif not followup.company_id.sudo().collection_live:
                followup.confirm_reason = self.env._("The company is not live yet")
            else:
                followup.confirm_reason = self.env._("To be checked")

    @api.depends_context("lang")
    def _compute_last_contact(self):
        """Read the last performed contact of each debtor, in one query."""
        found = {}
        if self.ids:
            rows = self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (w.id) w.id, e.channel, e.performed_on
                         FROM collection_followup w
                         JOIN collection_followup e ON e.file_id = w.file_id
                        WHERE w.id IN %s AND e.state = 'performed' AND e.id <> w.id
                        ORDER BY w.id, e.performed_on DESC, e.id DESC""",
                    tuple(self.ids),
                )
            )
            found = {row[0]: row[1:] for row in rows}
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for followup in self:
            channel, day = found.get(followup.id, (None, None))
            followup.last_contact_text = channel and (
                f"{channels[channel]} – {format_date(self.env, day)}"
            )

    @api.depends("line_ids.document")
    def _compute_documents_text(self):
        for followup in self:
            names = followup.line_ids.filtered("counted").mapped("document")
            more = len(names) - DOCUMENTS_SHOWN
            followup.documents_text = ", ".join(filter(None, names[:DOCUMENTS_SHOWN]))
            if more > 0:
                followup.documents_text += f" (+{more})"

    @api.model
    def get_confirm_summary(self, ids) -> dict:
        """Return what a batch holds, for the head of the confirmation screen.

        :param ids: follow-ups that are ticked
        :return: counts by channel with their words, totals by company, what is known
            of the bank, letters that wait to be printed
        """
        self.check_access("read")
        followups = self.browse(ids).exists()
        channels = dict(self._fields["channel"]._description_selection(self.env))
        totals = {}
        for followup in followups:
            totals.setdefault(followup.currency_id, 0.0)
            totals[followup.currency_id] += followup.amount
        return {
            "count": len(followups),
            "channels": [
                {"key": key, "label": channels[key], "count": len(group)}
                for key, group in followups.grouped("channel").items()
            ],
            "totals": [
                {"currency_id": currency.id, "amount": currency.round(amount)}
                for currency, amount in totals.items()
            ],
            "banks": self._get_bank_states(followups.company_id or self.env.company),
            "to_print": self.search_count(self._get_unprinted_domain()),
        }

    @api.model
    def _get_unprinted_domain(self) -> list:
        """Return the confirmed letters that nobody has printed yet."""
        return [
            ("state", "=", "queued"),
            ("channel", "in", ("letter", "registered")),
            ("printed_at", "=", False),
        ]

    @api.model
    def _get_bank_states(self, companies) -> list[dict]:
        """Return up to which day payments are known, company by company."""
        states = []
        for company in companies.sudo():
            run = DayRun(company.env, company, self._get_today())
            states.append(
                {
                    "company": company.name,
                    "day": fields.Date.to_string(run.bank_day) or "",
                    "is_stale": run.is_bank_stale,
                    "is_live": company.collection_live,
                    "alert": company._get_collection_bank_alert(self._get_today())
                    or "",
                }
            )
        return states
