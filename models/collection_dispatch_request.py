# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class CollectionDispatch(models.Model):
    """Documents that a person sends: held back for a moment, taken back if wanted."""

    _inherit = "collection.dispatch"

    @api.model
    def _create_request(
        self,
        file,
        kind: str,
        keys: list[str],
        recipient,
        lang: str,
        channel: str = "email",
        move_lines=None,
        message: str = "",
        uploads=None,
    ):
        """Send documents to a debtor in the name of the user; return the record.

        An e-mail leaves after the company's moment to take it back; what goes by post
        waits to be printed.

        :param keys: documents of ``collection.dispatch.source``
        :param move_lines: items that the documents concern, None = everything open
        :param uploads: attachments that the user adds
        :raise UserError: wrong recipient or address, no document, too large
        """
        file.check_access("read")
        self._assert_collector()
        lines = move_lines or self.env["account.move.line"]
        address = self._check_recipient(file, recipient, channel)
        sources = self.env["collection.dispatch.source"]
        pieces = sources._make(file, kind, lines, keys, recipient, lang)
        pieces += self._read_uploads(uploads)
        if not pieces:
            raise UserError(self.env._("Choose at least one document."))
        if channel == "email":
            sizes = [(piece[0], len(piece[1])) for piece in pieces]
            self._check_size(file.company_id, sizes)
        dispatch = self.sudo().create(
            {
                "company_id": file.company_id.id,
                "file_id": file.id,
                "debtor_id": file.debtor_id.id,
                "kind": kind,
                "channel": channel,
                "date": self.env["collection.statement"]._get_day(file.company_id),
                "user_id": self.env.uid,
                "move_line_ids": [fields.Command.set(lines.ids)],
                "message": message,
                "recipient_id": recipient.id,
                "recipient_address": address,
                "lang": lang,
            }
        )
        dispatch._store_documents({dispatch.id: pieces})
        if kind == "statement":
            dispatch._write_request_figures()
        dispatch._leave_later()
        return dispatch.with_env(self.env)

    def _write_request_figures(self) -> None:
        """Write what the statement shows: it is compared again before it leaves."""
        model = self.env["collection.statement"].sudo()
        statement = model._read(self.company_id, self.debtor_id.ids)[self.debtor_id.id]
        self._write_figures({self.id: statement})

    def _leave_later(self) -> None:
        """Queue what a person sends, and log it with the time to take it back."""
        self.ensure_one()
        seconds = self.company_id.collection_undo_seconds
        leaving = fields.Datetime.now() + datetime.timedelta(seconds=seconds)
        if self.channel == "email":
            self._queue_mails(leaving)
            if self.state == "failed":
                raise UserError(self.reason)
        acts = self.env["collection.act"].with_user(self.user_id)
        acts._log(
            "document",
            self.file_id,
            note=self._get_act_note(),
            data={self.file_id.id: {"dispatch": self.id}},
            seconds=seconds,
        )

    def _get_act_note(self) -> str:
        """Return what the log says: which documents, to whom."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        words = [kinds[self.kind], self.recipient_id.name or ""]
        if self.channel == "email":
            words.append(self.recipient_address)
        names = ", ".join(self.document_ids.mapped("name"))
        return " – ".join([*filter(None, words), names])

    # === WHAT IS CHECKED === #

    @api.model
    def _get_possible_recipients(self, file):
        """Return whom documents of a debtor may be sent to: its own contacts.

        Nobody else learns of a debt: the debtor, its contacts, those of its file.
        """
        file.check_access("read")
        file = file.sudo()
        partners = self.env["res.partner"].sudo()
        family = partners.search([("id", "child_of", file.debtor_id.id)])
        return family | file.contact_ids.partner_id

    @api.model
    def _check_recipient(self, file, recipient, channel: str) -> str:
        """Return the address to which documents go.

        :raise UserError: not a contact of the debtor, no address, a refused one
        """
        if not recipient or recipient.sudo() not in self._get_possible_recipients(file):
            raise UserError(
                self.env._(
                    "%(recipient)s is no contact of %(debtor)s: add the person to the "
                    "debtor's contacts first.",
                    recipient=recipient.display_name or self.env._("Nobody"),
                    debtor=file.debtor_id.display_name,
                )
            )
        recipients = self.env["collection.recipient"]
        if channel == "letter":
            address = recipients._get_postal(recipient.sudo())
            if not address:
                raise UserError(
                    self.env._(
                        "The postal address of %s is not complete: street and city are "
                        "needed.",
                        recipient.display_name,
                    )
                )
        else:
            address = email_normalize(recipient.sudo().email or "")
            if not address:
                raise UserError(
                    self.env._(
                        "%s has no usable e-mail address: correct the contact, choose "
                        "another one, or send the documents by post.",
                        recipient.display_name,
                    )
                )
        if self.env["collection.undeliverable"].sudo()._get_refused({address}):
            raise UserError(
                self.env._(
                    "%(address)s returned a message or is blacklisted: correct the "
                    "contact, choose another one, or free the address under "
                    "Undeliverable addresses.",
                    address=address,
                )
            )
        return address

    @api.model
    def _read_uploads(self, uploads) -> list[tuple]:
        """Return the files that the user added, as documents."""
        if not uploads:
            return []
        uploads.check_access("read")
        return [(one.name, one.raw, one.mimetype, None) for one in uploads if one.raw]

    # === TAKING BACK === #

    def _take_back(self) -> None:
        """Cancel documents that did not leave yet.

        :raise UserError: one has left, or is leaving at this moment
        """
        locked = self.sudo().try_lock_for_update()
        locked.invalidate_recordset(["state", "claimed_at"])
        for dispatch in self.sudo():
            is_waiting = dispatch in locked and dispatch.state == "queued"
            if not is_waiting or dispatch.claimed_at or dispatch.posted_on:
                raise UserError(
                    self.env._(
                        "%(document)s for %(debtor)s has already left.",
                        document=dispatch.display_name,
                        debtor=dispatch.debtor_id.display_name,
                    )
                )
        self.sudo()._cancel(
            self.env._("Taken back by %(user)s.", user=self.env.user.name)
        )


class CollectionAct(models.Model):
    _inherit = "collection.act"

    def _undo_document(self):
        """Take documents back that have not left."""
        ids = [act.data["dispatch"] for act in self]
        self.env["collection.dispatch"].browse(ids)._take_back()
