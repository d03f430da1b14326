"""Reading messages: one, many, and what happened to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from clerkd.errors import NotFound
from clerkd.model.dispatch import HistoryEntry
from clerkd.model.lifecycle import Disposition, MessageState, SegmentState, message_state
from clerkd.model.message import (
    Direction,
    Encoding,
    Failure,
    Lane,
    Message,
    Origin,
    OriginKind,
    OutcomePolicy,
    Segment,
    SegmentReport,
)
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.references import reference_of

# `clerkd.model.lifecycle.message_state` in SQL, for the row of `messages` called m. A test proves them equal.
STATE_SQL = """CASE WHEN m.disposition <> 'active' THEN m.disposition ELSE (
    SELECT CASE
        WHEN max(CASE s.state WHEN 'unknown' THEN 1 ELSE 0 END) = 1 THEN 'unknown'
        WHEN max(CASE s.state WHEN 'failed' THEN 1 ELSE 0 END) = 1 THEN 'failed'
        WHEN max(CASE s.state WHEN 'expired' THEN 1 ELSE 0 END) = 1 THEN 'expired'
        WHEN max(CASE s.state WHEN 'submitting' THEN 1 ELSE 0 END) = 1 THEN 'submitting'
        WHEN min(CASE s.state WHEN 'pending' THEN 1 ELSE 0 END) = 1 THEN 'accepted'
        WHEN max(CASE s.state WHEN 'pending' THEN 1 ELSE 0 END) = 1 THEN 'submitting'
        WHEN max(CASE s.state WHEN 'submitted' THEN 1 ELSE 0 END) = 1 THEN 'submitted'
        ELSE 'delivered' END
    FROM segments s WHERE s.message_seq = m.seq) END"""

# Few messages of many are in these states, and they are asked for often: conditions by which an index leads there.
_ASTRAY = "m.seq IN (SELECT message_seq FROM segments WHERE state = '{state}')"
_PUT_OFF = (
    "m.seq IN (SELECT seq FROM messages WHERE disposition <> 'active' AND direction = 'outbound'"
    " AND disposition = '{state}')"
)
_QUEUED = "m.seq IN (SELECT message_seq FROM segments WHERE queued = 1)"
_NARROWED = {
    MessageState.UNKNOWN: _ASTRAY.format(state="unknown"),
    MessageState.FAILED: _ASTRAY.format(state="failed"),
    MessageState.EXPIRED: _ASTRAY.format(state="expired"),
    MessageState.SUBMITTING: f"({_ASTRAY.format(state='submitting')} OR {_QUEUED})",
    MessageState.ACCEPTED: _QUEUED,
    MessageState.SCHEDULED: _PUT_OFF.format(state="scheduled"),
    MessageState.HELD: _PUT_OFF.format(state="held"),
    MessageState.CANCELLED: _PUT_OFF.format(state="cancelled"),
}


def get_message(tx: Tx, message_id: str) -> Message:
    """Return a message with its segments; raise `NotFound`."""
    row = tx.one("SELECT * FROM messages WHERE id = :id", id=message_id)
    if row is None:
        raise NotFound("no such message", id=message_id)
    return load_messages(tx, [row])[0]


def find_message(tx: Tx, key: str) -> Message | None:
    """Return the message that was accepted under an idempotency key, which may be its own id."""
    row = tx.one("SELECT * FROM messages WHERE key = :key OR id = :key", key=key)
    return None if row is None else load_messages(tx, [row])[0]


def list_messages(
    tx: Tx,
    *,
    peer: str | None = None,
    line: str | None = None,
    conversation_id: str | None = None,
    state: MessageState | None = None,
    after: str | None = None,
    before: str | None = None,
    oldest_first: bool = False,
    limit: int = 50,
) -> list[Message]:
    """Return up to `limit` messages, newest last.

    `after` and `before` are ids of messages seen. With `after` the page is the one that follows it; otherwise it is
    the newest one (with `oldest_first` the first one), or the one that precedes `before`. Raise `NotFound` for an id
    that is none.
    """
    ascending = oldest_first or after is not None
    conditions: list[str] = ["1 = 1"]
    params: dict[str, Any] = {"limit": limit}
    for column, value in (("peer", peer), ("line", line), ("conversation_id", conversation_id)):
        if value is not None:
            conditions.append(f"m.{column} = :{column}")
            params[column] = value
    if peer is not None:  # by way of its conversations, which are indexed
        conditions.append("m.conversation_id IN (SELECT id FROM conversations WHERE peer = :peer)")
    if state is not None:
        conditions.append(f"{STATE_SQL} = :state")
        params["state"] = state.value
        if state in _NARROWED:
            conditions.append(_NARROWED[state])
    if after is not None:
        conditions.append("m.seq > :after")
        params["after"] = _seq(tx, after)
    if before is not None:
        conditions.append("m.seq < :before")
        params["before"] = _seq(tx, before)
    order = "ASC" if ascending else "DESC"
    rows = tx.all(
        f"SELECT m.* FROM messages m WHERE {' AND '.join(conditions)}"  # noqa: S608 - constants only
        f" ORDER BY m.seq {order} LIMIT :limit",
        **params,
    )
    return load_messages(tx, rows if ascending else rows[::-1])


def message_history(tx: Tx, message_id: str) -> list[HistoryEntry]:
    """Return everything that happened to a message, oldest first: decisions, attempts, delivery reports."""
    row = tx.one("SELECT seq, created_at FROM messages WHERE id = :id", id=message_id)
    if row is None:
        raise NotFound("no such message", id=message_id)
    seq = row["seq"]
    entries = [HistoryEntry(row["created_at"], "created")]
    entries += [
        HistoryEntry(event["at"], event["event"], actor=event["actor"], detail=event["detail"])
        for event in tx.all("SELECT * FROM events WHERE message_seq = :seq ORDER BY seq", seq=seq)
    ]
    entries += [
        HistoryEntry(attempt["ended_at"], attempt["outcome"], part=attempt["part"], detail=attempt["error_message"])
        for attempt in tx.all("SELECT * FROM attempts WHERE message_seq = :seq ORDER BY ended_at, part", seq=seq)
    ]
    entries += [
        HistoryEntry(
            report["received_at"],
            f"report {report['status']}",
            part=report["part"],
            detail=report["reason"] if report["carrier_id"] else f"{report['status_octet']:#04x}",
        )
        for report in tx.all("SELECT * FROM reports WHERE message_seq = :seq ORDER BY seq", seq=seq)
    ]
    return sorted(entries, key=lambda entry: entry.at)


def load_messages(tx: Tx, rows: Sequence[Row]) -> list[Message]:
    """Return the values of rows of `messages`, in their order, with their segments."""
    segments = _segments(tx, [row["seq"] for row in rows if row["direction"] == Direction.OUTBOUND.value])
    return [_message(row, segments.get(row["seq"], ())) for row in rows]


def _segments(tx: Tx, seqs: Sequence[int]) -> dict[int, Sequence[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    if not seqs:
        return {}
    names = {f"s{index}": seq for index, seq in enumerate(seqs)}
    placeholders = ", ".join(f":{name}" for name in names)
    for row in tx.all(
        f"SELECT * FROM segments WHERE message_seq IN ({placeholders}) ORDER BY message_seq, part",  # noqa: S608 - names
        **names,
    ):
        found[row["message_seq"]].append(row)
    return dict(found)


def _message(row: Row, segments: Iterable[Row]) -> Message:
    parts = tuple(_segment(segment) for segment in segments)
    code = row["error_code"]
    return Message(
        id=row["id"],
        direction=Direction(row["direction"]),
        line=row["line"],
        peer=row["peer"],
        text=row["text"],
        encoding=Encoding(row["encoding"]),
        state=_state(row["disposition"], [part.state for part in parts]),
        conversation_id=row["conversation_id"],
        created_at=row["created_at"],
        updated_at=max([row["changed_at"], *(segment["changed_at"] for segment in segments)]),
        segments=parts,
        error=None if code is None else Failure(code, row["error_message"]),
        send_at=row["send_at"],
        origin=_origin(row),
        outcome_policy=None if row["outcome_policy"] is None else OutcomePolicy(row["outcome_policy"]),
        lane=next((Lane(segment["lane"]) for segment in segments), None),
        maybe_duplicate=bool(row["maybe_duplicate"]),
    )


def _state(disposition: str, segments: list[SegmentState]) -> MessageState:
    if disposition == MessageState.RECEIVED.value:
        return MessageState.RECEIVED
    return message_state(Disposition(disposition), segments)


def _origin(row: Row) -> Origin | None:
    if row["origin_kind"] is None:
        return None
    return Origin(OriginKind(row["origin_kind"]), row["origin_actor"], row["origin_ref"])


def _segment(row: Row) -> Segment:
    status = row["report_status"]
    return Segment(
        part=row["part"],
        of=row["parts"],
        state=SegmentState(row["state"]),
        reference=reference_of(row),
        submitted_at=row["submitted_at"],
        attempts=row["attempts"],
        report=None if status is None else SegmentReport(status, row["report_at"]),
        line=row["line"],
    )


def _seq(tx: Tx, message_id: str) -> int:
    row = tx.one("SELECT seq FROM messages WHERE id = :id", id=message_id)
    if row is None:
        raise NotFound("no such message", id=message_id)
    return int(row["seq"])
