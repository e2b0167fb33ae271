# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Letters and registered letters through Maileva (La Poste group).

The two products have the same shape: a sending is created as a draft, gets documents
and recipients, is submitted, and is then asked for. One sending holds one letter.
"""

import datetime
import json
import re

from .contract import (
    Event,
    Order,
    PostalNotFound,
    PostalRefused,
    PostalUnavailable,
    PostalUnknown,
    Sending,
)
from .http_session import HttpSession
from .maileva_codes import (
    BAD_ADDRESS,
    DEAD_RECIPIENTS,
    DELIVERY,
    MAIN_DELIVERY,
    NOT_A_DRAFT,
    RETURN_REASONS,
    STATUSES,
)

TOKEN_PATH = "/auth/realms/services/protocol/openid-connect/token"
#: where the products are, below the address of the API
PATHS = {"letter": "mail/v2", "registered": "registered_mail/v4"}
#: sendings asked for at once, the most that is allowed
PAGE = 500
#: pages after which a search is given up
MOST_PAGES = 400
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: documents that are downloaded, below the product
DOCUMENT = re.compile(r"/(sendings|global_deposit_proofs)/[A-Za-z0-9_/-]{1,200}")
POSTAGE = {"fast": "FAST", "economic": "ECONOMIC", "urgent": "URGENT"}
#: countries that registered letters go to (v2 and v4 together)
REGISTERED_COUNTRIES = frozenset(
    ["FR", "MC", "AD", "RE", "YT", "MQ", "GP", "MF", "BL", "GF", "PM"]
)


class Maileva:
    """The contract of ``PostalClient`` in Maileva's words.

    :param paths: channel -> path of its product
    :param owner: marks our sendings, so that another database that uses the same
        account with the same references is not taken for this one
    """

    def __init__(self, session: HttpSession, paths: dict[str, str], owner: str):
        self._session = session
        self._paths = paths
        self._owner = owner

    def _path(self, channel: str, *parts: str) -> str:
        return "/".join([self._paths[channel].strip("/"), *parts])

    def _sending(self, channel: str, ref: str, *parts: str) -> str:
        if not ID.fullmatch(ref):
            raise PostalUnavailable("content", ref[:80])
        return self._path(channel, "sendings", ref, *parts)

    # === ASK === #

    def check(self, channels: list[str]) -> None:
        """Log in, and ask each product for one sending."""
        self._session.log_in()
        for channel in channels:
            params = {"start_index": 1, "count": 1}
            self._session.get(self._path(channel, "sendings"), params)

    def find(self, channel: str, references: set[str]) -> dict[str, list[Sending]]:
        """Look through all sendings, because Maileva cannot search by reference.

        :raise PostalUnavailable: fewer came than there are, so that what was not
            found may be there nevertheless
        """
        found: dict[str, list[Sending]] = {}
        seen: set[str] = set()
        start = 1
        for _page in range(MOST_PAGES):
            answer = self._session.get(
                self._path(channel, "sendings"), {"start_index": start, "count": PAGE}
            )
            rows = {_id(row): row for row in _list(answer, "sendings")}
            for ref in rows.keys() - seen:
                if self._is_one_of_ours(rows[ref], references):
                    sending = self._read_sending(rows[ref])
                    found.setdefault(sending.reference, []).append(sending)
            seen |= rows.keys()
            start += len(rows)
            total = _number(_dict(answer, "paging").get("total_results"))
            if len(seen) >= total and (total or len(rows) < PAGE):
                return found
            if not rows:
                break
        raise PostalUnavailable("incomplete", str(len(seen)))

    def _is_one_of_ours(self, row: dict, references: set[str]) -> bool:
        """Tell whether it may be ours; one whose mark is not said may."""
        mark = _text(row, "custom_data")
        return _text(row, "custom_id") in references and mark in ("", self._owner)

    def look_up(self, channel: str, ref: str) -> Sending:
        """Return a sending with its recipient, whom most facts belong to."""
        row = self._session.get(self._sending(channel, ref))
        sending = self._read_sending(row)
        if sending.phase in ("draft", "submitted", "blocked", "accepted", "producing"):
            return sending
        recipients = self._get_recipients(channel, ref)
        if not recipients:
            return sending
        recipient = recipients[0]
        if "delivery_statuses" not in recipient and sending.phase == "posted":
            recipient["delivery_statuses"] = self._get_statuses(
                channel, ref, _text(recipient, "id")
            )
        return self._read_sending(row, recipient)

    def _get_recipients(self, channel: str, ref: str) -> list[dict]:
        path = self._sending(channel, ref, "recipients")
        answer = self._session.get(path, {"start_index": 1, "count": 50})
        return _list(answer, "recipients")

    def _get_statuses(self, channel: str, ref: str, recipient: str) -> list[dict]:
        """Return delivery statuses of a product that has an address for them."""
        if not ID.fullmatch(recipient):
            return []
        path = self._sending(channel, ref, "recipients", recipient, "delivery_statuses")
        try:
            return _list(self._session.get(path), "delivery_statuses")
        except PostalNotFound:
            return []

    def download(self, channel: str, path: str) -> bytes:
        """Return a document of a sending; only paths of the product are followed."""
        if not DOCUMENT.fullmatch(path):
            raise PostalUnavailable("content", path[:80])
        return self._session.download(self._path(channel, path.lstrip("/")))

    # === ACT === #

    def open_draft(self, order: Order) -> Sending:
        """Create a draft that bears our reference and mark."""
        path = self._path(order.channel, "sendings")
        answer = self._session.post(path, json=self._prepare_sending(order))
        try:
            return self._read_sending(answer)
        except PostalUnavailable as error:
            # It was created; only its id is not known.
            raise PostalUnknown(error.key, error.detail) from None

    def _prepare_sending(self, order: Order) -> dict:
        options = order.options
        values = {
            "name": order.reference,
            "custom_id": order.reference,
            "custom_data": self._owner,
            "color_printing": options.is_colour,
            "duplex_printing": options.is_duplex,
            "optional_address_sheet": options.has_address_sheet,
            "print_sender_address": True,
            "postage_type": POSTAGE[options.postage],
            "archiving_duration": options.archiving_years,
            "sender_country_code": order.sender.country,
        }
        for number, line in enumerate(order.sender.lines, start=1):
            values[f"sender_address_line_{number}"] = line
        if options.notification_email:
            values["notification_email"] = options.notification_email
        if order.channel == "registered":
            values.update(
                acknowledgement_of_receipt=options.has_receipt,
                returned_mail_scanning=options.scans_returns,
                reference_to_print_enabled=False,
            )
        else:
            values["treat_undelivered_mail"] = options.scans_returns
        return values

    def fill(self, ref: str, order: Order) -> None:
        """Add what is missing, and take away what a pass that stopped left."""
        self._fill_document(ref, order)
        self._fill_recipient(ref, order)

    def _fill_document(self, ref: str, order: Order) -> None:
        path = self._sending(order.channel, ref, "documents")
        documents = _list(self._session.get(path), "documents")
        if len(documents) == 1:
            there = documents[0]
            if (_text(there, "name"), there.get("size")) == (
                order.document_name,
                len(order.document),
            ):
                return
        for document in documents:
            self._session.delete(f"{path}/{_id(document)}")
        metadata = {"priority": 1, "name": order.document_name}
        self._session.post(
            path,
            files={
                "document": (order.document_name, order.document, "application/pdf"),
                "metadata": ("metadata", json.dumps(metadata), "application/json"),
            },
        )

    def _fill_recipient(self, ref: str, order: Order) -> None:
        values = {
            f"address_line_{number}": line
            for number, line in enumerate(order.recipient.lines, start=1)
        }
        values["country_code"] = order.recipient.country
        there = self._get_recipients(order.channel, ref)
        if len(there) == 1 and all(
            _text(there[0], key) == value for key, value in values.items()
        ):
            return
        path = self._sending(order.channel, ref, "recipients")
        if there:
            self._session.delete(path)
        self._session.post(path, json={"custom_id": order.reference, **values})

    def submit(self, channel: str, ref: str) -> None:
        """Let it leave; Maileva refuses to submit what is no draft any more."""
        try:
            self._session.post(self._sending(channel, ref, "submit"))
        except PostalRefused as error:
            if NOT_A_DRAFT not in error.codes:
                raise

    def delete(self, channel: str, ref: str) -> None:
        self._session.delete(self._sending(channel, ref))

    # === READ AN ANSWER === #

    def _read_sending(self, row: dict, recipient: dict | None = None) -> Sending:
        """Return what a sending and its recipient say together."""
        recipient = recipient or {}
        status = _text(row, "status")
        phase = STATUSES.get(status, "unknown")
        theirs = _text(recipient, "status")
        phase = DEAD_RECIPIENTS.get(theirs, phase)
        reason = _text(recipient, "status_detail") or _text(row, "status_detail")
        return Sending(
            ref=_id(row),
            reference=_text(row, "custom_id"),
            phase=phase,
            status=status,
            reason=reason[:500],
            is_bad_address=phase == "rejected"
            and (theirs == "REJECTED" or reason.startswith(BAD_ADDRESS)),
            posted_at=_moment(recipient.get("deposit_proof_date"))
            or _moment(row.get("deposit_proof_date"))
            or _moment(row.get("processed_date")),
            number=_text(recipient, "registered_number"),
            cost=_number(recipient.get("postage_price")),
            deposit=_read_deposit(row, recipient),
            receipt=_text(recipient, "acknowledgement_of_receipt_url"),
            returned=_text(recipient, "undelivered_mail_url"),
            events=tuple(_read_events(recipient)),
        )


def _read_deposit(row: dict, recipient: dict) -> str:
    """Return the path of the proof of deposit: its own, else the whole sending's."""
    own = _text(recipient, "deposit_proof_url") or _text(row, "deposit_proof_url")
    whole = _text(recipient, "global_deposit_proof_id")
    return own or (f"/global_deposit_proofs/{whole}/download" if whole else "")


