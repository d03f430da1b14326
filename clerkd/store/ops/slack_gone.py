"""People who left the workspace."""

from __future__ import annotations

from clerkd.ports.store import Tx
from clerkd.store.ops.tickets import tell_ticket
from clerkd.store.ops.tickets_notes import write_ticket_event


def forget_notified(tx: Tx, user: str) -> None:
    """Tell a person of nothing any more."""
    tx.run("DELETE FROM ticket_notified WHERE target = :user", user=user)


def unassign_everywhere(tx: Tx, user: str, *, at: int) -> list[str]:
    """Take a person who left off every conversation; return these. Each keeps a line of it in its history."""
    rows = tx.all(
        "DELETE FROM ticket_assignees WHERE person = :user RETURNING conversation_id",
        user=user,
    )
    left = [row["conversation_id"] for row in rows]
    for conversation_id in left:
        write_ticket_event(tx, conversation_id, "unassigned", at=at, detail=f"{user} left")
        tell_ticket(tx, conversation_id, at=at)
    return left
