"""Sending, as the store sees it: claim a segment, settle what became of it, recover after a crash, let time pass.

A claim is committed before the segment may go on the air, and the verdict on one segment commits together with the
claim on the next: a message costs one commit beyond that of its acceptance.
"""

from __future__ import annotations

from dataclasses import replace

from clerkd.model.dispatch import Claimed, Lease, Verdict
from clerkd.model.lifecycle import SegmentEvent, SegmentState, advance
from clerkd.model.line import PlannedSegment
from clerkd.model.message import OutcomePolicy
from clerkd.model.quota import Allowance
from clerkd.model.rules import LineRules
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.changes import refuse_rest, segment_states, tell_change
from clerkd.store.ops.expiry import expire_message
from clerkd.store.ops.gate import kept_off_air
from clerkd.store.ops.leases import require_lease
from clerkd.store.ops.outbound import queue_rest
from clerkd.store.ops.quota import count_segments, warn_of_quota
from clerkd.store.ops.reports import apply_early_reports

_NEXT_DUE = """
    SELECT s.message_seq, s.part, s.parts, s.payload, s.tries, s.attempts, s.expires_at,
        m.id, m.conversation_id, m.peer, m.outcome_policy, m.origin_kind
    FROM segments s JOIN messages m ON m.seq = s.message_seq JOIN conversations c ON c.id = m.conversation_id
    WHERE s.queued = 1 AND s.line = :line AND c.held_until <= :now
    ORDER BY s.message_seq, s.part LIMIT 2"""

_REST_OF_MESSAGE = """
    SELECT s.message_seq, s.part, s.parts, s.payload, s.tries, s.attempts, s.expires_at,
        m.id, m.conversation_id, m.peer, m.outcome_policy, m.origin_kind
    FROM segments s JOIN messages m ON m.seq = s.message_seq JOIN conversations c ON c.id = m.conversation_id
    WHERE s.message_seq = :seq AND s.queued = 1 AND s.line = :line AND c.held_until <= :now
    ORDER BY s.part LIMIT 1"""

_MOST_PASSED_OVER = 100  # messages

_NOT_ON_AIR = {SegmentEvent.DEFERRED, SegmentEvent.REFUSED}
_LOST = {SegmentState.FAILED, SegmentState.EXPIRED}


def claim_due(
    tx: Tx,
    lease: Lease,
    *,
    now: int,
    sim: str,
    after: Claimed | None = None,
    rules: LineRules | None = None,
    allowance: Allowance | None = None,
) -> Claimed | None:
    """Claim the next segment of the line that may go now, oldest message first; None if there is none.

    `after` is the segment sent last: the rest of its message comes before anything else. `rules` say whom the line may
    text, `allowance` how much it may send; None: anybody, any number. Messages met on the way that are overdue expire,
    those that a rule forbids are stopped and those beyond the allowance held, so many at most in one transaction: then
    None is returned although others may wait.
    """
    require_lease(tx, lease)
    for _ in range(_MOST_PASSED_OVER):
        rows = _next_rows(tx, lease.line, now, after)
        if not rows:
            return None
        if rows[0]["expires_at"] <= now:
            expire_message(tx, rows[0]["message_seq"], at=now)
        elif not kept_off_air(tx, rows[0], rules, allowance, line=lease.line, now=now):
            claimed = _claim(tx, lease, rows[0], now=now, sim=sim, more=len(rows) > 1)
            count_segments(tx, lease.line, 1, at=now)
            if allowance is not None:
                warn_of_quota(tx, lease.line, allowance, now=now)
            return claimed
    return None


def _next_rows(tx: Tx, line: str, now: int, after: Claimed | None) -> list[Row]:
    """Return the segment to send next and, if there is one, another that waits."""
    rows = tx.all(_NEXT_DUE, line=line, now=now)
    if not rows or after is None or after.segment.part == after.segment.of:
        return rows
    if rows[0]["message_seq"] == after.message_seq:
        return rows
    return tx.all(_REST_OF_MESSAGE, seq=after.message_seq, line=line, now=now) + rows


def _claim(tx: Tx, lease: Lease, row: Row, *, now: int, sim: str, more: bool) -> Claimed:
    tx.run(
        "UPDATE segments SET state = 'submitting', queued = 0, attempts = attempts + 1, tries = tries + 1,"
        " epoch = :epoch, claimed_at = :now, changed_at = :now, sim = :sim WHERE message_seq = :seq AND part = :part",
        epoch=lease.epoch,
        now=now,
        sim=sim,
        seq=row["message_seq"],
        part=row["part"],
    )
    return Claimed(
        message_seq=row["message_seq"],
        message_id=row["id"],
        conversation_id=row["conversation_id"],
        peer=row["peer"],
        segment=PlannedSegment(row["part"], row["parts"], row["payload"]),
        tries=row["tries"] + 1,
        attempt=row["attempts"] + 1,
        claimed_at=now,
        sim=sim,
        epoch=lease.epoch,
        outcome_policy=OutcomePolicy(row["outcome_policy"]),
        more=more,
    )


