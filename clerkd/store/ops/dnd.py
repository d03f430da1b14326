"""The Do Not Disturb list, and what it kept from being shown."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.message import Message
from clerkd.model.rules import DndEntry
from clerkd.ports.store import Tx
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.rows import returned
from clerkd.store.ops.rules import dnd_entry_of
from clerkd.store.ops.silenced import waiting_for_entry
from clerkd.store.ops.tickets import tell_ticket


@dataclass(frozen=True, slots=True)
class Counted:
    """An entry and how many messages it kept back since some time."""

    entry: DndEntry
    messages: int


def put_dnd(tx: Tx, entry: DndEntry) -> DndEntry:
    """Put a pattern on the list, or give the one that is there another reason and end; return it.

    Conversations that wait are told of, for nobody needs to answer them now.
    """
    row = tx.one(
        "INSERT INTO dnd_entries (id, pattern, kind, at, reason, actor, until)"
        " VALUES (:id, :pattern, :kind, :at, :reason, :actor, :until)"
        " ON CONFLICT (pattern) DO UPDATE SET reason = excluded.reason, actor = excluded.actor,"
        " until = excluded.until RETURNING *",
        id=entry.id,
        pattern=entry.pattern,
        kind=entry.kind.value,
        at=entry.at,
        reason=entry.reason,
        actor=entry.actor,
        until=entry.until,
    )
    kept = dnd_entry_of(returned(row))
    for conversation_id in waiting_for_entry(tx, kept.id):
        tell_ticket(tx, conversation_id, at=entry.at)
    return kept


def remove_dnd(tx: Tx, entry_id: str) -> DndEntry | None:
    """Take an entry off the list and return it; None if it is not there any more."""
    row = tx.one("DELETE FROM dnd_entries WHERE id = :id RETURNING *", id=entry_id)
    return None if row is None else dnd_entry_of(row)


def find_dnd(tx: Tx, pattern: str) -> DndEntry | None:
    """Return the entry with exactly this pattern."""
    row = tx.one("SELECT * FROM dnd_entries WHERE pattern = :pattern", pattern=pattern)
    return None if row is None else dnd_entry_of(row)


def list_dnd(tx: Tx, *, now: int, since: int, limit: int = 100) -> list[Counted]:
    """Return the entries in force, newest first, with what each kept back after `since`."""
    rows = tx.all(
        "SELECT d.*, (SELECT count(*) FROM dnd_messages k WHERE k.pattern = d.pattern AND k.at > :since) AS messages"
        " FROM dnd_entries d WHERE d.until IS NULL OR d.until > :now ORDER BY d.at DESC, d.id DESC LIMIT :limit",
        now=now,
        since=since,
        limit=limit,
    )
    return [Counted(dnd_entry_of(row), row["messages"]) for row in rows]


def count_dnd(tx: Tx, *, since: int) -> int:
    """Return how many messages were kept back after `since`."""
    row = tx.one("SELECT count(*) AS number FROM dnd_messages WHERE at > :since", since=since)
    return int(returned(row)["number"])


def count_dnd_calls(tx: Tx, *, since: int) -> int:
    """Return how many calls were kept back after `since`."""
    row = tx.one("SELECT count(*) AS number FROM calls WHERE dnd_pattern IS NOT NULL AND at > :since", since=since)
    return int(returned(row)["number"])


def count_dnd_entries(tx: Tx, *, now: int) -> int:
    """Return how many entries are in force."""
    row = tx.one("SELECT count(*) AS number FROM dnd_entries WHERE until IS NULL OR until > :now", now=now)
    return int(returned(row)["number"])


def keep_back(tx: Tx, message_seq: int, pattern: str, *, at: int) -> None:
    """Note that a message is kept but not shown."""
    tx.run(
        "INSERT INTO dnd_messages (message_seq, pattern, at) VALUES (:seq, :pattern, :at)"
        " ON CONFLICT (message_seq) DO NOTHING",
        seq=message_seq,
        pattern=pattern,
        at=at,
    )


def is_kept_back(tx: Tx, message_seq: int) -> bool:
    """Tell whether a message is kept but not shown."""
    return tx.one("SELECT 1 AS found FROM dnd_messages WHERE message_seq = :seq", seq=message_seq) is not None


def kept_back(tx: Tx, *, since: int, limit: int = 20) -> list[Message]:
    """Return the newest messages that were kept back after `since`."""
    rows = tx.all(
        "SELECT m.id FROM dnd_messages k JOIN messages m ON m.seq = k.message_seq WHERE k.at > :since"
        " ORDER BY k.at DESC, k.message_seq DESC LIMIT :limit",
        since=since,
        limit=limit,
    )
    return [get_message(tx, row["id"]) for row in rows]
