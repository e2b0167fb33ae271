"""Create the demo's database and live through it (the part in Odoo's shell)."""

import datetime
import json
import sys
from pathlib import Path

from .demo_data import LIVED_DAYS, DemoData
from .demo_dates import NoDueDate, last_working_day, next_sunday
from .demo_fees import know_rates, make_claims
from .demo_people import staff
from .living import Life

#: what the last day must show, or the demo shows less than it promises
CHANNELS = ("email", "sms", "call", "letter", "registered", "portal", "handoff")
LEVELS = ("courtesy", "friendly", "call", "firm", "notice", "handoff")
HELD = (
    "dispute",
    "excluded",
    "probable_payment",
    "minimum",
    "frequency",
    "no_address",
    "bank_stale",
)
#: ages of what is open on the last day
BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91")


def run(env, options_text: str) -> None:
    """Entry point of the shell script.

    :param options_text: JSON: smtp_port, sms_endpoint, letters (folder), today (ISO
        date or None)
    """
    options = json.loads(options_text)
    env = env(context={**env.context, "tracking_disable": True, "lang": "fr_FR"})
    companies = prepare_companies(env, options["smtp_port"])
    env["ir.config_parameter"].set_param("sms.endpoint", options["sms_endpoint"])
    env = env(context={**env.context, "allowed_company_ids": companies.ids})
    companies = companies.with_env(env)
    calendar = env["collection.calendar"]._get_calendar(companies[0])
    today = datetime.date.fromisoformat(options["today"] or str(datetime.date.today()))
    last = last_working_day(today, calendar)
    know_rates(env, last)
    life = Life(env, companies, handoff_result="handed_over")
    try:
        DemoData(env, life, last).plan()
    except NoDueDate as problem:
        sys.exit(str(problem))
    first = last - datetime.timedelta(days=LIVED_DAYS)
    say(f"posting what came before {first}")
    life.before(first)
    life.live(first, last, works_last=False)
    staff(env, companies, last)
    make_claims(env, companies[0], last)
    followups = env["collection.followup"]
    followups.search(followups._get_unmade_domain())._make_letters()
    env.cr.commit()
    letters = save_letters(env, Path(options["letters"]))
    buckets = count_buckets(env, last)
    print_summary(env, companies, last, letters, options["letters"], buckets)
    sunday = next_sunday(last)
    preview = env["collection.engine"].run(sunday, companies, preview=True)
    print("RESULT " + json.dumps(life.result), flush=True)
    print(
        f"Preview of {sunday} (Sunday): held {json.dumps(preview['held'])}", flush=True
    )
    check(life.result, buckets)


def say(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


def prepare_companies(env, smtp_port: int):
    """Return the two French companies of the demo, live, with bank and mail."""
    main = env.company
    main.write(
        {
            "name": "Ateliers Vauban",
            "street": "12 rue des Forges",
            "zip": "69007",
            "city": "Lyon",
            "country_id": env.ref("base.fr").id,
            "email": "compta@ateliers-vauban.example",
            "phone": "04 72 00 00 00",
            "company_registry": "99900001100018",
            "collection_legal_line": "SAS au capital de 50 000 € – RCS Lyon",
            "collection_mediator": "Médiation de la consommation, 75008 Paris",
            "collection_live": True,
        }
    )
    second = env["res.company"].create(
        {
            "name": "Vauban Services",
            "country_id": main.country_id.id,
            "city": "Villeurbanne",
            "zip": "69100",
            "street": "4 rue du Repos",
            "email": "compta@vauban-services.example",
            "phone": "04 72 00 00 02",
            "company_registry": "99900002900010",
            "collection_legal_line": "SARL au capital de 10 000 € – RCS Lyon",
            "collection_live": True,
            "iap_enrich_auto_done": True,
        }
    )
    env["account.chart.template"].try_loading("fr", second, install_demo=False)
    companies = main + second
    admin = env.ref("base.user_admin")
    admin.write(
        {
            "name": "Camille Roche",
            "company_ids": [(4, second.id)],
            "lang": "fr_FR",
            "tz": "Europe/Paris",
        }
    )
    admin.partner_id.write(
        {
            "function": "Responsable recouvrement",
            "phone": "04 72 00 00 01",
            "email": "camille.roche@ateliers-vauban.example",
        }
    )
    companies.write({"collection_manager_id": admin.id})
    ibans = ("FR7630006000011234567890189", "FR7610107001011234567890129")
    for company, iban in zip(companies, ibans, strict=True):
        bank = env["res.partner.bank"].create(
            {
                "acc_number": iban,
                "partner_id": company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        ).bank_account_id = bank
    env.ref("base.GBP").active = True
    env["res.currency.rate"].create(
        {"currency_id": env.ref("base.GBP").id, "rate": 0.86, "name": "2020-01-01"}
    )
    env["ir.mail_server"].create(
        {"name": "Catch-all", "smtp_host": "127.0.0.1", "smtp_port": smtp_port}
    )
    return companies


def save_letters(env, folder: Path) -> int:
    """Write the PDFs of all letters into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = env["collection.followup"].search([("attachment_id", "!=", False)])
    for letter in letters:
        (folder / letter._get_letter_name()).write_bytes(letter.attachment_id.raw)
    return len(letters)


def count_buckets(env, last) -> dict[str, tuple[int, float]]:
    """Return bucket -> (number, amount) of what is open on the last day."""
    receivables = env["collection.receivable"].with_context(collection_date=last)
    rows = receivables._read_group(
        [("amount_residual", ">", 0)], ["bucket"], ["__count", "amount_residual:sum"]
    )
    return {bucket: (count, amount) for bucket, count, amount in rows}


def print_summary(env, companies, last, letters: int, folder: str, buckets) -> None:
    """Print what was lived in a few lines.

    :param buckets: what is open, by age
    """
    invoices = env["account.move"].search_count([("move_type", "=", "out_invoice")])
    debtors = env["collection.debtor"].search_count([])
    print(f"\nDemo of {', '.join(companies.mapped('name'))} on {last}")
    print(
        f"  {invoices} invoices, {debtors} debtor files, {letters} letters in {folder}"
    )
    groups = env["collection.followup"]._read_group(
        [], ["channel", "state"], ["__count"], order="channel, state"
    )
    for channel, state, count in groups:
        print(f"  {channel:<12}{state:<12}{count:>5}")
    rows = (
        env["collection.receivable"]
        .with_context(collection_date=last)
        ._read_group([], ["status"], ["__count", "amount_residual:sum"])
    )
    rows += [(f"age {key}", *buckets.get(key, (0, 0))) for key in BUCKETS]
    for key, count, amount in rows:
        print(f"  {key:<24}{count:>5}{amount:>16,.2f}")
    print()


def check(result: dict, buckets: dict) -> None:
    """End with the exit code 1 when the demo does not show what it promises."""
    missing = [key for key in CHANNELS if not result["by_channel"].get(key)]
    missing += [key for key in LEVELS if not result["by_level"].get(key)]
    missing += [key for key in HELD if not result["held"].get(key)]
    missing += [key for key in BUCKETS if key not in buckets]
    if missing:
        sys.exit(f"The last day does not show: {', '.join(missing)}.")
