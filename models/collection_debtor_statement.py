# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

#: statements that are shown at once: a browser waits for them
STATEMENTS_AT_MOST = 500


class CollectionDebtor(models.Model):
    """Documents of a debtor: statement on the spot, sending, what was sent."""

    _inherit = "collection.debtor"

    monthly_statement = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        "Monthly statement",
        tracking=True,
        help="Empty = as the segment, else as the company.",
    )
    dispatch_ids = fields.One2many("collection.dispatch", "file_id", "Documents sent")
    dispatch_count = fields.Integer(compute="_compute_dispatch_count")

    def _compute_dispatch_count(self):
        dispatches = self.env["collection.dispatch"]
        counts = dict(
            dispatches._read_group(
                [("file_id", "in", self.ids), ("state", "!=", "skipped")],
                ["file_id"],
                ["__count"],
            )
        )
        for file in self:
            file.dispatch_count = counts.get(file, 0)

    # === ACTION METHODS === #

    def action_print_statement(self):
        """Open the statements of account of the debtors as one PDF."""
        return self._open_statements("pdf")

    def action_export_statement(self):
        """Open the statements of account of the debtors as a workbook."""
        return self._open_statements("xlsx")

    def _open_statements(self, extension: str) -> dict:
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose a debtor."))
        if len(self) > STATEMENTS_AT_MOST:
            raise UserError(
                self.env._(
                    "Print at most %s statements at once: choose fewer debtors.",
                    STATEMENTS_AT_MOST,
                )
            )
        ids = ",".join(map(str, self.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/statements.{extension}?files={ids}",
            "target": "new",
        }

    def action_send_documents(self, move_line_ids=()):
        """Open the dialog that sends a duplicate, a statement or a proof.

        :param move_line_ids: ids of the ticked items; none = everything open
        """
        self.ensure_one()
        self.check_access("read")
        self.env["collection.dispatch"]._assert_collector()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send a document"),
            "res_model": "collection.dispatch.new",
            "view_mode": "form",
            "views": [[False, "form"]],
            "target": "new",
            "context": {
                "default_file_id": self.id,
                "default_move_line_ids": list(move_line_ids),
            },
        }

    def action_open_dispatches(self):
        """Open the documents that were sent to the debtor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_dispatch_action"
        )
        action["domain"] = [("file_id", "=", self.id)]
        action["context"] = {}
        return action


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_collection_statement(self):
        """Open the statement of account of a customer, for accountants too."""
        self.ensure_one()
        self._check_collection_statement(self.env.company)
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/statements.pdf?partner={self.id}"
            f"&company={self.env.company.id}",
            "target": "new",
        }

    def _check_collection_statement(self, company) -> None:
        """Refuse who may not see what the customer owes to a company.

        Accountants see the whole ledger. A collector with a portfolio of its own sees
        the statements of that portfolio.

        :raise AccessError: neither accountant nor collector, or not of its portfolio
        """
        self.check_access("read")
        user = self.env.user
        groups = ("account.group_account_invoice", "account.group_account_readonly")
        if company not in user.company_ids or not any(map(user.has_group, groups)):
            raise AccessError(
                self.env._("Only accountants and collectors may see a statement.")
            )
        if user.has_group("account_collection.group_collection_user"):
            files = self.env["collection.debtor"].with_context(
                active_test=False, allowed_company_ids=company.ids
            )
            domain = [
                ("company_id", "=", company.id),
                ("debtor_id", "=", self.commercial_partner_id.id),
            ]
            files.browse(files.sudo().search(domain).ids).check_access("read")
