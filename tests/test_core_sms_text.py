# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.sms_text import (
    BASIC,
    EXTENDED,
    LIMIT,
    MISSING,
    TextTooLong,
    debt_words,
    fit,
    fold,
    foreign_characters,
    has_balanced_brackets,
    length,
    word,
)

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
#: table 6.2.1 of 3GPP TS 23.038 in its order, without the escape to table 6.2.1.1
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: the professionals' text, TEXT of a reminder as a company fills it in
TEXT = (
    "{name} : [sauf erreur, ]votre facture FAC/2026/00012 de 1 234,50 EUR échue le "
    "31/08/2026 reste à régler. [Détail : ]https://{host}/m/AbCdEfGhIjKlMnOp"
    "[ Question : {phone}.]"
)
french = st.text(
    st.sampled_from("abcéèàùçâêîôûëïœ ÀÉÈÇŒ«»’–…€°0123456789.,:;[](){}^\n\u00a0\u202f")
)
anything = st.text(max_size=60)


def text(name="Vauban", host="v.fr", phone="0472000000"):
    return TEXT.format(name=word(name), host=host, phone=word(phone))


@tagged("post_install", "-at_install")
class TestCoreSmsText(BaseCase):
    """Characters that every phone shows, in one message."""

    def test_the_alphabet_is_that_of_the_standard(self):
        self.assertEqual(len(ALPHABET), 127)
        self.assertEqual(BASIC, set(ALPHABET) - {"Ç"})
        self.assertEqual(EXTENDED | {"€"}, set("^{}\\[~]|€"))

    def test_french_keeps_what_the_alphabet_has(self):
        self.assertEqual(fold("échéance réglée à où è É"), "échéance réglée à où è É")

    def test_circumflex_and_cedilla_are_folded(self):
        self.assertEqual(
            fold("Ça coûte, reçu, âge, êtes, île, hôtel, Noël, naïf, Œuvre, cœur"),
            "Ca coute, recu, age, etes, ile, hotel, Noel, naif, OEuvre, coeur",
        )

    def test_typography_becomes_plain(self):
        self.assertEqual(
            fold("« l’avis » – n° 12… 1\u202f234,50\u00a0€"),
            '" l\'avis " - no 12... 1 234,50 EUR',
        )

    def test_the_euro_sign_is_written(self):
        for given_text, expected in (
            ("1 234,50 €", "1 234,50 EUR"),
            ("1 234,50€.", "1 234,50 EUR."),
            ("€100", "EUR 100"),
            ("€ 100", "EUR 100"),
            ("(€)", "(EUR)"),
        ):
            with self.subTest(given_text):
                self.assertEqual(fold(given_text), expected)

    def test_what_has_no_place_is_named(self):
        self.assertEqual(foreign_characters("Привет €"), list("Привет"))
        self.assertEqual(foreign_characters("OK 😀 😀"), ["😀"])
        self.assertEqual(foreign_characters("Ωmega, ça va… €"), [])

    def test_extended_characters_count_two(self):
        self.assertEqual((length("abc"), length("a{b}~")), (3, 8))

    # === FITTING === #

    def test_everything_stays_when_there_is_room(self):
        whole = fit("a [optional] end")
        self.assertEqual(whole, "a optional end")

    def test_the_question_goes_first(self):
        """A name of six letters: the message is full without the phone."""
        self.assertEqual(
            fit(text()),
            "Vauban : sauf erreur, votre facture FAC/2026/00012 de 1 234,50 EUR échue "
            "le 31/08/2026 reste à régler. Détail : https://v.fr/m/AbCdEfGhIjKlMnOp",
        )

    def test_the_short_name_comes_before_any_part_is_left_out(self):
        long = text(name="Ateliers Vauban et Compagnie", host="x.fr", phone="")
        whole = fit(long, text(host="x.fr", phone=""))
        self.assertTrue(whole.startswith("Vauban : sauf erreur, "))
        self.assertIn("Détail : ", whole)

    def test_parts_are_left_out_from_the_end(self):
        whole = fit(text(name="Vauban Agencements", host="vauban-ateliers.fr"))
        self.assertIn("sauf erreur", whole)
        self.assertNotIn("Détail", whole)
        self.assertNotIn("Question", whole)
        self.assertEqual(length(whole), 160)

    def test_what_cannot_fit_says_how_long_it_is(self):
        with self.assertRaises(TextTooLong) as caught:
            fit(text(name="V" * 50))
        least = (
            f"{'V' * 50} : votre facture FAC/2026/00012 de 1 234,50 EUR échue le "
            "31/08/2026 reste à régler. https://v.fr/m/AbCdEfGhIjKlMnOp"
        )
        self.assertEqual(caught.exception.length, len(least))
        self.assertGreater(len(least), 160)

    def test_exactly_160_characters_fit(self):
        self.assertEqual(fit("a" * 160), "a" * 160)
        with self.assertRaises(TextTooLong):
            fit("a" * 161)
        # 80 of two septets each
        self.assertEqual(fit("~" * 80), "~" * 80)
        with self.assertRaises(TextTooLong):
            fit("~" * 80 + "a")

    def test_a_missing_word_takes_its_part_along(self):
        self.assertEqual(word(None), MISSING)
        self.assertEqual(fit(f"Hello[ call {word('')}].[ Bye]"), "Hello. Bye")
        self.assertEqual(fit(f"Hello {word(False)}!"), "Hello !")

    def test_a_word_brings_no_part_of_its_own(self):
        self.assertEqual(word("FAC[1]"), "FAC(1)")
        self.assertEqual(word(" a\n b "), "a b")

    def test_brackets_are_counted(self):
        for good in ("", "a [b] c", "[a][b]"):
            self.assertTrue(has_balanced_brackets(good), good)
        for bad in ("[", "]", "[a", "a]", "[a [b] c]", "]a["):
            self.assertFalse(has_balanced_brackets(bad), bad)

    # === DISCRETION === #

    def test_debt_is_seen_in_both_languages(self):
        for shown in (
            "Votre FACTURE",
            "vos impayés",
            "reste à régler",
            "échéance",
            "1 234,50 €",
            "12 EUR",
            "your invoice",
            "please pay",
            "payment due",
            "amount owed",
            "unpaid",
        ):
            with self.subTest(shown):
                self.assertTrue(debt_words(shown))

    def test_a_discreet_text_is_left_alone(self):
        for discreet in (
            "un message vous attend. Nous vous répondons au  (appel non surtaxé).",
            "a message is waiting for you. We answer you at (ordinary rate).",
            "Le pays, le paysan, la durée et Europe",
        ):
            with self.subTest(discreet):
                self.assertEqual(debt_words(discreet), [])

    def test_words_are_named(self):
        self.assertEqual(debt_words("Facture échue, facture"), ["facture", "echue"])


