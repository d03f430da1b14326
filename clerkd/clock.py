"""The two clocks: wall time for what is stored and shown, monotonic time for deadlines.

Nothing else in clerkd asks the operating system for the time, so that a simulation can own it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """Return wall-clock time in milliseconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Return the machine's wall-clock time in epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return time.monotonic()


def iso(epoch_ms: int) -> str:
    """Return epoch milliseconds as ISO 8601 in UTC, as the API and `--json` print it."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_ms(text: str) -> int:
    """Return the epoch milliseconds of an ISO 8601 text; raise `ValueError` without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"{text!r} has no offset from UTC"
        raise ValueError(msg)
    return round(moment.timestamp() * 1000)
