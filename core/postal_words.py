"""What the words of the post mean: statuses of files and of people, in codes.

Words of La Poste's tracking and of the labels on returned letters (pli non
distribuable), its two-letter codes (DI1, AG1...), and plain English.
"""

import re
import unicodedata

#: codes of La Poste's tracking
POST_CODES = {
    "dr1": "",
    "pc1": "posted",
    "pc2": "posted",
    "et1": "in_transit",
    "et2": "in_transit",
    "et3": "in_transit",
    "et4": "in_transit",
    "ep1": "in_transit",
    "md2": "in_transit",
    "ag1": "available",
    "nd1": "returned",
    "re1": "returned",
    "di1": "delivered",
    "di2": "returned",
}
#: words -> code, the first that is found counts: what is narrower stands before what
#: is wider; an empty code = nothing that concerns us
WORDS = (
    ("declaratif", ""),
    # Came back without having reached anybody.
    ("npai", "unknown_address"),
    ("n habite pas", "unknown_address"),
    ("n habite plus", "unknown_address"),
    ("inconnu", "unknown_address"),
    ("parti sans laisser", "unknown_address"),
    ("unknown", "unknown_address"),
    ("moved away", "unknown_address"),
    ("not at this address", "unknown_address"),
    # Came back although it was presented.
    ("non reclam", "unclaimed"),
    ("pas reclam", "unclaimed"),
    ("non retir", "unclaimed"),
    ("pas retir", "unclaimed"),
    ("delai de garde", "unclaimed"),
    ("unclaimed", "unclaimed"),
    ("not claimed", "unclaimed"),
    ("not collected", "unclaimed"),
    ("refus", "refused"),
    ("retour", "returned"),
    ("a l expediteur", "returned"),
    ("non distribu", "returned"),
    ("pas pu etre distribu", "returned"),
    ("non livr", "returned"),
    ("defaut d acces", "returned"),
    ("adresse incomplete", "returned"),
    ("adressage", "returned"),
    ("undeliver", "returned"),
    ("not delivered", "returned"),
    ("to the sender", "returned"),
    ("return", "returned"),
    # On its way, at the door, at the counter.
    ("en attente de presentation", "in_transit"),
    ("en cours de presentation", "in_transit"),
    ("en cours de livraison", "in_transit"),
    ("en cours de distribution", "in_transit"),
    ("mis en distribution", "in_transit"),
    ("sera presente", "in_transit"),
    ("sera distribu", "in_transit"),
    ("out for delivery", "in_transit"),
    ("a ete retire", "delivered"),
    ("guichet", "available"),
    ("en instance", "available"),
    ("point de retrait", "available"),
    ("bureau de poste", "available"),
    ("a retirer", "available"),
    ("pret a etre retire", "available"),
    ("counter", "available"),
    ("awaiting collection", "available"),
    ("avise", "presented"),
    ("avis de passage", "presented"),
    ("present", "presented"),
    ("absent", "presented"),
    # Arrived.
    ("accuse de reception", "proof"),
    ("avis de reception", "proof"),
    ("preuve", "proof"),
    ("acknowledgement", "proof"),
    ("distribu", "delivered"),
    ("livr", "delivered"),
    ("remis au destinataire", "delivered"),
    ("remis contre signature", "delivered"),
    ("recu par le destinataire", "delivered"),
    ("delivered", "delivered"),
    # Left.
    ("pris en charge", "posted"),
    ("prise en charge", "posted"),
    ("depose", "posted"),
    ("posted", "posted"),
    ("accepted", "posted"),
    ("achemine", "in_transit"),
    ("en cours", "in_transit"),
    ("transit", "in_transit"),
)


def simplify(text: str) -> str:
    """Return a text in small letters, without accents and signs, spaces single."""
    plain = unicodedata.normalize("NFKD", text or "")
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters.lower()).split())


def read_status(text: str) -> str | None:
    """Return the code that the words of the post mean.

    :return: a code of ``postal_events``, empty when the words say nothing that
        concerns us, None when they are not understood
    """
    words = simplify(text)
    if words in POST_CODES:
        return POST_CODES[words]
    return next((code for part, code in WORDS if part in words), None)


def refine(code: str, label: str) -> str:
    """Return why a letter came back, when its words say more than its code."""
    if code == "returned":
        found = read_status(label)
        if found in ("unknown_address", "refused", "unclaimed"):
            return found
    return code
