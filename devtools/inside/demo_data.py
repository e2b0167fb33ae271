"""The demo's own data: two French companies, their customers, what happens to them.

Everything is relative to the last working day, so that this day shows each step of the
shipped scenario and each reason for which a receivable is left alone.
"""

import datetime
import random
from decimal import Decimal

from .demo_dates import lives_reaching, working_days_before
from .demo_portals import plan_portals, plan_regular
from .ledger import Invoice, Payment

#: name, street, postcode, city, segment, language; most have an e-mail
CUSTOMERS = [
    ("Menuiserie Durand", "3 quai Perrache", "69002", "Lyon", None, "fr_FR"),
    ("Garage des Alpes", "18 avenue Jean Perrot", "38100", "Grenoble", None, "fr_FR"),
    ("Boulangerie Morel", "5 place Bellecour", "69002", "Lyon", None, "fr_FR"),
    ("Transports Keller", "2 rue du Port", "67000", "Strasbourg", None, "fr_FR"),
    ("Imprimerie Vasseur", "41 rue Nationale", "59800", "Lille", None, "fr_FR"),
    ("Clinique Saint-Roch", "9 boulevard Carnot", "06000", "Nice", None, "fr_FR"),
    (
        "Hôtel du Vieux-Port",
        "1 quai de Rive-Neuve",
        "13007",
        "Marseille",
        None,
        "fr_FR",
    ),
    ("Paysages Lemoine", "77 route de Paris", "44300", "Nantes", None, "fr_FR"),
    ("Électricité Baron", "12 rue Ampère", "31000", "Toulouse", None, "fr_FR"),
    ("Pharmacie du Marché", "6 place du Marché", "21000", "Dijon", None, "fr_FR"),
    ("Cycles Renaud", "30 rue de Metz", "57000", "Metz", None, "fr_FR"),
    ("Fromagerie Perrin", "4 chemin des Prés", "25000", "Besançon", None, "fr_FR"),
    ("Plomberie Achard", "15 rue des Tanneurs", "84000", "Avignon", None, "fr_FR"),
    ("Studio Lumen", "8 rue des Arts", "35000", "Rennes", None, "fr_FR"),
    (
        "Maçonnerie Costa",
        "22 rue de l'Industrie",
        "34000",
        "Montpellier",
        None,
        "fr_FR",
    ),
    (
        "Atelier Bois Clair",
        "3 impasse du Four",
        "63000",
        "Clermont-Ferrand",
        None,
        "fr_FR",
    ),
    ("Conseil & Chiffres", "50 rue La Fayette", "75009", "Paris", None, "fr_FR"),
    (
        "Northfield Trading Ltd",
        "14 Harbour Street",
        "BS1 4RN",
        "Bristol",
        None,
        "en_US",
    ),
    ("Groupe Vidal", "100 avenue Foch", "69006", "Lyon", "strategic", "fr_FR"),
    (
        "Mairie de Sainte-Colombe",
        "1 place de la République",
        "69560",
        "Sainte-Colombe",
        "public",
        "fr_FR",
    ),
    ("Louise Martin", "17 rue des Lilas", "69003", "Lyon", "consumer", "fr_FR"),
    ("Restaurant La Source", "2 rue de la Fontaine", "74000", "Annecy", None, "fr_FR"),
    ("Serrurerie Nadal", "11 rue Pasteur", "66000", "Perpignan", None, "fr_FR"),
    ("Auto-école Bertin", "39 cours Gambetta", "69007", "Lyon", None, "fr_FR"),
    ("Kiosque du Parc", None, None, None, None, "fr_FR"),
    ("Négoce Delmas", "19 rue des Docks", "76600", "Le Havre", None, "fr_FR"),
    ("Carrelages Rossi", "7 avenue Malausséna", "06000", "Nice", None, "fr_FR"),
    ("Traiteur Lenoir", "26 rue Victor-Hugo", "69002", "Lyon", None, "fr_FR"),
    ("Paul Mercier", "8 rue Garibaldi", "69006", "Lyon", "consumer", "fr_FR"),
]
#: followed up by SMS on D+3: customer -> mobile number
TEXTED = {
    "Traiteur Lenoir": "+33 6 01 02 03 04",
    "Paul Mercier": "+33 6 01 02 03 05",
}
NO_EMAIL = ("Kiosque du Parc", "Serrurerie Nadal")
STEPS = (-5, 1, 7, 15, 30, 45)
#: customers that show the steps on the last day, three for each
SHOWING = 18
LIVED_DAYS = 90
#: customer -> (days since it was due, amount) of what went the whole way, up to the
#: hand-over, within the lived days
OLD = {
    "Négoce Delmas": ((98, "960.00"), (67, "2150.00")),
    "Carrelages Rossi": ((124, "7300.40"), (85, "4820.50")),
}
#: paid long ago or in time: the history that behaviour figures need
HISTORY = 82


