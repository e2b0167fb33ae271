# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Maileva's words, and what they mean here.

Sources: the OpenAPI descriptions of ``registered_mail`` v2 and v4 and of ``mail`` v2,
read in November 2026; the words beside a code are theirs.
"""

#: status of a sending -> where the letter is
STATUSES = {
    "DRAFT": "draft",
    "PENDING": "submitted",
    "PRECHECKED": "submitted",
    # It waits for an authorisation of payment.
    "BLOCKED": "blocked",
    "ACCEPTED": "accepted",
    "PREPARING": "producing",
    "PROCESSED": "posted",
    # Some recipients were not valid: ours has a status of its own.
    "PROCESSED_WITH_ERRORS": "posted",
    "ARCHIVED": "posted",
    "REJECTED": "rejected",
    "CANCELED": "cancelled",
}
#: status of a recipient that ends it, whatever the sending's
DEAD_RECIPIENTS = {
    "REJECTED": "rejected",
    "SENDING_REJECTED": "rejected",
    "CANCELED": "cancelled",
}
#: codes of errors that say that the address is wrong
BAD_ADDRESS = (
    "ADDRESS_LINE_",
    "EMPTY_ADDRESS_LINE_",
    "INVALID_ADDRESS_LINE_",
)
NOT_A_DRAFT = "SENDING_STATUS_IS_NOT_DRAFT"

#: delivery status -> (postal event, Maileva's words)
DELIVERY = {
    # registered_mail v2: on its way (A), presented (P), delivered (D), scanned (N).
    "A01": ("posted", "Pris en charge"),
    "A02": ("presented", "Avisé"),
    "A03": ("in_transit", "Départ de France"),
    "A04": ("in_transit", "Arrivée"),
    "A05": ("presented", "Tentative de distribution infructueuse"),
    "A06": ("posted", "Dépôt"),
    "A07": ("in_transit", "Départ"),
    "A08": ("in_transit", "Arrivée en France"),
    "A09": ("in_transit", "Attente douane / dédouanement"),
    "A10": ("in_transit", "Dédouané, distribution en cours"),
    "A11": ("in_transit", "Renvoyé vers la bonne destination"),
    "A12": (
        "in_transit",
        "Renvoyé vers la bonne destination suite à correction de l'adresse par "
        "La Poste",
    ),
    "A13": ("in_transit", "Pli manquant au dépôt"),
    "A14": (
        "unclaimed",
        "Non distribuable pour cause de dépassement du délai de mise à disposition "
        "du recommandé en ligne",
    ),
    "A15": (
        "in_transit",
        "Non distribuable en attente d'un contact client auprès du service "
        "Consommateurs",
    ),
    "A16": ("refused", "Non distribuable pour cause de refus par le destinataire"),
    "A17": ("unclaimed", "Non distribuable délai de conservation expiré (CGV)"),
    "A18": ("refused", "Non distribuable - refus"),
    "A19": ("returned", "Non distribuable"),
    "A20": ("in_transit", "En cours de traitement"),
    "A21": (
        "unknown_address",
        "Retourné à l'expéditeur pour cause d'accès à la boîte aux lettres impossible",
    ),
    "A22": (
        "unknown_address",
        "Retourné à l'expéditeur pour cause de boîte aux lettres non identifiable",
    ),
    "A23": (
        "unknown_address",
        "Retourné à l'expéditeur pour cause d'adresse incorrecte",
    ),
    "A24": ("returned", "Retourné à l'expéditeur suite à des recherches de La Poste"),
    "A25": ("returned", "Retourné à l'expéditeur sur demande de l'expéditeur"),
    "A26": ("returned", "Retourné à l'expéditeur"),
    "A27": (
        "in_transit",
        "Renvoyé vers la bonne destination sur demande de l'expéditeur",
    ),
    "P01": ("available", "Attend d'être retiré au guichet"),
    "P02": ("presented", "En attente de seconde présentation"),
    "P03": (
        "unclaimed",
        "Retourné à l'expéditeur pour cause de dépassement de délai d'instance",
    ),
    "P04": ("refused", "Retour à l'expéditeur - refus"),
    "P05": ("refused", "Retourné à l'expéditeur pour cause de refus à l'adresse"),
    "P06": ("refused", "Retourné à l'expéditeur pour cause de refus de paiement"),
    "D01": ("delivered", "Distribué"),
    "N01": ("delivered", "AR Signé : RAR distribué"),
    "N02": ("returned", "PND (Pli Non Distribuable) pour une LR"),
    "N03": ("unclaimed", "Non réclamé"),
    "N04": ("returned", "Décédé"),
    "N05": ("refused", "Refusé"),
    "N06": ("returned", "Impossibilité de signer"),
    "N07": ("unknown_address", "Adresse incomplète"),
    "N08": ("refused", "Refus détérioré"),
    "N09": ("in_transit", "Régime international"),
    # mail v2.
    "N10": ("returned", "PND (Pli Non Distribuable) pour un courrier"),
    # registered_mail v4.
    "LP00": ("in_transit", "Code inconnu"),
    "LP01": ("posted", "Pris en charge"),
    "LP02": ("in_transit", "Courrier imprimé et prêt à expédier"),
    "LP03": ("in_transit", "Tri départ"),
    "LP04": ("in_transit", "Tri arrivée"),
    "LP05": ("in_transit", "Preuve de dépôt numérique disponible"),
    "LP06": ("in_transit", "Preuve de contenu générée"),
    "LP07": ("in_transit", "Preuve de contenu envoyée"),
    "LP08": ("available", "Pli mis à disposition en bureau de poste"),
    "LP09": ("presented", "Destinataire absent avisé"),
    "LP10": ("presented", "Destinataire absent nouveau rendez-vous"),
    "LP11": ("in_transit", "Remis en distribution"),
    "LP12": ("in_transit", "Distribution différée pour force majeure"),
    "LP13": ("in_transit", "Distribution différée pour raison interne"),
    "LP14": ("in_transit", "Arrivée au site de distribution"),
    "LP15": ("delivered", "Distribué"),
    "LP16": ("delivered", "Distribué (avec remarques du destinataire)"),
    "LP17": ("returned", "Distribué à l'expéditeur (suite au retour du pli)"),
    # Recorded with the receipt itself, once that was downloaded.
    "LP18": ("proof", "Avis de réception numérique disponible"),
    "LP19": (
        "unclaimed",
        "Retour à l'expéditeur pour cause de délai d'instance expiré",
    ),
    "LP20": (
        "unknown_address",
        "Retour à l'expéditeur pour cause d'adresse incorrecte/incomplète",
    ),
    "LP21": (
        "unknown_address",
        "Retour à l'expéditeur pour cause de destinataire inconnu à l'adresse",
    ),
    "LP22": ("refused", "Retour à l'expéditeur pour cause de pli refusé"),
    "LP23": ("in_transit", "Renvoyé par le Service Client au destinataire"),
    "LP24": (
        "returned",
        "Renvoi du Service Client vers l'expéditeur après enquête",
    ),
    "LP25": (
        "returned",
        "Renvoi du Service Client vers l'expéditeur - Délai de garde expiré",
    ),
    "LP26": ("in_transit", "Réexpédition/Dérivation"),
    "LP27": ("returned", "Renvoi du Service Client vers l'expéditeur"),
    "LP28": ("delivered", "Distribué au destinataire après enquête"),
    "LP29": ("delivered", "Remis et distribué en lot"),
}
#: category of a main delivery status -> postal event
MAIN_DELIVERY = {"FIRST_PRESENTATION": "presented", "DELIVERED": "delivered"}
#: reason of a letter that came back to Maileva (v4) -> (postal event, its words)
RETURN_REASONS = {
    "N02": ("unknown_address", "Destinataire inconnu à l'adresse"),
    "N03": ("unclaimed", "Pli avisé et non réclamé"),
    "N05": ("refused", "Pli refusé par le destinataire"),
    "N07": ("unknown_address", "Défaut d'accès ou d'adressage"),
}
