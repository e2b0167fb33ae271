# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.late_fees import (
    INTEREST_FIRST,
    ZERO,
    LateFeeError,
    LateFees,
    Segment,
    Terms,
    compute_late_fees,
)
from ..core.legal import MissingValueError


@dataclasses.dataclass(slots=True)
class LineFees:
    """The late fees of a receivable.

    :param row: of ``_read_lines``: what the ledger says of the receivable
    :param fees: None when they could not be computed, ``error`` says why
    :param indemnity: zero when another instalment of the invoice bears it
    :param settled_interest, settled_indemnity: waived or collected already
    :param words: how a sentence names the rate
    :param warning: what the user should look at before claiming
    :param keys: legal values that the rates rest on
    """

    row: dict
    fees: LateFees | None = None
    error: str = ""
    indemnity: Decimal = ZERO
    settled_interest: Decimal = ZERO
    settled_indemnity: Decimal = ZERO
    debtor_class: str = ""
    imputation: str = ""
    words: str = ""
    warning: str = ""
    keys: frozenset[str] = frozenset()

    @property
    def interest(self) -> Decimal:
        return self.fees.interest if self.fees else ZERO

    @property
    def interest_left(self) -> Decimal:
        """Interest that was neither waived nor booked.

        It goes with the principal of the ledger, on which every payment counts: what
        interest-first payments settle of the interest they leave of the principal.
        """
        return max(self.interest - self.settled_interest, ZERO)

    @property
    def principal(self) -> Decimal:
        """Principal of the ledger, less the credits that are not matched yet."""
        return self.fees.principal - self.fees.interest_paid if self.fees else ZERO

    @property
    def indemnity_left(self) -> Decimal:
        return max(self.indemnity - self.settled_indemnity, ZERO)

    @property
    def segments(self) -> tuple[Segment, ...]:
        return self.fees.segments if self.fees else ()


@dataclasses.dataclass(slots=True)
class FeesTotal:
    """The late fees of some receivables of one currency."""

    lines: list[LineFees]

    @property
    def interest(self) -> Decimal:
        return sum((line.interest for line in self.lines), ZERO)

    @property
    def indemnity(self) -> Decimal:
        return sum((line.indemnity for line in self.lines), ZERO)

    @property
    def interest_left(self) -> Decimal:
        return sum((line.interest_left for line in self.lines), ZERO)

    @property
    def indemnity_left(self) -> Decimal:
        return sum((line.indemnity_left for line in self.lines), ZERO)

    @property
    def indemnity_count(self) -> int:
        """Number of invoices that bear the flat indemnity."""
        return sum(1 for line in self.lines if line.indemnity_left)

    @property
    def per_day(self) -> Decimal:
        return sum((line.fees.per_day for line in self.lines if line.fees), ZERO)

    @property
    def left(self) -> Decimal:
        return self.interest_left + self.indemnity_left

    @property
    def settled(self) -> Decimal:
        """Late fees that were waived or booked already."""
        return sum(
            (line.settled_interest + line.settled_indemnity for line in self.lines),
            ZERO,
        )

    @property
    def imputation(self) -> str:
        """What payments settle first; receivables of one debtor have one method."""
        return next((line.imputation for line in self.lines if line.imputation), "")

    @property
    def principal(self) -> Decimal:
        return sum((line.principal for line in self.lines), ZERO)

    @property
    def error(self) -> str:
        return "\n".join(dict.fromkeys(line.error for line in self.lines if line.error))

    def assert_computed(self) -> None:
        """Refuse a total that misses something.

        :raise UserError: late fees could not be computed; it says of which and why
        """
        if self.error:
            raise UserError(self.error)

    @property
    def warnings(self) -> list[str]:
        return list(dict.fromkeys(line.warning for line in self.lines if line.warning))


