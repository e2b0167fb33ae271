# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import UserError


class CollectionClaim(models.Model):
    """Waivers: by a person, or by the company's policy."""

    _inherit = "collection.claim"

    def _get_left(self) -> list[tuple]:
        """Return (line, interest, indemnity) of what is not waived yet."""
        return [
            (
                line,
                line.interest - line.waived_interest,
                line.indemnity - line.waived_indemnity,
            )
            for line in self.line_ids
        ]

    def _waive(self, kind: str, reason: str, parts) -> None:
        """Log waivers.

        :param parts: (line, interest, indemnity) that are not claimed
        """
        rows = [
            {
                "claim_id": self.id,
                "line_id": line.id,
                "kind": kind,
                "interest": interest,
                "indemnity": indemnity,
                "reason": reason,
                "user_id": self.env.uid,
                "date": self._get_today(),
            }
            for line, interest, indemnity in parts
            if not self.currency_id.is_zero(interest + indemnity)
        ]
        self.env["collection.claim.waiver"].sudo().create(rows)

    def _waive_by_hand(self, reason: str, interest: bool, indemnity: bool) -> None:
        """Waive the interest, the indemnities or both, with a reason and the right.

        :raise AccessError: the amount is above the user's power
        :raise UserError: no reason, or nothing is left to waive
        """
        self.ensure_one()
        self._assert_state("draft", "claimed")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the late fees are waived."))
        parts = [
            (line, one if interest else 0.0, two if indemnity else 0.0)
            for line, one, two in self._get_left()
        ]
        amount = sum(one + two for _line, one, two in parts)
        if self.currency_id.is_zero(amount):
            raise UserError(self.env._("Nothing is left to waive."))
        by_hand = self.waiver_ids.filtered(lambda one: one.kind == "gesture")
        before = sum(one.interest + one.indemnity for one in by_hand)
        self._assert_waiver(amount + before)
        claim = self.sudo()
        if claim.state == "draft":
            claim._freeze()
        claim._waive("gesture", reason.strip(), parts)
        claim._close_when_waived()
        claim._log_act(self.env._("Late fees waived: %(reason)s", reason=reason))

    def _close_when_waived(self):
        for claim in self:
            if claim.currency_id.is_zero(claim.amount):
                claim.state = "waived"

    def _apply_policy(self) -> None:
        """Leave out what the company does not claim: small amounts, too many 40 euros.

        Each is a logged waiver, never a silent omission.
        """
        self.ensure_one()
        company, currency = self.company_id, self.currency_id
        if currency != company.currency_id:
            return
        floor = company.collection_fee_floor
        small = [
            (line, interest, 0.0)
            for line, interest, _indemnity in self._get_left()
            if interest and currency.compare_amounts(interest, floor) < 0
        ]
        if floor and small:
            words = self.env._("Company's smallest interest for an invoice")
            self._waive("floor", words, small)
        ceiling = company.collection_indemnity_ceiling
        if not ceiling:
            return
        left = max(ceiling - self._get_indemnities_claimed(), 0.0)
        above = []
        for line, _interest, indemnity in self._get_left():
            kept = min(indemnity, left)
            left -= kept
            above.append((line, 0.0, indemnity - kept))
        words = self.env._("Company's ceiling of indemnities for a debtor")
        self._waive("ceiling", words, above)

    def _get_indemnities_claimed(self) -> float:
        """Return the indemnities in the debtor's other claims of twelve months."""
        since = fields.Date.subtract(self.date, years=1)
        others = self.search(
            [
                ("file_id", "=", self.file_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("state", "in", ("claimed", "booked")),
                ("date", ">", since),
                ("id", "!=", self.id),
            ]
        )
        return sum(line.indemnity - line.waived_indemnity for line in others.line_ids)
