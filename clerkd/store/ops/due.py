"""What time does to messages: scheduled ones fall due, overdue ones expire, doubtful ones are repeated on request;
and what a crash does: whatever was being sent is in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.dispatch import Claimed, Lease, Verdict
from clerkd.model.lifecycle import Disposition, SegmentEvent
from clerkd.model.line import PlannedSegment
from clerkd.model.message import Failure, OutcomePolicy
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.dispatch import settle
from clerkd.store.ops.expiry import expire_message
from clerkd.store.ops.leases import require_lease
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.outbound import decide, release_message, resend_message
from clerkd.store.ops.reports import match_waiting_reports
from clerkd.store.ops.schedules import MISSED

INTERRUPTED = Failure("submit.interrupted", "clerkd stopped while this was being sent; it may have gone out")
BY_POLICY = "at_least_once"  # the actor of a resend that the sender asked for in advance
_MISSED_WORDS = "its time passed while clerkd was not running"
_BATCH = 100  # messages to a transaction, so that others get their turn


@dataclass(frozen=True, slots=True)
class FellDue:
    """What time did: lines that have something to send, and how many messages changed."""

    lines: frozenset[str]
    changed: int


def fall_due(tx: Tx, *, now: int, tolerated_ms: int) -> FellDue:
    """Send what is scheduled and due, or hold it if it is too late; repeat the doubtful; expire the overdue."""
    started, held = _start_scheduled(tx, now, tolerated_ms)
    repeated = _resend_doubtful(tx, now)
    expired = _expire_overdue(tx, now)
    return FellDue(frozenset(started + repeated), len(started) + held + len(repeated) + expired)


def _start_scheduled(tx: Tx, now: int, tolerated_ms: int) -> tuple[list[str], int]:
    lines: list[str] = []
    rows = tx.all(
        "SELECT id, line, send_at FROM messages WHERE disposition = 'scheduled' AND send_at <= :now"
        " ORDER BY send_at, seq LIMIT :batch",
        now=now,
        batch=_BATCH,
    )
    for row in rows:
        if now - row["send_at"] > tolerated_ms:
            tx.run(
                "UPDATE messages SET error_code = :code, error_message = :words WHERE id = :id",
                id=row["id"],
                code=MISSED,
                words=_MISSED_WORDS,
            )
            decide(tx, get_message(tx, row["id"]), Disposition.HELD, at=now, event="missed")
        else:
            release_message(tx, row["id"], at=now)
            lines.append(row["line"])
    return lines, len(rows) - len(lines)


def _expire_overdue(tx: Tx, now: int) -> int:
    rows = tx.all(
        "SELECT message_seq FROM segments WHERE queued = 1 AND expires_at <= :now LIMIT :batch",
        now=now,
        batch=_BATCH,
    )
    messages = dict.fromkeys(row["message_seq"] for row in rows)
    for seq in messages:
        expire_message(tx, seq, at=now)
    return len(messages)


def _resend_doubtful(tx: Tx, now: int) -> list[str]:
    lines: list[str] = []
    for row in tx.all(
        "SELECT m.seq, m.id, m.line, (SELECT min(s.expires_at) FROM segments s WHERE s.message_seq = m.seq)"
        " AS expires_at FROM messages m WHERE m.resend_at IS NOT NULL AND m.resend_at <= :now LIMIT :batch",
        now=now,
        batch=_BATCH,
    ):
        tx.run("UPDATE messages SET resend_at = NULL WHERE seq = :seq", seq=row["seq"])
        done = tx.one(
            "SELECT 1 AS done FROM events WHERE message_seq = :seq AND event = 'resent' AND actor = :actor",
            seq=row["seq"],
            actor=BY_POLICY,
        )
        if done is None and row["expires_at"] > now:  # once, and in time
            resend_message(tx, row["id"], at=now, actor=BY_POLICY)
            lines.append(row["line"])
    return lines


def next_time(tx: Tx) -> int | None:
    """Return when `fall_due` has something to do, epoch ms."""
    row = tx.one(
        "SELECT min(at) AS at FROM ("
        " SELECT min(send_at) AS at FROM messages WHERE disposition = 'scheduled'"
        " UNION ALL SELECT min(resend_at) FROM messages WHERE resend_at IS NOT NULL"
        " UNION ALL SELECT min(expires_at) FROM segments WHERE queued = 1) AS times"
    )
    return None if row is None else row["at"]


def recover_line(tx: Tx, lease: Lease, *, now: int, resend_after_ms: int) -> int:
    """Put in doubt what an earlier holder of the line's lease was sending when it ended; return how many segments."""
    require_lease(tx, lease)
    rows = tx.all(
        "SELECT s.*, m.id, m.conversation_id, m.peer, m.outcome_policy FROM segments s"
        " JOIN messages m ON m.seq = s.message_seq"
        " WHERE s.state = 'submitting' AND s.line = :line AND s.epoch < :epoch ORDER BY s.message_seq, s.part",
        line=lease.line,
        epoch=lease.epoch,
    )
    for row in rows:
        claimed = _claimed(row)
        repeat = claimed.outcome_policy is OutcomePolicy.AT_LEAST_ONCE
        verdict = Verdict(
            SegmentEvent.LOST_SIGHT, now, failure=INTERRUPTED, resend_at=now + resend_after_ms if repeat else None
        )
        settle(tx, lease, claimed, verdict)
    match_waiting_reports(tx, lease.line, now=now)
    return len(rows)


def _claimed(row: Row) -> Claimed:
    return Claimed(
        message_seq=row["message_seq"],
        message_id=row["id"],
        conversation_id=row["conversation_id"],
        peer=row["peer"],
        segment=PlannedSegment(row["part"], row["parts"], row["payload"]),
        tries=row["tries"],
        attempt=row["attempts"],
        claimed_at=row["claimed_at"],
        sim=row["sim"],
        epoch=row["epoch"],
        outcome_policy=OutcomePolicy(row["outcome_policy"]),
        more=False,
    )
