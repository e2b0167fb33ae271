# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models

from .collection_digest import DigestContent


class CollectionDigest(models.Model):
    """The weekly mail of a salesperson: the overdue invoices of its customers."""

    _inherit = "collection.digest"

    @api.model
    def _get_sales_contents(self, company, today) -> list[DigestContent]:
        """Return a mail for each salesperson who has overdue receivables.

        Read at once for all of them, worded once for each language.
        """
        overdue = self.env["collection.sales.overdue"]
        groups = overdue._read_overdue(company, today)
        users = self.env["res.users"].browse(groups)
        users = self._filter_recipients(company, users)
        if not users:
            return []
        rows = [row for user in users for row in groups[user.id]]
        outlook = overdue._get_outlook(company, today, rows)
        contents = []
        for lang, readers in users.grouped("lang").items():
            reading = self.with_context(lang=lang or self.env.lang)
            contents += reading._prepare_sales_contents(
                company, readers, groups, outlook
            )
        return contents

    @api.model
    def _prepare_sales_contents(self, company, users, groups, outlook):
        """Return the mails of users who read the environment's language."""
        overdue = self.env["collection.sales.overdue"]
        rows = [row for user in users for row in groups[user.id]]
        described = {line["id"]: line for line in overdue._describe(rows, outlook)}
        signature = company._get_collection_signature()
        contents = []
        for user in users:
            lines = [described[row["id"]] for row in groups[user.id]]
            totals = self.env._(" and ").join(overdue._get_totals(lines))
            count = len(lines)
            customers = overdue._group(lines)
            subject = self.env._(
                "Overdue invoices of your customers (%(count)s): %(total)s",
                count=count,
                total=totals,
            )
            summary = self.env._(
                "Invoices: %(count)s, customers: %(customers)s, %(total)s, the oldest "
                "%(days)s days late",
                count=count,
                customers=len(customers),
                total=totals,
                days=max(line["days"] for line in lines),
            )
            contents.append(
                DigestContent(
                    user,
                    subject,
                    "account_collection.digest_sales",
                    {
                        "name": user.name,
                        "company": company.name,
                        "customers": customers,
                        "totals": totals,
                        "signature": signature,
                    },
                    [line["id"] for line in lines],
                    summary,
                )
            )
        return contents
