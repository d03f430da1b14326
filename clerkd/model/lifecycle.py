"""The life of an outbound segment, and the state of a message derived from its segments.

A segment is what goes on the air, so the facts are kept per segment. A message has no state of its own: what
its sender decided (its `Disposition`) and what became of its segments say everything, and there is no second
copy that could drift.

`SUBMITTING` is committed before the first octet of the segment is written. From then on only evidence moves it:
a receipt, a refusal, a delivery report, or a person's word. A crash, a lost port or a missing result is
`UNKNOWN`. Nothing in clerkd resends that by itself, unless its sender asked beforehand for at least one copy.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class SegmentState(StrEnum):
    """Where a segment is."""

    PENDING = "pending"  # waits for its turn; nothing is on the air
    SUBMITTING = "submitting"  # claimed and committed; may be on the air at any moment
    SUBMITTED = "submitted"  # the network took it, there is a receipt
    DELIVERED = "delivered"  # the recipient's phone confirmed it
    FAILED = "failed"  # refused for good
    EXPIRED = "expired"  # its time ran out, here or at the SMSC
    UNKNOWN = "unknown"  # it may have gone out; nobody can tell yet


class SegmentEvent(StrEnum):
    """What can happen to a segment."""

    CLAIMED = "claimed"  # the dispatcher took it
    ACCEPTED = "accepted"  # receipt with its reference
    DEFERRED = "deferred"  # refused for now: Temporary
    REFUSED = "refused"  # refused for good: Permanent, or tried too often
    LOST_SIGHT = "lost_sight"  # Indeterminate: crash, lost port, no result
    REPORT_DELIVERED = "report_delivered"
    REPORT_FAILED = "report_failed"
    REPORT_EXPIRED = "report_expired"  # TP-ST 46: validity period expired, 23.040 §9.2.3.15
    OVERDUE = "overdue"  # its time to live ended before it was sent
    RESENT = "resent"  # a person asked for another copy
    MARKED_SENT = "marked_sent"  # a person says it arrived


_S, _E = SegmentState, SegmentEvent

TRANSITIONS: dict[tuple[SegmentState, SegmentEvent], SegmentState] = {
    (_S.PENDING, _E.CLAIMED): _S.SUBMITTING,
    (_S.PENDING, _E.OVERDUE): _S.EXPIRED,
    (_S.PENDING, _E.REFUSED): _S.FAILED,  # a sibling segment was refused for good
    (_S.SUBMITTING, _E.ACCEPTED): _S.SUBMITTED,
    (_S.SUBMITTING, _E.DEFERRED): _S.PENDING,
    (_S.SUBMITTING, _E.REFUSED): _S.FAILED,
    (_S.SUBMITTING, _E.LOST_SIGHT): _S.UNKNOWN,
    # A report can overtake the result that carries its reference.
    (_S.SUBMITTING, _E.REPORT_DELIVERED): _S.DELIVERED,
    (_S.SUBMITTED, _E.REPORT_DELIVERED): _S.DELIVERED,
    (_S.SUBMITTED, _E.REPORT_FAILED): _S.FAILED,
    (_S.SUBMITTED, _E.REPORT_EXPIRED): _S.EXPIRED,
    (_S.UNKNOWN, _E.ACCEPTED): _S.SUBMITTED,  # the result came late
    (_S.UNKNOWN, _E.REPORT_DELIVERED): _S.DELIVERED,
    (_S.UNKNOWN, _E.REPORT_FAILED): _S.FAILED,
    (_S.UNKNOWN, _E.REPORT_EXPIRED): _S.EXPIRED,
    (_S.UNKNOWN, _E.RESENT): _S.PENDING,
    (_S.UNKNOWN, _E.MARKED_SENT): _S.SUBMITTED,
    (_S.FAILED, _E.RESENT): _S.PENDING,
    (_S.EXPIRED, _E.RESENT): _S.PENDING,
}


def advance(state: SegmentState, event: SegmentEvent) -> SegmentState:
    """Return the state after `event`; one that changes nothing returns `state` (late and repeated news)."""
    return TRANSITIONS.get((state, event), state)


class Disposition(StrEnum):
    """What was decided about a message as a whole, before or instead of sending it."""

    ACTIVE = "active"  # to be sent as soon as a line can
    SCHEDULED = "scheduled"  # not before its `send_at`
    HELD = "held"  # waits for a person
    CANCELLED = "cancelled"  # taken back before any of it went out


class MessageState(StrEnum):
    """The state of a message as the API, Slack and the command line show it."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    HELD = "held"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    RECEIVED = "received"  # inbound


# A message is as badly off as its worst segment: one that is lost makes the text unreadable.
_WORST_FIRST = (
    (_S.UNKNOWN, MessageState.UNKNOWN),
    (_S.FAILED, MessageState.FAILED),
    (_S.EXPIRED, MessageState.EXPIRED),
    (_S.SUBMITTING, MessageState.SUBMITTING),
)


def message_state(disposition: Disposition, segments: Collection[SegmentState]) -> MessageState:
    """Derive an outbound message's state; `segments` is never empty."""
    if disposition is not Disposition.ACTIVE:
        return MessageState(disposition.value)
    for segment, message in _WORST_FIRST:
        if segment in segments:
            return message
    if _S.PENDING in segments:
        started = any(state is not _S.PENDING for state in segments)
        return MessageState.SUBMITTING if started else MessageState.ACCEPTED
    return MessageState.SUBMITTED if _S.SUBMITTED in segments else MessageState.DELIVERED
