# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import re
import secrets

from odoo import api, fields, models
from odoo.tools import SQL, consteq
from odoo.tools.image import image_data_uri

from ..core.figures import Figures

#: bytes of a link's secret: 96 bits that nobody guesses, 16 characters of the 160
SECRET_BYTES = 12
SECRET = re.compile(r"[A-Za-z0-9_-]{16,64}")
#: short and discreet: it stands in a text message
PATH = "/m/"


class CollectionFollowup(models.Model):
    """The page of a text message: for whoever has its link, and for nobody else."""

    _inherit = "collection.followup"

    link_token = fields.Char(readonly=True, copy=False)
    link_until = fields.Date("Page open until", readonly=True, copy=False)
    first_seen_on = fields.Datetime(
        readonly=True, copy=False, help="When the link of the message was first opened."
    )

    # By its hash: how long a look-up takes tells nothing about the token.
    _link_token_uniq = models.UniqueIndex(
        "(sha256(link_token::bytea)) WHERE link_token IS NOT NULL"
    )

    def _get_link(self) -> str:
        """Return the address of the page; before there is one, how long it will be."""
        token = self.link_token or "x" * len(secrets.token_urlsafe(SECRET_BYTES))
        return f"{self[:1].get_base_url()}{PATH}{token}"

    def _ensure_links(self):
        """Give a link to those without one; every link is open for the usual days."""
        self.flush_recordset(["link_token", "link_until"])
        get_day = self.env["collection.engine"]._get_day
        until = {
            company: get_day(company, None)
            + datetime.timedelta(days=company.collection_link_days)
            for company in self.company_id
        }
        rows = [
            (
                followup.id,
                followup.link_token or secrets.token_urlsafe(SECRET_BYTES),
                until[followup.company_id],
            )
            for followup in self
        ]
        if not rows:
            return
        ids, tokens, days = map(list, zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE collection_followup w
                      SET link_token = x.token, link_until = x.until
                     FROM unnest(%s::int4[], %s::varchar[], %s::date[])
                          x(id, token, until)
                    WHERE w.id = x.id""",
                ids,
                tokens,
                days,
            )
        )
        self.invalidate_recordset(["link_token", "link_until"], flush=False)

    @api.model
    def _find_by_link(self, token: str):
        """Return the follow-up whose page may be shown; empty without telling why not.

        :param token: what stood in the address, whatever it is
        """
        nobody = self.browse()
        if not SECRET.fullmatch(token or ""):
            return nobody
        self.flush_model(["link_token", "link_until", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM collection_followup
                    WHERE sha256(link_token::bytea) = sha256(%s::bytea)
                      AND link_token IS NOT NULL""",
                token,
            )
        )
        followup = self.sudo().browse(row[0] for row in rows)
        if not followup or not consteq(followup.link_token, token):
            return nobody
        today = followup.company_id._get_collection_today()
        is_open = followup.link_until and today <= followup.link_until
        return followup if is_open and followup.state != "cancelled" else nobody

    def _mark_seen(self):
        """Keep when the debtor opened the page for the first time."""
        for followup in self.filtered(lambda one: not one.first_seen_on):
            followup.sudo().first_seen_on = fields.Datetime.now()

    # === THE PAGE === #

    def _get_page_values(self) -> dict:
        """Return what the page shows: the balances of this moment, and how to pay."""
        self.ensure_one()
        figures = self._get_figures()[self.id]
        is_asked = self._is_still_asked(figures)
        company = self.company_id.sudo()
        bank = company._get_collection_bank_account()
        facts = self._get_company_facts(company)
        phone = self._get_sms_phone()
        logo = not company.uses_default_logo and company.logo
        return {
            "company": company,
            "logo": logo and image_data_uri(logo),
            "html_lang": (self.env.lang or "en").partition("_")[0],
            "day": self.env._(
                "Balances on %(date)s", date=self._format_day(self._get_today())
            ),
            "is_asked": is_asked,
            "groups": self._get_page_groups(figures) if is_asked else [],
            "holder": bank.acc_holder_name or company.name,
            "iban": self._get_grouped_iban(bank),
            "bic": bank.bank_bic,
            "reference": self._get_payment_reference(figures),
            "bank_paragraph": self._get_bank_paragraph(facts.bank_day),
            "phone": phone,
            "call": self.env._("Call %(phone)s", phone=phone),
            "dialled": phone and self._get_short_words()["sms_phone"],
            "email": company.email,
            "person": self._get_signatory().name,
            "privacy": self._get_privacy_paragraph(),
            "mediator": self.file_id._is_consumer() and self._get_mediator_paragraph(),
        }

    @staticmethod
    def _get_grouped_iban(bank) -> str:
        """Return the account number as people read it: by fours."""
        number = bank.sanitized_acc_number or ""
        return " ".join(re.findall(".{1,4}", number))

    def _is_still_asked(self, figures: Figures) -> bool:
        """Tell whether something is to be paid: not held, not paid, net of credits."""
        if any(item.is_late for item in figures.claimed):
            return figures.total_company() > 0
        return bool(figures.claimed or figures.upcoming)

    def _get_page_groups(self, figures: Figures) -> list[dict]:
        """Return the receivables of the page, one group a currency, in words."""
        words = self._get_formatter()
        groups = []
        for currency_id, total in figures.totals().items():
            items = figures.claimed + figures.credits
            groups.append(
                {
                    "title": self.env._("Your account"),
                    "total": words.amount(total, currency_id),
                    "is_late": any(item.is_late for item in items),
                    "rows": [
                        self._get_page_row(item, words)
                        for item in items
                        if item.currency_id == currency_id
                    ],
                }
            )
        if figures.upcoming:
            rows = [self._get_page_row(item, words) for item in figures.upcoming]
            groups.append(
                {
                    "title": self.env._("Falling due soon"),
                    "total": "",
                    "is_late": False,
                    "rows": rows,
                }
            )
        return groups

    def _get_page_row(self, item, words) -> dict:
        due = self.env._("falls due on %(date)s", date=words.day(item.date_due))
        if item.is_late:
            due = self.env._("due on %(date)s", date=words.day(item.date_due))
        return {
            "document": item.document,
            "reference": item.reference,
            "due": due,
            "is_credit": item.residual < 0,
            "balance": words.amount(item.due, item.currency_id),
            "paid": words.amount(item.paid, item.currency_id) if item.paid else "",
        }
