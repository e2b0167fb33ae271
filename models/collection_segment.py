# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models, tools


class CollectionSegment(models.Model):
    """A group of debtors that are followed up alike."""

    _name = "collection.segment"
    _description = "Risk segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Stable key of the shipped segments.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty = for every company.")
    scenario_id = fields.Many2one(
        "collection.scenario", required=True, ondelete="restrict", check_company=True
    )
    rate_policy_id = fields.Many2one(
        "collection.rate.policy",
        "Late-payment rate",
        check_company=True,
        help="Empty = the company's.",
    )

    @api.model
    @tools.ormcache()
    def _get_protected(self) -> dict[str, tuple]:
        """Return the ids of the segments that tell a debtor's class, never empty."""
        found = self.sudo().with_context(active_test=False)
        return {
            code: tuple(found.search([("code", "=", code)]).ids) or (0,)
            for code in ("consumer", "public")
        }

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "code" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)
