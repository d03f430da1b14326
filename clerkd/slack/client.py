"""One way to call Slack's Web API: `call()`.

Nothing is repeated here: a `chat.postMessage` sent again after a dropped connection posts twice. Waiting for a rate
limit is the limiter's, for all callers at once (docs/adr/0009-the-web-api-without-the-sdk.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import structlog

from clerkd import __version__
from clerkd.clock import Clock
from clerkd.slack.errors import (
    IN_DOUBT,
    LATER,
    OF_THE_METHOD,
    OF_THE_TOKEN,
    UNAUTHORIZED,
    SlackError,
    SlackIndeterminate,
    SlackPermanent,
    SlackTemporary,
    SlackUnauthorized,
)
from clerkd.slack.limiter import Limiter, Priority
from clerkd.slack.methods import METHODS
from clerkd.slack.token import Token

TOTAL_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 5.0
KEEP_ALIVE_S = 20.0  # shorter than Slack's, so that a request seldom meets a connection that is being closed
UNAUTHORIZED_PAUSE_S = 60.0
DEFAULT_RETRY_AFTER_S = 30.0

_OK = 200
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500

log = structlog.get_logger()


def open_session(*, total_s: float = TOTAL_TIMEOUT_S) -> aiohttp.ClientSession:
    """Return the HTTP session for Slack, with the time that a whole call may take. Close it in the end."""
    return aiohttp.ClientSession(
        headers={"User-Agent": f"clerkd/{__version__}"},
        timeout=aiohttp.ClientTimeout(total=total_s, sock_connect=CONNECT_TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=20, keepalive_timeout=KEEP_ALIVE_S),
        trust_env=True,
    )


class SlackClient:
    """Call Web API methods with one token."""

    def __init__(
        self, *, token: Token, api_url: str, session: aiohttp.ClientSession, limiter: Limiter, clock: Clock
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._session = session
        self._limiter = limiter
        self._clock = clock
        self.token = token
        self.missing_scopes: dict[str, str] = {}  # method -> the scope without which Slack refused it
        self.skew_ms = 0  # Slack's clock minus ours, from the newest answer's Date header
        self.last_error: SlackError | None = None  # of the newest call, None if it went well
        self.answered_at: float | None = None  # monotonic time of the newest call that went well

    def own_now(self) -> float:
        """Return our own time in epoch seconds."""
        return self._clock.now_ms() / 1000

    def slack_now(self) -> float:
        """Return the time by Slack's clock, in epoch seconds: message timestamps are compared with this one."""
        return (self._clock.now_ms() + self.skew_ms) / 1000

    async def call(
        self, method: str, *, priority: Priority = Priority.BACKGROUND, channel: str | None = None, **args: Any
    ) -> dict[str, Any]:
        """Call `method` when the limits allow and return Slack's answer, whose `ok` is true.

        `channel` is sent along. Raise `SlackTemporary`, `SlackPermanent` or (posts only) `SlackIndeterminate`. While
        the token is refused only the methods that try it are called.
        """
        await self._limiter.take(method, channel, priority)
        if self.token.refused is not None and not METHODS[method].tries:
            raise SlackUnauthorized(method, self.token.refused, retry_after_s=UNAUTHORIZED_PAUSE_S)
        text = self.token.text
        if channel is not None:
            args["channel"] = channel
        try:
            answer = await self._send(method, {name: value for name, value in args.items() if value is not None})
        except (SlackTemporary, SlackPermanent, SlackIndeterminate) as error:
            self.last_error = error
            if error.slack_code == "ratelimited" and isinstance(error, SlackTemporary):
                self._limiter.close(method, channel, error.retry_after_s or DEFAULT_RETRY_AFTER_S)
            if isinstance(error, SlackUnauthorized):
                self._note_refusal(error, text)
            log.info("slack.call-failed", method=method, error=error.slack_code, channel=channel)
            raise
        self.last_error = None
        self.missing_scopes.pop(method, None)
        self.answered_at = self._clock.monotonic()
        return answer

    async def _send(self, method: str, args: Mapping[str, Any]) -> dict[str, Any]:
        # `from None` throughout: aiohttp's errors hold the request with its token.
        try:
            status, headers, octets = await self._exchange(method, args)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SlackTemporary(method, "unreachable", reason=type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise in_doubt(method, f"connection lost ({type(error).__name__})") from None
        body = _json(octets)
        if isinstance(body, dict):  # an outage page is a proxy's, and so is its clock
            self._note_date(headers)
        if status == _OK and isinstance(body, dict) and body.get("ok"):
            return body
        if status == _OK and not isinstance(body, dict):
            raise in_doubt(method, "unreadable answer")
        raise classify(method, status, headers, body)

    async def _exchange(self, method: str, args: Mapping[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        """Make one request and return the answer's status, headers and octets."""
        reads = METHODS[method].reads
        headers = {"Authorization": f"Bearer {self.token.text}"}
        if not reads:
            headers["Content-Type"] = "application/json; charset=utf-8"
        async with self._session.request(
            "GET" if reads else "POST",
            f"{self._api_url}/{method}",
            headers=headers,
            params=_query(args) if reads else None,
            data=None if reads else json.dumps(args).encode(),
            allow_redirects=False,  # the Web API has none: whoever sends one is not Slack
        ) as answer:
            return answer.status, answer.headers, await answer.read()

    def _note_refusal(self, error: SlackUnauthorized, text: str) -> None:
        if error.slack_code in OF_THE_TOKEN:
            self.token.refuse(error.slack_code, text)
        elif error.needed is not None:
            self.missing_scopes[error.method] = error.needed

    def _note_date(self, headers: Mapping[str, str]) -> None:
        try:
            moment = parsedate_to_datetime(headers.get("Date", ""))
        except ValueError:
            return
        skew = round(moment.timestamp() * 1000) + 500 - self._clock.now_ms()  # the header is cut to seconds
        self.skew_ms = skew if abs(skew) > 1000 else 0


def _query(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: int(value) if isinstance(value, bool) else value for name, value in args.items()}


def _json(octets: bytes) -> Any:
    """Return what the octets say, None if they are no JSON."""
    try:
        return json.loads(octets)
    except (ValueError, RecursionError):
        return None


def in_doubt(method: str, what: str) -> SlackTemporary | SlackIndeterminate:
    """Return the error for a call whose fate nobody knows."""
    return SlackTemporary(method, what) if METHODS[method].repeatable else SlackIndeterminate(method, what)


def classify(method: str, status: int, headers: Mapping[str, str], body: Any) -> SlackError:
    """Return the error that an answer without `ok` means; `body` is the JSON, or whatever else came."""
    code = body.get("error") if isinstance(body, dict) else None
    if status == _TOO_MANY_REQUESTS or code in {"ratelimited", "rate_limited"}:
        return SlackTemporary(method, "ratelimited", retry_after_s=_seconds(headers.get("Retry-After")))
    if not isinstance(code, str):
        return in_doubt(method, f"http_{status}")
    metadata = body.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    detail = tuple(str(line) for line in messages) if isinstance(messages, list) else ()
    needed = body.get("needed")
    if code in OF_THE_METHOD and METHODS[method].optional:
        return SlackPermanent(method, code, detail=(needed,) if isinstance(needed, str) else detail)
    if code in UNAUTHORIZED:
        needed = needed if isinstance(needed, str) else None
        return SlackUnauthorized(method, code, retry_after_s=UNAUTHORIZED_PAUSE_S, needed=needed)
    if code in IN_DOUBT or status >= _SERVER_ERROR:
        return in_doubt(method, code)
    if code in LATER:
        return SlackTemporary(method, code, retry_after_s=_seconds(headers.get("Retry-After")))
    return SlackPermanent(method, code, detail=detail)


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None
