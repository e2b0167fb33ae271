# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import format_date

from .collection_panel_timeline import READ

#: what the post says that asks for an act
TROUBLE = ("refused", "unclaimed", "unknown_address", "returned")


class CollectionPanel(models.AbstractModel):
    """What the post, colleagues and portals said of a debtor, and what was sent."""

    _inherit = "collection.panel"

    @api.model
    def _get_post_entries(self, file) -> list[dict]:
        events = self.env["collection.postal.event"].search(
            [("followup_id.file_id", "=", file.id)], limit=READ
        )
        labels = dict(events._fields["code"]._description_selection(self.env))
        return [
            self._get_entry(
                event.date,
                "fa-truck",
                labels[event.code],
                event.followup_id.tracking_number,
                event.user_id.name,
                event.followup_id,
                tone="danger" if event.code in TROUBLE else "",
            )
            for event in events
            # The follow-up itself tells that a simple letter was posted.
            if event.code != "posted" or event.followup_id.tracking_number
        ]

    @api.model
    def _get_dispatch_entries(self, file) -> list[dict]:
        """Return the documents and statements that were sent, failed or wait."""
        dispatches = self.env["collection.dispatch"].search(
            [("file_id", "=", file.id)], limit=READ
        )
        kinds = dict(dispatches._fields["kind"]._description_selection(self.env))
        states = dict(dispatches._fields["state"]._description_selection(self.env))
        tones = {"failed": "danger", "sent": "success", "cancelled": "muted"}
        return [
            self._get_entry(
                dispatch.sent_on or dispatch.date,
                "fa-paperclip",
                kinds[dispatch.kind],
                " – ".join(filter(None, [states[dispatch.state], dispatch.reason])),
                dispatch.user_id.name,
                dispatch,
                tone=tones.get(dispatch.state, ""),
            )
            for dispatch in dispatches
        ]

    @api.model
    def _get_sales_entries(self, file) -> list[dict]:
        notes = self.env["collection.sales.note"].search(
            [("file_id", "=", file.id)], limit=READ
        )
        return [
            self._get_entry(
                note.create_date,
                "fa-comments-o",
                self.env._("Word from sales"),
                " – ".join(filter(None, [note.move_id.name, note.words])),
                note.user_id.name,
                note,
                tone="warning" if note.state == "new" else "",
            )
            for note in notes
        ]

    @api.model
    def _get_portal_entries(self, file) -> list[dict]:
        statuses = self.env["collection.portal.status"].search(
            [("file_id", "=", file.id)], limit=READ
        )
        return [
            self._get_entry(
                status.date,
                "fa-globe",
                " – ".join(
                    filter(None, [status.move_id.name, status.state_id.display_name])
                ),
                self._word_portal(status),
                status.user_id.name,
                status.followup_id,
            )
            for status in statuses
        ]

    @api.model
    def _word_portal(self, status) -> str:
        if not status.date_announced:
            return status.reason or ""
        day = format_date(self.env, status.date_announced)
        announced = self.env._("payment announced for %s", day)
        return " – ".join(filter(None, [status.reason, announced]))
