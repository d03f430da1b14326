"""What led to each step of a recovery: the last lines of the dialogue, kept for people who look for the fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LINES = 40  # of dialogue with each step


@dataclass(frozen=True, slots=True)
class Flight:
    """One step of a recovery. Numbers, texts and secrets are masked in `said`."""

    at_ms: int
    step: str  # a `clerkd.modem.recovery.Rung`
    reason: str
    said: tuple[str, ...]  # as `FlightRecorder.lines` gives it


class FlightLog(Protocol):
    """Keeps flights beyond the end of the daemon."""

    async def keep(self, line: str, flight: Flight) -> None:
        """Add a flight to those of a line. Never raises: a full disk must not stop a recovery."""
        ...

    async def keep_resets(self, line: str, at_ms: Sequence[int]) -> None:
        """Remember when a line's modem was last reset, epoch ms, instead of what was remembered. Never raises."""
        ...

    async def resets(self, line: str) -> Sequence[int]:
        """Return what was remembered; nothing if that cannot be read. Never raises."""
        ...


class NoFlightLog:
    """Keeps nothing: the log has the same lines."""

    async def keep(self, line: str, flight: Flight) -> None:
        """Do nothing."""

    async def keep_resets(self, line: str, at_ms: Sequence[int]) -> None:
        """Do nothing."""

    async def resets(self, line: str) -> Sequence[int]:  # noqa: ARG002 - the port's signature
        """Return nothing."""
        return ()


NO_FLIGHTS = NoFlightLog()
