"""What the network knows of everything that has a number."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Protocol


class Cause(IntEnum):
    """Why a short message was not taken: RP-Cause, 24.011 §8.2.5.4; from 128 on TP-FCS, 23.040 §9.2.3.22."""

    BARRED = 8
    REJECTED = 21
    MEMORY_EXCEEDED = 22
    OUT_OF_SERVICE = 27
    UNKNOWN_SUBSCRIBER = 30
    NETWORK_OUT_OF_ORDER = 38
    INVALID_MANDATORY = 96
    PROTOCOL_ERROR = 111
    DUPLICATE = 0xC5


class Rejected(Exception):
    """The SMSC did not take a SUBMIT."""

    def __init__(self, cause: int) -> None:
        super().__init__(f"cause {cause}")
        self.cause = cause


class CallState(Enum):
    """How far a call is."""

    RINGING = "ringing"
    ACTIVE = "active"
    ENDED = "ended"
    BUSY = "busy"  # ended without having rung
    UNANSWERED = "unanswered"


class Call:
    """A voice call without voice."""

    def __init__(self, caller: str, callee: str, *, withheld: bool, changed: Callable[[Call], None]) -> None:
        self.caller = caller
        self.callee = callee
        self.withheld = withheld
        self.state = CallState.RINGING
        self._changed = changed

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {CallState.ENDED, CallState.BUSY, CallState.UNANSWERED}

    def answer(self) -> None:
        """Take the call."""
        if self.state is CallState.RINGING:
            self._move(CallState.ACTIVE)

    def end(self, state: CallState = CallState.ENDED) -> None:
        """Hang up, or fail with `BUSY` or `UNANSWERED`."""
        if not self.over:
            self._move(state)

    def _move(self, state: CallState) -> None:
        self.state = state
        self._changed(self)


Done = Callable[[Cause | None], None]
"""Called once with None (RP-ACK) or the reason (RP-ERROR)."""


class Station(Protocol):
    """A phone or a modem in the network."""

    @property
    def number(self) -> str:
        """E.164, or a short code."""
        ...

    @property
    def reachable(self) -> bool:
        """Whether the network can page it: switched on and registered."""
        ...

    def deliver(self, tpdu: bytes, done: Done) -> None:
        """Take a DELIVER or STATUS-REPORT and call `done`, at once or later. Only one is under way at a time."""
        ...

    def call_changed(self, call: Call) -> None:
        """Hear of a call from or to this number: new, answered or over."""
        ...
