# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: seconds during which the author may take an act back
UNDO_SECONDS = 30
#: seconds within which an act counts as just done
JUST_DONE = 15
#: what an act may be; modules that add acts add their kind
KINDS = [
    ("postpone", "Postponed"),
    ("call", "Called"),
    ("no_answer", "Called, no answer"),
    ("hold", "Put on hold"),
    ("release", "Hold ended"),
    ("confirm", "Confirmed"),
    ("cancel", "Cancelled"),
    ("retry", "Sent again"),
    ("skip", "Step skipped"),
    ("repeat", "Step to be repeated"),
    ("perform", "Recorded"),
    ("edit", "Message edited"),
    ("assign", "Collector changed"),
    ("scenario", "Scenario changed"),
    ("contact", "Contact changed"),
    ("document", "Document sent"),
    ("claim", "Late fees"),
    ("notice", "Formal notice ordered"),
    ("portal", "Looked up on a portal"),
    ("note", "Note"),
    ("post_event", "Post recorded"),
    ("post_delete", "Event of the post deleted"),
    ("sales", "Word from sales"),
]


class CollectionAct(models.Model):
    """What a person did about a debtor: kept for ever, taken back for a few seconds.

    One record for each debtor file; those of one click share their batch and are
    undone together. ``data`` holds what undoing needs, read by ``_undo_<kind>``.
    """

    _name = "collection.act"
    _description = "Act of a person"
    _order = "id desc"
    _rec_name = "kind"

    file_id = fields.Many2one(
        "collection.debtor", "Debtor file", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Author", required=True, ondelete="restrict")
    date = fields.Datetime(required=True)
    kind = fields.Selection(KINDS, required=True)
    note = fields.Text()
    followup_ids = fields.Many2many("collection.followup", string="Follow-ups")
    batch = fields.Char(required=True, index=True)
    data = fields.Json()
    undo_until = fields.Datetime(help="Until when the author may take it back.")
    undone_on = fields.Datetime()

    _file_idx = models.Index("(file_id, date)")
    _last_idx = models.Index("(user_id, id DESC)")

    @api.model
    def _log(self, kind, files, note=None, data=None, seconds=UNDO_SECONDS):
        """Keep that the user did something about debtor files.

        :param kind: a key of ``KINDS``
        :param files: collection.debtor records
        :param note: words of the author, or {file id: words}
        :param data: {file id: dict for JSON} with what ``_undo_<kind>`` needs; None =
            the act cannot be taken back
        :param seconds: how long the author may take it back
        """
        now = fields.Datetime.now()
        until = now + datetime.timedelta(seconds=seconds)
        batch = self.env.context.get("collection_batch") or secrets.token_hex(8)
        notes = note if isinstance(note, dict) else dict.fromkeys(files.ids, note)
        return self.sudo().create(
            [
                {
                    "file_id": file.id,
                    "company_id": file.company_id.id,
                    "user_id": self.env.uid,
                    "date": now,
                    "kind": kind,
                    "note": notes.get(file.id),
                    "batch": batch,
                    "data": data and data.get(file.id),
                    "undo_until": until if data and data.get(file.id) else False,
                }
                for file in files.sudo()
            ]
        )

    @api.model
    def _find_last(self, is_any: bool = False):
        """Return the user's last act with everything done by the same click.

        :param is_any: also an act that cannot be taken back
        """
        domain = [("user_id", "=", self.env.uid)]
        if not is_any:
            domain.append(("undo_until", "!=", False))
        last = self.sudo().search(domain, limit=1)
        return self.sudo().search([("batch", "=", last.batch)]) if last else self

    @api.model
    def get_last(self) -> dict:
        """Return what the user has just done, for the offer to take it back.

        Empty when it was longer ago than a click and its answer take.
        """
        acts = self._find_last(is_any=True)
        just = fields.Datetime.now() - datetime.timedelta(seconds=JUST_DONE)
        if not acts or acts[0].undone_on or acts[0].date < just:
            return {}
        return acts._get_answer()

    def _get_answer(self) -> dict:
        """Return what the worklist shows after the acts of one click."""
        acts = self.sudo()
        undoable = acts.filtered("undo_until")[:1]
        return {
            "batch": undoable.batch,
            "label": acts._get_label() if acts else "",
            "count": len(acts.file_id),
            "seconds": undoable and (undoable.undo_until - undoable.date).seconds or 0,
        }

    @api.model
    def undo_last(self) -> dict:
        """Take back the user's last act.

        :return: kind, label and debtor files, for the message that is shown
        :raise UserError: there is none, it is too old, or it changed meanwhile
        """
        acts = self._find_last()
        if acts[:1].undone_on:
            raise UserError(self.env._("Your last act was already taken back."))
        return acts._undo()

    @api.model
    def undo(self, batch: str) -> dict:
        """Take back the acts of one click of the user; see ``undo_last``."""
        return self.sudo().search([("batch", "=", str(batch))])._undo()

    def _undo(self) -> dict:
        todo = self.sudo().filtered(lambda act: not act.undone_on and act.undo_until)
        if not todo:
            raise UserError(self.env._("There is nothing to take back."))
        if todo.user_id.ids != [self.env.uid]:
            raise AccessError(self.env._("Only its author may take an act back."))
        now = fields.Datetime.now()
        if min(todo.mapped("undo_until")) < now:
            raise UserError(
                self.env._("It is too late to take this back: %s.", todo._get_label())
            )
        for kind, acts in todo.grouped("kind").items():
            getattr(acts, f"_undo_{kind}")()
        todo.undone_on = now
        return {
            "kind": todo[0].kind,
            "label": todo._get_label(),
            "files": todo.file_id.ids,
        }

    def _get_label(self) -> str:
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return labels[self[:1].kind]

    def _restore(self) -> None:
        """Write back the values that the files had before the act."""
        for act in self:
            act.file_id.sudo().write(act.data["before"])

    def _undo_postpone(self):
        self._restore()

    def _undo_assign(self):
        self._restore()

    def _undo_scenario(self):
        self._restore()
