# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models

#: codes of the shipped levels, from low to high; code compares them
LEVELS = [
    ("courtesy", "Courtesy"),
    ("friendly", "Friendly"),
    ("call", "Call"),
    ("firm", "Firm"),
    ("notice", "Formal notice"),
    ("handoff", "Hand-over"),
]


class CollectionLevel(models.Model):
    """A dunning level: how far the tone has gone with a debtor."""

    _name = "collection.level"
    _description = "Dunning level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stable key, used by results and exports.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    template_id = fields.Many2one(
        "mail.template",
        string="Default text",
        domain=[("model", "=", "collection.followup")],
        ondelete="restrict",
        help="Subject and text of the steps that have none of their own.",
    )
    script_id = fields.Many2one(
        "mail.template",
        domain=[("model", "=", "collection.followup")],
        ondelete="restrict",
        help="What is said on the phone by the steps that have no script of their own.",
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        string="Default text message",
        domain=[("model", "=", "collection.followup")],
        ondelete="restrict",
        help="Text of the SMS steps that have none of their own; empty = as shipped.",
    )
    announcement = fields.Char(
        translate=True,
        help="How the message before announces this level; %(date)s is its day.",
    )

    _code_uniq = models.UniqueIndex("(code)", "Another level has this code.")
