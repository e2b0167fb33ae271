# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from markupsafe import Markup

from odoo import fields, models

from ..core.figures import Figures

#: stands for the link of a line until the mail is made: a text that is only looked at
#: must not let its reader answer in the colleague's name
PLACEHOLDER = re.compile(r'href="#answer-(\d+)"')
INTERNAL_WORDS = ("internal_table", "internal_step_text", "internal_subject_text")
LINK = re.compile(r"[^\"]*/collection/answer/[\w-]+")


class CollectionFollowup(models.Model):
    """Messages to colleagues: who, what, what will follow and when, and the answers.

    They are follow-ups like the others (planned, checked, sent once, proved), but tell
    a colleague about its own invoices; the debtor reaches no level by them.
    """

    _inherit = "collection.followup"

    debtor_text = fields.Char(compute="_compute_texts")
    internal_table = fields.Html(compute="_compute_texts", sanitize=False)
    internal_step_text = fields.Char(compute="_compute_texts")
    internal_subject_text = fields.Char(compute="_compute_texts")

    def _get_words(self, figures, history, facts) -> dict:
        words = super()._get_words(figures, history, facts)
        words.update(dict.fromkeys(INTERNAL_WORDS, False))
        words["debtor_text"] = self.debtor_id.name
        if self.is_internal:
            level, day = self._get_next_step(figures, facts)
            words.update(
                internal_table=self._render_internal(figures),
                internal_step_text=self._get_internal_step(level, day),
                internal_subject_text=self._get_internal_subject(words, level, day),
            )
        return words

    def _get_internal_subject(self, words: dict, level, day) -> str:
        values = {"debtor": self.debtor_id.name, "total": words["total_text"]}
        if not day:
            return self.env._("%(debtor)s: %(total)s overdue", **values)
        return self.env._(
            "%(debtor)s: %(total)s overdue – %(level)s on %(date)s",
            level=level.name,
            date=self._format_day(day),
            **values,
        )

    def _get_internal_step(self, level, day) -> str:
        """Return in one sentence what will follow."""
        if not day:
            return self.env._("No further step is planned.")
        return self.env._(
            "What follows: %(level)s on %(date)s, unless it is paid or you tell us "
            "otherwise by then.",
            level=level.name,
            date=self._format_day(day),
        )

    def _render_internal(self, figures: Figures) -> Markup:
        """Return the table of the colleague's lines, with a place for each link."""
        words = self._get_formatter()
        rows = [
            {
                "document": item.document,
                "reference": item.reference,
                "due": words.day(item.date_due),
                "days": item.days_overdue if item.is_late else "",
                "balance": words.amount(item.due, item.currency_id),
                "href": f"#answer-{item.id}",
            }
            for item in figures.claimed + figures.upcoming
        ]
        return self.env["ir.qweb"]._render(
            "account_collection.internal_items",
            {
                "rows": rows,
                "totals": [
                    words.amount(total, key) for key, total in figures.totals().items()
                ],
            },
        )

    def _get_colleague(self):
        """Return the user whom an internal follow-up tells."""
        self.ensure_one()
        users = self.recipient_id.sudo().with_context(active_test=False).user_ids
        return users._filter_collection_colleagues(self.company_id)[:1]

    def _prepare_mail_vals(self, template, subject: str, body: Markup) -> dict:
        """Put the colleague's links into the mail, and nowhere else."""
        if self.is_internal:
            links = self.env["collection.answer.link"]
            user = self._get_colleague()
            body = Markup(
                PLACEHOLDER.sub(
                    lambda found: (
                        f'href="{links._get_url(user.id, int(found[1]), self)}"'
                    ),
                    body,
                )
            )
        return super()._prepare_mail_vals(template, subject, body)

    def _get_mail_stop_reason(self, figures) -> str | None:
        if self.is_internal and not self._get_colleague():
            return self.env._(
                "%s does not work here any more.", self.recipient_id.display_name
            )
        return super()._get_mail_stop_reason(figures)

    def _get_preview_html(self) -> Markup:
        """Show the message without its links: they answer for the colleague."""
        return Markup(LINK.sub("#", super()._get_preview_html()))

    def _get_answer_line_ids(self) -> list[int]:
        """Return the journal items on which the mail asks, in its order."""
        self.ensure_one()
        counted = self.line_ids.filtered("counted")
        return counted.sorted(lambda line: (line.date_due, line.id)).move_line_id.ids
