# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL

DEBTOR_CLASSES = [
    ("trader", "Trader"),
    ("professional", "Non-trading professional"),
    ("consumer", "Consumer"),
    ("public", "Public body"),
    ("foreign", "Foreign professional"),
]


class CollectionDebtor(models.Model):
    """What the law takes a debtor for: it decides rates, indemnity and limitation.

    Without a choice the class is a prudent guess that says what it rests on. A person
    that nobody qualified is protected as a consumer: an individual entrepreneur may
    buy for its trade or for itself, and the register does not tell.
    """

    _inherit = "collection.debtor"

    own_class = fields.Selection(
        DEBTOR_CLASSES,
        "Legal class",
        tracking=True,
        help="Trader: company or trader. Non-trading professional: association, "
        "non-commercial partnership, liberal profession, farmer. Empty: guessed.",
    )
    own_class_evidence = fields.Char(
        "Evidence of the class",
        tracking=True,
        help="What shows it: extract of the register, statutes, order form ...",
    )
    debtor_class = fields.Selection(
        DEBTOR_CLASSES,
        "Class used",
        compute="_compute_debtor_class",
        help="The class that rates, indemnity and limitation rest on.",
    )
    debtor_class_reason = fields.Char("Why this class", compute="_compute_debtor_class")
    public_period = fields.Selection(
        [
            ("public_days", "State, local authorities"),
            ("public_health_days", "Public health establishment"),
            ("public_undertaking_days", "Public undertaking"),
        ],
        "Payment period of the public body",
        tracking=True,
        help="CCP, article R2192-10 and following. The days in force are legal "
        "parameters. Empty = State, local authorities.",
    )
    insolvency_date = fields.Date(
        "Insolvency proceedings opened on",
        tracking=True,
        help="Day of the opening judgment. Claims for earlier supplies bear no late "
        "fees from that day on (C. com., article L622-28).",
    )

    @api.depends(
        "own_class",
        "own_class_evidence",
        "segment_id.code",
        "debtor_id.is_company",
        "debtor_id.country_id",
        "company_id.country_id",
    )
    @api.depends_context("lang")
    def _compute_debtor_class(self):
        for file in self:
            code, reason = self._guess_class(
                file.company_id, file.debtor_id, file.segment_id.code
            )
            if file.own_class:
                code = file.own_class
                reason = file.own_class_evidence or self.env._("Chosen, no evidence.")
            file.debtor_class, file.debtor_class_reason = code, reason

    @api.model
    def _guess_class(self, company, partner, segment_code=None) -> tuple[str, str]:
        """Return the class of a debtor that nobody qualified, and why."""
        if segment_code == "consumer":
            return "consumer", self.env._("By its segment.")
        if segment_code == "public":
            return "public", self.env._("By its segment.")
        if not partner.is_company:
            return "consumer", self.env._(
                "A person: to be qualified, protected so far."
            )
        home, country = company.country_id, partner.country_id
        if home and country and home != country:
            return "foreign", self.env._("By its country.")
        return "trader", self.env._("A company: to be qualified.")

    @api.model
    def _get_classes(self, company, partners) -> dict[int, str]:
        """Return commercial partner -> class, for debtors with or without a file."""
        files = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("debtor_id", "in", partners.ids)]
        )
        known = {file.debtor_id.id: file.debtor_class for file in files}
        return {
            partner.id: known.get(partner.id) or self._guess_class(company, partner)[0]
            for partner in partners
        }

    @api.model
    def _sql_debtor_class(self) -> SQL:
        """Return the class as SQL, the same as ``_compute_debtor_class``.

        It uses ``f`` (collection_debtor), ``p`` (res_partner of the journal item) and
        ``c`` (res_company); the commercial partner decides whether it is a company.
        """
        segments = self.env["collection.segment"]._get_protected()
        return SQL(
            """COALESCE(f.own_class, CASE
                WHEN f.segment_id IN %(consumer)s THEN 'consumer'
                WHEN f.segment_id IN %(public)s THEN 'public'
                WHEN cp.is_company IS NOT TRUE THEN 'consumer'
                WHEN cp.country_id <> home.country_id THEN 'foreign'
                ELSE 'trader' END)""",
            consumer=segments["consumer"],
            public=segments["public"],
        )
