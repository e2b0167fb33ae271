# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import plaintext2html

KINDS = [
    ("comment", "Comment"),
    ("will_call", "I call them"),
    ("date", "Payment expected"),
    ("dispute", "The customer disputes it"),
    ("difficulty", "Difficulty"),
]
DIFFICULTIES = [
    ("cash", "Cash difficulty"),
    ("dissatisfied", "Dissatisfied, a dispute is coming"),
    ("contact", "Change of contact or owner"),
    ("insolvency", "Rumour of insolvency"),
    ("other", "Other"),
]
#: an answer says when, or says something
DATED_KINDS = ("will_call", "date")
#: longest comment, in characters
COMMENT_LENGTH = 2000
#: how far ahead a day may lie
DAYS_AHEAD = 366


class CollectionSalesNote(models.Model):
    """What a colleague who does not collect says about a debtor or an invoice.

    It comes by the link of a mail or by the button "Report a difficulty", is new until
    a collector deals with it, and decides nothing by itself: a dispute proposes a
    hold. Written with rights of its own; who writes reads nothing of the file.
    """

    _name = "collection.sales.note"
    _description = "Word from sales"
    _check_company_auto = True
    _order = "state desc, id desc"
    _rec_name = "comment"

    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    debtor_id = fields.Many2one(related="file_id.debtor_id", store=True, index=True)
    collector_id = fields.Many2one(related="file_id.collector_id")
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        "Instalment",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        "res.users",
        "Author",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    source = fields.Selection(
        [("mail", "Link of a mail"), ("button", "Button")], required=True, readonly=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    difficulty = fields.Selection(DIFFICULTIES, readonly=True)
    date = fields.Date("Day", readonly=True, help="Of the call or of the payment.")
    comment = fields.Text(readonly=True)
    # Last in the alphabet first: what is new stands above what is handled.
    state = fields.Selection(
        [("new", "New"), ("handled", "Handled")],
        required=True,
        readonly=True,
        default="new",
    )
    handled_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    handled_on = fields.Datetime(readonly=True)
    hold_id = fields.Many2one("collection.hold", readonly=True, ondelete="set null")
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )

    _new_idx = models.Index("(company_id, create_date) WHERE state = 'new'")

    @api.depends("kind", "user_id", "move_id", "debtor_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for note in self:
            target = note.move_id.name or note.debtor_id.name or ""
            note.display_name = f"{note._get_kind_label()} – {target}"

    def _get_kind_label(self) -> str:
        name = "difficulty" if self.difficulty else "kind"
        labels = dict(self._fields[name]._description_selection(self.env))
        return labels.get(self[name], "")

    def _get_words(self) -> str:
        """Return the note in one line: what, when, and the author's words."""
        self.ensure_one()
        words = self._get_kind_label()
        if self.date:
            day = self.env["collection.followup"]._format_day(self.date)
            words = self.env._("%(kind)s on %(date)s", kind=words, date=day)
        return " – ".join(filter(None, [words, self.comment]))

    # === WRITING === #

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
        words = Markup("<p><strong>%s</strong> %s</p>%s") % (
            self.user_id.name,
            reader.display_name,
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

    # === DEALING WITH IT === #

    def _assert_collector(self):
        """Refuse who may not work the debtor.

        :raise AccessError: not a collector, or somebody else's portfolio
        """
        if self.env.su:
            return
        if not self.env.user.has_group("account_collection.group_collection_user"):
            raise AccessError(
                self.env._("Only collectors may do this: ask your administrator.")
            )
        self.check_access("read")
        self.file_id.check_access("write")

    def action_handle(self):
        """Mark the notes as dealt with; their tasks are done with the last of them."""
        self._assert_collector()
        self._set_handled()

    def _set_handled(self):
        todo = self.filtered(lambda note: note.state == "new")
        todo.sudo().write(
            {
                "state": "handled",
                "handled_by_id": self.env.uid,
                "handled_on": fields.Datetime.now(),
            }
        )
        activities = todo.sudo().activity_id.filtered("active")
        left = self.sudo().search(
            [("activity_id", "in", activities.ids), ("state", "=", "new")]
        )
        (activities - left.activity_id).action_feedback()

    def action_hold(self):
        """Put the invoice in dispute, as its salesperson says: a person decides."""
        self.ensure_one()
        self._assert_collector()
        if self.kind != "dispute" or not self.move_id:
            raise UserError(
                self.env._(
                    "%s names no disputed invoice: put the debtor or the invoice on "
                    "hold from the file.",
                    self.display_name,
                )
            )
        holds = self.env["collection.hold"]
        current = holds.search(
            [("move_id", "=", self.move_id.id), ("reason", "=", "dispute")], limit=1
        )
        self.sudo().hold_id = current or holds.create(
            {
                "move_id": self.move_id.id,
                "debtor_id": self.debtor_id.id,
                "company_id": self.company_id.id,
                "reason": "dispute",
                "note": self.env._(
                    "%(author)s: %(comment)s",
                    author=self.user_id.name,
                    comment=self.comment,
                ),
            }
        )
        self._set_handled()


class CollectionDebtor(models.Model):
    _inherit = "collection.debtor"

    sales_note_ids = fields.One2many(
        "collection.sales.note", "file_id", "Words from sales"
    )
