"""Conversations: one line and one peer."""

from __future__ import annotations

from clerkd.errors import NotFound
from clerkd.model.conversation import Conversation
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.rows import returned

_COLUMNS = "id, line, peer, created_at, last_at, messages"


def touch_conversation(tx: Tx, *, new_id: str, line: str, peer: str, at: int, messages: int = 1) -> str:
    """Count `messages` more between a line and a peer and return the conversation's id; `new_id` if it is the first."""
    row = tx.one(
        "INSERT INTO conversations (id, line, peer, created_at, last_at, messages)"
        " VALUES (:new_id, :line, :peer, :at, :at, :messages)"
        " ON CONFLICT (line, peer) DO UPDATE SET messages = conversations.messages + excluded.messages,"
        " last_at = CASE WHEN excluded.last_at > conversations.last_at"
        " THEN excluded.last_at ELSE conversations.last_at END RETURNING id",
        new_id=new_id,
        line=line,
        peer=peer,
        at=at,
        messages=messages,
    )
    return str(returned(row)["id"])


def get_conversation(tx: Tx, conversation_id: str) -> Conversation:
    """Return a conversation; raise `NotFound`."""
    row = tx.one(f"SELECT {_COLUMNS} FROM conversations WHERE id = :id", id=conversation_id)  # noqa: S608 - constant
    if row is None:
        raise NotFound("no such conversation", id=conversation_id)
    return _conversation(row)


def find_conversation(tx: Tx, line: str, peer: str) -> Conversation | None:
    """Return the conversation of a line and a peer, if they have one."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM conversations WHERE line = :line AND peer = :peer",  # noqa: S608 - constant
        line=line,
        peer=peer,
    )
    return None if row is None else _conversation(row)


def count_conversations(tx: Tx, peer: str) -> int:
    """Return with how many lines a peer has a conversation."""
    row = tx.one("SELECT count(*) AS n FROM conversations WHERE peer = :peer", peer=peer)
    return 0 if row is None else int(row["n"])


def list_conversations(
    tx: Tx,
    *,
    line: str | None = None,
    peer: str | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 50,
) -> list[Conversation]:
    """Return conversations, the most recent first; `before` is `last_at` and id of the last one seen."""
    conditions = ["1 = 1"]
    if line is not None:
        conditions.append("line = :line")
    if peer is not None:
        conditions.append("peer = :peer")
    if before is not None:
        conditions.append("(last_at < :before OR (last_at = :before AND id < :before_id))")
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM conversations WHERE {' AND '.join(conditions)}"  # noqa: S608 - constants
        " ORDER BY last_at DESC, id DESC LIMIT :limit",
        **{
            name: value
            for name, value in {
                "line": line,
                "peer": peer,
                "before": before and before[0],
                "before_id": before and before[1],
                "limit": limit,
            }.items()
            if value is not None
        },
    )
    return [_conversation(row) for row in rows]


def _conversation(row: Row) -> Conversation:
    return Conversation(
        id=row["id"],
        line=row["line"],
        peer=row["peer"],
        created_at=row["created_at"],
        last_at=row["last_at"],
        messages=row["messages"],
    )
