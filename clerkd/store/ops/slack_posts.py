"""The queue of what is to be said in Slack: written with the fact that it tells, executed in order within a lane."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clerkd.ports.store import Row, Tx


class Action(StrEnum):
    """What a post does."""

    POST = "post"  # chat.postMessage
    UPDATE = "update"  # chat.update
    DELETE = "delete"  # chat.delete
    REACT = "react"  # reactions.add
    WHISPER = "whisper"  # chat.postEphemeral
    PIN = "pin"  # pins.add
    CHANNEL = "channel"  # a step in the life of a direct channel; the payload says which


class Answer(StrEnum):
    """Whether it was this that decided a prompt."""

    FIRST = "first"  # now
    AGAIN = "again"  # it had before
    OTHER = "other"  # somebody or something else had


@dataclass(frozen=True, slots=True)
class NewPost:
    """Something to say. Where: a conversation's thread, a line's channel, or a place given outright."""

    lane: str
    action: Action
    payload: dict[str, Any]  # text and blocks; for a reaction its name; for a whisper the user, too
    subject: str = ""
    line: str | None = None
    conversation_id: str | None = None
    channel: str | None = None
    thread_ts: str | None = None
    target_ts: str | None = None
    target_id: str | None = None
    due_at: int = 0  # epoch ms


@dataclass(frozen=True, slots=True)
class Post:
    """A row of the queue."""

    id: str
    lane: str
    action: Action
    subject: str
    line: str | None
    conversation_id: str | None
    channel: str | None
    thread_ts: str | None
    target_ts: str | None
    payload: dict[str, Any]
    state: str
    attempts: int
    claimed_at: int | None
    ts: str | None
    answered_by: str | None
    created_at: int
    sent_channel: str | None = None
    sent_thread_ts: str | None = None
    joined_id: str | None = None


_COLUMNS = (
    "p.id, p.lane, p.action, p.subject, p.line, p.conversation_id, coalesce(p.channel, t.channel) AS channel,"
    " p.thread_ts, coalesce(p.target_ts, t.ts) AS target_ts, p.payload, p.state, p.attempts, p.claimed_at, p.ts,"
    " p.answered_by, p.created_at, p.sent_channel, p.sent_thread_ts, p.joined_id"
)
_FROM = "slack_posts p LEFT JOIN slack_posts t ON t.id = p.target_id"


def add_post(tx: Tx, post_id: str, new: NewPost, *, now: int) -> None:
    """Queue a post."""
    tx.run(
        "INSERT INTO slack_posts (id, lane, action, subject, line, conversation_id, channel, thread_ts, target_ts,"
        " target_id, payload, state, due_at, created_at) VALUES (:id, :lane, :action, :subject, :line, :conversation,"
        " :channel, :thread_ts, :target_ts, :target_id, :payload, 'waiting', :due_at, :now)",
        id=post_id,
        lane=new.lane,
        action=new.action.value,
        subject=new.subject,
        line=new.line,
        conversation=new.conversation_id,
        channel=new.channel,
        thread_ts=new.thread_ts,
        target_ts=new.target_ts,
        target_id=new.target_id,
        payload=json.dumps(new.payload, ensure_ascii=False),
        due_at=new.due_at,
        now=now,
    )


def next_post(tx: Tx, lane: str, *, now: int) -> Post | None:
    """Return the first post of a lane that can be executed now.

    One that is due later (itself, or the message in which it is shown with others), or whose target is not posted
    yet, lets others pass.
    """
    row = tx.one(
        f"SELECT {_COLUMNS} FROM {_FROM} LEFT JOIN slack_posts j ON j.id = p.joined_id"  # noqa: S608 - constants
        " WHERE p.lane = :lane AND p.state IN ('waiting', 'sending') AND p.due_at <= :now"
        " AND (p.joined_id IS NULL OR j.id IS NULL OR j.due_at <= :now)"
        " AND (p.target_id IS NULL OR t.ts IS NOT NULL) ORDER BY p.seq LIMIT 1",
        lane=lane,
        now=now,
    )
    return None if row is None else _post(row)


def next_due(tx: Tx, lane: str, *, now: int) -> int | None:
    """Return when the next post of a lane that waits for its time may go."""
    row = tx.one(
        "SELECT min(due_at) AS due FROM slack_posts WHERE lane = :lane AND state IN ('waiting', 'sending')"
        " AND due_at > :now",
        lane=lane,
        now=now,
    )
    return None if row is None else row["due"]


def claim_post(tx: Tx, post_id: str, *, now: int, channel: str | None = None, thread_ts: str | None = None) -> None:
    """Note that a post is about to be sent; from here on it may be in Slack, and no earlier than `claimed_at`."""
    tx.run(
        "UPDATE slack_posts SET attempts = attempts + 1, sent_channel = :channel, sent_thread_ts = :thread_ts,"
        " claimed_at = CASE WHEN state = 'sending' THEN claimed_at ELSE :now END, state = 'sending' WHERE id = :id",
        id=post_id,
        channel=channel,
        thread_ts=thread_ts,
        now=now,
    )


def release_post(tx: Tx, post_id: str, *, due_at: int = 0, error: str | None = None, counts: bool = True) -> None:
    """Note that a post certainly was not made; it waits for another try. `counts`: this one was an attempt."""
    tx.run(
        "UPDATE slack_posts SET state = 'waiting', due_at = :due_at, error = :error, attempts = attempts - :uncounted"
        " WHERE id = :id",
        uncounted=0 if counts else 1,
        id=post_id,
        due_at=due_at,
        error=error,
    )


def rewrite_post(tx: Tx, post_id: str, payload: dict[str, Any], *, error: str | None = None) -> None:
    """Give a post that was not made another content."""
    tx.run(
        "UPDATE slack_posts SET payload = :payload, error = coalesce(:error, error) WHERE id = :id",
        id=post_id,
        payload=json.dumps(payload, ensure_ascii=False),
        error=error,
    )


def finish_post(tx: Tx, post_id: str, *, channel: str | None, ts: str | None) -> None:
    """Note that a post was made; forget its content."""
    tx.run(
        "UPDATE slack_posts SET state = 'done', payload = '{}', error = NULL, channel = coalesce(:channel, channel),"
        " ts = coalesce(:ts, ts) WHERE id = :id",
        id=post_id,
        channel=channel,
        ts=ts,
    )


def lanes_waiting_for(tx: Tx, post_id: str) -> list[str]:
    """Return the lanes in which something was waiting for a post to be made."""
    rows = tx.all("SELECT DISTINCT lane FROM slack_posts WHERE target_id = :id AND state = 'waiting'", id=post_id)
    return [row["lane"] for row in rows]


def drop_post(tx: Tx, post_id: str, *, error: str) -> None:
    """Note that a post will never be made, and why; so will nothing that waits for it."""
    tx.run(
        "UPDATE slack_posts SET state = 'dropped', payload = '{}', error = :error WHERE id = :id",
        id=post_id,
        error=error,
    )
    tx.run(
        "UPDATE slack_posts SET state = 'dropped', payload = '{}', error = 'its target was dropped'"
        " WHERE target_id = :id AND state IN ('waiting', 'sending')",
        id=post_id,
    )


def get_post(tx: Tx, post_id: str) -> Post | None:
    """Return a post by id."""
    row = tx.one(f"SELECT {_COLUMNS} FROM {_FROM} WHERE p.id = :id", id=post_id)  # noqa: S608 - constants
    return None if row is None else _post(row)


def posts_where(tx: Tx, condition: str, **values: Any) -> list[Post]:
    """Return the posts `p` for which a condition holds; it may end with an order and a limit. For operations only."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM {_FROM} WHERE {condition}", **values)  # noqa: S608 - constants
    return [_post(row) for row in rows]


