# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.collection_digest import KINDS


class CollectionDigestPreview(models.TransientModel):
    """Who would get which weekly mail now: for the manager, before anything leaves."""

    _name = "collection.digest.preview"
    _description = "Preview of the weekly mails"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(KINDS, required=True, default="sales")
    week = fields.Char(compute="_compute_week")
    line_ids = fields.One2many("collection.digest.preview.line", "preview_id")
    is_done = fields.Boolean()

    @api.depends("kind")
    def _compute_display_name(self):
        for preview in self:
            preview.display_name = self.env._("Preview of the weekly mails")

    @api.depends("company_id")
    def _compute_week(self):
        digests = self.env["collection.digest"]
        for preview in self:
            preview.week = digests._get_current_week(preview.company_id)

    def _assert_manager(self):
        """Refuse who does not manage the collection of the company.

        :raise AccessError: not a manager, or not of this company
        """
        self.ensure_one()
        group = "account_collection.group_collection_manager"
        if self.company_id not in self.env.companies or not self.env.user.has_group(
            group
        ):
            raise AccessError(
                self.env._("Only collection managers may do this: ask yours.")
            )

    def action_preview(self):
        """Show who would get what now; nothing is sent."""
        self._assert_manager()
        self.line_ids.unlink()
        self.line_ids.create(self._prepare_lines())
        self.is_done = True
        return True

    def _prepare_lines(self) -> list[dict]:
        digests = self.env["collection.digest"].sudo()
        company = self.company_id.sudo()
        today = company._get_collection_today()
        done = digests.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", self.kind),
                ("week", "=", self.week),
            ]
        )
        return [
            {
                "preview_id": self.id,
                "user_id": content.user.id,
                "email": content.user.email_normalized,
                "subject": content.subject,
                "summary": content.summary,
                "body": digests._render(content),
                "is_sent": content.user in done.user_id,
            }
            for content in digests._get_contents(company, self.kind, today)
        ]

    def action_send(self):
        """Send the mails of this week now to those who did not get theirs yet."""
        self._assert_manager()
        company = self.company_id.sudo()
        digests = self.env["collection.digest"]
        made = digests._send_week(
            company, self.kind, company._get_collection_today(), self.week
        )
        if not made:
            raise UserError(
                self.env._("Nobody is left: all mails of this week were made.")
            )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_digest_action"
        )


class CollectionDigestPreviewLine(models.TransientModel):
    """A mail that would leave."""

    _name = "collection.digest.preview.line"
    _description = "Weekly mail that would leave"
    _order = "id"
    _rec_name = "subject"

    preview_id = fields.Many2one(
        "collection.digest.preview", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", "Recipient", readonly=True)
    email = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    summary = fields.Char("Content", readonly=True)
    body = fields.Html(sanitize=False, readonly=True)
    is_sent = fields.Boolean("Already made", readonly=True)
