# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

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
    words = fields.Text("What was said", compute="_compute_words")
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

    @api.depends("kind", "difficulty", "date", "comment")
    @api.depends_context("lang")
    def _compute_words(self):
        for note in self:
            note.words = note._get_words()

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
        if not todo:
            return
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
        done = activities - left.activity_id
        if done:
            done.action_feedback()

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
