"""Direct channels: which conversation has one, in which state, under which name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerkd.ports.store import Row, Tx


class DirectState(StrEnum):
    """Where a direct channel is in its life."""

    MAKING = "making"  # asked for; Slack may have made it already
    OPEN = "open"  # the conversation is there
    CLOSED = "closed"  # the conversation is in its thread again


@dataclass(frozen=True, slots=True)
class Direct:
    """A direct channel."""

    id: str
    conversation_id: str
    state: DirectState
    current: bool
    name: str
    base: str
    renamed: bool
    channel: str | None
    problem: str | None
    asked_by: str


def add_direct(tx: Tx, direct_id: str, conversation_id: str, *, name: str, base: str, by: str, now: int) -> None:
    """Begin to make one; an earlier one of the conversation is no longer the current one."""
    tx.run("UPDATE slack_direct SET current = 0 WHERE conversation_id = :id AND current = 1", id=conversation_id)
    tx.run(
        "INSERT INTO slack_direct (id, conversation_id, current, state, name, base, asked_by, changed_at)"
        " VALUES (:id, :conversation, 1, 'making', :name, :base, :by, :now)",
        id=direct_id,
        conversation=conversation_id,
        name=name,
        base=base,
        by=by,
        now=now,
    )


def get_direct(tx: Tx, direct_id: str) -> Direct | None:
    """Return one by id."""
    row = tx.one("SELECT * FROM slack_direct WHERE id = :id", id=direct_id)
    return None if row is None else _direct(row)


def current_direct(tx: Tx, conversation_id: str) -> Direct | None:
    """Return the newest one of a conversation, whatever its state."""
    row = tx.one("SELECT * FROM slack_direct WHERE conversation_id = :id AND current = 1", id=conversation_id)
    return None if row is None else _direct(row)


def open_direct(tx: Tx, conversation_id: str) -> Direct | None:
    """Return the one in which a conversation is held now."""
    found = current_direct(tx, conversation_id)
    return found if found is not None and found.state is DirectState.OPEN else None


def direct_at(tx: Tx, channel: str) -> Direct | None:
    """Return which direct channel a channel is or was."""
    row = tx.one("SELECT * FROM slack_direct WHERE channel = :channel", channel=channel)
    return None if row is None else _direct(row)


def is_name_reserved(tx: Tx, name: str, *, but_for: str) -> bool:
    """Tell whether another direct channel has a name, or is about to get it; of closed ones Slack knows."""
    row = tx.one(
        "SELECT id FROM slack_direct WHERE name = :name AND id <> :id AND state <> 'closed' LIMIT 1",
        name=name,
        id=but_for,
    )
    return row is not None


def is_direct_in_making(tx: Tx) -> bool:
    """Tell whether Slack may have made a channel whose id is not known yet."""
    row = tx.one(
        "SELECT id FROM slack_posts WHERE state = 'sending' AND state IN ('waiting', 'sending')"
        " AND subject >= 'make:' AND subject < 'make;' LIMIT 1"
    )
    return row is not None


def ask_for_name(tx: Tx, direct_id: str, name: str) -> None:
    """Ask for another name; committed before Slack is asked."""
    tx.run("UPDATE slack_direct SET name = :name WHERE id = :id", id=direct_id, name=name)


def note_made(tx: Tx, direct_id: str, channel: str, *, now: int) -> None:
    """Hold the conversation in the channel from now on; what people write there counts from now on."""
    tx.run(
        "UPDATE slack_direct SET state = 'open', channel = :channel, problem = NULL, changed_at = :now,"
        " seen_ts = :seen_ts WHERE id = :id",
        id=direct_id,
        channel=channel,
        now=now,
        seen_ts=f"{now / 1000:.6f}",
    )


def reopen_direct(tx: Tx, direct_id: str, *, now: int) -> None:
    """Hold the conversation in a channel that was closed again."""
    tx.run(
        "UPDATE slack_direct SET state = 'open', problem = NULL, changed_at = :now WHERE id = :id",
        id=direct_id,
        now=now,
    )


def close_direct(tx: Tx, direct_id: str, problem: str, *, now: int) -> None:
    """Hold the conversation in its thread again, and remember why."""
    tx.run(
        "UPDATE slack_direct SET state = 'closed', problem = :problem, changed_at = :now WHERE id = :id",
        id=direct_id,
        problem=problem,
        now=now,
    )


def note_renamed(tx: Tx, direct_id: str, name: str, *, base: str | None = None, by_people: bool = False) -> None:
    """Remember what a channel is called now; one that people named is not renamed by us any more."""
    tx.run(
        "UPDATE slack_direct SET name = :name, base = coalesce(:base, base),"
        " renamed = CASE WHEN :by_people = 1 THEN 1 ELSE renamed END WHERE id = :id",
        id=direct_id,
        name=name,
        base=base,
        by_people=int(by_people),
    )


def open_channels(tx: Tx) -> list[str]:
    """Return the channels in which conversations are held."""
    rows = tx.all("SELECT channel FROM slack_direct WHERE state = 'open' AND channel IS NOT NULL ORDER BY channel")
    return [row["channel"] for row in rows]


def card_digest(tx: Tx, channel: str, ts: str) -> str | None:
    """Return what a card shows, as a digest."""
    row = tx.one("SELECT digest FROM slack_cards WHERE channel = :channel AND ts = :ts", channel=channel, ts=ts)
    return None if row is None else row["digest"]


def note_card(tx: Tx, channel: str, ts: str, digest: str) -> None:
    """Remember what a card shows."""
    tx.run(
        "INSERT INTO slack_cards (channel, ts, digest) VALUES (:channel, :ts, :digest)"
        " ON CONFLICT (channel, ts) DO UPDATE SET digest = excluded.digest",
        channel=channel,
        ts=ts,
        digest=digest,
    )


def _direct(row: Row) -> Direct:
    return Direct(
        id=row["id"],
        conversation_id=row["conversation_id"],
        state=DirectState(row["state"]),
        current=bool(row["current"]),
        name=row["name"],
        base=row["base"],
        renamed=bool(row["renamed"]),
        channel=row["channel"],
        problem=row["problem"],
        asked_by=row["asked_by"],
    )
