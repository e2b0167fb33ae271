# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """What is booked may pay or be paid: look for probable payments again."""
        posted = super()._post(soft)
        posted._collection_after_post()
        return posted

    def _collection_after_post(self):
        """Keep instalments on their ladder and the probable payments up to date."""
        if not self:
            return
        self.env["collection.followup.line"].sudo()._reattach(self)
        accounts = self.env["account.account"]._get_collection_accounts()
        trade = set(accounts.get("trade", ()))
        lines = self.line_ids.filtered(lambda line: line.account_id.id in trade)
        lines._collection_refresh_probable()

    def action_collection_hold(self):
        """Open the form that puts the invoice on hold."""
        self.ensure_one()
        return self.env["collection.hold"]._get_new_action(default_move_id=self.id)

    def action_collection_followups(self):
        """Open the follow-ups that concern the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_followup_action"
        )
        action["domain"] = [("line_ids.move_id", "=", self.id)]
        action["context"] = {}
        return action


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _collection_refresh_probable(self):
        """Look for probable payments of the lines' debtors again."""
        probable = self.env["collection.probable.payment"].sudo()
        today = self.env["collection.receivable"]._get_today()
        for company, lines in self.grouped("company_id").items():
            debtors = lines.partner_id.commercial_partner_id
            since = min(lines.mapped("date"))
            probable._refresh(company, today, debtors, since=since)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._collection_refresh_probable()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"amount", "date", "partner_id", "payment_ref", "partner_name"} & set(vals):
            self._collection_refresh_probable()
        return result

    def _collection_refresh_probable(self):
        """A bank line may pay any debtor: look for its probable payments again."""
        receipts = self.filtered(lambda line: line.amount > 0)
        today = self.env["collection.receivable"]._get_today()
        probable = self.env["collection.probable.payment"].sudo()
        for company, lines in receipts.grouped("company_id").items():
            probable._refresh(company, today, since=min(lines.mapped("date")))
