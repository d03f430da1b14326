"""What a carrier's line asks of the core: its place in the list of what arrived, and whose fate is open.

A carrier is asked for news, since nothing can call a daemon without a public address. So what was heard already is
kept in the store, and a restart neither loses anything nor brings it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from clerkd.model.carrier import Awaited, Doubt


class CarrierLedger(Protocol):
    """What one daemon knows of its carriers' lines, durably. All of it raises what `Store` raises."""

    async def cursor(self, line: str) -> str | None:
        """Return the line's place, in its carrier's own words; None if it never heard anything."""
        ...

    async def keep_cursor(self, line: str, cursor: str) -> None:
        """Remember the place, after everything before it was acknowledged."""
        ...

    async def awaited(self, line: str) -> Sequence[Awaited]:
        """Return what the carrier took in the last days and has not reported on for good."""
        ...

    async def doubts(self, line: str) -> Sequence[Doubt]:
        """Return the segments of the last days whose outcome nobody knows."""
        ...

    async def settle(self, doubt: Doubt, line: str, carrier_id: str) -> bool:
        """Hear that the carrier did take a segment; False if that id belongs to another, and nothing was changed."""
        ...

    async def opted_out(self, line: str, peer: str, words: str) -> None:
        """Hear that the carrier refuses texts to a peer who asked for no more."""
        ...
