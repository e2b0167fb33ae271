# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.rendering_tools import parse_inline_template

from ..core.figures import Figures, Item
from ..core.sms_text import LIMIT, TextTooLong, fit, foreign_characters, length, word


class CollectionFollowup(models.Model):
    """The text of an SMS: words in their places, no code, at most 160 characters."""

    _inherit = "collection.followup"

    sms_company = fields.Char("Our name", compute="_compute_texts")
    sms_claim = fields.Char("What is to be paid", compute="_compute_texts")
    sms_link = fields.Char("Link to the page", compute="_compute_texts")
    sms_phone = fields.Char("Our phone", compute="_compute_texts")

    @api.model
    def _get_sms_fields(self) -> list[str]:
        """Return the words of text messages: the plain ones."""
        names = self._get_text_fields()
        return [name for name in names if self._fields[name].type == "char"]

    @api.model
    def _get_discreet_fields(self) -> tuple[str, ...]:
        """Return the words that show no debt on a locked screen."""
        return ("sms_company", "sms_link", "sms_phone", "salutation")

    def _get_words(self, figures, history, facts):
        """Add the words of text messages."""
        names = ("sms_company", "sms_claim", "sms_link", "sms_phone")
        words = dict.fromkeys(names, False)
        if self.channel == "sms":
            words = {
                "sms_company": self.company_id.name,
                "sms_claim": self._get_sms_claim(figures),
                "sms_link": self._get_link(),
                "sms_phone": self._get_sms_phone(),
            }
        return {**super()._get_words(figures, history, facts), **words}

    def _get_short_words(self) -> dict[str, str]:
        """Return the words that can be shorter, shorter."""
        company = self.company_id.sudo()
        phone = self.env["collection.recipient"]._get_short_phone(
            self._get_sms_phone(), company.country_id, self.recipient_address
        )
        name = company.collection_sms_name or company.name
        return {"sms_company": name, "sms_phone": phone}

    def _get_sms_phone(self) -> str:
        """Return the number to answer: of who signs, else the company's.

        The text for private individuals says that calling costs no more than an
        ordinary call: a number that does cost more is not given.
        """
        company = self.company_id.sudo()
        phone = self._get_signatory().partner_id.phone or company.phone or ""
        surcharged = self.env["collection.recipient"]._is_surcharged
        if self.file_id._is_consumer() and surcharged(phone, company.country_id):
            return ""
        return phone

    def _get_sms_claim(self, figures: Figures) -> str:
        """Say in one phrase what is to be paid."""
        words = self._get_formatter()
        late = [item for item in figures.claimed if item.days_overdue > 0]
        items = late or figures.claimed or figures.upcoming
        if not items:
            return ""
        if late and (len(late) > 1 or figures.credits):
            amount = self._join_amounts(figures.totals())
            if len(late) == 1:
                return self.env._(
                    "%(amount)s is still to be paid on your invoice %(document)s, due "
                    "on %(date)s",
                    amount=amount,
                    document=late[0].document,
                    date=words.day(late[0].date_due),
                )
            return self.env._(
                "%(count)s overdue invoices are still to be paid: %(amount)s",
                count=len(late),
                amount=amount,
            )
        if len(items) > 1:
            totals: dict = {}
            for item in items:
                totals[item.currency_id] = totals.get(item.currency_id, 0) + item.due
            return self.env._(
                "%(count)s of your invoices fall due soon: %(amount)s",
                count=len(items),
                amount=self._join_amounts(totals),
            )
        facts = {
            "document": items[0].document,
            "amount": words.plain_amount(items[0].due, items[0].currency_id),
            "date": words.day(items[0].date_due),
        }
        if late:
            return self.env._(
                "your invoice %(document)s of %(amount)s, due on %(date)s, is still to "
                "be paid",
                **facts,
            )
        return self.env._(
            "your invoice %(document)s of %(amount)s falls due on %(date)s", **facts
        )

    def _join_amounts(self, totals: dict) -> str:
        words = self._get_formatter()
        amounts = [words.plain_amount(amount, key) for key, amount in totals.items()]
        return self.env._(" and ").join(amounts)

    # === RENDERING === #

    def _write_texts(self, reading) -> dict[int, str]:
        """Return follow-up -> its text message, in the recipient's language.

        One that cannot be made is marked failed with the reason; the others go on.
        """
        self._set_texts(reading)
        texts = {}
        for group in self.grouped(
            lambda one: (one.step_id, one.lang, one.file_id._is_consumer())
        ).values():
            template = group[0]._get_sms_template()
            for followup in group:
                try:
                    texts[followup.id] = followup._write_text(template)
                except UserError as error:
                    followup._fail_rendering(str(error))
        return texts

    def _get_sms_template(self):
        """Return the text for the step and the debtor, in the recipient's language."""
        self.ensure_one()
        step = self.step_id.with_context(lang=self.lang or self.env.user.lang)
        return step._get_sms_template(self.file_id._is_consumer())

    def _write_text(self, template) -> str:
        """Return the text message of one follow-up.

        :param template: sms.template in the recipient's language
        :raise UserError: there is no text, it is not one, or it does not fit
        """
        self.ensure_one()
        words = {name: self[name] for name in self._get_sms_fields()}
        return self._fit_text(template, words, {**words, **self._get_short_words()})

    @api.model
    def _fit_text(self, template, *words: dict[str, str]) -> str:
        """Return a text with its words, in one message.

        :param words: the same words, ever shorter
        :raise UserError: there is no text, it is not one, or it does not fit
        """
        if not template:
            raise UserError(self.env._("The step and its level have no text."))
        error = template._get_text_error()
        if error:
            raise UserError(
                self.env._(
                    "Text message “%(template)s”: %(error)s",
                    template=template.name,
                    error=error,
                )
            )
        texts = [self._fill_in(template.body, some) for some in words]
        try:
            text = fit(*texts)
        except TextTooLong as problem:
            raise UserError(
                self.env._(
                    "The text message has %(length)s characters, %(limit)s at most: "
                    "shorten “%(template)s”, or give the company a shorter name in "
                    "the settings of collection.",
                    length=problem.length,
                    limit=LIMIT,
                    template=template.name,
                )
            ) from None
        foreign = foreign_characters(text)
        if foreign:
            raise UserError(
                self.env._(
                    "A text message cannot carry %(characters)s: write “%(text)s” in "
                    "other letters.",
                    characters=" ".join(foreign),
                    text=text,
                )
            )
        return text

    @api.model
    def _get_length_text(self, text: str) -> str:
        return self.env._(
            "%(length)s characters of %(limit)s", length=length(text), limit=LIMIT
        )

    @api.model
    def _get_examples(self) -> tuple[dict, dict]:
        """Return the words of an invoice that could be, for who edits a text."""
        company = self.env.company
        due = fields.Date.subtract(company._get_collection_today(), days=30)
        amount = Decimal("1234.50")
        item = Item(
            *(0, "FAC/2026/00123", "", company.currency_id.id, due, due, due, 30),
            *(amount, amount, amount, amount, None),
        )
        words = dict.fromkeys(self._get_sms_fields(), "…")
        words |= {
            "sms_company": company.name,
            "sms_claim": self._get_sms_claim(Figures(claimed=[item])),
            "sms_link": self._get_link(),
            "sms_phone": company.phone,
        }
        name = company.collection_sms_name or company.name
        return words, {**words, "sms_company": name}

    @api.model
    def _fill_in(self, body: str, words: dict[str, str]) -> str:
        """Return a text with its words in their places: nothing of it is ever run."""
        return "".join(
            string
            + (word(words[name.removeprefix("object.")] or default) if name else "")
            for string, name, default in parse_inline_template(body)
        )
