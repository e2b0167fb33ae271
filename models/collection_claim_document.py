# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_date

from ..core.late_fees import IMPUTATIONS, ZERO, LateFees, Segment
from ..reports.late_fee_xlsx import write_late_fees
from .collection_late_fees import FeesTotal, LineFees


class CollectionClaim(models.Model):
    """The calculation of a claim: kept as data, shown as page, PDF and spreadsheet.

    One reading serves them all: what was kept when the claim was made, before that
    what the ledger says.
    """

    _inherit = "collection.claim"

    def _get_calculation(self) -> dict:
        """Return the calculation as data that can be kept and compared.

        The late fees of the claim's receivables from the start, and what both methods
        of imputation leave to pay.

        :return: JSON-able; amounts and rates as decimal texts, dates in ISO
        """
        self.ensure_one()
        lines, methods = self._read_methods()
        return {
            "until": self.date.isoformat(),
            "currency": self.currency_id.name,
            "methods": methods,
            "lines": [_as_data(line) for line in lines],
        }

    def _read_methods(self) -> tuple[list[LineFees], dict]:
        """Return the claim's late fees, and what each method leaves to pay."""
        ids = self.line_ids.move_line_id.ids
        moves = self._get_moves().ids
        fees = self.env["collection.late.fees"].sudo()
        known = fees._read(moves, self.date)
        methods = {}
        for imputation in IMPUTATIONS:
            found = fees._read(moves, self.date, imputation)
            chosen = [found[key] for key in ids if key in found and found[key].fees]
            methods[imputation] = {
                "principal": str(sum((one.fees.principal for one in chosen), ZERO)),
                "interest": str(sum((one.fees.interest_due for one in chosen), ZERO)),
                "indemnity": str(sum((one.indemnity for one in chosen), ZERO)),
            }
        return [known[key] for key in ids if key in known], methods

    def _get_data(self) -> dict:
        """Return the calculation that was kept, that of now on a draft."""
        self.ensure_one()
        return self.calculation or self._get_calculation()

    def _get_lines(self, data: dict | None = None) -> list[LineFees]:
        """Return the late fees of the calculation, receivable by receivable."""
        return [_from_data(line) for line in (data or self._get_data())["lines"]]

    # === SHOWN === #

    @api.depends("calculation", "line_ids", "date")
    @api.depends_context("lang")
    def _compute_calculation_html(self):
        for claim in self:
            if not claim.line_ids or not claim.date:
                claim.calculation_html = False
                continue
            data = claim._get_data()
            claim.calculation_html = self.env["ir.qweb"]._render(
                "account_collection.claim_calculation",
                {
                    "sheets": [claim._get_claim_sheet(data)],
                    "methods": claim._get_methods_shown(data),
                },
            )

    def _get_claim_sheet(self, data: dict | None = None) -> dict:
        """Return the statement of the claim: see ``_get_sheet``.

        Its foot tells what this claim asks for, and what earlier ones did.
        """
        data = data or self._get_data()
        total = FeesTotal(self._get_lines(data))
        fees = self.env["collection.late.fees"]
        sheet = fees._get_sheet(total, datetime.date.fromisoformat(data["until"]))
        words = self.env["collection.followup"]._get_formatter()

        def money(amount):
            return words.amount(Decimal(str(amount)), self.currency_id.id)

        principal = total.principal
        waived = self.amount_waived
        asked = principal + Decimal(str(self.amount))
        before = total.interest + total.indemnity
        before -= Decimal(str(self.currency_id.round(self.interest + self.indemnity)))
        return sheet | {
            "principal": money(principal),
            "interest": money(self.interest),
            "indemnity": money(self.indemnity),
            "waived": money(waived) if waived else "",
            "waived_value": waived,
            "before": money(before) if before > 0 else "",
            "total": money(asked),
            "values": (principal, self.interest, self.indemnity),
        }

    def _get_methods_shown(self, data: dict) -> list[dict]:
        """Return what each method of imputation leaves to pay, in words."""
        labels = {
            "principal_first": self.env._("Payments settle the principal first"),
            "interest_first": self.env._("Payments settle the interest first"),
        }
        words = self.env["collection.followup"]._get_formatter()
        used = data["lines"]
        chosen = used[0]["imputation"] if used else ""
        rows = []
        for code, amounts in data["methods"].items():
            figures = {name: Decimal(text) for name, text in amounts.items()}
            figures["total"] = sum(figures.values(), ZERO)
            rows.append(
                {"label": labels[code], "is_used": code == chosen}
                | {
                    name: words.number(amount, self.currency_id.id)
                    for name, amount in figures.items()
                }
            )
        return rows

    # === PAPER === #

    def _make_pdf(self) -> bytes:
        """Return the note of the claim in the debtor's language.

        :raise LetterPdfError: the pages were not found
        :raise UserError: wkhtmltopdf failed
        """
        self.ensure_one()
        claim = self._in_debtor_language()
        papers = claim.env["collection.late.fees"]
        sheet = claim._get_claim_sheet()
        is_consumer = sheet["class"] == "consumer"
        subject = claim.env._("Claim of late fees")
        if is_consumer:
            subject = claim.env._("Claim of interest")
        return papers._make_paper(
            claim.company_id,
            claim.debtor_id,
            claim._get_paper_reference(),
            subject,
            [sheet],
            claim._get_paper_intro(is_consumer),
        )

    def _in_debtor_language(self):
        statements = self.env["collection.statement"]
        lang = statements._get_language(self.company_id, self.debtor_id)
        return self.with_context(lang=lang)

    def _get_paper_reference(self) -> str:
        return self.name if self.name != "/" else f"PEN-{self.id:06d}"

    def _get_paper_intro(self, is_consumer: bool) -> list[str]:
        sentence = self.env._(
            "Late payment of the invoices below makes the following sums due by law, "
            "without any reminder."
        )
        if is_consumer:
            sentence = self.env._(
                "Since our formal notice was received, the invoices below bear "
                "interest (article 1231-6 of the French Civil Code)."
            )
        sentences = [sentence]
        if self.offer_until and self.state == "claimed":
            sentences.append(
                self.env._(
                    "We waive them if the whole principal reaches us by %(date)s.",
                    date=format_date(self.env, self.offer_until),
                )
            )
        return sentences

    def _make_xlsx(self) -> bytes:
        """Return the calculation as a workbook whose figures are formulas."""
        self.ensure_one()
        claim = self._in_debtor_language()
        title = f"{claim.debtor_id.display_name} – {claim._get_paper_reference()}"
        return write_late_fees(
            title,
            [claim._get_claim_sheet()],
            claim.env["collection.late.fees"]._get_xlsx_words(),
        )


