# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.rendering_tools import parse_inline_template

from ..core.sms_text import (
    LIMIT,
    debt_words,
    foreign_characters,
    has_balanced_brackets,
)

OURS = "collection.followup"


class SmsTemplate(models.Model):
    """Texts of follow-ups by SMS: words only, in characters that every phone shows.

    What stands in ``[square brackets]`` is left out, from the end, when the message
    would be longer than 160 characters.
    """

    _inherit = "sms.template"

    collection_hint = fields.Html(
        "Collection", compute="_compute_collection_hint", sanitize=False
    )

    @api.depends("body", "model")
    @api.depends_context("lang", "company")
    def _compute_collection_hint(self):
        """Say what may be used, how long it gets, and who gets another text."""
        followups = self.env[OURS]
        names = sorted(
            followups._get_sms_fields(), key=lambda name: not name.startswith("sms_")
        )
        labels = followups.fields_get(names, ["string"])
        words = [(f"{{{{ object.{name} }}}}", labels[name]["string"]) for name in names]
        for template in self:
            if template.model != OURS:
                template.collection_hint = False
                continue
            example, problem = template._get_example()
            template.collection_hint = self.env["ir.qweb"]._render(
                "account_collection.sms_template_hint",
                {
                    "words": words,
                    "debt": ", ".join(template._get_debt_words()),
                    "example": example,
                    "problem": problem,
                    "length": followups._get_length_text(example),
                },
            )

    def _get_example(self) -> tuple[str, str]:
        """Return the text as it could be, or why it cannot be made."""
        self.ensure_one()
        try:
            return self.env[OURS]._fit_text(self, *self.env[OURS]._get_examples()), ""
        except UserError as error:
            return "", str(error)

    # === THE TEXT === #

    def _get_parts(self) -> tuple[str, list[str]]:
        """Return the text without its words, and the words."""
        parts = parse_inline_template(self.body or "")
        text = "".join(f"{string}{default}" for string, _word, default in parts)
        return text, [word for _string, word, _default in parts if word]

    def _get_debt_words(self) -> list[str]:
        """Return what of the text tells of a debt: its own words, and ours."""
        self.ensure_one()
        text, words = self._get_parts()
        discreet = {f"object.{name}" for name in self.env[OURS]._get_discreet_fields()}
        return debt_words(text) + [word for word in words if word not in discreet]

    def _get_text_error(self) -> str | None:
        """Return why the text cannot be sent, None when it can."""
        self.ensure_one()
        text, words = self._get_parts()
        known = {f"object.{name}" for name in self.env[OURS]._get_sms_fields()}
        unknown = [word for word in words if word not in known]
        if unknown:
            return self.env._(
                "“%(word)s” is not a word of text messages. Those are: %(words)s.",
                word=unknown[0],
                words=", ".join(sorted(known)),
            )
        if not has_balanced_brackets(text):
            return self.env._(
                "a square bracket is missing, or an optional part lies in another one."
            )
        foreign = foreign_characters(text)
        if foreign:
            return self.env._(
                "a text message cannot carry: %(characters)s",
                characters=" ".join(foreign),
            )
        if len(text) > 2 * LIMIT:
            return self.env._("a text message holds %(count)s characters.", count=LIMIT)
        return None

    @api.constrains("body", "model_id")
    def _check_collection_text(self):
        for template in self.filtered(lambda one: one.model == OURS):
            error = template._get_text_error()
            if error:
                raise ValidationError(
                    self.env._(
                        "Text message “%(template)s”: %(error)s",
                        template=template.name,
                        error=error,
                    )
                )

    def _update_field_translations(self, field_name, translations, *args, **options):
        """A translation is checked like the text itself."""
        result = super()._update_field_translations(
            field_name, translations, *args, **options
        )
        for lang in translations:
            self.with_context(lang=lang)._check_collection_text()
        return result
