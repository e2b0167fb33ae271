# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import pytz

from odoo import api, fields, models
from odoo.tools import format_date, html2plaintext

#: receivables shown at once; the rest is one click away
ITEMS_SHOWN = 200


class CollectionPanel(models.AbstractModel):
    """Everything about a debtor, for the panel beside the worklist.

    One call, a constant number of queries, plain values for JSON. Each part is a method
    ``_get_<part>``, so that another module adds its own.
    """

    _name = "collection.panel"
    _description = "Panel of a debtor"

    @api.model
    def get_panel(self, file_id: int) -> dict:
        """Return what the panel shows about a debtor file.

        :raise AccessError: the file is not in the user's companies or portfolio
        """
        file = self.env["collection.debtor"].browse(file_id).exists()
        if not file:
            return {}
        file.check_access("read")
        parts = ("head", "next", "items", "timeline", "contacts", "holds", "habits")
        return {
            "id": file.id,
            **{part: getattr(self, f"_get_{part}")(file) for part in parts},
            "alerts": self._get_alerts(file),
            "rights": self._get_rights(),
        }

    @api.model
    def _get_rights(self) -> dict[str, bool]:
        has_group = self.env.user.has_group
        return {
            "collector": has_group("account_collection.group_collection_user"),
            "manager": has_group("account_collection.group_collection_manager"),
        }

    # === HEAD === #

    @api.model
    def _get_head(self, file) -> dict:
        partner = file.debtor_id
        return {
            "name": partner.display_name,
            "partner_id": partner.id,
            "reference": partner.ref or "",
            "registry": partner.company_registry or "",
            "company": file.company_id.name,
            "currency_id": file.company_id.currency_id.id,
            "segment": file.segment_id.name or "",
            "scenario": file.used_scenario_id.name or "",
            "collector": self._as_user(file.collector_id),
            "salespeople": self._get_salespeople(file),
            "is_consumer": file._is_consumer(),
            "postponed_until": self._as_date(file.postponed_until),
            "case": file.case_id._get_reference(),
            "case_since": self._as_date(file.case_id.date_open),
            "level": file.case_id.level_id.name or "",
            "deferral": self._get_deferral(file),
            "amounts": self._get_amounts(file),
            "note": html2plaintext(file.note or ""),
            "hours": self._get_hours(file),
        }

    @api.model
    def _get_amounts(self, file) -> dict[str, float]:
        """Return the exposure to the debtor by parts, in company currency.

        Everything open, of which not due, overdue and held; credits are negative.
        """
        rows = self.env["collection.receivable"]._read_group(
            [
                ("debtor_id", "=", file.debtor_id.id),
                ("company_id", "=", file.company_id.id),
            ],
            ["bucket", "status", "nature"],
            ["amount_residual:sum"],
        )
        result = dict.fromkeys(
            ("open", "not_due", "overdue", "held", "credits", "retention"), 0.0
        )
        for bucket, status, nature, amount in rows:
            result["open"] += amount
            if nature == "retention":
                result["retention"] += amount
            elif status == "credit":
                result["credits"] += amount
            elif bucket == "not_due":
                result["not_due"] += amount
            else:
                result["overdue"] += amount
                result["held"] += amount if status == "held" else 0.0
        partner = file.debtor_id.with_company(file.company_id).sudo()
        has_limit = partner.use_partner_credit_limit
        result["limit"] = partner.credit_limit if has_limit else False
        result["late_fees"] = self.env["collection.late.fees"].sudo()._get_sum(file)
        round_ = file.company_id.currency_id.round
        return {
            key: amount if amount is False else round_(amount)
            for key, amount in result.items()
        }

    @api.model
    def _get_salespeople(self, file) -> list[dict]:
        """Return who sold what is open, else the customer's own salesperson."""
        receivables = self.env["collection.receivable"].search(
            [
                ("debtor_id", "=", file.debtor_id.id),
                ("company_id", "=", file.company_id.id),
                ("status", "!=", "credit"),
            ]
        )
        users = receivables.move_id.sudo().invoice_user_id or file.debtor_id.user_id
        return [self._as_user(user) for user in users[:3]]

    @api.model
    def _get_deferral(self, file) -> str:
        if not file.deferral_code:
            return ""
        field = file._fields["deferral_code"]
        return dict(field._description_selection(self.env))[file.deferral_code]

    @api.model
    def _get_hours(self, file) -> dict:
        """Return whether the debtor may be called now, else from when on; UTC."""
        company = file.company_id
        hours = company._get_collection_hours(file._is_consumer())
        calendar = self.env["collection.calendar"]._get_calendar(company)
        now = company._get_collection_now().replace(microsecond=0)
        return {
            "is_open": hours.is_open(now, calendar),
            "next": self._as_utc(company, hours.next_open(now, calendar)),
            "again": self._as_utc(company, hours.other_half_day(now, calendar)),
        }

    @api.model
    def _get_next(self, file) -> dict:
        """Return the debtor's line of the worklist, in words."""
        worklist = self.env["collection.worklist"]._of_debtors(file.debtor_id)
        row = worklist.search([("file_id", "=", file.id)])
        if not row:
            return {}
        followup = row.followup_id
        return {
            "kind": row.kind or "",
            "label": row.action_text,
            "reason": row.reason_text,
            "priority": row.priority,
            "why": row.priority_text,
            "followup_id": followup.id,
            "channel": followup.channel or "",
            "state": followup.state or "",
            "level": followup.level_id.code or "",
            "attempts": followup.attempts,
            "warning": followup.warning or "",
            "amount": followup.amount,
        }

    # === RECEIVABLES === #

    @api.model
    def _get_items(self, file) -> list[dict]:
        """Return the receivables and credits with where each stands."""
        rows = self.env["collection.receivable"].search(
            [
                ("debtor_id", "=", file.debtor_id.id),
                ("company_id", "=", file.company_id.id),
            ],
            limit=ITEMS_SHOWN,
        )
        return [
            {
                "id": row.move_line_id.id,
                "move_id": row.move_id.id,
                "document": row.document or "",
                "reference": row.reference or "",
                "invoiced": self._as_date(row.invoice_date),
                "due": self._as_date(row.date_due),
                "days": row.days_overdue,
                "total": row.amount_total,
                "residual": row.amount_residual_currency,
                "held": row.amount_held,
                "currency_id": row.currency_id.id,
                "status": row.status,
                "text": row.status_text,
                "reason": row.hold_reason or "",
                "level": row.level_id.name or "",
            }
            for row in rows
        ]

    # === CONTACTS AND HOLDS === #

    @api.model
    def _get_contacts(self, file) -> list[dict]:
        """Return whom to write to and call, in the order in which they are tried."""
        recipients = self.env["collection.recipient"]
        chain = recipients._read_chains(file.company_id, file.debtor_id.ids)
        chain = chain.get(file.debtor_id.id, [])
        roles = dict(
            self.env["collection.contact"]
            ._fields["role"]
            ._description_selection(self.env)
        )
        partners = self.env["res.partner"].browse(
            dict.fromkeys(partner for _role, partner in chain)
        )
        values = {partner.id: recipients._get_email(partner) for partner in partners}
        refused = self.env["collection.undeliverable"]._get_refused(
            [value for value in values.values() if value]
        )
        return [
            {
                "id": partner.id,
                "name": partner.name or partner.display_name,
                "function": partner.function or "",
                "roles": [
                    roles[role] for role, one in chain if one == partner.id and role
                ],
                "phone": partner.phone or "",
                "email": partner.email or "",
                "is_refused": values[partner.id] in refused,
            }
            for partner in partners
        ]

    @api.model
    def _get_holds(self, file) -> list[dict]:
        reasons = dict(
            self.env["collection.hold"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        return [
            {
                "id": hold.id,
                "reason": reasons[hold.reason],
                "document": hold.move_id.name or "",
                "amount": hold.amount,
                "currency_id": hold.currency_id.id,
                "author": hold.user_id.name,
                "until": self._as_date(hold.date_end),
                "review": self._as_date(hold.date_review),
                "note": hold.note or "",
            }
            for hold in self.env["collection.hold"].search(
                [
                    ("debtor_id", "=", file.debtor_id.id),
                    ("company_id", "=", file.company_id.id),
                ]
            )
        ]

    @api.model
    def _get_habits(self, file) -> dict:
        """Return how the debtor usually pays, in words."""
        habit = file._read_habits()[file.id]
        lines = []
        if habit["days_late"] is not None:
            lines.append(self._get_delay_text(habit))
        if file.payment_days:
            lines.append(self.env._("Pays on: %s", file.payment_days))
        elif habit["usual_days"]:
            days = ", ".join(map(str, habit["usual_days"]))
            lines.append(self.env._("Usually pays on day %s of the month", days))
        if habit["last_payment_date"]:
            amount = file.currency_id.format(habit["last_payment_amount"])
            day = format_date(self.env, habit["last_payment_date"])
            lines.append(
                self.env._(
                    "Last payment: %(amount)s on %(date)s", amount=amount, date=day
                )
            )
        if file.next_payment_date:
            day = format_date(self.env, file.next_payment_date)
            lines.append(self.env._("Next payment expected on %s", day))
        lines += [closure.display_name for closure in file.closure_ids]
        return {"lines": lines}

    @api.model
    def _get_delay_text(self, habit: dict) -> str:
        days = round(habit["days_late"])
        count = habit["invoices_paid"]
        if days < 0:
            return self.env._(
                "Pays %(days)s days early (%(count)s invoices in 12 months)",
                days=-days,
                count=count,
            )
        return self.env._(
            "Pays %(days)s days late (%(count)s invoices in 12 months)",
            days=days,
            count=count,
        )

    @api.model
    def _get_alerts(self, file) -> list[str]:
        """Return what to know before anything is done."""
        engine = self.env["collection.engine"].sudo()
        run_day = engine._get_last_bank_day(file.company_id)
        calendar = self.env["collection.calendar"]._get_calendar(file.company_id)
        today = self.env["collection.receivable"]._get_today()
        company = file.company_id.sudo()
        alerts = []
        if (
            run_day
            and calendar.count(run_day, today) > company.collection_bank_stale_days
        ):
            alerts.append(
                self.env._(
                    "The bank was last updated on %s: payments may be missing.",
                    fields.Date.to_string(run_day),
                )
            )
        bank_alert = company._get_collection_bank_alert(today)
        if bank_alert:
            alerts.append(bank_alert)
        return alerts

    # === VALUES === #

    @staticmethod
    def _as_date(day) -> str:
        return fields.Date.to_string(day) or ""

    @staticmethod
    def _as_utc(company, moment) -> str:
        """Return a local moment of the company in UTC, as the client reads it."""
        local = company._get_collection_zone().localize(moment)
        return fields.Datetime.to_string(local.astimezone(pytz.utc))

    @staticmethod
    def _as_user(user) -> dict:
        return {"id": user.id, "name": user.sudo().name or ""}
