# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import ValidationError

POLICIES = [
    ("off", "Nobody: statements leave on request only"),
    ("chosen", "Chosen segments and debtors"),
    ("everyone", "Everyone but those who are excepted"),
]
MEGABYTE = 1_000_000


class ResCompany(models.Model):
    """Settings of the documents that are sent: monthly statements, size of mails."""

    _inherit = "res.company"

    collection_statement_policy = fields.Selection(
        POLICIES,
        "Monthly statements",
        default="off",
        required=True,
        help="Who gets a statement of account each month, apart from reminders. A "
        "segment or a debtor may say yes or no for itself.",
    )
    collection_statement_day = fields.Integer(
        "Day of the month",
        default=5,
        help="1 to 31; a month that lacks the day uses its last one. A day that is not "
        "worked is put off to the next worked day of the month.",
    )
    collection_statement_minimum = fields.Monetary(
        "Smallest statement",
        default=10.0,
        help="A debtor whose open debts, and whose open credits, are smaller gets "
        "none.",
    )
    collection_statement_month = fields.Date(
        "Statements made for",
        readonly=True,
        copy=False,
        help="First day of the last month whose statements were all planned.",
    )
    collection_size_limit = fields.Integer(
        "Largest mail",
        default=15,
        help="Megabytes of documents that one e-mail may carry.",
    )

    @api.constrains(
        "collection_statement_day",
        "collection_statement_minimum",
        "collection_size_limit",
    )
    def _check_collection_statement(self):
        for company in self:
            if not 1 <= company.collection_statement_day <= 31:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the day of the monthly statements is "
                        "%(day)s; choose one from 1 to 31.",
                        company=company.name,
                        day=company.collection_statement_day,
                    )
                )
            if company.collection_statement_minimum < 0:
                raise ValidationError(
                    self.env._(
                        "%s: the smallest statement cannot be negative.", company.name
                    )
                )
            if not 1 <= company.collection_size_limit <= 100:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the largest mail is %(size)s MB; choose 1 to "
                        "100.",
                        company=company.name,
                        size=company.collection_size_limit,
                    )
                )

    def _get_collection_size_limit(self) -> int:
        """Return how many bytes of documents a mail may carry.

        The setting, or less when a mail server is known to take less: an attachment
        takes 8 bits for 6 on its way.
        """
        self.ensure_one()
        servers = self.env["ir.mail_server"].sudo()
        servers = servers.search([("max_email_size", ">", 0)])
        limits = servers.mapped("max_email_size")
        own = self.collection_size_limit * MEGABYTE
        return min([own, *(int(limit * 1024**2 * 6 / 8) - 10_000 for limit in limits)])


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_statement_policy = fields.Selection(
        related="company_id.collection_statement_policy", readonly=False
    )
    collection_statement_day = fields.Integer(
        related="company_id.collection_statement_day", readonly=False
    )
    collection_statement_minimum = fields.Monetary(
        related="company_id.collection_statement_minimum",
        readonly=False,
        currency_field="currency_id",
    )
    collection_size_limit = fields.Integer(
        related="company_id.collection_size_limit", readonly=False
    )
