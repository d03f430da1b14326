"""A message whose time to live ended before all of it was sent."""

from __future__ import annotations

from clerkd.model.lifecycle import SegmentEvent, SegmentState, advance
from clerkd.model.message import Failure
from clerkd.ports.store import Tx
from clerkd.store.ops.changes import segment_states, tell_change
from clerkd.store.ops.outbound import write_event

OVERDUE = Failure("send.expired", "it could not be sent in time")


def expire_message(tx: Tx, seq: int, *, at: int) -> None:
    """Expire the queued segments of a message and say so. Why it failed before, if it did, stays its reason."""
    before = segment_states(tx, seq)
    tx.run(
        "UPDATE segments SET state = :expired, queued = 0, changed_at = :at WHERE message_seq = :seq AND queued = 1",
        expired=advance(SegmentState.PENDING, SegmentEvent.OVERDUE).value,
        at=at,
        seq=seq,
    )
    tx.run(
        "UPDATE messages SET error_code = :code, error_message = :reason WHERE seq = :seq AND error_code IS NULL",
        code=OVERDUE.code,
        reason=OVERDUE.message,
        seq=seq,
    )
    write_event(tx, seq, "expired", at=at)
    tell_change(tx, seq, before, segment_states(tx, seq), at=at, failure=OVERDUE)
