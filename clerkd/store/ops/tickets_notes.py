"""What is remembered of a ticket: notes among colleagues, and who did what."""

from __future__ import annotations

from clerkd.model.ticket import Note, TicketHistory
from clerkd.ports.store import Tx


def list_notes(tx: Tx, conversation_id: str, *, limit: int = 10) -> list[Note]:
    """Return the newest notes, oldest first."""
    rows = tx.all(
        "SELECT at, author, name, text FROM ticket_notes WHERE conversation_id = :id ORDER BY seq DESC LIMIT :limit",
        id=conversation_id,
        limit=limit,
    )
    return [Note(row["at"], row["author"], row["name"], row["text"]) for row in rows[::-1]]


def ticket_history(tx: Tx, conversation_id: str) -> list[TicketHistory]:
    """Return what happened to a ticket, oldest first."""
    rows = tx.all(
        "SELECT at, event, actor, detail FROM ticket_events WHERE conversation_id = :id ORDER BY seq",
        id=conversation_id,
    )
    return [TicketHistory(row["at"], row["event"], row["actor"], row["detail"]) for row in rows]


def write_ticket_event(
    tx: Tx, conversation_id: str, event: str, *, at: int, actor: str | None = None, detail: str | None = None
) -> None:
    """Add to a ticket's history."""
    tx.run(
        "INSERT INTO ticket_events (conversation_id, at, event, actor, detail)"
        " VALUES (:id, :at, :event, :actor, :detail)",
        id=conversation_id,
        at=at,
        event=event,
        actor=actor,
        detail=detail,
    )


def add_note(tx: Tx, conversation_id: str, note: Note, *, key: str) -> None:
    """Add a note; the same `key` again adds nothing."""
    tx.run(
        "INSERT INTO ticket_notes (key, conversation_id, at, author, name, text)"
        " VALUES (:key, :id, :at, :author, :name, :text) ON CONFLICT (key) DO NOTHING",
        key=key,
        id=conversation_id,
        at=note.at,
        author=note.author,
        name=note.name,
        text=note.text,
    )
