"""Numbers of registered letters: read, checked, written as the post writes them.

Registered letters of La Poste carry thirteen characters (2C 123 456 7890 1, 1A ...),
letters abroad the identifier of UPU standard S10: two letters, eight digits, a check
digit, two letters of the country (RR 12345678 5 FR).
"""

import re

SHORTEST, LONGEST = 8, 20
S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}")
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
#: what a scanner set to an American keyboard types on a French one (AZERTY), and
#: what it meant
AZERTY = str.maketrans(
    "&é\"'(-è_çà)aqzwAQZW",
    "1234567890-qawzQAWZ",
)
#: characters that no number holds and that betray such a scanner
BETRAYING = frozenset("&é\"'(è_çà")


class TrackingError(ValueError):
    """A number is malformed.

    :param key: ``empty``, ``short``, ``long``, ``characters`` or ``check_digit``
    """

    def __init__(self, key: str):
        super().__init__(key)
        self.key = key


def unscramble(text: str) -> str:
    """Return what a scanner meant whose keyboard layout is not the computer's.

    Without shift the digits of a French keyboard are signs and letters with accents:
    a scan of 2C0007 arrives as ``éCàààè``. Anything else is returned as it is.
    """
    return text.translate(AZERTY) if BETRAYING.intersection(text) else text


def parse(text: str) -> str:
    """Return a number in capitals, without the spaces that the post prints.

    :raise TrackingError: why it cannot be the number of a letter
    """
    number = "".join((text or "").split()).upper()
    if not number:
        raise TrackingError("empty")
    if not (number.isascii() and number.isalnum()):
        raise TrackingError("characters")
    if len(number) < SHORTEST:
        raise TrackingError("short")
    if len(number) > LONGEST:
        raise TrackingError("long")
    found = S10.fullmatch(number)
    if found and s10_check_digit(found[1]) != int(found[2]):
        raise TrackingError("check_digit")
    if not any(map(str.isdigit, number)):
        raise TrackingError("characters")
    return number


def s10_check_digit(serial: str) -> int:
    """Return the check digit of the eight digits of an S10 identifier (UPU S10)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(serial, S10_WEIGHTS, strict=True)
    )
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
