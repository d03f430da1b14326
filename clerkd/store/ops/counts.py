"""How many: what metrics and `clerkd status` tell."""

from __future__ import annotations

from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction
from clerkd.ports.store import Tx
from clerkd.store.ops.messages import STATE_SQL


def count_messages(tx: Tx) -> dict[tuple[Direction, MessageState], int]:
    """Return how many messages are in each state. Looks at every one: the caller decides how often."""
    rows = tx.all(
        f"SELECT direction, state, count(*) AS number FROM (SELECT m.direction AS direction, {STATE_SQL} AS state"  # noqa: S608 - constant
        " FROM messages m) AS states GROUP BY direction, state"
    )
    return {(Direction(row["direction"]), MessageState(row["state"])): row["number"] for row in rows}


def count_waiting(tx: Tx) -> dict[str, int]:
    """Return how many segments wait for their turn, per line that has any."""
    rows = tx.all("SELECT line, count(*) AS number FROM segments WHERE queued = 1 GROUP BY line")
    return {row["line"]: row["number"] for row in rows}
