"""Live through a ledger read from a file (the part that runs in Odoo's shell)."""

import datetime
import json
import time
from pathlib import Path

from ..ledger_csv import read_ledger
from .ledger import Invoice, Payment
from .living import Life


def main(env, options: dict) -> dict:
    """Import the ledger and live through it; return the RESULT.

    :param options: csv, guards, first, last (ISO dates), rejected (number), smtp_port
        (None = nothing is sent)
    """
    start = time.monotonic()
    env = env(context={**env.context, "tracking_disable": True, "lang": "en_US"})
    currencies = env["res.currency"].with_context(active_test=False).search([])
    known = {currency.name: currency for currency in currencies}
    places = {code: currency.decimal_places for code, currency in known.items()}
    rows, _bad = read_ledger(Path(options["csv"]), places)
    companies = prepare_companies(env, rows, options)
    used = {row.currency for row in rows}
    for code in used:
        known[code].active = True
        # Rate 1: amounts of a ledger are added up as they stand.
        known[code].rate_ids.unlink()
    env = env(context={**env.context, "allowed_company_ids": companies.ids})
    partners = create_partners(env, rows, options)
    life = Life(env, companies, options["guards"])
    by_name = {company.name: company for company in companies}
    main_company = companies[0]
    for row in rows:
        company = by_name.get(row.company, main_company)
        key = f"{row.company}/{row.customer}/{row.invoice}"
        partner = partners[row.customer]
        life.plan(
            [
                Invoice(
                    key,
                    company,
                    partner,
                    row.invoice_date,
                    row.due_date,
                    row.amount,
                    known[row.currency],
                    row.is_disputed,
                    {"ref": row.invoice},
                )
            ]
        )
        if row.paid_date:
            paid = max(row.paid_date, row.invoice_date)
            life.plan(payments=[Payment(company, partner, paid, key)])
    first = datetime.date.fromisoformat(options["first"])
    last = datetime.date.fromisoformat(options["last"])
    if options["guards"]:
        keep_bank_fresh(life, companies, first, last)
    life.before(first)
    life.live(first, last)
    return {
        **life.summary(),
        "rejected_rows": options["rejected"],
        "seconds": round(time.monotonic() - start, 1),
    }


def prepare_companies(env, rows, options):
    """Return the main company, live, and those that the file names."""
    main_company = env.company
    companies = main_company
    names = sorted({row.company for row in rows} - {""})
    if names:
        main_company.name = names[0]
    for name in names[1:]:
        company = env["res.company"].create(
            {
                "name": name,
                "country_id": env.ref("base.fr").id,
                "iap_enrich_auto_done": True,
            }
        )
        env["account.chart.template"].try_loading("fr", company, install_demo=False)
        env.user.company_ids += company
        companies += company
    companies.write({"collection_live": True, "email": "compta@company.invalid"})
    if options["smtp_port"]:
        env["ir.mail_server"].create(
            {
                "name": "Catch-all",
                "smtp_host": "127.0.0.1",
                "smtp_port": options["smtp_port"],
            }
        )
    return companies


def create_partners(env, rows, options) -> dict:
    """Create the customers, each with an e-mail and a postal address."""
    names = {row.customer: row.customer_name for row in rows}
    partners = env["res.partner"].create(
        [
            {
                "name": name,
                "ref": code,
                "is_company": True,
                "email": f"customer{number}@ledger.invalid",
                "street": f"{number} rue du Commerce",
                "zip": "75002",
                "city": "Paris",
                "country_id": env.ref("base.fr").id,
                "lang": "fr_FR",
            }
            for number, (code, name) in enumerate(names.items(), 1)
        ]
    )
    return dict(zip(names, partners, strict=True))


def keep_bank_fresh(life, companies, first, last) -> None:
    """Import the bank every day, as the companies of the file did."""
    for number in range((last - first).days + 1):
        day = first + datetime.timedelta(days=number)
        for company in companies:
            life.at(
                day, lambda ledger, on, company=company: ledger.bank_line(company, on)
            )


def run(env, options_text: str) -> None:
    """Entry point of the shell script: print the RESULT."""
    result = main(env, json.loads(options_text))
    env.cr.commit()
    print("RESULT " + json.dumps(result), flush=True)
