"""What the dashboard counts. Every query here is a range of an index: it is asked whenever somebody looks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from clerkd.ports.store import Tx
from clerkd.store.ops.tickets_inbox import NEEDS_ANSWER

NEWEST = 500  # messages among which the last of each direction is looked for
PREVIEW = 300  # characters of a text that are read

_CAME = "'received'"
_CAME_OR_WENT = "'active', 'received'"  # neither scheduled nor held nor cancelled


@dataclass(frozen=True, slots=True)
class LastText:
    """The beginning of a conversation's newest text."""

    text: str
    inbound: bool


def count_queued_messages(tx: Tx) -> dict[str, int]:
    """Return how many messages wait for their turn on the air, per line that has any."""
    rows = tx.all("SELECT line, count(DISTINCT message_seq) AS number FROM segments WHERE queued = 1 GROUP BY line")
    return {row["line"]: row["number"] for row in rows}


def count_held_messages(tx: Tx) -> dict[str, int]:
    """Return how many messages are held back until a rule lets them go, per line that has any."""
    rows = tx.all("SELECT line, count(*) AS number FROM held_messages GROUP BY line")
    return {row["line"]: row["number"] for row in rows}


def count_waiting_conversations(tx: Tx, *, now: int) -> int:
    """Return how many conversations need an answer and are not put off."""
    row = tx.one(
        "SELECT count(*) AS number FROM tickets k JOIN conversations c ON c.id = k.conversation_id"  # noqa: S608
        f" WHERE {NEEDS_ANSWER}",
        now=now,
    )
    return 0 if row is None else int(row["number"])


def last_times(tx: Tx) -> tuple[int | None, int | None]:
    """Return when the newest text came in and when the newest one was written to go out, epoch ms.

    Among the newest messages: what is far behind them is not news.
    """
    rows = tx.all(
        "SELECT direction, max(created_at) AS at FROM"  # noqa: S608 - constant
        " (SELECT direction, created_at, disposition FROM messages ORDER BY seq DESC LIMIT :newest) AS newest"
        f" WHERE disposition IN ({_CAME_OR_WENT}) GROUP BY direction",
        newest=NEWEST,
    )
    found = {row["direction"]: int(row["at"]) for row in rows}
    return found.get("inbound"), found.get("outbound")


def last_texts(tx: Tx, conversation_ids: Collection[str], *, inbound_only: bool = False) -> dict[str, LastText]:
    """Return each conversation's newest text that came or went; none that Do Not Disturb keeps out of sight."""
    found: dict[str, LastText] = {}
    for conversation_id in conversation_ids:
        row = tx.one(
            "SELECT substr(m.text, 1, :preview) AS text, m.direction AS direction FROM messages m"  # noqa: S608
            f" WHERE m.conversation_id = :id AND m.disposition IN ({_CAME if inbound_only else _CAME_OR_WENT})"
            " AND NOT EXISTS (SELECT 1 FROM dnd_messages d WHERE d.message_seq = m.seq) ORDER BY m.seq DESC LIMIT 1",
            id=conversation_id,
            preview=PREVIEW,
        )
        if row is not None:
            found[conversation_id] = LastText(row["text"], row["direction"] == "inbound")
    return found
