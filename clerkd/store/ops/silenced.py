"""Whom nobody needs to answer: peers that opted out, and those on the Do Not Disturb list.

What they wrote still waits in their tickets, so that it counts again when they are back.
"""

from __future__ import annotations

from clerkd.ports.store import Tx
from clerkd.store.ops.rules import standing_of

# That an entry d of the list is about the peer of a conversation c, as `rules.match_dnd` asks it of one peer.
IS_MEANT = (
    "(d.pattern = upper(c.peer) OR (d.kind = 'prefix'"
    " AND substr(upper(c.peer), 1, length(d.pattern) - 1) = substr(d.pattern, 1, length(d.pattern) - 1))"
    " OR (d.kind = 'letters' AND upper(c.peer) <> lower(c.peer)))"
)
# Of a conversation c, at :now in epoch ms.
SILENCED = (
    "(EXISTS (SELECT 1 FROM opt_outs o WHERE o.peer = c.peer)"  # noqa: S608 - constants
    f" OR EXISTS (SELECT 1 FROM dnd_entries d WHERE (d.until IS NULL OR d.until > :now) AND {IS_MEANT}))"
)


def is_silenced(tx: Tx, peer: str, *, now: int) -> bool:
    """Tell whether nobody needs to answer a peer."""
    standing = standing_of(tx, peer, now=now)
    return standing.opt_out is not None or standing.dnd is not None


def waiting_for_entry(tx: Tx, entry_id: str) -> list[str]:
    """Return the conversations with texts that wait for an answer and are about a Do Not Disturb entry."""
    rows = tx.all(
        "SELECT c.id FROM tickets k JOIN conversations c ON c.id = k.conversation_id"  # noqa: S608 - constants
        f" JOIN dnd_entries d ON d.id = :entry WHERE k.waiting_since IS NOT NULL AND {IS_MEANT}",
        entry=entry_id,
    )
    return [row["id"] for row in rows]
