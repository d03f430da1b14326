"""Lines: what they are called, how they are, what they plan to put on the air."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerkd.model.message import Encoding


class LineState(StrEnum):
    """How a line is, as the API and Slack show it."""

    ABSENT = "absent"  # no modem answers
    LOCKED = "locked"  # the SIM waits for a PIN or PUK
    SEARCHING = "searching"  # no network yet
    READY = "ready"
    DEGRADED = "degraded"  # works in part: the reason says what does not
    QUARANTINED = "quarantined"  # another SIM than expected; a person must confirm
    BLOCKED = "blocked"  # the network refuses what it sends


@dataclass(frozen=True, slots=True)
class LineStatus:
    """A snapshot of one line."""

    name: str
    number: str
    state: LineState
    reason: str | None = None  # for people: what is wrong and what to do
    signal_dbm: int | None = None  # None: not known, which is not zero
    operator: str | None = None
    sim: str | None = None  # ICCID
    imei: str | None = None
    model: str | None = None
    profile: str | None = None  # the modem profile in use, once it is chosen
    port: str | None = None  # the one that is open


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to plan for one line."""

    peer: str  # E.164
    text: str
    reference: int  # 0..65535, the concatenation reference to use if there are several segments
    report: bool  # ask for delivery reports


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """One segment, ready for the line that planned it. `payload` means something to that line only."""

    part: int  # from 1
    of: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """How a line will send a text."""

    encoding: Encoding
    segments: tuple[PlannedSegment, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text costs on a line."""

    encoding: Encoding
    characters: int  # as people count them: an emoji with a skin tone is one
    units: int  # septets (GSM 7-bit) or 16-bit units (UCS-2)
    segments: int
    left: int  # units that the last segment still takes
    forced_by: str | None  # the first character because of which it is UCS-2; None for GSM 7-bit


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that the network took a segment."""

    reference: int | str | None  # TP-MR, or the carrier's id; None when a modem gave none
