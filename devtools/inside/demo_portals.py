"""The demo's portals and habits: a town hall, a large group, a regular payer."""

import datetime

from dateutil.relativedelta import relativedelta

from ...models.collection_portal_record import Seen

TOWN_HALL = "Mairie de Sainte-Colombe"
GROUP = "Groupe Vidal"
#: pays on the 10th of each month, without ever having said so
REGULAR = "Conseil & Chiffres"
REGULAR_MONTHS = 7


def plan_portals(data) -> None:
    """Create the accounts, and plan what is seen on them.

    :param data: the demo's ``DemoData``
    """
    files = {
        name: data.env["collection.debtor"]._get_file(data.company, data.partners[name])
        for name in (TOWN_HALL, GROUP)
    }
    site = data.env["collection.portal.site"].create(
        {
            "name": "Portail fournisseurs Vidal",
            "url": "https://fournisseurs.groupe-vidal.example",
        }
    )
    chorus = data.env.ref("account_collection.collection_portal_site_chorus")
    create_account(
        files[TOWN_HALL],
        chorus,
        "Factures émises, onglet Recherche : chercher par numéro de facture.",
        siret="21690187500018",
        service_code="SERV-TECH",
        engagement_number="EJ-2026-0147",
    )
    create_account(
        files[GROUP],
        site,
        "Menu Paiements ; le numéro de réception figure sur le bon de livraison.",
        supplier_number="F-004512",
        order_number="4500087321",
    )
    files[TOWN_HALL].habit_note = "Mandatement le jeudi, paiement par la trésorerie."
    files[GROUP].write(
        {
            "payment_days": "10, 25",
            "habit_note": "Campagnes de paiement validées par Mme Vidal.",
            "closure_ids": [
                (
                    0,
                    0,
                    {
                        "name": "Fermeture de fin d'année",
                        "date_from": datetime.date(data.last.year, 12, 24),
                        "date_to": datetime.date(data.last.year + 1, 1, 2),
                        "is_yearly": True,
                    },
                )
            ],
        }
    )
    for amount in ("2150.00", "480.00"):
        data.invoice_reaching(
            2, TOWN_HALL, amount, scenario=files[TOWN_HALL].used_scenario_id
        )
    plan_seen(data, files[GROUP])


def create_account(file, site, instructions: str, **identifiers) -> None:
    """Create our account on a portal."""
    file.env["collection.portal"].create(
        {
            "file_id": file.id,
            "site_id": site.id,
            "user_id": file.env.ref("base.user_admin").id,
            "login": "compta@ateliers-vauban.example",
            "instructions": instructions,
            "identifier_ids": [
                (0, 0, {"key": key, "value": value})
                for key, value in identifiers.items()
            ],
        }
    )


def plan_seen(data, file) -> None:
    """Plan a look at the group's portal: announced, approved, blocked."""
    days = datetime.timedelta
    paying = data.invoice(GROUP, data.last - days(6), "5240.00")
    approved = data.invoice(GROUP, data.last + days(6), "1980.00")
    blocked = data.invoice(GROUP, data.last - days(4), "3615.00")
    announced = file._propose_payment_date(data.last)
    seen = (
        (paying, "announced", {"announced": announced}),
        (approved, "approved", {}),
        (blocked, "blocked", {"reason": "Numéro de réception manquant"}),
    )
    day = data.last - days(1)
    while not data.calendar.is_working(day):
        day -= days(1)
    for key, code, values in seen:
        data.life.at(
            day,
            lambda ledger, on, key=key, code=code, values=values: see(
                ledger.receivable_lines(ledger.move(key)), code, on, **values
            ),
        )


def see(lines, code: str, day: datetime.date, **values) -> None:
    """Record what a portal shows for receivables."""
    env = lines.env(
        user=lines.env.ref("base.user_admin"),
        context={**lines.env.context, "collection_date": day},
    )
    state = env["collection.portal.state"].search([("code", "=", code)])
    receivables = env["collection.receivable"].search([("id", "in", lines.ids)])
    env["collection.portal.status"]._record(
        [
            Seen(one.move_line_id, state, one.file_id.portal_id, **values)
            for one in receivables
        ]
    )


def plan_regular(data) -> None:
    """Plan a customer whose payments show a usual day of the month."""
    for month in range(1, REGULAR_MONTHS + 1):
        tenth = data.last.replace(day=10) - relativedelta(months=month)
        due = tenth - datetime.timedelta(days=4)
        paid = data.calendar.next_working(tenth)
        data.invoice(REGULAR, due, data.amount(), paid=paid)
