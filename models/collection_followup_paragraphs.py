# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from markupsafe import Markup

from odoo import models
from odoo.tools import SQL

from ..core.figures import Figures


class CollectionFollowup(models.Model):
    """The paragraphs that a text may hold: how to pay, rights, signature, history."""

    _inherit = "collection.followup"

    def _get_payment_paragraph(self, figures: Figures, bank):
        """Return how to pay; on letters with the SEPA QR code beside it."""
        if not bank:
            return Markup()
        return self.env["ir.qweb"]._render(
            "account_collection.message_payment",
            {
                "iban": bank.acc_number,
                "bic": bank.bank_bic or "",
                "holder": bank.acc_holder_name or self.company_id.name,
                "reference": self._get_payment_reference(figures),
                "qr_code": self._get_qr_code(figures, bank),
            },
        )

    def _get_privacy_paragraph(self):
        """Tell natural persons about their data (GDPR, articles 13 and 14)."""
        if self.debtor_id.is_company:
            return Markup()
        company = self.company_id.sudo()
        partner = company.partner_id
        place = " ".join(filter(None, [partner.zip, partner.city]))
        contact = company.email or company.phone
        if not contact:
            contact = ", ".join(filter(None, [partner.street, place]))
        text = self.env._(
            "Your data are processed by %(company)s to follow up its claim; you have "
            "rights of access, rectification and objection: %(contact)s.",
            company=company.name,
            contact=contact or company.name,
        )
        return Markup("<p><small>%s</small></p>") % text

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
        user = self._get_signatory()
        company = self.company_id.sudo()
        person = user.partner_id
        words = [person.name, person.function, person.phone]
        lines = [" – ".join(filter(None, words)), company.name]
        if not person.phone:
            lines.append(company.phone)
        text = Markup("<br/>").join(filter(None, lines))
        return Markup('<p style="page-break-inside:avoid">%s</p>') % text

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
