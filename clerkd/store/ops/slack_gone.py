"""People who left the workspace."""

from __future__ import annotations

from clerkd.ports.store import Tx


def forget_notified(tx: Tx, user: str) -> None:
    """Tell a person of nothing any more; who they were assigned to stays in the history."""
    tx.run("DELETE FROM ticket_notified WHERE target = :user", user=user)
