"""Decisions about outbound messages: accept, cancel, release, resend, mark sent. Sending is in `dispatch`."""

from __future__ import annotations

from clerkd.errors import Conflict
from clerkd.model.dispatch import Draft
from clerkd.model.lifecycle import (
    Disposition,
    MessageState,
    SegmentEvent,
    SegmentState,
    advance,
    message_state,
)
from clerkd.model.message import Direction, Failure, Lane, Message, OutcomePolicy, Segment
from clerkd.model.notice import NoticeKind, Topic
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.changes import tell_state
from clerkd.store.ops.conversations import touch_conversation
from clerkd.store.ops.messages import find_message, get_message
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.rows import returned
from clerkd.store.ops.rules import require_permitted
from clerkd.store.ops.schedules import write_schedule
from clerkd.store.ops.search import index_words

PARKED = "send.parked"  # the code of what waits because it was refused too often

_CANCELLABLE = {MessageState.ACCEPTED, MessageState.SCHEDULED, MessageState.HELD}
_RELEASABLE = {MessageState.SCHEDULED, MessageState.HELD}
_RESENDABLE = {MessageState.FAILED, MessageState.EXPIRED, MessageState.UNKNOWN}


def accept_message(tx: Tx, draft: Draft) -> tuple[Message, bool]:
    """Store a message and its planned segments; False with the first message if its key is known.

    Raise `OptedOut`, `DoNotDisturb`.
    """
    if draft.key is not None:
        known = find_message(tx, draft.key)
        if known is not None:
            return known, False
    require_permitted(tx, draft.peer, draft.origin.kind, now=draft.at)
    conversation_id = touch_conversation(
        tx, new_id=draft.conversation_id, line=draft.line, peer=draft.peer, at=draft.at
    )
    seq = _insert_message(tx, draft, conversation_id)
    if draft.disposition is Disposition.ACTIVE and draft.lane is not Lane.BULK:
        _lift(tx, draft.line, conversation_id, draft.lane)
    insert_segments(tx, draft, seq)
    write_schedule(tx, draft, conversation_id)
    index_words(tx, seq, draft.text)
    write_notice(
        tx,
        NoticeKind.MESSAGE_ACCEPTED,
        at=draft.at,
        line=draft.line,
        conversation_id=conversation_id,
        message_id=draft.id,
    )
    return _accepted(draft, conversation_id), True


def _lift(tx: Tx, line: str, conversation_id: str, lane: Lane) -> None:
    """Let what waits in a conversation already keep its place before a text of a faster lane."""
    tx.run(
        "UPDATE segments SET lane = :lane WHERE queued = 1 AND line = :line AND lane > :lane"
        " AND message_seq IN (SELECT seq FROM messages WHERE conversation_id = :conversation_id)",
        lane=lane.value,
        line=line,
        conversation_id=conversation_id,
    )


def _catch_up(tx: Tx, seq: int) -> None:
    """Let a message that is queued again keep its place before later ones of its conversation, held ones too."""
    row = tx.one(
        "SELECT min(o.lane) AS lane FROM messages m JOIN messages n ON n.conversation_id = m.conversation_id"
        " AND n.seq > m.seq JOIN segments o ON o.message_seq = n.seq WHERE m.seq = :seq AND o.state = 'pending'",
        seq=seq,
    )
    if row is not None and row["lane"] is not None:
        tx.run(
            "UPDATE segments SET lane = :lane WHERE message_seq = :seq AND queued = 1 AND lane > :lane",
            seq=seq,
            lane=row["lane"],
        )


def accept_instead(tx: Tx, draft: Draft, *, message_id: str, actor: str | None = None) -> tuple[Message, bool]:
    """Cancel a message that waits and store another in its place; False with the first message if its key is known.

    Raise `NotFound`, `Conflict` with its `state`, and what `accept_message` does: then nothing has changed.
    """
    if draft.key is None or find_message(tx, draft.key) is None:
        cancel_message(tx, message_id, at=draft.at, actor=actor)
    return accept_message(tx, draft)


def _insert_message(tx: Tx, draft: Draft, conversation_id: str) -> int:
    row = tx.one(
        "INSERT INTO messages (id, direction, line, peer, conversation_id, text, encoding, disposition, created_at,"
        " changed_at, key, send_at, ttl_ms, outcome_policy, origin_kind, origin_actor, origin_ref)"
        " VALUES (:id, 'outbound', :line, :peer, :conversation_id, :text, :encoding, :disposition, :at,"
        " :at, :key, :send_at, :ttl_ms, :outcome_policy, :origin_kind, :origin_actor, :origin_ref) RETURNING seq",
        id=draft.id,
        line=draft.line,
        peer=draft.peer,
        conversation_id=conversation_id,
        text=draft.text,
        encoding=draft.plan.encoding.value,
        disposition=draft.disposition.value,
        at=draft.at,
        key=draft.key,
        send_at=draft.send_at,
        ttl_ms=draft.ttl_ms,
        outcome_policy=draft.outcome_policy.value,
        origin_kind=draft.origin.kind.value,
        origin_actor=draft.origin.actor,
        origin_ref=draft.origin.ref,
    )
    return int(returned(row)["seq"])


