# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.tracking import TrackingError, parse, s10_check_digit, unscramble

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
#: the keys of a French keyboard without and with shift, as an American one has them
FRENCH = dict(zip("1234567890", "&é\"'(-è_çà", strict=True))
capitals = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
serials = st.text("0123456789", min_size=8, max_size=8)


@tagged("post_install", "-at_install")
class TestTracking(BaseCase):
    """Numbers as the post prints them, as a scanner types them."""

    def _assert_refused(self, text, key):
        with self.assertRaises(TrackingError) as caught:
            parse(text)
        self.assertEqual(caught.exception.key, key, text)

    def test_numbers_of_registered_letters(self):
        for text, number in (
            ("2C 123 456 7890 1", "2C12345678901"),
            ("1a 000 000 0000 0", "1A00000000000"),
            ("RR\u00a0123\u202f456\t785 fr\n", "RR123456785FR"),
            ("12345678", "12345678"),
            ("X" * 19 + "1", "X" * 19 + "1"),
        ):
            self.assertEqual(parse(text), number)

    def test_what_is_no_number(self):
        for text, key in (
            ("", "empty"),
            (" \n", "empty"),
            (None, "empty"),
            ("2C12345", "short"),
            ("1" * 21, "long"),
            ("2C-12345-67", "characters"),
            ("2C1234567é", "characters"),
            ("١٢٣٤٥٦٧٨٩", "characters"),
            ("MENUISERIE", "characters"),
        ):
            self._assert_refused(text, key)

    def test_published_check_digits(self):
        """The example of standard S10, and the two special remainders."""
        self.assertEqual(s10_check_digit("47312482"), 9)
        self.assertEqual(parse("RR473124829FR"), "RR473124829FR")
        # 8 x 1 = 8: 3 are missing to 11.
        self.assertEqual(s10_check_digit("10000000"), 3)
        # A sum of 0: 11 becomes 5. 2 x 6 = 12 leaves 1: 10 becomes 0.
        self.assertEqual(s10_check_digit("00000000"), 5)
        self.assertEqual(s10_check_digit("02000000"), 0)

    @PROPERTY
    @given(capitals, serials, capitals, st.integers(0, 7), st.integers(1, 9))
    def test_one_wrong_digit_never_passes(self, kind, serial, country, place, more):
        """All weights are prime to 11, so that one digit misread is always seen.

        Two pairs of remainders share a digit (10 and 0, 11 and 5): a digit misread may
        pass there, which the standard accepts.
        """
        digit = s10_check_digit(serial)
        good = f"{kind}{serial}{digit}{country}"
        self.assertEqual(parse(good), good)
        wrong = (int(serial[place]) + more) % 10
        misread = serial[:place] + str(wrong) + serial[place + 1 :]
        if s10_check_digit(misread) != digit:
            self._assert_refused(f"{kind}{misread}{digit}{country}", "check_digit")
        else:
            self.assertIn(digit, (0, 5))

    @PROPERTY
    @given(st.text(max_size=30))
    def test_anything_is_a_number_or_refused(self, text):
        try:
            number = parse(text)
        except TrackingError:
            return
        self.assertTrue(8 <= len(number) <= 20)
        self.assertEqual(parse(number), number)
        self.assertRegex(number, "^[0-9A-Z]+$")

    # === KEYBOARDS === #

    def test_a_scanner_on_a_french_keyboard(self):
        self.assertEqual(unscramble("éCà&é\"'(-è_çà"), "2C01234567890")
        self.assertEqual(unscramble("REC&é\"'(-)àààèèè"), "REC123456-000777")
        self.assertEqual(unscramble("&Qàààààààààà&"), "1A00000000001")

    def test_what_is_not_scrambled_stays(self):
        for text in ("2C 123 456 7890 1", "REC000123-004567", "QWZA", "-", ""):
            self.assertEqual(unscramble(text), text)

    @PROPERTY
    @given(st.text("0123456789", min_size=1, max_size=20))
    def test_every_number_comes_back(self, digits):
        typed = "".join(FRENCH[digit] for digit in digits)
        found = unscramble(typed)
        # Sixes alone are dashes: nothing betrays the keyboard.
        self.assertEqual(found, typed if set(digits) == {"6"} else digits)
