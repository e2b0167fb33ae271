# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import pytz

from odoo import api, models
from odoo.tools import SQL

from ..core.working_days import WorkingCalendar
from .account_account import FRENCH_COUNTRIES


class CollectionCalendar(models.AbstractModel):
    """The working days of a company, from Odoo's own calendar."""

    _name = "collection.calendar"
    _description = "Working days of collection"

    @api.model
    def _get_calendar(self, company) -> WorkingCalendar:
        """Return the week of the company's calendar, its closures and holidays.

        Closures are the calendar's leaves that concern nobody in particular; a
        public holiday of France needs no entry.
        """
        company = company.sudo()
        calendar = company.resource_calendar_id
        self.env["resource.calendar.attendance"].flush_model()
        self.env["resource.calendar.leaves"].flush_model()
        days = self.env.execute_query(
            SQL(
                """SELECT DISTINCT dayofweek FROM resource_calendar_attendance
                    WHERE calendar_id = %s AND display_type IS NULL
                      AND day_period <> 'lunch'""",
                calendar.id or None,
            )
        )
        leaves = self.env.execute_query(
            SQL(
                """SELECT date_from, date_to FROM resource_calendar_leaves
                    WHERE resource_id IS NULL
                      AND COALESCE(company_id, %(company)s) = %(company)s
                      AND COALESCE(calendar_id, %(calendar)s) = %(calendar)s""",
                company=company.id,
                calendar=calendar.id or 0,
            )
        )
        zone = calendar.tz or "Europe/Paris"
        closures = tuple(
            (self._local_day(first, zone), self._local_day(last, zone))
            for first, last in leaves
        )
        country = company.country_id or company.account_fiscal_country_id
        return WorkingCalendar(
            frozenset(int(day) for (day,) in days) or frozenset(range(5)),
            closures,
            country.code in FRENCH_COUNTRIES,
        )

    @staticmethod
    def _local_day(moment, zone: str):
        """Return the day of a UTC moment in a time zone."""
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()
