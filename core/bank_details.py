"""How to pay us, as our messages say it: when it is the same, and how it is named.

Forged bank details are the commonest fraud on receivables: whoever can change one
field in the ERP has every reminder ask for money on another account.
"""

import dataclasses
import re

#: ISO 13616: country, two check digits, then up to thirty letters and digits
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
#: a BIC of eight letters names the head office, like one that ends with it
HEAD_OFFICE = "XXX"


@dataclasses.dataclass(frozen=True)
class BankDetails:
    """What a message says: number of the account, BIC, holder, as they are written."""

    number: str
    bic: str = ""
    holder: str = ""
    bank: str = ""

    @property
    def bare_number(self) -> str:
        """The number without the spaces and points that it is written with."""
        return re.sub(r"\W", "", self.number or "").upper()

    @property
    def bare_bic(self) -> str:
        bic = re.sub(r"\W", "", self.bic or "").upper()
        return bic.removesuffix(HEAD_OFFICE) if len(bic) == 11 else bic

    @property
    def bare_holder(self) -> str:
        return " ".join((self.holder or "").split()).casefold()

    @property
    def is_iban(self) -> bool:
        return bool(IBAN.fullmatch(self.bare_number))

    def is_same(self, other: "BankDetails") -> bool:
        """Tell whether money goes to the same account of the same holder.

        An IBAN names the account alone (regulation EU 260/2012): a BIC that was
        added or left out beside it changes nothing, another BIC does.
        """
        if self.bare_number != other.bare_number:
            return False
        if self.bare_holder != other.bare_holder:
            return False
        is_bic_missing = not self.bare_bic or not other.bare_bic
        return self.bare_bic == other.bare_bic or (self.is_iban and is_bic_missing)

    def masked(self) -> str:
        """Return the account for a screen that many see: country, bank, last digits."""
        number = self.bare_number
        country = number[:2] if self.is_iban else ""
        words = [f"{country}••••{number[-4:]}", self.bank or self.bare_bic]
        return ", ".join(filter(None, words))


def describe_change(old: BankDetails, new: BankDetails) -> tuple[str, str]:
    """Return both in few words that differ: masked, with the holder if it is another.

    Two numbers that look alike when masked are shown in full.
    """
    words = []
    for one, other in ((old, new), (new, old)):
        text = one.masked()
        looks_alike = text == other.masked()
        if looks_alike and one.bare_number != other.bare_number:
            text = one.bare_number
        if one.bare_holder != other.bare_holder:
            text += f" ({one.holder})"
        elif looks_alike and one.bare_bic != other.bare_bic:
            text += f" ({one.bare_bic or '–'})"
        words.append(text)
    return words[0], words[1]
