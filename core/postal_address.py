"""The six lines of a postal address, by the rules of the French post.

NF Z 10-011: six lines of 38 characters; name, person or service, building, street,
place or box, postcode and city. What is too long is abbreviated by the norm's own
words, then continued on the next free line; nothing is ever cut off.
"""

import re
from collections.abc import Iterable

LINES = 6
WIDTH = 38
#: NF Z 10-011, annex: words that may be shortened when a line is too long
ABBREVIATIONS = {
    "allée": "ALL",
    "allées": "ALL",
    "appartement": "APP",
    "avenue": "AV",
    "bâtiment": "BAT",
    "boulevard": "BD",
    "chemin": "CHE",
    "entrée": "ENT",
    "escalier": "ESC",
    "établissement": "ETS",
    "établissements": "ETS",
    "étage": "ETG",
    "faubourg": "FG",
    "immeuble": "IMM",
    "impasse": "IMP",
    "lotissement": "LOT",
    "passage": "PAS",
    "place": "PL",
    "quartier": "QUA",
    "résidence": "RES",
    "route": "RTE",
    "saint": "ST",
    "sainte": "STE",
    "square": "SQ",
}
#: what stands on the line below the street
BELOW = re.compile(r"^(B\.?P\.?|C\.?S\.?|T\.?S\.?A\.?|lieu[- ]dit)\b", re.IGNORECASE)
FRENCH_CITY = re.compile(r"^\d{5} \S.*$")


class AddressError(ValueError):
    """An address does not fit.

    :param key: ``name street city postcode long``: what is wrong
    :param value: the words that are wrong
    """

    def __init__(self, key: str, value: str = ""):
        super().__init__(f"{key}: {value}")
        self.key = key
        self.value = value


def fit(
    names: Iterable[str], streets: Iterable[str], city: str, country: str
) -> tuple[str, ...]:
    """Return the six lines of an address.

    :param names: who gets it, the debtor first
    :param streets: street and complement, in any order
    :param city: postcode and city
    :param country: ISO 3166 code; a French address needs five digits and a city
    :raise AddressError: what is missing, or too long to be written
    """
    above = [line for name in _clean(names) for line in _wrap(name)]
    below = [line for street in _order(_clean(streets)) for line in _wrap(street)]
    if not above:
        raise AddressError("name")
    if not below:
        raise AddressError("street")
    if len(above) + len(below) > LINES - 1:
        raise AddressError("long", ", ".join([*above, *below]))
    return (*_place(above, below), _fit_city(city, country))


def _clean(words: Iterable[str]) -> list[str]:
    """Return texts without control characters and double spaces, empty ones gone."""
    plain = ("".join(c if c.isprintable() else " " for c in word) for word in words)
    return [" ".join(word.split()) for word in plain if word.strip()]


def _order(streets: list[str]) -> list[str]:
    """Return complement, street, place: the order in which they are written."""
    inside = [one for one in streets if BELOW.match(one)]
    rest = [one for one in streets if not BELOW.match(one)]
    numbered = [place for place, one in enumerate(rest) if one[:1].isdigit()]
    street = rest.pop(numbered[0] if numbered else 0) if rest else None
    return [*rest, *([street] if street else []), *inside]


def _wrap(text: str) -> list[str]:
    """Return a text in lines of 38 characters, abbreviated only when it must be.

    :raise AddressError: one of its words does not fit a line
    """
    if len(text) > WIDTH:
        text = shorten(text)
    lines = [""]
    for word in text.split():
        if len(word) > WIDTH:
            raise AddressError("long", word)
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= WIDTH:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def shorten(text: str) -> str:
    """Return a text with the norm's abbreviations."""
    return " ".join(ABBREVIATIONS.get(word.lower(), word) for word in text.split())


def _place(above: list[str], below: list[str]) -> list[str]:
    """Return lines 1 to 5: names from the first, the street on the fourth if it may."""
    lines = [""] * (LINES - 1)
    lines[: len(above)] = above
    has_place = bool(below) and bool(BELOW.match(below[-1]))
    # The street is the last line but what stands below it.
    end = len(lines) if has_place or len(above) + len(below) > 4 else 4
    start = max(end - len(below), len(above))
    lines[start : start + len(below)] = below
    return lines


def _fit_city(city: str, country: str) -> str:
    line = " ".join(_clean([city]))
    if not line:
        raise AddressError("city")
    if country == "FR" and not FRENCH_CITY.match(line):
        raise AddressError("postcode", line)
    if len(line) > WIDTH:
        line = shorten(line)
    if len(line) > WIDTH:
        raise AddressError("long", line)
    return line
