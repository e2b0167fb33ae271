"""When a postal provider is asked again about a letter."""

import datetime

#: minutes after a first failure; each further one doubles them
FIRST_DELAY = 10
LONGEST_DELAY = datetime.timedelta(hours=12)
#: failures of an act after which a person is asked
TRIES = 6
#: an order that was being made may still appear at the provider for so long
GRACE = datetime.timedelta(minutes=15)
#: days after the posting during which the post is asked
REGISTERED_DAYS = 60
LETTER_DAYS = 30
#: days at the beginning, when most happens
BUSY_DAYS = 12

HOUR = datetime.timedelta(hours=1)


def delay_after_failure(
    tries: int, retry_after: float | None = None
) -> datetime.timedelta:
    """Return how long to wait after so many failures.

    :param retry_after: seconds that the provider asked for
    """
    minutes = FIRST_DELAY * 2 ** min(max(tries, 1) - 1, 10)
    delay = min(datetime.timedelta(minutes=minutes), LONGEST_DELAY)
    asked = datetime.timedelta(seconds=min(retry_after or 0, 24 * 3600))
    return max(delay, asked)


def delay_before_asking(
    phase: str, channel: str, days: int
) -> datetime.timedelta | None:
    """Return how long to wait before asking again, None = never again.

    :param phase: where the letter is (``postal.contract.PHASES``)
    :param days: since the letter was handed over, or posted when it was
    """
    if phase in ("rejected", "cancelled"):
        return None
    if phase == "posted":
        longest = REGISTERED_DAYS if channel == "registered" else LETTER_DAYS
        if days > longest:
            return None
        return 6 * HOUR if days <= BUSY_DAYS else 24 * HOUR
    return 2 * HOUR if days <= 2 else 12 * HOUR
