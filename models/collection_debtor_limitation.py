# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

from .collection_receivable_limitation import OVER


class CollectionDebtor(models.Model):
    """Until when the debtor's claims can be sued for, and what happened to them."""

    _inherit = "collection.debtor"

    limitation_date = fields.Date(
        "Earliest limitation",
        compute="_compute_limitation",
        help="The earliest day of limitation of the open receivables, at the worst.",
    )
    limitation_later_date = fields.Date(
        "Possible later date",
        compute="_compute_limitation",
        help="The earliest day if what may be an acknowledgement is one.",
    )
    limitation_warning = fields.Char(
        "Limitation to check", compute="_compute_limitation"
    )
    limitation_event_count = fields.Integer(
        "Limitation events", compute="_compute_limitation_event_count"
    )

    # === COMPUTE METHODS === #

    @api.depends_context("collection_date", "lang")
    def _compute_limitation(self):
        dates = self._read_limitation_dates()
        later = self._read_later_limitation_dates()
        passed = self._read_passed_limitation()
        for file in self:
            key = (file.company_id, file.debtor_id)
            date = file.limitation_date = dates.get(key)
            is_later = date and key in later and later[key] > date
            file.limitation_later_date = is_later and later[key]
            file.limitation_warning = key in passed and self.env._(
                "Receivables whose day of limitation, taken at the worst, has passed: "
                "%(count)s (%(amount)s). Those of a consumer are held; between "
                "professionals nothing stops: check before you claim.",
                count=passed[key][0],
                amount=formatLang(
                    self.env, passed[key][1], currency_obj=file.currency_id
                ),
            )

    def _get_limitation_domain(self) -> Domain:
        """Return the receivables of the files that may be sued for."""
        return Domain(
            [
                ("debtor_id", "in", self.debtor_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("amount_residual", ">", 0),
            ]
        )

    def _read_limitation_dates(self) -> dict:
        """Return (company, debtor) -> earliest last day of its open receivables."""
        groups = self.env["collection.receivable"]._read_group(
            self._get_limitation_domain(),
            ["company_id", "debtor_id"],
            ["limitation_date:min"],
        )
        return {(company, debtor): date for company, debtor, date in groups}

    def _read_passed_limitation(self) -> dict:
        """Return (company, debtor) -> number and amount of those whose day passed."""
        groups = self.env["collection.receivable"]._read_group(
            self._get_limitation_domain() & Domain("limitation_state", "in", [OVER]),
            ["company_id", "debtor_id"],
            ["__count", "amount_residual:sum"],
        )
        return {
            (company, debtor): (count, amount)
            for company, debtor, count, amount in groups
        }

    def _read_later_limitation_dates(self) -> dict:
        """Return (company, debtor) -> earliest day with possible acknowledgements.

        Only of debtors that have such an event: of most nothing is read.
        """
        events = self.env["collection.limitation.event"].search(
            [
                ("debtor_id", "in", self.debtor_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("kind", "=", "possible_acknowledgement"),
                ("is_void", "=", False),
            ]
        )
        if not events:
            return {}
        debtors = events.debtor_id.ids
        rows = self.env["collection.receivable"].search(
            self._get_limitation_domain() & Domain("debtor_id", "in", debtors)
        )
        found = {}
        for row in rows.filtered("limitation_date"):
            key = (row.company_id, row.debtor_id)
            date = row.limitation_later_date or row.limitation_date
            found[key] = min(found.get(key, date), date)
        return found

    def _compute_limitation_event_count(self):
        groups = self.env["collection.limitation.event"]._read_group(
            [
                ("debtor_id", "in", self.debtor_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["company_id", "debtor_id"],
            ["__count"],
        )
        counts = {(company, debtor): count for company, debtor, count in groups}
        for file in self:
            key = (file.company_id, file.debtor_id)
            file.limitation_event_count = counts.get(key, 0)

    # === ACTION METHODS === #

    def action_open_limitation_events(self):
        """Open what happened to the debtor's claims."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_limitation_event_action"
        )
        action["domain"] = [
            ("debtor_id", "=", self.debtor_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        action["context"] = {
            "default_debtor_id": self.debtor_id.id,
            "default_company_id": self.company_id.id,
        }
        return action

    def action_record_limitation_event(self):
        """Open the form of a new event about the debtor's open invoices."""
        self.ensure_one()
        rows = self.env["collection.receivable"].search(self._get_limitation_domain())
        events = self.env["collection.limitation.event"]
        return events._get_new_action(self.debtor_id, self.company_id, rows.move_id)
