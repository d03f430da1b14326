"""What the desk remembers of modals and Homes."""

from __future__ import annotations

import json
from typing import Any

from clerkd.ports.store import Tx


def keep_answer(tx: Tx, key: str, answer: dict[str, Any], *, now: int) -> None:
    """Remember how a submission was answered."""
    tx.run(
        "INSERT INTO slack_answers (key, answer, at) VALUES (:key, :answer, :now) ON CONFLICT (key) DO NOTHING",
        key=key,
        answer=json.dumps(answer, ensure_ascii=False),
        now=now,
    )


def get_answer(tx: Tx, key: str) -> dict[str, Any] | None:
    """Return how a submission was answered, if it was."""
    row = tx.one("SELECT answer FROM slack_answers WHERE key = :key", key=key)
    return None if row is None else dict(json.loads(row["answer"]))


def note_home_opened(tx: Tx, user: str, *, now: int) -> None:
    """Remember that somebody looks at their Home tab."""
    tx.run(
        "INSERT INTO slack_homes (user_id, opened_at) VALUES (:user, :now)"
        " ON CONFLICT (user_id) DO UPDATE SET opened_at = excluded.opened_at",
        user=user,
        now=now,
    )


def note_home_shown(tx: Tx, user: str, digest: str) -> None:
    """Remember what somebody's Home tab shows."""
    tx.run("UPDATE slack_homes SET shown = :digest WHERE user_id = :user", user=user, digest=digest)


def homes_opened_since(tx: Tx, since: int, limit: int) -> dict[str, str | None]:
    """Return who looked at their Home tab since a time (epoch ms), the latest first, and what it shows."""
    rows = tx.all(
        "SELECT user_id, shown FROM slack_homes WHERE opened_at >= :since ORDER BY opened_at DESC LIMIT :limit",
        since=since,
        limit=limit,
    )
    return {row["user_id"]: row["shown"] for row in rows}


def purge_views(tx: Tx, *, before: int) -> None:
    """Forget answers and Homes from before a time (epoch ms)."""
    tx.run("DELETE FROM slack_answers WHERE at < :before", before=before)
    tx.run("DELETE FROM slack_homes WHERE opened_at < :before", before=before)
