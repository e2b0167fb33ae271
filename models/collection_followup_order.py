# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
import logging

from odoo import models
from odoo.exceptions import UserError

from ..core.postal_address import AddressError, fit
from ..postal.contract import Address, Options, Order

_logger = logging.getLogger(__name__)


class CollectionFollowup(models.Model):
    """What a provider is told of a letter."""

    _inherit = "collection.followup"

    def _prepare_checked_order(self) -> Order | None:
        """Return the order; None when it cannot be made, which fails the letter."""
        try:
            with self.env.cr.savepoint():
                return self._prepare_order()
        except UserError as error:
            sentence = str(error)
        except Exception:
            _logger.exception("Follow-up %s cannot be ordered", self.id)
            sentence = self.env._("The letter cannot be read.")
        self._fail_at_provider(sentence)
        return None

    def _prepare_order(self) -> Order:
        """Return what the provider is told of a letter.

        :raise UserError: the document or an address is not fit for it
        """
        document = self.attachment_id.raw
        if not document or not document.startswith(b"%PDF-"):
            raise UserError(self.env._("The PDF of the letter is missing."))
        digest = hashlib.sha256(document).hexdigest()
        if digest != self.sha256:
            raise UserError(self.env._("The PDF is not the one that was made."))
        reference = self._get_order_reference()
        return Order(
            channel=self.channel,
            reference=reference,
            document=document,
            document_name=f"{reference}-{digest[:12]}.pdf",
            recipient=self._get_recipient_address(),
            sender=self.company_id._get_postal_sender(),
            options=self._get_provider_options(),
        )

    def _get_provider_options(self) -> Options:
        provider = self.provider_id
        return Options(
            is_colour=provider.is_colour,
            is_duplex=provider.is_duplex,
            has_address_sheet=provider.has_address_sheet,
            has_receipt=provider.has_receipt,
            scans_returns=provider.scans_returns,
            postage=provider[f"{self.channel}_postage"],
            archiving_years=int(provider.archiving_years),
            notification_email=provider.notification_email or "",
        )

    def _get_recipient_address(self) -> Address:
        """Return the lines of the window as the post wants them.

        :raise UserError: they do not fit six lines of 38 characters
        """
        letter = self.with_context(lang=self.lang or self.env.lang)
        place = self.env["collection.recipient"]._get_place(self.recipient_id)
        home = self.company_id.country_id
        streets = [one for one in (place.street, place.street2) if one]
        city = " ".join(filter(None, [place.zip, (place.city or "").upper()]))
        below = len(streets) + bool(city)
        below += bool(place.country_id and place.country_id != home)
        lines = letter._get_recipient_lines()
        names = lines[: len(lines) - below]
        country = (place.country_id or home).code or "FR"
        try:
            fitted = fit(names, streets, city, country)
        except AddressError as error:
            raise UserError(
                self.env._(
                    "The address of %(partner)s does not fit: %(why)s",
                    partner=self.recipient_id.display_name,
                    why=self.company_id._describe_address_error(error),
                )
            ) from None
        return Address(fitted, country)

    def _get_order_reference(self) -> str:
        """Return the letter's reference; orders after one that died are numbered."""
        reference = self._get_letter_reference()
        if self.provider_order:
            return f"{reference}-{self.provider_order + 1}"
        return reference
