# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext

#: entries of each kind that are read, and entries that are shown
READ = 30
SHOWN = 60
#: acts that the timeline shows through what they did
SHOWN_OTHERWISE = ("call", "no_answer", "confirm", "perform", "retry")
ICONS = {
    "email": "fa-envelope-o",
    "sms": "fa-comment-o",
    "call": "fa-phone",
    "letter": "fa-file-text-o",
    "registered": "fa-certificate",
    "portal": "fa-globe",
    "handoff": "fa-gavel",
}


class CollectionPanel(models.AbstractModel):
    """What happened with a debtor, the latest first."""

    _inherit = "collection.panel"

    @api.model
    def _get_timeline(self, file) -> list[dict]:
        entries = [
            entry for source in self._timeline_sources() for entry in source(file)
        ]
        entries.sort(key=lambda entry: entry["date"], reverse=True)
        return entries[:SHOWN]

    @api.model
    def _timeline_sources(self) -> list:
        """Return the methods that read a kind of entries; modules append theirs."""
        return [
            self._get_followup_entries,
            self._get_call_entries,
            self._get_act_entries,
            self._get_payment_entries,
            self._get_message_entries,
            self._get_post_entries,
            self._get_dispatch_entries,
            self._get_sales_entries,
            self._get_portal_entries,
        ]

    @api.model
    def _get_entry(self, date, icon, title, text="", user="", record=None, **more):
        """Return an entry.

        :param date: date or datetime of the event
        :param record: what a click opens
        """
        return {
            "date": fields.Datetime.to_string(fields.Datetime.to_datetime(date)),
            "icon": icon,
            "title": title,
            "text": text or "",
            "user": user or "",
            "model": record._name if record else "",
            "res_id": record.id if record else False,
            "tone": "",
            **more,
        }

    @api.model
    def _get_followup_entries(self, file) -> list[dict]:
        followups = self.env["collection.followup"].search(
            [("file_id", "=", file.id)], limit=READ
        )
        labels = followups._fields["state"]._description_selection(self.env)
        channels = dict(followups._fields["channel"]._description_selection(self.env))
        tones = {"failed": "danger", "performed": "success", "cancelled": "muted"}
        return [
            self._get_entry(
                one.performed_on or one.date,
                ICONS.get(one.channel, "fa-circle-o"),
                f"{channels[one.channel]} – {one.level_id.name}",
                " – ".join(filter(None, [dict(labels)[one.state], one.reason])),
                one.performed_by_id.name,
                one,
                tone=tones.get(one.state, ""),
                amount=one.amount,
                currency_id=one.currency_id.id,
            )
            for one in followups
            if one.channel != "call" or not one.call_ids or one.state != "performed"
        ]

    @api.model
    def _get_call_entries(self, file) -> list[dict]:
        calls = self.env["collection.call"].search(
            [("file_id", "=", file.id)], limit=READ
        )
        results = dict(calls._fields["result"]._description_selection(self.env))
        return [
            self._get_entry(
                call.date,
                ICONS["call"],
                results[call.result],
                call.note,
                call.user_id.name,
                call.followup_id,
                tone="success" if call.followup_id.call_result else "",
            )
            for call in calls
        ]

    @api.model
    def _get_act_entries(self, file) -> list[dict]:
        acts = self.env["collection.act"].search(
            [
                ("file_id", "=", file.id),
                ("kind", "not in", SHOWN_OTHERWISE),
                ("undone_on", "=", False),
            ],
            limit=READ,
        )
        kinds = dict(acts._fields["kind"]._description_selection(self.env))
        return [
            self._get_entry(
                act.date, "fa-hand-o-right", kinds[act.kind], act.note, act.user_id.name
            )
            for act in acts
        ]

    @api.model
    def _get_payment_entries(self, file) -> list[dict]:
        """Return what was paid or credited on the debtor's invoices, by entry."""
        accounts = self.env["account.account"]._get_collection_accounts()
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id, m.date, m.name, m.move_type, sum(r.amount)
                  FROM account_partial_reconcile r
                  JOIN account_move_line d ON d.id = r.debit_move_id
                  JOIN account_move_line k ON k.id = r.credit_move_id
                  JOIN account_move m ON m.id = k.move_id
                  JOIN res_partner p ON p.id = d.partner_id
                 WHERE d.company_id = %s AND p.commercial_partner_id = %s
                   AND d.account_id IN %s
                 GROUP BY m.id, m.date, m.name, m.move_type
                 ORDER BY m.date DESC, m.id DESC LIMIT %s""",
                file.company_id.id,
                file.debtor_id.id,
                tuple(sum(accounts.values(), ())) or (0,),
                READ,
            )
        )
        moves = self.env["account.move"]
        return [
            self._get_entry(
                date,
                "fa-bank",
                self.env._("Credit note")
                if kind == "out_refund"
                else self.env._("Payment"),
                name,
                record=moves.browse(move),
                tone="success",
                amount=float(amount),
                currency_id=file.company_id.currency_id.id,
            )
            for move, date, name, kind, amount in rows
        ]

    @api.model
    def _get_message_entries(self, file) -> list[dict]:
        """Return the e-mails that the debtor sent."""
        messages = self.env["mail.message"].search(
            [
                ("message_type", "=", "email"),
                "|",
                "&",
                ("model", "=", "collection.debtor"),
                ("res_id", "=", file.id),
                "&",
                ("model", "=", "collection.followup"),
                ("res_id", "in", file.followup_ids.ids),
            ],
            limit=READ,
        )
        return [
            self._get_entry(
                message.date,
                "fa-reply",
                message.subject or self.env._("E-mail received"),
                html2plaintext(message.body or "")[:300],
                message.author_id.name or message.email_from,
                self.env[message.model].browse(message.res_id),
                tone="warning",
            )
            for message in messages
        ]
