# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""JSON over HTTP with OAuth 2: one login, repeats where repeating is harmless."""

import dataclasses
import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from .contract import (
    PostalLoginRefused,
    PostalNotFound,
    PostalRefused,
    PostalUnavailable,
    PostalUnknown,
)

_logger = logging.getLogger(__name__)

#: seconds to wait for an answer
TIMEOUT = 30.0
#: how often a harmless call is made at most
TRIES = 3
#: seconds before the second and third
PAUSES = (1.0, 4.0)
#: a provider that asks for a longer pause is left alone until the next pass
LONGEST_PAUSE = 10.0
#: seconds before its end at which a token is no longer used
TOKEN_MARGIN = 60
#: of a token whose life is not said
TOKEN_LIFE = 300
#: documents are letters and proofs, not more
LARGEST_DOCUMENT = 20 * 1024 * 1024
DETAIL_LENGTH = 400
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")


@dataclasses.dataclass(frozen=True)
class Login:
    """Of an application and of the user in whose name it speaks (RFC 6749, 4.3).

    Without a user the application speaks for itself (4.4).
    """

    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)

    def get_form(self) -> dict[str, str]:
        if not self.username:
            return {"grant_type": "client_credentials"}
        return {
            "grant_type": "password",
            "username": self.username,
            "password": self.password,
        }


