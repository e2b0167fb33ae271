# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

import pytz
from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL, is_html_empty

from ..core.contact_hours import BUSINESS_HOURS, CONSUMER_HOURS, ContactHours


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_scenario_id = fields.Many2one(
        "collection.scenario",
        "Default scenario",
        default=lambda self: self._default_collection_scenario_id(),
        help="For debtors without a segment and without a scenario of their own.",
    )
    collection_live = fields.Boolean(
        "Collection is live",
        help="Off: automatic steps wait for a confirmation, so that nothing leaves a "
        "new database by itself.",
    )
    collection_manager_id = fields.Many2one(
        "res.users", "Collection manager", help="Gets the tasks that nobody else has."
    )
    collection_minimum_amount = fields.Monetary(
        "Smallest receivable",
        default=5.0,
        help="A receivable with a smaller balance is not followed up.",
    )
    collection_minimum_total = fields.Monetary(
        "Smallest total",
        default=10.0,
        help="A debtor whose net overdue amount is smaller is left alone.",
    )
    collection_bank_stale_days = fields.Integer(
        "Bank is stale after",
        default=3,
        help="Working days without a new bank line after which automatic messages "
        "wait, because payments may not be known.",
    )
    collection_probable_days = fields.Integer(
        "Look for payments in the last",
        default=30,
        help="Days during which an unmatched receipt is compared with receivables.",
    )
    collection_probable_hold_days = fields.Integer(
        "Hold for a probable payment",
        default=5,
        help="Working days after the receipt; then a person is asked.",
    )
    collection_legal_line = fields.Char(
        "Legal identity on letters",
        help="Legal form, capital and register, for example: SAS au capital de "
        "50 000 € – RCS Lyon.",
    )
    collection_mediator = fields.Char(
        "Consumer mediator", help="Name and address, for letters to consumers."
    )

    collection_duplex = fields.Boolean(
        "Letters are printed on both sides",
        help="Each letter of a batch then starts on a new sheet.",
    )
    collection_undo_seconds = fields.Integer(
        "Mails held back",
        default=120,
        help="Seconds during which an e-mail that a person has just sent can still be "
        "taken back.",
    )
    collection_hours_business = fields.Char(
        "Hours for professionals",
        default=BUSINESS_HOURS,
        help="When professionals are called and texted on working days, for example: "
        "09:00-12:00, 14:00-18:00.",
    )
    collection_hours_consumer = fields.Char(
        "Hours for private individuals",
        default=CONSUMER_HOURS,
        help="When private individuals are called and texted on working days.",
    )
    collection_sms_name = fields.Char(
        "Name in text messages",
        help="A shorter name for text messages that would have more than 160 "
        "characters; empty = the company's name.",
    )
    collection_link_days = fields.Integer(
        "Links of text messages end after",
        default=30,
        help="Days during which the page of a text message can be opened.",
    )
    collection_sales_mail = fields.Boolean(
        "Weekly mail to salespeople",
        default=True,
        help="Each salesperson gets the overdue invoices of its customers, and answers "
        "on each line without any right in the accounts. Once collection is live.",
    )
    collection_held_mail = fields.Boolean(
        "Weekly mail of held money",
        default=True,
        help="The collection manager gets what is not chased and why, each author of "
        "holds its own. Once collection is live.",
    )
    collection_weekly_day = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        "Day of the weekly mails",
        default="0",
        required=True,
        help="In the morning; on the next working day when it is not worked.",
    )

    _collection_link_days = models.Constraint(
        "CHECK (collection_link_days > 0)",
        "The page of a text message must be open for a day at least.",
    )
    _collection_positive = models.Constraint(
        """CHECK (collection_minimum_amount >= 0 AND collection_minimum_total >= 0
              AND collection_bank_stale_days >= 0 AND collection_probable_days >= 0
              AND collection_probable_hold_days >= 0
              AND collection_undo_seconds BETWEEN 0 AND 3600)""",
        "The settings of collection cannot be negative, and mails are held back for at "
        "most one hour (3600 seconds).",
    )

    @api.constrains("collection_hours_business", "collection_hours_consumer")
    def _check_collection_hours(self):
        for company in self:
            for name in ("collection_hours_business", "collection_hours_consumer"):
                try:
                    ContactHours.parse(company[name])
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "%(field)s of %(company)s: “%(part)s” is not a window of "
                            "hours. Write windows in order, for example 09:00-12:00, "
                            "14:00-18:00.",
                            field=self._fields[name]._description_string(self.env),
                            company=company.name,
                            part=error,
                        )
                    ) from None

    def _get_collection_hours(self, is_consumer: bool) -> ContactHours:
        """Return when debtors may be called and texted, local time."""
        self.ensure_one()
        text = self.collection_hours_business
        if is_consumer:
            text = self.collection_hours_consumer
        return ContactHours.parse(text)

    def _get_collection_zone(self):
        """Return the time zone of the company's working calendar."""
        self.ensure_one()
        zone = self.sudo().resource_calendar_id.tz or self.partner_id.tz or "UTC"
        return pytz.timezone(zone)

    def _get_collection_now(self) -> datetime.datetime:
        """Return the company's local time, without zone."""
        now = datetime.datetime.now(self._get_collection_zone())
        return now.replace(tzinfo=None)

    def _get_collection_utc(self, moment: datetime.datetime) -> datetime.datetime:
        """Return a local moment in UTC, as the database keeps it."""
        self.ensure_one()
        local = self._get_collection_zone().localize(moment)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _default_collection_scenario_id(self):
        return self.env.ref(
            "account_collection.collection_scenario_rapp", raise_if_not_found=False
        )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "collection_scenario_id" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache()
    def _get_collection_scenarios(self) -> dict[int, int]:
        """Return company -> default scenario, as literals of the receivable query."""
        companies = (
            self.sudo()
            .with_context(active_test=False)
            .search([("collection_scenario_id", "!=", False)])
        )
        return {company.id: company.collection_scenario_id.id for company in companies}

    def _get_collection_today(self) -> datetime.date:
        """Return the company's day: that of its working calendar's time zone."""
        self.ensure_one()
        return self._get_collection_now().date()

    def _get_collection_manager(self):
        """Return who gets a task that concerns the whole company."""
        self.ensure_one()
        if self.collection_manager_id:
            return self.collection_manager_id
        group = self.env.ref("account_collection.group_collection_manager").sudo()
        users = group.all_user_ids.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        )
        return users[:1] or self.env.user

    def _get_collection_sender(self) -> str:
        """Return the address that mails to colleagues come from: the manager's."""
        company = self.sudo()
        manager = company._get_collection_manager()
        return manager.email_formatted or company.email_formatted or ""

    def _get_collection_signature(self):
        """Return how mails to colleagues are signed: as the manager signs."""
        manager = self.sudo()._get_collection_manager().sudo()
        if not is_html_empty(manager.signature):
            return manager.signature
        return Markup("<p>%s<br/>%s</p>") % (manager.name, self.name)

    def _get_collection_bank_account(self):
        """Return the account on which debtors pay, that of the first bank journal."""
        self.ensure_one()
        self.env["account.journal"].flush_model(["bank_account_id", "type"])
        rows = self.env.execute_query(
            SQL(
                """SELECT bank_account_id FROM account_journal
                    WHERE company_id = %s AND type = 'bank' AND active
                      AND bank_account_id IS NOT NULL
                    ORDER BY sequence, id LIMIT 1""",
                self.id,
            )
        )
        banks = self.env["res.partner.bank"].sudo()
        return banks.browse(rows[0]) if rows else self.sudo().partner_id.bank_ids[:1]
