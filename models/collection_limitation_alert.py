# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from ..core.limitation import LEAD_DAYS, THRESHOLDS, find_alert, last_within
from .collection_engine import CONFLICTS, QUIET

_logger = logging.getLogger(__name__)

#: invoices that one task names; the others are counted
NAMED_AT_MOST = 50


class CollectionLimitationAlert(models.Model):
    """What somebody was warned of: a receivable, its last day, the lowest threshold.

    One record for each receivable. A last day that has moved since is told anew.
    """

    _name = "collection.limitation.alert"
    _description = "Limitation alert"
    _order = "date desc, id desc"

    move_line_id = fields.Many2one(
        "account.move.line", "Receivable", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    limitation_date = fields.Date("Limitation", required=True)
    months = fields.Integer("Months left at most", required=True)
    date = fields.Date("Given on", required=True)

    _move_line_uniq = models.UniqueIndex(
        "(move_line_id)", "This receivable already has its alert."
    )

    @api.model
    def _cron_alert(self):
        """Give the tasks of the day in every company that is live."""
        companies = self.env["res.company"].sudo()
        for company in companies.search([("collection_live", "=", True)]):
            alerts = self.sudo().with_company(company)
            today = self.env["collection.engine"]._get_day(company, None)
            alerts = alerts.with_context(
                **QUIET,
                allowed_company_ids=company.ids,
                collection_date=today,
            )
            alerts._alert(company.with_env(alerts.env), today)

    @api.model
    def _alert(self, company, today: datetime.date) -> None:
        """Give each debtor with a claim newly near its last day one task."""
        rows = self._find_rows(company, today)
        known = self.search([("move_line_id", "in", rows.ids)])
        told = {
            alert.move_line_id.id: (alert.limitation_date, alert.months)
            for alert in known
        }
        found = {}
        for debtor, group in rows.grouped("debtor_id").items():
            limits = {row.id: row.limitation_date for row in group}
            alert = find_alert(today, limits, told)
            if alert:
                ids = [row.id for row in group if row.id in alert.told]
                found[debtor] = (alert, group.browse(ids))
        files = self.env["collection.debtor"].with_context(active_test=False)
        files._ensure_files(company, [debtor.id for debtor in found])
        files = files.search(
            [
                ("company_id", "=", company.id),
                ("debtor_id", "in", [debtor.id for debtor in found]),
            ]
        )
        # Odoo names each task's record by itself: all the names are read at once.
        files.mapped("display_name")
        self._give([(file, *found[file.debtor_id]) for file in files], company, today)

    @api.model
    def _find_rows(self, company, today):
        """Return what may be sued for and is near its last day, the first to end first.

        Only the columns that the tasks need are read: the rest costs more.
        """
        horizon = last_within(today, max(THRESHOLDS))
        return self.env["collection.receivable"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("debtor_id", "!=", False),
                ("amount_residual", ">", 0),
                ("limitation_date", ">=", today),
                (
                    "limitation_date",
                    "<=",
                    horizon + datetime.timedelta(days=max(LEAD_DAYS.values())),
                ),
            ],
            ["debtor_id", "document", "amount_residual", "limitation_date"],
            order="limitation_date, id",
        )

    @api.model
    def _give(self, alerts: list, company, today) -> None:
        """Create tasks and remember them; one that fails leaves the others alone.

        :param alerts: (file, ``Alert``, its receivables)
        """
        if not alerts:
            return
        try:
            with self.env.cr.savepoint():
                manager = company._get_collection_manager()
                common = {
                    "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                    "res_model_id": self.env["ir.model"]._get_id("collection.debtor"),
                    "date_deadline": today,
                }
                tasks = [
                    {**common, **self._prepare_task(*alert, manager)}
                    for alert in alerts
                ]
                self.env["mail.activity"].create(tasks)
                self._remember(alerts, company, today)
        except CONFLICTS:
            raise
        except Exception:
            if len(alerts) == 1:
                file = alerts[0][0]
                _logger.exception("No limitation alert for debtor file %s", file.id)
                return
            middle = len(alerts) // 2
            self._give(alerts[:middle], company, today)
            self._give(alerts[middle:], company, today)

    @api.model
    def _remember(self, alerts: list, company, today) -> None:
        told = {}
        dates = {}
        for _file, alert, rows in alerts:
            told.update(alert.told)
            dates.update((row.id, row.limitation_date) for row in rows)
        self.search([("move_line_id", "in", list(told))]).unlink()
        self.create(
            [
                {
                    "move_line_id": line_id,
                    "company_id": company.id,
                    "limitation_date": dates[line_id],
                    "months": months,
                    "date": today,
                }
                for line_id, months in told.items()
            ]
        )

    # === WORDS === #

    @api.model
    def _prepare_task(self, file, alert, rows, manager) -> dict:
        """Return the task about a debtor, in the language of who gets it."""
        user = file.collector_id.active and file.collector_id or manager
        local = self.with_context(lang=user.lang)
        currency = file.company_id.currency_id
        amount = formatLang(
            local.env, sum(rows.mapped("amount_residual")), currency_obj=currency
        )
        return {
            "res_id": file.id,
            "user_id": user.id,
            "summary": local.env._(
                "Limitation on %(date)s: %(amount)s (alert at %(months)s months)",
                date=format_date(local.env, rows[0].limitation_date),
                amount=amount,
                months=alert.months,
            ),
            "note": local._word_note(rows, amount, currency),
        }

    @api.model
    def _word_note(self, rows, amount: str, currency) -> Markup:
        """Return the invoices with their amounts and last days."""
        lines = [
            Markup("<li>%s</li>")
            % self.env._(
                "%(document)s: %(amount)s, until %(date)s",
                document=row.document or "/",
                amount=formatLang(self.env, row.amount_residual, currency_obj=currency),
                date=format_date(self.env, row.limitation_date),
            )
            for row in rows[:NAMED_AT_MOST]
        ]
        if len(rows) > NAMED_AT_MOST:
            rest = self.env._("and %s more", len(rows) - NAMED_AT_MOST)
            lines.append(Markup("<li>%s</li>") % rest)
        head = self.env._(
            "Last day on which these invoices can be sued for, at the worst (%s in "
            "all). A reminder or a formal notice does not move it.",
            amount,
        )
        return Markup("<p>%s</p><ul>%s</ul>") % (head, Markup("").join(lines))
