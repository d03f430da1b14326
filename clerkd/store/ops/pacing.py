"""Paces: counted in the transaction that claims a segment, so that they survive a restart.

A window is counted in sixtieths, and one sixtieth more than it has: the limit is never exceeded, and reached but for
a sixtieth of the time. What is read is bounded by that, however much was sent.
"""

from __future__ import annotations

from clerkd.model.pacing import DAY_MS, Pacing
from clerkd.ports.store import Tx

_BUCKETS = 60


def paced_until(tx: Tx, sim: str, pacing: Pacing, *, now: int) -> int:
    """Return when the SIM may try another segment, epoch ms; not later than `now` if it may at once."""
    return max((_free_at(tx, sim, window, limit, now) for window, limit in pacing.windows.items()), default=0)


def _free_at(tx: Tx, sim: str, window_ms: int, limit: int, now: int) -> int:
    bucket_ms = window_ms // _BUCKETS
    rows = tx.all(
        "SELECT bucket, segments FROM paces WHERE sim = :sim AND window_ms = :window_ms AND bucket >= :since"
        " ORDER BY bucket",
        sim=sim,
        window_ms=window_ms,
        since=now // bucket_ms - _BUCKETS,
    )
    excess = sum(row["segments"] for row in rows) - limit
    free_at = 0
    for row in rows:
        if excess < 0:
            break
        excess -= row["segments"]
        free_at = (row["bucket"] + _BUCKETS + 1) * bucket_ms
    return free_at


def recipient_until(tx: Tx, sim: str, pacing: Pacing, peer: str, *, now: int) -> int:
    """Return when the SIM may text a peer as far as the number of recipients goes; not later than `now`: at once."""
    limit = pacing.recipients_per_day
    if limit is None:
        return 0
    rows = tx.all(
        "SELECT peer, at FROM paced_peers WHERE sim = :sim AND at > :since ORDER BY at DESC LIMIT :limit",
        sim=sim,
        since=now - DAY_MS,
        limit=limit,
    )
    if len(rows) < limit or any(row["peer"] == peer for row in rows):
        return 0
    return int(rows[-1]["at"]) + DAY_MS


def count_paced(tx: Tx, sim: str, pacing: Pacing, peer: str, *, at: int) -> None:
    """Count a segment that is about to be tried, and forget what no window holds any more."""
    for window_ms in pacing.windows:
        bucket = at // (window_ms // _BUCKETS)
        tx.run(
            "INSERT INTO paces (sim, window_ms, bucket, segments) VALUES (:sim, :window_ms, :bucket, 1)"
            " ON CONFLICT (sim, window_ms, bucket) DO UPDATE SET segments = paces.segments + 1",
            sim=sim,
            window_ms=window_ms,
            bucket=bucket,
        )
        tx.run(
            "DELETE FROM paces WHERE sim = :sim AND window_ms = :window_ms AND bucket < :before",
            sim=sim,
            window_ms=window_ms,
            before=bucket - _BUCKETS,
        )
    if pacing.recipients_per_day is not None:
        tx.run(
            "INSERT INTO paced_peers (sim, peer, at) VALUES (:sim, :peer, :at)"
            " ON CONFLICT (sim, peer) DO UPDATE SET at = excluded.at",
            sim=sim,
            peer=peer,
            at=at,
        )
        tx.run("DELETE FROM paced_peers WHERE sim = :sim AND at <= :before", sim=sim, before=at - DAY_MS)
