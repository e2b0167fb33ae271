# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from .account_account import CHASED_NATURES


@dataclass(slots=True)
class Item:
    """A receivable as a message shows it; amounts in the receivable's currency.

    :param due: what is claimed of it: residual minus what is held
    """

    id: int
    document: str
    reference: str
    currency_id: int
    invoice_date: object
    delivery_date: object
    date_due: object
    days_overdue: int
    total: Decimal
    residual: Decimal
    due: Decimal
    residual_company: Decimal
    hold_reason: str | None

    @property
    def paid(self) -> Decimal:
        """Payments and credit notes already matched with it."""
        return self.total - self.residual

    @property
    def due_company(self) -> Decimal:
        """What is claimed, in company currency at the ledger's own rate."""
        if self.due == self.residual:
            return self.residual_company
        return self.residual_company * self.due / self.residual


@dataclass(slots=True)
class Figures:
    """Everything that a message shows, read from the ledger at one moment.

    :param claimed: what the message asks for
    :param upcoming: not due yet, announced by the same message
    :param information: shown apart, not asked for
    :param credits: unallocated credits, negative, deducted from what is asked for
    """

    claimed: list[Item] = field(default_factory=list)
    upcoming: list[Item] = field(default_factory=list)
    information: list[Item] = field(default_factory=list)
    credits: list[Item] = field(default_factory=list)

    @property
    def shown(self) -> list[Item]:
        return self.claimed + self.upcoming + self.information + self.credits

    def totals(self) -> dict[int, Decimal]:
        """Return currency -> net claimed; never a sum over currencies."""
        totals: dict[int, Decimal] = {}
        for item in self.claimed + self.credits:
            totals[item.currency_id] = totals.get(item.currency_id, Decimal()) + item.due
        return totals

    def total_company(self) -> Decimal:
        """Return the net claimed in company currency."""
        return sum((item.due_company for item in self.claimed + self.credits), Decimal())

    def fingerprint(self) -> str:
        """Return a hash of all that is shown: another one means that it changed."""
        facts = sorted((item.id, str(item.due), str(item.total)) for item in self.shown)
        return hashlib.sha256(repr(facts).encode()).hexdigest()


class CollectionFollowup(models.Model):
    _inherit = "collection.followup"

    def _get_figures(self) -> dict[int, Figures]:
        """Return follow-up -> its figures, from the ledger as it is now.

        The number of queries does not depend on the number of follow-ups.
        """
        figures = {}
        for key, followups in self.grouped(lambda f: (f.company_id, f.date)).items():
            company, day = key
            items = followups._read_items(company, day)
            roles = followups._read_line_roles()
            for followup in followups:
                figures[followup.id] = self._sort_items(
                    items.get(followup.debtor_id.id, []),
                    roles.get(followup.id, {}),
                    followup.level_id.code,
                )
        return figures

    def _read_items(self, company, day) -> dict[int, list[Item]]:
        """Return debtor -> its open receivables and credits on a day."""
        receivables = self.env["collection.receivable"].with_context(collection_date=day)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.debtor_id, v.id, v.document,
                       COALESCE(n.ref, n.invoice_origin), v.currency_id, v.invoice_date,
                       n.delivery_date, v.date_due, v.days_overdue,
                       v.amount_total::text, v.amount_residual_currency::text,
                       v.amount_due::text, v.amount_residual::text, v.hold_reason
                  FROM %s v
                  JOIN account_move n ON n.id = v.move_id
                 WHERE v.company_id = %s AND v.debtor_id IN %s AND v.nature IN %s
                 ORDER BY v.date_due, v.id""",
                receivables._table_sql,
                company.id,
                tuple(self.debtor_id.ids),
                CHASED_NATURES,
            )
        )
        items: dict[int, list[Item]] = {}
        for debtor, *values in rows:
            for position in range(8, 12):
                values[position] = Decimal(values[position])
            values[2] = values[2] or ""
            items.setdefault(debtor, []).append(Item(*values))
        return items

    def _read_line_roles(self) -> dict[int, dict[int, bool]]:
        """Return follow-up -> receivable -> whether a formal notice claims it."""
        self.env["collection.followup.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT followup_id, move_line_id, claimed
                     FROM collection_followup_line
                    WHERE followup_id IN %s AND move_line_id IS NOT NULL AND counted""",
                tuple(self.ids),
            )
        )
        roles: dict[int, dict[int, bool]] = {}
        for followup, move_line, claimed in rows:
            roles.setdefault(followup, {})[move_line] = bool(claimed)
        return roles

    @api.model
    def _sort_items(self, items, roles: dict[int, bool], level: str) -> Figures:
        """Return what a message of a level claims, announces and only mentions.

        A courtesy message shows its own invoices alone. A formal notice claims a
        closed list; the rest of what is overdue stands apart, for information.
        """
        result = Figures()
        is_courtesy = level == "courtesy"
        for item in items:
            own = item.id in roles
            if item.residual < 0:
                if item.due < 0 and not is_courtesy:
                    result.credits.append(item)
            elif item.days_overdue <= 0:
                if own and not item.hold_reason:
                    (result.claimed if is_courtesy else result.upcoming).append(item)
            elif is_courtesy:
                continue
            elif item.hold_reason:
                if item.hold_reason == "dispute":
                    result.information.append(item)
            elif level == "notice" and not roles.get(item.id):
                result.information.append(item)
            else:
                result.claimed.append(item)
        return result

    # === CHECK BEFORE SENDING === #

    def _refresh_lines(self):
        """Check follow-ups against the ledger of this moment; return those still due.

        What was paid or is held since the planning leaves the follow-up; one that has
        nothing left is cancelled with the reason. Amounts are written anew.
        """
        figures = self._get_figures()
        alive = self.browse()
        gone_lines = self.env["collection.followup.line"]
        for followup in self:
            shown = figures[followup.id]
            claimable = {item.id: item for item in shown.claimed + shown.upcoming}
            own = followup.line_ids.filtered("counted")
            gone = own.filtered(lambda line: line.move_line_id.id not in claimable)
            if followup.level_id.code == "notice":
                informed = {item.id for item in shown.information}
                gone = gone.filtered(
                    lambda line: line.claimed or line.move_line_id.id not in informed
                )
            reason = followup._get_stop_reason(own - gone, shown)
            if reason:
                followup._cancel(reason)
                continue
            gone_lines |= gone
            for line in own - gone:
                item = claimable.get(line.move_line_id.id)
                if item:
                    line.write(
                        {
                            "amount_residual": float(item.residual),
                            "amount_due": float(item.due),
                        }
                    )
            followup.write(
                {
                    "amount": float(shown.total_company()),
                    "fingerprint": shown.fingerprint(),
                }
            )
            alive |= followup
        gone_lines._uncount("cancelled")
        return alive

    def _get_stop_reason(self, lines, figures: Figures) -> str | None:
        """Return why nothing is left to say, None when there is."""
        self.ensure_one()
        if not lines:
            return self.env._("Paid or held since it was planned.")
        late = any(line.delay > 0 for line in lines)
        if late and figures.total_company() <= 0:
            return self.env._("Nothing is overdue any more, net of credits.")
        return None
