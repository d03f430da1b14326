"""`/v1/conversations`."""

from __future__ import annotations

from aiohttp import web

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.problems import Malformed
from clerkd.api.respond import query, reply
from clerkd.api.wire import ConversationPage, MessagePage, PageQuery, conversation_out, message_out
from clerkd.model.conversation import Conversation
from clerkd.model.message import Message
from clerkd.model.token import Scope
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.conversations import get_conversation, list_conversations
from clerkd.store.ops.messages import list_messages


class ConversationCalls:
    """The calls about conversations."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [
            Endpoint("GET", "/v1/conversations", Scope.READ, self.list),
            Endpoint("GET", "/v1/conversations/{id}", Scope.READ, self.get),
            Endpoint("GET", "/v1/conversations/{id}/messages", Scope.READ, self.messages),
        ]

    async def list(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with a page of conversations, the most recent first."""
        asked = query(request, PageQuery)
        before = None if asked.after is None else _read_cursor(asked.after)
        found = await self._store.read(list_conversations, before=before, limit=asked.limit + 1)
        page = found[: asked.limit]
        more = len(found) > asked.limit
        return reply(ConversationPage([conversation_out(one) for one in page], _cursor(page[-1]) if more else None))

    async def get(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with one conversation."""
        return reply(conversation_out(await self._store.read(get_conversation, request.match_info["id"])))

    async def messages(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with a page of a conversation's messages, newest last, from the first one on."""
        asked = query(request, PageQuery)
        found = await self._store.read(_messages_of, request.match_info["id"], after=asked.after, limit=asked.limit + 1)
        page = found[: asked.limit]
        return reply(MessagePage([message_out(one) for one in page], page[-1].id if len(found) > len(page) else None))


def _messages_of(tx: Tx, conversation_id: str, *, after: str | None, limit: int) -> list[Message]:
    """Return the messages; raise `NotFound` for a conversation or a message that is none."""
    get_conversation(tx, conversation_id)
    return list_messages(tx, conversation_id=conversation_id, after=after, oldest_first=True, limit=limit)


def _cursor(conversation: Conversation) -> str:
    return f"{conversation.last_at}.{conversation.id}"


def _read_cursor(text: str) -> tuple[int, str]:
    moment, dot, conversation_id = text.partition(".")
    if not (moment.isascii() and moment.isdigit() and dot):
        raise Malformed("after: take it from `next` of the page before", path="after")
    return int(moment), conversation_id
