"""What is scheduled: follow-ups and series. Decisions about them are in `schedules_changes`."""

from __future__ import annotations

from datetime import date, datetime

from clerkd.errors import NotFound
from clerkd.model.dispatch import Draft
from clerkd.model.lifecycle import Disposition
from clerkd.model.message import Origin, OriginKind
from clerkd.model.recurrence import Frequency, Recurrence, Turn
from clerkd.model.series import Scheduled, Series
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.messages import get_message

MISSED = "schedule.missed"  # the error code of a message that is held because its time was missed
# Two halves, each with an index of its own: a planner proves only constants to be in a partial one.
_WAITING = """SELECT id, seq, send_at FROM messages WHERE disposition = 'scheduled'
    UNION ALL SELECT id, seq, send_at FROM messages
    WHERE error_code = 'schedule.missed' AND send_at > 0 AND disposition = 'held'"""


def write_schedule(tx: Tx, draft: Draft, conversation_id: str) -> None:
    """Keep what a new message is besides itself: a follow-up, the first or a later turn of a series."""
    if draft.cancel_if_answered and draft.disposition is Disposition.SCHEDULED:
        write_follow_up(tx, draft.id, conversation_id)
    if draft.recurrence is not None:
        _insert_series(tx, draft, draft.recurrence, conversation_id)
    if draft.turn is not None:
        tx.run(
            "UPDATE series SET message_id = :message, turn = :turn, due_at = :due_at WHERE id = :id",
            id=draft.turn.series,
            message=draft.id,
            turn=draft.turn.number,
            due_at=draft.turn.at,
        )


def write_follow_up(tx: Tx, message_id: str, conversation_id: str) -> None:
    """Have a scheduled message taken back if the peer texts first."""
    tx.run(
        "INSERT INTO follow_ups (message_id, conversation_id) VALUES (:message, :conversation) ON CONFLICT DO NOTHING",
        message=message_id,
        conversation=conversation_id,
    )


def _insert_series(tx: Tx, draft: Draft, rule: Recurrence, conversation_id: str) -> None:
    tx.run(
        "INSERT INTO series (id, line, peer, conversation_id, text, frequency, every, starts, zone, until, times,"
        " cancel_if_answered, origin_kind, origin_actor, message_id, turn, due_at)"
        " VALUES (:id, :line, :peer, :conversation_id, :text, :frequency, :every, :starts, :zone, :until, :times,"
        " :cancel_if_answered, :origin_kind, :origin_actor, :id, 0, :due_at)",
        id=draft.id,
        line=draft.line,
        peer=draft.peer,
        conversation_id=conversation_id,
        text=draft.text,
        cancel_if_answered=int(draft.cancel_if_answered),
        origin_kind=draft.origin.kind.value,
        origin_actor=draft.origin.actor,
        due_at=draft.send_at or draft.at,
        **rule_columns(rule),
    )


def rule_columns(rule: Recurrence) -> dict[str, object]:
    """Return a rule as the columns of `series` hold it."""
    return {
        "frequency": rule.frequency.value,
        "every": rule.every,
        "starts": rule.starts.isoformat(timespec="minutes"),
        "zone": rule.zone,
        "until": None if rule.until is None else rule.until.isoformat(),
        "times": rule.count,
    }


def get_series(tx: Tx, series_id: str) -> Series:
    """Return a series; raise `NotFound`."""
    row = tx.one("SELECT * FROM series WHERE id = :id", id=series_id)
    if row is None:
        raise NotFound("no such series", id=series_id)
    return _series(row)


def series_with(tx: Tx, message_id: str) -> Series:
    """Return the series that goes on with a message, or that began with it; raise `NotFound`."""
    row = tx.one("SELECT * FROM series WHERE message_id = :id AND ended_at IS NULL", id=message_id)
    return _series(row) if row is not None else get_series(tx, message_id)


def series_to_continue(tx: Tx, limit: int = 100) -> list[Series]:
    """Return series that want their next turn: the newest one is not waiting for its time any more."""
    rows = tx.all(
        "SELECT r.* FROM series r JOIN messages m ON m.id = r.message_id"
        " WHERE r.ended_at IS NULL AND m.disposition <> 'scheduled' ORDER BY r.due_at, r.id LIMIT :limit",
        limit=limit,
    )
    return [_series(row) for row in rows]


def list_scheduled(tx: Tx, *, limit: int = 20, offset: int = 0) -> list[Scheduled]:
    """Return what waits for its time, and first what missed it and waits for a person; by time."""
    rows = tx.all(
        f"SELECT id FROM ({_WAITING}) AS waiting ORDER BY send_at, seq LIMIT :limit OFFSET :offset",  # noqa: S608 - constant
        limit=limit,
        offset=offset,
    )
    return [get_scheduled(tx, row["id"]) for row in rows]


def get_scheduled(tx: Tx, message_id: str) -> Scheduled:
    """Return a message with what is known of its schedule, in whatever state it is; raise `NotFound`."""
    message = get_message(tx, message_id)
    follow_up = tx.one("SELECT 1 AS found FROM follow_ups WHERE message_id = :id", id=message_id)
    row = tx.one("SELECT * FROM series WHERE message_id = :id AND ended_at IS NULL", id=message_id)
    return Scheduled(message, follow_up is not None, None if row is None else _series(row))


def count_scheduled(tx: Tx) -> int:
    """Return how many messages `list_scheduled` has."""
    row = tx.one(f"SELECT count(*) AS n FROM ({_WAITING}) AS waiting")  # noqa: S608 - constant
    return 0 if row is None else int(row["n"])


def _series(row: Row) -> Series:
    rule = Recurrence(
        Frequency(row["frequency"]),
        datetime.fromisoformat(row["starts"]),
        row["zone"],
        every=row["every"],
        until=None if row["until"] is None else date.fromisoformat(row["until"]),
        count=row["times"],
    )
    return Series(
        id=row["id"],
        line=row["line"],
        peer=row["peer"],
        conversation_id=row["conversation_id"],
        text=row["text"],
        rule=rule,
        cancel_if_answered=bool(row["cancel_if_answered"]),
        origin=Origin(OriginKind(row["origin_kind"]), row["origin_actor"]),
        message_id=row["message_id"],
        turn=Turn(row["id"], row["turn"], row["due_at"]),
        ended_at=row["ended_at"],
        reason=row["reason"],
    )
