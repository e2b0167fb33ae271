"""The demo's people: two collectors, two salespeople, and a colleague who is away."""

import datetime

#: login, name, group; the passwords are the logins
COLLECTORS = (
    ("nadia", "Nadia Petit", "group_collection_user"),
    ("louis", "Louis Garnier", "group_collection_user"),
)
SALESPEOPLE = (("hugo", "Hugo Lambert"), ("lea", "Léa Marchand"))
#: days during which Louis is away
AWAY = 5
#: every so many debtors one has no collector yet
UNASSIGNED = 7


def staff(env, companies, last) -> None:
    """Share the debtors among the collectors and the invoices among the salespeople.

    Camille, the manager, keeps a third of the debtors and stands in for Louis.

    :param last: the last day that the demo lived
    """
    manager = env.ref("base.user_admin")
    collectors = [
        create_user(env, companies, login, name, f"account_collection.{group}")
        for login, name, group in COLLECTORS
    ]
    sellers = [
        create_user(env, companies, login, name, "sales_team.group_sale_salesman")
        for login, name in SALESPEOPLE
    ]
    files = env["collection.debtor"].search([], order="id")
    turns = [manager, *collectors]
    for index, file in enumerate(files):
        if index % UNASSIGNED:
            file.collector_id = turns[index % len(turns)]
    for index, debtor in enumerate(files.debtor_id.sorted("id")):
        seller = sellers[index % len(sellers)]
        debtor.user_id = seller
        env["account.move"].search(
            [
                ("commercial_partner_id", "=", debtor.id),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        ).invoice_user_id = seller
    env["collection.delegation"].create(
        {
            "user_id": collectors[-1].id,
            "substitute_id": manager.id,
            "date_from": last,
            "date_to": last + datetime.timedelta(days=AWAY),
            "note": "Congés. Les échéanciers discutés sont notés sur les dossiers.",
        }
    )


def create_user(env, companies, login: str, name: str, group: str):
    """Return a new user of both companies, in French."""
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@ateliers-vauban.example",
                "lang": "fr_FR",
                "tz": "Europe/Paris",
                "company_id": companies[0].id,
                "company_ids": [(6, 0, companies.ids)],
                "group_ids": [
                    (4, env.ref(group).id),
                    (4, env.ref("base.group_user").id),
                ],
            }
        )
    )
