# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..core.legal import (
    ONE_DAY,
    LegalTable,
    MissingValueError,
    next_semester,
    semester_name,
    semester_start,
)

#: keys whose value holds for a semester: a missing row is never the last one's
SEMESTER_KEYS = ("ecb_refi", "legal_rate_pro", "legal_rate_person")
#: keys without which late fees stop: somebody is warned before the semester begins
ALERTED_KEYS = ("ecb_refi", "legal_rate_pro")
#: day of June and of December from which on the coming rates are asked for
ALERT_DAY = 15
KEYS = [
    # Rates, percent.
    ("ecb_refi", "ECB main refinancing rate"),
    ("legal_rate_pro", "Legal interest rate, creditor is a business"),
    ("legal_rate_person", "Legal interest rate, creditor is a private individual"),
    ("b2b_points", "Points above the ECB rate, professionals"),
    ("b2g_points", "Points above the ECB rate, public bodies"),
    ("floor_multiple", "Lowest contractual rate, times the legal rate"),
    ("judgment_points", "Points above the legal rate after a judgment"),
    ("judgment_months", "Delay of the increase after a judgment"),
    ("indemnity", "Flat indemnity for recovery costs"),
    # Payment terms.
    ("term_default_days", "Payment term when nothing is agreed"),
    ("term_days", "Longest payment term from the invoice date"),
    ("term_month_end_days", "Longest payment term, then end of month"),
    ("term_summary_days", "Longest payment term of a summary invoice"),
    ("term_transport_days", "Longest payment term, transport"),
    ("public_days", "Payment period of public bodies"),
    ("public_health_days", "Payment period of public health establishments"),
    ("public_undertaking_days", "Payment period of public undertakings"),
    # Limitation.
    ("limitation_trade", "Limitation between professionals"),
    ("limitation_consumer", "Limitation against consumers"),
    ("limitation_transport", "Limitation, carriage of goods"),
    ("limitation_telecom", "Limitation, telecommunications"),
    ("limitation_rent_home", "Limitation, rent of a home"),
    ("limitation_rent_business", "Limitation, rent of business premises"),
    ("limitation_ship", "Limitation, supplies to ships"),
    ("limitation_civil", "Limitation, other civil claims"),
    ("limitation_public", "Limitation against public bodies"),
    ("limitation_title", "Limitation of an enforceable title"),
    ("limitation_cap", "Longest limitation, suspensions included"),
    ("limitation_mediation_months", "Shortest time left after a mediation"),
    # Routes and their delays.
    ("small_claims_ceiling", "Ceiling of the small-claims route"),
    ("lawyer_threshold", "Amount above which a lawyer is needed"),
    ("attempt_threshold", "Amount up to which an amicable attempt is needed"),
    ("small_claims_answer_months", "Small claims: time to answer"),
    ("uncontested_answer_months", "Uncontested claims: time to contest"),
    ("uncontested_record_days", "Uncontested claims: record after"),
    ("uncontested_service_months", "Uncontested claims: service within"),
    ("ip_service_months", "Order for payment: service within"),
    ("ip_opposition_months", "Order for payment: opposition within"),
    ("declaration_months", "Insolvency: declaration within"),
    ("declaration_abroad_months", "Insolvency: declaration from abroad within"),
    ("foreclosure_months", "Insolvency: relief from foreclosure within"),
    ("claim_goods_months", "Insolvency: claim of goods within"),
    ("contest_days", "Insolvency: answer to a contest within"),
    ("sale_opposition_days", "Sale of a business: opposition within"),
]
UNITS = [
    ("percent", "percent a year"),
    ("points", "percentage points"),
    ("times", "times"),
    ("currency", "EUR"),
    ("days", "days"),
    ("months", "months"),
    ("years", "years"),
]


