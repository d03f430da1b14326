"""Everything that goes wrong with Slack in practice, on demand or by a seeded script."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RateLimitStorm:
    """HTTP 429 whatever the buckets say."""

    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer that is not the API's JSON, from a proxy or an outage page. Nothing was done."""

    status: int = 500
    content_type: str = "text/html"
    body: str = "<html><body>Server Error</body></html>"


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """`{"ok": false, "error": code}`: `fatal_error`, `service_unavailable`, `internal_error` …"""

    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection breaks without an answer, after `hang_s` seconds; `committed` says whether the call was done."""

    committed: bool
    hang_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer comes, but only after `delay_s` seconds."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens between the client's decision and this call: the channel is archived, the bot removed …"""

    action: Callable[[], Awaitable[object] | object]


CallFault = RateLimitStorm | RawAnswer | ErrorAnswer | Lost | Slow | Meanwhile


class SocketFault(StrEnum):
    """What can go wrong with one Socket Mode connection."""

    BURN_TICKET = "burn_ticket"  # the URL is spent before the client uses it
    REFUSE_UPGRADE = "refuse_upgrade"  # 503 instead of 101; the ticket is spent
    NO_HELLO = "no_hello"
    NO_PONG = "no_pong"
    HALF_OPEN = "half_open"  # open for the client, but nothing comes or goes any more
    CLOSE_MID_FRAME = "close_mid_frame"  # the connection dies inside the next envelope
    GARBAGE = "garbage"  # the next envelope is preceded by frames that mean nothing


@dataclass(slots=True)
class _Planned:
    method: str  # or "*"
    fault: CallFault
    times: int


class Faults:
    """Which faults lie ahead. Each is met once per `times`; calls and sockets without one go well."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._calls: list[_Planned] = []
        self._sockets: dict[SocketFault, int] = {}
        self._script: tuple[float, Sequence[CallFault], frozenset[str]] | None = None

    def next_call(self, fault: CallFault, *, method: str = "*", times: int = 1) -> None:
        """Let the next `times` calls of `method` (any, if not said) meet `fault`. Earlier ones come first."""
        self._calls.append(_Planned(method, fault, times))

    def next_socket(self, fault: SocketFault, *, times: int = 1) -> None:
        """Let the next `times` sockets, tickets or envelopes that can meet `fault`."""
        self._sockets[fault] = self._sockets.get(fault, 0) + times

    def by_chance(self, rate: float, faults: Sequence[CallFault], *, methods: Sequence[str] = ()) -> None:
        """From now on let a share `rate` of the calls (of these methods, if any) meet one of `faults`, by the seed."""
        self._script = (rate, tuple(faults), frozenset(methods))

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._calls.clear()
        self._sockets.clear()
        self._script = None

    def take_call(self, method: str) -> CallFault | None:
        """Return the fault that this call meets, if any, and count it as met."""
        for planned in self._calls:
            if planned.method in ("*", method):
                planned.times -= 1
                if not planned.times:
                    self._calls.remove(planned)
                return planned.fault
        if self._script is not None:
            rate, faults, methods = self._script
            if (not methods or method in methods) and self._rng.random() < rate:
                return self._rng.choice(faults)
        return None

    def take_socket(self, fault: SocketFault) -> bool:
        """Return whether this fault is due, and count it as met."""
        left = self._sockets.get(fault, 0)
        if left:
            self._sockets[fault] = left - 1
        return left > 0
