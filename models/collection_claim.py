# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

STATES = [
    ("draft", "Calculated"),
    ("claimed", "Made"),
    ("booked", "Booked"),
    ("waived", "Waived"),
    ("cancelled", "Cancelled"),
]


class CollectionClaim(models.Model):
    """Late fees that are claimed from a debtor, frozen with their calculation.

    The principal stays what the ledger says. What is claimed once is not claimed
    again: a later claim begins where this one ended. Nothing is booked by itself
    unless the company chose so: late fees are income when they are received
    (CGI, article 237 sexies).
    """

    _name = "collection.claim"
    _description = "Claim of late fees"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"

    name = fields.Char("Claim number", readonly=True, copy=False, default="/")
    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        ondelete="restrict",
        index=True,
    )
    debtor_id = fields.Many2one(related="file_id.debtor_id", store=True, index=True)
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    collector_id = fields.Many2one(related="file_id.collector_id", store=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(
        "Calculated through", required=True, help="Last day that bears interest."
    )
    state = fields.Selection(STATES, required=True, default="draft", tracking=True)
    line_ids = fields.One2many("collection.claim.line", "claim_id", "Invoices")
    waiver_ids = fields.One2many("collection.claim.waiver", "claim_id", "Waivers")
    interest = fields.Monetary(compute="_compute_amounts", store=True)
    indemnity = fields.Monetary(
        "Flat indemnity", compute="_compute_amounts", store=True
    )
    amount_waived = fields.Monetary("Waived", compute="_compute_amounts", store=True)
    amount = fields.Monetary("To be paid", compute="_compute_amounts", store=True)
    principal = fields.Monetary("Principal still open", compute="_compute_principal")
    offer_until = fields.Date(
        "Waived if paid at the latest on",
        tracking=True,
        help="The late fees are waived if the whole principal is paid by that day.",
    )
    offer_reason = fields.Char("Reason of the offer")
    followup_id = fields.Many2one(
        "collection.followup",
        "Offered by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The letter that offered to waive the late fees.",
    )
    calculation = fields.Json(readonly=True, copy=False)
    calculation_html = fields.Html(
        compute="_compute_calculation_html", sanitize=False, string="Calculation"
    )
    sha256 = fields.Char("SHA-256 of the calculation", readonly=True, copy=False)
    warning = fields.Text(compute="_compute_warning")
    entry_id = fields.Many2one(
        "account.move", readonly=True, copy=False, check_company=True
    )
    reversal_id = fields.Many2one(
        "account.move", readonly=True, copy=False, check_company=True
    )
    is_paid = fields.Boolean("Received in full", compute="_compute_is_paid")
    user_id = fields.Many2one("res.users", "Claimed by", readonly=True)

    # === COMPUTE METHODS === #

    @api.depends(
        "line_ids.interest",
        "line_ids.indemnity",
        "waiver_ids.interest",
        "waiver_ids.indemnity",
    )
    def _compute_amounts(self):
        for claim in self:
            claim.interest = sum(claim.line_ids.mapped("interest"))
            claim.indemnity = sum(claim.line_ids.mapped("indemnity"))
            claim.amount_waived = sum(
                waiver.interest + waiver.indemnity for waiver in claim.waiver_ids
            )
            total = claim.interest + claim.indemnity - claim.amount_waived
            claim.amount = (
                claim.currency_id.round(total) if claim.currency_id else total
            )

    @api.depends("line_ids.move_line_id.amount_residual_currency")
    def _compute_principal(self):
        for claim in self:
            lines = claim.sudo().line_ids.move_line_id
            claim.principal = sum(lines.mapped("amount_residual_currency"))

    @api.depends("entry_id.line_ids.reconciled", "entry_id.reversal_move_ids.state")
    def _compute_is_paid(self):
        for claim in self:
            entry = claim.sudo().entry_id
            lines = entry.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            is_matched = bool(lines) and all(lines.mapped("reconciled"))
            claim.is_paid = is_matched and not entry._collection_get_reversal()

    @api.depends("line_ids.warning", "line_ids.move_id.collection_mentions_elsewhere")
    @api.depends_context("lang")
    def _compute_warning(self):
        for claim in self:
            words = [line.warning for line in claim.line_ids if line.warning]
            words += claim._word_missing_mentions()
            words += self.env["collection.late.fees"]._word_unsure(claim._get_lines())
            claim.warning = "\n".join(dict.fromkeys(words)) or False

    def _word_missing_mentions(self) -> list[str]:
        """Tell of invoices whose mentions nobody can show (C. com., article L441-9).

        A warning: penalties are due by law, yet a judge asks what the debtor read.
        """
        missing = self.sudo()._get_moves()._collection_get_missing_mentions()
        if not missing:
            return []
        names = missing.mapped("name")
        return [
            self.env._(
                "The mentions on late payment are not known to be on %(documents)s. "
                "If the accepted terms of sale carry them, say so on the invoices.",
                documents=", ".join(names[:10]) + (" …" if len(names) > 10 else ""),
            )
        ]

    @api.model
    def _get_today(self):
        return self.env["collection.receivable"]._get_today()

    # === MAKING === #

    @api.model
    def _make(self, file, moves=None, date=None):
        """Return calculated claims of a debtor, one for each currency.

        :param moves: the invoices to claim for; empty = all that were late
        :raise UserError: nothing is left to claim, or a legal value is missing
        """
        file.ensure_one()
        company = file.company_id
        date = date or self._get_today()
        if moves is None:
            moves = self._find_moves(company, file.debtor_id)
        found, known = self._read_known(moves, date, file.debtor_id)
        errors = dict.fromkeys(line.error for line in found.values() if line.error)
        if errors:
            raise UserError("\n".join(errors))
        groups: dict[int, list[dict]] = {}
        for key, line in found.items():
            values = self.env["collection.claim.line"]._prepare(line, known.get(key))
            if values:
                groups.setdefault(line.row["currency_id"], []).append(values)
        if not groups:
            raise UserError(
                self.env._(
                    "%(debtor)s: no late fees are left to claim through %(day)s.",
                    debtor=file.debtor_id.display_name,
                    day=self.env["collection.followup"]._format_day(date),
                )
            )
        return self.create(
            [
                {
                    "file_id": file.id,
                    "currency_id": currency,
                    "date": date,
                    "line_ids": [fields.Command.create(one) for one in lines],
                }
                for currency, lines in groups.items()
            ]
        )

    @api.model
    def _read_known(self, moves, date, debtor) -> tuple[dict, dict]:
        """Return a debtor's late fees and what claims hold of them already."""
        fees = self.env["collection.late.fees"].sudo()
        found = fees._read(moves.ids, date, debtors=debtor)
        rows = {key: line.row for key, line in found.items()}
        return found, fees._share_known(found, self._read_claimed(rows))

    @api.model
    def _renew(self, file, moves=None):
        """Return fresh drafts of a debtor in place of those that nobody confirmed.

        :raise UserError: see ``_make``
        """
        claims = self.sudo()
        drafts = claims.search([("file_id", "=", file.id), ("state", "=", "draft")])
        fresh = claims._make(file.sudo(), moves)
        items = fresh.line_ids.move_line_id
        drafts.filtered(lambda one: one.line_ids.move_line_id & items).unlink()
        return fresh.with_env(self.env)

    def _open(self) -> dict:
        """Return the action that shows claims."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_claim_action"
        )
        if len(self) == 1:
            return action | {
                "res_id": self.id,
                "views": [(False, "form")],
                "domain": [],
            }
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    def _get_moves(self):
        return self.line_ids.move_line_id.move_id

    # === CRUD === #

    def write(self, vals):
        """Users change claims through their actions alone: figures are calculated.

        They may take invoices out of a draft, and talk about a claim.
        """
        if not self.env.su:
            free = ("line_ids", "message_", "activity_", "rating_")
            closed = [name for name in vals if not name.startswith(free)]
            if closed:
                labels = [self._fields[x].string for x in closed if x in self._fields]
                raise AccessError(
                    self.env._(
                        "A claim of late fees is not written by hand: %(fields)s.",
                        fields=", ".join(labels),
                    )
                )
        return super().write(vals)

    # === RIGHTS === #

    def _assert_collector(self):
        """Refuse who may not claim.

        :raise AccessError: the user is not in the collection group
        """
        self.env["collection.followup"]._assert_collector()
        if not self.env.su:
            self.check_access("write")

    def _assert_waiver(self, amount: float):
        """Refuse a waiver above the user's power.

        :param amount: in the claim's currency, with what was waived of it before
        :raise AccessError: a collector waives up to the company's limit only
        """
        self._assert_collector()
        if self.env.su or self.env.user.has_group(
            "account_collection.group_collection_manager"
        ):
            return
        company = self.company_id
        currency, limit = company.currency_id, company.collection_waiver_limit
        converted = self.currency_id._convert(amount, currency, company, self.date)
        if currency.compare_amounts(converted, limit) > 0:
            raise AccessError(
                self.env._(
                    "You may waive up to %(limit)s: ask the collection manager for "
                    "%(amount)s.",
                    limit=currency.format(limit),
                    amount=currency.format(converted),
                )
            )

    def _assert_state(self, *states: str):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for claim in self:
            if claim.state not in states:
                raise UserError(
                    self.env._(
                        "%(claim)s is “%(state)s”: this cannot be done any more.",
                        claim=claim.display_name,
                        state=labels[claim.state],
                    )
                )

    # === ACTION METHODS === #

    def action_recompute(self):
        """Calculate draft claims anew, through today."""
        self._assert_collector()
        self._assert_state("draft")
        for claim in self:
            moves, file = claim._get_moves(), claim.file_id
            if not moves:
                raise UserError(
                    self.env._("%(claim)s claims no invoice.", claim=claim.display_name)
                )
            claim.sudo().line_ids.unlink()
            fresh = self.sudo()._make(file, moves)
            same = fresh.filtered(
                lambda one, claim=claim: one.currency_id == claim.currency_id
            )
            same.line_ids.claim_id = claim
            claim.sudo().date = self._get_today()
            fresh.unlink()

    def action_claim(self):
        """Freeze the calculation: from now on it is claimed, and never changes."""
        self._assert_collector()
        claims = self.sudo()
        claims._confirm()
        now = claims.filtered(
            lambda one: (
                one.state == "claimed"
                and one.company_id.collection_fee_booking == "claim"
            )
        )
        now._book()

    def _confirm(self, applies_policy: bool = True):
        """Make drafts claims: the one door, whoever opens it.

        :param applies_policy: leave out what the company does not claim
        :raise UserError: the draft is empty, out of date or held by another claim
        """
        self._lock_files()
        self._assert_state("draft")
        for claim in self:
            if not claim.line_ids:
                raise UserError(
                    self.env._("%(claim)s claims no invoice.", claim=claim.display_name)
                )
            found = claim._check_not_claimed()
            if applies_policy:
                claim._apply_policy(found)
            claim._freeze()
            claim._close_when_waived()

    def _lock_files(self):
        """Let two users who claim from one debtor at once meet: the second is refused.

        Its transaction fails, Odoo runs it again, and it sees the first one's claim.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE collection_debtor SET version = version + 1 WHERE id IN %s",
                tuple(self.sudo().file_id.ids) or (0,),
            )
        )
        self.sudo().file_id.invalidate_recordset(["version"])

    def _check_not_claimed(self) -> dict:
        """Refuse interest that another claim holds since this one was calculated.

        :return: receivable -> LineFees through the claim's day
        """
        found, known = self._read_known(self._get_moves(), self.date, self.debtor_id)
        same = self.currency_id.compare_amounts
        for line in self.line_ids:
            key = line.move_line_id.id
            fresh = key in found and line._prepare(found[key], known.get(key))
            if (
                not fresh
                or same(line.interest, fresh["interest"])
                or same(line.indemnity, fresh["indemnity"])
            ):
                raise UserError(
                    self.env._(
                        "The late fees of %(document)s changed since they were "
                        "calculated: a payment came, or another claim holds them. "
                        "Calculate anew.",
                        document=line.document,
                    )
                )
        return found

    def _freeze(self):
        calculation = self._get_calculation()
        text = json.dumps(calculation, sort_keys=True)
        name = self.env["ir.sequence"].with_company(self.company_id)
        self.write(
            {
                "state": "claimed",
                "user_id": self.env.uid,
                "name": name.next_by_code("collection.claim") or "/",
                "calculation": calculation,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
        )
        self._log_act(self.env._("%(claim)s claimed", claim=self.name))

    def _log_act(self, words: str):
        """Keep on the debtor file what was decided, with its amount."""
        for claim in self:
            note = f"{words}: {claim.currency_id.format(claim.amount)}"
            self.env["collection.act"]._log("claim", claim.file_id, note)

    def action_cancel(self):
        """Take claims back: their late fees may be claimed again.

        :raise UserError: the claim is booked or waived: what was waived stays so
        """
        self._assert_collector()
        self._assert_state("draft", "claimed")
        self.sudo().state = "cancelled"
        self.sudo()._log_act(self.env._("Claim of late fees taken back"))

    def action_waive(self):
        """Open the form that waives the claim, in whole or in part."""
        self.ensure_one()
        self._assert_state("draft", "claimed")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive late fees"),
            "res_model": "collection.claim.waive",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_id": self.id},
        }

    def action_print(self):
        """Open the note of the claim as a PDF."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/claim/{self.id}/document",
            "target": "new",
        }

    def action_spreadsheet(self):
        """Open the statement with late fees as a spreadsheet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/claim/{self.id}/spreadsheet",
            "target": "self",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_claimed(self):
        if any(claim.state != "draft" for claim in self):
            raise UserError(
                self.env._("A claim that was made is kept: take it back instead.")
            )
