"""A batch of letters in the order in which hands need them."""

import dataclasses
import unicodedata
from collections import Counter
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True)
class Piece:
    """A letter that is to be put into an envelope.

    :param sheets: of paper
    :param country: where it goes, empty = home
    """

    id: int
    is_registered: bool
    sheets: int
    country: str
    postcode: str
    name: str


def count_sheets(pages: int, is_duplex: bool) -> int:
    """Return the sheets of a letter; one that was never counted has one page."""
    pages = max(pages, 1)
    return -(-pages // 2) if is_duplex else pages


def sort_pieces(pieces: Iterable[Piece]) -> list[Piece]:
    """Return letters in the order of the hands that fold and post them.

    Registered ones apart and first, because they are scanned next; then by number of
    sheets, so that one kind of envelope is filled at once; then as the post sorts:
    home before abroad, by postcode, by name.
    """
    return sorted(
        pieces,
        key=lambda one: (
            not one.is_registered,
            one.sheets,
            _fold(one.country),
            one.postcode.strip(),
            _fold(one.name),
            one.id,
        ),
    )


def count_envelopes(pieces: Iterable[Piece]) -> dict[int, int]:
    """Return number of sheets -> number of envelopes, the thinnest first."""
    return dict(sorted(Counter(one.sheets for one in pieces).items()))


def _fold(text: str) -> str:
    """Return a text as a directory sorts it, without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()
