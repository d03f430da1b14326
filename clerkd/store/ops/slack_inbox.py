"""What Slack sent: kept before it is acknowledged, acted on once, in order within a thread."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from clerkd.ports.store import Row, Tx


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that Slack sent."""

    id: str
    lane: str
    payload: dict[str, Any]
    state: str
    attempts: int
    received_at: int


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a message that a person wrote."""

    outcome: str  # sent, note, refused, asked, deleted
    message_id: str | None


def keep_received(
    tx: Tx, received_id: str, *, keys: Collection[str], lane: str, sort_ts: str, payload: dict[str, Any], now: int
) -> bool:
    """Keep something that Slack sent unless one of its `keys` was seen before; tell whether it was new."""
    fresh = True
    for key in keys:
        added = tx.run(
            "INSERT INTO slack_seen (key, seen_at) VALUES (:key, :now) ON CONFLICT (key) DO NOTHING", key=key, now=now
        )
        fresh = fresh and bool(added)
    if fresh:
        tx.run(
            "INSERT INTO slack_inbox (id, lane, sort_ts, payload, state, due_at, received_at)"
            " VALUES (:id, :lane, :sort_ts, :payload, 'waiting', 0, :now)",
            id=received_id,
            lane=lane,
            sort_ts=sort_ts,
            payload=json.dumps(payload, ensure_ascii=False),
            now=now,
        )
    return fresh


def next_received(tx: Tx, lane: str, *, now: int) -> Received | int | None:
    """Return what is to be done next in a lane, or when (epoch ms) if its first has to wait."""
    row = tx.one(
        "SELECT * FROM slack_inbox WHERE lane = :lane AND state = 'waiting' ORDER BY sort_ts, seq LIMIT 1", lane=lane
    )
    if row is None:
        return None
    return int(row["due_at"]) if row["due_at"] > now else _received(row)


def get_received(tx: Tx, received_id: str) -> Received | None:
    """Return something received by id."""
    row = tx.one("SELECT * FROM slack_inbox WHERE id = :id", id=received_id)
    return None if row is None else _received(row)


def has_newer(tx: Tx, lane: str, received_id: str) -> bool:
    """Tell whether something else waits in the lane of what is being acted on."""
    row = tx.one(
        "SELECT 1 AS found FROM slack_inbox WHERE lane = :lane AND state = 'waiting' AND id <> :id LIMIT 1",
        lane=lane,
        id=received_id,
    )
    return row is not None


def finish_received(tx: Tx, received_id: str) -> None:
    """Note that it has been acted on; forget its content."""
    tx.run("UPDATE slack_inbox SET state = 'done', payload = '{}' WHERE id = :id", id=received_id)


def park_received(tx: Tx, received_id: str) -> None:
    """Note that a person is asked about it; its content is kept for the answer."""
    tx.run("UPDATE slack_inbox SET state = 'asked' WHERE id = :id", id=received_id)


def fail_received(tx: Tx, received_id: str) -> None:
    """Note that it could not be acted on; its content is kept for whoever looks into it."""
    tx.run("UPDATE slack_inbox SET state = 'failed' WHERE id = :id", id=received_id)


def postpone_received(tx: Tx, received_id: str, *, due_at: int) -> None:
    """Put it off until a time (epoch ms)."""
    tx.run("UPDATE slack_inbox SET due_at = :due_at WHERE id = :id", id=received_id, due_at=due_at)


def count_attempt(tx: Tx, received_id: str) -> int:
    """Count an attempt that failed and return how many there were."""
    row = tx.one("UPDATE slack_inbox SET attempts = attempts + 1 WHERE id = :id RETURNING attempts", id=received_id)
    return 0 if row is None else int(row["attempts"])


def received_lanes(tx: Tx) -> list[str]:
    """Return the lanes in which something waits."""
    return [row["lane"] for row in tx.all("SELECT DISTINCT lane FROM slack_inbox WHERE state = 'waiting'")]


def was_seen(tx: Tx, key: str) -> bool:
    """Tell whether something with this key was kept before."""
    return tx.one("SELECT key FROM slack_seen WHERE key = :key", key=key) is not None


def note_said(tx: Tx, channel: str, ts: str, outcome: str, message_id: str | None = None) -> None:
    """Remember what became of a person's message."""
    tx.run(
        "INSERT INTO slack_said (channel, ts, outcome, message_id) VALUES (:channel, :ts, :outcome, :message_id)"
        " ON CONFLICT (channel, ts) DO UPDATE SET outcome = excluded.outcome, message_id = excluded.message_id",
        channel=channel,
        ts=ts,
        outcome=outcome,
        message_id=message_id,
    )


def get_said(tx: Tx, channel: str, ts: str) -> Said | None:
    """Return what became of a person's message, if it concerned us."""
    row = tx.one(
        "SELECT outcome, message_id FROM slack_said WHERE channel = :channel AND ts = :ts", channel=channel, ts=ts
    )
    return None if row is None else Said(row["outcome"], row["message_id"])


def purge_received(tx: Tx, *, acted_before: int, seen_before: int) -> int:
    """Forget what was acted on before one time and seen before another (epoch ms)."""
    tx.run("DELETE FROM slack_seen WHERE seen_at < :before", before=seen_before)
    return tx.run(
        "DELETE FROM slack_inbox WHERE state IN ('done', 'failed') AND received_at < :before", before=acted_before
    )


def _received(row: Row) -> Received:
    return Received(
        id=row["id"],
        lane=row["lane"],
        payload=json.loads(row["payload"]),
        state=row["state"],
        attempts=row["attempts"],
        received_at=row["received_at"],
    )
