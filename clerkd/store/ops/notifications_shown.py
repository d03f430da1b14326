"""Which notifications people see now."""

from __future__ import annotations

from clerkd.ports.store import Tx
from clerkd.store.ops.slack_posts import Answer, Post, answer_prompt, find_post_at, get_post
from clerkd.store.ops.tickets_notes import write_ticket_event


def live_notifications(tx: Tx, prefix: str) -> list[Post]:
    """Return the posts whose subject begins with `prefix:` that are or will be shown, oldest first."""
    rows = tx.all(
        "SELECT id FROM slack_posts WHERE subject >= :first AND subject < :after AND subject <> ''"
        " AND state <> 'dropped' AND answered_by IS NULL ORDER BY seq",
        first=f"{prefix}:",
        after=f"{prefix};",  # the character after the colon
    )
    found = (get_post(tx, row["id"]) for row in rows)
    return [post for post in found if post is not None]


def is_at_bottom(tx: Tx, post: Post) -> bool:
    """Tell whether nothing of ours that is still there was posted below a message, replies aside."""
    row = tx.one(
        "SELECT id FROM slack_posts WHERE channel = :channel AND ts > :ts AND action = 'post'"
        " AND sent_thread_ts IS NULL AND answered_by IS NULL LIMIT 1",
        channel=post.channel,
        ts=post.ts,
    )
    return row is None


def hide_notification(tx: Tx, channel: str, ts: str, *, conversation_id: str, target: str, actor: str, at: int) -> bool:
    """Note that a person took a notification away; False if it was settled or taken away before."""
    post = find_post_at(tx, channel, ts)
    if post is None or answer_prompt(tx, post.id, f"hidden {actor}") is not Answer.FIRST:
        return False
    _tell_anew(tx, conversation_id)
    write_ticket_event(tx, conversation_id, "hidden", at=at, actor=actor, detail=target)
    return True


def notification_at(tx: Tx, channel: str, ts: str) -> Post | None:
    """Return the notification that a message is, None if it is none."""
    post = find_post_at(tx, channel, ts)
    return post if post is not None and post.subject.startswith("notify:") else None


def forget_notification(tx: Tx, channel: str, ts: str) -> None:
    """Note that somebody deleted a notification in Slack: the next text makes another one."""
    post = notification_at(tx, channel, ts)
    if post is not None and answer_prompt(tx, post.id, "gone") is Answer.FIRST:
        _tell_anew(tx, post.subject.split(":")[1])


def _tell_anew(tx: Tx, conversation_id: str) -> None:
    tx.run("UPDATE tickets SET told_at = NULL WHERE conversation_id = :id", id=conversation_id)
