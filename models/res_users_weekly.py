# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class ResUsers(models.Model):
    """Colleagues who are told what becomes of their customers' invoices."""

    _inherit = "res.users"

    collection_weekly_mail = fields.Boolean(
        "Weekly collection mail",
        default=True,
        help="Once a week, the overdue invoices of your customers and the money that "
        "you put on hold. Nothing is sent when there is nothing to say.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["collection_weekly_mail"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["collection_weekly_mail"]

    def _filter_collection_colleagues(self, company):
        """Return the users who work in a company now: active, internal, allowed."""
        return self.filtered(
            lambda user: (
                user.active and not user.share and company in user.sudo().company_ids
            )
        )
