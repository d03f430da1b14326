"""What the outbox, the dispatcher and the store say to each other about one outbound message."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.lifecycle import Disposition, SegmentEvent
from clerkd.model.line import Plan, PlannedSegment
from clerkd.model.message import Failure, Lane, Origin, OutcomePolicy
from clerkd.model.recurrence import Recurrence, Turn


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked and planned message, ready to be stored."""

    id: str
    conversation_id: str  # used if the line and the peer have none yet
    key: str | None
    line: str
    peer: str
    text: str
    plan: Plan
    disposition: Disposition
    at: int  # epoch ms
    send_at: int | None
    ttl_ms: int
    outcome_policy: OutcomePolicy
    origin: Origin
    lane: Lane = Lane.NOTIFICATION
    cancel_if_answered: bool = False
    recurrence: Recurrence | None = None
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A node's right to work on a line. Every new holder, and every restart of one, has a higher epoch."""

    line: str
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """One segment whose intent to be sent is committed; somebody owes it a `Verdict`."""

    message_seq: int
    message_id: str
    conversation_id: str
    peer: str
    segment: PlannedSegment
    tries: int  # this one included
    attempt: int  # this one included, ever
    claimed_at: int
    sim: str
    epoch: int
    outcome_policy: OutcomePolicy
    more: bool  # another segment waits behind it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claimed segment: `ACCEPTED`, `DEFERRED`, `REFUSED` or `LOST_SIGHT`."""

    event: SegmentEvent
    at: int
    reference: int | str | None = None
    failure: Failure | None = None
    retry_at: int | None = None  # with DEFERRED
    counted: bool = True  # with DEFERRED: False if the line was at fault, not the message
    parked: bool = False  # with DEFERRED: refused too often; a person decides, and the queue goes on
    resend_at: int | None = None  # with LOST_SIGHT of a message that may be repeated


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to a message, for people."""

    at: int
    event: str
    part: int | None = None
    actor: str | None = None
    detail: str | None = None