def _as_data(line: LineFees) -> dict:
    """Return the late fees of a receivable as data for JSON."""
    row, fees = line.row, line.fees
    return {
        "move_line_id": row["id"],
        "document": row["document"],
        "date_due": row["date_due"].isoformat(),
        "amount": str(row["amount"]),
        "residual": str(row["residual"]),
        "currency_id": row["currency_id"],
        "debtor_class": line.debtor_class,
        "imputation": line.imputation,
        "rate_words": line.words,
        "rate_keys": sorted(line.keys),
        "principal": str(fees.principal) if fees else "0",
        "interest_paid": str(fees.interest_paid) if fees else "0",
        "indemnity": str(line.indemnity),
        "per_day": str(fees.per_day) if fees else "0",
        "segments": [
            {
                "from": one.date_from.isoformat(),
                "to": one.date_to.isoformat(),
                "balance": str(one.balance),
                "rate": str(one.rate),
                "interest": str(one.amount),
            }
            for one in line.segments
        ],
    }


def _from_data(data: dict) -> LineFees:
    """Return the late fees of a receivable that were kept as data."""
    day = datetime.date.fromisoformat
    segments = tuple(
        Segment(
            day(one["from"]),
            day(one["to"]),
            Decimal(one["balance"]),
            Decimal(one["rate"]),
            Decimal(one["interest"]),
        )
        for one in data["segments"]
    )
    row = {
        "id": data["move_line_id"],
        "document": data["document"],
        "date_due": fields.Date.to_date(data["date_due"]),
        "amount": Decimal(data["amount"]),
        "residual": Decimal(data["residual"]),
        "currency_id": data["currency_id"],
    }
    fees = LateFees(
        segments=segments,
        indemnity=Decimal(data["indemnity"]),
        principal=Decimal(data["principal"]),
        interest_paid=Decimal(data["interest_paid"]),
        per_day=Decimal(data["per_day"]),
    )
    return LineFees(
        row,
        fees,
        indemnity=fees.indemnity,
        debtor_class=data["debtor_class"],
        imputation=data["imputation"],
        words=data["rate_words"],
        keys=frozenset(data["rate_keys"]),
    )