def is_safe(url: str) -> bool:
    """Tell whether a login may be sent there: encrypted, or not leaving the machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in LOCAL_HOSTS


class HttpSession:
    """Calls of one API by one login, for the time of one pass.

    :param api_url: paths are below it
    :param token_url: where a token is given
    :param sleep, clock: for tests
    """

    def __init__(
        self,
        api_url: str,
        token_url: str,
        login: Login,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ):
        for url in (api_url, token_url):
            if not is_safe(url):
                raise PostalRefused("insecure", url)
        self._api_url = api_url.rstrip("/")
        self._token_url = token_url
        self._login = login
        self._timeout = timeout
        self._sleep = sleep
        self._clock = clock
        self._http = requests.Session()
        self._token = ""
        self._token_end = 0.0

    # === CALLS === #

    def get(self, path: str, params: dict | None = None) -> dict:
        """Return what a path says; repeated when the provider is in trouble."""
        return self._read_json(self._repeat("GET", path, params=params))

    def download(self, path: str) -> bytes:
        """Return a PDF.

        :raise PostalUnavailable: what came is none
        """
        response = self._repeat("GET", path, accept="application/pdf")
        content = response.content
        if not content.startswith(b"%PDF-") or len(content) > LARGEST_DOCUMENT:
            kind = response.headers.get("Content-Type", "")
            raise PostalUnavailable("content", f"{kind[:60]} {len(content)}")
        return content

    def delete(self, path: str) -> None:
        """Delete; what is not there is deleted."""
        try:
            self._repeat("DELETE", path)
        except PostalNotFound:
            _logger.info("%s was deleted before", path)

    def post(self, path: str, json=None, files=None) -> dict:
        """Do something, once.

        :return: what came back, empty when nothing did
        :raise PostalUnknown: the answer was lost
        """
        response = self._call("POST", path, json=json, files=files)
        if not response.content:
            return {}
        try:
            return self._read_json(response)
        except PostalUnavailable as error:
            raise PostalUnknown(error.key, error.detail) from None

    def log_in(self) -> None:
        """Get a token, whether one is there or not."""
        form = self._login.get_form()
        basic = (self._login.client_id, self._login.client_secret)
        try:
            response = self._http.post(
                self._token_url,
                data=form,
                auth=basic,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise PostalUnavailable("timeout") from None
        except requests.RequestException as error:
            raise PostalUnavailable("unreachable", type(error).__name__) from None
        if response.status_code in (400, 401, 403, 404):
            raise PostalLoginRefused("login", self._read_detail(response)[0])
        self._raise_for_trouble(response, is_act=False)
        answer = self._read_json(response)
        token = answer.get("access_token")
        if not token or not isinstance(token, str):
            raise PostalUnavailable("content", "access_token")
        try:
            life = float(answer.get("expires_in") or TOKEN_LIFE)
        except (TypeError, ValueError):
            life = TOKEN_LIFE
        self._token = token
        self._token_end = self._clock() + max(life - TOKEN_MARGIN, life / 2)

    # === HOW === #

    def _repeat(self, method: str, path: str, **options) -> requests.Response:
        """Make a harmless call, again when it fails for a passing reason."""
        for attempt in range(TRIES):
            try:
                return self._call(method, path, **options)
            except PostalUnavailable as error:
                pause = error.retry_after
                if pause is None:
                    pause = PAUSES[min(attempt, len(PAUSES) - 1)]
                if attempt == TRIES - 1 or pause > LONGEST_PAUSE:
                    raise
                self._sleep(pause)
        raise AssertionError("unreachable")

    def _call(self, method: str, path: str, **options) -> requests.Response:
        """Make a call; when the token was refused, log in and make it once more."""
        if not self._token or self._clock() >= self._token_end:
            self.log_in()
        response = self._send(method, path, **options)
        if response.status_code == 401:
            self.log_in()
            response = self._send(method, path, **options)
        self._raise_for_trouble(response, is_act=method == "POST")
        return response

    def _send(self, method: str, path: str, accept="application/json", **options):
        """Send one request; a POST whose answer is lost may have been done."""
        is_act = method == "POST"
        lost = PostalUnknown if is_act else PostalUnavailable
        try:
            return self._http.request(
                method,
                f"{self._api_url}/{path.lstrip('/')}",
                headers={"Authorization": f"Bearer {self._token}", "Accept": accept},
                timeout=self._timeout,
                allow_redirects=False,
                **options,
            )
        except requests.ConnectTimeout:
            raise PostalUnavailable("unreachable") from None
        except requests.Timeout:
            raise lost("timeout") from None
        except requests.ConnectionError as error:
            if self._was_never_sent(error):
                raise PostalUnavailable("unreachable") from None
            raise lost("lost") from None
        except requests.RequestException as error:
            raise lost("lost", type(error).__name__) from None

    @staticmethod
    def _was_never_sent(error: requests.ConnectionError) -> bool:
        """Tell whether no connection was made, so that nothing can have been done."""
        cause = error.args[0] if error.args else None
        return isinstance(getattr(cause, "reason", None), NewConnectionError)

    def _raise_for_trouble(self, response: requests.Response, is_act: bool) -> None:
        """Turn a status that is no success into its error."""
        status = response.status_code
        if 200 <= status < 300:
            return
        detail, codes = self._read_detail(response)
        detail = f"{status} {detail}".strip()
        if status == 429:
            raise PostalUnavailable("busy", detail, self._read_pause(response))
        if status == 404:
            raise PostalNotFound("not_found", detail, codes)
        if status in (401, 403):
            raise PostalLoginRefused("login", detail, codes)
        if 400 <= status < 500:
            raise PostalRefused("refused", detail, codes)
        if is_act:
            raise PostalUnknown("server", detail)
        raise PostalUnavailable("server", detail, self._read_pause(response))

    @staticmethod
    def _read_pause(response: requests.Response) -> float | None:
        """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3)."""
        text = response.headers.get("Retry-After", "")
        return float(text) if text.isdecimal() else None

    @staticmethod
    def _read_json(response: requests.Response) -> dict:
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            kind = response.headers.get("Content-Type", "")
            raise PostalUnavailable("content", kind[:60])
        return answer

    @staticmethod
    def _read_detail(response: requests.Response) -> tuple[str, tuple[str, ...]]:
        """Return what an error says, and its codes; nothing when it cannot be read."""
        try:
            answer = response.json()
        except ValueError:
            return "", ()
        if not isinstance(answer, dict):
            return "", ()
        errors = answer.get("errors")
        found = errors if isinstance(errors, list) else [answer]
        found = [error for error in found if isinstance(error, dict)]
        words = []
        for error in found:
            code = error.get("code") or error.get("error") or ""
            message = error.get("message") or error.get("error_description") or ""
            words.append(": ".join(str(word) for word in (code, message) if word))
        codes = tuple(str(error["code"]) for error in found if error.get("code"))
        return "; ".join(filter(None, words))[:DETAIL_LENGTH], codes
