"""Notices: written by the op whose fact they tell, read by each sink at its own pace."""

from __future__ import annotations

import json
from typing import Any

from clerkd.model.notice import Notice, NoticeKind
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.rows import returned

KEPT = 1000  # newest notices that pruning leaves alone: `seq` must never be given twice


def write_notice(
    tx: Tx,
    kind: NoticeKind,
    *,
    at: int,
    line: str,
    conversation_id: str | None = None,
    message_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Tell a fact in the transaction that makes it one."""
    tx.run(
        "INSERT INTO notices (kind, at, line, conversation_id, message_id, detail)"
        " VALUES (:kind, :at, :line, :conversation_id, :message_id, :detail)",
        kind=kind.value,
        at=at,
        line=line,
        conversation_id=conversation_id,
        message_id=message_id,
        detail=json.dumps(detail) if detail else None,
    )
    tx.announce(kind.value)


def register_sink(tx: Tx, sink: str) -> int:
    """Make a sink known and return how far it came. A new one starts at the end: it is not told the past."""
    row = tx.one(
        "INSERT INTO sinks (name, seq) VALUES (:sink, (SELECT coalesce(max(seq), 0) FROM notices))"
        " ON CONFLICT (name) DO UPDATE SET seq = sinks.seq RETURNING seq",
        sink=sink,
    )
    return int(returned(row)["seq"])


def read_notices(tx: Tx, sink: str, limit: int) -> list[Notice]:
    """Return the next notices that the sink has not dealt with, oldest first. A sink unknown has seen nothing."""
    rows = tx.all(
        "SELECT * FROM notices WHERE seq > coalesce((SELECT seq FROM sinks WHERE name = :sink), 0)"
        " ORDER BY seq LIMIT :limit",
        sink=sink,
        limit=limit,
    )
    return [_notice(row) for row in rows]


def advance_sink(tx: Tx, sink: str, seq: int) -> None:
    """Remember that the sink dealt with everything up to `seq`; never goes back. Drop what all have dealt with."""
    tx.run(
        "INSERT INTO sinks (name, seq) VALUES (:sink, :seq)"
        " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > sinks.seq",
        sink=sink,
        seq=seq,
    )
    tx.run("DELETE FROM notices WHERE seq <= (SELECT min(seq) FROM sinks) - :kept", kept=KEPT)


def prune_notices(tx: Tx, before: int) -> int:
    """Delete notices older than `before` (epoch ms), told or not, except the newest; return how many went."""
    return tx.run(
        "DELETE FROM notices WHERE at < :before AND seq <= (SELECT max(seq) FROM notices) - :kept",
        before=before,
        kept=KEPT,
    )


def _notice(row: Row) -> Notice:
    return Notice(
        seq=row["seq"],
        kind=NoticeKind(row["kind"]),
        at=row["at"],
        line=row["line"],
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        detail=json.loads(row["detail"]) if row["detail"] else {},
    )
