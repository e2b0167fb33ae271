# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import pytz

from odoo import api, models

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
        attendances = calendar.attendance_ids.filtered(
            lambda slot: not slot.display_type and slot.day_period != "lunch"
        )
        days = {int(day) for day in attendances.mapped("dayofweek")}
        leaves = self.env["resource.calendar.leaves"].sudo().search_fetch(
            [
                ("resource_id", "=", False),
                ("company_id", "in", [company.id, False]),
                ("calendar_id", "in", [calendar.id, False]),
            ],
            ["date_from", "date_to"],
        )
        zone = calendar.tz or "Europe/Paris"
        closures = tuple(
            (self._local_day(leave.date_from, zone), self._local_day(leave.date_to, zone))
            for leave in leaves
        )
        country = company.country_id or company.account_fiscal_country_id
        return WorkingCalendar(
            frozenset(days) or frozenset(range(5)),
            closures,
            country.code in FRENCH_COUNTRIES,
        )

    @staticmethod
    def _local_day(moment, zone: str):
        """Return the day of a UTC moment in a time zone."""
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()