def _read_events(recipient: dict) -> list[Event]:
    """Return what the post says, oldest first, each once."""
    events = []
    for row in _list(recipient, "delivery_statuses", is_required=False):
        code = _text(row, "code") or _text(row, "status")
        event, words = DELIVERY.get(code, DELIVERY["LP00"])
        events.append((event, _text(row, "label") or words, row.get("date")))
    for row in _list(recipient, "main_delivery_statuses", is_required=False):
        event = MAIN_DELIVERY.get(_text(row, "category"))
        if event:
            words = DELIVERY.get(_text(row, "code"), DELIVERY["LP00"])[1]
            events.append((event, _text(row, "label") or words, row.get("date")))
    reason = RETURN_REASONS.get(_text(recipient, "undelivered_mail_reason"))
    if reason:
        events.append((*reason, recipient.get("undelivered_mail_date")))
    found = [
        Event(event, label, moment)
        for event, label, date in events
        if event != "proof" and (moment := _moment(date))
    ]
    return sorted(dict.fromkeys(found), key=lambda event: event.moment)


def _list(answer: dict, key: str, is_required: bool = True) -> list[dict]:
    rows = answer.get(key)
    if isinstance(rows, list):
        return [row for row in rows if isinstance(row, dict)]
    if is_required:
        raise PostalUnavailable("content", key)
    return []


def _dict(answer: dict, key: str) -> dict:
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def _text(row: dict, key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""


def _id(row: dict) -> str:
    """Return an id that may stand in a path.

    :raise PostalUnavailable: the answer has none
    """
    found = _text(row, "id")
    if not ID.fullmatch(found):
        raise PostalUnavailable("content", "id")
    return found


def _number(value) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return 0.0


def _moment(value) -> datetime.datetime | None:
    """Return a moment with its zone; UTC when none is said, None when it is no date."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
