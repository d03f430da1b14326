"""Telling that a message's derived state is another one."""

from __future__ import annotations

from collections.abc import Mapping

from clerkd.model.lifecycle import Disposition, MessageState, SegmentEvent, SegmentState, advance, message_state
from clerkd.model.message import Failure
from clerkd.model.notice import NoticeKind, Topic
from clerkd.ports.store import Tx
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.rows import returned

# Being submitted is not told: it lasts seconds, and its end is. Nor is going back to the queue.
UNTOLD = frozenset({MessageState.SUBMITTING, MessageState.ACCEPTED})
LOST = frozenset({MessageState.CANCELLED, MessageState.FAILED, MessageState.EXPIRED})
ANSWERS = LOST | {MessageState.SUBMITTED}  # what a message can become that makes an answer of it, or none any more


def segment_states(tx: Tx, seq: int) -> dict[int, SegmentState]:
    """Return the states of a message's segments by part."""
    rows = tx.all("SELECT part, state FROM segments WHERE message_seq = :seq", seq=seq)
    return {row["part"]: SegmentState(row["state"]) for row in rows}


def refuse_rest(tx: Tx, seq: int, states: dict[int, SegmentState], *, at: int) -> dict[int, SegmentState]:
    """Fail the parts of a message that were not sent, since another part is lost; return the states after that."""
    tx.run(
        "UPDATE segments SET state = 'failed', queued = 0, changed_at = :at"
        " WHERE message_seq = :seq AND state = 'pending'",
        seq=seq,
        at=at,
    )
    pending = SegmentState.PENDING
    return {part: advance(state, SegmentEvent.REFUSED) if state is pending else state for part, state in states.items()}


def tell_change(
    tx: Tx,
    seq: int,
    before: dict[int, SegmentState],
    after: dict[int, SegmentState],
    *,
    at: int,
    failure: Failure | None = None,
) -> None:
    """Write the notice of an active message whose derived state changed; none if it did not or is not worth telling."""
    state = message_state(Disposition.ACTIVE, after.values())
    if state in UNTOLD or state is message_state(Disposition.ACTIVE, before.values()):
        return
    message = returned(tx.one("SELECT id, line, conversation_id FROM messages WHERE seq = :seq", seq=seq))
    detail = {"code": failure.code, "reason": failure.message} if failure else {}
    tell_state(tx, message["id"], message["line"], message["conversation_id"], state, at=at, detail=detail)


def tell_state(
    tx: Tx,
    message_id: str,
    line: str,
    conversation_id: str,
    state: MessageState,
    *,
    at: int,
    detail: Mapping[str, str | None],
) -> None:
    """Write the notice of a message that is in `state` now, and wake the tickets if it concerns one."""
    write_notice(
        tx,
        NoticeKind.MESSAGE_CHANGED,
        at=at,
        line=line,
        conversation_id=conversation_id,
        message_id=message_id,
        detail={"state": state.value, **detail},
    )
    if state in ANSWERS and is_waited_for(tx, conversation_id, message_id):
        tx.announce(Topic.TICKET_CONCERNED.value)


def is_waited_for(tx: Tx, conversation_id: str, message_id: str) -> bool:
    """Tell whether a text waits in the conversation, or waited until this message answered it."""
    row = tx.one("SELECT waiting_since, answer_id FROM tickets WHERE conversation_id = :id", id=conversation_id)
    return row is not None and (row["waiting_since"] is not None or row["answer_id"] == message_id)
