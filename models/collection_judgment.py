# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..core.late_fees import Terms, judgment_phases
from ..core.limitation import TITLE, add_months


class CollectionLimitationEvent(models.Model):
    """What an enforceable title says of the interest from its day on."""

    _inherit = "collection.limitation.event"

    judgment_rate = fields.Selection(
        [
            ("legal", "Legal rate, increased two months after it is enforceable"),
            ("contract", "The rate agreed, as before"),
        ],
        "Interest from the title on",
        default="legal",
        tracking=True,
        help="What the decision grants. The increase of the legal rate is that of CMF, "
        "article L313-3; a judge may reduce it.",
    )
    enforceable_on = fields.Date(
        "Enforceable since",
        tracking=True,
        help="Empty = the day of the title. The increase starts two months later.",
    )


class CollectionLateFees(models.AbstractModel):
    """Interest after a judgment: a phase of its own (CMF, article L313-3)."""

    _inherit = "collection.late.fees"

    @api.model
    def _read_titles(self, rows: dict[int, dict]) -> dict[int, tuple]:
        """Return receivable -> (day of its first title, day it became enforceable).

        Titles that keep the agreed rate are left out.
        """
        self.env["collection.limitation.event"].flush_model()
        found = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (l.id) l.id, e.date,
                          COALESCE(e.enforceable_on, e.date)
                     FROM collection_limitation_event e
                     JOIN collection_limitation_event_move_rel x ON x.event_id = e.id
                     JOIN account_move_line l ON l.move_id = x.move_id
                     JOIN res_partner p ON p.id = l.partner_id
                                       AND p.commercial_partner_id = e.debtor_id
                    WHERE l.id IN %s AND e.kind = %s AND e.is_void IS NOT TRUE
                      AND e.judgment_rate = 'legal'
                    ORDER BY l.id, e.date, e.id""",
                tuple(rows),
                TITLE,
            )
        )
        return {key: (day, enforceable) for key, day, enforceable in found}

    @api.model
    def _read_facts(self, rows):
        facts = super()._read_facts(rows)
        facts.titles = self._read_titles(rows)
        return facts

    @api.model
    def _get_terms(self, row, facts, result) -> tuple[Terms, object]:
        terms, date_due = super()._get_terms(row, facts, result)
        title = facts.titles.get(row["id"])
        if not title or row["claim_id"]:
            return terms, date_due
        judged_on, enforceable_on = title
        increase = facts.table.value("judgment_points", judged_on)
        months = int(facts.table.value("judgment_months", judged_on))
        increased_from = add_months(enforceable_on, months)
        phases = judgment_phases(judged_on, increased_from, increase)
        words = self.env._(
            "from %(day)s on the legal interest rate, increased by %(points)s points "
            "from %(increased)s on (article L313-3 of the French Monetary Code)",
            day=format_date(self.env, judged_on),
            points=increase,
            increased=format_date(self.env, increased_from),
        )
        result.words = " ; ".join(filter(None, [result.words, words]))
        before = [phase for phase in terms.phases if phase.first < judged_on]
        phases = (*before, *phases)
        return dataclasses.replace(terms, phases=phases), date_due
