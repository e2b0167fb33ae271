# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models

from ..core.figures import Figures
from ..core.late_fees import ZERO
from .collection_late_fees import FeesTotal, LineFees

#: class -> method that words what the law makes due
_WORDS = {"public": "_word_public", "consumer": "_word_consumer"}


class CollectionFollowup(models.Model):
    """Late fees in a message: those of what it claims, at the steps that show them."""

    _inherit = "collection.followup"

    late_fees_subject_text = fields.Char(compute="_compute_texts")
    late_fees_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    late_fees_offer_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    claim_table = fields.Html(compute="_compute_texts", sanitize=False)
    claimed_total_text = fields.Char(compute="_compute_texts")
    enclosures_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    parties_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    fees_until = fields.Date(
        "Late fees through", compute="_compute_fees_until", help="The day of the paper."
    )
    claim_ids = fields.One2many("collection.claim", "followup_id", "Claims")
    late_fees_offer_until = fields.Date(
        "Late fees waived if paid at the latest on",
        readonly=True,
        copy=False,
        help="What the message offered when it left.",
    )
    late_fees_offer_recorded = fields.Boolean(readonly=True, copy=False)
    fees = fields.Json(
        "Late fees as sent",
        readonly=True,
        copy=False,
        help="Interest, indemnity and segments that the message showed when it left.",
    )

    @api.depends("date")
    @api.depends_context("collection_date")
    def _compute_fees_until(self):
        """A message that was confirmed later is written later."""
        today = self._get_today()
        for followup in self:
            followup.fees_until = max(followup.date or today, today)

    def _shows_fees(self) -> bool:
        """Tell whether the step shows late fees."""
        return self.step_id.shows_late_fees and not self.is_internal

    def _get_paper_day(self):
        """Return the day that the message bears: with late fees, their last day."""
        return self.fees_until if self._shows_fees() else self.date

    def _read_fees(
        self, figures: dict[int, Figures]
    ) -> dict[int, dict[int, FeesTotal]]:
        """Return follow-up -> currency -> late fees of what it claims.

        Instalments of the same invoice that were paid late are in it; those that the
        message does not claim are not. Two queries more than one follow-up cost any
        number.
        """
        found: dict[int, dict[int, FeesTotal]] = {}
        shown = self.filtered(lambda one: one._shows_fees() and one.id in figures)
        for until, followups in shown.grouped("fees_until").items():
            claimed = {
                one.id: {item.id for item in figures[one.id].claimed}
                for one in followups
            }
            ids = sorted(set().union(*claimed.values()))
            moves = self.env["account.move.line"].sudo().browse(ids).move_id
            lines = self.env["collection.late.fees"].sudo()._read(moves.ids, until)
            places: dict[tuple, list[int]] = {}
            for key, line in lines.items():
                places.setdefault(line.row["group"], []).append(key)
            for one in followups:
                chosen = one._drop_untold(_choose_lines(claimed[one.id], lines, places))
                fees = self.env["collection.late.fees"]
                found[one.id] = fees._group_by_currency(chosen)
        return found

    def _drop_untold(self, lines: list[LineFees]) -> list[LineFees]:
        """Leave a consumer's interest out of a formal notice: it starts with it."""
        if self.level_id.code != "notice":
            return lines
        return [line for line in lines if line.debtor_class != "consumer"]

    def _add_fees(self, reading) -> None:
        """Read the late fees of follow-ups into a reading that has not got them yet."""
        unread = self.filtered(lambda one: one.id not in reading.fees)
        reading.fees.update(dict.fromkeys(unread.ids, {}))
        reading.fees.update(unread._read_fees(reading.figures))

    def _drop_unknown_fees(self, reading):
        """Fail the follow-ups whose late fees cannot be known; return the others.

        Each says which value is missing; it is tried again like any failed message.
        """
        self._add_fees(reading)
        reasons = {
            followup: "\n".join(
                filter(None, (total.error for total in totals.values()))
            )
            for followup in self
            if (totals := reading.fees[followup.id])
        }
        failed = self.filtered(reasons.get)
        for reason, group in failed.grouped(reasons.get).items():
            group._fail_rendering(reason)
        return self - failed

    def _assert_fees(self, fees: dict[int, dict[int, FeesTotal]]) -> None:
        """Refuse to write a figure that cannot be known.

        :raise UserError: a legal value is missing; the sentence names it
        """
        for followup in self:
            for total in fees.get(followup.id, {}).values():
                total.assert_computed()

    # === WORDS === #

    def _get_fee_words(self, figures: Figures, fees: dict[int, FeesTotal]) -> dict:
        """Return the words about late fees of one follow-up."""
        totals = figures.totals()
        shown = {key: total for key, total in fees.items() if total.left}
        asked = {
            key: amount + (shown[key].left if key in shown else ZERO)
            for key, amount in totals.items()
        }
        parts = [
            self._get_fee_part(total, totals.get(key, ZERO), asked.get(key, total.left))
            for key, total in shown.items()
        ]
        return {
            "late_fees_subject_text": self._get_subject_addition(shown),
            "late_fees_paragraph": self._render_fees("late_fees_paragraph", parts),
            "late_fees_offer_paragraph": self._get_offer_paragraph(parts),
            "claim_table": self._render_fees("claim_table", parts),
            "claimed_total_text": self._format_totals(asked),
            "enclosures_paragraph": self._get_enclosures_paragraph(parts),
            "parties_paragraph": self._get_parties_paragraph(),
        }

    def _get_fee_part(self, total: FeesTotal, claimed: Decimal, asked: Decimal) -> dict:
        """Return what a message says of its late fees in one currency.

        :param claimed: principal; asked: principal and late fees
        """
        sheet = self.env["collection.late.fees"]._get_sheet(
            total, self.fees_until, claimed
        )
        currency = total.lines[0].row["currency_id"]
        sheet |= {
            "words": self._word_rates(total),
            "start": self._format_day(self._get_first_day(total)),
            "claimed": self._format_amount(claimed, currency),
            "asked": self._format_amount(asked, currency),
            "count": "",
        }
        if one := _get_one(total):
            amount = self._format_amount(one, currency)
            sheet["count"] = f"{total.indemnity_count} × {amount}"
        words = _WORDS.get(total.lines[0].debtor_class, "_word_professional")
        lead, items = getattr(self, words)(sheet, total)
        return sheet | {
            "lead": lead,
            "items": self._punctuate(items),
            "sum": self.env._(
                "With the principal this makes %(asked)s through %(day)s.",
                **_pick(sheet, "asked", "day"),
            ),
            "claim_rows": self._get_claim_rows(sheet, total),
            "total_label": self.env._("Total through %(day)s", day=sheet["day"]),
            "runs": self._word_running(sheet, total),
        }

    def _get_subject_addition(self, shown: dict[int, FeesTotal]) -> str:
        """Return what a subject adds to “unpaid invoices”; nothing for a consumer."""
        classes = {total.lines[0].debtor_class for total in shown.values()}
        if not classes - {"consumer", "public"}:
            return ""
        return self.env._(" – late-payment penalties")

    def _get_first_day(self, total: FeesTotal):
        days = (one.segments[0].date_from for one in total.lines if one.segments)
        return min(days, default=self.fees_until)

    def _render_fees(self, name: str, parts: list[dict]) -> Markup:
        if not parts:
            return Markup()
        return self.env["ir.qweb"]._render(
            f"account_collection.{name}", {"parts": parts}
        )

    @staticmethod
    def _word_rates(total: FeesTotal) -> str:
        words = dict.fromkeys(line.words for line in total.lines if line.words)
        return " ; ".join(words)

    # === SENTENCES, BY THE DEBTOR'S CLASS === #

    def _word_professional(self, sheet, total) -> tuple[str, list[str]]:
        """C. com., articles L441-10 II and D441-5."""
        items = []
        if total.interest_left:
            items.append(
                self.env._(
                    "penalties at %(words)s, which is %(rates)s – through %(day)s: "
                    "%(interest)s",
                    **_pick(sheet, "words", "rates", "day", "interest"),
                )
            )
            if sheet["per_day"]:
                items[0] += self.env._(
                    ", then %(amount)s for each day of delay at the rate in force",
                    amount=sheet["per_day"],
                )
        if total.indemnity_left:
            items.append(
                self.env._(
                    "a flat indemnity for recovery costs for each invoice: %(amount)s",
                    amount=self._word_indemnity(sheet),
                )
            )
        lead = self.env._(
            "We remind you that any late payment between professionals makes due by "
            "law, from the day after the due date and without any reminder (articles "
            "L441-10 II and D441-5 of the French Commercial Code):"
        )
        return lead, items

    def _word_public(self, sheet, total) -> tuple[str, list[str]]:
        """CCP, articles R2192-31 and following and D2192-35."""
        items = []
        if total.interest_left:
            items.append(
                self.env._(
                    "default interest at %(words)s, which is %(rates)s (article "
                    "R2192-31): %(interest)s through %(day)s",
                    **_pick(sheet, "words", "rates", "day", "interest"),
                )
            )
        if total.indemnity_left:
            items.append(
                self.env._(
                    "a flat indemnity for recovery costs (article D2192-35): "
                    "%(amount)s",
                    amount=self._word_indemnity(sheet),
                )
            )
        lead = self.env._(
            "We remind you that beyond the regulatory payment period the following is "
            "due by law (French Public Procurement Code):"
        )
        return lead, items

    def _word_consumer(self, sheet, total) -> tuple[str, list[str]]:
        """C. civ., article 1231-6: never an indemnity."""
        lead = self.env._(
            "Since our formal notice was received, the sum bears interest at %(words)s "
            "(article 1231-6 of the French Civil Code): %(interest)s through %(day)s.",
            **_pick(sheet, "words", "interest", "day"),
        )
        return lead, []

    def _punctuate(self, items: list[str]) -> list[str]:
        """Return the items of a list as one sentence, by the reader's typography."""
        *others, last = items or [""]
        is_french = (self.env.lang or "").startswith("fr")
        end = "\N{NO-BREAK SPACE};" if is_french else ";"
        return [*(item + end for item in others), f"{last}."] if last else []

    @staticmethod
    def _word_indemnity(sheet) -> str:
        """Return 3 × 40.00 € = 120.00 €, or the sum when they are not all alike."""
        return " = ".join(filter(None, [sheet["count"], sheet["indemnity"]]))

    def _get_claim_rows(self, sheet, total) -> list[tuple[str, str]]:
        """Return (label, amount) of the table of a formal notice."""
        rows = [
            (
                self.env._(
                    "Principal including taxes still due, after payments and credit "
                    "notes"
                ),
                sheet["claimed"],
            )
        ]
        kind = total.lines[0].debtor_class
        if total.interest_left:
            label = self.env._(
                "%(name)s from %(start)s to %(day)s (rates, periods and calculation: "
                "statement enclosed)",
                name=self.env["collection.late.fees"]._word_interest(kind),
                **_pick(sheet, "start", "day"),
            )
            rows.append((label, sheet["interest"]))
        if total.indemnity_left:
            count = f", {sheet['count']}" if sheet["count"] else ""
            label = self.env._(
                "Flat indemnity for recovery costs%(count)s (articles L441-10 II and "
                "D441-5 of the French Commercial Code)",
                count=count,
            )
            if kind == "public":
                label = self.env._(
                    "Flat indemnity for recovery costs%(count)s (article D2192-35 of "
                    "the French Public Procurement Code)",
                    count=count,
                )
            rows.append((label, sheet["indemnity"]))
        return rows

    def _word_running(self, sheet, total) -> str:
        """Tell that the interest goes on until payment."""
        if not sheet["per_day"]:
            return ""
        if total.lines[0].debtor_class in ("consumer", "public"):
            return self.env._(
                "The interest runs until payment: %(amount)s a day.",
                amount=sheet["per_day"],
            )
        return self.env._(
            "The penalties run until payment: %(amount)s a day at the rate of the "
            "current semester.",
            amount=sheet["per_day"],
        )

    def _get_offer_paragraph(self, parts) -> Markup:
        """Offer to waive the late fees of a letter, when the company does."""
        if not parts or not self._makes_offer():
            return Markup()
        text = self.env._(
            "For the sake of our good relationship we will exceptionally waive these "
            "late fees if the principal reaches us by %(date)s.",
            date=self._format_day(self._get_offer_day()),
        )
        return Markup("<p>%s</p>") % text

    def _makes_offer(self) -> bool:
        """Tell whether the message offers to waive its late fees: letters do, once."""
        return bool(
            self.company_id.collection_offer_days and self.level_id.code == "firm"
        )

    def _get_enclosures_paragraph(self, parts) -> Markup:
        """Name what the letter encloses, nothing else."""
        if not parts:
            return Markup()
        text = self.env._(
            "Enclosure: statement of late fees through %(date)s.",
            date=self._format_day(self.fees_until),
        )
        return Markup("<p>%s</p>") % text

    def _get_parties_paragraph(self) -> Markup:
        """Name both parties as their registers do (C. com., article R123-237)."""
        creditor, debtor = self.company_id.sudo(), self.debtor_id
        identity = self.env["collection.paper"]._get_identity(creditor)
        number = debtor.company_registry or debtor.vat
        words = [debtor.name or "", _get_place(debtor)]
        if number:
            words.append(self.env._("registered under %(number)s", number=number))
        text = self.env._(
            "Creditor: %(creditor)s.%(line)sDebtor: %(debtor)s.",
            creditor=f"{identity}, {_get_place(creditor.partner_id)}",
            line=Markup("<br/>"),
            debtor=", ".join(filter(None, words)),
        )
        return Markup("<p>%s</p>") % text

    def _get_offer_day(self):
        days = self.company_id.collection_offer_days
        return fields.Date.add(self.fees_until, days=days)

    # === PROOF === #

    def _keep_fees(self, fees: dict[int, dict[int, FeesTotal]]) -> None:
        """Keep what the messages show of late fees, with its segments.

        A message that is made anew may show, or offer, nothing any more.
        """
        for followup in self:
            totals = fees.get(followup.id, {})
            is_shown = any(total.left for total in totals.values())
            offers = is_shown and followup._makes_offer()
            followup.late_fees_offer_until = offers and followup._get_offer_day()
            followup.fees = [
                {
                    "currency": self.env["res.currency"].browse(key).name,
                    "until": followup.fees_until.isoformat(),
                    "interest": str(total.interest_left),
                    "indemnity": str(total.indemnity_left),
                    "segments": [
                        {
                            "document": line.row["document"],
                            "from": segment.date_from.isoformat(),
                            "to": segment.date_to.isoformat(),
                            "balance": str(segment.balance),
                            "rate": str(segment.rate),
                            "interest": str(segment.amount),
                        }
                        for line in total.lines
                        for segment in line.segments
                    ],
                }
                for key, total in totals.items()
            ] or False


