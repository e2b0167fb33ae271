"""The demo's late fees: rates up to its last day, a draft, a claim and an offer."""

import datetime

from ...core.legal import semesters

#: customers that paid late or not at all: (name, what is done with their late fees)
CLAIMS = (
    ("Négoce Delmas", "claim"),
    ("Carrelages Rossi", "offer"),
)
OFFER_DAYS = 10


def know_rates(env, last: datetime.date) -> None:
    """Add the rates that the shipped table cannot know yet, to be confirmed.

    :param last: the last day that the demo lives
    """
    parameters = env["collection.parameter"]
    table = parameters._get_table()
    for start, _end in semesters(datetime.date(2027, 1, 1), last):
        for key in ("ecb_refi", "legal_rate_pro"):
            if not table.has(key, start):
                parameters.create(
                    {
                        "key": key,
                        "value": 2.5,
                        "unit": "percent",
                        "valid_from": start,
                        "source": "Demo: not the real rate",
                        "is_to_confirm": True,
                    }
                )


def make_claims(env, company, last: datetime.date) -> None:
    """Claim and offer to waive, as a collector would on the last day."""
    files = env["collection.debtor"].with_context(collection_date=last)
    for name, what in CLAIMS:
        file = files.search(
            [("debtor_id.name", "=", name), ("company_id", "=", company.id)], limit=1
        )
        action = file.action_claim_late_fees()
        claim = env["collection.claim"].browse(action["res_id"])
        claim = claim.with_context(collection_date=last)
        claim.action_claim()
        if what == "offer":
            until = last + datetime.timedelta(days=OFFER_DAYS)
            claim._offer(until, "Premier geste, si le principal est réglé")