def claim_or_wait(
    tx: Tx, lease: Lease, *, now: int, sim: str, rules: LineRules | None = None, allowance: Allowance | None = None
) -> Claimed | int | None:
    """Claim the next segment; if none may go now, return when one may (epoch ms), or None if none is queued."""
    claimed = claim_due(tx, lease, now=now, sim=sim, rules=rules, allowance=allowance)
    if claimed is not None:
        return claimed
    if _next_rows(tx, lease.line, now, None):  # behind all those that were passed over
        return now
    if tx.one("SELECT 1 AS queued FROM segments WHERE queued = 1 AND line = :line LIMIT 1", line=lease.line) is None:
        return None
    row = tx.one(  # perhaps of a conversation with nothing queued: that costs one look too many
        "SELECT min(held_until) AS at FROM conversations WHERE line = :line AND held_until > 0 AND held_until > :now",
        line=lease.line,
        now=now,
    )
    return None if row is None else row["at"]


def settle(tx: Tx, lease: Lease, claimed: Claimed, verdict: Verdict) -> None:
    """Record what became of a claimed segment.

    A fact is recorded even if the lease was lost meanwhile: it is still true, and whoever recovered the segment as
    unknown knows less.
    """
    before = segment_states(tx, claimed.message_seq)
    was = before[claimed.segment.part]
    if verdict.event is SegmentEvent.DEFERRED and not _LOST.isdisjoint(before.values()):
        verdict = replace(verdict, event=SegmentEvent.REFUSED)  # the rest of the text is lost already
    now = advance(was, verdict.event)
    _write_attempt(tx, lease, claimed, verdict)
    if now is was:
        return
    if verdict.event in _NOT_ON_AIR:
        count_segments(tx, lease.line, -1, at=claimed.claimed_at)
    tx.run(
        "UPDATE segments SET state = :state, queued = :queued, reference = :reference, tries = tries - :uncounted,"
        " submitted_at = :submitted_at, changed_at = :at WHERE message_seq = :seq AND part = :part",
        state=now.value,
        queued=int(now is SegmentState.PENDING),
        reference=verdict.reference,
        uncounted=int(not verdict.counted),
        submitted_at=verdict.at if now is SegmentState.SUBMITTED else None,
        at=verdict.at,
        seq=claimed.message_seq,
        part=claimed.segment.part,
    )
    after = {**before, claimed.segment.part: now}
    if verdict.event is not SegmentEvent.ACCEPTED:
        after = _unfinished(tx, claimed, verdict, after)
    elif was is SegmentState.UNKNOWN:
        queue_rest(tx, claimed.message_seq)
    tell_change(tx, claimed.message_seq, before, after, at=verdict.at, failure=verdict.failure)
    if verdict.reference is not None:
        apply_early_reports(tx, claimed, verdict.reference, now=verdict.at)


def settle_and_claim(
    tx: Tx,
    lease: Lease,
    claimed: Claimed,
    verdict: Verdict,
    *,
    now: int,
    sim: str,
    rules: LineRules | None = None,
    allowance: Allowance | None = None,
) -> Claimed | None:
    """Settle one segment and claim the next in the same transaction."""
    settle(tx, lease, claimed, verdict)
    return claim_due(tx, lease, now=now, sim=sim, after=claimed, rules=rules, allowance=allowance)


def _write_attempt(tx: Tx, lease: Lease, claimed: Claimed, verdict: Verdict) -> None:
    # The next life of the daemon may have written the end of this attempt already, as interrupted.
    tx.run(
        "INSERT INTO attempts (message_seq, part, attempt, line, sim, epoch, started_at, ended_at, outcome, reference,"
        " error_code, error_message) VALUES (:seq, :part, :attempt, :line, :sim, :epoch, :started_at, :ended_at,"
        " :outcome, :reference, :error_code, :error_message)"
        " ON CONFLICT (message_seq, part, attempt) DO UPDATE SET ended_at = excluded.ended_at,"
        " outcome = excluded.outcome, reference = excluded.reference, error_code = excluded.error_code,"
        " error_message = excluded.error_message",
        seq=claimed.message_seq,
        part=claimed.segment.part,
        attempt=claimed.attempt,
        line=lease.line,
        sim=claimed.sim,
        epoch=claimed.epoch,
        started_at=claimed.claimed_at,
        ended_at=verdict.at,
        outcome=verdict.event.value,
        reference=verdict.reference,
        error_code=verdict.failure.code if verdict.failure else None,
        error_message=verdict.failure.message if verdict.failure else None,
    )


def _unfinished(tx: Tx, claimed: Claimed, verdict: Verdict, states: dict[int, SegmentState]) -> dict[int, SegmentState]:
    """Do what a verdict other than a receipt means for the rest of the message and the conversation."""
    seq = claimed.message_seq
    if verdict.event is SegmentEvent.DEFERRED:
        tx.run(
            "UPDATE conversations SET held_until = :until WHERE id = :id",
            until=verdict.retry_at or verdict.at,
            id=claimed.conversation_id,
        )
        return states
    if verdict.event is SegmentEvent.LOST_SIGHT:
        tx.run("UPDATE segments SET queued = 0 WHERE message_seq = :seq AND queued = 1", seq=seq)
    else:
        states = refuse_rest(tx, seq, states, at=verdict.at)
    tx.run(
        "UPDATE messages SET error_code = :code, error_message = :message, resend_at = :resend_at WHERE seq = :seq",
        code=verdict.failure.code if verdict.failure else None,
        message=verdict.failure.message if verdict.failure else None,
        resend_at=verdict.resend_at,
        seq=seq,
    )
    return states
