"""Work that nobody does: what the watchdog asks."""

from __future__ import annotations

from clerkd.ports.store import Tx


def has_overdue(tx: Tx, line: str, *, since: int) -> bool:
    """Tell whether a segment of the line could have gone out at `since` (epoch ms) and still waits."""
    row = tx.one(
        "SELECT 1 AS found FROM segments s JOIN messages m ON m.seq = s.message_seq"
        " JOIN conversations c ON c.id = m.conversation_id"
        " WHERE s.queued = 1 AND s.line = :line AND s.changed_at <= :since AND c.held_until <= :since LIMIT 1",
        line=line,
        since=since,
    )
    return row is not None
