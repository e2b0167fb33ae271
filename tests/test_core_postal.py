# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.postal_events import (
    CODES,
    Event,
    Summary,
    find_conflict,
    notice_deadline,
    summarise,
)
from ..core.postal_words import POST_CODES, WORDS, read_status, refine, simplify

PROPERTY = settings(deadline=None, max_examples=300, derandomize=True)
FIRST = datetime.date(2026, 9, 30)
TODAY = datetime.date(2026, 11, 25)
events = st.builds(
    Event,
    st.sampled_from(CODES),
    st.dates(FIRST - datetime.timedelta(days=3), TODAY + datetime.timedelta(days=3)),
)


def on(text):
    return datetime.date.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestPostalEvents(BaseCase):
    @PROPERTY
    @given(st.lists(events, max_size=12))
    def test_what_was_accepted_makes_sense(self, offered):
        """Whatever is offered, the accepted events tell one life in order."""
        known = []
        for event in offered:
            if event not in known and not find_conflict(event, known, TODAY, FIRST):
                known.append(event)
        posted = [one for one in known if one.code == "posted"]
        self.assertLessEqual(len(posted), 1)
        if known:
            self.assertTrue(posted)
            self.assertTrue(posted[0].date >= FIRST)
            self.assertTrue(all(posted[0].date <= one.date <= TODAY for one in known))
        codes = {one.code for one in known}
        ends = codes & {"delivered", "refused", "unclaimed", "unknown_address"}
        self.assertLessEqual(len(ends), 1)
        self.assertFalse({"delivered", "returned"} <= codes)
        found = summarise(known)
        if found.delivered_on:
            self.assertLessEqual(found.presented_on, found.delivered_on)
        if found.presented_on and found.returned_on:
            self.assertLessEqual(found.presented_on, found.returned_on)
        self.assertEqual(bool(found.returned_on), bool(found.return_code))

    @PROPERTY
    @given(st.lists(events, max_size=8), st.randoms())
    def test_the_summary_does_not_depend_on_the_order(self, some, chance):
        mixed = list(some)
        chance.shuffle(mixed)
        self.assertEqual(summarise(some), summarise(mixed))

    def test_the_plainest_reason_of_a_return(self):
        life = [
            Event("returned", on("2026-10-20")),
            Event("unclaimed", on("2026-10-16")),
            Event("presented", on("2026-10-01")),
        ]
        self.assertEqual(
            summarise(life),
            Summary(on("2026-10-01"), None, on("2026-10-20"), "unclaimed"),
        )

    def test_eight_days(self):
        self.assertEqual(
            notice_deadline(on("2026-09-30"), on("2026-10-02")),
            (on("2026-10-10"), False),
        )
        self.assertEqual(
            notice_deadline(on("2026-09-30"), None), (on("2026-10-12"), True)
        )
        self.assertEqual(notice_deadline(None, None), (None, False))


@tagged("post_install", "-at_install")
class TestPostalWords(BaseCase):
    """Statuses as La Poste and the labels on returned letters write them."""

    def test_statuses(self):
        for words, code in (
            ("Distribué", "delivered"),
            ("DISTRIBUE", "delivered"),
            ("Votre courrier a été distribué contre signature", "delivered"),
            ("Livré", "delivered"),
            ("Votre courrier a été retiré au guichet", "delivered"),
            ("Distribué à l'expéditeur", "returned"),
            ("Présenté", "presented"),
            ("Pli présenté / avisé", "presented"),
            ("avisé", "presented"),
            ("Destinataire absent, avis de passage laissé", "presented"),
            ("En attente de présentation", "in_transit"),
            ("En attente d'être retiré au guichet", "available"),
            ("Disponible en point de retrait", "available"),
            ("En instance", "available"),
            ("Refusé", "refused"),
            ("Pli refusé par le destinataire", "refused"),
            ("Retourné à l’expéditeur suite à un refus", "refused"),
            ("Non réclamé", "unclaimed"),
            ("Pli avisé et non réclamé", "unclaimed"),
            ("Non retiré dans le délai", "unclaimed"),
            ("Destinataire inconnu à l'adresse", "unknown_address"),
            ("N'habite pas à l’adresse indiquée", "unknown_address"),
            ("NPAI", "unknown_address"),
            ("Retourné : destinataire inconnu à l'adresse", "unknown_address"),
            ("Retourné", "returned"),
            ("Retour à l'expéditeur", "returned"),
            ("Non distribuable", "returned"),
            ("Défaut d'accès ou d'adressage", "returned"),
            ("Pris en charge", "posted"),
            ("Déposé", "posted"),
            ("En cours d'acheminement", "in_transit"),
            ("En cours de livraison", "in_transit"),
            ("Accusé de réception numérisé", "proof"),
            ("Delivered", "delivered"),
            ("Not delivered", "returned"),
            ("Refused", "refused"),
            ("Unclaimed", "unclaimed"),
            ("Unknown at this address", "unknown_address"),
            ("DI1", "delivered"),
            ("AG1", "available"),
            ("Déclaratif réceptionné", ""),
            ("42", None),
            ("", None),
        ):
            with self.subTest(words):
                self.assertEqual(read_status(words), code)

    def test_every_word_can_be_reached(self):
        """A word behind a wider one would never be found."""
        for words, code in WORDS:
            self.assertEqual(words, simplify(words))
            self.assertEqual(read_status(words), code, words)

    def test_every_code_is_known(self):
        self.assertLessEqual(
            set(POST_CODES.values()) | {c for _w, c in WORDS}, {*CODES, ""}
        )

    def test_the_words_of_a_return_say_why(self):
        self.assertEqual(refine("returned", "NPAI"), "unknown_address")
        self.assertEqual(refine("returned", "Retour"), "returned")
        self.assertEqual(refine("delivered", "NPAI"), "delivered")
