# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.mailing import Piece, count_envelopes, count_sheets, sort_pieces

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
texts = st.text("abéÉz -", max_size=6)
pieces = st.builds(
    Piece,
    st.integers(1, 10**6),
    st.booleans(),
    st.integers(1, 9),
    st.sampled_from(("", "BE", "DE")),
    st.text("0123456789", max_size=5),
    texts,
)


@tagged("post_install", "-at_install")
class TestMailingOrder(BaseCase):
    @PROPERTY
    @given(st.lists(pieces, max_size=30), st.randoms())
    def test_one_order_whatever_comes_first(self, some, chance):
        mixed = list(some)
        chance.shuffle(mixed)
        found = sort_pieces(mixed)
        self.assertEqual(
            [one.id for one in found], [one.id for one in sort_pieces(some)]
        )
        self.assertCountEqual(found, some)
        kinds = [(not one.is_registered, one.sheets) for one in found]
        self.assertEqual(kinds, sorted(kinds), "one kind of envelope at a time")
        counts = count_envelopes(some)
        self.assertEqual(sum(counts.values()), len(some))
        self.assertEqual(list(counts), sorted(counts))

    def test_names_as_in_a_directory(self):
        names = ["zola", "Éluard", "eluard", "Aragon", "ÉMILE"]
        found = sort_pieces(
            Piece(number, False, 1, "", "69002", name)
            for number, name in enumerate(names)
        )
        self.assertEqual(
            [one.name for one in found], ["Aragon", "Éluard", "eluard", "ÉMILE", "zola"]
        )

    def test_sheets(self):
        for pages, is_duplex, sheets in (
            (1, False, 1),
            (3, False, 3),
            (3, True, 2),
            (4, True, 2),
            (0, True, 1),
        ):
            self.assertEqual(count_sheets(pages, is_duplex), sheets)
