# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .collection_late_fees_ledger import BANK_LINE, IS_PAYMENT, VALUE_DATE

_logger = logging.getLogger(__name__)


class CollectionClaim(models.Model):
    """Offers: late fees are waived if the whole principal is paid by a day."""

    _inherit = "collection.claim"

    def _offer(self, until: datetime.date, reason: str) -> None:
        """Offer to waive the claim if the whole principal is paid by a day.

        :raise AccessError: the amount is above the user's power
        :raise UserError: the day is past
        """
        self.ensure_one()
        self._assert_state("draft", "claimed")
        if until < self._get_today():
            raise UserError(self.env._("The last day of the offer is past."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the late fees are waived."))
        claim = self.sudo()
        if claim.state == "draft":
            claim._confirm()
        self._assert_waiver(claim.amount + claim._get_waived_by_hand())
        claim._set_offer(until, reason.strip())

    def _set_offer(self, until: datetime.date, reason: str) -> None:
        """Write an offer; one that runs longer already stays."""
        for claim in self:
            if not claim.offer_until or claim.offer_until < until:
                claim.write({"offer_until": until, "offer_reason": reason})
                claim._log_act(self.env._("Late fees waived if paid in time"))

    # === OFFERS OF LETTERS === #

    @api.model
    def _cron_offers(self):
        """Record the offers that letters made, and waive those that were kept.

        One bad debtor never stops the others.
        """
        followups = self.env["collection.followup"].search(
            [
                ("late_fees_offer_until", "!=", False),
                ("late_fees_offer_recorded", "=", False),
                ("state", "=", "performed"),
            ]
        )
        for followup in followups:
            self._try(self._record_offer, followup)
        for claim, day in self._find_kept_offers():
            self._try(claim._keep_offer, day)

    @api.model
    def _try(self, method, record) -> None:
        """Do it for one record; a failure is logged and taken up the next day."""
        try:
            with self.env.cr.savepoint():
                method(record)
        except (UserError, ValueError) as error:
            _logger.warning("Offers of late fees, %s: %s", record, error)

    @api.model
    def _record_offer(self, followup) -> None:
        """Write down what a letter offered to waive, once it has left.

        What earlier claims hold of its receivables was in the letter too: the offer is
        theirs as well.

        :raise UserError: a legal value is missing
        """
        day = datetime.date.fromisoformat(followup.fees[0]["until"])
        items = followup.line_ids.filtered("counted").move_line_id
        claims = self.search(
            [
                ("state", "=", "claimed"),
                ("file_id", "=", followup.file_id.id),
                ("line_ids.move_id", "in", items.move_id.ids),
            ]
        )
        if self._has_left(items.move_id, day, followup.debtor_id):
            fresh = self._make(followup.file_id, items.move_id, day)
            # The letter told everything: the company's floor and ceiling come too late.
            fresh._confirm(applies_policy=False)
            claims |= fresh
        until = followup.late_fees_offer_until
        words = self.env._("Offered by the letter of %s", followup._format_day(day))
        claims.filtered(lambda one: not one.followup_id).followup_id = followup
        claims.filtered(lambda one: one.state == "claimed")._set_offer(until, words)
        followup.late_fees_offer_recorded = True

    @api.model
    def _has_left(self, moves, day, debtor) -> bool:
        """Tell whether anything is left to claim of some invoices."""
        found, known = self._read_known(moves, day, debtor)
        lines = self.env["collection.claim.line"]
        return any(
            line.error or lines._prepare(line, known.get(key))
            for key, line in found.items()
        )

    # === KEPT OFFERS === #

    def _keep_offer(self, day: datetime.date) -> None:
        """Waive what was offered, the principal having been paid on a day in time."""
        self._waive("offer", self.offer_reason, self._get_left())
        self._close_when_waived()
        self._log_act(self.env._("Offer kept: late fees waived"))

    @api.model
    def _find_kept_offers(self) -> list[tuple]:
        """Return (claim, day) of offers whose whole principal was paid in time.

        Paid is what is matched with money or credit notes: a credit that nobody
        matched may be another invoice's, a write-off or a transfer is no payment; an
        exchange difference is neither. The value date of the last payment decides.
        """
        open_offers = self.search(
            [("state", "=", "claimed"), ("offer_until", "!=", False)]
        )
        if not open_offers:
            return []
        self.env["collection.late.fees"]._flush_ledger()
        paid = self.env.execute_query(
            SQL(
                """SELECT c.id, max(d.day)
                     FROM collection_claim c
                     JOIN collection_claim_line cl ON cl.claim_id = c.id
                     LEFT JOIN account_move_line l ON l.id = cl.move_line_id
                     LEFT JOIN LATERAL (
                         SELECT max(%s) AS day,
                                bool_and(%s OR m.move_type = 'out_refund') AS is_paid
                           FROM account_partial_reconcile r
                           JOIN account_move_line x ON x.id = r.credit_move_id
                           JOIN account_move m ON m.id = x.move_id
                           %s
                          WHERE r.debit_move_id = l.id
                            AND r.debit_amount_currency <> 0) d ON TRUE
                    WHERE c.id IN %s
                    GROUP BY c.id
                   HAVING bool_and(COALESCE(l.reconciled AND d.is_paid, FALSE))
                      AND max(d.day) <= max(c.offer_until)""",
                SQL(VALUE_DATE),
                SQL(IS_PAYMENT),
                SQL(BANK_LINE),
                tuple(open_offers.ids),
            )
        )
        return [(self.browse(key), day) for key, day in paid]