def _get_place(partner) -> str:
    """Return the seat of a party in one line."""
    town = " ".join(filter(None, [partner.zip, partner.city]))
    return ", ".join(filter(None, [partner.street, town]))


def _pick(sheet: dict, *names: str) -> dict:
    return {name: sheet[name] for name in names}


def _choose_lines(claimed: set[int], lines, places) -> list[LineFees]:
    """Return the late fees that a message claims.

    The indemnity of an invoice whose first late instalment the message leaves out (a
    dispute, say) is borne by the first one that it claims.
    """
    chosen: list[LineFees] = []
    groups = {lines[key].row["group"]: None for key in sorted(claimed & lines.keys())}
    for group in groups:
        keys = [
            key
            for key in places[group]
            if key in claimed or not lines[key].row["residual"]
        ]
        picked = [lines[key] for key in keys]
        bearer = next(
            (lines[key] for key in places[group] if lines[key].indemnity), None
        )
        if bearer and bearer not in picked:
            late = [line for line in picked if line.fees and line.fees.late_since]
            if late:
                index = picked.index(late[0])
                picked[index] = dataclasses.replace(
                    late[0],
                    indemnity=bearer.indemnity,
                    settled_indemnity=bearer.settled_indemnity,
                )
        chosen += picked
    return chosen


def _get_one(total: FeesTotal) -> Decimal | None:
    """Return the indemnity of one invoice, None when they are not all the same."""
    amounts = {line.indemnity_left for line in total.lines if line.indemnity_left}
    return amounts.pop() if len(amounts) == 1 else None
