# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.weekly import chosen_day, week_key, week_to_send

_logger = logging.getLogger(__name__)

KINDS = [
    ("sales", "Overdue invoices of a salesperson"),
    ("held", "Held money"),
]
STATES = [
    ("queued", "On its way"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class DigestContent(NamedTuple):
    """What a weekly mail says to a user.

    :param view: QWeb view of the body
    :param values: what the view shows, already in words
    :param line_ids: journal items of the mail, in its order
    :param summary: what it holds in one line, for a preview
    """

    user: models.Model
    subject: str
    view: str
    values: dict
    line_ids: list[int]
    summary: str


class CollectionDigest(models.Model):
    """A weekly mail to a colleague: one for a company, user, kind and week.

    The record is made with the mail, in one transaction: it is what keeps a second
    one from leaving. The mail itself is deleted once sent, for it holds links that
    answer in its reader's name.
    """

    _name = "collection.digest"
    _description = "Weekly mail"
    _order = "week desc, kind, id"
    _rec_name = "week"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", "Recipient", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    week = fields.Char(required=True, readonly=True, help="ISO week of the mail.")
    date = fields.Date(required=True, readonly=True, help="Day of its figures.")
    subject = fields.Char(readonly=True)
    summary = fields.Char("Content", readonly=True)
    line_ids = fields.Json("Journal items", readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, ondelete="set null")
    state = fields.Selection(STATES, required=True, readonly=True, default="queued")
    reason = fields.Char(readonly=True, help="Why it failed.")
    claimed_at = fields.Datetime(
        readonly=True, help="When a process took the mail to send it."
    )

    _week_uniq = models.UniqueIndex(
        "(company_id, user_id, kind, week)", "This mail was already made this week."
    )

    # === MAKING === #

    @api.model
    def _get_contents(self, company, kind: str, today) -> list[DigestContent]:
        """Return what the users of a company get: ``_get_<kind>_contents``."""
        return getattr(self.sudo(), f"_get_{kind}_contents")(company, today)

    @api.model
    def _filter_recipients(self, company, users):
        """Return who may get a weekly mail: works here, did not opt out."""
        found = users._filter_collection_colleagues(company)
        return found.filtered("collection_weekly_mail")

    @api.model
    def _send_week(self, company, kind: str, today, week: str, users=None):
        """Make the mails of a week that were not made yet, and queue them.

        :param users: only these; default: everybody who has something to read
        :return: the new records
        """
        digests = self.sudo().with_company(company)
        done = digests.search(
            [("company_id", "=", company.id), ("kind", "=", kind), ("week", "=", week)]
        ).user_id
        contents = [
            content
            for content in digests._get_contents(company, kind, today)
            if content.user not in done and (users is None or content.user in users)
        ]
        made = digests.create(
            [
                {
                    "company_id": company.id,
                    "user_id": content.user.id,
                    "kind": kind,
                    "week": week,
                    "date": today,
                    "subject": content.subject,
                    "summary": content.summary,
                    "line_ids": content.line_ids,
                }
                for content in contents
            ]
        )
        made._queue_mails(contents)
        return made

    def _queue_mails(self, contents: list[DigestContent]):
        """Make the mails; one that cannot be made fails alone."""
        if not self:
            return
        values, queued = [], self.browse()
        sender = self.company_id._get_collection_sender()
        for digest, content in zip(self, contents, strict=True):
            try:
                body = digest._render(content, digest)
            except Exception as error:
                _logger.warning("Weekly mail %s", digest.id, exc_info=True)
                digest.write({"state": "failed", "reason": str(error)[:500]})
                continue
            if not content.user.email_normalized:
                digest._fail_without_address()
                continue
            values.append(digest._prepare_mail_vals(body, sender))
            queued += digest
        mails = self.env["mail.mail"].create(values)
        for digest, mail in zip(queued, mails, strict=True):
            digest.mail_id = mail
        if mails:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _fail_without_address(self):
        reason = self.env._(
            "%s has no e-mail address: complete the user.", self.user_id.name
        )
        self.write({"state": "failed", "reason": reason})

    @api.model
    def _render(self, content: DigestContent, digest=None) -> Markup:
        """Return the body of a mail.

        :param digest: the record that its links name; None = a preview without links
        """
        lang = content.user.lang or self.env.lang
        links = self.env["collection.answer.link"]

        def get_url(line_id: int) -> str:
            if not digest:
                return "#"
            return links._get_url(content.user.id, line_id, digest)

        return (
            self.env["ir.qweb"]
            .with_context(lang=lang)
            ._render(content.view, {**content.values, "get_url": get_url}, lang=lang)
        )

    def _prepare_mail_vals(self, body: Markup, sender: str) -> dict:
        company = self.company_id.sudo()
        return {
            "subject": self.subject,
            "body_html": body,
            "email_from": sender,
            "reply_to": sender,
            "recipient_ids": [fields.Command.link(self.user_id.partner_id.id)],
            "model": self._name,
            "res_id": self.id,
            "record_company_id": company.id,
            "record_alias_domain_id": company.alias_domain_id.id,
            "auto_delete": True,
            "state": "outgoing",
            "message_type": "email_outgoing",
        }

    def _get_answer_line_ids(self) -> list[int]:
        """Return the journal items on which the mail asks, in its order."""
        return self.line_ids or []

    # === ACTION METHODS === #

    def action_retry(self):
        """Make failed mails anew, with the figures of today."""
        if not self.env.user.has_group("account_collection.group_collection_manager"):
            raise AccessError(
                self.env._("Only collection managers may do this: ask yours.")
            )
        self.check_access("read")
        failed = self.filtered(lambda digest: digest.state in ("failed", "cancelled"))
        if not failed:
            raise UserError(self.env._("None of these mails has failed."))
        groups = failed.grouped(lambda one: (one.company_id, one.kind, one.week))
        for (company, kind, week), digests in groups.items():
            users = digests.user_id
            digests.mail_id.sudo().unlink()
            digests.sudo().unlink()
            self._send_week(company, kind, company._get_collection_today(), week, users)

    # === CRON === #

    @api.model
    def _get_due_kinds(self, company) -> list[str]:
        """Return the kinds that a company wants; none before it is live."""
        if not company.collection_live:
            return []
        wanted = {
            "sales": company.collection_sales_mail,
            "held": company.collection_held_mail,
        }
        return [kind for kind, is_wanted in wanted.items() if is_wanted]

    @api.model
    def _cron_weekly(self):
        """Send the weekly mails of every company whose morning it is."""
        cron = self.env["ir.cron"]
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            return
        companies = self.env["res.company"].sudo()
        companies = companies.search([("collection_live", "=", True)])
        todo = [
            (company, kind, week)
            for company in companies
            for kind in self._get_due_kinds(company)
            if (week := self._get_week_to_send(company))
        ]
        cron._commit_progress(remaining=len(todo))
        for company, kind, week in todo:
            try:
                with self.env.cr.savepoint():
                    today = company._get_collection_today()
                    self._send_week(company, kind, today, week)
            except Exception:
                # The other companies' mails leave; this one is tried again in an hour.
                _logger.exception("Weekly mail %s of company %s", kind, company.id)
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_week_to_send(self, company) -> str | None:
        calendar = self.env["collection.calendar"]._get_calendar(company)
        weekday = int(company.collection_weekly_day or 0)
        return week_to_send(company._get_collection_now(), weekday, calendar)

    @api.model
    def _get_current_week(self, company) -> str:
        """Return the week of the last chosen day: that of the mail sent by hand."""
        weekday = int(company.collection_weekly_day or 0)
        return week_key(chosen_day(company._get_collection_today(), weekday))
