# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models
from odoo.tools import SQL

from ..core.figures import INTERNAL, Figures, Item, Role, as_item, sort_items
from .account_account import CHASED_NATURES
from .collection_engine_plan import ITEM_COLUMNS


class CollectionFollowup(models.Model):
    _inherit = "collection.followup"

    def _get_figures(self) -> dict[int, Figures]:
        """Return follow-up -> its figures, from the ledger as it is now.

        The number of queries does not depend on the number of follow-ups.
        """
        figures = {}
        roles = self._read_roles()
        for key, followups in self.grouped(lambda f: (f.company_id, f.date)).items():
            items = followups._read_items(*key)
            for followup in followups:
                figures[followup.id] = sort_items(
                    items.get(followup.debtor_id.id, []),
                    roles.get(followup.id, {}),
                    INTERNAL if followup.is_internal else followup.level_id.code,
                )
        return figures

    def _read_items(self, company, day) -> dict[int, list[Item]]:
        """Return debtor -> its open receivables and credits.

        Holds are those of now: one that began after the planning counts. The days
        late are those of the message's own day.
        """
        today = max(day, self._get_today())
        receivables = self.env["collection.receivable"].with_context(
            collection_date=today
        )
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT v.debtor_id, %s
                  FROM %s v
                  JOIN account_move n ON n.id = v.move_id
                 WHERE v.company_id = %s AND v.debtor_id IN %s AND v.nature IN %s
                 ORDER BY v.date_due, v.id""",
                SQL(ITEM_COLUMNS),
                receivables._table_sql,
                company.id,
                tuple(self.debtor_id.ids),
                CHASED_NATURES,
            )
        )
        items: dict[int, list[Item]] = {}
        for row in rows:
            row["days_overdue"] -= (today - day).days
            items.setdefault(row["debtor_id"], []).append(as_item(row))
        return items

    def _read_roles(self) -> dict[int, dict[int, Role]]:
        """Return follow-up -> receivable -> what it is in the message."""
        if not self:
            return {}
        self.env["collection.followup.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT followup_id, move_line_id, claimed, delay
                     FROM collection_followup_line
                    WHERE followup_id IN %s AND move_line_id IS NOT NULL AND counted""",
                tuple(self.ids),
            )
        )
        roles: dict[int, dict[int, Role]] = {}
        for followup, move_line, claimed, delay in rows:
            roles.setdefault(followup, {})[move_line] = Role(bool(claimed), delay)
        return roles

    # === CHECK BEFORE SENDING === #

    def _refresh_lines(self):
        """Check follow-ups against the ledger of this moment; return those still due.

        What was paid or is held since the planning leaves the follow-up; one that has
        nothing left is cancelled with the reason. Amounts are written anew.
        """
        figures = self._get_figures()
        alive = self.browse()
        gone = self.env["collection.followup.line"]
        for followup in self:
            shown = figures[followup.id]
            left = followup._get_lines_left(shown)
            reason = followup._get_stop_reason(left, shown)
            if reason:
                followup._cancel(reason)
                continue
            gone |= followup.line_ids.filtered("counted") - left
            followup._write_figures(left, shown)
            alive |= followup
        gone._uncount("cancelled")
        return alive

    def _get_lines_left(self, figures: Figures):
        """Return the counted lines whose receivable is still in the message.

        What a formal notice only mentions stays, as long as it claimed it not.
        """
        self.ensure_one()
        shown = {item.id for item in figures.claimed + figures.upcoming}
        mentioned = set()
        if self.level_id.code == "notice":
            mentioned = {item.id for item in figures.information}
        return self.line_ids.filtered(
            lambda line: (
                line.counted
                and (
                    line.move_line_id.id in shown
                    or (not line.claimed and line.move_line_id.id in mentioned)
                )
            )
        )

    def _write_figures(self, lines, figures: Figures):
        """Write the amounts of the moment on the follow-up and its lines."""
        self.ensure_one()
        items = {item.id: item for item in figures.claimed + figures.upcoming}
        for line in lines.filtered(lambda line: line.move_line_id.id in items):
            item = items[line.move_line_id.id]
            line.write(
                {
                    "amount_residual": float(item.residual),
                    "amount_due": float(item.due),
                }
            )
        self.write(
            {
                "amount": self.currency_id.round(float(figures.total_company())),
                "fingerprint": figures.fingerprint(),
            }
        )

    def _get_stop_reason(self, lines, figures: Figures) -> str | None:
        """Return why nothing is left to say, None when there is."""
        self.ensure_one()
        if not lines:
            return self.env._("Paid or held since it was planned.")
        late = any(line.delay > 0 for line in lines)
        if late and figures.total_company() <= 0:
            return self.env._("Nothing is overdue any more, net of credits.")
        return None
