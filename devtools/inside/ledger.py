"""Write a day's invoices, payments and bank lines through Odoo's own models."""

import dataclasses
import datetime
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

#: no chatter message for each of thousands of records
QUIET = {"tracking_disable": True, "mail_create_nolog": True}


@dataclasses.dataclass
class Invoice:
    """An invoice of the life; ``values`` go to account.move as they are."""

    key: str
    company: object
    partner: object
    day: datetime.date
    due: datetime.date
    amount: Decimal
    currency: object
    is_disputed: bool = False
    values: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Payment:
    """A payment on a bank line.

    :param key: invoice that it is matched with; None = nobody matches it
    :param amount: None = the whole balance of the invoice
    """

    company: object
    partner: object
    day: datetime.date
    key: str | None = None
    amount: Decimal | None = None
    label: str = ""


class Ledger:
    """The ledger that is lived: what was posted, by key."""

    def __init__(self, env):
        self.env = env(context={**env.context, **QUIET})
        self.moves: dict[str, int] = {}
        self.accounts: dict[int, object] = {}
        self.journals: dict[int, object] = {}

    def post(self, invoices: list[Invoice]) -> None:
        """Create and post invoices; put the disputed ones on hold."""
        by_company = defaultdict(list)
        for invoice in invoices:
            by_company[invoice.company].append(invoice)
        for company, group in by_company.items():
            moves = self.env["account.move"].with_company(company)
            created = moves.create([self.invoice_values(one) for one in group])
            created.action_post()
            holds = []
            for invoice, move in zip(group, created, strict=True):
                self.moves[invoice.key] = move.id
                if invoice.is_disputed:
                    holds.append({"move_id": move.id, "reason": "dispute"})
            self.env["collection.hold"].create(holds)

    def invoice_values(self, invoice: Invoice) -> dict:
        line = {
            "name": "Prestations",
            "quantity": 1,
            "price_unit": float(invoice.amount),
            "tax_ids": [(5,)],
        }
        values = {
            "move_type": "out_invoice",
            "company_id": invoice.company.id,
            "partner_id": invoice.partner.id,
            "invoice_date": invoice.day,
            "date": invoice.day,
            "currency_id": invoice.currency.id,
            "invoice_line_ids": [(0, 0, line)],
        }
        if "invoice_payment_term_id" not in invoice.values:
            values["invoice_date_due"] = invoice.due
            values["invoice_payment_term_id"] = False
        return {**values, **invoice.values}

    def pay(self, payments: list[Payment]) -> None:
        """Book payments on bank lines; match those that name an invoice."""
        matched = [one for one in payments if one.key in self.moves]
        free = [one for one in payments if one.key is None]
        values = [self.bank_values(one) for one in matched + free]
        lines = self.env["account.bank.statement.line"].create(values)
        plan = []
        for payment, line in zip(matched, lines, strict=False):
            move = self.env["account.move"].browse(self.moves[payment.key])
            claim = self.receivable_lines(move)
            account = claim.account_id
            credit = line.move_id.line_ids.filtered(
                lambda item, account=account: item.account_id == account
            )
            plan.append(claim + credit)
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)

    def bank_values(self, payment: Payment) -> dict:
        values = {
            "journal_id": self.bank_journal(payment.company).id,
            "date": payment.day,
            "payment_ref": payment.label or "Virement",
            "amount": float(payment.amount or 0),
            "partner_id": payment.partner.id,
        }
        if payment.key is None:
            return values
        move = self.env["account.move"].browse(self.moves[payment.key])
        claim = self.receivable_lines(move)
        residual = sum(claim.mapped("amount_residual_currency"))
        amount = float(payment.amount) if payment.amount else residual
        values.update(
            amount=amount,
            payment_ref=payment.label or move.name,
            counterpart_account_id=claim.account_id.id,
        )
        if move.currency_id != payment.company.currency_id:
            rate = sum(claim.mapped("amount_residual")) / residual
            values.update(
                foreign_currency_id=move.currency_id.id,
                amount_currency=amount,
                amount=payment.company.currency_id.round(amount * rate),
            )
        return values

    def bank_line(self, company, day, label="Frais bancaires", amount=-1.0) -> None:
        """Book a bank line that pays nothing: the bank is up to date."""
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal(company).id,
                "date": day,
                "payment_ref": label,
                "amount": amount,
            }
        )

    @staticmethod
    def receivable_lines(move):
        """Return the open instalments of an invoice, the oldest first."""
        lines = move.line_ids.filtered(
            lambda item: (
                item.account_id.account_type == "asset_receivable"
                and not item.reconciled
            )
        )
        return lines.sorted(lambda item: (item.date_maturity or item.date, item.id))

    def bank_journal(self, company):
        if company.id not in self.journals:
            self.journals[company.id] = self.env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
            )
        return self.journals[company.id]

    # === EVENTS OF THE DEMO === #

    def move(self, key: str):
        return self.env["account.move"].browse(self.moves[key])

    def exclude(self, key: str) -> None:
        """Exclude an invoice from follow-up in the ledger."""
        self.move(key).no_followup = True

    def hold(self, key: str, day, end) -> None:
        """Put an invoice on hold until a day."""
        self.env["collection.hold"].create(
            {
                "move_id": self.moves[key],
                "reason": "agreement",
                "date_start": day,
                "date_end": end,
                "note": "Règlement annoncé par téléphone.",
            }
        )

    def receive_unmatched(self, company, day, key: str) -> None:
        """Import a bank line that pays an invoice; nobody matches it."""
        move = self.move(key)
        self.pay(
            [
                Payment(
                    company,
                    move.partner_id,
                    day,
                    amount=Decimal(str(move.amount_residual)),
                    label=f"VIR {move.name}",
                )
            ]
        )

    def credit_note(self, key: str, day, amount: Decimal) -> None:
        """Post a credit note and match it with its invoice."""
        move = self.move(key)
        claim = self.receivable_lines(move)
        note = self.refund(move.company_id, move.partner_id, day, amount, move.name)
        credit = note.line_ids.filtered(
            lambda item: item.account_id in claim.account_id
        )
        (claim + credit).reconcile()

    def free_credit(self, company, partner, day, amount: Decimal) -> None:
        """Post a credit note that nobody matches."""
        self.refund(company, partner, day, amount, "Remise de fin d'année")

    def refund(self, company, partner, day, amount: Decimal, ref: str):
        invoice = Invoice("", company, partner, day, day, amount, company.currency_id)
        values = {
            **self.invoice_values(invoice),
            "move_type": "out_refund",
            "ref": ref,
        }
        note = self.env["account.move"].with_company(company).create(values)
        note.action_post()
        return note

    def retain(self, key: str, day, share: Decimal) -> None:
        """Move a retention to its own account."""
        move = self.move(key)
        claim = self.receivable_lines(move)
        accounts = self.env["account.account"].with_company(move.company_id)
        retention = accounts.search(
            [
                ("collection_nature", "=", "retention"),
                ("company_ids", "in", move.company_id.id),
            ],
            limit=1,
        )
        amount = move.company_id.currency_id.round(move.amount_total * float(share))
        entry = self.env["account.move"].create(
            {
                "journal_id": self.env["account.journal"]
                .search(
                    [("type", "=", "general"), ("company_id", "=", move.company_id.id)],
                    limit=1,
                )
                .id,
                "date": day,
                "ref": f"Retenue de garantie {move.name}",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": retention.id,
                            "partner_id": move.partner_id.id,
                            "debit": amount,
                            "date_maturity": day + relativedelta(years=1),
                        },
                    ),
                    (
                        0,
                        0,
                        {
                            "account_id": claim.account_id.id,
                            "partner_id": move.partner_id.id,
                            "credit": amount,
                        },
                    ),
                ],
            }
        )
        entry.action_post()
        credit = entry.line_ids.filtered("credit")
        (claim + credit).reconcile()