@tagged("post_install", "-at_install")
class TestCoreSmsTextProperties(BaseCase):
    """Whatever is written, nothing leaves that a phone cannot show."""

    @PROPERTY
    @given(french)
    def test_french_always_fits_the_alphabet(self, written):
        self.assertEqual(foreign_characters(written), [])

    @PROPERTY
    @given(anything)
    def test_folding_is_done_once(self, written):
        self.assertEqual(fold(fold(written)), fold(written))

    @PROPERTY
    @given(anything)
    def test_a_text_is_shown_or_its_characters_are_named(self, written):
        known = BASIC | EXTENDED | {MISSING}
        named = set(foreign_characters(written))
        self.assertTrue(all(char in known or char in named for char in fold(written)))

    @PROPERTY
    @given(st.lists(anything, min_size=1, max_size=3), st.integers(0, LIMIT))
    def test_a_message_never_has_more_than_its_limit(self, texts, limit):
        try:
            found = fit(*texts, limit=limit)
        except TextTooLong as problem:
            self.assertGreater(problem.length, limit)
        else:
            self.assertLessEqual(length(found), limit)
            self.assertNotIn(MISSING, found)

    @PROPERTY
    @given(st.lists(st.sampled_from("abcdef"), max_size=6), st.integers(0, 80))
    def test_parts_leave_from_the_end_alone(self, parts, limit):
        """What is kept is the beginning of the list of parts, never a later one."""
        parts = [f"{letter}{number}" * 5 for number, letter in enumerate(parts)]
        written = "x" + "".join(f"[ {part}]" for part in parts)
        try:
            kept = fit(written, limit=limit).split()[1:]
        except TextTooLong:
            self.assertEqual(limit, 0)
        else:
            self.assertEqual(kept, parts[: len(kept)])
            more = " ".join(["x", *parts[: len(kept) + 1]])
            self.assertTrue(kept == parts or len(more) > limit)

    @PROPERTY
    @given(anything)
    def test_a_word_is_one_line_without_brackets(self, value):
        found = word(value)
        self.assertTrue(found)
        self.assertFalse(set("[]\n\t") & set(found))
