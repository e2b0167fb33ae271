# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..models.collection_dispatch import CHANNELS, KINDS

#: stands for a document that is made when it is sent, in the total shown before
ESTIMATE = 60_000


class CollectionDispatchNew(models.TransientModel):
    """The dialog that sends a duplicate, a statement or a proof to a debtor.

    Opened with ``default_file_id`` and ``default_move_line_ids`` (the ticked items;
    none = everything open).
    """

    _name = "collection.dispatch.new"
    _description = "Send a document"

    file_id = fields.Many2one("collection.debtor", required=True, readonly=True)
    company_id = fields.Many2one(related="file_id.company_id")
    debtor_id = fields.Many2one(related="file_id.debtor_id")
    move_line_ids = fields.Many2many("account.move.line", string="Items", readonly=True)
    kind = fields.Selection(KINDS, required=True, default="duplicate")
    channel = fields.Selection(
        CHANNELS,
        "By",
        required=True,
        compute="_compute_channel",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    allowed_recipient_ids = fields.Many2many(
        "res.partner", compute="_compute_allowed_recipient_ids"
    )
    recipient_id = fields.Many2one(
        "res.partner",
        "To",
        required=True,
        compute="_compute_recipient_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', allowed_recipient_ids)]",
    )
    recipient_address = fields.Char("Address", compute="_compute_recipient_address")
    lang = fields.Selection(
        "_selection_lang",
        "Language",
        required=True,
        compute="_compute_lang",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
    )
    message = fields.Text("Personal words")
    line_ids = fields.One2many(
        "collection.dispatch.new.line",
        "dialog_id",
        "Documents",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    upload_ids = fields.Many2many("ir.attachment", string="Add files")
    size_text = fields.Char("Total", compute="_compute_size")
    is_too_large = fields.Boolean(compute="_compute_size")
    warning = fields.Text(compute="_compute_warning")

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    # === COMPUTE METHODS === #

    @api.depends("file_id")
    def _compute_allowed_recipient_ids(self):
        dispatches = self.env["collection.dispatch"]
        for dialog in self:
            found = dispatches._get_possible_recipients(dialog.file_id)
            dialog.allowed_recipient_ids = found if dialog.file_id else False

    @api.depends("file_id")
    def _compute_channel(self):
        """By e-mail when the debtor has a usable address, else by post."""
        for dialog in self:
            has_email = dialog._find_address("email")
            has_post = dialog._find_address("letter")
            dialog.channel = "letter" if has_post and not has_email else "email"

    @api.depends("file_id", "channel")
    def _compute_recipient_id(self):
        """The accounting contact by the chain of every message."""
        for dialog in self:
            address = dialog._find_address(dialog.channel)
            debtor = dialog.file_id.debtor_id
            dialog.recipient_id = address.partner_id if address else debtor

    def _find_address(self, channel):
        self.file_id.check_access("read")
        file = self.file_id.sudo()
        if not file:
            return None
        recipients = self.env["collection.recipient"].sudo()
        found = recipients._get_addresses(file.company_id, file.debtor_id.ids)
        return found.get(file.debtor_id.id, {}).get((channel, "accounting"))

    @api.depends("recipient_id", "channel")
    def _compute_recipient_address(self):
        recipients = self.env["collection.recipient"]
        for dialog in self:
            partner = dialog.recipient_id.sudo()
            address = email_normalize(partner.email or "")
            if dialog.channel == "letter":
                address = recipients._get_postal(partner) if partner else ""
            dialog.recipient_address = address or ""

    @api.depends("recipient_id")
    def _compute_lang(self):
        model = self.env["collection.statement"]
        for dialog in self:
            dialog.lang = model._get_language(
                dialog.company_id or self.env.company,
                dialog.recipient_id,
                dialog.debtor_id,
            )

    @api.depends("file_id", "kind", "move_line_ids")
    def _compute_line_ids(self):
        sources = self.env["collection.dispatch.source"]
        for dialog in self:
            commands = [fields.Command.clear()]
            if dialog.file_id and dialog.kind:
                lines = dialog.move_line_ids._origin
                found = sources._list(dialog.file_id, dialog.kind, lines)
                commands += [
                    fields.Command.create(
                        {
                            "is_chosen": one.is_guess,
                            "key": one.key,
                            "name": one.name,
                            "size": one.size,
                        }
                    )
                    for one in found
                ]
            dialog.line_ids = commands

    @api.depends("line_ids.is_chosen", "line_ids.size", "upload_ids", "channel")
    def _compute_size(self):
        dispatches = self.env["collection.dispatch"]
        for dialog in self:
            chosen = dialog.line_ids.filtered("is_chosen")
            uploads = sum(dialog.upload_ids.mapped("file_size"))
            total = sum(line.size or ESTIMATE for line in chosen) + uploads
            limit = (
                dialog.company_id._get_collection_size_limit() if dialog.file_id else 0
            )
            is_exact = all(chosen.mapped("size"))
            dialog.is_too_large = dialog.channel == "email" and total > limit
            words = [
                dispatches._format_size(total)
                if total
                else self.env._("nothing chosen")
            ]
            if total and not is_exact:
                words = [self.env._("about %s", words[0])]
            if dialog.channel == "email":
                text = self.env._("at most %s", dispatches._format_size(limit))
                words.append(text)
            dialog.size_text = ", ".join(words)

    @api.depends(
        "file_id", "kind", "line_ids", "move_line_ids", "recipient_id", "channel"
    )
    def _compute_warning(self):
        for dialog in self:
            dialog.warning = "\n".join(dialog._get_warnings()) or False

    def _get_warnings(self) -> list[str]:
        """Return what the user should know before sending."""
        warnings = []
        if not self.recipient_address:
            if self.channel == "email":
                text = self.env._(
                    "No usable e-mail address: choose another contact, correct the "
                    "address, or send by post."
                )
            else:
                text = self.env._("The postal address is not complete.")
            warnings.append(text)
        if self.kind == "statement" and self.move_line_ids:
            warnings.append(
                self.env._(
                    "The statement shows the whole account, not the ticked items."
                )
            )
        if self.kind == "statement" and self.file_id:
            warnings += self._get_account_warnings()
        if self.kind == "duplicate":
            warnings += self._get_missing_documents()
        if self.kind == "proof" and not self.line_ids:
            warnings.append(
                self.env._(
                    "No order, delivery note or file is kept with these invoices: add "
                    "the signed document below."
                )
            )
        return warnings

    def _get_account_warnings(self) -> list[str]:
        """Warn of a bank that is not up to date, and of claims not ours now."""
        file = self.file_id.sudo()
        model = self.env["collection.statement"].sudo()
        company = file.company_id
        today = model._get_day(company)
        warnings = []
        blocks = model._read_blocks(company, today, file.debtor_id.ids)
        if blocks.get(file.debtor_id.id):
            warnings.append(
                self.env._(
                    "This debtor is handed over or on a legal hold: check that a "
                    "statement from us is right."
                )
            )
        if model._is_bank_stale(company, today):
            warnings.append(self.env._("The bank has not been updated for some days."))
        return warnings

    def _get_missing_documents(self) -> list[str]:
        """Name the items that are journal entries without a document."""
        if not self.file_id:
            return []
        sources = self.env["collection.dispatch.source"]
        moves = sources._get_moves(self.file_id, self.move_line_ids._origin)
        found = sources._list_duplicates(moves)
        without = moves.filtered(
            lambda move: (
                move.id not in {one.move_id for one in found}
                and (self.move_line_ids or move.move_type != "entry")
            )
        )
        if not without:
            return []
        names = ", ".join(without.mapped("name"))
        return [self.env._("No document is kept for: %s.", names)]

    # === ACTION METHODS === #

    def action_send(self):
        """Send the chosen documents; see ``collection.dispatch._create_request``."""
        self.ensure_one()
        dispatch = self._send()
        if self.channel == "letter":
            return dispatch.action_print()
        seconds = self.company_id.collection_undo_seconds
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "It leaves in %(seconds)s seconds to %(address)s; until then you "
                    "may take it back.",
                    seconds=seconds,
                    address=dispatch.recipient_address,
                ),
                "next": {
                    "type": "ir.actions.act_window_close",
                    "infos": {"dispatch_id": dispatch.id},
                },
            },
        }

    def _send(self):
        """Send, and return the document's record.

        :raise UserError: nothing chosen, no address, too large
        """
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen and not self.upload_ids:
            raise UserError(self.env._("Choose at least one document."))
        return self.env["collection.dispatch"]._create_request(
            self.file_id,
            self.kind,
            chosen.mapped("key"),
            self.recipient_id,
            self.lang,
            channel=self.channel,
            move_lines=self.move_line_ids,
            message=self.message or "",
            uploads=self.upload_ids,
        )


