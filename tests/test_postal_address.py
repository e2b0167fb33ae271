# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.postal_address import LINES, WIDTH, AddressError, fit, shorten

PROPERTY = settings(deadline=None, max_examples=300, derandomize=True)
WORD = st.text("abcdeéèABC0123456789-'", min_size=1, max_size=14)
TEXT = st.lists(WORD, min_size=1, max_size=6).map(" ".join)


@tagged("post_install", "-at_install")
class TestPostalAddress(BaseCase):
    """Six lines of 38 characters, nothing cut off."""

    def _fit(self, names, streets, city="69002 LYON", country="FR"):
        return fit(names, streets, city, country)

    def test_name_street_city(self):
        self.assertEqual(
            self._fit(["Menuiserie Durand"], ["3 quai Perrache"]),
            ("Menuiserie Durand", "", "", "3 quai Perrache", "", "69002 LYON"),
        )

    def test_complement_stands_above_the_street_and_a_box_below(self):
        self.assertEqual(
            self._fit(["Durand", "Mme Petit"], ["3 quai Perrache", "Bâtiment B"])[:5],
            ("Durand", "Mme Petit", "Bâtiment B", "3 quai Perrache", ""),
        )
        self.assertEqual(
            self._fit(["Durand"], ["ZA des Forges", "12 rue Neuve"])[2:5],
            ("ZA des Forges", "12 rue Neuve", ""),
        )
        self.assertEqual(
            self._fit(["Durand"], ["12 rue Neuve", "BP 356"])[2:5],
            ("", "12 rue Neuve", "BP 356"),
        )

    def test_what_is_too_long_is_abbreviated_then_continued(self):
        street = "1234 avenue du Faubourg Saint Honoré bis"
        self.assertGreater(len(street), WIDTH)
        self.assertEqual(
            self._fit(["Durand"], [street])[3], "1234 AV du FG ST Honoré bis"
        )
        name = "Compagnie lyonnaise des ateliers de menuiserie et de charpente"
        lines = self._fit([name], ["3 quai Perrache"])
        self.assertEqual(" ".join(lines[:2]), name)
        # One that fits is left as it is.
        kept = "3 avenue Berthelot"
        self.assertEqual(self._fit(["Durand"], [kept])[3], kept)

    def test_long_city(self):
        city = "67000 SAINTE MARIE AUX MINES LES FORGES CEDEX"
        self.assertEqual(
            self._fit(["D"], ["1 rue"], city.replace(" CEDEX", ""))[5],
            "67000 STE MARIE AUX MINES LES FORGES",
        )
        self._assert_refused("long", ["D"], ["1 rue"], city)

    def _assert_refused(self, key, *arguments):
        with self.assertRaises(AddressError) as caught:
            self._fit(*arguments)
        self.assertEqual(caught.exception.key, key)

    def test_what_cannot_be_written_is_refused(self):
        self._assert_refused("name", [], ["1 rue"])
        self._assert_refused("street", ["Durand"], [" "])
        self._assert_refused("city", ["Durand"], ["1 rue"], "")
        self._assert_refused("postcode", ["Durand"], ["1 rue"], "LYON")
        self._assert_refused("postcode", ["Durand"], ["1 rue"], "6900 LYON")
        self._assert_refused("postcode", ["Durand"], ["1 rue"], "69002")
        self._assert_refused("long", ["x" * 39], ["1 rue"])
        self._assert_refused("long", ["Durand"], ["1 rue"], "69002 " + "x" * 33)
        long = "de la rue des forges et des ateliers du nord"
        self._assert_refused("long", [long, long], [long])

    def test_other_countries_have_their_own_postcodes(self):
        self.assertEqual(
            self._fit(["Durand"], ["1 rue"], "1050 BRUXELLES", "BE")[5],
            "1050 BRUXELLES",
        )

    def test_control_characters_do_not_reach_the_post(self):
        lines = self._fit(["Du\x00rand\tet\nfils"], ["1\u200b rue"])
        self.assertEqual(lines[0], "Du rand et fils")
        self.assertEqual(lines[3], "1 rue")

    @PROPERTY
    @given(
        st.lists(TEXT, min_size=1, max_size=2), st.lists(TEXT, min_size=1, max_size=2)
    )
    def test_every_word_arrives_or_all_is_refused(self, names, streets):
        try:
            lines = self._fit(names, streets)
        except AddressError as error:
            self.assertEqual(error.key, "long")
            return
        self.assertEqual(len(lines), LINES)
        self.assertTrue(all(len(line) <= WIDTH for line in lines))
        self.assertTrue(lines[0] and lines[5])
        there = sorted(shorten(" ".join(lines[:5])).split())
        self.assertEqual(there, sorted(shorten(" ".join([*names, *streets])).split()))
