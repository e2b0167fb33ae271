# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL, email_normalize

from ..core.planning import Address
from .collection_step import CONTACT_ROLES


class CollectionRecipient(models.AbstractModel):
    """Whom to write to: contact by role, with a fallback chain.

    For a role: the file's contact of that role, else its accounting contact, else the
    debtor's invoice address, else the debtor. An address or number that returned a
    message or is blacklisted is passed over: the next contact of the chain is tried.
    """

    _name = "collection.recipient"
    _description = "Recipients of follow-ups"

    @api.model
    def _get_addresses(self, company, debtor_ids) -> dict[int, dict]:
        """Return debtor -> (channel, role) -> address, for a batch of debtors.

        The number of queries does not depend on the number of debtors.
        """
        chains = self._read_chains(company, debtor_ids)
        partners = self.env["res.partner"].browse(
            {partner for chain in chains.values() for _role, partner in chain}
        )
        partners.fetch(
            ["name", "email_normalized", "phone", "street", "street2", "zip", "city"]
            + ["country_id", "parent_id", "lang", "is_company", "commercial_partner_id"]
        )
        emails = {partner.id: self._get_email(partner) for partner in partners}
        postal = {partner.id: self._get_postal(partner) for partner in partners}
        mobiles = self._get_mobiles(partners, company)
        values = {*emails.values(), *postal.values(), *mobiles.values()}
        values -= {"", False, None}
        refused = self.env["collection.undeliverable"]._get_refused(values)
        result = {}
        for debtor, chain in chains.items():
            found = result.setdefault(debtor, {})
            for role, _label in CONTACT_ROLES:
                order = self._get_order(chain, role)
                self._fill(found, role, "email", order, emails, refused)
                self._fill(found, role, "letter", order, postal, refused)
                self._fill(found, role, "sms", order, mobiles, refused)
                if ("letter", role) in found:
                    found["registered", role] = found["letter", role]
                phones = [one for one in order if partners.browse(one).phone]
                contact = (phones or order)[0]
                number = Address(contact, partners.browse(contact).phone or "")
                for channel in ("call", "handoff", "portal"):
                    found[channel, role] = number
        return result

    @staticmethod
    def _get_order(chain, role: str) -> list[int]:
        """Return the contacts of a role, then the accounting ones, then the rest."""
        kinds = dict.fromkeys((role, "accounting", ""))
        return [one for kind in kinds for found, one in chain if found == kind]

    @staticmethod
    def _fill(found, role, channel, order, values, refused):
        for partner in order:
            value = values.get(partner)
            if value and value not in refused:
                found[channel, role] = Address(partner, value)
                return

    @api.model
    def _read_chains(self, company, debtor_ids) -> dict[int, list[tuple[str, int]]]:
        """Return debtor -> [(role, contact)], in the order in which they are tried."""
        self.env["collection.contact"].flush_model()
        self.env["res.partner"].flush_model(["parent_id", "type", "active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT debtor_id, role, partner_id
                  FROM (SELECT f.debtor_id, t.role, t.partner_id,
                               CASE t.role WHEN 'accounting' THEN 0 ELSE 1 END AS rank,
                               t.sequence, t.id
                          FROM collection_contact t
                          JOIN collection_debtor f ON f.id = t.file_id
                          JOIN res_partner p ON p.id = t.partner_id AND p.active
                         WHERE f.company_id = %(company)s AND f.debtor_id IN %(ids)s
                        UNION ALL
                        SELECT p.commercial_partner_id, '', p.id, 2, 0, p.id
                          FROM res_partner p
                         WHERE p.type = 'invoice' AND p.active
                           AND p.commercial_partner_id IN %(ids)s
                        UNION ALL
                        SELECT p.id, '', p.id, 3, 0, p.id
                          FROM res_partner p
                         WHERE p.id IN %(ids)s) chain
                 ORDER BY debtor_id, rank, sequence, id""",
                company=company.id,
                ids=tuple(debtor_ids) or (0,),
            )
        )
        chains: dict[int, list[tuple[str, int]]] = {}
        for debtor, role, partner in rows:
            chains.setdefault(debtor, []).append((role, partner))
        return chains

    @api.model
    def _get_address_of(self, partner, channel: str) -> str:
        """Return the usable address of one contact in a channel, empty without one."""
        value = {
            "email": self._get_email,
            "letter": self._get_postal,
            "registered": self._get_postal,
        }.get(channel, lambda one: one.phone)(partner)
        refused = self.env["collection.undeliverable"]._get_refused([value or ""])
        return "" if not value or value in refused else value

    @api.model
    def _get_email(self, partner) -> str | bool:
        return email_normalize(partner.email_normalized or "")

    @api.model
    def _get_postal(self, partner) -> str:
        """Return the address in one line, empty when it is not complete.

        A contact without a street lives at its company's.
        """
        place = self._get_place(partner)
        if not (place.street or place.street2) or not place.city:
            return ""
        parts = [place.street, place.street2, place.zip, place.city]
        return ", ".join(filter(None, [*parts, place.country_id.code]))

    @staticmethod
    def _get_place(partner):
        """Return the partner whose address is used."""
        if partner.street or partner.street2:
            return partner
        return partner.parent_id or partner.commercial_partner_id or partner

    @api.model
    def _get_postal_lines(self, partner, debtor, company, is_notice=False) -> list[str]:
        """Return the lines of a letter's window, at most seven.

        :param is_notice: a formal notice to a company names who may bind it
        """
        place = self._get_place(partner)
        names = [debtor.name]
        if partner != debtor and partner.name and partner.name != debtor.name:
            names.append(partner.name)
        elif is_notice and debtor.is_company:
            names.append(self.env._("For the attention of the legal representative"))
        city = " ".join(filter(None, [place.zip, (place.city or "").upper()]))
        lines = [*names, place.street, place.street2, city]
        if place.country_id and place.country_id != company.country_id:
            lines.append((place.country_id.name or "").upper())
        return [line for line in lines if line]
