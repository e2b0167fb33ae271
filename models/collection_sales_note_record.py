# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import plaintext2html

from .collection_sales_note import KINDS

#: an answer says when, or says something
DATED_KINDS = ("will_call", "date")
#: longest comment, in characters
COMMENT_LENGTH = 2000
#: how far ahead a day may lie
DAYS_AHEAD = 366


class CollectionSalesNote(models.Model):
    """How what a colleague says is checked, kept and passed on."""

    _inherit = "collection.sales.note"

    @api.model
    def _get_problem(self, values: dict, today: datetime.date) -> str | None:
        """Return what is missing or wrong in an answer, None when it may be kept.

        :param values: kind, date, comment
        :param today: the company's day
        """
        kind, date = values.get("kind"), values.get("date")
        comment = (values.get("comment") or "").strip()
        if kind not in dict(KINDS):
            return self.env._("Choose what you want to say.")
        if len(comment) > COMMENT_LENGTH:
            return self.env._(
                "The comment has %(length)s characters: shorten it to %(most)s.",
                length=len(comment),
                most=COMMENT_LENGTH,
            )
        if kind in DATED_KINDS and not date:
            return self.env._("Give the day: without it nobody can be reminded.")
        if kind not in DATED_KINDS and not comment:
            return self.env._("Write a few words: an empty answer helps nobody.")
        if date and date < today:
            return self.env._("This day is past: choose today or a later day.")
        if date and (date - today).days > DAYS_AHEAD:
            return self.env._("This day is more than a year away: check the year.")
        return None

    @api.model
    def _record(self, user, company, partner, source: str, **values):
        """Keep what a colleague says, tell who follows the debtor, log it.

        The same words about the same thing, sent twice on a day, are kept once.

        :param user: the author, whose right to say it the caller has checked
        :param values: kind, difficulty, date, comment, move_id, move_line_id
        :raise ValidationError: what is missing or wrong
        """
        notes = self.with_user(user).sudo().with_company(company)
        notes = notes.with_context(
            allowed_company_ids=company.ids, mail_activity_quick_update=True
        )
        company = company.with_env(notes.env)
        problem = notes._get_problem(values, company._get_collection_today())
        if problem:
            raise ValidationError(problem)
        file = notes.env["collection.debtor"]._get_file(company, partner)
        values = {
            "file_id": file.id,
            "company_id": company.id,
            "user_id": user.id,
            "source": source,
            "move_id": False,
            "date": False,
            "difficulty": False,
            **values,
            "comment": (values.get("comment") or "").strip(),
        }
        start = fields.Datetime.now() - datetime.timedelta(days=1)
        same = [(name, "=", value) for name, value in values.items()]
        found = notes.search(
            [*same, ("state", "=", "new"), ("create_date", ">=", start)], limit=1
        )
        if found:
            return found
        note = notes.create(values)
        note._tell_collector()
        notes.env["collection.act"]._log("sales", file, note=note._get_words())
        return note

    def _tell_collector(self):
        """Give who follows the debtor a task with the words, without an e-mail.

        What is said for the same day joins the task that is still open.
        """
        self.ensure_one()
        file = self.file_id
        manager = self.company_id.with_user(SUPERUSER_ID)._get_collection_manager()
        user = (file.collector_id or manager).sudo()
        reader = self.with_context(lang=user.lang or self.env.lang)
        day = self.date or self.company_id._get_collection_today()
        about = f" ({self.move_id.name})" if self.move_id else ""
        words = Markup("<p><strong>%s</strong>%s</p>%s") % (
            self.user_id.name,
            about,
            plaintext2html(reader._get_words()),
        )
        open_notes = self.search(
            [("file_id", "=", file.id), ("state", "=", "new"), ("id", "!=", self.id)]
        )
        activity = open_notes.activity_id.filtered(
            lambda one: one.active and one.date_deadline == day and one.user_id == user
        )[:1]
        if activity:
            activity.note = (activity.note or Markup()) + words
        else:
            activity = file.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=day,
                user_id=user.id,
                summary=reader.env._("Word from sales: %s", reader._get_kind_label()),
                note=words,
            )
        self.activity_id = activity
