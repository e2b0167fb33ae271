# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL, email_normalize

from ..core.planning import Address

#: who is told in place of a role that nobody holds
CHAINS = {
    "salesperson": ("salesperson", "collector", "manager"),
    "collector": ("collector", "manager"),
    "manager": ("manager",),
}


class CollectionRecipient(models.AbstractModel):
    """Colleagues: whom an internal step tells."""

    _inherit = "collection.recipient"

    @api.model
    def _sql_salesperson(self) -> SQL:
        """Return the salesperson of a receivable, the only definition.

        The invoice's own; an entry without one (opening balances) has the customer's.
        The query has ``n`` (account_move) and ``d`` (res_partner, the debtor).
        """
        return SQL(
            "CASE WHEN n.move_type = 'entry' THEN d.user_id ELSE n.invoice_user_id END"
        )

    @api.model
    def _get_colleagues(self, company, wanted) -> dict[int, Address]:
        """Return receivable -> address of the colleague who is told about it.

        Who left, has no address, or whose address returned a message is passed over:
        the next of the chain is told. A receivable without anybody has no entry. The
        number of queries does not depend on the number of receivables.

        :param wanted: role -> ids of receivables
        """
        holders = self._read_holders(sum(wanted.values(), []))
        manager = company._get_collection_manager()
        users = self.env["res.users"].browse(
            {manager.id, *(user for pair in holders.values() for user in pair if user)}
        )
        emails = {
            user.id: email_normalize(user.partner_id.email or "")
            for user in users._filter_collection_colleagues(company)
        }
        refused = self.env["collection.undeliverable"]._get_refused(
            {email for email in emails.values() if email}
        )
        addresses = {
            user.id: Address(user.partner_id.id, emails[user.id])
            for user in users
            if emails.get(user.id) and emails[user.id] not in refused
        }
        found = {}
        for role, ids in wanted.items():
            for key in ids:
                salesperson, collector = holders.get(key, (None, None))
                people = {
                    "salesperson": salesperson,
                    "collector": collector,
                    "manager": manager.id,
                }
                chain = (addresses.get(people[one]) for one in CHAINS[role])
                address = next(filter(None, chain), None)
                if address:
                    found[key] = address
        return found

    @api.model
    def _read_holders(self, ids) -> dict[int, tuple]:
        """Return receivable -> its salesperson and its collector (user ids)."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.id, %s, f.collector_id
                  FROM account_move_line l
                  JOIN account_move n ON n.id = l.move_id
                  JOIN res_partner p ON p.id = l.partner_id
                  JOIN res_partner d ON d.id = p.commercial_partner_id
                  LEFT JOIN collection_debtor f
                         ON f.company_id = l.company_id AND f.debtor_id = d.id
                 WHERE l.id IN %s""",
                self._sql_salesperson(),
                tuple(ids) or (0,),
            )
        )
        return {key: (salesperson, collector) for key, salesperson, collector in rows}
