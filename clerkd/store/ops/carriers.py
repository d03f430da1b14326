"""Lines over carriers: their place in what arrived, and segments whose fate only the carrier knows."""

from __future__ import annotations

from clerkd.model.carrier import Awaited, Doubt
from clerkd.model.lifecycle import SegmentEvent, SegmentState, advance
from clerkd.ports.store import Tx
from clerkd.store.ops.changes import segment_states, tell_change
from clerkd.store.ops.outbound import queue_rest, write_event

FOUND = "found_at_carrier"  # the event of a message whose outcome was looked up


def get_cursor(tx: Tx, line: str) -> str | None:
    """Return a line's place in what its carrier received."""
    row = tx.one("SELECT cursor FROM carrier_cursors WHERE line = :line", line=line)
    return None if row is None else row["cursor"]


def keep_cursor(tx: Tx, line: str, cursor: str) -> None:
    """Remember a line's place."""
    tx.run(
        "INSERT INTO carrier_cursors (line, cursor) VALUES (:line, :cursor)"
        " ON CONFLICT (line) DO UPDATE SET cursor = excluded.cursor",
        line=line,
        cursor=cursor,
    )


def list_awaited(tx: Tx, line: str, *, since: int) -> list[Awaited]:
    """Return what a carrier took since `since` (epoch ms) and has not reported on for good."""
    rows = tx.all(
        "SELECT s.carrier_id, s.submitted_at, m.peer FROM segments s JOIN messages m ON m.seq = s.message_seq"
        " WHERE s.line = :line AND s.carrier_id IS NOT NULL AND s.state = 'submitted' AND s.submitted_at >= :since",
        line=line,
        since=since,
    )
    return [Awaited(row["carrier_id"], row["peer"], row["submitted_at"]) for row in rows]


def list_doubts(tx: Tx, line: str, *, since: int) -> list[Doubt]:
    """Return the segments of a line that were claimed since `since` (epoch ms) and whose outcome nobody knows."""
    rows = tx.all(
        "SELECT message_seq, part, payload, claimed_at, changed_at FROM segments"
        " WHERE state = 'unknown' AND line = :line AND claimed_at >= :since",
        line=line,
        since=since,
    )
    # Sorted here: asked for an order, a planner reads the whole table by its key.
    return sorted(
        (Doubt(row["message_seq"], row["part"], row["payload"], row["claimed_at"], row["changed_at"]) for row in rows),
        key=lambda doubt: (doubt.message_seq, doubt.part),
    )


def settle_doubt(tx: Tx, line: str, doubt: Doubt, carrier_id: str, *, at: int) -> bool:
    """Record that a carrier took a segment whose answer was lost; False if the id is another segment's.

    The rest of the message may go on. What was decided meanwhile stays.
    """
    taken = tx.one(
        "SELECT 1 AS taken FROM segments WHERE line = :line AND carrier_id = :carrier_id",
        line=line,
        carrier_id=carrier_id,
    )
    if taken is not None:
        return False
    before = segment_states(tx, doubt.message_seq)
    state = advance(before[doubt.part], SegmentEvent.ACCEPTED)
    if before[doubt.part] is not SegmentState.UNKNOWN:
        return True
    tx.run(
        "UPDATE segments SET state = :state, carrier_id = :carrier_id, submitted_at = claimed_at, changed_at = :at"
        " WHERE message_seq = :seq AND part = :part",
        state=state.value,
        carrier_id=carrier_id,
        at=at,
        seq=doubt.message_seq,
        part=doubt.part,
    )
    tx.run(
        "UPDATE messages SET resend_at = NULL, error_code = NULL, error_message = NULL WHERE seq = :seq",
        seq=doubt.message_seq,
    )
    write_event(tx, doubt.message_seq, FOUND, at=at, detail=carrier_id)
    queue_rest(tx, doubt.message_seq)
    tell_change(tx, doubt.message_seq, before, {**before, doubt.part: state}, at=at)
    return True
