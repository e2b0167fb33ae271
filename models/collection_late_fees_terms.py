# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses
import datetime
from decimal import ROUND_HALF_UP, Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.late_fees import ECB_RATE, LEGAL_RATE, ZERO, Movement, Phase, Rate, Terms
from ..core.legal import ONE_DAY, LegalTable


@dataclasses.dataclass(slots=True)
class Facts:
    """What the terms of receivables rest on, read once for all of them.

    :param classes: (company, debtor) -> class
    :param policies: receivable -> rate policy that applies, empty without one
    :param insolvencies: (company, debtor) -> day of the opening judgment
    :param notices: receivable -> day on which a formal notice was received
    :param imputation: what payments settle first, None = what the policy says
    :param titles: receivable -> days of a title whose interest is the legal rate
    :param receipts: receivable -> late fees of it that were booked and received
    :param periods: (company, debtor) -> key of a public body's payment period
    """

    table: LegalTable
    classes: dict[tuple, str]
    policies: dict[int, models.Model]
    insolvencies: dict[tuple, datetime.date]
    notices: dict[int, datetime.date]
    euro: models.Model
    imputation: str | None = None
    titles: dict[int, tuple] = dataclasses.field(default_factory=dict)
    receipts: dict[int, list[Movement]] = dataclasses.field(default_factory=dict)
    periods: dict[tuple, str] = dataclasses.field(default_factory=dict)