def insert_segments(tx: Tx, draft: Draft, seq: int) -> None:
    """Store the planned segments of a message."""
    queued = int(draft.disposition is Disposition.ACTIVE)
    expires_at = (draft.send_at or draft.at) + draft.ttl_ms
    for segment in draft.plan.segments:
        tx.run(
            "INSERT INTO segments (message_seq, part, parts, line, state, queued, payload, expires_at, changed_at,"
            " lane) VALUES (:seq, :part, :parts, :line, 'pending', :queued, :payload, :expires_at, :at, :lane)",
            seq=seq,
            part=segment.part,
            parts=segment.of,
            line=draft.line,
            queued=queued,
            payload=segment.payload,
            expires_at=expires_at,
            at=draft.at,
            lane=draft.lane.value,
        )


def _accepted(draft: Draft, conversation_id: str) -> Message:
    segments = tuple(
        Segment(segment.part, segment.of, SegmentState.PENDING, line=draft.line) for segment in draft.plan.segments
    )
    return Message(
        id=draft.id,
        direction=Direction.OUTBOUND,
        line=draft.line,
        peer=draft.peer,
        text=draft.text,
        encoding=draft.plan.encoding,
        state=message_state(draft.disposition, [SegmentState.PENDING]),
        conversation_id=conversation_id,
        created_at=draft.at,
        updated_at=draft.at,
        segments=segments,
        send_at=draft.send_at,
        origin=draft.origin,
        outcome_policy=draft.outcome_policy,
        lane=draft.lane,
    )


def cancel_message(tx: Tx, message_id: str, *, at: int, actor: str | None = None) -> Message:
    """Take a message back before any of it went out; `Conflict` with its `state` if it is too late."""
    message = _require(tx, message_id, _CANCELLABLE, "cancelled")
    seq = decide(tx, message, Disposition.CANCELLED, at=at, event="cancelled", actor=actor)
    tx.run("UPDATE segments SET queued = 0 WHERE message_seq = :seq", seq=seq)
    return get_message(tx, message_id)


def release_message(tx: Tx, message_id: str, *, at: int, actor: str | None = None) -> Message:
    """Send a scheduled or held message now; `Conflict` with its `state` if it is neither."""
    message = _require(tx, message_id, _RELEASABLE, "released")
    tx.run("UPDATE messages SET error_code = NULL, error_message = NULL WHERE id = :id", id=message_id)
    seq = decide(tx, message, Disposition.ACTIVE, at=at, event="released", actor=actor)
    tx.run(
        "UPDATE segments SET queued = 1, tries = 0, changed_at = :at,"
        " expires_at = :at + (SELECT ttl_ms FROM messages WHERE seq = :seq)"
        " WHERE message_seq = :seq AND state = 'pending'",
        seq=seq,
        at=at,
    )
    _catch_up(tx, seq)
    return get_message(tx, message_id)


def park_message(tx: Tx, message_id: str, why: Failure, *, at: int) -> None:
    """Take a message that was refused too often out of the queue until a person decides; nothing of it went out."""
    message = get_message(tx, message_id)
    tx.run(
        "UPDATE messages SET error_code = :code, error_message = :words WHERE id = :id",
        code=PARKED,
        words=f"it was refused {message.segments[0].attempts} times, the last time because {why.message}",
        id=message_id,
    )
    seq = decide(tx, message, Disposition.HELD, at=at, event="parked", detail=why.message)
    tx.run("UPDATE segments SET queued = 0 WHERE message_seq = :seq", seq=seq)