class CollectionLateFees(models.AbstractModel):
    """Late fees of the ledger: rows in, the pure rules, figures out.

    The number of queries depends on neither the number of receivables nor debtors.
    Whoever calls has checked the rights and calls with those of the superuser.
    """

    _name = "collection.late.fees"
    _description = "Late fees"

    @api.model
    def _read(
        self, move_ids, until=None, imputation=None, debtors=None
    ) -> dict[int, LineFees]:
        """Return receivable -> its late fees, for every instalment of some entries.

        Paid instalments are in it: paying late loses no claim. What cannot be computed
        carries its reason; it stops no other.

        :param until: last day that counts, today when empty
        :param imputation: what payments settle first, the rate policy's when empty
        :param debtors: whose receivables, None = whoever owes
        """
        until = (
            fields.Date.to_date(until) or self.env["collection.receivable"]._get_today()
        )
        rows = self._read_lines(move_ids, debtors)
        if not rows:
            return {}
        # A claim that was moved and its first entry are one: 40 euros stand there.
        moved = {row["origin_move_id"] for row in rows.values()} - {None, *move_ids}
        owners = {row["debtor_id"] for row in rows.values()}
        rows |= self._read_lines(moved, self.env["res.partner"].browse(owners))
        movements = self._read_movements(rows)
        facts = self._read_facts(rows)
        facts.imputation = imputation
        facts.receipts = self.env["collection.claim"]._read_receipts(rows)
        settled = self.env["collection.claim"]._read_settled(rows)
        found = {
            key: self._compute_line(row, movements.get(key, []), facts, until)
            for key, row in rows.items()
        }
        self._share_indemnity(found)
        for key, (interest, indemnity) in self._share_known(found, settled).items():
            found[key].settled_interest = interest
            found[key].settled_indemnity = indemnity
        return found

    @api.model
    def _compute_line(self, row, movements, facts, until) -> LineFees:
        """Return the late fees of one receivable, or why there are none."""
        result = LineFees(row)
        try:
            terms, date_due = self._get_terms(row, facts, result)
            if facts.imputation:
                terms = dataclasses.replace(terms, imputation=facts.imputation)
            result.imputation = terms.imputation
            result.keys = _get_keys(terms)
            if terms.imputation == INTEREST_FIRST:
                movements = [*movements, *facts.receipts.get(row["id"], ())]
            result.fees = compute_late_fees(
                row["amount"],
                date_due,
                movements,
                terms,
                facts.table,
                until,
                row["cent"],
            )
            result.indemnity = result.fees.indemnity
            self._check_floor(row, result, facts)
        except MissingValueError as error:
            result.error = self.env["collection.parameter"]._word_missing(error)
        except LateFeeError as error:
            result.error = self._word_error(row, error)
        except UserError as error:
            result.error = error.args[0]
        return result

    @api.model
    def _word_error(self, row, error: LateFeeError) -> str:
        return self.env._(
            "The late fees of %(document)s cannot be computed: a movement of "
            "%(amount)s makes no sense. Look at its matching.",
            document=row["document"],
            amount=error.value,
        )

    @api.model
    def _check_floor(self, row, result: LineFees, facts) -> None:
        """Warn of a contractual rate that is below the floor of a semester touched."""
        policy = facts.policies.get(row["id"])
        if not policy or not result.segments:
            return
        if result.debtor_class in ("consumer", "public"):
            return
        breaches = policy._find_breaches(
            result.segments[0].date_from, result.segments[-1].date_to
        )
        result.warning = policy._word_breaches(breaches)

    @api.model
    def _word_unsure(self, lines: list[LineFees]) -> list[str]:
        """Tell of the rates used that nobody has confirmed yet."""
        segments = [segment for line in lines for segment in line.segments]
        if not segments:
            return []
        rows = self.env["collection.parameter"]._get_unsure(
            frozenset().union(*(line.keys for line in lines)),
            min(segment.date_from for segment in segments),
            max(segment.date_to for segment in segments),
        )
        return [
            self.env._("To be confirmed: %s.", row.display_name)
            for row in rows.sorted("valid_from")
        ]

    @staticmethod
    def _share_indemnity(found: dict[int, LineFees]) -> None:
        """Leave the flat indemnity to the first instalment that was late (D441-5).

        It is owed once for an invoice, whatever the number of its instalments.
        """
        first: dict[int, tuple] = {}
        for key, line in found.items():
            if line.indemnity:
                order = (line.fees.late_since, key)
                group = line.row["group"]
                first[group] = min(first.get(group, order), order)
        for key, line in found.items():
            if line.indemnity and first[line.row["group"]][1] != key:
                line.indemnity = ZERO

    @staticmethod
    def _share_known(found: dict[int, LineFees], known: dict) -> dict[int, tuple]:
        """Return receivable -> (interest, indemnity) that are known already.

        The indemnity goes to the receivable that bears it now: the first late
        instalment may be another one than when it was claimed.

        :param known: the same as claims hold it
        """
        sums: dict[tuple, Decimal] = {}
        for key, (_interest, indemnity) in known.items():
            group = found[key].row["group"]
            sums[group] = sums.get(group, ZERO) + indemnity
        shared = {}
        for key, line in found.items():
            interest = known.get(key, (ZERO, ZERO))[0]
            indemnity = sums.get(line.row["group"], ZERO) if line.indemnity else ZERO
            if interest or indemnity:
                shared[key] = interest, indemnity
        return shared

    # === FOR ENTRIES AND RECEIVABLES === #

    @api.model
    def _read_moves(self, moves, until=None) -> dict[int, FeesTotal]:
        """Return entry -> the late fees of all its instalments."""
        found = self._read(moves.ids, until)
        totals: dict[int, FeesTotal] = {}
        for line in found.values():
            totals.setdefault(line.row["move_id"], FeesTotal([])).lines.append(line)
        return totals

    @api.model
    def _get_dict(self, lines, until=None) -> dict:
        """Return the JSON-able form of ``account.move.line.collection_late_fees``."""
        until = (
            fields.Date.to_date(until) or self.env["collection.receivable"]._get_today()
        )
        found = self._read(lines.move_id.ids, until)
        total = FeesTotal([found[line.id] for line in lines if line.id in found])
        total.assert_computed()
        currencies = lines.currency_id
        if len(currencies) > 1:
            raise UserError(
                self.env._(
                    "Late fees of several currencies are not added up: ask for those "
                    "of %(currencies)s one after the other.",
                    currencies=", ".join(currencies.mapped("name")),
                )
            )
        words = dict.fromkeys(line.words for line in total.lines if line.words)
        return {
            "interest": float(total.interest),
            "indemnity": float(total.indemnity),
            "total": float(total.interest + total.indemnity),
            "interest_left": float(total.interest_left),
            "indemnity_left": float(total.indemnity_left),
            "per_day": float(total.per_day),
            "currency": currencies.name or "",
            "until": until.isoformat(),
            "rate_words": list(words),
            "warnings": total.warnings + self._word_unsure(total.lines),
            "segments": [
                _as_dict(line, segment)
                for line in total.lines
                for segment in line.segments
            ],
        }


def _get_keys(terms: Terms) -> frozenset[str]:
    rates = (phase.rate for phase in terms.phases)
    return frozenset(rate.key for rate in rates if rate and rate.key)


def _as_dict(line: LineFees, segment: Segment) -> dict:
    return {
        "move_line_id": line.row["id"],
        "document": line.row["document"],
        "date_from": segment.date_from.isoformat(),
        "date_to": segment.date_to.isoformat(),
        "days": segment.days,
        "balance": float(segment.balance),
        "rate": float(segment.rate),
        "amount": float(segment.amount),
    }