class CollectionLateFees(models.AbstractModel):
    """Which rate, from when to when, and whether the flat indemnity is owed."""

    _inherit = "collection.late.fees"

    @api.model
    def _read_facts(self, rows: dict[int, dict]) -> Facts:
        facts = Facts(
            self.env["collection.parameter"]._get_table(),
            classes={},
            policies={},
            insolvencies={},
            notices={},
            euro=self.env.ref("base.EUR"),
        )
        companies: dict[int, set] = {}
        for row in rows.values():
            companies.setdefault(row["company_id"], set()).add(row["debtor_id"])
        files, defaults = {}, {}
        for company in self.env["res.company"].browse(companies):
            files.update(self._read_files(company, companies[company.id], facts))
            defaults[company.id] = company._get_collection_rate_policy()
        for key, row in rows.items():
            own = self.env["collection.rate.policy"].browse(row["policy_id"])
            file = files.get((row["company_id"], row["debtor_id"]))
            facts.policies[key] = (
                own or (file and file._get_rate_policy()) or defaults[row["company_id"]]
            )
        consumers = [
            key
            for key, row in rows.items()
            if facts.classes[row["company_id"], row["debtor_id"]] == "consumer"
        ]
        facts.notices = self._read_notices(rows, consumers)
        return facts

    @api.model
    def _read_files(
        self, company, debtor_ids, facts: Facts
    ) -> dict[tuple, models.Model]:
        """Return (company, debtor) -> its file; set classes and insolvencies."""
        files = self.env["collection.debtor"].with_context(active_test=False)
        known = {
            file.debtor_id.id: file
            for file in files.search(
                [("company_id", "=", company.id), ("debtor_id", "in", list(debtor_ids))]
            )
        }
        for partner in self.env["res.partner"].browse(debtor_ids):
            file = known.get(partner.id)
            key = (company.id, partner.id)
            facts.classes[key] = (
                file.debtor_class if file else files._guess_class(company, partner)[0]
            )
            if file and file.public_period:
                facts.periods[key] = file.public_period
            if file and file.insolvency_date:
                facts.insolvencies[key] = file.insolvency_date
        return {(company.id, key): file for key, file in known.items()}

    @api.model
    def _read_notices(self, rows, keys) -> dict[int, datetime.date]:
        """Return receivable -> first day on which a formal notice was received.

        A notice that was refused or not claimed counts at its presentation. One whose
        presentation is not known yet does not count.
        """
        if not keys:
            return {}
        notices = {
            key: rows[key]["notice_on"] for key in keys if rows[key]["notice_on"]
        }
        self.env["collection.followup"].flush_model()
        self.env["collection.followup.line"].flush_model()
        for key, day in self.env.execute_query(
            SQL(
                """SELECT l.move_line_id, min(COALESCE(f.delivered_on, f.presented_on))
                     FROM collection_followup_line l
                     JOIN collection_followup f ON f.id = l.followup_id
                    WHERE l.move_line_id IN %s AND l.claimed AND l.counted
                      AND f.state = 'performed'
                    GROUP BY l.move_line_id""",
                tuple(keys),
            )
        ):
            if day:
                notices[key] = min(notices.get(key, day), day)
        return notices

    # === TERMS === #

    @api.model
    def _get_terms(self, row, facts: Facts, result) -> tuple[Terms, datetime.date]:
        """Return the terms of a receivable and the day that its delay starts from.

        It writes on ``result`` the class and the words of the rate.
        """
        place = (row["company_id"], row["debtor_id"])
        code = result.debtor_class = facts.classes[place]
        if row["claim_id"]:
            # Late fees bear no late fees (C. civ., article 1343-2).
            return Terms(), row["date_due"]
        date_due = self._get_due(row, code, facts)
        start = date_due + ONE_DAY
        policy = facts.policies[row["id"]]
        limits = self._get_limits(row, facts.insolvencies.get(place))
        if code == "consumer":
            return self._get_consumer_terms(
                row, policy, facts, limits, result
            ), date_due
        rate = policy._get_rate() if policy else self._get_default_rate(start, facts)
        if code == "public":
            points = facts.table.value("b2g_points", start)
            rate = Rate(ECB_RATE, points=points, is_frozen=True)
            result.words = self.env._(
                "the ECB refinancing rate of the semester in which the interest "
                "starts, plus %(points)s percentage points",
                points=points,
            )
        else:
            result.words = policy.words or self.env["collection.rate.policy"]._word_law(
                rate.points
            )
        imputation = policy.imputation if policy else "principal_first"
        terms = Terms(
            (Phase(start, rate),),
            indemnity=self._get_indemnity(row, start, facts),
            imputation=imputation,
            tolerance=self._get_tolerance(row),
            **limits,
        )
        return terms, date_due

    @api.model
    def _get_tolerance(self, row) -> Decimal:
        """Return what may be missing without owing 40 euros: what is too small to ask.

        In another currency than the company's there is none.
        """
        company = self.env["res.company"].browse(row["company_id"])
        if row["currency_id"] != company.currency_id.id:
            return ZERO
        return Decimal(str(company.collection_minimum_amount or 0))

    @api.model
    def _get_default_rate(self, start, facts: Facts) -> Rate:
        return Rate(ECB_RATE, points=facts.table.value("b2b_points", start))

    @api.model
    def _get_due(self, row, code: str, facts: Facts) -> datetime.date:
        """Return the due date; a public body's period runs from the availability.

        Source: CCP, articles R2192-10 and R2192-12.
        """
        if code != "public" or not row["available_on"]:
            return row["date_due"]
        period = facts.periods.get((row["company_id"], row["debtor_id"]), "public_days")
        days = int(facts.table.value(period, row["available_on"]))
        end = row["available_on"] + datetime.timedelta(days=days)
        return max(row["date_due"], end)

    @api.model
    def _get_limits(self, row, judgment) -> dict:
        """Return what an opening judgment changes; the date of supply decides.

        A prior claim bears interest up to the eve (C. com., L622-28) and keeps the
        indemnity of a due date before it (L441-10 II); later supplies bear both.
        """
        supplied = row["delivery_date"] or row["date"]
        if not judgment or supplied >= judgment:
            return {}
        return {"last": judgment - ONE_DAY, "indemnity_last": judgment}

    @api.model
    def _get_consumer_terms(self, row, policy, facts, limits, result) -> Terms:
        """Return the terms of a consumer: from the formal notice, never 40 euros.

        Source: C. civ., article 1231-6; the column of the rate follows the creditor.
        """
        notice = facts.notices.get(row["id"])
        if not notice:
            return Terms()
        rate = Rate(LEGAL_RATE)
        result.words = self.env._("the legal interest rate")
        if policy and policy.is_consumer_clause:
            rate, result.words = policy._get_rate(), policy.words
        start = max(notice, row["date_due"]) + ONE_DAY
        imputation = policy.imputation if policy else "principal_first"
        return Terms(
            (Phase(start, rate),), last=limits.get("last"), imputation=imputation
        )

    @api.model
    def _get_indemnity(self, row, start, facts: Facts) -> Decimal:
        """Return the flat indemnity in the receivable's currency.

        :raise UserError: the currency has no rate on that day
        """
        if not facts.table.has("indemnity", start):
            return ZERO if start.year < 2013 else facts.table.value("indemnity", start)
        amount = facts.table.value("indemnity", start)
        currency = self.env["res.currency"].browse(row["currency_id"])
        if currency == facts.euro:
            return amount
        company = self.env["res.company"].browse(row["company_id"])
        rates = {}
        for one in currency + facts.euro:
            rates[one] = self._find_exchange_rate(one, company, start)
            if not rates[one]:
                raise UserError(
                    self.env._(
                        "The late fees of %(document)s cannot be computed: "
                        "%(currency)s has no exchange rate on %(day)s. Enter one.",
                        document=row["document"],
                        currency=one.name,
                        day=start,
                    )
                )
        converted = amount * rates[currency] / rates[facts.euro]
        return converted.quantize(row["cent"], ROUND_HALF_UP)

    @api.model
    def _find_exchange_rate(self, currency, company, day) -> Decimal | None:
        """Return the latest rate of a currency up to a day, None when there is none.

        The currency's rates are read once for any number of days.
        """
        for rate in currency.rate_ids:
            if rate.name <= day and rate.company_id.id in (False, company.root_id.id):
                return Decimal(str(rate.rate))
        return Decimal(1) if currency == company.currency_id else None