class DemoData:
    """Prepares the companies and customers and plans what happens.

    :param env: environment of the superuser
    :param life: the life in which everything is planned
    :param last: last working day up to today
    """

    def __init__(self, env, life, last: datetime.date):
        self.env = env
        self.life = life
        self.last = last
        self.company, self.second = life.companies
        self.calendar = env["collection.calendar"]._get_calendar(self.company)
        self.random = random.Random(19)
        self.count = 0
        self.euro = self.company.currency_id
        self.partners = self.create_customers()
        self.texting = self.create_texting()

    # === CUSTOMERS === #

    def create_customers(self) -> dict:
        values = [self.customer_values(*one) for one in CUSTOMERS]
        partners = self.env["res.partner"].create(values)
        found = {partner.name: partner for partner in partners}
        for name, *_address, segment, _lang in CUSTOMERS:
            if segment:
                file = self.env["collection.debtor"]._get_file(
                    self.company, found[name]
                )
                file.segment_id = self.env.ref(
                    f"account_collection.collection_segment_{segment}"
                )
        self.env["res.partner"].create(
            {
                "name": "Claire Durand",
                "parent_id": found["Menuiserie Durand"].id,
                "type": "invoice",
                "function": "Comptable",
                "email": "claire.durand@menuiserie-durand.example",
                "lang": "fr_FR",
            }
        )
        return found

    def create_texting(self):
        """Return the scenario of those who get a text message on D+3."""
        scenario = self.company.collection_scenario_id.copy(
            {"name": "Professionnels, avec SMS", "code": False}
        )
        friendly = self.env.ref("account_collection.collection_level_friendly")
        self.env["collection.step"].create(
            {
                "scenario_id": scenario.id,
                "delay_days": 3,
                "level_id": friendly.id,
                "channel": "sms",
            }
        )
        files = self.env["collection.debtor"]
        for name in TEXTED:
            file = files._get_file(self.company, self.partners[name])
            file.scenario_id = scenario
        return scenario

    def customer_values(self, name, street, postcode, city, segment, lang) -> dict:
        slug = "".join(
            char for char in name.lower() if char.isascii() and char.isalnum()
        )
        country = "base.uk" if lang == "en_US" else "base.fr"
        return {
            "name": name,
            "is_company": segment != "consumer",
            "email": False if name in NO_EMAIL else f"compta@{slug}.example",
            "phone": TEXTED.get(name, "+33 4 72 00 10 20") if city else False,
            "street": street,
            "zip": postcode,
            "city": city,
            "country_id": self.env.ref(country).id if city else False,
            "lang": lang,
            "ref": f"C{len(name):02d}{slug[:4].upper()}",
        }

    # === FACTORIES === #

    def invoice(self, name, due, amount, paid=None, company=None, **values) -> str:
        """Plan an invoice; its date is 30 days before it is due."""
        self.count += 1
        key = f"{name}-{self.count}"
        company = company or self.company
        currency = values.pop("currency", company.currency_id)
        day = values.pop("day", due - datetime.timedelta(days=30))
        disputed = values.pop("is_disputed", False)
        facts = {
            "ref": f"CMD-{4000 + self.count}",
            "delivery_date": day - datetime.timedelta(days=3),
            **values,
        }
        partner = self.partners[name]
        planned = Invoice(
            key, company, partner, day, due, Decimal(amount), currency, disputed, facts
        )
        self.life.plan([planned])
        if paid:
            self.pay(name, paid, key, company=company)
        return key

    def pay(self, name, day, key=None, amount=None, label="", company=None):
        """Plan a payment."""
        amount = Decimal(amount) if amount else None
        payment = Payment(
            company or self.company, self.partners[name], day, key, amount, label
        )
        self.life.plan(payments=[payment])

    def amount(self) -> str:
        return (
            f"{self.random.randint(180, 6400)}.{self.random.choice(['00', '50', '40'])}"
        )

    # === WHAT HAPPENS === #

    def plan(self):
        """Plan everything."""
        self.plan_bank()
        self.plan_steps()
        self.plan_holds()
        self.plan_old()
        self.plan_special()
        self.plan_segments()
        self.plan_second_company()
        self.plan_history()
        plan_portals(self)
        plan_regular(self)
        self.plan_texts()

    def plan_bank(self):
        """The first company imports its bank every day, the second one forgot."""
        for number in range(LIVED_DAYS + 1):
            day = self.last - datetime.timedelta(days=number)
            if not self.calendar.is_working(day):
                continue
            self.life.at(day, lambda ledger, on: ledger.bank_line(self.company, on))
            if number >= 12:
                self.life.at(day, lambda ledger, on: ledger.bank_line(self.second, on))

    def plan_steps(self):
        """Three receivables for each step of the shipped scenario on the last day."""
        names = iter([one[0] for one in CUSTOMERS[:SHOWING]])
        for delay in STEPS:
            for number in range(3):
                self.invoice_reaching(delay, next(names), self.amount(), number)

    def invoice_reaching(
        self, delay: int, name, amount, number: int = 0, scenario=None
    ) -> str:
        """Plan an invoice that reaches a step on the last day.

        :param number: the first, second... of those that reach it
        :param scenario: the customer's; default: the company's
        """
        scenario = scenario or self.company.collection_scenario_id
        policy = self.life.policies()[scenario.id]
        lives = lives_reaching(delay, self.last, policy.ladder, self.calendar)
        due, start = lives[number % len(lives)]
        key = self.invoice(name, due, amount)
        if start:
            end = self.last - datetime.timedelta(days=1)
            self.life.at(start, lambda ledger, on: ledger.hold(key, on, end))
        return key

    def plan_texts(self):
        """A professional and a private individual get a text message on the last day.

        The professional had one before, and paid.
        """
        for name in TEXTED:
            self.invoice_reaching(3, name, self.amount(), scenario=self.texting)
        days = datetime.timedelta
        due = self.last - days(40)
        self.invoice("Traiteur Lenoir", due, "720.00", paid=due + days(12))

    def plan_holds(self):
        """One receivable for each reason to leave it alone."""
        days = datetime.timedelta
        name = "Restaurant La Source"
        disputed = self.last - days(25)
        self.invoice(name, disputed, "1480.00", is_disputed=True)
        excluded = self.invoice(name, self.last - days(20), "640.00")
        self.life.at(
            self.last - days(20),
            lambda ledger, on: ledger.exclude(excluded),
        )
        self.invoice("Serrurerie Nadal", self.last - days(8), "2.00")
        before = working_days_before(self.last, 4, self.calendar)
        probable = self.invoice_reaching(1, "Restaurant La Source", "1250.00")
        self.life.at(
            before[0],
            lambda ledger, on: ledger.receive_unmatched(self.company, on, probable),
        )
        for day in [self.last, *before[:3]]:
            due = day - days(1)
            self.invoice("Auto-école Bertin", due, "310.00", day=due - days(2))
        self.invoice("Kiosque du Parc", self.last - days(4), "95.00")

    def plan_old(self):
        """Receivables that were handed over: no step is left for the last day."""
        for name, claims in OLD.items():
            for age, amount in claims:
                self.invoice(name, self.last - datetime.timedelta(days=age), amount)

    def plan_special(self):
        """Partial payment, credit note, instalments, retention, foreign currency."""
        days = datetime.timedelta
        last = self.last
        key = self.invoice("Studio Lumen", last - days(60), "2400.00")
        self.pay("Studio Lumen", last - days(58), key, "900.00")
        self.pay("Studio Lumen", last - days(50), key)
        key = self.invoice("Studio Lumen", last - days(40), "800.00")
        self.life.at(
            last - days(38),
            lambda ledger, on: ledger.credit_note(key, on, Decimal(150)),
        )
        self.pay("Studio Lumen", last - days(33), key)
        self.life.at(
            last - days(15),
            lambda ledger, on: ledger.free_credit(
                self.company, self.partners["Paysages Lemoine"], on, Decimal(35)
            ),
        )
        term = self.env["account.payment.term"].create(
            {
                "name": "Trois échéances mensuelles",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": part, "nb_days": wait})
                    for part, wait in ((33.3333, 30), (33.3333, 60), (33.3334, 90))
                ],
            }
        )
        self.invoice(
            "Groupe Vidal",
            last,
            "9000.00",
            day=last - days(64),
            invoice_payment_term_id=term.id,
        )
        work = self.invoice("Maçonnerie Costa", last + days(12), "12000.00")
        self.life.at(
            last - days(10), lambda ledger, on: ledger.retain(work, on, Decimal("0.05"))
        )
        pound = self.env.ref("base.GBP")
        self.invoice(
            "Northfield Trading Ltd", last - days(3), "1900.00", currency=pound
        )

    def plan_segments(self):
        """A strategic customer, a public body, a consumer."""
        days = datetime.timedelta
        self.invoice("Mairie de Sainte-Colombe", self.last - days(18), "3300.00")
        self.invoice("Mairie de Sainte-Colombe", self.last + days(9), "1250.00")
        self.invoice("Louise Martin", self.last - days(22), "890.00")
        self.invoice("Groupe Vidal", self.last - days(9), "7800.00")

    def plan_second_company(self):
        """Its bank is not up to date: automatic messages wait."""
        days = datetime.timedelta
        for name, late in (
            ("Menuiserie Durand", 2),
            ("Hôtel du Vieux-Port", 3),
            ("Conseil & Chiffres", 25),
        ):
            due = self.last - days(late)
            self.invoice(name, due, self.amount(), company=self.second)

    def plan_history(self):
        """Invoices that were paid: some in time, some late."""
        others = {"Kiosque du Parc", *OLD, *TEXTED}
        names = [one[0] for one in CUSTOMERS if one[0] not in others]
        for number in range(HISTORY):
            name = names[number % len(names)]
            age = self.random.randint(70, 160)
            due = self.last - datetime.timedelta(days=age)
            late = self.random.choice((-2, 0, 0, 1, 3, 6, 12))
            self.invoice(
                name, due, self.amount(), paid=due + datetime.timedelta(days=late)
            )
