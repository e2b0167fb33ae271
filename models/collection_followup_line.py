# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .collection_followup import STATES
from .collection_step import CHANNELS
from .sql_rows import insert_rows


class CollectionFollowupLine(models.Model):
    """What a follow-up says about a receivable, kept in numbers and words.

    ``counted`` lines place the receivable on the ladder: from planned to performed,
    and while failed; not when cancelled, overtaken, bounced or undeliverable. The
    last counted line carries ``latest``.
    """

    _name = "collection.followup.line"
    _description = "Receivable of a follow-up"
    _order = "date_due, id"

    followup_id = fields.Many2one(
        "collection.followup", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    debtor_id = fields.Many2one("res.partner", required=True)
    move_line_id = fields.Many2one("account.move.line", ondelete="set null", index=True)
    move_id = fields.Many2one(
        "account.move", "Journal entry", ondelete="set null", index=True
    )
    step_id = fields.Many2one("collection.step", ondelete="restrict", index=True)
    level_id = fields.Many2one("collection.level", ondelete="restrict")

    # Numbers and words that survive a change of scenario or of invoice.
    document = fields.Char()
    date_due = fields.Date("Due date")
    date = fields.Date("Planned for", required=True)
    delay = fields.Integer("Step (days)", required=True)
    channel = fields.Selection(CHANNELS, required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    amount_residual = fields.Monetary("Balance")
    amount_due = fields.Monetary("Claimed balance")

    counted = fields.Boolean(default=True)
    latest = fields.Boolean()
    claimed = fields.Boolean(help="Claimed by a formal notice's closed list.")
    is_internal = fields.Boolean(
        "Internal", help="It told a colleague: the debtor reached no level by it."
    )
    state = fields.Selection(STATES, required=True)
    performed_on = fields.Date()

    _counted_uniq = models.UniqueIndex(
        "(move_line_id, step_id) WHERE counted",
        "This step was already counted for this receivable.",
    )
    _latest_uniq = models.UniqueIndex("(move_line_id) WHERE latest")
    _performed_idx = models.Index(
        "(move_line_id) WHERE state = 'performed' AND counted"
    )

    def init(self):
        """Add what PostgreSQL needs to drop the join on the last line.

        It proves uniqueness by a full index only, not by a partial one.
        """
        self.env.cr.execute(
            """
            ALTER TABLE collection_followup_line
              ADD COLUMN IF NOT EXISTS latest_move_line_id integer
                  GENERATED ALWAYS AS (CASE WHEN latest THEN move_line_id END) STORED;
            CREATE UNIQUE INDEX IF NOT EXISTS collection_followup_line_latest_move_line
                ON collection_followup_line (latest_move_line_id);
            """
        )

    @api.model
    def _insert(self, rows: list[dict]) -> None:
        """Insert lines in one statement and make them the latest of theirs.

        :param rows: values of every stored field but ``latest``
        """
        if rows:
            self._clear_latest([row["move_line_id"] for row in rows])
            insert_rows(self, [{**row, "latest": True} for row in rows])

    @api.model
    def _clear_latest(self, move_line_ids) -> None:
        self.env.cr.execute(
            SQL(
                """UPDATE collection_followup_line SET latest = FALSE
                    WHERE latest AND move_line_id = ANY(%s)""",
                list(move_line_ids),
            )
        )

    @api.model
    def _follow(
        self, followups, state: str, performed_on, counted: bool | None
    ) -> None:
        """Write the state of follow-ups on their lines, in one statement.

        Overtaken lines, which counted no more, keep their state.

        :param counted: False takes the lines off the ladder, None leaves them
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE collection_followup_line
                      SET state = %s, performed_on = %s
                    WHERE followup_id = ANY(%s) AND counted""",
                state,
                performed_on or None,
                followups.ids,
            )
        )
        self.invalidate_model(["state", "performed_on"])
        if counted is False:
            self.search(
                [("followup_id", "in", followups.ids), ("counted", "=", True)]
            )._uncount(state)

    def _uncount(self, state: str | None = None) -> None:
        """Take lines off the ladder: the counted line before them is the latest."""
        if not self:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    UPDATE collection_followup_line
                       SET counted = FALSE, latest = FALSE, state = COALESCE(%s, state)
                     WHERE id = ANY(%s)
                 RETURNING move_line_id)
                SELECT array_agg(DISTINCT move_line_id) FROM gone
                 WHERE move_line_id IS NOT NULL""",
                state,
                self.ids,
            )
        )
        move_lines = self.env.cr.fetchone()[0]
        self._mark_latest(move_lines or [])

    def _recount(self) -> None:
        """Put lines back on the ladder, because what took them off is taken back.

        :raise UserError: their step was planned again meanwhile
        """
        if not self:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT o.document
                     FROM collection_followup_line o
                     JOIN collection_followup_line e
                       ON e.move_line_id = o.move_line_id AND e.step_id = o.step_id
                      AND e.counted AND e.id <> o.id
                    WHERE o.id = ANY(%s) LIMIT 1""",
                self.ids,
            )
        )
        again = self.env.cr.fetchone()
        if again:
            raise UserError(
                self.env._(
                    "The step of %s was planned again meanwhile: work on the new "
                    "follow-up.",
                    again[0],
                )
            )
        self.write({"counted": True})
        self.flush_model()
        self._mark_latest(self.move_line_id.ids)

    @api.model
    def _mark_latest(self, move_line_ids) -> None:
        """Mark again the last counted line of receivables."""
        self._clear_latest(move_line_ids)
        self.env.cr.execute(
            SQL(
                """UPDATE collection_followup_line SET latest = TRUE
                    WHERE id IN (SELECT DISTINCT ON (move_line_id) id
                                   FROM collection_followup_line
                                  WHERE counted AND move_line_id = ANY(%s)
                                  ORDER BY move_line_id, delay DESC, id DESC)""",
                list(move_line_ids),
            )
        )
        self.invalidate_model()
        self.env["collection.receivable"].invalidate_model()

    def _overtake(self) -> None:
        """Take lines off because a later step comes; empty follow-ups are cancelled."""
        if not self:
            return
        followups = self.followup_id
        self._uncount("cancelled")
        left = self.search(
            [("followup_id", "in", followups.ids), ("counted", "=", True)]
        ).followup_id
        (followups - left)._cancel(self.env._("Overtaken by the next step."))

    @api.model
    def _reattach(self, moves) -> None:
        """Give the lines of deleted instalments to the surviving nearest in due date.

        Odoo deletes an instalment when an invoice goes through draft with other terms.
        A step that the survivor has already counted is not counted twice.
        """
        orphans = self.search(
            [("move_id", "in", moves.ids), ("move_line_id", "=", False)], order="id"
        )
        accounts = self.env["account.account"]._get_collection_accounts()
        ids = set(sum(accounts.values(), ()))
        touched = []
        for move, lines in orphans.grouped("move_id").items():
            instalments = move.line_ids.filtered(lambda item: item.account_id.id in ids)
            if not instalments:
                continue
            for line in lines:
                near = min(
                    instalments,
                    key=lambda item: (
                        abs(((item.date_maturity or item.date) - line.date_due).days),
                        item.id,
                    ),
                )
                twice = line.counted and self.search_count(
                    [
                        ("move_line_id", "=", near.id),
                        ("step_id", "=", line.step_id.id),
                        ("counted", "=", True),
                    ]
                )
                line.write({"latest": False, "counted": line.counted and not twice})
                line.move_line_id = near
                touched.append(near.id)
        if touched:
            self.flush_model()
            self._mark_latest(touched)
