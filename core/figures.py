"""What a message shows of a debtor's account, and what of it the message claims."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

#: stands for the level of a message to a colleague: its own receivables alone
INTERNAL = "internal"


@dataclass(slots=True)
class Item:
    """A receivable as a message shows it; amounts in the receivable's currency.

    :param due: what is claimed of it: residual minus what is held
    """

    id: int
    document: str
    reference: str
    currency_id: int
    invoice_date: object
    delivery_date: object
    date_due: object
    days_overdue: int
    total: Decimal
    residual: Decimal
    due: Decimal
    residual_company: Decimal
    hold_reason: str | None
    scenario_id: int | None = None

    @property
    def is_late(self) -> bool:
        """Whether it is overdue; a credit never is."""
        return self.residual > 0 and self.days_overdue > 0

    @property
    def paid(self) -> Decimal:
        """Payments and credit notes already matched with it."""
        return self.total - self.residual

    @property
    def amounts(self) -> tuple[Decimal, Decimal, Decimal]:
        return self.total, self.residual, self.due

    @property
    def due_company(self) -> Decimal:
        """What is claimed, in company currency at the ledger's own rate."""
        if self.due == self.residual:
            return self.residual_company
        return self.residual_company * self.due / self.residual


@dataclass(slots=True)
class Figures:
    """Everything that a message shows, read from the ledger at one moment.

    :param claimed: what the message asks for
    :param upcoming: not due yet, announced by the same message
    :param information: shown apart, not asked for
    :param credits: unallocated credits, negative, deducted from what is asked for
    :param top: delay, due date and scenario of the highest step that the message
        counts
    """

    claimed: list[Item] = field(default_factory=list)
    upcoming: list[Item] = field(default_factory=list)
    information: list[Item] = field(default_factory=list)
    credits: list[Item] = field(default_factory=list)
    top: tuple | None = None

    @property
    def shown(self) -> list[Item]:
        return self.claimed + self.upcoming + self.information + self.credits

    def totals(self) -> dict[int, Decimal]:
        """Return currency -> net claimed; never a sum over currencies."""
        totals: dict[int, Decimal] = {}
        for item in self.claimed + self.credits:
            totals[item.currency_id] = (
                totals.get(item.currency_id, Decimal()) + item.due
            )
        return totals

    def total_company(self) -> Decimal:
        """Return the net claimed in company currency."""
        return sum(
            (item.due_company for item in self.claimed + self.credits), Decimal()
        )

    def fingerprint(self) -> str:
        """Return a hash of what is shown: another one means that it changed.

        The days late are not in it: they grow while a message waits in a queue.
        """
        facts = [
            (
                place,
                item.id,
                item.currency_id,
                str(item.date_due),
                *(f"{amount.normalize():f}" for amount in item.amounts),
            )
            for place in ("claimed", "upcoming", "information", "credits")
            for item in getattr(self, place)
        ]
        return hashlib.sha256(repr(sorted(facts)).encode()).hexdigest()


@dataclass(slots=True)
class Role:
    """What a receivable is in a message: claimed by a notice or not, at which delay."""

    is_claimed: bool
    delay: int


def as_item(row: dict) -> Item:
    """Return the item of a row of the receivable query."""
    return Item(
        row["id"],
        row["document"] or "",
        row["reference"] or "",
        row["currency_id"],
        row["invoice_date"],
        row["delivery_date"],
        row["date_due"],
        row["days_overdue"],
        Decimal(row["total"]),
        Decimal(row["residual"]),
        Decimal(row["due"]),
        Decimal(row["residual_company"]),
        row["hold_reason"],
        row["scenario_id"],
    )


def sort_items(items: list[Item], roles: dict[int, Role], level: str) -> Figures:
    """Return what a message of a level claims, announces and only mentions.

    A courtesy message shows its own invoices alone, and so does one to a colleague,
    who has no business with the debtor's other invoices or credits. A formal notice
    claims a closed list, and so does a hand-over; the rest of what is overdue stands
    apart, for information.

    :param items: open receivables and credits of the debtor
    :param roles: receivables that the message counts
    """
    result = Figures()
    counted = [item for item in items if item.id in roles]
    if counted:
        item = max(counted, key=lambda item: roles[item.id].delay)
        result.top = (roles[item.id].delay, item.date_due, item.scenario_id)
    for item in items:
        place = _place(item, roles.get(item.id), level)
        if place:
            getattr(result, place).append(item)
    return result


def _place(item: Item, role: Role | None, level: str) -> str | None:
    """Return the list of ``Figures`` to which an item belongs, None for none."""
    is_courtesy = level == "courtesy"
    if level == INTERNAL and not role:
        return None
    if item.residual < 0:
        return "credits" if item.due < 0 and not is_courtesy else None
    if item.days_overdue <= 0:
        if not role or item.hold_reason:
            return None
        return "claimed" if is_courtesy else "upcoming"
    if is_courtesy:
        return None
    if item.hold_reason:
        return "information" if item.hold_reason == "dispute" else None
    if level == "notice" and not (role and role.is_claimed):
        return "information"
    if level == "handoff" and not role:
        return "information"
    return "claimed"
