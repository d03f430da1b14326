"""The history of a conversation, page by page, and as a file: JSON for programs, text for people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

from clerkd.model.conversation import Conversation
from clerkd.model.dispatch import HistoryEntry
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction, Message, Origin, OriginKind
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.messages import list_messages, message_history

PAGE = 200  # messages read at once: an export needs no more memory than that
FORMAT = "clerkd.conversation/1"

_STATES = {
    MessageState.RECEIVED: "received",
    MessageState.ACCEPTED: "waits to be sent",
    MessageState.SUBMITTING: "is being sent",
    MessageState.SCHEDULED: "scheduled",
    MessageState.HELD: "held back",
    MessageState.SUBMITTED: "sent",
    MessageState.DELIVERED: "delivered",
    MessageState.FAILED: "not delivered",
    MessageState.EXPIRED: "not delivered in time",
    MessageState.UNKNOWN: "may or may not have been delivered",
    MessageState.CANCELLED: "cancelled",
}


class Form(StrEnum):
    """What a conversation is exported as: the file's name ends so."""

    JSON = "json"
    TEXT = "txt"


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some messages of a conversation, oldest first, and what lies before and after them."""

    conversation: Conversation
    messages: tuple[Message, ...]
    older: bool
    newer: bool


def history_page(
    tx: Tx, conversation_id: str, *, before: str | None = None, after: str | None = None, limit: int = 15
) -> HistoryPage:
    """Return the newest messages, those that precede `before`, or those that follow `after` (message ids).

    Raise `NotFound` if there is no such conversation or message.
    """
    conversation = get_conversation(tx, conversation_id)
    found = list_messages(tx, conversation_id=conversation_id, before=before, after=after, limit=limit + 1)
    more = len(found) > limit
    if after is not None:
        return HistoryPage(conversation, tuple(found[:limit]), older=True, newer=more)
    return HistoryPage(conversation, tuple(found[-limit:]), older=more, newer=before is not None)


def state_words(message: Message) -> str:
    """Return what became of a message, with the reason where there is one."""
    words = _STATES[message.state]
    failed = message.state in {MessageState.FAILED, MessageState.EXPIRED, MessageState.UNKNOWN, MessageState.HELD}
    return f"{words}: {message.error.message}" if failed and message.error is not None else words


@dataclass(frozen=True, slots=True)
class Naming:
    """What people are called: the peer, and whoever sent (by the word that the edge has for them)."""

    peer: str
    people: Mapping[str, str]

    def sender(self, origin: Origin | None) -> str:
        """Return who asked for a message."""
        actor = (origin.actor if origin is not None else None) or ""
        match origin.kind if origin is not None else None:
            case OriginKind.SLACK:
                return self.people.get(actor, "a colleague")
            case OriginKind.API:
                return f"{actor} (API)" if actor else "the API"
            case OriginKind.CLI:
                return f"{actor} (command line)" if actor else "the command line"
            case _:
                return "clerkd"


class HistoryExport:
    """Write whole conversations out."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def pieces(self, conversation_id: str, form: Form, naming: Naming, zone: tzinfo) -> AsyncIterator[str]:
        """Yield a conversation as text, a page of messages at a time; times of the text form are in `zone`.

        Raise `NotFound`. What is added while it is written may be in it or not.
        """
        conversation = await self._store.read(get_conversation, conversation_id)
        write = _Json(naming, self._now_ms()) if form is Form.JSON else _Text(naming, zone, self._now_ms())
        yield write.head(conversation)
        last: str | None = None
        while page := await self._store.read(_page_with_events, conversation_id, last):
            yield "".join(write.message(message, events) for message, events in page)
            last = page[-1][0].id
        yield write.tail()


def _page_with_events(tx: Tx, conversation_id: str, after: str | None) -> list[tuple[Message, list[HistoryEntry]]]:
    found = list_messages(tx, conversation_id=conversation_id, after=after, oldest_first=True, limit=PAGE)
    return [(message, message_history(tx, message.id)) for message in found]


class _Json:
    """One JSON object; every message is a line of its own, so that a long file can be read by eye and by `grep`."""

    def __init__(self, naming: Naming, now: int) -> None:
        self._naming = naming
        self._now = now
        self._first = True

    def head(self, conversation: Conversation) -> str:
        about = {
            "id": conversation.id,
            "line": conversation.line,
            "peer": conversation.peer,
            "name": self._naming.peer if self._naming.peer != conversation.peer else None,
            "created_at": _iso(conversation.created_at),
        }
        facts = {"format": FORMAT, "exported_at": _iso(self._now), "conversation": about}
        return _dumped(facts)[:-1] + ', "messages": [\n'

    def message(self, message: Message, events: Iterable[HistoryEntry]) -> str:
        comma, self._first = ("" if self._first else ",\n"), False
        return comma + _dumped(self._facts(message, events))

    def tail(self) -> str:
        return "\n]}\n"

    def _facts(self, message: Message, events: Iterable[HistoryEntry]) -> dict[str, Any]:
        outbound = message.direction is Direction.OUTBOUND
        return {
            "id": message.id,
            "at": _iso(message.created_at),
            "direction": message.direction.value,
            "text": message.text,
            "state": message.state.value,
            "sender": self._naming.sender(message.origin) if outbound else None,
            "send_at": None if message.send_at is None else _iso(message.send_at),
            "error": None if message.error is None else {"code": message.error.code, "message": message.error.message},
            "segments": len(message.segments),
            "events": [_event(event) for event in events],
        }


class _Text:
    """Lines as in a chat."""

    def __init__(self, naming: Naming, zone: tzinfo, now: int) -> None:
        self._naming = naming
        self._zone = zone
        self._now = now
        self._day = ""

    def head(self, conversation: Conversation) -> str:
        name = self._naming.peer
        who = name if name == conversation.peer else f"{name} ({conversation.peer})"
        return f"Texts with {who} over line {conversation.line}\nExported {self._time(self._now, with_day=True)}\n"

    def message(self, message: Message, events: Iterable[HistoryEntry]) -> str:
        del events  # for programs
        day = f"{datetime.fromtimestamp(message.created_at / 1000, self._zone):%A, %d %B %Y}"
        heading = "" if day == self._day else f"\n{day}\n"
        self._day = day
        inbound = message.direction is Direction.INBOUND
        who = self._naming.peer if inbound else self._naming.sender(message.origin)
        state = "" if inbound else f" [{state_words(message)}]"
        text = message.text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\n        ")
        return f"{heading}{self._time(message.created_at)}  {'<' if inbound else '>'} {who}{state}\n        {text}\n"

    def tail(self) -> str:
        return ""

    def _time(self, at: int, *, with_day: bool = False) -> str:
        moment = datetime.fromtimestamp(at / 1000, self._zone)
        return f"{moment:%Y-%m-%d %H:%M %Z}" if with_day else f"{moment:%H:%M}"


def _event(event: HistoryEntry) -> dict[str, Any]:
    facts = {
        "at": _iso(event.at),
        "event": event.event,
        "part": event.part,
        "actor": event.actor,
        "detail": event.detail,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _dumped(facts: dict[str, Any]) -> str:
    # Half of a surrogate pair is in no valid JSON file; a phone can send one.
    return json.dumps(facts, ensure_ascii=False).encode("utf-8", "replace").decode()


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
