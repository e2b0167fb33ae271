# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models


class CollectionDebtor(models.Model):
    """Late fees of a debtor: the rate agreed with it, claims, the statement."""

    _inherit = "collection.debtor"

    rate_policy_id = fields.Many2one(
        "collection.rate.policy",
        "Late-payment rate",
        check_company=True,
        tracking=True,
        help="Of the invoices to come. Empty = the segment's, else the company's.",
    )
    claim_count = fields.Integer("Claims", compute="_compute_claim_count")

    def _compute_claim_count(self):
        counts = dict(
            self.env["collection.claim"]._read_group(
                [("file_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["file_id"],
                ["__count"],
            )
        )
        for file in self:
            file.claim_count = counts.get(file, 0)

    def _get_rate_policy(self):
        """Return the customer's own late-payment rate, else its segment's, or none."""
        self.ensure_one()
        return self.rate_policy_id or self.segment_id.rate_policy_id

    @api.model
    def _get_rate_policies(self, company, partners) -> dict[int, models.Model]:
        """Return commercial partner -> its late-payment rate, none = the law's.

        The customer's own, else the segment's, else the company's.
        """
        files = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("debtor_id", "in", partners.ids)]
        )
        own = {file.debtor_id.id: file._get_rate_policy() for file in files}
        default = company._get_collection_rate_policy()
        return {key: own.get(key) or default for key in (*partners.ids, False)}

    # === ACTION METHODS === #

    def action_claim_late_fees(self):
        """Calculate the debtor's late fees; nothing is claimed before a confirmation.

        A draft that exists already is calculated anew rather than made twice.

        :raise UserError: nothing is left to claim, or a legal value is missing
        """
        self.ensure_one()
        claims = self.env["collection.claim"]
        claims._assert_collector()
        self.check_access("write")
        return claims._renew(self)._open()

    def action_apply_rate(self):
        """Give the rate that applies now to the debtor's open invoices.

        They have kept the one of the day they were posted. It is logged.
        """
        self.env["collection.claim"]._assert_collector()
        self.check_access("write")
        for file in self.sudo():
            policies = file._get_rate_policies(file.company_id, file.debtor_id)
            policy = policies[file.debtor_id.id]
            moves = file._get_open_invoices().filtered(
                lambda move, policy=policy: move.collection_rate_policy_id != policy
            )
            moves.collection_rate_policy_id = policy
            if moves:
                note = self.env._(
                    "Rate of open invoices: %(rate)s (%(documents)s)",
                    rate=policy.name,
                    documents=", ".join(moves.mapped("name")),
                )
                self.env["collection.act"]._log("claim", file, note)

    def _get_open_invoices(self):
        return self.env["account.move"].search(
            [
                ("commercial_partner_id", "=", self.debtor_id.id),
                ("company_id", "=", self.company_id.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial", "in_payment")),
            ]
        )

    def action_open_claims(self):
        """List the debtor's claims of late fees."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_claim_action"
        )
        return action | {
            "domain": [("file_id", "=", self.id)],
            "context": {},
        }

    def action_print_late_fees(self):
        """Open the statement of account with late fees as a PDF."""
        return self._open_late_fees("pdf", "new")

    def action_export_late_fees(self):
        """Open the statement of account with late fees as a spreadsheet."""
        return self._open_late_fees("xlsx", "self")

    def _open_late_fees(self, extension: str, target: str) -> dict:
        self.ensure_one()
        self.check_access("read")
        # A missing rate is told here, in a dialog, not by the browser.
        self.env["collection.late.fees"].sudo()._get_debtor_sheets(self.sudo())
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/late-fees.{extension}?file={self.id}",
            "target": target,
        }
