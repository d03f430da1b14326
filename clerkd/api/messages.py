"""`/v1/messages`: accept, look up, list, cancel."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.problems import Malformed
from clerkd.api.respond import body, query, reply
from clerkd.api.schedule_wire import recurrence_of
from clerkd.api.wire import CancelQuery, MessagePage, MessageQuery, SendBody, message_out
from clerkd.model.dispatch import HistoryEntry
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Lane, Message, SendRequest
from clerkd.model.recurrence import Recurrence
from clerkd.model.series import Scheduled
from clerkd.model.token import Scope
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.messages import get_message, list_messages, message_history
from clerkd.store.ops.schedules import get_scheduled, series_with


class Acceptance(Protocol):
    """What the outbox answers."""

    @property
    def message(self) -> Message:
        """The message, planned and committed."""
        ...

    @property
    def created(self) -> bool:
        """False when the same key had been accepted before."""
        ...


class Outbox(Protocol):
    """The part of the core's outbox that HTTP uses."""

    async def accept(self, request: SendRequest) -> Acceptance:
        """Commit a message to be sent; raise `Refused`, `StoreFull`."""
        ...

    async def cancel(self, message_id: str, *, actor: str | None = None) -> Message:
        """Take a message back while none of it went out; raise `NotFound`, `Conflict`."""
        ...

    async def stop_series(self, series_id: str, *, actor: str | None = None) -> Message:
        """Let a text repeat no more and take its waiting turn back; return that turn. Raise `NotFound`."""
        ...


class MessageCalls:
    """The calls about messages."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [
            Endpoint("POST", "/v1/messages", Scope.SEND, self.accept),
            Endpoint("GET", "/v1/messages", Scope.READ, self.list),
            Endpoint("GET", "/v1/messages/{id}", Scope.READ, self.get),
            Endpoint("DELETE", "/v1/messages/{id}", Scope.SEND, self.cancel),
        ]

    async def accept(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer 202 after the commit, 200 when the id was known."""
        wish = await body(request, SendBody)
        send_at, recurrence = _later(wish)
        accepted = await self._outbox.accept(
            SendRequest(
                to=wish.to,
                text=wish.text,
                line=wish.line,
                key=wish.id,
                id=wish.id,
                send_at=send_at,
                ttl_ms=None if wish.ttl_s is None else wish.ttl_s * 1000,
                outcome_policy=wish.outcome_policy,
                lane=Lane[wish.priority.upper()],
                origin=caller.origin,
                cancel_if_answered=wish.cancel_if_answered,
                recurrence=recurrence,
            )
        )
        shown = message_out(*await self._store.read(_with_schedule, accepted.message))
        response = reply(shown, status=202 if accepted.created else 200)
        response.headers["Location"] = f"/v1/messages/{accepted.message.id}"
        return response

    async def get(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with one message and everything that happened to it."""
        return reply(message_out(*await self._store.read(_with_history, request.match_info["id"])))

    async def list(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with a page of messages, newest last: from the first one on, or with `latest` the last page."""
        asked = query(request, MessageQuery)
        if asked.latest and asked.after is not None:
            raise Malformed("latest: the newest page follows no other", path="latest")
        found = await self._store.read(
            list_messages,
            peer=_peer(asked.peer),
            state=asked.state,
            after=asked.after,
            oldest_first=not asked.latest,
            limit=asked.limit + (not asked.latest),  # one more tells whether there is a next page
        )
        page = found[: asked.limit]
        more = len(found) > len(page)
        return reply(MessagePage([message_out(message) for message in page], page[-1].id if more else None))

    async def cancel(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer with the cancelled message, 409 when some of it went out; with `series` it repeats no more either."""
        asked, actor, message_id = query(request, CancelQuery), caller.origin.actor, request.match_info["id"]
        if asked.series:
            series = await self._store.read(series_with, message_id)
            return reply(message_out(await self._outbox.stop_series(series.id, actor=actor)))
        return reply(message_out(await self._outbox.cancel(message_id, actor=actor)))


def _later(wish: SendBody) -> tuple[int | None, Recurrence | None]:
    """Return when the text is to go, epoch ms, and how it repeats; raise `Malformed`, `BadRecurrence`."""
    if wish.send_at is None:
        if wish.recurrence is not None:
            raise Malformed("recurrence: a text that repeats needs send_at, its first time", path="send_at")
        if wish.cancel_if_answered:
            raise Malformed("cancel_if_answered: only a text with send_at waits for an answer", path="send_at")
        return None, None
    send_at = round(wish.send_at.timestamp() * 1000)
    return send_at, None if wish.recurrence is None else recurrence_of(wish.recurrence, send_at)


def _with_history(tx: Tx, message_id: str) -> tuple[Message, list[HistoryEntry], Scheduled | None]:
    message, _, scheduled = _with_schedule(tx, get_message(tx, message_id))
    return message, message_history(tx, message_id), scheduled


def _with_schedule(tx: Tx, message: Message) -> tuple[Message, None, Scheduled | None]:
    return message, None, get_scheduled(tx, message.id) if message.state is MessageState.SCHEDULED else None


def _peer(text: str | None) -> str | None:
    # A plus sign that was not written as %2B arrives as a space.
    return "+" + text[1:] if text is not None and text.startswith(" ") else text
