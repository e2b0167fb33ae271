# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""What an exception of a provider's client says: whether the messages left."""

import requests
from urllib3.exceptions import NewConnectionError

from odoo.exceptions import AccessError

from odoo.addons.iap.tools.iap_tools import IAPServerError, InsufficientCreditError

#: answers after which the service may have worked after all
UNSURE_ANSWERS = (408, 504)


def classify(error: BaseException) -> str:
    """Return the failure of a call that raised: ``sms_...``, or ``unknown``.

    ``unknown``: the service may have the messages, although it did not say so.
    """
    causes = list(_chain(error))
    if any(isinstance(one, InsufficientCreditError) for one in causes):
        return "sms_credit"
    if any(isinstance(one, IAPServerError) for one in causes):
        return "sms_server"
    answer = next((one for one in causes if isinstance(one, requests.HTTPError)), None)
    if answer is not None:
        unsure = (
            answer.response is None or answer.response.status_code in UNSURE_ANSWERS
        )
        return "unknown" if unsure else "sms_server"
    if any(_is_unreached(one) for one in causes):
        return "sms_server"
    # Odoo refuses by itself, before it calls, without any other cause.
    if isinstance(error, AccessError) and len(causes) == 1:
        return "sms_server"
    return "unknown"


def _is_unreached(error: BaseException) -> bool:
    """Tell whether no connection was made: nothing was handed over."""
    unreached = (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.ProxyError,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
        NewConnectionError,
    )
    return isinstance(error, unreached)


def _chain(error: BaseException | None):
    """Yield an exception and everything that it came from."""
    seen = set()
    todo = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None)]
        todo += [arg for arg in getattr(one, "args", ()) if isinstance(arg, Exception)]
        todo = [part for part in todo if isinstance(part, BaseException)]
