# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging

from odoo import api, models
from odoo.exceptions import UserError

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
        self._assert_waiver(self.amount)
        claim = self.sudo()
        if claim.state == "draft":
            claim._freeze()
        claim.write({"offer_until": until, "offer_reason": reason.strip()})
        claim._log_act(self.env._("Late fees waived if paid in time"))

    # === OFFERS OF LETTERS === #

    @api.model
    def _cron_offers(self):
        """Record the offers that letters made, and waive those that were kept.

        One bad debtor never stops the others.
        """
        self._record_offers()
        self._keep_offers()

    @api.model
    def _record_offers(self) -> None:
        """Make a claim of what each letter offered to waive, once it has left."""
        followups = self.env["collection.followup"].search(
            [
                ("late_fees_offer_until", "!=", False),
                ("state", "=", "performed"),
                ("claim_ids", "=", False),
            ]
        )
        for followup in followups:
            try:
                with self.env.cr.savepoint():
                    self._record_offer(followup)
            except UserError as error:
                # Nothing left to claim, or a rate is missing: the offer stands anyway.
                _logger.info("The offer of follow-up %s: %s", followup.id, error)

    @api.model
    def _record_offer(self, followup) -> None:
        """Make the claims of a letter's offer, through the day that it was written.

        :raise UserError: see ``_make``
        """
        day = datetime.date.fromisoformat(followup.fees[0]["until"])
        moves = followup.line_ids.filtered("counted").move_line_id.move_id
        claims = self._make(followup.file_id, moves, day)
        claims.followup_id = followup
        reason = self.env._("Offered by the letter of %s", followup._format_day(day))
        for claim in claims:
            claim._freeze()
            claim.write(
                {"offer_until": followup.late_fees_offer_until, "offer_reason": reason}
            )

    @api.model
    def _keep_offers(self) -> None:
        """Waive what was offered to debtors who paid the whole principal in time.

        The value date of the last payment decides.
        """
        open_offers = self.search(
            [("state", "=", "claimed"), ("offer_until", "!=", False)]
        )
        settled = open_offers._find_settled_on()
        for claim in open_offers:
            day = settled.get(claim.id)
            if day and day <= claim.offer_until:
                claim._waive("offer", claim.offer_reason, claim._get_left())
                claim._close_when_waived()
                claim._log_act(self.env._("Offer kept: late fees waived"))

    def _find_settled_on(self) -> dict[int, datetime.date]:
        """Return claim -> value date of the last payment of its whole principal."""
        lines = self.line_ids
        if not lines:
            return {}
        fees = self.env["collection.late.fees"]
        rows = fees._read_lines(lines.move_line_id.move_id.ids)
        movements = fees._read_movements(rows) if rows else {}
        found = {}
        for claim in self:
            days = []
            for line in claim.line_ids.filtered("move_line_id"):
                row = rows.get(line.move_line_id.id)
                moves = movements.get(line.move_line_id.id, [])
                if not row or sum(m.amount for m in moves) < row["amount"]:
                    break
                days.append(max(m.date for m in moves))
            else:
                if days:
                    found[claim.id] = max(days)
        return found
