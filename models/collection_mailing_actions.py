# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CollectionMailing(models.Model):
    """What a person does with a batch: print, post, hand in."""

    _inherit = "collection.mailing"

    def _assert_collector(self):
        """Refuse who may not collect, or may not work on these batches.

        :raise AccessError: the user is not in the collection group
        """
        self.env["collection.followup"]._assert_collector()
        if not self.env.su:
            self.check_access("write")

    @api.model
    def get_waiting(self) -> dict:
        """Return how many letters wait to be printed, for the head of the list."""
        letters = self.env["collection.followup"]
        return {
            "count": letters.search_count(letters._get_unprinted_domain()),
            "is_collector": self.env.user.has_group(
                "account_collection.group_collection_user"
            ),
        }

    # === PRINT === #

    def action_print(self):
        """Open the letters as one PDF, and behind it the batch.

        What was never printed is checked against the ledger first. What was printed
        is opened again as it is, after a paper jam: nothing is marked twice.
        """
        self._assert_collector()
        new = self.filtered(lambda mailing: not mailing.printed_at)
        letters = new.sudo().followup_ids.filtered(lambda one: one._is_waiting())
        letters._recheck_letters()
        return self._print(letters.filtered(lambda one: not one._is_waiting()))

    def _print(self, dropped=None):
        """Mark as printed what was not, return the action that opens the PDF.

        :param dropped: letters that dropped out of the batch just now, to be told
        """
        now = fields.Datetime.now()
        new = self.sudo().filtered(lambda mailing: not mailing.printed_at)
        waiting = new.followup_ids.filtered(lambda one: one._is_waiting())
        waiting.write({"printed_at": now})
        new.filtered(lambda one: one.followup_ids & waiting).printed_at = now
        ready = self.filtered("printed_at")
        return {
            "type": "ir.actions.client",
            "tag": "account_collection.print_mailing",
            "params": {
                "urls": [f"/collection/mailing/{one.id}/letters" for one in ready],
                "warning": self._describe_dropped(dropped),
                "next": self._get_window(),
            },
        }

    @api.model
    def _describe_dropped(self, letters) -> str:
        """Return why letters are not printed, a line each."""
        return "\n".join(
            f"{letter.debtor_id.display_name}: {letter.reason or ''}"
            for letter in letters or ()
        )

    def _get_window(self) -> dict:
        """Return the action that opens the batches, ready to be scanned."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Post"),
            "res_model": self._name,
            "views": [[False, "list"], [False, "form"]],
            "domain": [("id", "in", self.ids)],
        }
        if len(self) == 1:
            action.update(res_id=self.id, views=[[False, "form"]])
        return action

    def action_open_slip(self):
        """Open the list of the registered letters that the post office stamps."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/mailing/{self.id}/slip",
            "target": "new",
        }

    # === POST === #

    def action_open_post(self):
        """Open the form that marks the batch as posted."""
        self._assert_collector()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mark as posted"),
            "res_model": "collection.mailing.post",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_mailing_id": self.id},
        }

    def action_mark_posted(self, date=None):
        """Mark as posted what may be: simple letters, registered ones with a number.

        :param date: day of posting, default today
        :raise UserError: nothing could be marked
        :return: notification that names what is left, None when nothing is
        """
        self._assert_collector()
        letters = self.sudo().followup_ids.filtered(lambda one: one._is_waiting())
        unnumbered = letters._filter_unnumbered()
        todo = letters - unnumbered
        today = self.env["collection.followup"]._get_today()
        rows = [
            {"followup_id": letter.id, "code": "posted", "date": date or today}
            for letter in todo.sorted("mailing_sequence")
        ]
        found = self.env["collection.followup"]._record_postal_events(rows)
        problems = [
            *found.errors.values(),
            *(
                self.env._("%s: its number is missing", letter.debtor_id.display_name)
                for letter in unnumbered.sorted("mailing_sequence")
            ),
        ]
        if not found.events:
            words = self.env._("Nothing here waits to be posted.")
            raise UserError("\n".join(problems) or words)
        found.events._log_act()
        return self._notify_left(problems)

    def _notify_left(self, problems: list[str]):
        if not problems:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not marked as posted"),
                "message": "\n".join(problems),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _find_paid(self) -> dict:
        """Return printed letter -> why it need not leave any more.

        What was printed stays as it is, but who pulls an envelope out of the pile
        spares a debtor a letter about what it has paid.
        """
        letters = self.sudo().followup_ids.filtered(lambda one: one._is_waiting())
        figures = letters._get_figures()
        found = {}
        for letter in letters.sorted("mailing_sequence"):
            shown = figures[letter.id]
            reason = letter._get_stop_reason(letter._get_lines_left(shown), shown)
            if reason:
                found[letter] = reason
        return found

    def write(self, vals):
        """A person writes the note and the receipt; the rest follows from the letters.

        :raise AccessError: the user may not collect
        """
        free = {"note", "receipt_file", "receipt_name"}
        if not self.env.su and not free.issuperset(vals):
            raise AccessError(
                self.env._("A batch changes through its buttons and its letters.")
            )
        return super().write(vals)
