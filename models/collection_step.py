# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

CHANNELS = [
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("call", "Phone call"),
    ("letter", "Letter"),
    ("registered", "Registered letter"),
    ("portal", "Customer's portal"),
    ("handoff", "Hand-over"),
]
MODES = [
    ("automatic", "Automatic"),
    ("to_confirm", "To confirm"),
    ("manual", "By hand"),
]
#: roles of a debtor's contacts
CONTACT_ROLES = [
    ("accounting", "Accounting"),
    ("management", "Management"),
    ("purchasing", "Purchasing"),
    ("legal", "Legal"),
]
#: whom a step may tell: a contact of the debtor, or a colleague
ROLES = CONTACT_ROLES + [
    ("salesperson", "Salesperson (internal)"),
    ("collector", "Collector (internal)"),
    ("manager", "Collection manager (internal)"),
]
INTERNAL_ROLES = ("salesperson", "collector", "manager")
#: channels whose contacts a debtor feels: they use the contact budget
COUNTED_CHANNELS = ("email", "sms", "call")


class CollectionStep(models.Model):
    """A step of a scenario: what is done how many days from the due date."""

    _name = "collection.step"
    _description = "Collection step"
    _order = "scenario_id, delay_days, id"

    name = fields.Char(
        translate=True, help="Own label; empty = days, channel and level."
    )
    scenario_id = fields.Many2one(
        "collection.scenario", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="scenario_id.company_id", store=True)
    delay_days = fields.Integer(
        string="Days",
        required=True,
        help="From the due date; negative = before it. A step before the due date is "
        "never sent after it.",
    )
    level_id = fields.Many2one("collection.level", required=True, ondelete="restrict")
    channel = fields.Selection(CHANNELS, required=True, default="email")
    mode = fields.Selection(MODES, required=True, default="automatic")
    template_id = fields.Many2one(
        "mail.template",
        string="Text",
        domain=[("model", "=", "collection.followup")],
        ondelete="restrict",
        help="Subject and text of the e-mail or letter; empty = the level's text.",
    )
    script_id = fields.Many2one(
        "mail.template",
        domain=[("model", "=", "collection.followup")],
        ondelete="restrict",
        help="What is said on the phone; empty = the level's script.",
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        string="Text message",
        domain=[("model", "=", "collection.followup")],
        ondelete="restrict",
        help="Text of the SMS; empty = the level's text, else the shipped one. A "
        "private individual gets the discreet text when this one shows a debt.",
    )
    recipient_role = fields.Selection(
        ROLES, "Recipient", required=True, default="accounting"
    )
    is_entry = fields.Boolean(
        string="Entry",
        help="A receivable that was never followed up starts at this step at the "
        "latest. Without any mark: the lowest step after the due date.",
    )
    used_template_id = fields.Many2one(
        "mail.template", "Text used", compute="_compute_used_template_id"
    )
    used_sms_template_id = fields.Many2one(
        "sms.template", "Text message used", compute="_compute_used_template_id"
    )
    used_text = fields.Char("Message", compute="_compute_used_template_id")
    minimum_amount = fields.Float(
        "Minimum amount",
        help="Below this net amount, in company currency, the substitute channel is "
        "used; without one the step waits.",
        digits=(16, 2),
    )
    substitute_channel = fields.Selection(
        [key for key in CHANNELS if key[0] in ("email", "letter", "call")],
        "Channel below the minimum",
    )
    counts_in_budget = fields.Boolean(
        "Uses the contact budget",
        compute="_compute_counts_in_budget",
        store=True,
        readonly=False,
    )
    shows_late_fees = fields.Boolean(
        compute="_compute_shows_late_fees",
        store=True,
        readonly=False,
        help="The message states the late fees of what it claims. A consumer sees none "
        "before a formal notice was received.",
    )
    active = fields.Boolean(default=True)

    _delay_uniq = models.UniqueIndex(
        "(scenario_id, delay_days) WHERE active",
        "Two steps of a scenario cannot be due on the same day.",
    )

    @api.depends("name", "delay_days", "channel", "level_id.name", "recipient_role")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        roles = dict(self._fields["recipient_role"]._description_selection(self.env))
        for step in self:
            day = self.env._("D%(delay)+d", delay=step.delay_days or 0)
            words = [step.level_id.name or "", channels.get(step.channel, "")]
            if step._is_internal():
                words.append(roles[step.recipient_role])
            step.display_name = f"{day} {step.name or ' · '.join(filter(None, words))}"

    @api.depends("channel", "recipient_role")
    def _compute_counts_in_budget(self):
        for step in self:
            counts = step.channel in COUNTED_CHANNELS and not step._is_internal()
            step.counts_in_budget = counts

    @api.depends("level_id.code", "recipient_role")
    def _compute_shows_late_fees(self):
        for step in self:
            is_high = step.level_id.code in ("firm", "notice", "handoff")
            step.shows_late_fees = is_high and not step._is_internal()

    @api.constrains(
        "recipient_role", "channel", "substitute_channel", "level_id", "is_entry"
    )
    def _check_internal(self):
        """A colleague is told by e-mail; what claims from the debtor goes to it."""
        for step in self.filtered(lambda step: step._is_internal()):
            if step.channel != "email" or step.substitute_channel not in (
                False,
                "email",
            ):
                raise ValidationError(
                    self.env._(
                        "Step %(step)s tells a colleague: its channel must be e-mail, "
                        "without a substitute. Choose e-mail, or a contact of the "
                        "debtor as its recipient.",
                        step=step.display_name,
                    )
                )
            if step.level_id.code in ("notice", "handoff") or step.is_entry:
                raise ValidationError(
                    self.env._(
                        "Step %(step)s tells a colleague: it can be neither a formal "
                        "notice nor a hand-over, nor the entry. Choose a lower level, "
                        "or a contact of the debtor as its recipient.",
                        step=step.display_name,
                    )
                )

    @api.constrains("is_entry", "delay_days", "scenario_id", "active")
    def _check_entry(self):
        for step in self.filtered(lambda step: step.is_entry and step.active):
            if step.delay_days <= 0:
                raise ValidationError(
                    self.env._(
                        "Step %(step)s: the entry lies after the due date; give it a "
                        "positive number of days or remove the mark.",
                        step=step.display_name,
                    )
                )
            if len(step.scenario_id.step_ids.filtered("is_entry")) > 1:
                raise ValidationError(
                    self.env._(
                        "Scenario %(scenario)s has two entry steps: keep one mark.",
                        scenario=step.scenario_id.name,
                    )
                )

    @api.depends(
        "template_id",
        "level_id.template_id",
        "channel",
        "recipient_role",
        "delay_days",
        "sms_template_id",
        "level_id.sms_template_id",
    )
    def _compute_used_template_id(self):
        for step in self:
            is_written = step.channel in ("email", "letter", "registered")
            step.used_template_id = is_written and step._get_template()
            is_sms = step.channel == "sms"
            step.used_sms_template_id = is_sms and step._get_sms_template()
            used = step.used_sms_template_id or step.used_template_id
            step.used_text = used.display_name

    def _get_template(self):
        """Return the text of the step: its own, else its level's.

        A level's text speaks to the debtor: a colleague gets another.
        """
        self.ensure_one()
        if self._is_internal() and not self.template_id:
            return self.env.ref("account_collection.mail_template_internal").sudo()
        return self.template_id or self.level_id.template_id

    def _get_script(self):
        """Return the script of a call: its own, else its level's."""
        return self.script_id or self.level_id.script_id

    def _get_sms_template(self, is_consumer: bool = False):
        """Return the text of the step's SMS: its own, its level's, else the shipped.

        :param is_consumer: a locked screen of a private individual shows no debt: a
            text that does is replaced by the discreet one
        """
        self.ensure_one()
        found = self.sms_template_id or self.level_id.sms_template_id
        found = found or self._get_shipped_sms_template(
            "courtesy" if self.delay_days <= 0 else "professional"
        )
        if is_consumer and found and found._get_debt_words():
            return self._get_shipped_sms_template("consumer")
        return found

    def _get_shipped_sms_template(self, kind: str):
        """Return a text as shipped; empty when somebody deleted it."""
        name = f"account_collection.sms_template_{kind}"
        found = self.env.ref(name, raise_if_not_found=False)
        return found or self.env["sms.template"]

    def _is_internal(self) -> bool:
        """Tell whether the step tells a colleague instead of the debtor."""
        return self.recipient_role in INTERNAL_ROLES

    # === CHANNELS IN USE === #

    @api.model
    @tools.ormcache("channel")
    def _has_channel(self, channel: str) -> bool:
        """Tell whether a step uses a channel: what nobody uses costs no query."""
        return bool(self.sudo().search_count([("channel", "=", channel)], limit=1))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if not vals.keys().isdisjoint(("channel", "active")):
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """A step is archived, never deleted, once a receivable went through it."""
        lines = self.env["collection.followup.line"].sudo()
        used = lines.search([("step_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "Step %(step)s was used by follow-ups: archive it instead.",
                    step=used.step_id.display_name,
                )
            )
