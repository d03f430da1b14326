"""Sending, as the store sees it: claim a segment, settle what became of it, recover after a crash, let time pass.

A claim is committed before the segment may go on the air, and the verdict on one segment commits together with the
claim on the next: a message costs one commit beyond that of its acceptance.
"""

from __future__ import annotations

from dataclasses import replace

from clerkd.model.dispatch import Claimed, Lease, Verdict
from clerkd.model.lifecycle import SegmentEvent, SegmentState, advance
from clerkd.model.line import PlannedSegment, Receipt
from clerkd.model.message import Lane, OutcomePolicy
from clerkd.model.pacing import Pacing
from clerkd.model.quota import Allowance
from clerkd.model.rules import LineRules
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.changes import refuse_rest, segment_states, tell_change
from clerkd.store.ops.expiry import expire_message
from clerkd.store.ops.gate import kept_off_air
from clerkd.store.ops.leases import require_lease
from clerkd.store.ops.outbound import park_message, queue_rest
from clerkd.store.ops.pacing import count_paced, paced_until, recipient_until
from clerkd.store.ops.quota import count_segments, warn_of_quota
from clerkd.store.ops.references import carrier_id, tp_mr
from clerkd.store.ops.reports import apply_early_reports

_QUEUED = """
    SELECT s.message_seq, s.part, s.parts, s.payload, s.tries, s.attempts, s.expires_at,
        m.id, m.conversation_id, m.peer, m.outcome_policy, m.origin_kind
    FROM segments s JOIN messages m ON m.seq = s.message_seq JOIN conversations c ON c.id = m.conversation_id
    WHERE s.queued = 1 AND s.line = :line AND c.held_until <= :now"""

_NEXT_DUE = f"{_QUEUED} ORDER BY s.lane, s.message_seq, s.part LIMIT 2"

_NEXT_IN_LANE = f"{_QUEUED} AND s.lane = :lane ORDER BY s.message_seq, s.part LIMIT 2"

_REST_OF_MESSAGE = f"{_QUEUED} AND s.message_seq = :seq ORDER BY s.part LIMIT 1"

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
    pacing: Pacing | None = None,
    eldest: bool = False,
) -> Claimed | None:
    """Claim the next segment of the line that may go now, by lane and then oldest message first; None: there is none.

    `after` is the segment sent last: the rest of its message comes before anything else. `rules` say whom the line may
    text, `allowance` how much it may send and `pacing` how fast; None: anybody, any number, at once. `eldest` asks for
    the message that waits longest, whatever its lane. Messages met on the way that are overdue expire, those that a
    rule forbids are stopped and those beyond the allowance held, so many at most in one transaction: then None is
    returned although others may wait.
    """
    require_lease(tx, lease)
    if pacing is not None and paced_until(tx, sim, pacing, now=now) > now:
        return None
    for _ in range(_MOST_PASSED_OVER):
        rows = _next_rows(tx, lease.line, now, after, eldest=eldest)
        if not rows:
            return None
        if rows[0]["expires_at"] <= now:
            expire_message(tx, rows[0]["message_seq"], at=now)
        elif pacing is not None and _put_off(tx, rows[0], sim, pacing, now=now):
            continue
        elif not kept_off_air(tx, rows[0], rules, allowance, line=lease.line, now=now):
            claimed = _claim(tx, lease, rows[0], now=now, sim=sim, more=len(rows) > 1)
            count_segments(tx, lease.line, 1, at=now)
            if pacing is not None:
                count_paced(tx, sim, pacing, claimed.peer, at=now)
            if allowance is not None:
                warn_of_quota(tx, lease.line, allowance, now=now)
            return claimed
    return None


def _put_off(tx: Tx, row: Row, sim: str, pacing: Pacing, *, now: int) -> bool:
    """Let a conversation wait whose peer would be one recipient too many; tell whether it does."""
    until = recipient_until(tx, sim, pacing, row["peer"], now=now)
    if until <= now:
        return False
    tx.run("UPDATE conversations SET held_until = :until WHERE id = :id", until=until, id=row["conversation_id"])
    return True


def _next_rows(tx: Tx, line: str, now: int, after: Claimed | None, *, eldest: bool = False) -> list[Row]:
    """Return the segment to send next and, if there is one, another that waits."""
    rows = _eldest_rows(tx, line, now) if eldest else tx.all(_NEXT_DUE, line=line, now=now)
    if not rows or after is None or after.segment.part == after.segment.of:
        return rows
    if rows[0]["message_seq"] == after.message_seq:
        return rows
    return tx.all(_REST_OF_MESSAGE, seq=after.message_seq, line=line, now=now) + rows


