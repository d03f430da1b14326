"""What a carrier's line and the core say to each other about texts whose fate is open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Awaited:
    """A segment that a carrier took and has not reported on for good."""

    carrier_id: str
    peer: str
    submitted_at: int  # epoch ms


@dataclass(frozen=True, slots=True)
class Doubt:
    """A segment that a carrier may have taken: the answer was lost."""

    message_seq: int
    part: int
    payload: bytes  # as its line planned it
    claimed_at: int  # epoch ms: between these two the carrier took it, if it did
    ended_at: int
