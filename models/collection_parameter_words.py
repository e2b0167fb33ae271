# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_datetime
from odoo.tools.misc import formatLang

from ..core.rate_series import RateError


class CollectionParameter(models.Model):
    """The sentences about public sources of rates."""

    _inherit = "collection.parameter"

    @api.model
    def _get_source_name(self, source: str) -> str:
        names = {
            "bdf": self.env._("Banque de France (Webstat)"),
            "ecb": self.env._("ECB data portal"),
        }
        return names[source]

    @api.model
    def _format_rate(self, value: Decimal) -> str:
        """Return a rate with two digits after the point, more if it has more."""
        digits = max(2, -value.normalize().as_tuple().exponent)
        return f"{formatLang(self.env, float(value), digits=digits)}\N{NO-BREAK SPACE}%"

    def _word_difference(self, source: str, value: Decimal) -> str:
        """Return what a source says against a row."""
        self.ensure_one()
        return self.env._(
            "%(parameter)s: %(name)s gives %(value)s, the value here is %(own)s",
            parameter=self.display_name,
            name=self._get_source_name(source),
            value=self._format_rate(value),
            own=self._format_rate(self._get_decimal()),
        )

    @api.model
    def _word_rate_error(self, source: str, error: RateError) -> str:
        """Return why a source gave nothing, as a sentence that names it."""
        names = {"name": self._get_source_name(source), "detail": error.detail}
        sentences = (
            self._word_question_errors(names)
            | self._word_trouble_errors(names)
            | self._word_form_errors(names)
            | self._word_figure_errors(names)
        )
        return sentences[error.key]

    @api.model
    def _word_question_errors(self, names: dict[str, str]) -> dict[str, str]:
        """Return the sentences for questions that were not heard."""
        return {
            "no_key": self.env._("%(name)s: the API key is missing.", **names),
            "bad_key": self.env._("%(name)s: no API key has such characters.", **names),
            "insecure": self.env._("%(name)s: %(detail)s is not encrypted.", **names),
            "unreachable": self.env._("%(name)s cannot be reached.", **names),
            "timeout": self.env._("%(name)s did not answer in time.", **names),
            "login": self.env._("%(name)s refuses the API key (%(detail)s).", **names),
            "not_found": self.env._(
                "%(name)s does not know the series (%(detail)s).", **names
            ),
            "refused": self.env._("%(name)s refuses: %(detail)s.", **names),
        }

    @api.model
    def _word_trouble_errors(self, names: dict[str, str]) -> dict[str, str]:
        """Return the sentences for answers that did not arrive."""
        return {
            "lost": self.env._("%(name)s: the line dropped (%(detail)s).", **names),
            "busy": self.env._("%(name)s has too much to do.", **names),
            "server": self.env._("%(name)s has trouble (%(detail)s).", **names),
            "moved": self.env._("%(name)s has another address (%(detail)s).", **names),
            "large": self.env._("%(name)s answers more than %(detail)s.", **names),
            "conflict": self.env._(
                "%(name)s: somebody added this rate; ask again.", **names
            ),
        }

    @api.model
    def _word_form_errors(self, names: dict[str, str]) -> dict[str, str]:
        """Return the sentences for answers of another form."""
        return {
            "html": self.env._(
                "%(name)s answers with a page, not with figures.", **names
            ),
            "content": self.env._(
                "%(name)s answers what nobody can read: %(detail)s.", **names
            ),
            "columns": self.env._(
                "%(name)s: the table is not complete (%(detail)s).", **names
            ),
            "empty": self.env._("%(name)s gives no rate.", **names),
            "series": self.env._(
                "%(name)s gives another series (%(detail)s).", **names
            ),
        }

    @api.model
    def _word_figure_errors(self, names: dict[str, str]) -> dict[str, str]:
        """Return the sentences for figures that are no rates."""
        return {
            "unit": self.env._(
                "%(name)s does not answer in percent (%(detail)s).", **names
            ),
            "period": self.env._(
                "%(name)s gives a wrong period (%(detail)s).", **names
            ),
            "duplicate": self.env._(
                "%(name)s gives a period twice (%(detail)s).", **names
            ),
            "value": self.env._("%(name)s gives no number (%(detail)s).", **names),
            "range": self.env._("%(name)s: outside 0 to 30 %% (%(detail)s).", **names),
            "gap": self.env._(
                "%(name)s has no rate near the first day (%(detail)s).", **names
            ),
        }

    # === RESULT === #

    @api.model
    def _word_fetch(self, result) -> list[str]:
        """Return what asking a source gave, in sentences.

        :param result: a ``FetchResult``
        """
        if result.error:
            return [
                self._word_rate_error(result.source, result.error),
                self.env._("Nothing was changed."),
            ]
        sentences = []
        for row in result.added:
            sentences.append(
                self.env._(
                    "Added, to confirm: %(name)s, %(value)s.",
                    name=row.display_name,
                    value=self._format_rate(row._get_decimal()),
                )
            )
        for row in result.differing:
            words = row._word_difference(result.source, Decimal(row.fetched_value))
            sentences.append(f"{words}.")
        if result.same or not sentences:
            sentences.append(
                self.env._(
                    "%(name)s: values equal to those here: %(count)s.",
                    name=self._get_source_name(result.source),
                    count=result.same,
                )
            )
        return sentences

    @api.model
    def _notify_fetch(self, results) -> dict:
        """Return the message of the button.

        :param results: list of ``FetchResult``
        """
        is_good = not any(one.error or one.differing for one in results)
        is_bad = all(one.error for one in results)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_good else "danger" if is_bad else "warning",
                "sticky": not is_good,
                "message": "\n".join(
                    " ".join(self._word_fetch(result)) for result in results
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _word_last_fetch(self, source: str) -> str:
        """Return how the last call of a source went, empty when there was none."""
        said = self._get_rate_setting(f"{source}_last")
        if not said:
            return ""
        said = json.loads(said)
        at = format_datetime(self.env, fields.Datetime.to_datetime(said["at"]))
        if "key" not in said:
            return self.env._("Answered on %(at)s.", at=at)
        error = RateError(said["key"], said["detail"])
        return f"{at}: {self._word_rate_error(source, error)}"
