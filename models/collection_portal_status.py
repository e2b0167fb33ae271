# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL


class CollectionPortalStatus(models.Model):
    """What somebody saw on a customer's portal for an invoice.

    Written by ``_record`` alone and never changed: another look is another record, and
    the last one counts.
    """

    _name = "collection.portal.status"
    _description = "Status seen on a portal"
    _order = "date desc, id desc"

    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        "Instalment",
        ondelete="set null",
        index="btree_not_null",
        help="Empty = the whole invoice.",
    )
    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    debtor_id = fields.Many2one(related="file_id.debtor_id", store=True)
    portal_id = fields.Many2one("collection.portal", "Account", ondelete="set null")
    followup_id = fields.Many2one(
        "collection.followup", "Task", ondelete="set null", index="btree_not_null"
    )
    date = fields.Date("Seen on", required=True)
    user_id = fields.Many2one("res.users", "Seen by", required=True)
    state_id = fields.Many2one(
        "collection.portal.state", "Status", required=True, ondelete="restrict"
    )
    meaning = fields.Selection(related="state_id.meaning")
    date_announced = fields.Date("Announced payment")
    date_available = fields.Date("Made available on")
    reason = fields.Char(help="Why it is blocked or rejected, in the portal's words.")
    hold_id = fields.Many2one(
        "collection.hold",
        ondelete="set null",
        help="Leaves the invoice alone until the announced payment.",
    )
    activity_id = fields.Many2one("mail.activity", "To settle", ondelete="set null")

    _move_idx = models.Index("(move_id, date DESC, id DESC)")

    @api.depends("state_id", "date_announced")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for status in self:
            words = [status.state_id.name, fields.Date.to_string(status.date_announced)]
            status.display_name = " · ".join(filter(None, words))

    @api.model
    def _get_latest(self, move_line_ids) -> dict[int, int]:
        """Return receivable -> its last status, in one query.

        What was seen for the whole invoice counts for each of its instalments.

        :param move_line_ids: ids of journal items
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (l.id) l.id, s.id
                  FROM account_move_line l
                  JOIN collection_portal_status s ON s.move_id = l.move_id
                   AND (s.move_line_id IS NULL OR s.move_line_id = l.id)
                 WHERE l.id IN %s
                 ORDER BY l.id, s.date DESC, s.id DESC""",
                tuple(move_line_ids) or (0,),
            )
        )
        return dict(rows)

    @api.model
    def _get_latest_of_moves(self, move_ids) -> dict[int, int]:
        """Return invoice -> its last status, in one query."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (move_id) move_id, id
                  FROM collection_portal_status
                 WHERE move_id IN %s
                 ORDER BY move_id, date DESC, id DESC""",
                tuple(move_ids) or (0,),
            )
        )
        return dict(rows)

    @api.model
    def _find_receivables(self, column: str, values) -> list[int]:
        """Return the open items whose last status has one of some values.

        :param column: ``state_id`` or ``meaning``
        :param values: False or None among them are left out: see the callers
        """
        wanted = [value for value in values if value]
        self.flush_model()
        self.env["collection.portal.state"].flush_model(["meaning"])
        condition = SQL("TRUE")
        if wanted:
            field = {"state_id": SQL("t.state_id"), "meaning": SQL("w.meaning")}
            condition = SQL("%s IN %s", field[column], tuple(wanted))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.id
                  FROM (SELECT DISTINCT ON (l.id) l.id, s.state_id
                          FROM collection_portal_status s
                          JOIN account_move_line l ON l.move_id = s.move_id
                           AND (s.move_line_id IS NULL OR s.move_line_id = l.id)
                         WHERE l.reconciled IS NOT TRUE
                         ORDER BY l.id, s.date DESC, s.id DESC) t
                  JOIN collection_portal_state w ON w.id = t.state_id
                 WHERE %s""",
                condition,
            )
        )
        return [row[0] for row in rows]
