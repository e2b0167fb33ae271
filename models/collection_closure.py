# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.payment_days import Closure


class CollectionClosure(models.Model):
    """Days on which a debtor is closed: it pays nobody and answers no call."""

    _name = "collection.closure"
    _description = "Closure of a debtor"
    _order = "date_from, id"

    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("To", required=True)
    name = fields.Char("Label", help="For example: summer closure.")
    is_yearly = fields.Boolean(
        "Every year", help="Comes back every year on the same days."
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)",
        "The last day of a closure lies before its first one.",
    )

    @api.depends("name", "date_from", "date_to")
    def _compute_display_name(self):
        for closure in self:
            days = f"{closure.date_from or ''} – {closure.date_to or ''}"
            closure.display_name = f"{closure.name} ({days})" if closure.name else days

    @api.constrains("date_from", "date_to", "is_yearly")
    def _check_length(self):
        for closure in self.filtered("is_yearly"):
            if closure.date_to - closure.date_from >= datetime.timedelta(days=365):
                raise ValidationError(
                    self.env._(
                        "Closure %(closure)s of %(debtor)s: one that comes back every "
                        "year is shorter than a year; correct its days.",
                        closure=closure.display_name,
                        debtor=closure.file_id.display_name,
                    )
                )

    def _get_closures(self) -> tuple[Closure, ...]:
        """Return the closures as the computation of dates needs them."""
        return tuple(
            Closure(one.date_from, one.date_to, one.is_yearly)
            for one in self
            if one.date_from and one.date_to
        )
