# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models

from ..core.sheets import ROW, Sheets, count_lines
from ..core.statement import BILLS, BUCKETS, MAIN, RETENTIONS, Account, OpenItem

#: characters of a line in the columns that may wrap
DOCUMENT_WIDTH, NOTE_WIDTH, ORDER_WIDTH = 17, 20, 14
#: below the tables of a currency: ages, how to pay, warning; mm
PAYMENT_HEIGHT = 62.0


class CollectionStatement(models.AbstractModel):
    """The words of a statement, in the environment's language: one place for PDF,
    spreadsheet and e-mail."""

    _inherit = "collection.statement"

    @api.model
    def _get_words(self) -> dict[str, str]:
        """Return the fixed words of a statement."""
        env = self.env
        return {
            "title": env._("Statement of account"),
            "our_reference": env._("Our reference:"),
            "document": env._("Document"),
            "order": env._("Your order"),
            "date": env._("Date"),
            "due_date": env._("Due date"),
            "release_date": env._("Release"),
            "maturity": env._("Maturity"),
            "days": env._("Days late"),
            "amount": env._("Amount"),
            "paid": env._("Paid"),
            "balance": env._("Balance"),
            "running": env._("Total"),
            "note": env._("Note"),
            "customer": env._("Customer"),
            "currency": env._("Currency"),
            "totals": env._("Totals"),
            MAIN: env._("Invoices, credit notes and payments"),
            BILLS: env._("Bills of exchange not paid yet"),
            RETENTIONS: env._("Retentions"),
            "due": env._("Due"),
            "not_yet_due": env._("Not due yet"),
            "credits": env._("Credits to be used"),
            "net": env._("Balance of the account"),
            "bills_total": env._("Bills of exchange"),
            "retentions_total": env._("Retentions"),
            "everything": env._("Total open"),
            "examined": env._("of which under examination"),
            "payable": env._("To be paid today"),
            "payable_net": env._("To be paid today, after credits"),
            "ageing": env._("Ageing"),
            "empty": env._("Nothing is open in your account."),
        }

    @api.model
    def _get_bucket_words(self) -> dict[str, str]:
        """Return the label of each age."""
        env = self.env
        words = (
            env._("Not due"),
            env._("1 to 30 days"),
            env._("31 to 60 days"),
            env._("61 to 90 days"),
            env._("More than 90 days"),
        )
        return dict(zip(BUCKETS, words, strict=True))

    @api.model
    def _get_item_note(self, item: OpenItem, money) -> str:
        """Return what is said of an item: what it is, or that it is looked at.

        :param money: function that writes an amount
        """
        env = self.env
        if item.held and not item.is_credit:
            if item.hold_reason == "probable_payment":
                return env._("Payment being checked")
            if item.held == item.balance:
                return env._("Under examination")
            return env._(
                "of which %(amount)s under examination", amount=money(item.held)
            )
        if item.kind == "credit_note":
            return env._("Credit note")
        if item.is_credit:
            return env._("Payment received") if item.kind == "payment" else ""
        return ""

    @api.model
    def _get_sentences(self, company, statement, facts) -> dict[str, str]:
        """Return the sentences around the tables."""
        words = self._get_formatter()
        day = words.day(statement.date, is_long=True)
        known = facts["bank_day"]
        sentences = {
            "place_date": ", ".join(filter(None, [company.city, day])),
            "subject": self.env._("Statement of your account at %(date)s", date=day),
            "intro": self.env._(
                "Here is what stands open in your account with us at %(date)s.",
                date=day,
            ),
            "payments": "",
            "difference": self.env._(
                "If your books say otherwise, please tell us: we will look at it with "
                "you. This statement is for your information and is not a reminder; if "
                "a payment has just left, we thank you for it."
            ),
        }
        if known:
            sentences["payments"] = self.env._(
                "Payments received after %(date)s are not taken into account.",
                date=words.day(min(known, statement.date), is_long=True),
            )
        return sentences

    def _get_formatter(self):
        return self.env["collection.followup"]._get_formatter()

    # === AN ACCOUNT IN WORDS === #

    @api.model
    def _show_account(self, company, statement, account: Account, facts) -> dict:
        """Return what the page shows of one currency, already in words."""
        words = self._get_formatter()
        currency = self.env["res.currency"].browse(account.currency_id)

        def money(amount):
            return words.amount(amount, currency.id)

        def number(amount):
            return words.number(amount, currency.id)

        parts = [
            {
                "code": code,
                "rows": [self._show_line(line, words, number) for line in lines],
            }
            for code, lines in (
                (MAIN, account.main),
                (BILLS, account.bills),
                (RETENTIONS, account.retentions),
            )
            if lines
        ]
        ages = self._get_bucket_words()
        return {
            "currency": currency.name,
            "parts": parts,
            "totals": [
                (label, money(amount), is_strong)
                for label, amount, is_strong in self._get_totals(account)
            ],
            "ages": [
                (ages[code], number(amount)) for code, amount in account.buckets.items()
            ],
            "payment": self._render_payment(company, statement, account, facts),
        }

    @api.model
    def _cut_into_sheets(self, accounts: list[dict]) -> None:
        """Give each part the slices of its rows that stand on one sheet."""
        sheets = Sheets()
        for account in accounts:
            for part in account["parts"]:
                rows = part["rows"]
                slices = sheets.cut([self._count_lines(row) for row in rows])
                part["slices"] = [rows[start:end] for start, end in slices]
            sheets.keep(ROW * len(account["totals"]) + PAYMENT_HEIGHT)

    @staticmethod
    def _count_lines(row: dict) -> int:
        lines = count_lines(row["document"], DOCUMENT_WIDTH)
        if row["note"]:
            lines += count_lines(row["note"], NOTE_WIDTH)
        return max(lines, count_lines(row["order"], ORDER_WIDTH))

    def _show_line(self, line, words, number) -> dict:
        item = line.item
        return {
            "document": item.document,
            "note": self._get_item_note(item, number),
            "order": item.reference,
            "date": words.day(item.date),
            "due": "" if item.is_credit else words.day(item.date_due),
            "days": item.days_late if item.is_late else "",
            "amount": number(item.total),
            "paid": number(item.paid) if item.paid else "",
            "balance": number(item.balance),
            "running": number(line.running),
        }

    @api.model
    def _get_totals(self, account: Account) -> list[tuple]:
        """Return (label, amount, whether it stands out) of a currency's totals."""
        words = self._get_words()
        rows = [(words["due"], account.due, False)]
        if account.examined:
            rows.append((words["examined"], account.examined, False))
        rows += [
            (words["not_yet_due"], account.not_due, False),
            (words["credits"], account.credits, False),
            (words["net"], account.net, True),
        ]
        if account.bills:
            rows.append((words["bills_total"], account.bills_total, False))
        if account.retentions:
            rows.append((words["retentions_total"], account.retentions_total, False))
        if account.bills or account.retentions:
            rows.append((words["everything"], account.balance, True))
        if account.payable:
            key = "payable_net" if account.credits else "payable"
            rows.append((words[key], account.payable, True))
        return rows

    @api.model
    def _render_payment(self, company, statement, account: Account, facts):
        """Return how to pay, with the SEPA QR code of what is due in euro."""
        paper = self.env["collection.paper"]
        reference = self._get_payment_reference(statement, account)
        bank = facts["bank"]
        qr_code = None
        currency = self.env["res.currency"].browse(account.currency_id)
        if currency.name == "EUR":
            debtor = self.env["res.partner"].browse(statement.debtor_id)
            qr_code = paper._get_qr_code(
                bank, account.payable, reference, currency, debtor
            )
        return paper._render_payment(company, bank, reference, qr_code)

    @api.model
    def _get_payment_reference(self, statement, account: Account) -> str:
        """Return what the debtor quotes: the one document due, else the statement."""
        late = [line.item for line in account.main if line.item.is_late]
        if len(late) == 1:
            return late[0].document
        return self._get_reference(statement)