class CollectionParameter(models.Model):
    """A legal value and the day from which it applies, with its source.

    The value that counts is that of the day of the event. A value that is missing
    stops what needs it, with a sentence that names it.
    """

    _name = "collection.parameter"
    _description = "Legal parameter"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "key, valid_from desc"
    _rec_name = "key"

    key = fields.Selection(KEYS, "Parameter", required=True, index=True)
    value = fields.Float(digits=(16, 6), required=True, tracking=True, aggregator=None)
    unit = fields.Selection(UNITS, required=True)
    valid_from = fields.Date(required=True, tracking=True)
    semester = fields.Char(compute="_compute_semester")
    source = fields.Char(required=True, help="Article, decree or page that says so.")
    source_date = fields.Date("Read on", help="Day on which the source was read.")
    is_to_confirm = fields.Boolean(
        "Shipped with a doubt",
        help="The source is second-hand or from memory: somebody compares the value "
        "with an official source.",
    )
    reviewer_id = fields.Many2one("res.users", "Confirmed by", readonly=True)
    reviewed_on = fields.Date("Confirmed on", readonly=True)
    state = fields.Selection(
        [("to_confirm", "To confirm"), ("good", "Good")],
        compute="_compute_state",
        search="_search_state",
    )
    note = fields.Char()

    _key_uniq = models.UniqueIndex(
        "(key, valid_from)", "This parameter already has a value from that day on."
    )
    _value_positive = models.Constraint(
        "CHECK (value >= 0)", "A legal value cannot be negative."
    )

    @api.depends("key", "valid_from")
    def _compute_semester(self):
        for row in self:
            has_one = row.key in SEMESTER_KEYS and row.valid_from
            row.semester = semester_name(row.valid_from) if has_one else False

    @api.depends("is_to_confirm", "reviewed_on")
    def _compute_state(self):
        for row in self:
            is_open = row.is_to_confirm and not row.reviewed_on
            row.state = "to_confirm" if is_open else "good"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        unsure = [("is_to_confirm", "=", True), ("reviewed_on", "=", False)]
        found = self.with_context(active_test=False).search(unsure).ids
        wanted = set(value)
        if wanted >= {"to_confirm", "good"}:
            return []
        return [("id", "in" if "to_confirm" in wanted else "not in", found)]

    @api.depends("key", "valid_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for row in self:
            day = format_date(self.env, row.valid_from) if row.valid_from else ""
            row.display_name = f"{self._get_label(row.key)} – {row.semester or day}"

    @api.constrains("key", "valid_from")
    def _check_semester(self):
        for row in self:
            day = row.valid_from
            if row.key in SEMESTER_KEYS and day != semester_start(day):
                raise ValidationError(
                    self.env._(
                        "%(name)s: a rate of a semester begins on 1 January or on "
                        "1 July, not on %(day)s.",
                        name=self._get_label(row.key),
                        day=format_date(self.env, day),
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        result = super().write(vals)
        if not self.env.context.get("install_mode"):
            self._keep_on_update()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _keep_on_update(self):
        """What a person changed is not written over by the next version."""
        links = self.env["ir.model.data"].sudo()
        domain = [("model", "=", self._name), ("res_id", "in", self.ids)]
        links.search(domain).filtered(lambda x: not x.noupdate).noupdate = True

    # === READING === #

    @api.model
    @tools.ormcache()
    def _get_table(self) -> LegalTable:
        """Return all the values, for the pure rules; kept until one changes."""
        self.flush_model()
        rows = self.env.execute_query(
            tools.SQL("SELECT key, valid_from, value::text FROM collection_parameter")
        )
        return LegalTable(
            [(key, day, Decimal(value).normalize()) for key, day, value in rows],
            SEMESTER_KEYS,
        )

    @api.model
    def _get_label(self, key: str) -> str:
        return dict(self._fields["key"]._description_selection(self.env)).get(key, key)

    @api.model
    def _get_value(self, key: str, day: datetime.date) -> Decimal:
        """Return the value of a key that applies on a day.

        :raise UserError: none does; the sentence names the row to add
        """
        try:
            return self._get_table().value(key, day)
        except MissingValueError as error:
            raise UserError(self._word_missing(error)) from error

    @api.model
    def _word_missing(self, error: MissingValueError) -> str:
        """Return the sentence that names a missing row and where to add it."""
        day = error.day
        if error.key in SEMESTER_KEYS:
            return self.env._(
                "The value “%(name)s” of %(semester)s is missing: add it under "
                "Collection ▸ Configuration ▸ Legal parameters, valid from %(day)s.",
                name=self._get_label(error.key),
                semester=semester_name(day),
                day=format_date(self.env, day),
            )
        return self.env._(
            "The value “%(name)s” is missing for %(day)s: add it under Collection ▸ "
            "Configuration ▸ Legal parameters.",
            name=self._get_label(error.key),
            day=format_date(self.env, day),
        )

    @api.model
    def _get_unsure(self, keys, first, last):
        """Return the rows still to confirm that applied in a period.

        :param keys: of the values used
        """
        rows = self.search([("key", "in", list(keys)), ("valid_from", "<=", last)])
        found = self.browse()
        for _key, group in rows.grouped("key").items():
            ends = {}
            following = None
            for row in group.sorted("valid_from", reverse=True):
                ends[row] = following
                following = row.valid_from
            found |= group.filtered(
                lambda row, ends=ends: (
                    row.state == "to_confirm" and (not ends[row] or ends[row] > first)
                )
            )
        return found

    # === ALERT === #

    @api.model
    def _cron_alert(self):
        """Ask for the rates of the coming semester from 15 June and 15 December on.

        One task for each company's manager, until the rates are there.
        """
        today = self._get_today()
        coming = next_semester(today)
        missing = []
        if today >= (coming - ONE_DAY).replace(day=ALERT_DAY):
            missing = self._find_missing(coming)
        current = self._find_missing(semester_start(today))
        companies = self.env["res.company"].search([("collection_live", "=", True)])
        for company in companies:
            self._alert(company, current + missing)

    @api.model
    def _get_today(self) -> datetime.date:
        return self.env["collection.receivable"]._get_today()

    @api.model
    def _find_missing(self, day) -> list[MissingValueError]:
        table = self._get_table()
        return [
            MissingValueError(key, day)
            for key in ALERTED_KEYS
            if not table.has(key, day)
        ]

    @api.model
    def _alert(self, company, errors: list[MissingValueError]) -> None:
        """Give the company's manager one task for each missing rate, once."""
        template = self.search([("key", "in", ALERTED_KEYS)], limit=1)
        manager = company._get_collection_manager()
        local = self.with_context(lang=manager.lang)
        known = set(
            template.activity_ids.filtered(lambda x: x.user_id == manager).mapped(
                "summary"
            )
            if template
            else ()
        )
        for error in errors:
            summary = local.env._(
                "Enter: %(name)s, %(semester)s",
                name=local._get_label(error.key),
                semester=semester_name(error.day),
            )
            if template and summary not in known:
                template.activity_schedule(
                    "mail.mail_activity_data_todo",
                    error.day - ONE_DAY,
                    summary=summary,
                    note=local._word_missing(error),
                    user_id=manager.id,
                )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Record that the current user compared the values with their source."""
        self.check_access("write")
        self.write(
            {
                "reviewer_id": self.env.uid,
                "reviewed_on": fields.Date.context_today(self),
            }
        )
