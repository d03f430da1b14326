"""Quotas: segments are counted in the transaction that claims them, so that a limit is kept to the segment."""

from __future__ import annotations

from clerkd.model.lifecycle import Disposition
from clerkd.model.message import TTL_MS
from clerkd.model.notice import NoticeKind
from clerkd.model.quota import Allowance, HoldRule, QuotaStatus
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.expiry import expire_message
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.outbound import decide, release_message
from clerkd.store.ops.rows import returned

QUARTER_MS = 900_000
WARNED_PERCENTS = (80, 95)
EXHAUSTED = "quota.exhausted"  # the code of what a message waits for
_HELD_WORDS = "the line's quota is used up; it goes out by itself at the reset or when a pack is added"


def count_segments(tx: Tx, line: str, number: int, *, at: int) -> None:
    """Count segments that go on the air, or with a negative number those of `at` that did not after all."""
    tx.run(
        "INSERT INTO line_usage (line, quarter, segments) VALUES (:line, :quarter, :number)"
        " ON CONFLICT (line, quarter) DO UPDATE SET segments = line_usage.segments + excluded.segments",
        line=line,
        quarter=at // QUARTER_MS,
        number=number,
    )


def quota_status(tx: Tx, line: str, allowance: Allowance) -> QuotaStatus:
    """Return how a line's quota stands in the period of `allowance`."""
    used = returned(
        tx.one(
            "SELECT coalesce(sum(segments), 0) AS number FROM line_usage WHERE line = :line AND quarter >= :since",
            line=line,
            since=allowance.since // QUARTER_MS,
        )
    )
    packs = returned(
        tx.one(
            "SELECT coalesce(sum(segments), 0) AS number FROM quota_packs WHERE line = :line AND at >= :since",
            line=line,
            since=allowance.since,
        )
    )
    return QuotaStatus(allowance.segments, used["number"], packs["number"], allowance.until)


def add_pack(tx: Tx, pack_id: str, *, line: str, segments: int, at: int, actor: str | None) -> bool:
    """Add segments to the period that holds `at`; False if the same pack was added before."""
    return bool(
        tx.run(
            "INSERT INTO quota_packs (id, line, segments, at, actor) VALUES (:id, :line, :segments, :at, :actor)"
            " ON CONFLICT (id) DO NOTHING",
            id=pack_id,
            line=line,
            segments=segments,
            at=at,
            actor=actor,
        )
    )


def held_for_quota(tx: Tx, row: Row, allowance: Allowance, *, line: str, now: int) -> bool:
    """Hold the message of a due segment if it goes beyond the quota; tell whether it did.

    `row` has `message_seq`, `id`, `conversation_id`. A message that does not fit as a whole is held as a whole, and so
    are those to the same peer behind it. One that has begun is finished: half a text helps nobody.
    """
    seq = row["message_seq"]
    parts = returned(
        tx.one(
            "SELECT count(CASE WHEN state = 'pending' THEN 1 END) AS pending, count(*) AS number FROM segments"
            " WHERE message_seq = :seq",
            seq=seq,
        )
    )
    if parts["pending"] < parts["number"]:
        return False
    ahead = tx.one(
        "SELECT 1 AS found FROM held_messages WHERE conversation_id = :id AND message_seq < :seq LIMIT 1",
        id=row["conversation_id"],
        seq=seq,
    )
    if ahead is None and quota_status(tx, line, allowance).left - _begun(tx, line) >= parts["pending"]:
        return False
    _hold(tx, row["id"], seq, allowance, now=now)
    return True


def _begun(tx: Tx, line: str) -> int:
    """Return how many queued segments belong to texts of which a part went out: they will be sent in any case."""
    row = tx.one(
        "SELECT count(*) AS number FROM segments s WHERE s.queued = 1 AND s.line = :line AND s.part > 1"
        " AND EXISTS (SELECT 1 FROM segments o WHERE o.message_seq = s.message_seq AND o.part < s.part"
        " AND o.state <> 'pending')",
        line=line,
    )
    return int(returned(row)["number"])


