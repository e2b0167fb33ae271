# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""What a postal provider does, whoever it is: orders, what became of them, errors.

No ORM here: a client is made with addresses and a login, and speaks of letters in
these words. The words of a person are made where a language is known; errors carry a
key and what the provider said.
"""

import dataclasses
import datetime
from typing import Protocol

#: where a letter is at a provider -> may it still be taken back?
PHASES = {
    "draft": True,
    "submitted": False,
    "blocked": False,
    "accepted": False,
    "producing": False,
    "posted": False,
    "rejected": True,
    "cancelled": True,
    "unknown": False,
}
#: events after which the post has nothing more to say
FINAL_EVENTS = ("delivered", "refused", "unclaimed", "unknown_address", "returned")


class PostalError(Exception):
    """Something went wrong.

    :param key: ``unreachable timeout lost busy server content login refused not_found
        incomplete``: what a sentence is made of
    :param detail: what the provider said, never a secret
    """

    def __init__(self, key: str, detail: str = ""):
        super().__init__(f"{key}: {detail}" if detail else key)
        self.key = key
        self.detail = detail


class PostalUnavailable(PostalError):
    """Nothing was done, and asking again later may do.

    :param retry_after: seconds that the provider asked for, None when it did not
    """

    def __init__(self, key: str, detail: str = "", retry_after: float | None = None):
        super().__init__(key, detail)
        self.retry_after = retry_after


class PostalUnknown(PostalError):
    """An act was asked for and its answer was lost: it may have been done or not."""


class PostalRefused(PostalError):
    """The provider understood, and said no: asking again is of no use.

    :param codes: the provider's own codes
    """

    def __init__(self, key: str, detail: str = "", codes: tuple[str, ...] = ()):
        super().__init__(key, detail)
        self.codes = codes


class PostalLoginRefused(PostalRefused):
    """The login is wrong, or not allowed to do this."""


class PostalNotFound(PostalRefused):
    """The provider does not know it."""


@dataclasses.dataclass(frozen=True)
class Address:
    """An address as the post reads it.

    :param lines: six lines of 38 characters at most, empty ones included; the last is
        postcode and city
    :param country: ISO 3166 code
    """

    lines: tuple[str, str, str, str, str, str]
    country: str


@dataclasses.dataclass(frozen=True)
class Options:
    """How a letter is made and posted."""

    is_colour: bool = False
    is_duplex: bool = True
    has_address_sheet: bool = True
    has_receipt: bool = True
    scans_returns: bool = False
    postage: str = "fast"
    archiving_years: int = 3
    notification_email: str = ""


@dataclasses.dataclass(frozen=True)
class Order:
    """A letter that is to be posted.

    :param channel: ``letter`` or ``registered``
    :param reference: ours, at most 32 characters; the provider can be asked for it
    :param document_name: another content has another name
    """

    channel: str
    reference: str
    document: bytes = dataclasses.field(repr=False)
    document_name: str
    recipient: Address
    sender: Address
    options: Options = Options()


@dataclasses.dataclass(frozen=True)
class Event:
    """What the post says of a letter.

    :param code: a code of ``core.postal_events``
    :param label: the provider's words
    """

    code: str
    label: str
    moment: datetime.datetime


@dataclasses.dataclass(frozen=True)
class Sending:
    """A letter at the provider.

    :param ref: the provider's id
    :param reference: ours
    :param phase: one of ``PHASES``
    :param status: the provider's own word
    :param reason: why it was rejected or what it waits for, the provider's words
    :param is_bad_address: the address is why it was rejected
    :param posted_at: when it was posted, with time zone
    :param number: of a registered letter
    :param cost: postage, euros
    :param deposit, receipt, returned: where to download the documents
    """

    ref: str
    reference: str
    phase: str
    status: str
    reason: str = ""
    is_bad_address: bool = False
    posted_at: datetime.datetime | None = None
    number: str = ""
    cost: float = 0.0
    deposit: str = ""
    receipt: str = ""
    returned: str = ""
    events: tuple[Event, ...] = ()


class PostalClient(Protocol):
    """What the add-on asks of a provider's client.

    Creating and filling leave a draft that costs nothing; ``submit`` alone makes a
    letter leave, and submitting the same draft again never makes a second letter.
    Every method may raise ``PostalUnavailable`` and ``PostalRefused``; those that act
    also ``PostalUnknown``.
    """

    def check(self, channels: list[str]) -> None:
        """Log in and ask each product for something harmless."""

    def find(self, channel: str, references: set[str]) -> dict[str, list[Sending]]:
        """Return reference -> our sendings of it; one that is missing is not there.

        :raise PostalUnavailable: not everything could be looked through
        """

    def open_draft(self, order: Order) -> Sending:
        """Create an empty draft."""

    def fill(self, ref: str, order: Order) -> None:
        """Make a draft hold exactly the order's document and recipient."""

    def submit(self, channel: str, ref: str) -> None:
        """Let a draft leave; one that left already is left alone."""

    def look_up(self, channel: str, ref: str) -> Sending:
        """Return what became of a sending."""

    def delete(self, channel: str, ref: str) -> None:
        """Delete a draft; one that is not there is fine.

        :raise PostalRefused: it is no draft any more
        """

    def download(self, channel: str, path: str) -> bytes:
        """Return a PDF that a sending named."""
