"""Lines whose SIM the network refuses."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.ports.store import Tx


@dataclass(frozen=True, slots=True)
class Block:
    """Why nothing is sent on a line, and when one text is tried; times are epoch ms."""

    since: int
    probe_at: int
    reason: str


def find_block(tx: Tx, line: str) -> Block | None:
    """Return why a line is blocked; None if it is not."""
    row = tx.one("SELECT * FROM blocked_lines WHERE line = :line", line=line)
    return None if row is None else Block(row["since"], row["probe_at"], row["reason"])


def block_line(tx: Tx, line: str, block: Block) -> None:
    """Block a line, or put its next probe off; since when it is blocked stays."""
    tx.run(
        "INSERT INTO blocked_lines (line, since, probe_at, reason) VALUES (:line, :since, :probe_at, :reason)"
        " ON CONFLICT (line) DO UPDATE SET probe_at = excluded.probe_at, reason = excluded.reason",
        line=line,
        since=block.since,
        probe_at=block.probe_at,
        reason=block.reason,
    )


def unblock_line(tx: Tx, line: str) -> None:
    """Let a line send again."""
    tx.run("DELETE FROM blocked_lines WHERE line = :line", line=line)
