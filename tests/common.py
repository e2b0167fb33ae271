# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user

from ..core.legal import semesters
from ..models.collection_portal_record import Seen

#: first semester whose rates are not shipped
UNKNOWN = datetime.date(2027, 1, 1)
#: a Monday: the due date of most tests
DUE = datetime.date(2026, 8, 31)


def day(text):
    return fields.Date.to_date(text)


class CollectionCommon(TransactionCase):
    """The template's French company, live, with factories for its ledger.

    Dates are fixed: ``run(date=...)`` moves the policy's clock, never the machine's.
    """

    #: True = the table of rates as it is shipped, whatever the machine's day
    has_shipped_rates = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, lang="en_US")
        )
        cls.company = cls.env.company
        cls.company.write(
            {
                "name": "Ateliers Vauban",
                "street": "12 rue des Forges",
                "zip": "69007",
                "city": "Lyon",
                "country_id": cls.env.ref("base.fr").id,
                "email": "compta@ateliers-vauban.example",
                "phone": "04 72 00 00 00",
                "company_registry": "55208131766522",
                "collection_live": True,
            }
        )
        cls.engine = cls.env["collection.engine"]
        cls.rapp = cls.env.ref("account_collection.collection_scenario_rapp")
        cls.bank_journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.general_journal = cls.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.debtor = cls._create_debtor("Menuiserie Durand")
        if not cls.has_shipped_rates:
            cls._know_rates_until(datetime.date.today())

    @classmethod
    def _know_rates_until(cls, today):
        """Add the rates that the shipped table cannot know yet on the machine's day.

        Some tests print a letter on that day; none of them looks at its late fees.
        """
        table = cls.env["collection.parameter"]._get_table()
        cls.env["collection.parameter"].create(
            [
                {
                    "key": key,
                    "value": 2.5,
                    "unit": "percent",
                    "valid_from": start,
                    "source": "Test",
                }
                for start, _end in semesters(UNKNOWN, today)
                for key in ("ecb_refi", "legal_rate_pro")
                if not table.has(key, start)
            ]
        )

    @classmethod
    def _gc_filestore(cls):
        """Leave the files alone: the run's folder is removed as a whole.

        The processes of a run share one file store. Odoo's clean-up at the end of a
        class removes what another process has not committed, and never will.
        """

    # === FACTORIES === #

    @classmethod
    def _create_debtor(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{name.split()[-1].lower()}@debtor.example",
                "phone": "+33 4 72 11 11 11",
                "street": "3 quai Perrache",
                "zip": "69002",
                "city": "Lyon",
                "country_id": cls.env.ref("base.fr").id,
                "lang": "fr_FR",
                **values,
            }
        )

    @classmethod
    def _create_invoice(cls, amount=1000.0, due=DUE, partner=None, post=True, **values):
        """Create an invoice without tax; its date is 30 days before it is due."""
        due = fields.Date.to_date(due)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.debtor).id,
                "invoice_date": due - datetime.timedelta(days=30),
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Work",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _create_instalments(cls, amount, date, *parts, **values):
        """Create an invoice of a day in instalments.

        :param parts: (percent, days after the invoice date)
        """
        term = cls.env["account.payment.term"].create(
            {
                "name": "Instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": percent, "nb_days": days}
                    )
                    for percent, days in parts
                ],
            }
        )
        return cls._create_invoice(
            amount,
            date,
            invoice_payment_term_id=term.id,
            invoice_date=date,
            invoice_date_due=False,
            **values,
        )

    @classmethod
    def _create_credit_note(cls, amount, date, partner=None, **values):
        date = fields.Date.to_date(date)
        return cls._create_invoice(
            amount, date, partner, move_type="out_refund", invoice_date=date, **values
        )

    @classmethod
    def _create_ledger(cls, debtors, invoices, amount=100.0):
        """Create many receivables at the ledger's level, without an invoice's cost."""
        partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"Debtor {number}",
                    "is_company": True,
                    "email": f"debtor{number}@debtor.example",
                    "lang": "fr_FR" if number % 2 else "en_US",
                    "street": "1 rue",
                    "city": "Lyon",
                }
                for number in range(debtors)
            ]
        )
        account = cls.env["account.account"].search(
            [("account_type", "=", "asset_receivable"), ("code", "=", "411100")]
        )
        income = cls.env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "entry",
                    "journal_id": cls.general_journal.id,
                    "date": "2026-08-01",
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "account_id": account.id,
                                "partner_id": partner.id,
                                "debit": amount,
                                "date_maturity": DUE,
                                "no_followup": False,
                            },
                        )
                        for _number in range(invoices)
                    ]
                    + [(0, 0, {"account_id": income.id, "credit": amount * invoices})],
                }
                for partner in partners
            ]
        )
        # Tables that tests have filled and rolled back mislead the planner: without
        # figures Odoo's search for the payments of 500 entries takes half an hour.
        cls.env.flush_all()
        cls.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile, "
            "account_payment"
        )
        moves.action_post()
        return partners

    @classmethod
    def _pay(cls, moves, amount=None, date=DUE):
        """Register a payment that is reconciled with invoices."""
        wizard = cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        )
        values = {"payment_date": date, "journal_id": cls.bank_journal.id}
        if amount is not None:
            values["amount"] = amount
        if len(moves) > 1:
            values["group_payment"] = True
        return wizard.create(values)._create_payments()

    @classmethod
    def _receive(cls, amount, date, memo="", partner=None):
        """Book a payment that nobody reconciles."""
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": (partner or cls.debtor).id,
                "amount": amount,
                "date": date,
                "memo": memo,
                "journal_id": cls.bank_journal.id,
            }
        )
        payment.action_post()
        return payment

    @classmethod
    def _create_bank_line(cls, amount, date, label="", partner=None, **values):
        return cls.env["account.bank.statement.line"].create(
            {
                "journal_id": cls.bank_journal.id,
                "date": date,
                "payment_ref": label or "VIR",
                "amount": amount,
                "partner_id": partner.id if partner else False,
                **values,
            }
        )

    @classmethod
    def _create_user(cls, login, group, company=None, **values):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=group,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            context={"no_reset_password": True},
            **values,
        )

    # === READING === #

    @classmethod
    def _receivables(cls, moves, date=DUE):
        """Return the receivables of invoices, on a policy day, in due order."""
        return (
            cls.env["collection.receivable"]
            .with_context(collection_date=date)
            .search([("move_id", "in", moves.ids)])
        )

    @classmethod
    def _followups(cls, date=None, partner=None):
        domain = [("debtor_id", "=", (partner or cls.debtor).id)]
        if date:
            domain.append(("date", "=", date))
        return cls.env["collection.followup"].search(domain, order="date, id")

    # === LIFE === #

    @classmethod
    def _perform(cls, followups, date):
        """Perform follow-ups with their proof, as a collector and the post would."""
        followups = followups.sudo()
        for followup in followups:
            if followup.state == "to_confirm":
                followup.action_confirm()
            values = {"performed_on": date}
            if followup.channel == "email":
                followup.mail_id.state = "sent"
            elif followup.channel in ("letter", "registered"):
                attachment = cls.env["ir.attachment"].create(
                    {"name": "letter.pdf", "raw": b"%PDF-1.4"}
                )
                values.update(
                    attachment_id=attachment.id,
                    posted_on=date,
                    tracking_number=f"2C{followup.id:011d}",
                )
            elif followup.channel == "call":
                values["call_result"] = "message"
            elif followup.channel == "handoff":
                values["handoff_result"] = "kept"
            elif followup.channel == "portal":
                cls._see(followup.line_ids.move_line_id, "received", date)
            if followup.state not in ("performed", "cancelled"):
                followup._update_state("performed", **values)

    @classmethod
    def _see(cls, move_lines, code, date, user=None, **values):
        """Record what a portal shows for receivables; tasks are performed by it.

        :param code: of the status; values: see ``Seen``
        """
        statuses = cls.env["collection.portal.status"]
        statuses = statuses.with_user(user or cls.env.user)
        state = cls.env["collection.portal.state"].search([("code", "=", code)])
        portals = cls.env["collection.portal"]
        return statuses.with_context(collection_date=date)._record(
            [Seen(line, state, portals, **values) for line in move_lines]
        )

    @classmethod
    def _live(cls, first, last, partner=None, perform=True, **options):
        """Run every day; return [(day offset from DUE, delay of the step)].

        Every follow-up is performed on its day unless told otherwise.
        """
        first, last = fields.Date.to_date(first), fields.Date.to_date(last)
        found = []
        for offset in range((last - first).days + 1):
            date = first + datetime.timedelta(days=offset)
            cls.engine.run(date=date, debtors=partner or cls.debtor, **options)
            made = cls._followups(date, partner)
            found += [
                ((date - DUE).days, line.delay)
                for line in made.line_ids.sorted("id").filtered("counted")
            ]
            if perform:
                cls._perform(made, date)
        return found

    @classmethod
    def _off_calendar(cls):
        """Make every day a working day, so that arithmetic alone decides."""
        calendar = cls.company.resource_calendar_id
        calendar.attendance_ids.unlink()
        calendar.write(
            {
                "attendance_ids": [
                    Command.create(
                        {
                            "name": f"Day {weekday}",
                            "dayofweek": str(weekday),
                            "hour_from": 8,
                            "hour_to": 17,
                            "day_period": "morning",
                        }
                    )
                    for weekday in range(7)
                ]
            }
        )
        cls.company.country_id = cls.env.ref("base.lu")
