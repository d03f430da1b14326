"""Who answered a conversation last from Slack, and messages that wait for a decision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from clerkd.ports.store import Tx

_LOOKED_AT = 20  # newest messages of a conversation


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """A text to the same peer that somebody else wrote."""

    user: str
    text: str
    ref: str | None  # where it was written
    created_at: int  # epoch ms


def newest_answer_of_another(tx: Tx, conversation_id: str, user: str) -> OtherAnswer | None:
    """Return the newest text of a conversation that another Slack user wrote and nobody took back."""
    row = tx.one(
        "SELECT origin_actor, text, origin_ref, created_at FROM (SELECT * FROM messages"
        " WHERE conversation_id = :id ORDER BY seq DESC LIMIT :limit) AS newest"
        " WHERE direction = 'outbound' AND origin_kind = 'slack' AND origin_actor <> :user"
        " AND disposition <> 'cancelled' ORDER BY seq DESC LIMIT 1",
        id=conversation_id,
        limit=_LOOKED_AT,
        user=user,
    )
    if row is None:
        return None
    return OtherAnswer(row["origin_actor"], row["text"], row["origin_ref"], row["created_at"])


def find_asked(tx: Tx, channel: str, ts: str) -> str | None:
    """Return the id of what was received and waits for a decision about a message in Slack."""
    for row in tx.all("SELECT id, payload FROM slack_inbox WHERE state = 'asked' ORDER BY seq"):
        event = _event(json.loads(row["payload"]))
        if (event.get("channel"), event.get("ts")) == (channel, ts):
            return str(row["id"])
    return None


def amend_asked(tx: Tx, received_id: str, message: dict[str, Any]) -> None:
    """Have what waits for a decision say what its writer made of it by editing."""
    row = tx.one("SELECT payload FROM slack_inbox WHERE id = :id AND state = 'asked'", id=received_id)
    if row is None:
        return
    payload = json.loads(row["payload"])
    event = _event(payload)
    for key in ("text", "blocks", "files"):
        if key in message:
            event[key] = message[key]
        else:
            event.pop(key, None)
    tx.run(
        "UPDATE slack_inbox SET payload = :payload WHERE id = :id",
        id=received_id,
        payload=json.dumps(payload, ensure_ascii=False),
    )


def _event(payload: dict[str, Any]) -> dict[str, Any]:
    inner = payload.get("payload")
    event = inner.get("event") if isinstance(inner, dict) else None
    return event if isinstance(event, dict) else {}
