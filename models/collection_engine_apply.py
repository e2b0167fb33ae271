# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""A company's day: what the plan decided is written here, by sets."""

from odoo.tools import SQL

from ..core import planning
from ..core.figures import INTERNAL, Figures, Role, sort_items
from .collection_engine_plan import DayRun
from .collection_followup import UNDELIVERABLE
from .sql_rows import insert_rows


class DayWriter:
    """Writes the plans of a batch: cases, follow-ups, lines, then the channels.

    :param run: the day, with the receivables that the plans are about
    :param files: locked debtor files
    """

    def __init__(self, run: DayRun, files):
        self.run = run
        self.env = run.env
        self.files = {file.debtor_id.id: file for file in files}
        self.cases = {file.debtor_id.id: file.case_id.id for file in files}

    def apply(self, plans: list[planning.DebtorPlan]) -> dict[str, int]:
        """Write the plans.

        :return: cases_opened; failed: debtors whose message could not be made
        """
        opened = self._open_cases(plans)
        overtaken = [line for plan in plans for line in plan.overtaken]
        self.env["collection.followup.line"].browse(overtaken)._overtake()
        pairs = [(plan, planned) for plan in plans for planned in plan.followups]
        figures = [self._get_figures(plan, planned) for plan, planned in pairs]
        followups = self._insert_followups(pairs, figures)
        self._insert_lines(pairs, followups)
        self._replace_undelivered(followups)
        self._write_deferrals(plans)
        failed = self._dispatch(pairs, followups, figures)
        return {"cases_opened": opened, "failed": failed}

    def _write_deferrals(self, plans) -> None:
        """Keep on the files why the day was put off, so that people see it."""
        today = self.run.today
        rows = []
        for plan in plans:
            codes = set(plan.withheld.values())
            code = next((one for one in planning.DEFERRALS if one in codes), None)
            file = self.files[plan.debtor_id]
            if (file.deferral_code or None, file.deferral_on or None) != (
                code,
                code and today,
            ):
                rows.append((file.id, code, code and today))
        if not rows:
            return
        ids, codes, days = map(list, zip(*rows, strict=True))
        self.env.execute_query(
            SQL(
                """UPDATE collection_debtor f
                      SET deferral_code = v.code, deferral_on = v.day
                     FROM unnest(%s::int[], %s::varchar[], %s::date[])
                          v (id, code, day)
                    WHERE f.id = v.id RETURNING f.id""",
                ids,
                codes,
                days,
            )
        )
        files = self.env["collection.debtor"].browse(ids)
        files.invalidate_recordset(["deferral_code", "deferral_on"], flush=False)

    def set_amounts(self, plans) -> None:
        """Write on each planned follow-up what its message will claim."""
        for plan in plans:
            for planned in plan.followups:
                shown = self._get_figures(plan, planned)
                planned.amount = self._get_amount(planned, shown)

    def _replace_undelivered(self, followups) -> None:
        """Cancel the follow-ups whose steps went to another address."""
        if not followups or self.run.records_only:
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT old.followup_id
                     FROM collection_followup_line new
                     JOIN collection_followup_line old
                       ON old.move_line_id = new.move_line_id
                      AND old.step_id = new.step_id AND NOT old.counted
                     JOIN collection_followup w ON w.id = old.followup_id
                    WHERE new.followup_id IN %s AND w.state = 'failed'
                      AND w.failure_code IN %s""",
                followups._ids,
                UNDELIVERABLE,
            )
        )
        gone = self.env["collection.followup"].browse(row[0] for row in rows)
        gone._cancel(self.env._("Sent to another address."))

    def _open_cases(self, plans) -> int:
        debtors = [
            plan.debtor_id for plan in plans if plan.opens_case and not plan.has_case
        ]
        cases = self.env["collection.case"]
        ids = insert_rows(
            cases,
            [
                {
                    "file_id": self.files[debtor].id,
                    "debtor_id": debtor,
                    "company_id": self.run.company.id,
                    "collector_id": self.files[debtor].collector_id.id,
                    "date_open": self.run.today,
                    "state": "open",
                }
                for debtor in debtors
            ],
        )
        if not ids:
            return 0
        self.cases.update(zip(debtors, ids, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE collection_debtor f SET case_id = k.id
                     FROM collection_case k WHERE k.file_id = f.id AND k.id IN %s""",
                tuple(ids),
            )
        )
        self.env["collection.debtor"].invalidate_model(["case_id"])
        return len(ids)

    def _get_figures(self, plan, planned) -> Figures:
        """Return what the message shows, from the rows of the plan itself."""
        roles = {
            row.id: Role(row.step.level == "notice", row.step.delay)
            for row in planned.rows
        }
        items = self.run.items[plan.debtor_id]
        kind = INTERNAL if planned.step.is_internal else planned.step.level
        return sort_items(items, roles, kind)

    def _insert_followups(self, pairs, figures):
        langs = self._read_langs(pairs)
        is_done = self.run.records_only
        rows = []
        for (plan, planned), shown in zip(pairs, figures, strict=True):
            address = planned.address
            recipient = address.partner_id if address else plan.debtor_id
            planned.amount = self._get_amount(planned, shown)
            rows.append(
                {
                    "company_id": self.run.company.id,
                    "file_id": self.files[plan.debtor_id].id,
                    "debtor_id": plan.debtor_id,
                    "case_id": self.cases[plan.debtor_id],
                    "step_id": planned.step.id,
                    "level_id": planned.step.level_id,
                    "channel": planned.channel,
                    "mode": planned.step.mode,
                    "counts_in_budget": planned.counts,
                    "is_internal": planned.step.is_internal,
                    "date": self.run.today,
                    "state": "performed" if is_done else planned.state,
                    "is_simulated": is_done,
                    "performed_on": is_done and self.run.today,
                    "recipient_id": recipient,
                    "recipient_address": address.value if address else False,
                    "lang": langs.get(recipient) or langs.get(plan.debtor_id),
                    "warning": self._get_warning(planned.warnings),
                    "amount": planned.amount,
                    "fingerprint": shown.fingerprint(),
                    "attempts": 0,
                }
            )
        followups = self.env["collection.followup"]
        return followups.browse(insert_rows(followups, rows))

    def _get_amount(self, planned, shown: Figures) -> float:
        """Return what the message claims, rounded: part of a foreign item is not."""
        total = shown.total_company()
        if not self.run.has_guards:
            total = sum(row.amount_due for row in planned.rows)
        return self.run.company.currency_id.round(float(total))

    def _read_langs(self, pairs) -> dict[int, str]:
        """Return contact -> installed language, the company's as a default."""
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        company = self.run.company
        default = company.partner_id.lang or self.env.user.lang or "en_US"
        ids = {plan.debtor_id for plan, _planned in pairs}
        ids |= {one.address.partner_id for _plan, one in pairs if one.address}
        partners = self.env["res.partner"].browse(ids)
        return {
            partner.id: partner.lang if partner.lang in installed else default
            for partner in partners
        }

    def _get_warning(self, warnings) -> str | bool:
        texts = {
            "bank_stale": self.env._("The bank has not been updated for some days."),
            "probable_payment": self.env._("A receipt that may pay this is unmatched."),
        }
        if "bank_details" in warnings:
            bank = self.run.bank
            # The log's own words, so that they can be taken off again.
            texts["bank_details"] = bank.row.warning or bank.get_warning(self.env)
        return " ".join(texts[code] for code in warnings) or False

    def _insert_lines(self, pairs, followups) -> None:
        run, is_done = self.run, self.run.records_only
        rows = []
        for (plan, planned), followup_id in zip(pairs, followups.ids, strict=True):
            for row in planned.rows:
                line = run.lines[row.id]
                rows.append(
                    {
                        "followup_id": followup_id,
                        "company_id": run.company.id,
                        "debtor_id": plan.debtor_id,
                        "move_line_id": row.id,
                        "move_id": line["move_id"],
                        "step_id": row.step.id,
                        "level_id": row.step.level_id,
                        "document": line["document"],
                        "date_due": line["date_due"],
                        "date": run.today,
                        "delay": row.step.delay,
                        "channel": planned.channel,
                        "currency_id": line["currency_id"],
                        "amount_residual": float(line["residual"]),
                        "amount_due": float(line["due"]),
                        "counted": True,
                        "claimed": row.step.level == "notice",
                        "is_internal": row.step.is_internal,
                        "state": "performed" if is_done else planned.state,
                        "performed_on": run.today if is_done else None,
                    }
                )
        self.env["collection.followup.line"]._insert(rows)

    def _dispatch(self, pairs, followups, figures) -> int:
        """Hand over what leaves by itself; return how many debtors failed."""
        if self.run.records_only:
            return 0
        leaving = {
            followup.id: shown
            for (_plan, planned), followup, shown in zip(
                pairs, followups, figures, strict=True
            )
            if planned.state == "queued"
        }
        batch = followups.browse(leaving)
        if batch:
            batch._dispatch(batch._get_reading(leaving, self.run))
        return len(batch.filtered(lambda one: one.state == "failed").debtor_id)
