# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core.late_fees import (
    ECB_RATE,
    FLOOR_MULTIPLE,
    LEGAL_RATE,
    FloorBreach,
    Rate,
    find_floor_breaches,
)
from ..core.legal import MissingValueError, semester_name

#: what the late fees of posted invoices rest on
FIGURES = (
    "kind",
    "points",
    "multiple",
    "rate",
    "imputation",
    "is_consumer_clause",
)
IMPUTATIONS = [
    ("principal_first", "Principal first"),
    ("interest_first", "Interest first"),
]


class CollectionRatePolicy(models.Model):
    """At which rate late payment is charged, and which document says so.

    Applied to an invoice: its own policy, else the customer's, the segment's, the
    company's. Public bodies have the rate of the law whatever a policy says, consumers
    the legal rate unless a clause of their contract is chosen.
    """

    _name = "collection.rate.policy"
    _description = "Late-payment rate"
    _inherit = ["mail.thread"]
    _check_company_auto = True
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty = for every company.")
    kind = fields.Selection(
        [
            ("ecb", "ECB rate plus points"),
            ("legal", "Legal rate times"),
            ("fixed", "Fixed rate"),
        ],
        required=True,
        default="ecb",
        tracking=True,
    )
    points = fields.Float(
        "Points above the ECB rate", digits=(8, 3), default=10.0, tracking=True
    )
    multiple = fields.Float("Times the legal rate", digits=(8, 3), default=3.0)
    rate = fields.Float("Percent a year", digits=(8, 3), tracking=True)
    document = fields.Selection(
        [
            ("terms", "Terms of sale"),
            ("contract", "Contract with the customer"),
            ("none", "None: the rate of the law"),
        ],
        "Agreed in",
        required=True,
        default="terms",
        tracking=True,
    )
    imputation = fields.Selection(
        IMPUTATIONS,
        "A payment settles",
        required=True,
        default="principal_first",
        tracking=True,
        help="The law puts interest first (C. civ., article 1343-1). Principal first "
        "favours the debtor: it waives interest on the part that the law would leave.",
    )
    is_consumer_clause = fields.Boolean(
        "Clause for consumers",
        help="Chosen for a consumer, it applies from the receipt of the formal notice "
        "instead of the legal rate. A court may reduce it.",
    )
    words = fields.Char(compute="_compute_words")
    floor_warning = fields.Char(compute="_compute_floor_warning")

    @api.constrains("kind", "points", "multiple", "rate")
    def _check_figures(self):
        for policy in self:
            figure = policy[
                {"ecb": "points", "legal": "multiple", "fixed": "rate"}[policy.kind]
            ]
            if not 0 < figure <= 100:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: give a figure above 0, at most 100, for its rate.",
                        policy=policy.name,
                    )
                )

    @api.depends("kind", "points", "multiple", "rate")
    @api.depends_context("lang")
    def _compute_words(self):
        for policy in self:
            policy.words = policy._word_rate()

    @api.depends("kind", "points", "multiple", "rate")
    @api.depends_context("collection_date", "lang")
    def _compute_floor_warning(self):
        today = self.env["collection.receivable"]._get_today()
        for policy in self:
            try:
                breaches = policy._find_breaches(today, today)
            except MissingValueError as error:
                policy.floor_warning = self.env["collection.parameter"]._word_missing(
                    error
                )
                continue
            policy.floor_warning = policy._word_breaches(breaches)

    def write(self, vals):
        """Figures of a rate that invoices were posted with do not change any more.

        :raise UserError: it is used; another rate has to be made
        """
        figures = set(FIGURES) & set(vals)
        changed = self.filtered(
            lambda policy: any(policy[name] != vals[name] for name in figures)
        )
        if changed and changed._is_used():
            raise UserError(
                self.env._(
                    "%(policy)s is the rate of posted invoices: make a new one for the "
                    "invoices to come, and archive this one.",
                    policy=", ".join(changed.mapped("name")),
                )
            )
        return super().write(vals)

    def _is_used(self) -> bool:
        moves = self.env["account.move"].sudo()
        domain = [
            ("collection_rate_policy_id", "in", self.ids),
            ("state", "=", "posted"),
        ]
        return bool(moves.search_count(domain, limit=1))

    def _get_rate(self) -> Rate:
        """Return the rate as the pure rules know it."""
        self.ensure_one()
        if self.kind == "ecb":
            return Rate(ECB_RATE, points=_as_decimal(self.points))
        if self.kind == "legal":
            return Rate(LEGAL_RATE, multiple=_as_decimal(self.multiple))
        return Rate(points=_as_decimal(self.rate))

    def _word_rate(self) -> str:
        """Return how a sentence names the rate."""
        self.ensure_one()
        if self.kind == "ecb":
            return self._word_law(self.points)
        if self.kind == "legal":
            return self.env._(
                "%(times)s times the legal interest rate",
                times=self._word_number(self.multiple),
            )
        return self.env._("%(rate)s %% a year", rate=self._word_number(self.rate))

    @api.model
    def _word_law(self, points) -> str:
        """Return how a sentence names the ECB rate with points above it."""
        return self.env._(
            "the rate applied by the European Central Bank to its most recent "
            "refinancing operation plus %(points)s percentage points",
            points=self._word_number(points),
        )

    @api.model
    def _word_number(self, number) -> str:
        """Return a rate in the reader's way, without useless zeros: 12.4, 10."""
        text = f"{_as_decimal(number):f}"
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return text.replace(".", lang.decimal_point or ".")

    def _find_breaches(self, first, last) -> list[FloorBreach]:
        """Return the semesters of a period in which the rate is below the floor.

        The default rate of the law derogates from nothing: it has no floor, although
        three times the legal rate was above it in 2024.
        """
        self.ensure_one()
        table = self.env["collection.parameter"]._get_table()
        if self.kind == "ecb":
            points = table.value("b2b_points", first)
            if _as_decimal(self.points) >= points:
                return []
        if self.kind == "legal":
            times = table.value(FLOOR_MULTIPLE, first)
            return (
                []
                if _as_decimal(self.multiple) >= times
                else find_floor_breaches(self._get_rate(), table, first, last)
            )
        return find_floor_breaches(self._get_rate(), table, first, last)

    @api.model
    def _word_breaches(self, breaches: list[FloorBreach]) -> str:
        """Return the sentence that tells of a rate below the floor, empty for none."""
        if not breaches:
            return ""
        return self.env._(
            "Below the legal floor (three times the legal rate, C. com., article "
            "L441-10 II): %(cases)s. It is not raised by itself: correct the clause.",
            cases=", ".join(
                self.env._(
                    "%(semester)s: %(rate)s %% instead of %(floor)s %%",
                    semester=semester_name(breach.first),
                    rate=self._word_number(breach.rate),
                    floor=self._word_number(breach.floor),
                )
                for breach in breaches
            ),
        )


def _as_decimal(number) -> Decimal:
    """Return a figure of at most three decimals, without useless zeros."""
    found = Decimal(str(number)).quantize(Decimal("0.001")).normalize()
    return found if found.as_tuple().exponent <= 0 else found.quantize(Decimal(1))
