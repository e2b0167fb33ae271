# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses
import datetime
import json
import logging
from decimal import Decimal
from typing import Any

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.legal import ONE_DAY, next_semester, semester_start
from ..core.rate_series import (
    LEGAL_PRO_SERIES,
    LONGEST_GAP,
    REFI_SERIES,
    STEP,
    RateError,
    SemesterRate,
    check_unit,
    parse_ecb,
    parse_webstat,
)
from . import rate_client

_logger = logging.getLogger(__name__)

#: connector -> key of its parameter, its series, how a row names it (not translated:
#: a source is a reference, the same for every reader)
SOURCES = {
    "bdf": ("legal_rate_pro", LEGAL_PRO_SERIES, "Banque de France, Webstat"),
    "ecb": ("ecb_refi", REFI_SERIES, "ECB data portal"),
}
#: system parameters; absent is off
PREFIX = "account_collection.rates_"
KEY_PARAMETER = PREFIX + "bdf_key"
#: semesters of daily rates that are read each time, the current one included
SEMESTERS_READ = 4


@dataclasses.dataclass(frozen=True)
class FetchResult:
    """What asking a source gave.

    :param added: parameters that are new, to confirm
    :param differing: those that exist with another value, left as they are
    :param same: number of values that are as ours
    :param error: why the source gave nothing
    """

    source: str
    added: Any = ()
    differing: Any = ()
    same: int = 0
    error: RateError | None = None


