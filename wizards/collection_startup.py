# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class CollectionStartup(models.TransientModel):
    """The look at an old or imported ledger before anything leaves."""

    _name = "collection.startup"
    _description = "Before going live"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_live = fields.Boolean(related="company_id.collection_live")
    excluded_count = fields.Integer("Excluded items", compute="_compute_counts")
    credit_count = fields.Integer("Unmatched credits", compute="_compute_counts")
    undated_count = fields.Integer(
        "Items without a due date", compute="_compute_counts"
    )
    duplicate_count = fields.Integer("Possible duplicates", compute="_compute_counts")
    private_count = fields.Integer("Private individuals", compute="_compute_counts")
    bank_day = fields.Date("Last bank line", compute="_compute_counts")
    has_bank_account = fields.Boolean(compute="_compute_counts")
    bank_alert = fields.Char(compute="_compute_counts")
    has_identity = fields.Boolean(compute="_compute_counts")
    has_mail_server = fields.Boolean(compute="_compute_counts")

    @api.depends("company_id")
    def _compute_display_name(self):
        for check in self:
            check.display_name = self.env._("Before going live")

    @api.depends("company_id")
    def _compute_counts(self):
        engine = self.env["collection.engine"].sudo()
        for check in self:
            company = check.company_id.sudo()
            receivables = self.env["collection.receivable"]
            check.excluded_count = receivables.search_count(
                check._get_domain("excluded")
            )
            check.credit_count = receivables.search_count(check._get_domain("credit"))
            check.undated_count = receivables.search_count(check._get_domain("undated"))
            check.duplicate_count = len(check._find_duplicates())
            check.private_count = len(check._find_private())
            check.bank_day = engine._get_last_bank_day(company)
            check.has_bank_account = bool(company._get_collection_bank_account())
            check.bank_alert = check.company_id._get_collection_bank_alert()
            check.has_identity = bool(
                company.street and company.city and company.company_registry
            )
            check.has_mail_server = bool(
                self.env["ir.mail_server"].sudo().search_count([], limit=1)
            )

    def _get_domain(self, kind: str) -> list:
        """Return what a check looks at, as a domain of receivables."""
        domain = [("company_id", "=", self.company_id.id)]
        return (
            domain
            + {
                "excluded": [("no_followup", "=", True)],
                "credit": [("amount_residual", "<", 0)],
                "undated": [
                    ("has_no_due_date", "=", True),
                    ("amount_residual", ">", 0),
                ],
                "duplicate": [("id", "in", self._find_duplicates())]
                if kind == "duplicate"
                else [],
            }[kind]
        )

    def _find_duplicates(self) -> list[int]:
        """Return open items that look booked twice.

        Same debtor, currency, amount and due date on different entries.
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT unnest(array_agg(v.id))
                  FROM %s v
                 WHERE v.company_id = %s AND v.amount_residual > 0
                 GROUP BY v.debtor_id, v.currency_id, v.amount_total, v.date_due
                HAVING count(DISTINCT v.move_id) > 1""",
                self.env["collection.receivable"]._table_sql,
                self.company_id.id,
            )
        )
        return [row[0] for row in rows]

    def _find_private(self):
        """Return debtors that are persons and have no segment: consumers or not?"""
        self.ensure_one()
        groups = self.env["collection.receivable"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("amount_residual", ">", 0),
                ("debtor_id.is_company", "=", False),
                ("segment_id", "=", False),
                ("debtor_id.vat", "in", [False, ""]),
            ],
            ["debtor_id"],
        )
        return self.env["res.partner"].browse([debtor.id for (debtor,) in groups])

    # === ACTION METHODS === #

    def _open(self, kind: str, name: str):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_receivable_action"
        )
        action.update(name=name, domain=self._get_domain(kind), context={})
        return action

    def action_open_excluded(self):
        """List the items that the ledger excludes; release them from the list."""
        return self._open("excluded", self.env._("Excluded in the ledger"))

    def action_open_credits(self):
        """List the credits that nobody has matched."""
        return self._open("credit", self.env._("Unmatched credits"))

    def action_open_undated(self):
        """List the items without a due date: their entry's date is used."""
        return self._open("undated", self.env._("Items without a due date"))

    def action_open_duplicates(self):
        """List what looks booked twice."""
        return self._open("duplicate", self.env._("Possible duplicates"))

    def action_release_excluded(self):
        """Follow up every item that the ledger excludes."""
        self.ensure_one()
        receivables = self.env["collection.receivable"].search(
            self._get_domain("excluded")
        )
        receivables.action_release()
        return self._reopen()

    def action_set_consumers(self):
        """Put the private individuals into the consumers' segment."""
        self.ensure_one()
        self._assert_manager()
        segment = self.env.ref("account_collection.collection_segment_consumer")
        debtors = self._find_private()
        files = self.env["collection.debtor"].sudo().with_context(active_test=False)
        files._ensure_files(self.company_id, debtors.ids)
        files.search(
            [
                ("company_id", "=", self.company_id.id),
                ("debtor_id", "in", debtors.ids),
            ]
        ).segment_id = segment
        return self._reopen()

    def action_go_live(self):
        """Let automatic steps leave by themselves."""
        self._assert_manager()
        self.company_id.sudo().collection_live = True
        return self._reopen()

    def action_stop(self):
        """Make automatic steps wait for a confirmation again."""
        self._assert_manager()
        self.company_id.sudo().collection_live = False
        return self._reopen()

    def _assert_manager(self):
        if not self.env.user.has_group("account_collection.group_collection_manager"):
            raise AccessError(self.env._("Only a collection manager may do this."))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Before going live"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
        }
