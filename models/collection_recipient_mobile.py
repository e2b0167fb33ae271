# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.phone_validation.tools import phone_validation

try:
    import phonenumbers
except ImportError:  # as in Odoo itself: without it no number is known to be a mobile
    phonenumbers = None


class CollectionRecipient(models.AbstractModel):
    """Which numbers get text messages: mobiles, written in full (E.164)."""

    _inherit = "collection.recipient"

    @api.model
    def _parse_phone(self, number: str, country):
        """Return a number as the library knows it, None when it is none.

        :param country: whose own numbers are written without a prefix
        """
        if not number or not phonenumbers:
            return None
        try:
            return phone_validation.phone_parse(number, country.code)
        except UserError:
            return None

    @api.model
    def _get_mobiles(self, partners, company) -> dict[int, str]:
        """Return contact -> mobile number; nothing while no step sends text messages.

        Reading a number takes the time of a query: a ledger without SMS does not pay.
        """
        if not self.env["collection.step"]._has_channel("sms"):
            return {}
        return {partner.id: self._get_mobile(partner, company) for partner in partners}

    @api.model
    def _get_mobile(self, partner, company) -> str:
        """Return the contact's mobile number in full, empty when it has none.

        Where a plan of numbers does not tell mobiles apart (the United States), every
        number counts as one.
        """
        country = (
            partner.country_id
            or partner.commercial_partner_id.country_id
            or company.country_id
        )
        found = self._parse_phone(partner.phone, country)
        kinds = phonenumbers and (
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        )
        if not found or phonenumbers.number_type(found) not in kinds:
            return ""
        # An extension is a desk's: the text would reach whoever has the number.
        if found.extension:
            return ""
        return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)

    @api.model
    def _is_surcharged(self, number: str, country) -> bool:
        """Tell whether calling a number costs more than an ordinary call."""
        found = self._parse_phone(number, country)
        return bool(found) and phonenumbers.number_type(found) in (
            phonenumbers.PhoneNumberType.PREMIUM_RATE,
            phonenumbers.PhoneNumberType.SHARED_COST,
        )

    @api.model
    def _get_short_phone(self, number: str, country, reader: str) -> str:
        """Return a number of ours without blanks, as the reader dials it.

        :param reader: number of who reads it, in full: from abroad ours is in full too
        """
        found = self._parse_phone(number, country)
        if not found:
            return "".join((number or "").split())
        if (reader or "").startswith(f"+{found.country_code}"):
            form = phonenumbers.PhoneNumberFormat.NATIONAL
        else:
            form = phonenumbers.PhoneNumberFormat.E164
        return "".join(phonenumbers.format_number(found, form).split())
