"""Where conversations are in Slack: channels by their configured names, threads by their roots."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.ports.store import Tx


@dataclass(frozen=True, slots=True)
class Thread:
    """The message under which a conversation is shown."""

    channel: str
    root_ts: str
    conversation_id: str


def keep_channel(tx: Tx, name: str, channel_id: str) -> None:
    """Remember which channel a configured name means."""
    tx.run(
        "INSERT INTO slack_channels (name, id) VALUES (:name, :id) ON CONFLICT (name) DO UPDATE SET id = excluded.id",
        name=name,
        id=channel_id,
    )


def channel_ids(tx: Tx) -> dict[str, str]:
    """Return the channels known, by configured name."""
    return {row["name"]: row["id"] for row in tx.all("SELECT name, id FROM slack_channels")}


def change_channel_id(tx: Tx, old: str, new: str) -> None:
    """Follow a channel that Slack gave another id."""
    tx.run("UPDATE slack_channels SET id = :new WHERE id = :old", old=old, new=new)
    tx.run("UPDATE slack_threads SET channel = :new WHERE channel = :old", old=old, new=new)
    tx.run("UPDATE slack_posts SET channel = :new WHERE channel = :old", old=old, new=new)
    tx.run("UPDATE slack_said SET channel = :new WHERE channel = :old", old=old, new=new)
    tx.run("UPDATE slack_direct SET channel = :new WHERE channel = :old", old=old, new=new)
    tx.run("UPDATE slack_cards SET channel = :new WHERE channel = :old", old=old, new=new)


def seen_ts(tx: Tx, channel_id: str) -> str | None:
    """Return up to where a channel has been looked at."""
    row = tx.one(
        "SELECT max(ts) AS ts FROM (SELECT seen_ts AS ts FROM slack_channels WHERE id = :id"
        " UNION ALL SELECT seen_ts FROM slack_direct WHERE channel = :id) AS seen",
        id=channel_id,
    )
    return None if row is None else row["ts"]


def note_seen_ts(tx: Tx, channel_id: str, ts: str) -> None:
    """Remember that a channel has been looked at up to `ts`; never goes back."""
    tx.run(
        "UPDATE slack_channels SET seen_ts = :ts WHERE id = :id AND (seen_ts IS NULL OR seen_ts < :ts)",
        id=channel_id,
        ts=ts,
    )
    tx.run(
        "UPDATE slack_direct SET seen_ts = :ts WHERE channel = :id AND (seen_ts IS NULL OR seen_ts < :ts)",
        id=channel_id,
        ts=ts,
    )


def current_thread(tx: Tx, conversation_id: str) -> Thread | None:
    """Return where a conversation is shown now."""
    row = tx.one(
        "SELECT channel, root_ts FROM slack_threads WHERE conversation_id = :id AND current = 1", id=conversation_id
    )
    return None if row is None else Thread(row["channel"], row["root_ts"], conversation_id)


def conversation_at(tx: Tx, channel: str, root_ts: str) -> str | None:
    """Return the conversation that is or was shown under a message."""
    row = tx.one(
        "SELECT conversation_id FROM slack_threads WHERE channel = :channel AND root_ts = :root_ts",
        channel=channel,
        root_ts=root_ts,
    )
    return None if row is None else str(row["conversation_id"])


def link_thread(tx: Tx, conversation_id: str, channel: str, root_ts: str, *, now: int) -> None:
    """Show a conversation under a message from now on."""
    unlink_thread(tx, conversation_id)
    tx.run(
        "INSERT INTO slack_threads (channel, root_ts, conversation_id, current, created_at)"
        " VALUES (:channel, :root_ts, :conversation_id, 1, :now)"
        " ON CONFLICT (channel, root_ts) DO UPDATE SET current = 1",
        channel=channel,
        root_ts=root_ts,
        conversation_id=conversation_id,
        now=now,
    )


def prefer_channel(tx: Tx, line: str, peer: str, channel: str) -> None:
    """Have the thread of a line and a peer begin in a channel, unless it has begun already."""
    tx.run(
        "INSERT INTO slack_reply_places (line, peer, channel) VALUES (:line, :peer, :channel)"
        " ON CONFLICT (line, peer) DO UPDATE SET channel = excluded.channel",
        line=line,
        peer=peer,
        channel=channel,
    )


def preferred_channel(tx: Tx, conversation_id: str) -> str | None:
    """Return the channel in which somebody wants a conversation's thread to begin."""
    row = tx.one(
        "SELECT p.channel FROM conversations c JOIN slack_reply_places p ON p.line = c.line AND p.peer = c.peer"
        " WHERE c.id = :id",
        id=conversation_id,
    )
    return None if row is None else str(row["channel"])


def unlink_thread(tx: Tx, conversation_id: str) -> None:
    """Note that a conversation's root is gone; the next message makes a new one."""
    tx.run("UPDATE slack_threads SET current = 0 WHERE conversation_id = :id AND current = 1", id=conversation_id)


def recent_threads(tx: Tx, channel: str, *, since: int, limit: int) -> list[Thread]:
    """Return the threads of a channel whose conversations had a message since a time (epoch ms), newest first."""
    rows = tx.all(
        "SELECT t.channel, t.root_ts, t.conversation_id FROM slack_threads t"
        " JOIN conversations c ON c.id = t.conversation_id"
        " WHERE t.channel = :channel AND c.last_at >= :since ORDER BY c.last_at DESC LIMIT :limit",
        channel=channel,
        since=since,
        limit=limit,
    )
    return [Thread(row["channel"], row["root_ts"], row["conversation_id"]) for row in rows]
