"""Messages that another line sends than the one they were accepted on, and the line that a peer is used to."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.line import Plan
from clerkd.model.notice import NoticeKind
from clerkd.ports.store import Tx
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.outbound import write_event

MOVED = "moved"  # the event of a message that another line sends

# All of it waits and nothing of it may be on the air. A message moves once: then its segments' line is not its own.
# What was tried in several parts, by a person's wish, stays: its attempts belong to parts that a new plan may not have.
_MOVABLE = """
    s.queued = 1 AND s.part = 1 AND s.line = m.line
    AND NOT EXISTS (SELECT 1 FROM segments o WHERE o.message_seq = m.seq AND (o.state <> 'pending' OR o.queued = 0))
    AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.message_seq = m.seq AND a.part > 1)"""


@dataclass(frozen=True, slots=True)
class Stranded:
    """A message that waits on a line and may go by another."""

    seq: int
    id: str
    peer: str
    text: str
    queued_at: int  # epoch ms


def stranded(tx: Tx, line: str, *, queued_before: int, limit: int = 100) -> list[Stranded]:
    """Return the messages of a line that wait since `queued_before` (epoch ms) or longer, oldest first."""
    rows = tx.all(
        "SELECT m.seq, m.id, m.peer, m.text, s.expires_at - m.ttl_ms AS queued_at"  # noqa: S608 - a constant
        " FROM segments s JOIN messages m ON m.seq = s.message_seq"
        f" WHERE s.line = :line AND s.expires_at - m.ttl_ms <= :before AND {_MOVABLE}"
        " ORDER BY m.seq LIMIT :limit",
        line=line,
        before=queued_before,
        limit=limit,
    )
    return [Stranded(row["seq"], row["id"], row["peer"], row["text"], row["queued_at"]) for row in rows]


def move_message(tx: Tx, seq: int, line: str, plan: Plan, *, at: int, reason: str) -> bool:
    """Let another line send a message, whole; False, and nothing is changed, if any of it is not waiting any more.

    It stays in its conversation. `plan` is the new line's.
    """
    row = tx.one(
        "SELECT m.id, m.line, m.conversation_id, s.expires_at"  # noqa: S608 - a constant
        " FROM segments s JOIN messages m ON m.seq = s.message_seq"
        f" WHERE m.seq = :seq AND {_MOVABLE}",
        seq=seq,
    )
    if row is None:
        return False
    tx.run("DELETE FROM segments WHERE message_seq = :seq AND part > :parts", seq=seq, parts=len(plan.segments))
    for segment in plan.segments:
        tx.run(
            "INSERT INTO segments (message_seq, part, parts, line, state, queued, payload, expires_at, changed_at)"
            " VALUES (:seq, :part, :parts, :line, 'pending', 1, :payload, :expires_at, :at)"
            " ON CONFLICT (message_seq, part) DO UPDATE SET parts = excluded.parts, line = excluded.line,"
            " payload = excluded.payload, changed_at = excluded.changed_at, tries = 0, epoch = NULL,"
            " claimed_at = NULL, sim = NULL",
            seq=seq,
            part=segment.part,
            parts=segment.of,
            line=line,
            payload=segment.payload,
            expires_at=row["expires_at"],
            at=at,
        )
    tx.run(
        "UPDATE messages SET encoding = :encoding, changed_at = :at, error_code = NULL, error_message = NULL"
        " WHERE seq = :seq",
        encoding=plan.encoding.value,
        at=at,
        seq=seq,
    )
    tx.run("UPDATE conversations SET held_until = 0 WHERE id = :id", id=row["conversation_id"])
    write_event(tx, seq, MOVED, at=at, actor=line, detail=reason)
    write_notice(
        tx,
        NoticeKind.MESSAGE_MOVED,
        at=at,
        line=row["line"],
        conversation_id=row["conversation_id"],
        message_id=row["id"],
        detail={"by": line, "reason": reason},
    )
    return True


def has_work(tx: Tx, line: str) -> bool:
    """Tell whether something waits to be sent by a line, or is being sent."""
    row = tx.one(
        "SELECT 1 AS work FROM segments WHERE queued = 1 AND line = :line"
        " UNION ALL SELECT 1 FROM segments WHERE state = 'submitting' AND line = :line LIMIT 1",
        line=line,
    )
    return row is not None


def moved_waiting(tx: Tx, line: str) -> bool:
    """Tell whether messages of other lines wait to be sent by this one."""
    row = tx.one(
        "SELECT 1 AS waiting FROM segments s JOIN messages m ON m.seq = s.message_seq"
        " WHERE s.queued = 1 AND s.line = :line AND m.line <> :line LIMIT 1",
        line=line,
    )
    return row is not None


def line_of_peer(tx: Tx, peer: str) -> str | None:
    """Return the line that a peer last wrote to or heard from."""
    row = tx.one("SELECT line FROM conversations WHERE peer = :peer ORDER BY last_at DESC LIMIT 1", peer=peer)
    return None if row is None else row["line"]
