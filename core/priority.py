"""The priority of a debtor in the worklist: points that can be explained.

The worklist computes the same points in SQL to sort a whole portfolio; this is the
readable definition, from which that SQL is built, and what the explanation shows.
"""

import math

#: points of the amount: this many for each tenfold of it, above a floor
AMOUNT_POINTS = 10
AMOUNT_FLOOR = 10
AMOUNT_MOST = 40
#: points of the age: one for so many days late, up to a limit
DAYS_PER_POINT = 3
AGE_MOST = 30
#: points of what is to do; the codes are those of the worklist
ACTION_POINTS = {
    "unknown": 25,
    "failed": 20,
    "handoff": 25,
    "notice": 20,
    "answer": 20,
    "call_again": 20,
    "call": 15,
    "portal": 10,
    "to_confirm": 10,
    "other": 5,
}


def amount_points(overdue: float) -> int:
    """Return 10 points for each tenfold: 100 -> 10, 1,000 -> 20, 100,000 -> 40.

    :param overdue: overdue amount in company currency
    """
    if overdue <= AMOUNT_FLOOR:
        return 0
    points = AMOUNT_POINTS * math.log10(overdue / AMOUNT_FLOOR)
    return min(AMOUNT_MOST, int(points + 0.5))


def age_points(days: int) -> int:
    """Return one point for each three days late of the oldest invoice, at most 30."""
    return min(AGE_MOST, max(days, 0) // DAYS_PER_POINT)


def explain(overdue: float, days: int, action: str | None) -> dict[str, int]:
    """Return the points by what they are for: amount, age, action."""
    return {
        "amount": amount_points(overdue),
        "age": age_points(days),
        "action": ACTION_POINTS.get(action, 0) if action else 0,
    }
