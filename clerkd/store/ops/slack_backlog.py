"""Posts that are shown together in the message of another post, the joint: they keep their own content and subject."""

from __future__ import annotations

from collections.abc import Iterable

from clerkd.ports.store import Tx
from clerkd.store.ops.slack_posts import Post, posts_where


def waiting_of(tx: Tx, lane: str, conversation_id: str, *, now: int, most: int) -> list[Post]:
    """Return what waits in a lane for one conversation and may be posted now, in order."""
    return posts_where(
        tx,
        "p.lane = :lane AND p.conversation_id = :conversation AND p.state = 'waiting' AND p.due_at <= :now"
        " ORDER BY p.seq LIMIT :most",
        lane=lane,
        conversation=conversation_id,
        now=now,
        most=most,
    )


def join_posts(tx: Tx, joint_id: str, members: Iterable[Post]) -> None:
    """Have posts shown in the message of another one."""
    for post in members:
        tx.run("UPDATE slack_posts SET joined_id = :joint WHERE id = :id", joint=joint_id, id=post.id)


def joined_posts(tx: Tx, joint_id: str) -> list[Post]:
    """Return what is shown in a post's message besides, in order."""
    return posts_where(tx, "p.joined_id = :joint AND p.state <> 'dropped' ORDER BY p.seq", joint=joint_id)


def separate_posts(tx: Tx, joint_id: str) -> None:
    """Have posts that wait for another one's message shown by themselves after all."""
    tx.run("UPDATE slack_posts SET joined_id = NULL WHERE joined_id = :joint AND state = 'waiting'", joint=joint_id)


def finish_joined(tx: Tx, joint_id: str, *, channel: str, ts: str) -> list[str]:
    """Note where joined posts are shown; return the lanes in which something waited for one of them.

    They keep their content: when one changes, the whole message is written anew.
    """
    tx.run(
        "UPDATE slack_posts SET state = 'done', channel = :channel, ts = :ts WHERE joined_id = :joint"
        " AND state = 'waiting'",
        channel=channel,
        ts=ts,
        joint=joint_id,
    )
    rows = tx.all(
        "SELECT DISTINCT w.lane FROM slack_posts w JOIN slack_posts m ON m.id = w.target_id"
        " WHERE m.joined_id = :joint AND w.state = 'waiting'",
        joint=joint_id,
    )
    return [row["lane"] for row in rows]
