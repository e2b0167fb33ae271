# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL

from .collection_digest import DigestContent
from .collection_followup_tables import Formatter

#: rows of a list in the mail; the screen shows the others
ROWS_SHOWN = 40
READ_GROUP = "account_collection.group_collection_readonly"


class CollectionDigest(models.Model):
    """The weekly mail of held money: to the manager, and to each author of holds."""

    _inherit = "collection.digest"

    @api.model
    def _get_held_contents(self, company, today) -> list[DigestContent]:
        """Return the manager's mail, and one for each author with its own holds.

        Read at once; an author who lost its collection rights gets nothing.
        """
        rows = self._read_held(company, today)
        if not rows:
            return []
        manager = company._get_collection_manager()
        users = self.env["res.users"].browse(
            {row["user_id"] for row in rows if row["user_id"]} | {manager.id}
        )
        users = self._filter_recipients(company, users)
        contents = []
        for user in users.filtered(lambda user: user.has_group(READ_GROUP)):
            is_manager = user == manager
            own = [row for row in rows if is_manager or row["user_id"] == user.id]
            if own:
                words = HeldWords(
                    self.with_context(lang=user.lang or self.env.lang).env, company
                )
                contents.append(words.get_content(user, own, is_manager))
        return contents

    @api.model
    def _read_held(self, company, today) -> list[dict]:
        self.env.flush_all()
        report = self.env["collection.held.report"].sudo()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT v.id, v.document, v.debtor_id, d.complete_name AS debtor,
                       v.days_overdue, v.reason, v.decision, v.hold_id, v.user_id,
                       a.name AS author, v.date_review, v.review,
                       v.amount_held_company AS amount,
                       v.amount_overdue_company AS overdue
                  FROM %s v
                  JOIN res_partner d ON d.id = v.debtor_id
                  LEFT JOIN res_users u ON u.id = v.user_id
                  LEFT JOIN res_partner a ON a.id = u.partner_id
                 WHERE v.company_id = %s
                 ORDER BY v.date_review, v.amount_held_company DESC, v.id""",
                report.with_context(collection_date=today)._table_sql,
                company.id,
            )
        )


class HeldWords:
    """The words of a mail of held money, in its reader's language.

    Amounts are in company currency, at the ledger's own rates.
    """

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.formatter = Formatter(env)
        report = env["collection.held.report"]
        self.reasons = dict(report._selection_reason())
        self.decisions = dict(report._selection_decision())

    def get_content(self, user, rows, is_manager: bool) -> DigestContent:
        total = self.money(sum(row["amount"] for row in rows))
        late = [row for row in rows if row["review"] == "late"]
        return DigestContent(
            user,
            self.env._("Held money: %(total)s", total=total),
            "account_collection.digest_held",
            {
                "name": user.name,
                "company": self.company.name,
                "is_manager": is_manager,
                "total": total,
                "sections": self.get_sections(rows),
                "tables": self.get_tables(rows, is_manager),
                "url": f"{self.company.get_base_url()}/odoo/collection-held",
                "signature": not is_manager
                and self.company._get_collection_signature(),
            },
            [],
            self.env._(
                "%(count)s items, %(total)s, of which %(late)s to review",
                count=len(rows),
                total=total,
                late=len(late),
            ),
        )

    def get_reason(self, row) -> str:
        """Return what the author decided; without one, what holds."""
        return self.decisions.get(row["decision"]) or self.reasons.get(
            row["reason"], ""
        )

    def money(self, amount) -> str:
        return self.formatter.amount(amount, self.company.currency_id.id)

    def get_sections(self, rows) -> list[dict]:
        """Return the holds to review, then those that nothing will bring up again."""
        titles = {
            "late": self.env._("To review now"),
            "none": self.env._("Neither an end nor a review day"),
        }
        sections = []
        for code, title in titles.items():
            found = [row for row in rows if row["review"] == code]
            holds = self.group_holds(found)
            more = len(holds) - ROWS_SHOWN
            if holds:
                sections.append(
                    {
                        "title": title,
                        "rows": holds[:ROWS_SHOWN],
                        "more": more > 0 and self.env._("and %s others", more),
                    }
                )
        return sections

    def group_holds(self, rows) -> list[dict]:
        """Return a row for each hold, or each receivable that has none."""
        groups: dict[tuple, list[dict]] = {}
        for row in rows:
            hold = row["hold_id"]
            key = ("hold", hold) if hold else ("debtor", row["debtor_id"])
            groups.setdefault((*key, self.get_reason(row)), []).append(row)
        return [self.describe_hold(items) for items in groups.values()]

    def describe_hold(self, items) -> dict:
        first = items[0]
        names = [item["document"] or "" for item in items[:3]]
        more = len(items) - len(names)
        url = first["hold_id"] and (
            f"{self.company.get_base_url()}/odoo/collection-holds/{first['hold_id']}"
        )
        return {
            "url": url,
            "debtor": first["debtor"],
            "target": ", ".join(names) + (f" (+{more})" if more else ""),
            "reason": self.get_reason(first),
            "author": first["author"] or self.env._("The ledger"),
            "review": self.formatter.day(first["date_review"]),
            "amount": self.money(sum(item["amount"] for item in items)),
        }

    def get_tables(self, rows, is_manager: bool) -> list[dict]:
        """Return the totals by reason and, for the manager, by author."""
        tables = [
            {
                "title": self.env._("By reason"),
                "head": self.env._("Reason"),
                "rows": self.total(rows, self.get_reason),
            }
        ]
        if is_manager:
            nobody = self.env._("Nobody (ledger, probable payments)")
            tables.append(
                {
                    "title": self.env._("By author"),
                    "head": self.env._("Author"),
                    "rows": self.total(rows, lambda row: row["author"] or nobody),
                }
            )
        return tables

    def total(self, rows, get_name) -> list[dict]:
        """Return count, amounts and oldest of each group, the largest first."""
        groups: dict[str, list[dict]] = {}
        for row in rows:
            groups.setdefault(get_name(row) or "", []).append(row)
        sums = {
            name: sum(one["amount"] for one in items) for name, items in groups.items()
        }
        return [
            {
                "name": name,
                "count": len(groups[name]),
                "amount": self.money(sums[name]),
                "overdue": self.money(sum(one["overdue"] for one in groups[name])),
                "oldest": max(0, *(one["days_overdue"] for one in groups[name])),
            }
            for name in sorted(groups, key=lambda name: (-sums[name], name))
        ]