def _hold(tx: Tx, message_id: str, seq: int, allowance: Allowance, *, now: int) -> None:
    message = get_message(tx, message_id)
    tx.run("UPDATE segments SET queued = 0 WHERE message_seq = :seq", seq=seq)
    tx.run(
        "UPDATE messages SET error_code = :code, error_message = :words WHERE seq = :seq",
        code=EXHAUSTED,
        words=_HELD_WORDS,
        seq=seq,
    )
    decide(
        tx,
        message,
        Disposition.HELD,
        at=now,
        event="held",
        actor=HoldRule.QUOTA.value,
        detail=f"all {quota_status(tx, message.line, allowance).total} segments of {message.line} are used",
    )
    tx.run(
        "INSERT INTO held_messages (message_seq, line, conversation_id, rule, until)"
        " VALUES (:seq, :line, :conversation_id, :rule, :until)",
        seq=seq,
        line=message.line,
        conversation_id=message.conversation_id,
        rule=HoldRule.QUOTA.value,
        until=allowance.until,
    )


def warn_of_quota(tx: Tx, line: str, allowance: Allowance, *, now: int) -> None:
    """Tell once per period that the quota is nearly used; the higher warning makes the lower one superfluous."""
    status = quota_status(tx, line, allowance)
    reached = [percent for percent in WARNED_PERCENTS if status.used * 100 >= status.total * percent]
    new = [
        percent
        for percent in reached
        if tx.run(
            "INSERT INTO quota_warnings (line, since, percent) VALUES (:line, :since, :percent)"
            " ON CONFLICT (line, since, percent) DO NOTHING",
            line=line,
            since=allowance.since,
            percent=percent,
        )
    ]
    if new and new[-1] == reached[-1]:
        detail = {
            "percent": new[-1],
            "used": status.used,
            "segments": status.total,
            "resets_at": status.resets_at,
        }
        write_notice(tx, NoticeKind.QUOTA_WARNED, at=now, line=line, detail=detail)


def lines_held(tx: Tx) -> set[str]:
    """Return the lines that have messages held for their quota."""
    rows = tx.all("SELECT DISTINCT line FROM held_messages WHERE rule = :rule", rule=HoldRule.QUOTA.value)
    return {row["line"] for row in rows}


def release_affordable(tx: Tx, line: str, allowance: Allowance | None, *, now: int, limit: int = 100) -> int:
    """Let go the oldest held messages that fit into the quota (None: there is none any more); return how many.

    What is queued already comes first. Behind one that does not fit, later ones to the same peer stay held. One whose
    sender gave it less than the usual day to live does not live longer by having been held: it expires.
    """
    left = None if allowance is None else quota_status(tx, line, allowance).left - _queued(tx, line)
    released, passed_over = 0, set[str]()
    for row in _held(tx, line):
        if row["ttl_ms"] < TTL_MS and row["since"] + row["ttl_ms"] <= now:
            release_message(tx, row["id"], at=now, actor=HoldRule.QUOTA.value)
            expire_message(tx, row["message_seq"], at=now)
            continue
        fits = left is None or row["parts"] <= left
        if not fits or row["conversation_id"] in passed_over:
            passed_over.add(row["conversation_id"])
            continue
        release_message(tx, row["id"], at=now, actor=HoldRule.QUOTA.value)
        left = None if left is None else left - row["parts"]
        released += 1
        if released == limit or left == 0:
            break
    return released


def _held(tx: Tx, line: str) -> list[Row]:
    return tx.all(
        "SELECT h.message_seq, h.conversation_id, m.id, m.ttl_ms, coalesce(m.send_at, m.created_at) AS since,"
        " (SELECT count(*) FROM segments s WHERE s.message_seq = h.message_seq AND s.state = 'pending') AS parts"
        " FROM held_messages h JOIN messages m ON m.seq = h.message_seq"
        " WHERE h.line = :line AND h.rule = :rule ORDER BY h.message_seq",
        line=line,
        rule=HoldRule.QUOTA.value,
    )


def _queued(tx: Tx, line: str) -> int:
    row = tx.one("SELECT count(*) AS number FROM segments WHERE queued = 1 AND line = :line", line=line)
    return int(returned(row)["number"])


def held_until(tx: Tx, message_id: str) -> int | None:
    """Return when the rule that holds a message will look again, epoch ms; None if no rule holds it."""
    row = tx.one(
        "SELECT h.until FROM held_messages h JOIN messages m ON m.seq = h.message_seq WHERE m.id = :id", id=message_id
    )
    return None if row is None else row["until"]
