# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL

from .collection_receivable_query import DEFERRALS
from .collection_step import CONTACT_ROLES


class CollectionDebtor(models.Model):
    """A debtor's file in a company: how it is followed up, whom to write to.

    Created on first need. Every run locks the files that it works on and bumps their
    version, so that two runs never plan the same debtor.
    """

    _name = "collection.debtor"
    _description = "Debtor file"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _rec_name = "debtor_id"
    _order = "id"

    debtor_id = fields.Many2one(
        "res.partner", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    segment_id = fields.Many2one(
        "collection.segment",
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    scenario_id = fields.Many2one(
        "collection.scenario",
        string="Own scenario",
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Empty = the segment's scenario, else the company's.",
    )
    chosen_scenario_id = fields.Many2one(
        "collection.scenario",
        compute="_compute_chosen_scenario_id",
        store=True,
        help="The file's own scenario, else its segment's; read by the query.",
    )
    used_scenario_id = fields.Many2one(
        "collection.scenario",
        "Scenario",
        compute="_compute_used_scenario_id",
        help="The scenario that is applied, and where it comes from.",
    )
    collector_id = fields.Many2one(
        "res.users", tracking=True, index="btree_not_null", ondelete="set null"
    )
    contact_ids = fields.One2many("collection.contact", "file_id", "Contacts by role")
    case_id = fields.Many2one(
        "collection.case",
        "Open case",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    hold_ids = fields.Many2many(
        "collection.hold", string="Holds", compute="_compute_hold_ids"
    )
    receivable_ids = fields.Many2many(
        "collection.receivable", string="Receivables", compute="_compute_receivable_ids"
    )
    followup_ids = fields.One2many("collection.followup", "file_id", "Follow-ups")
    followup_count = fields.Integer(compute="_compute_followup_count")
    amount_overdue = fields.Monetary("Overdue", compute="_compute_amounts")
    amount_open = fields.Monetary("Open balance", compute="_compute_amounts")
    next_action = fields.Char("Next action", compute="_compute_next_action")
    note = fields.Html("Notes")
    version = fields.Integer(default=0, readonly=True, copy=False)
    planned_on = fields.Date("Last planned for", readonly=True, copy=False)
    planned_at = fields.Datetime(readonly=True, copy=False)
    deferral_code = fields.Selection(
        DEFERRALS,
        "Put off",
        readonly=True,
        copy=False,
        help="Why the last run that looked at the debtor put a step off.",
    )
    deferral_on = fields.Date("Put off on", readonly=True, copy=False)
    active = fields.Boolean(default=True)

    _debtor_uniq = models.UniqueIndex(
        "(company_id, debtor_id)", "This debtor already has a file in this company."
    )

    # === COMPUTE METHODS === #

    @api.depends("scenario_id", "segment_id.scenario_id")
    def _compute_chosen_scenario_id(self):
        for file in self:
            file.chosen_scenario_id = file.scenario_id or file.segment_id.scenario_id

    @api.depends("chosen_scenario_id", "company_id.collection_scenario_id")
    def _compute_used_scenario_id(self):
        for file in self:
            default = file.company_id.collection_scenario_id
            file.used_scenario_id = file.chosen_scenario_id or default

    def _compute_hold_ids(self):
        holds = self.env["collection.hold"].search(
            [
                ("debtor_id", "in", self.debtor_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        groups = holds.grouped(lambda hold: (hold.company_id, hold.debtor_id))
        for file in self:
            file.hold_ids = groups.get((file.company_id, file.debtor_id), False)

    def _compute_receivable_ids(self):
        found = self.env["collection.receivable"].search(
            [
                ("debtor_id", "in", self.debtor_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        groups = found.grouped(lambda line: (line.company_id, line.debtor_id))
        for file in self:
            file.receivable_ids = groups.get((file.company_id, file.debtor_id), False)

    def _compute_followup_count(self):
        counts = dict(
            self.env["collection.followup"]._read_group(
                [("file_id", "in", self.ids)], ["file_id"], ["__count"]
            )
        )
        for file in self:
            file.followup_count = counts.get(file, 0)

    @api.depends_context("collection_date")
    def _compute_amounts(self):
        """Read from the receivables; credits and what is held are in the balance."""
        totals = self._read_totals()
        for file in self:
            key = (file.company_id.id, file.debtor_id.id)
            file.amount_open, file.amount_overdue = totals.get(key, (0.0, 0.0))

    def _read_totals(self) -> dict[tuple[int, int], tuple[float, float]]:
        """Return (company, debtor) -> (open, overdue) in company currency."""
        domain = [
            ("debtor_id", "in", self.debtor_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("nature", "!=", "retention"),
        ]
        groups = self.env["collection.receivable"]._read_group(
            domain,
            ["company_id", "debtor_id", "bucket", "status"],
            ["amount_residual:sum"],
        )
        totals: dict[tuple[int, int], tuple[float, float]] = {}
        for company, debtor, bucket, status, amount in groups:
            total, overdue = totals.get((company.id, debtor.id), (0.0, 0.0))
            if bucket != "not_due" and status != "credit":
                overdue += amount
            totals[company.id, debtor.id] = (total + amount, overdue)
        return totals

    def _compute_next_action(self):
        states = ("to_confirm", "planned", "queued", "failed")
        followups = self.env["collection.followup"].search(
            [("file_id", "in", self.ids), ("state", "in", states)], order="date"
        )
        groups = followups.grouped("file_id")
        for file in self:
            file.next_action = groups[file][0].display_name if file in groups else False

    # === BUSINESS METHODS === #

    @api.model
    def _ensure_files(self, company, debtor_ids) -> None:
        """Create the missing files of debtors in a company, in one statement."""
        if not debtor_ids:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO collection_debtor
                       (company_id, debtor_id, version, active,
                        create_uid, write_uid, create_date, write_date)
                SELECT %(company)s, p.id, 0, TRUE, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM res_partner p
                 WHERE p.id IN %(ids)s
                   AND NOT EXISTS (SELECT 1 FROM collection_debtor f
                                    WHERE f.company_id = %(company)s
                                      AND f.debtor_id = p.id)""",
                company=company.id,
                ids=tuple(debtor_ids),
                uid=self.env.uid,
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model()

    @api.model
    def _get_file(self, company, partner):
        """Return the file of a partner's commercial entity, creating it if missing."""
        debtor = partner.commercial_partner_id
        domain = [("company_id", "=", company.id), ("debtor_id", "=", debtor.id)]
        files = self.with_context(active_test=False)
        found = files.search(domain, limit=1)
        if not found:
            self._ensure_files(company, debtor.ids)
            found = files.search(domain, limit=1)
        return found

    def _is_consumer(self) -> bool:
        """Tell whether the debtor is protected as a private individual."""
        self.ensure_one()
        return self.segment_id.code == "consumer" or not self.debtor_id.is_company

    # === ACTION METHODS === #

    def action_open_receivables(self):
        """Open the debtor's receivables."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_receivable_action"
        )
        action["domain"] = [
            ("debtor_id", "=", self.debtor_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        action["context"] = {}
        return action

    def action_open_followups(self):
        """Open everything that was planned or done for the debtor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_followup_action"
        )
        action["domain"] = [("file_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_hold(self):
        """Open the form that puts the debtor on hold."""
        self.ensure_one()
        return self.env["collection.hold"]._get_new_action(
            default_debtor_id=self.debtor_id.id, default_company_id=self.company_id.id
        )


class CollectionContact(models.Model):
    """Whom to write to at a debtor's, for a role."""

    _name = "collection.contact"
    _description = "Contact of a debtor by role"
    _order = "sequence, id"

    file_id = fields.Many2one(
        "collection.debtor", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    debtor_id = fields.Many2one(related="file_id.debtor_id")
    role = fields.Selection(CONTACT_ROLES, required=True, default="accounting")
    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, ondelete="cascade"
    )
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    sequence = fields.Integer(default=10)

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        contacts._log_change()
        return contacts

    def write(self, vals):
        result = super().write(vals)
        if {"role", "partner_id"} & set(vals):
            self._log_change()
        return result

    def unlink(self):
        self._log_change(is_gone=True)
        return super().unlink()

    def _log_change(self, is_gone: bool = False):
        """Keep on the files who is written to for what, and since when."""
        roles = dict(self._fields["role"]._description_selection(self.env))
        notes = {}
        for contact in self:
            name = self.env._("nobody") if is_gone else contact.partner_id.display_name
            notes[contact.file_id.id] = f"{roles[contact.role]}: {name}"
        self.env["collection.act"]._log("contact", self.file_id, notes)
