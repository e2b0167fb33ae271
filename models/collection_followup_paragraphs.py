# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from markupsafe import Markup

from odoo import models
from odoo.tools import SQL

from ..core.figures import Figures


class CollectionFollowup(models.Model):
    """The paragraphs that a text may hold: how to pay, rights, signature, history."""

    _inherit = "collection.followup"

    def _get_personal_paragraph(self):
        """Return the words that a person wrote for this message alone."""
        context = self.env.context
        text = context.get("collection_personal_text", self.personal_text) or ""
        lines = Markup("<br/>").join(text.strip().splitlines())
        return Markup("<p>%s</p>") % lines if lines else Markup()

    def _get_payment_paragraph(self, figures: Figures, bank):
        """Return how to pay; on letters with the SEPA QR code beside it.

        The warning against false bank details stands there even when ours do not.
        """
        return self.env["collection.paper"]._render_payment(
            self.company_id,
            bank,
            self._get_payment_reference(figures),
            self._get_qr_code(figures, bank),
        )

    def _get_privacy_paragraph(self):
        paper = self.env["collection.paper"]
        return paper._render_privacy(self.debtor_id, self.company_id)

    def _get_mediator_paragraph(self):
        """Name the consumer mediator (C. conso., article L616-1)."""
        mediator = self.company_id.collection_mediator
        if not mediator:
            return Markup()
        text = self.env._(
            "You may refer to the consumer mediator free of charge: %(mediator)s.",
            mediator=mediator,
        )
        return Markup("<p>%s</p>") % text

    def _get_signatory(self):
        """Return the person who signs: the collector, else the manager."""
        return (
            self.file_id.collector_id or self.company_id.collection_manager_id
        ).sudo()

    def _get_signature_block(self):
        paper = self.env["collection.paper"]
        return paper._render_signature(self._get_signatory(), self.company_id)

    # === HISTORY === #

    def _read_history(self) -> dict[int, list[tuple]]:
        """Return follow-up -> (channel, day) of what was performed in its case."""
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT w.id, e.channel, e.performed_on
                     FROM collection_followup w
                     JOIN collection_followup e ON e.case_id = w.case_id
                    WHERE w.id IN %s AND e.state = 'performed' AND e.id <> w.id
                      AND e.is_internal IS NOT TRUE
                      AND e.channel IN ('email', 'call', 'letter', 'registered')
                    ORDER BY e.performed_on, e.id""",
                tuple(self.ids),
            )
        )
        history: dict[int, list[tuple]] = {}
        for followup, channel, day in rows:
            history.setdefault(followup, []).append((channel, day))
        return history

    def _get_history_paragraph(self, history: list[tuple]):
        """Recall what was done so far, so that the tone has its reason."""
        phrases = {
            "email": self.env._("our e-mail of %(date)s"),
            "call": self.env._("our call of %(date)s"),
            "letter": self.env._("our letter of %(date)s"),
            "registered": self.env._("our registered letter of %(date)s"),
        }
        words = [
            phrases[channel] % {"date": self._format_day(day)}
            for channel, day in history
        ]
        if not words:
            text = self.env._(
                "Unless we are mistaken, the overdue sums detailed in this letter "
                "remain unpaid."
            )
            return Markup("<p>%s</p>") % text
        last = words.pop()
        text = self.env._(" and ").join(filter(None, [", ".join(words), last]))
        sentence = self.env._(
            "Despite %(contacts)s, the overdue sums detailed in this letter remain "
            "unpaid.",
            contacts=text,
        )
        return Markup("<p>%s</p>") % sentence
