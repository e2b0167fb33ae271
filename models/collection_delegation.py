# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class CollectionDelegation(models.Model):
    """Who works a collector's portfolio during an absence.

    It opens the portfolio to the substitute between two days; nothing is reassigned,
    so that nothing has to be given back.
    """

    _name = "collection.delegation"
    _description = "Delegation of a portfolio"
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        "Collector",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env.user,
    )
    substitute_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", index=True
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Last day", required=True)
    note = fields.Text("What the substitute should know")
    is_current = fields.Boolean(
        "Today", compute="_compute_is_current", search="_search_is_current"
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)",
        "The last day of the delegation lies before its first.",
    )

    @api.depends("date_from", "date_to")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for delegation in self:
            first, last = delegation.date_from, delegation.date_to
            delegation.is_current = bool(first and last and first <= today <= last)

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        current = [("date_from", "<=", today), ("date_to", ">=", today)]
        if set(value) == {True}:
            return current
        if set(value) == {False}:
            return ["|", ("date_from", ">", today), ("date_to", "<", today)]
        return []

    @api.depends("user_id", "substitute_id", "date_from", "date_to")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(substitute)s for %(collector)s until %(date)s",
                substitute=delegation.substitute_id.name or "",
                collector=delegation.user_id.name or "",
                date=delegation.date_to or "",
            )

    @api.constrains("user_id", "substitute_id")
    def _check_substitute(self):
        for delegation in self:
            if delegation.user_id == delegation.substitute_id:
                raise ValidationError(
                    self.env._(
                        "%s cannot stand in for himself or herself: choose a "
                        "colleague.",
                        delegation.user_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create(vals_list)
        delegations._assert_own()
        return delegations

    def write(self, vals):
        self._assert_own()
        result = super().write(vals)
        self._assert_own()
        return result

    def _assert_own(self):
        """A collector hands over its own portfolio; a manager anybody's.

        :raise AccessError: somebody else's portfolio
        """
        if self.env.su or self.env.user.has_group(
            "account_collection.group_collection_manager"
        ):
            return
        for delegation in self:
            if delegation.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "You may delegate your own portfolio only: ask the collection "
                        "manager for that of %s.",
                        delegation.user_id.name,
                    )
                )