def _eldest_rows(tx: Tx, line: str, now: int) -> list[Row]:
    lanes = [tx.all(_NEXT_IN_LANE, line=line, now=now, lane=lane.value) for lane in Lane]
    return min((rows for rows in lanes if rows), key=lambda rows: rows[0]["message_seq"], default=[])


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
    tx: Tx,
    lease: Lease,
    *,
    now: int,
    sim: str,
    rules: LineRules | None = None,
    allowance: Allowance | None = None,
    pacing: Pacing | None = None,
    eldest: bool = False,
) -> Claimed | int | None:
    """Claim the next segment; if none may go now, return when one may (epoch ms), or None if none is queued."""
    claimed = claim_due(tx, lease, now=now, sim=sim, rules=rules, allowance=allowance, pacing=pacing, eldest=eldest)
    if claimed is not None:
        return claimed
    if pacing is not None and (until := paced_until(tx, sim, pacing, now=now)) > now:
        return until
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
    if verdict.event is SegmentEvent.DEFERRED and _is_hopeless(before, claimed.segment.part, verdict):
        verdict = replace(verdict, event=SegmentEvent.REFUSED)
    now = advance(was, verdict.event)
    _write_attempt(tx, lease, claimed, verdict)
    if now is was:
        return
    if verdict.event in _NOT_ON_AIR:
        count_segments(tx, lease.line, -1, at=claimed.claimed_at)
    tx.run(
        "UPDATE segments SET state = :state, queued = :queued, reference = :reference, carrier_id = :carrier_id,"
        " tries = tries - :uncounted, submitted_at = :submitted_at, changed_at = :at"
        " WHERE message_seq = :seq AND part = :part",
        state=now.value,
        queued=int(now is SegmentState.PENDING),
        reference=tp_mr(verdict.reference),
        carrier_id=carrier_id(verdict.reference),
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


def _is_hopeless(states: dict[int, SegmentState], part: int, verdict: Verdict) -> bool:
    """Tell whether the rest of the text is lost already; or gone out, and this part was refused too often."""
    others = {state for other, state in states.items() if other != part}
    return not _LOST.isdisjoint(others) or (verdict.parked and not others <= {SegmentState.PENDING})


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
    pacing: Pacing | None = None,
    eldest: bool = False,
) -> Claimed | None:
    """Settle one segment and claim the next in the same transaction."""
    settle(tx, lease, claimed, verdict)
    return claim_due(
        tx, lease, now=now, sim=sim, after=claimed, rules=rules, allowance=allowance, pacing=pacing, eldest=eldest
    )


def settle_late(tx: Tx, lease: Lease, claimed: Claimed, receipt: Receipt, *, at: int) -> bool:
    """Record that the network took a segment after all whose outcome was in doubt; False if something else came first.

    A resent segment is another attempt: what is known late of the first one changes nothing about it.
    """
    row = tx.one(
        "SELECT state, attempts FROM segments WHERE message_seq = :seq AND part = :part",
        seq=claimed.message_seq,
        part=claimed.segment.part,
    )
    if row is None or row["state"] != SegmentState.UNKNOWN.value or row["attempts"] != claimed.attempt:
        return False
    settle(tx, lease, claimed, Verdict(SegmentEvent.ACCEPTED, at, reference=receipt.reference))
    tx.run(
        "UPDATE messages SET error_code = NULL, error_message = NULL, resend_at = NULL WHERE seq = :seq"
        " AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.message_seq = :seq AND s.state = 'unknown')",
        seq=claimed.message_seq,
    )
    return True


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
        reference=tp_mr(verdict.reference),
        error_code=verdict.failure.code if verdict.failure else None,
        error_message=verdict.failure.message if verdict.failure else None,
    )


def _unfinished(tx: Tx, claimed: Claimed, verdict: Verdict, states: dict[int, SegmentState]) -> dict[int, SegmentState]:
    """Do what a verdict other than a receipt means for the rest of the message and the conversation."""
    seq = claimed.message_seq
    if verdict.parked and verdict.failure is not None and verdict.event is SegmentEvent.DEFERRED:
        park_message(tx, claimed.message_id, verdict.failure, at=verdict.at)
        return states
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