def resend_message(tx: Tx, message_id: str, *, at: int, actor: str | None = None) -> Message:
    """Queue what failed, expired or is unknown again, with a new time to live.

    The same payloads go out, references included, so a handset that did get a part of a long text drops the copy.
    Raise `Conflict` if there is nothing to repeat, or if it may have gone out and the sender wants at most one copy.
    """
    message = _require(tx, message_id, _RESENDABLE, "resent")
    row = _row(tx, message_id)
    if message.state is MessageState.UNKNOWN and row["outcome_policy"] == OutcomePolicy.AT_MOST_ONCE.value:
        raise Conflict("the sender wants at most one copy of this message", id=message_id, state=message.state.value)
    again = tuple(state.value for state in SegmentState if advance(state, SegmentEvent.RESENT) is not state)
    names = {f"again{index}": state for index, state in enumerate(again)}
    tx.run(
        "UPDATE segments SET state = 'pending', tries = 0, reference = NULL, carrier_id = NULL, submitted_at = NULL,"  # noqa: S608 - names
        " report_status = NULL, report_at = NULL, changed_at = :at"
        f" WHERE message_seq = :seq AND state IN ({', '.join(f':{name}' for name in names)})",
        seq=row["seq"],
        at=at,
        **names,
    )
    tx.run(
        "UPDATE segments SET queued = 1, expires_at = :at + :ttl_ms WHERE message_seq = :seq AND state = 'pending'",
        seq=row["seq"],
        at=at,
        ttl_ms=row["ttl_ms"],
    )
    tx.run(
        "UPDATE messages SET error_code = NULL, error_message = NULL, resend_at = NULL,"
        " maybe_duplicate = CASE WHEN :doubtful = 1 THEN 1 ELSE maybe_duplicate END WHERE seq = :seq",
        seq=row["seq"],
        doubtful=int(message.state is MessageState.UNKNOWN),
    )
    _catch_up(tx, row["seq"])
    decide(tx, message, Disposition.ACTIVE, at=at, event="resent", actor=actor)
    return get_message(tx, message_id)


def mark_message_sent(tx: Tx, message_id: str, *, at: int, actor: str | None = None) -> Message:
    """Take a person's word that what is unknown arrived; parts not yet sent go on. `Conflict` if nothing is unknown."""
    message = _require(tx, message_id, {MessageState.UNKNOWN}, "marked as sent")
    seq = _row(tx, message_id)["seq"]
    tx.run(
        "UPDATE segments SET state = 'submitted', submitted_at = claimed_at, changed_at = :at"
        " WHERE message_seq = :seq AND state = 'unknown'",
        seq=seq,
        at=at,
    )
    tx.run("UPDATE messages SET resend_at = NULL WHERE seq = :seq", seq=seq)
    queue_rest(tx, seq)
    decide(tx, message, Disposition.ACTIVE, at=at, event="marked_sent", actor=actor)
    return get_message(tx, message_id)


def queue_rest(tx: Tx, seq: int) -> None:
    """Let the pending parts of a message go again once none of its parts is in doubt or lost."""
    if tx.run(
        "UPDATE segments SET queued = 1 WHERE message_seq = :seq AND state = 'pending' AND queued = 0 AND NOT EXISTS"
        " (SELECT 1 FROM segments o WHERE o.message_seq = :seq AND o.state IN ('unknown', 'failed', 'expired'))",
        seq=seq,
    ):
        _catch_up(tx, seq)
        tx.announce(Topic.QUEUE_GREW.value)


def decide(
    tx: Tx,
    message: Message,
    disposition: Disposition,
    *,
    at: int,
    event: str,
    actor: str | None = None,
    detail: str | None = None,
) -> int:
    """Write a decision, its event and its notice; return the message's `seq`. What a rule held, it holds no longer."""
    row = returned(
        tx.one(
            "UPDATE messages SET disposition = :disposition, changed_at = :at WHERE id = :id RETURNING seq",
            id=message.id,
            disposition=disposition.value,
            at=at,
        )
    )
    seq = int(row["seq"])
    tx.run("DELETE FROM held_messages WHERE message_seq = :seq", seq=seq)
    write_event(tx, seq, event, at=at, actor=actor, detail=detail)
    state, told = get_message(tx, message.id).state, {"event": event, "actor": actor}
    tell_state(tx, message.id, message.line, message.conversation_id, state, at=at, detail=told)
    return seq


def write_event(tx: Tx, seq: int, event: str, *, at: int, actor: str | None = None, detail: str | None = None) -> None:
    """Add to a message's history."""
    tx.run(
        "INSERT INTO events (message_seq, at, event, actor, detail) VALUES (:seq, :at, :event, :actor, :detail)",
        seq=seq,
        at=at,
        event=event,
        actor=actor,
        detail=detail,
    )


def _require(tx: Tx, message_id: str, states: set[MessageState], wish: str) -> Message:
    message = get_message(tx, message_id)
    if message.state not in states:
        raise Conflict(
            f"a message that is {message.state.value} cannot be {wish}", id=message_id, state=message.state.value
        )
    return message


def _row(tx: Tx, message_id: str) -> Row:
    return returned(tx.one("SELECT * FROM messages WHERE id = :id", id=message_id))
