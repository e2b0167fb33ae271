# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""What our messages say about how to pay, compared with what they said before."""

import datetime
from functools import cached_property

from odoo.tools import format_date

from ..core.bank_details import BankDetails, describe_change


class BankState:
    """Our bank details at a moment, and whether somebody must approve them.

    :param company: res.company record, superuser
    :param today: the policy's day
    :param account: res.partner.bank record, empty when messages say no account
    :param details: what they say, None without an account
    :param rows: the company's log
    :param noticed_on: the day on which a change that the log does not know is noticed
    """

    def __init__(
        self, company, today, account, details: BankDetails | None, rows, noticed_on
    ):
        self.company, self.today, self.noticed_on = company, today, noticed_on
        self.account, self.details, self.rows = account, details, rows
        #: what the log knows as current, empty at first
        self.row = rows.filtered(lambda row: not row.date_to)[:1]

    @cached_property
    def is_known(self) -> bool:
        """Whether the log's current row says these details."""
        return bool(self.row) and self._is_of(self.row)

    @property
    def current(self):
        """The log's row about these details, empty when messages say no account."""
        return self.row if self.is_known else self.row.browse()

    @cached_property
    def kind(self) -> str:
        """What these details are to the log: first ones, trusted before, or new."""
        if self.is_known:
            return self.row.kind
        if not self.row:
            return "baseline"
        trusted = self.rows.filtered(
            lambda row: row._is_trusted(row.date_to or self.today)
        )
        return "return" if any(map(self._is_of, trusted)) else "change"

    @cached_property
    def is_pending(self) -> bool:
        """Whether messages with these details wait for a manager."""
        if not self.details:
            return False
        if self.is_known:
            return not self.row._is_trusted(self.today)
        return self.kind == "change" and self.today < self.until

    @property
    def since(self) -> datetime.date:
        return self.row.date_from if self.is_known else self.noticed_on

    @property
    def until(self) -> datetime.date:
        """The day on which messages leave again without an approval."""
        days = self.company.collection_bank_change_days
        return self.since + datetime.timedelta(days=days)

    @cached_property
    def steps(self) -> frozenset[int]:
        """The steps whose text says how to pay."""
        return self.company.env["collection.step"]._get_payment_steps()

    def _is_of(self, row) -> bool:
        return bool(self.details) and row._get_details().is_same(self.details)

    def get_warning(self, env) -> str | None:
        """Return in words which account replaced which, None when nothing waits.

        :param env: environment of the language
        """
        if not self.is_pending:
            return None
        replaced = self.row.previous_id if self.is_known else self.row
        old, new = describe_change(replaced._get_details(), self.details)
        return env._(
            "Our bank details changed on %(date)s: %(old)s became %(new)s. Messages "
            "that show them wait until a manager approves, at the latest until "
            "%(until)s.",
            date=format_date(env, self.since),
            old=old,
            new=new,
            until=format_date(env, self.until),
        )
