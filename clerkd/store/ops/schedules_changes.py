"""Decisions about what is scheduled: edited, answered before its time, no more repeated."""

from __future__ import annotations

from dataclasses import replace

from clerkd.errors import Conflict
from clerkd.model.dispatch import Draft
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message
from clerkd.model.notice import NoticeKind
from clerkd.model.recurrence import Recurrence
from clerkd.ports.store import Tx
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.outbound import cancel_message, insert_segments, write_event
from clerkd.store.ops.rows import returned
from clerkd.store.ops.schedules import get_series, rule_columns, write_follow_up
from clerkd.store.ops.search import replace_words

ANSWERED = "schedule.answered"  # the error code of a message that was taken back because they texted first
_ANSWERED_WORDS = "they texted first"
_EDITABLE = {MessageState.SCHEDULED, MessageState.HELD}


def edit_scheduled(
    tx: Tx, draft: Draft, *, rule: Recurrence | None = None, cancel_if_answered: bool, actor: str | None = None
) -> Message:
    """Put another text, time or condition in place of a scheduled message's, and of its series' turns to come.

    `draft.id` is the message's; line and peer stay what they were. `rule` is how the series goes on, if it is one.
    Raise `NotFound`, or `Conflict` with its `state` if it does not wait any more.
    """
    message, seq = _editable(tx, draft.id)
    tx.run("DELETE FROM segments WHERE message_seq = :seq", seq=seq)
    insert_segments(tx, replace(draft, line=message.line), seq)
    replace_words(tx, seq, message.text, draft.text)
    tx.run(
        "UPDATE messages SET text = :text, encoding = :encoding, send_at = :send_at, disposition = :disposition,"
        " error_code = NULL, error_message = NULL, changed_at = :at WHERE seq = :seq",
        seq=seq,
        text=draft.text,
        encoding=draft.plan.encoding.value,
        send_at=draft.send_at,
        disposition=draft.disposition.value,
        at=draft.at,
    )
    tx.run("DELETE FROM follow_ups WHERE message_id = :id", id=draft.id)
    if cancel_if_answered:
        write_follow_up(tx, draft.id, message.conversation_id)
    _edit_series(tx, draft, rule, cancel_if_answered=cancel_if_answered)
    write_event(tx, seq, "edited", at=draft.at, actor=actor)
    _tell(tx, message, draft.at, actor)
    return get_message(tx, draft.id)


def require_editable(tx: Tx, message_id: str) -> None:
    """Return if a message can be edited; raise `NotFound`, or `Conflict` with its `state` if it does not wait."""
    _editable(tx, message_id)


def _editable(tx: Tx, message_id: str) -> tuple[Message, int]:
    message = get_message(tx, message_id)
    row = returned(tx.one("SELECT seq FROM messages WHERE id = :id", id=message_id))
    tried = tx.one("SELECT 1 AS found FROM attempts WHERE message_seq = :seq LIMIT 1", seq=row["seq"])
    if message.state not in _EDITABLE or tried is not None:
        state = message.state.value
        raise Conflict(f"a message that is {state} cannot be edited", id=message_id, state=state)
    return message, int(row["seq"])


def _edit_series(tx: Tx, draft: Draft, rule: Recurrence | None, *, cancel_if_answered: bool) -> None:
    tx.run(
        "UPDATE series SET text = :text, cancel_if_answered = :flag WHERE message_id = :id AND ended_at IS NULL",
        id=draft.id,
        text=draft.text,
        flag=int(cancel_if_answered),
    )
    if rule is not None:
        tx.run(
            "UPDATE series SET frequency = :frequency, every = :every, starts = :starts, zone = :zone, until = :until,"
            " times = :times, turn = 0, due_at = :due_at WHERE message_id = :id AND ended_at IS NULL",
            id=draft.id,
            due_at=draft.send_at or draft.at,
            **rule_columns(rule),
        )


def _tell(tx: Tx, message: Message, at: int, actor: str | None) -> None:
    for kind in (NoticeKind.MESSAGE_AMENDED, NoticeKind.MESSAGE_CHANGED):
        write_notice(
            tx,
            kind,
            at=at,
            line=message.line,
            conversation_id=message.conversation_id,
            message_id=message.id,
            detail={"state": get_message(tx, message.id).state.value, "event": "edited", "actor": actor},
        )


def cancel_answered(tx: Tx, conversation_id: str, *, at: int) -> list[str]:
    """Take back the follow-ups of a conversation whose peer has just texted; return their messages' ids."""
    rows = tx.all(
        "SELECT m.id, m.seq, m.disposition FROM follow_ups f JOIN messages m ON m.id = f.message_id"
        " WHERE f.conversation_id = :id ORDER BY m.seq",
        id=conversation_id,
    )
    if not rows:
        return []
    tx.run("DELETE FROM follow_ups WHERE conversation_id = :id", id=conversation_id)
    waiting = [row for row in rows if row["disposition"] in {"scheduled", "held"}]
    for row in waiting:
        tx.run(
            "UPDATE messages SET error_code = :code, error_message = :words WHERE seq = :seq",
            seq=row["seq"],
            code=ANSWERED,
            words=_ANSWERED_WORDS,
        )
        cancel_message(tx, row["id"], at=at)
        tx.run(
            "UPDATE series SET ended_at = :at, reason = :words WHERE message_id = :id AND ended_at IS NULL",
            id=row["id"],
            at=at,
            words=_ANSWERED_WORDS,
        )
    return [row["id"] for row in waiting]


def end_series(tx: Tx, series_id: str, *, at: int, reason: str | None = None) -> None:
    """Let a series have no further turn; with a `reason` people are told. One that has ended stays as it is."""
    ended = tx.run(
        "UPDATE series SET ended_at = :at, reason = :reason WHERE id = :id AND ended_at IS NULL",
        id=series_id,
        at=at,
        reason=reason,
    )
    if ended and reason is not None:
        series = get_series(tx, series_id)
        write_notice(
            tx,
            NoticeKind.SERIES_STOPPED,
            at=at,
            line=series.line,
            conversation_id=series.conversation_id,
            message_id=series.message_id,
            detail={"reason": reason},
        )


def stop_series(tx: Tx, series_id: str, *, at: int, actor: str | None = None) -> Message:
    """End a series and take its waiting turn back; return that turn. Raise `NotFound`."""
    series = get_series(tx, series_id)
    end_series(tx, series_id, at=at)
    message = get_message(tx, series.message_id)
    if message.state in _EDITABLE:
        return cancel_message(tx, message.id, at=at, actor=actor)
    return message