class CollectionDispatchNewLine(models.TransientModel):
    """A document that the dialog can send."""

    _name = "collection.dispatch.new.line"
    _description = "Document to send"
    _order = "id"

    dialog_id = fields.Many2one(
        "collection.dispatch.new", required=True, ondelete="cascade"
    )
    is_chosen = fields.Boolean("Send")
    key = fields.Char(required=True)
    name = fields.Char("Document")
    size = fields.Integer("Bytes")
    size_text = fields.Char("Size", compute="_compute_size_text")
    preview = fields.Char(compute="_compute_preview")

    @api.depends("size")
    def _compute_size_text(self):
        dispatches = self.env["collection.dispatch"]
        for line in self:
            text = self.env._("made when it is sent")
            line.size_text = dispatches._format_size(line.size) if line.size else text

    @api.depends(
        "key",
        "dialog_id.file_id",
        "dialog_id.kind",
        "dialog_id.lang",
        "dialog_id.recipient_id",
        "dialog_id.move_line_ids",
    )
    def _compute_preview(self):
        for line in self:
            dialog = line.dialog_id
            query = {
                "file": dialog.file_id.id or "",
                "kind": dialog.kind or "",
                "key": line.key or "",
                "lines": ",".join(map(str, dialog.move_line_ids._origin.ids)),
                "recipient": dialog.recipient_id.id or "",
                "lang": dialog.lang or "",
            }
            line.preview = f"/collection/document/preview?{urlencode(query)}"
