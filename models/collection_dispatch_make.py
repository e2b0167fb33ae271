# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..reports.letter_pdf import LetterPdfError
from .collection_dispatch_source import PDF

_logger = logging.getLogger(__name__)


class CollectionDispatch(models.Model):
    """The documents themselves: made in few calls, kept with their hash."""

    _inherit = "collection.dispatch"

    def _store_documents(self, contents: dict[int, list[tuple]]) -> None:
        """Keep the documents of a batch with their hashes, instead of older ones.

        :param contents: dispatch -> list of (name, content, mimetype, move id)
        """
        old = self.document_ids
        attachments = old.attachment_id
        old.unlink()
        attachments.unlink()
        pieces = [
            (dispatch, *piece) for dispatch in self for piece in contents[dispatch.id]
        ]
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": self._name,
                    "res_id": dispatch.id,
                    "company_id": dispatch.company_id.id,
                }
                for dispatch, name, content, mimetype, _move in pieces
            ]
        )
        self.env["collection.dispatch.document"].create(
            [
                {
                    "dispatch_id": dispatch.id,
                    "attachment_id": attachment.id,
                    "name": name,
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "size": len(content),
                    "move_id": move,
                }
                for (dispatch, name, content, _mimetype, move), attachment in zip(
                    pieces, attachments, strict=True
                )
            ]
        )

    # === STATEMENTS, MANY AT A TIME === #

    def _make_statements(self) -> dict:
        """Make the PDFs of statements from the ledger of this moment.

        One that cannot be made is marked failed with the reason; the others go on.

        :return: the statements that were made: dispatch -> Statement; one with nothing
            open is not among them
        """
        made = {}
        for company, group in self.grouped("company_id").items():
            model = self.env["collection.statement"].sudo().with_company(company)
            statements = model._read(company, group.debtor_id.ids)
            found = {one.id: statements[one.debtor_id.id] for one in group}
            full = group.filtered(lambda one, found=found: found[one.id].accounts)
            for dispatch in full._store_statements(company, found):
                made[dispatch.id] = found[dispatch.id]
        return made

    def _store_statements(self, company, statements: dict):
        """Turn statements into PDFs and keep them; halve the batch when it fails.

        :return: the dispatches whose PDF was made
        """
        if not self:
            return self
        model = self.env["collection.statement"].sudo().with_company(company)
        papers = [(statements[one.id], one.recipient_id, one.lang) for one in self]
        try:
            documents = model._make_pdfs(company, papers)
        except (UserError, LetterPdfError, OSError) as error:
            if len(self) > 1:
                half = len(self) // 2
                first = self[:half]._store_statements(company, statements)
                return first + self[half:]._store_statements(company, statements)
            _logger.warning("The statement of dispatch %s cannot be made", self.id)
            self._set_failed("rendering", str(error))
            return self.browse()
        self._store_documents(
            {
                one.id: [
                    (
                        model.with_context(lang=one.lang)._get_file_name(
                            statements[one.id], "pdf"
                        ),
                        document,
                        PDF,
                        None,
                    )
                ]
                for one, document in zip(self, documents, strict=True)
            }
        )
        self._write_figures(statements)
        return self

    def _write_figures(self, statements: dict) -> None:
        """Write what the documents show: balance, day, fingerprint."""
        for dispatch in self:
            statement = statements[dispatch.id]
            dispatch.write(
                {
                    "amount": float(statement.balance_company),
                    "date": statement.date,
                    "fingerprint": statement.fingerprint(),
                }
            )

    def _refresh_statements(self) -> dict[int, str]:
        """Make statements anew whose figures or day are no longer those of now.

        :return: dispatch -> why it must not leave any more
        """
        reasons = {}
        waiting = self.filtered(lambda one: one.kind == "statement")
        for company, group in waiting.grouped("company_id").items():
            model = self.env["collection.statement"].sudo()
            statements = model._read(company, group.debtor_id.ids)
            outdated = self.browse()
            for dispatch in group:
                statement = statements[dispatch.debtor_id.id]
                shown = (dispatch.fingerprint, dispatch.date)
                if not statement.accounts:
                    reasons[dispatch.id] = self.env._("Nothing is open any more.")
                elif shown != (statement.fingerprint(), statement.date):
                    outdated |= dispatch
            outdated._remake_statements()
        return reasons

    def _remake_statements(self) -> None:
        """Replace outdated statements, with the text of their mails."""
        if not self:
            return
        extras = {
            one.id: one.document_ids.filtered(lambda x: x.attachment_id.mimetype != PDF)
            for one in self
        }
        with_spreadsheet = self.filtered(lambda one: extras[one.id])
        made = self.browse(self._make_statements())
        for dispatch in made & with_spreadsheet:
            dispatch._add_spreadsheet()
        made.filtered("mail_id")._rewrite_mails()

    def _add_spreadsheet(self) -> None:
        """Keep the workbook of a statement beside its PDF."""
        self.ensure_one()
        sources = self.env["collection.dispatch.source"]
        piece = sources._make_statement(
            self.file_id, "spreadsheet", self.recipient_id, self.lang
        )
        kept = [
            (one.name, one.attachment_id.raw, one.attachment_id.mimetype, None)
            for one in self.document_ids
        ]
        self._store_documents({self.id: [*kept, piece]})

    @api.model
    def _check_size(self, company, pieces: list[tuple]) -> None:
        """Refuse what a mail cannot carry.

        :param pieces: list of (name, size in bytes)
        :raise UserError: too large; the message proposes what to leave out
        """
        limit = company._get_collection_size_limit()
        total = sum(size for _name, size in pieces)
        if total <= limit:
            return
        left, kept = limit, 0
        for _name, size in pieces:
            left -= size
            if left < 0:
                break
            kept += 1
        large = sorted(pieces, key=lambda piece: -piece[1])[:3]
        names = ", ".join(f"{name} ({self._format_size(size)})" for name, size in large)
        raise UserError(
            self.env._(
                "These %(count)s documents weigh %(total)s; at most %(limit)s leave by "
                "e-mail. Untick some of them and send the rest in another message: the "
                "first %(kept)s fit. The largest are %(names)s.",
                count=len(pieces),
                total=self._format_size(total),
                limit=self._format_size(limit),
                kept=kept,
                names=names,
            )
        )

    @api.model
    def _format_size(self, size: int) -> str:
        """Return a size in kB or MB, rounded up, never nothing."""
        if size < 1_000_000:
            return self.env._("%s kB", max(1, -(-size // 1000)))
        return self.env._("%s MB", formatLang(self.env, size / 1_000_000, digits=1))
