"""What the dashboard counts. Every query here is a range of an index: it is asked whenever somebody looks."""

from __future__ import annotations

from clerkd.ports.store import Tx


def count_queued_messages(tx: Tx) -> dict[str, int]:
    """Return how many messages wait for their turn on the air, per line that has any."""
    rows = tx.all("SELECT line, count(DISTINCT message_seq) AS number FROM segments WHERE queued = 1 GROUP BY line")
    return {row["line"]: row["number"] for row in rows}


def count_held_messages(tx: Tx) -> dict[str, int]:
    """Return how many messages are held back until a rule lets them go, per line that has any."""
    rows = tx.all("SELECT line, count(*) AS number FROM held_messages GROUP BY line")
    return {row["line"]: row["number"] for row in rows}


def count_waiting_conversations(tx: Tx) -> int:
    """Return how many conversations need an answer and are not put off."""
    row = tx.one("SELECT count(*) AS number FROM tickets WHERE waiting_since IS NOT NULL AND snoozed = 0")
    return 0 if row is None else int(row["number"])
