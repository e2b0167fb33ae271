# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: days that the debtor has from the first presentation of the letter (TEXTS: eight)
DAYS_TO_PAY = 8
#: days that the post takes at most until the first presentation
DAYS_OF_POST = 4


class CollectionNoticeOrder(models.TransientModel):
    """A formal notice: its closed list, its deadline, the pieces behind it.

    Due and undisputed receivables are ticked. What lacks the written reminder a week
    before is not, and only a manager may claim it.
    """

    _name = "collection.notice.order"
    _description = "Order a formal notice"

    file_id = fields.Many2one("collection.debtor", required=True)
    debtor_id = fields.Many2one(related="file_id.debtor_id")
    company_id = fields.Many2one(related="file_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_ids = fields.One2many("collection.notice.order.line", "order_id")
    total = fields.Monetary("Claimed, in company currency", compute="_compute_total")
    recipient = fields.Text(compute="_compute_recipient")
    deadline = fields.Date(
        "Pay by (estimate)",
        compute="_compute_deadline",
        help="Eight days from the first presentation, which is known later; four days "
        "are counted for the post.",
    )
    missing = fields.Html("Pieces", compute="_compute_missing", sanitize=False)

    @api.depends("line_ids.is_chosen", "line_ids.amount_company")
    def _compute_total(self):
        for order in self:
            chosen = order.line_ids.filtered("is_chosen")
            order.total = sum(chosen.mapped("amount_company"))

    @api.depends("file_id")
    def _compute_recipient(self):
        recipients = self.env["collection.recipient"]
        for order in self:
            company, debtor = order.company_id, order.debtor_id
            found = recipients._get_addresses(company, debtor.ids).get(debtor.id, {})
            address = found.get(("registered", "accounting"))
            partner = self.env["res.partner"].browse(
                address.partner_id if address else []
            )
            lines = address and recipients._get_postal_lines(
                partner, debtor, company, is_notice=True
            )
            order.recipient = "\n".join(lines or [])

    @api.depends("file_id")
    def _compute_deadline(self):
        for order in self:
            today = self.env["collection.engine"]._get_day(order.company_id, None)
            days = datetime.timedelta(days=DAYS_OF_POST + DAYS_TO_PAY)
            order.deadline = today + days

    @api.depends("file_id", "line_ids.is_chosen")
    def _compute_missing(self):
        """Show what the letter and a later claim need, and whether it is there."""
        for order in self:
            order.missing = self.env["ir.qweb"]._render(
                "account_collection.notice_pieces", {"pieces": order._get_pieces()}
            )

    def _get_pieces(self) -> list[tuple[str, bool]]:
        """Return piece -> whether it is there."""
        company = self.company_id.sudo()
        debtor = self.debtor_id.sudo()
        moves = self.line_ids.filtered("is_chosen").move_id.sudo()
        orders = moves.line_ids.sale_line_ids.order_id
        has_orders = bool(moves) and all(
            move.ref or move.line_ids.sale_line_ids.order_id for move in moves
        )
        pieces = [
            (
                self.env._("Our company number and address"),
                bool(company.company_registry and company.street and company.city),
            ),
            (self.env._("Bank account"), bool(company._get_collection_bank_account())),
            (
                self.env._("Debtor's company number"),
                bool(debtor.company_registry or debtor.vat or not debtor.is_company),
            ),
            (self.env._("Debtor's complete postal address"), bool(self.recipient)),
            (self.env._("Order of each invoice"), has_orders),
            (
                self.env._("Signed order"),
                bool(orders) and all(order.signature for order in orders),
            ),
            (
                self.env._("Delivery date of each invoice"),
                bool(moves) and all(move.delivery_date for move in moves),
            ),
            (
                self.env._("Invoice as sent (PDF)"),
                bool(moves) and all(move.invoice_pdf_report_id for move in moves),
            ),
            (
                self.env._("Written reminder at least seven days ago"),
                not any(self.line_ids.filtered("is_chosen").mapped("is_early")),
            ),
        ]
        return pieces

    @api.model
    def _prepare(self, file, move_line_ids=()):
        """Return a new order for a debtor file.

        :param move_line_ids: receivables that the collector ticked; empty = all that
            are due and undisputed
        """
        _run, rows = self.env["collection.engine"]._get_notice_run(file)
        if not rows:
            raise UserError(
                self.env._("Nothing of %s is overdue.", file.debtor_id.display_name)
            )
        wanted = set(move_line_ids) & {row["id"] for row in rows}
        lines = []
        for row in rows:
            is_free = not row["obstacle"] and not row["is_early"]
            lines.append(
                fields.Command.create(
                    {
                        "move_line_id": row["id"],
                        "is_chosen": is_free and (not wanted or row["id"] in wanted),
                        "is_early": row["is_early"],
                        "obstacle": row["obstacle"],
                        "amount_due": float(row["due"]),
                        "amount_company": float(_run._due_company(row)),
                        "days_overdue": row["days_overdue"],
                    }
                )
            )
        return self.create({"file_id": file.id, "line_ids": lines})

    def action_order(self):
        """Make the letter: it is confirmed, its PDF opens, it waits to be printed."""
        self.ensure_one()
        self.file_id._assert_collector()
        chosen = self.line_ids.filtered("is_chosen")
        self._check_early(chosen)
        engine = self.env["collection.engine"]
        notice = engine._order_notice(self.file_id, chosen.move_line_id.ids)
        acts = self.env["collection.act"]
        acts._log("notice", self.file_id).followup_ids = notice
        notice.action_confirm()
        notice.action_make_letters()
        if notice.state == "failed":
            raise UserError(notice.reason)
        return {
            **notice.action_open_document(),
            "close": True,
        }

    def _check_early(self, chosen):
        early = chosen.filtered("is_early")
        manager = "account_collection.group_collection_manager"
        if early and not self.env.user.has_group(manager):
            raise AccessError(
                self.env._(
                    "A formal notice follows a written reminder by seven days. These "
                    "invoices had none: %s. Untick them or ask the manager.",
                    ", ".join(early.mapped("document")),
                )
            )


class CollectionNoticeOrderLine(models.TransientModel):
    """A receivable that the notice may claim."""

    _name = "collection.notice.order.line"
    _description = "Receivable of a formal notice"
    _order = "date_due, id"

    order_id = fields.Many2one(
        "collection.notice.order", required=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one("account.move.line", required=True, readonly=True)
    move_id = fields.Many2one(related="move_line_id.move_id")
    document = fields.Char(related="move_line_id.move_name")
    date_due = fields.Date("Due date", related="move_line_id.date_maturity", store=True)
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    company_currency_id = fields.Many2one(
        string="Company currency", related="order_id.currency_id"
    )
    is_chosen = fields.Boolean("Claim")
    is_early = fields.Boolean("No written reminder yet", readonly=True)
    obstacle = fields.Char("Why not", readonly=True)
    days_overdue = fields.Integer("Days late", readonly=True)
    amount_due = fields.Monetary("To claim", readonly=True)
    amount_company = fields.Monetary(
        "In company currency", "company_currency_id", readonly=True
    )
