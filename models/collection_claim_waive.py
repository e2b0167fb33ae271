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
        claim = self.sudo()
        if claim.state == "draft":
            claim._confirm()
        parts = [
            (line, one if interest else 0.0, two if indemnity else 0.0)
            for line, one, two in claim._get_left()
        ]
        amount = sum(one + two for _line, one, two in parts)
        if self.currency_id.is_zero(amount):
            raise UserError(self.env._("Nothing is left to waive."))
        self._assert_waiver(amount + claim._get_waived_by_hand())
        claim._waive("gesture", reason.strip(), parts)
        claim._close_when_waived()
        claim._log_act(self.env._("Late fees waived: %(reason)s", reason=reason))

    def _get_waived_by_hand(self) -> float:
        """Return what persons have waived of the claim so far."""
        by_hand = self.waiver_ids.filtered(lambda one: one.kind == "gesture")
        return sum(one.interest + one.indemnity for one in by_hand)

    def _close_when_waived(self):
        for claim in self:
            if claim.currency_id.is_zero(claim.amount):
                claim.state = "waived"

    def _apply_policy(self, found) -> None:
        """Leave out what the company does not claim: small amounts, too many 40 euros.

        :param found: receivable -> LineFees through the claim's day
        """
        self.ensure_one()
        if self.currency_id == self.company_id.currency_id:
            self._apply_floor(found)
            self._apply_ceiling()

    def _apply_floor(self, found) -> None:
        """Leave out interest of invoices that is too small, all claims together.

        That of an open invoice grows on and is claimed once it is large enough; that of
        a settled one is a logged waiver.
        """
        floor = self.company_id.collection_fee_floor
        whole: dict[tuple, float] = {}
        still_open = set()
        for line in found.values():
            group = line.row["group"]
            whole[group] = whole.get(group, 0.0) + float(line.interest)
            if line.principal > 0:
                still_open.add(group)
        waived, later = [], self.line_ids.browse()
        for line, interest, _indemnity in self._get_left():
            group = found[line.move_line_id.id].row["group"]
            if (
                not interest
                or self.currency_id.compare_amounts(whole[group], floor) >= 0
            ):
                continue
            if group in still_open:
                later += line
            else:
                waived.append((line, interest, 0.0))
        self._waive("floor", self.env._("Company's smallest interest"), waived)
        self._leave_for_later(later)

    def _leave_for_later(self, lines) -> None:
        """Take interest out of the claim without a waiver; say so in its log."""
        if not lines:
            return
        names = ", ".join(lines.mapped("document"))
        lines.interest = 0.0
        lines.filtered(lambda line: not line.indemnity).unlink()
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "The interest of %(documents)s is below the company's smallest "
                    "interest: nothing is claimed yet.",
                    documents=names,
                )
            )
        words = self.env._("Below the smallest interest, left for later: %s", names)
        self.message_post(body=words)

    def _apply_ceiling(self) -> None:
        """Waive the indemnities above the company's ceiling for a debtor."""
        ceiling = self.company_id.collection_indemnity_ceiling
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
