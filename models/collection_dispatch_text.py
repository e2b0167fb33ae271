# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from typing import NamedTuple

from markupsafe import Markup, escape

from odoo import fields, models
from odoo.exceptions import UserError

from ..core.statement import Statement

#: documents that a text names one by one; above, it says how many they are
DOCUMENTS_NAMED = 3
TEMPLATES = {
    "duplicate": "account_collection.mail_template_dispatch_duplicate",
    "statement": "account_collection.mail_template_dispatch_statement",
    "proof": "account_collection.mail_template_dispatch_proof",
    "monthly": "account_collection.mail_template_dispatch_monthly",
}


class DispatchReading(NamedTuple):
    """What the texts of a batch are made of, read once.

    :param statements: document -> the account that its text shows
    :param facts: company -> what all its statements share
    """

    statements: dict[int, Statement]
    facts: dict


class CollectionDispatch(models.Model):
    """The words that the texts of documents may use: ``object.<field>``.

    As for follow-ups: plain fields in the recipient's language, so that who edits a
    text needs no right on code, and a debtor's data can never be run as code.
    """

    _name = "collection.dispatch"
    _inherit = ["collection.dispatch", "collection.words"]

    salutation = fields.Char(compute="_compute_texts")
    subject_text = fields.Char(compute="_compute_texts")
    date_text = fields.Char(compute="_compute_texts")
    month_text = fields.Char(compute="_compute_texts")
    documents_list = fields.Html(compute="_compute_texts", sanitize=False)
    totals_table = fields.Html(compute="_compute_texts", sanitize=False)
    personal_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    bank_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    payment_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    privacy_paragraph = fields.Html(compute="_compute_texts", sanitize=False)
    signature_block = fields.Html(compute="_compute_texts", sanitize=False)

    def _get_reading(self) -> DispatchReading:
        """Read what the texts are made of; see ``DispatchReading``."""
        model = self.env["collection.statement"].sudo()
        statements = {}
        for company, group in self.grouped("company_id").items():
            found = model._read(company, group.debtor_id.ids)
            statements.update({one.id: found[one.debtor_id.id] for one in group})
        facts = {company: model._get_facts(company) for company in self.company_id}
        return DispatchReading(statements, facts)

    def _set_texts(self, reading: DispatchReading) -> None:
        """Set all the words of a batch, in the language of each document."""
        words = [self._fields[name] for name in self._get_text_fields()]
        with self.env.protecting(words, self):
            for lang, group in self.grouped("lang").items():
                for dispatch in group.with_context(lang=lang or self.env.user.lang):
                    values = dispatch._get_words(
                        reading.statements[dispatch.id],
                        reading.facts[dispatch.company_id],
                    )
                    record = self.browse(dispatch.id)
                    for name, value in values.items():
                        record[name] = value

    def _get_words(self, statement: Statement, facts: dict) -> dict:
        """Return the words of one document; the environment has its language."""
        self.ensure_one()
        model = self.env["collection.statement"].sudo()
        paper = self.env["collection.paper"]
        words = model._get_formatter()
        known = facts["bank_day"]
        bank_paragraph = Markup()
        if known:
            text = self.env._(
                "Payments received after %(date)s are not taken into account.",
                date=words.day(min(known, statement.date), is_long=True),
            )
            bank_paragraph = Markup("<p>%s</p>") % text
        return {
            "salutation": self._get_salutation(),
            "subject_text": self._get_subject_text(statement, words),
            "date_text": words.day(statement.date, is_long=True),
            "month_text": words.month(self.month or statement.date),
            "documents_list": self._get_documents_list(),
            "totals_table": self._get_totals_table(statement, words),
            "personal_paragraph": self._get_personal_paragraph(),
            "bank_paragraph": bank_paragraph,
            "payment_paragraph": paper._render_payment(
                self.company_id, facts["bank"], self._get_reference(statement)
            ),
            "privacy_paragraph": paper._render_privacy(self.debtor_id, self.company_id),
            "signature_block": paper._render_signature(
                self._get_signatory(), self.company_id
            ),
        }

    # === PIECES === #

    def _get_signatory(self):
        """Return who signs: who sends, else the collector, else the manager."""
        self.ensure_one()
        return (
            self.user_id
            or self.file_id.collector_id
            or self.company_id.collection_manager_id
        ).sudo()

    def _get_salutation(self) -> str:
        person = self.recipient_id
        if person and not person.is_company:
            return self.env._("Dear %(name)s,", name=person.name)
        return self.env._("Dear Sir or Madam,")

    def _get_moves(self):
        """Return the invoices that the documents concern."""
        return self.document_ids.move_id

    def _get_subject_text(self, statement, words) -> str:
        if self.kind == "statement":
            day = words.day(statement.date, is_long=True)
            return self.env._("Statement of your account at %(date)s", date=day)
        numbers = [move.name for move in self._get_moves()]
        documents = ", ".join(numbers)
        if not 0 < len(numbers) <= DOCUMENTS_NAMED:
            documents = self.env._("%(count)s invoices", count=len(numbers))
        if self.kind == "duplicate":
            return self.env._("Duplicate: %(documents)s", documents=documents)
        return self.env._("Order and delivery: %(documents)s", documents=documents)

    def _get_reference(self, statement) -> str:
        """Return what the debtor quotes when it pays."""
        numbers = [move.name for move in self._get_moves()]
        if self.kind != "statement" and 0 < len(numbers) <= DOCUMENTS_NAMED:
            return " ".join(numbers)
        return self.env["collection.statement"]._get_reference(statement)

    def _get_documents_list(self) -> Markup:
        rows = Markup("").join(
            Markup("<li>%s</li>") % document.name for document in self.document_ids
        )
        return Markup("<ul>%s</ul>") % rows if rows else Markup()

    def _get_totals_table(self, statement, words) -> Markup:
        """Return the totals of the account, one table for each currency."""
        model = self.env["collection.statement"]
        tables = [
            [
                (label, words.amount(amount, account.currency_id), is_strong)
                for label, amount, is_strong in model._get_totals(account)
            ]
            for account in statement.accounts
        ]
        return self.env["ir.qweb"]._render(
            "account_collection.statement_totals", {"tables": tables}
        )

    def _get_personal_paragraph(self) -> Markup:
        if not self.message:
            return Markup()
        lines = Markup("<br/>").join(map(escape, self.message.strip().splitlines()))
        return Markup("<p>%s</p>") % lines

    # === RENDERING === #

    def _get_template(self):
        """Return the e-mail template of a document's kind.

        :raise UserError: it was deleted
        """
        self.ensure_one()
        key = "monthly" if self.origin == "monthly" else self.kind
        template = self.env.ref(TEMPLATES[key], raise_if_not_found=False)
        if not template:
            raise UserError(
                self.env._(
                    "The text “%s” was deleted: update the add-on to have it again.",
                    TEMPLATES[key],
                )
            )
        return template

    def _render_batch(self, template, lang, reading) -> dict[int, tuple[str, Markup]]:
        """Return document -> subject and body, of one text in one language.

        :raise UserError: the text cannot be made for one of them
        """
        self._set_texts(reading)
        template = template.sudo().with_context(lang=lang)
        try:
            subjects = template._render_field("subject", self.ids, set_lang=lang)
            bodies = template._render_field("body_html", self.ids, set_lang=lang)
        except UserError:
            raise
        except Exception as error:
            raise UserError(str(error)) from error
        return {key: (subjects[key], Markup(bodies[key])) for key in self.ids}
