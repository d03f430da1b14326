"""Messages as the core, the API and Slack see them: values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from clerkd.model.lifecycle import MessageState, SegmentState
from clerkd.model.recurrence import Recurrence, Turn

TTL_MS = 24 * 3_600_000  # how long a message may wait to be sent, unless its sender says otherwise


class Direction(StrEnum):
    """Which way a message goes, seen from the line."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Encoding(StrEnum):
    """How the user data of a segment is coded, 3GPP 23.038 §4."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"
    OCTETS = "octets"


class OutcomePolicy(StrEnum):
    """What to do about a message whose outcome nobody knows."""

    HOLD = "hold"  # show it, a person decides
    AT_LEAST_ONCE = "at_least_once"
    AT_MOST_ONCE = "at_most_once"


class Lane(IntEnum):
    """In which order texts to different peers go out; texts to one peer keep theirs."""

    REPLY = 0  # a person waits for it
    NOTIFICATION = 1
    BULK = 2

    @property
    def word(self) -> str:
        """What people and programs call it."""
        return self.name.lower()


class OriginKind(StrEnum):
    """Who asked for an outbound message."""

    API = "api"
    SLACK = "slack"
    CLI = "cli"
    RULE = "rule"  # the one answer to a keyword
    CALL = "call"  # the text to whoever called and was hung up on


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message was asked for. `ref` is the edge's own word for the place (Slack: `CHANNEL:TS`)."""

    kind: OriginKind
    actor: str | None = None  # token name or Slack user id
    ref: str | None = None


_LANES = {OriginKind.SLACK: Lane.REPLY, OriginKind.RULE: Lane.REPLY, OriginKind.CALL: Lane.REPLY}


def lane_of(origin: Origin) -> Lane:
    """Return the lane of a message whose sender chose none: what people write before what programs send."""
    return _LANES.get(origin.kind, Lane.NOTIFICATION)


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A wish to send. `key` makes it idempotent: the same key again answers with the first message."""

    to: str  # as typed; the core reads it in the line's region
    text: str
    line: str | None = None  # None: the first line configured
    key: str | None = None
    send_at: int | None = None  # epoch ms
    ttl_ms: int | None = None
    outcome_policy: OutcomePolicy | None = None  # None: the line's
    lane: Lane | None = None  # None: `lane_of` its origin
    origin: Origin = Origin(OriginKind.API)
    id: str | None = None  # the message's own id, where the caller chooses it; None: a new one
    cancel_if_answered: bool = False  # with `send_at`: take it back if they text first
    recurrence: Recurrence | None = None  # with `send_at`, its first time: begin a series
    turn: Turn | None = None  # this is a later message of a series


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """The newest delivery report of a segment."""

    status: str  # delivered, pending, failed, expired
    at: int  # epoch ms, the SMSC's word (TP-DT)


@dataclass(frozen=True, slots=True)
class Segment:
    """One short message on the air and what became of it."""

    part: int  # from 1
    of: int
    state: SegmentState
    reference: int | str | None = None  # TP-MR, 0..255; of a carrier its id
    submitted_at: int | None = None  # epoch ms
    attempts: int = 0
    report: SegmentReport | None = None
    line: str | None = None  # the one that sends it: another than the message's after it moved


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message failed, with its stable code."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a person wrote, to or from a peer."""

    id: str
    direction: Direction
    line: str
    peer: str
    text: str
    encoding: Encoding
    state: MessageState
    conversation_id: str
    created_at: int  # epoch ms
    updated_at: int
    segments: tuple[Segment, ...] = ()
    error: Failure | None = None
    send_at: int | None = None
    origin: Origin | None = None
    outcome_policy: OutcomePolicy | None = None  # outbound
    lane: Lane | None = None  # outbound
    maybe_duplicate: bool = False  # sent again although the first copy may have gone out

    @property
    def sent_by(self) -> str:
        """The line that sends it, or sent it: another than its own after it moved."""
        return self.segments[-1].line or self.line if self.segments else self.line