class CollectionParameter(models.Model):
    """Rates of public sources, when an administrator switched them on.

    What a source says is added to confirm; what exists is never written over.
    """

    _inherit = "collection.parameter"

    fetched_value = fields.Char(
        "Source's value",
        readonly=True,
        copy=False,
        help="What the public source gave for this semester, if not the value.",
    )
    fetched_on = fields.Date("Source asked on", readonly=True, copy=False)
    source_differs = fields.Boolean(
        "Differs from the source", compute="_compute_source_differs", store=True
    )

    @api.depends("value", "fetched_value")
    def _compute_source_differs(self):
        for row in self:
            said = row.fetched_value
            row.source_differs = bool(said) and Decimal(said) != row._get_decimal()

    def _get_decimal(self) -> Decimal:
        """Return the value without the dust of floating point."""
        return Decimal(str(self.value)).quantize(STEP)

    def _keep_on_update(self):
        """What a source says of a shipped value does not take it out of updates."""
        if self.env.context.get("collection_rate_source"):
            return None
        return super()._keep_on_update()

    # === SETTINGS === #

    @api.model
    def _get_rate_setting(self, name: str) -> str:
        get = self.env["ir.config_parameter"].sudo().get_param
        return (get(PREFIX + name) or "").strip()

    @api.model
    def _get_rate_sources(self) -> list[str]:
        """Return the sources that are switched on."""
        return [source for source in SOURCES if self._get_rate_setting(source)]

    # === FETCHING === #

    @api.model
    def _cron_fetch(self):
        """Ask the sources that are switched on; nobody is asked otherwise."""
        for result in self._fetch_rates():
            if result.error:
                _logger.warning("Rates of %s: %s", result.source, result.error)

    def action_fetch(self):
        """Ask the sources now, and say what came of it."""
        self.check_access("write")
        results = self._fetch_rates()
        if not results:
            raise UserError(
                self.env._(
                    "No public source of rates is switched on: an administrator does "
                    "it in the settings of the accounting, under “Public rates”."
                )
            )
        return self._notify_fetch(results)

    @api.model
    def _fetch_rates(self) -> list[FetchResult]:
        """Ask each source; the trouble of one is its own."""
        results = []
        for source in self._get_rate_sources():
            try:
                rates = self._ask_source(source)
                # Another process may add the same row at the same time.
                with self.env.cr.savepoint():
                    result = self._take_rates(source, rates)
            except RateError as error:
                result = FetchResult(source, error=error)
            except UniqueViolation:
                self.env.invalidate_all()
                result = FetchResult(source, error=RateError("conflict"))
            self._note_fetch(result)
            results.append(result)
        return results

    @api.model
    def _ask_source(self, source: str) -> list[SemesterRate]:
        """Return what a source says.

        :raise RateError: nothing that can be used
        """
        today = self._get_today()
        url, headers = self._get_rate_request(source, today)
        content = rate_client.fetch(url, headers)
        if source == "bdf":
            return parse_webstat(content, LEGAL_PRO_SERIES, next_semester(today))
        return parse_ecb(content, REFI_SERIES, self._get_semesters_read(today))

    @api.model
    def _get_rate_request(
        self, source: str, today: datetime.date
    ) -> tuple[str, dict[str, str]]:
        """Return the address of a source's series and the headers to send."""
        base = self._get_rate_setting(f"{source}_url")
        if source == "bdf":
            key = self._get_rate_setting("bdf_key")
            url = rate_client.get_webstat_url(base or rate_client.BDF_URL)
            return url, rate_client.get_key_headers(key)
        first = self._get_semesters_read(today)[-1] - LONGEST_GAP
        return rate_client.get_ecb_url(base or rate_client.ECB_URL, first), {}

    @api.model
    def _get_semesters_read(self, today: datetime.date) -> list[datetime.date]:
        """Return the first days of the last semesters, the current one first."""
        days = [semester_start(today)]
        while len(days) < SEMESTERS_READ:
            days.append(semester_start(days[-1] - ONE_DAY))
        return days

    # === TAKING === #

    @api.model
    def _take_rates(self, source: str, rates: list[SemesterRate]) -> FetchResult:
        """Add what is missing, and tell once what differs.

        :raise RateError: the figures are of another unit than ours
        """
        key = SOURCES[source][0]
        rows = self.search([("key", "=", key)])
        known = {row.valid_from: row for row in rows}
        check_unit(rates, {day: row._get_decimal() for day, row in known.items()})
        added = self.create(
            [
                self._prepare_fetched(source, rate)
                for rate in rates
                if rate.start not in known
            ]
        )
        differing, same = self.browse(), 0
        for rate in rates:
            row = known.get(rate.start, self.browse())
            if row and row._compare_fetched(source, rate):
                differing |= row
            same += bool(row)
        return FetchResult(source, added, differing, same - len(differing))

    @api.model
    def _prepare_fetched(self, source: str, rate: SemesterRate) -> dict:
        """Return the values of a parameter that a source gives."""
        key, series, name = SOURCES[source]
        today = self._get_today()
        url = self._get_rate_request(source, today)[0]
        return {
            "key": key,
            "value": float(rate.value),
            "unit": "percent",
            "valid_from": rate.start,
            "source": f"{name}, {series}: {url}",
            "source_date": today,
            "is_to_confirm": True,
        }

    def _compare_fetched(self, source: str, rate: SemesterRate) -> bool:
        """Tell whether the source says something else than a row.

        The same difference is told once, whatever became of the task.
        """
        self.ensure_one()
        quiet = self.with_context(
            collection_rate_source=True, mail_activity_quick_update=True
        )
        if rate.value == self._get_decimal():
            if self.fetched_value:
                quiet.write({"fetched_value": False, "fetched_on": False})
            return False
        said = f"{rate.value:f}"
        if said != self.fetched_value:
            quiet.write({"fetched_value": said, "fetched_on": self._get_today()})
            quiet._tell_difference(source, rate)
        return True

    def _tell_difference(self, source: str, rate: SemesterRate) -> None:
        """Give each manager of a live collection one task on the row."""
        self.ensure_one()
        companies = self.env["res.company"].sudo()
        live = companies.search([("collection_live", "=", True)]) or self.env.company
        managers = {company._get_collection_manager() for company in live}
        for manager in managers:
            local = self.sudo().with_context(lang=manager.lang)
            local.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=local._word_difference(source, rate.value),
                note=local.env._(
                    "Compare both with the official text. If the value here is wrong, "
                    "correct it; else leave it: nothing was changed."
                ),
                user_id=manager.id,
            )

    # === WHAT CAME LAST === #

    @api.model
    def _note_fetch(self, result: FetchResult) -> None:
        """Remember how the last call went, for the settings."""
        error = result.error
        said = {"at": fields.Datetime.to_string(fields.Datetime.now())}
        if error:
            said.update(key=error.key, detail=error.detail)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(f"{PREFIX}{result.source}_last", json.dumps(said))
