# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""One question to a public source of rates: its answer, or why there is none."""

import dataclasses
import datetime
import time
from urllib.parse import quote, urlencode

import requests

from ..core.rate_series import LEGAL_PRO_SERIES, REFI_SERIES, RateError
from ..postal.http_session import is_safe

#: seconds to wait for the line and for each part of an answer
TIMEOUT = 10.0
#: seconds for the whole answer: one that trickles does not hold a worker
LONGEST = 20.0
#: bytes; two years of daily rates with all their columns are a quarter of it
LARGEST = 2 * 1024 * 1024
#: a few bytes at a time, because a reading waits until it is full, each byte of it for
#: the timeout; a quarter of a megabyte costs a fifth of a second so
CHUNK = 4

BDF_URL = "https://webstat.banque-france.fr"
ECB_URL = "https://data-api.ecb.europa.eu"
BDF_PATH = "/api/explore/v2.1/catalog/datasets/observations/exports/json/"
ECB_PATH = "/service/data/FM/"


@dataclasses.dataclass(frozen=True)
class Limits:
    timeout: float = TIMEOUT
    longest: float = LONGEST
    largest: int = LARGEST


LIMITS = Limits()


def get_webstat_url(base: str) -> str:
    """Return the address of the legal rate's series."""
    where = quote(f'series_key IN ("{LEGAL_PRO_SERIES}")')
    return f"{base.rstrip('/')}{BDF_PATH}?where={where}"


def get_ecb_url(base: str, first: datetime.date) -> str:
    """Return the address of the refinancing rate's series.

    :param first: day of the first rate
    """
    query = urlencode({"format": "csvdata", "startPeriod": first.isoformat()})
    series = REFI_SERIES.partition(".")[2]
    return f"{base.rstrip('/')}{ECB_PATH}{series}?{query}"


def get_key_headers(key: str) -> dict[str, str]:
    """Return the header of Webstat's login.

    :raise RateError: the key cannot stand in a header
    """
    if not key:
        raise RateError("no_key")
    if not (key.isascii() and key.isprintable()):
        raise RateError("bad_key")
    return {"Authorization": f"Apikey {key}"}


def fetch(url: str, headers: dict[str, str], limits: Limits = LIMITS) -> bytes:
    """Return what an address answers; asked once, redirections are not followed.

    :param headers: what they hold is never part of an error
    :raise RateError: ``insecure``, ``unreachable``, ``timeout``, ``lost``, ``login``,
        ``not_found``, ``busy``, ``refused``, ``server``, ``moved`` or ``large``
    """
    _check_url(url)
    end = time.monotonic() + limits.longest
    # Without compression a small answer cannot become a large one.
    headers = {"Accept-Encoding": "identity", **headers}
    try:
        with requests.get(
            url,
            headers=headers,
            timeout=limits.timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            _check_status(response.status_code)
            return _read(response, end, limits.largest)
    except requests.Timeout:
        raise RateError("timeout") from None
    except requests.ConnectionError as error:
        # Of an answer that began, requests says that a silence is a lost line.
        key = "timeout" if "timed out" in str(error) else "unreachable"
        raise RateError(key) from None
    except requests.RequestException as error:
        raise RateError("lost", type(error).__name__) from None


def _check_url(url: str) -> None:
    try:
        is_good = is_safe(url)
    except ValueError:
        is_good = False
    if not is_good:
        raise RateError("insecure", url)


def _check_status(status: int) -> None:
    keys = {401: "login", 403: "login", 404: "not_found", 429: "busy"}
    if status == 200:
        return
    if status in keys:
        raise RateError(keys[status], str(status))
    if 300 <= status < 400:
        raise RateError("moved", str(status))
    raise RateError("server" if status >= 500 else "refused", str(status))


def _read(response: requests.Response, end: float, largest: int) -> bytes:
    """Return the content, within the time and the size that are allowed."""
    content = bytearray()
    for part in response.iter_content(CHUNK):
        content += part
        if len(content) > largest:
            raise RateError("large", f"{largest // 1024} KiB")
        if time.monotonic() > end:
            raise RateError("timeout")
    said = response.headers.get("Content-Length", "")
    # Half a table is no table; older versions of urllib3 do not look.
    if said.isdecimal() and int(said) != len(content):
        raise RateError("lost", f"{len(content)} / {said}")
    return bytes(content)