def find_posts(tx: Tx, subject: str) -> list[Post]:
    """Return what shows a subject, dropped posts left out, oldest first."""
    return posts_where(tx, "p.subject = :subject AND p.state <> 'dropped' ORDER BY p.seq", subject=subject)


def find_post_at(tx: Tx, channel: str, ts: str) -> Post | None:
    """Return the post that became this Slack message."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE p.channel = :channel AND p.ts = :ts",  # noqa: S608 - constants
        channel=channel,
        ts=ts,
    )
    return None if row is None else _post(row)


def is_card_in_flight(tx: Tx) -> bool:
    """Tell whether some conversation's card may be in Slack already without our knowing where."""
    row = tx.one(
        "SELECT id FROM slack_posts WHERE state = 'sending' AND state IN ('waiting', 'sending')"
        " AND subject >= 'card:' AND subject < 'card;' LIMIT 1"
    )
    return row is not None


def answer_prompt(tx: Tx, post_id: str, by: str) -> Answer:
    """Decide a prompt, unless something else decided it before."""
    row = tx.one("SELECT answered_by FROM slack_posts WHERE id = :id", id=post_id)
    if row is None or row["answered_by"] is not None:
        return Answer.AGAIN if row is not None and row["answered_by"] == by else Answer.OTHER
    tx.run("UPDATE slack_posts SET answered_by = :by WHERE id = :id", id=post_id, by=by)
    return Answer.FIRST


def waiting_lanes(tx: Tx) -> list[str]:
    """Return the lanes in which something is left to do."""
    return [
        row["lane"] for row in tx.all("SELECT DISTINCT lane FROM slack_posts WHERE state IN ('waiting', 'sending')")
    ]


def count_waiting(tx: Tx) -> int:
    """Return how many posts wait."""
    row = tx.one("SELECT count(*) AS n FROM slack_posts WHERE state IN ('waiting', 'sending')")
    return 0 if row is None else int(row["n"])


def count_told_since(tx: Tx, subject: str, since: int) -> int:
    """Return how often a subject was posted since a time (epoch ms)."""
    row = tx.one(
        "SELECT count(*) AS n FROM slack_posts WHERE subject = :subject AND state <> 'dropped'"
        " AND created_at >= :since",
        subject=subject,
        since=since,
    )
    return 0 if row is None else int(row["n"])


def purge_posts(tx: Tx, *, before: int) -> int:
    """Forget what was made before a time (epoch ms) and is needed for nothing any more.

    Texts and cards stay: edits and reactions must find them as long as the message is kept.
    """
    return tx.run(
        "DELETE FROM slack_posts WHERE created_at < :before AND (state = 'dropped' OR (state = 'done' AND"
        " (action <> 'post' OR subject = '' OR answered_by IS NOT NULL)))",
        before=before,
    )


def _post(row: Row) -> Post:
    return Post(
        id=row["id"],
        lane=row["lane"],
        action=Action(row["action"]),
        subject=row["subject"],
        line=row["line"],
        conversation_id=row["conversation_id"],
        channel=row["channel"],
        thread_ts=row["thread_ts"],
        target_ts=row["target_ts"],
        payload=json.loads(row["payload"]),
        state=row["state"],
        attempts=row["attempts"],
        claimed_at=row["claimed_at"],
        ts=row["ts"],
        answered_by=row["answered_by"],
        created_at=row["created_at"],
        sent_channel=row["sent_channel"],
        sent_thread_ts=row["sent_thread_ts"],
        joined_id=row["joined_id"],
    )
