# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.collection_sales_note import DIFFICULTIES

#: who may report: sales, and those who invoice
REPORTERS = ("sales_team.group_sale_salesman", "account.group_account_invoice")
#: earlier reports that the form recalls
REPORTS_SHOWN = 10


class CollectionSalesNoteReport(models.TransientModel):
    """Tells the collectors of a difficulty, without any right on what they do.

    Its author sees its own reports and whether somebody dealt with them.
    """

    _name = "collection.sales.note.report"
    _description = "Report a difficulty"

    partner_id = fields.Many2one("res.partner", "Customer", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    commercial_partner_id = fields.Many2one(related="partner_id.commercial_partner_id")
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        domain="[('commercial_partner_id', '=', commercial_partner_id),"
        " ('company_id', '=', company_id), ('state', '=', 'posted'),"
        " ('move_type', '=', 'out_invoice'),"
        " ('payment_state', 'in', ('not_paid', 'partial', 'in_payment', 'blocked'))]",
        help="Empty = the customer as a whole.",
    )
    difficulty = fields.Selection(DIFFICULTIES, "Kind", required=True, default="cash")
    comment = fields.Text()
    date = fields.Date("Payment expected on")
    earlier_reports = fields.Html(compute="_compute_earlier_reports")

    @api.depends("partner_id", "company_id")
    def _compute_earlier_reports(self):
        notes = self.env["collection.sales.note"].sudo()
        for report in self:
            found = notes.search(
                [
                    ("user_id", "=", self.env.uid),
                    ("company_id", "=", report.company_id.id),
                    ("debtor_id", "=", report.commercial_partner_id.id),
                ],
                order="id desc",
                limit=REPORTS_SHOWN,
            )
            report.earlier_reports = found and self.env["ir.qweb"]._render(
                "account_collection.earlier_reports", {"notes": found}
            )

    @api.model
    def _assert_reporter(self):
        """Refuse who neither sells nor invoices.

        :raise AccessError: the user is in none of the groups
        """
        if not any(self.env.user.has_group(group) for group in REPORTERS):
            raise AccessError(
                self.env._("Only sales and invoicing may report a difficulty.")
            )

    @api.model
    def _get_action(self, partner, company=None, move=None) -> dict:
        """Return the action that opens the form about a customer."""
        self._assert_reporter()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Report a difficulty"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": partner.id,
                "default_company_id": (company or self.env.company).id,
                "default_move_id": move.id if move else False,
            },
        }

    def action_report(self):
        """Tell the collectors.

        :raise UserError: nothing is said, or the invoice is another customer's
        """
        self.ensure_one()
        self._assert_reporter()
        self.partner_id.check_access("read")
        if self.company_id not in self.env.companies:
            raise AccessError(
                self.env._("You do not work in %s.", self.company_id.display_name)
            )
        self._assert_move()
        self.env["collection.sales.note"]._record(
            self.env.user,
            self.company_id,
            self.partner_id,
            "button",
            kind="difficulty",
            difficulty=self.difficulty,
            comment=self.comment,
            date=self.date,
            move_id=self.move_id.id,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Thank you: who follows this customer is told."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _assert_move(self):
        """Refuse an invoice that the user may not read, or of another customer."""
        move = self.move_id
        if not move:
            return
        move.check_access("read")
        debtor = move.commercial_partner_id
        if debtor != self.commercial_partner_id or move.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(invoice)s is not an invoice of %(customer)s: choose another.",
                    invoice=move.display_name,
                    customer=self.partner_id.display_name,
                )
            )
