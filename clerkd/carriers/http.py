"""One request to a carrier over HTTP, and what its failures mean.

What matters is whether the carrier may have read the request. Before a connection stands nothing was written; after
that an answer that does not come, or says that the server failed, proves nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from clerkd.carriers.errors import AccountRefused, NoAnswer, RateLimited, Unreachable

CONNECT_S = 10.0
ANSWER_S = 20.0
_LONGEST_WAIT_S = 300.0  # whatever Retry-After says: a line that is ready and still for longer looks stuck


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier said."""

    status: int
    body: Any  # the JSON; None if it was none
    server_ms: int | None  # the carrier's clock, epoch ms
    retry_after_s: float | None

    @property
    def ok(self) -> bool:
        """Whether the request was granted."""
        return 200 <= self.status < 300


def basic(user: str, secret: str) -> dict[str, str]:
    """Return the header that names an account (RFC 7617)."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode()}


class Http:
    """Requests to one carrier, each on a connection of its own.

    A connection kept open may be closed by the other side while a request is written, and nobody could tell whether it
    was read. Opening one costs a tenth of a second.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, connect=CONNECT_S, sock_read=answer_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            headers=self._headers,
            timeout=self._timeout,
            trust_env=True,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Ask. Raise `Unreachable`, `RateLimited` or `AccountRefused`: a question changes nothing."""
        try:
            answer = await self._request("GET", path, params=params)
        except NoAnswer as reason:
            raise Unreachable(reason.message) from reason
        if answer.status >= 500:
            raise Unreachable(f"the carrier fails (HTTP {answer.status})")
        return _granted(answer)

    async def post(
        self,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Let something happen. Raise what `get` does if it did not, and `NoAnswer` if that is not known."""
        answer = await self._request("POST", path, form=form, json=json, headers=headers)
        if answer.status >= 500 or answer.status == 408:
            raise NoAnswer(f"the carrier failed in the middle (HTTP {answer.status})", server_ms=answer.server_ms)
        return _granted(answer)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if self._session is None:
            raise Unreachable("the line is not in service yet")
        url = path if path.startswith("http") else self._url + path
        try:
            async with self._session.request(method, url, params=params, data=form, json=json, headers=headers) as got:
                return await _read(got)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as reason:
            raise Unreachable(f"the carrier cannot be reached: {reason}") from reason
        except (aiohttp.ClientError, TimeoutError, OSError) as reason:
            raise NoAnswer(f"the connection ended before the answer ({type(reason).__name__})") from reason


async def _read(got: aiohttp.ClientResponse) -> Answer:
    try:
        body = await got.json(content_type=None)
    except ValueError:
        if got.status < 300:  # granted, and nobody can read what
            raise NoAnswer("the carrier's answer is not JSON", server_ms=_date(got.headers.get("Date"))) from None
        body = None
    server_ms = _date(got.headers.get("Date"))
    return Answer(got.status, body, server_ms, _wait(got.headers.get("Retry-After"), server_ms))


def _granted(answer: Answer) -> Answer:
    """Return an answer that each carrier reads its own way; raise for those that all of them give."""
    if answer.status == 429:
        raise RateLimited("the carrier takes no more for now (HTTP 429)", retry_after_s=answer.retry_after_s)
    if answer.status == 401:
        raise AccountRefused("the carrier does not accept the account or its secret (HTTP 401)")
    return answer


def _date(text: str | None) -> int | None:
    """Return an HTTP date as epoch ms (RFC 9110 §5.6.7)."""
    try:
        return None if text is None else int(parsedate_to_datetime(text).timestamp() * 1000)
    except ValueError:
        return None


def _wait(text: str | None, server_ms: int | None) -> float | None:
    """Return the seconds of a Retry-After, which is a number or a date (RFC 9110 §10.2.3)."""
    if text is None:
        return None
    if text.isdecimal():
        return min(float(text), _LONGEST_WAIT_S)
    until = _date(text)
    if until is None or server_ms is None:
        return None
    return min(max((until - server_ms) / 1000, 0.0), _LONGEST_WAIT_S)
