# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64
import binascii
import datetime
from typing import NamedTuple

from odoo import api, models
from odoo.tools import hash_sign, verify_hash_signed

SCOPE = "account_collection.answer"
#: how long a link of a mail answers
LINK_DAYS = 14


class AnswerLink(NamedTuple):
    """What a link of a mail opens: one receivable, for one colleague.

    :param line: account.move.line record, superuser
    :param origin: (model, id) of the mail that holds the link
    """

    user: models.Model
    line: models.Model
    origin: tuple[str, int]


class CollectionAnswerLink(models.AbstractModel):
    """Signed links by which a colleague without collection rights answers on a line.

    A link names a user and a journal item, is signed with the database's secret and
    expires. It gives no right: the page behind it shows that item and takes an answer.
    """

    _name = "collection.answer.link"
    _description = "Links of the mails to salespeople"

    @api.model
    def _get_origins(self) -> tuple[str, ...]:
        """Return the models of the mails that hold links.

        Each has ``_get_answer_line_ids``: its journal items, in the mail's order.
        """
        return ("collection.digest", "collection.followup")

    @api.model
    def _get_token(self, user_id: int, line_id: int, origin) -> str:
        """Return the token of a link.

        :param origin: record of the mail: a weekly mail or an internal follow-up
        """
        values = [user_id, line_id, origin._name, origin.id]
        lifetime = datetime.timedelta(days=LINK_DAYS)
        return hash_sign(self.sudo().env, SCOPE, values, expiration=lifetime)

    @api.model
    def _get_url(self, user_id: int, line_id: int, origin) -> str:
        """Return the address of a line's answer page."""
        token = self._get_token(user_id, line_id, origin)
        return f"{origin.get_base_url()}/collection/answer/{token}"

    @api.model
    def _read_token(self, token: str) -> AnswerLink | None:
        """Return what a token opens, None for anything that is not a valid one.

        Altered, expired, somebody who left or whose customer it no longer is: the
        answer is the same, so that it tells nothing about what exists.
        """
        try:
            decoded = base64.urlsafe_b64decode(token.encode("ascii") + b"===")
            # Two spellings of the same bytes would be two tokens.
            if base64.urlsafe_b64encode(decoded).decode().rstrip("=") != token:
                return None
            values = verify_hash_signed(self.sudo().env, SCOPE, token)
        except (ValueError, OverflowError, binascii.Error):
            return None
        if not values:
            return None
        user_id, line_id, model, origin_id = values
        user = self.env["res.users"].sudo().browse(user_id).exists()
        line = self.env["account.move.line"].sudo().browse(line_id).exists()
        if model not in self._get_origins() or not user or not line:
            return None
        if line.parent_state != "posted" or not self._is_theirs(user, line):
            return None
        return AnswerLink(user, line, (model, origin_id))

    @api.model
    def _is_theirs(self, user, line) -> bool:
        """Tell whether a user may answer on an item: its salesperson, or a collector.

        A collector gets the mail when nobody is the salesperson; the rights on the
        debtor's file decide.
        """
        if not user._filter_collection_colleagues(line.company_id):
            return False
        recipients = self.env["collection.recipient"].sudo()
        if recipients._read_holders(line.ids).get(line.id, (None,))[0] == user.id:
            return True
        files = self.env["collection.debtor"].sudo()
        file = files.search(
            [
                ("company_id", "=", line.company_id.id),
                ("debtor_id", "=", line.partner_id.commercial_partner_id.id),
            ],
            limit=1,
        )
        file = file.with_user(user).with_context(
            allowed_company_ids=line.company_id.ids
        )
        return bool(file) and file.has_access("write")

    @api.model
    def _get_next_url(self, link: AnswerLink) -> str | None:
        """Return the page of the next line of the same mail without an answer.

        Lines that are settled meanwhile are passed over.
        """
        origin = self.env[link.origin[0]].sudo().browse(link.origin[1]).exists()
        if not origin:
            return None
        ids = origin._get_answer_line_ids()
        notes = self.env["collection.sales.note"].sudo()
        answered = notes.search(
            [
                ("user_id", "=", link.user.id),
                ("move_line_id", "in", ids),
                ("create_date", ">=", origin.create_date),
            ]
        ).move_line_id
        place = ids.index(link.line.id) + 1 if link.line.id in ids else 0
        lines = self.env["account.move.line"].sudo().browse(ids[place:] + ids[:place])
        for line in lines.exists() - answered - link.line:
            if not line.reconciled and self._is_theirs(link.user, line):
                return self._get_url(link.user.id, line.id, origin)
        return None
