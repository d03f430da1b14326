"""What a card offers that leads to other screens, with the conversation filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from clerkd.errors import NotFound
from clerkd.model.conversation import Conversation
from clerkd.model.number import national
from clerkd.ports.store import Tx
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Interactions, Permission, Said
from clerkd.slack.payload import Acted
from clerkd.slack.screens import card, hint
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.conversations import get_conversation

OpenForm = Callable[[Acted, Desk], Awaitable[None]]


class ConversationActs:
    """`open_form` opens Send Text for what the value says: `to`, `line`, and `later`; `offered` is what is answered."""

    def __init__(self, open_form: OpenForm, offered: Callable[[], Collection[str]]) -> None:
        self._open_form = open_form
        self._offered = offered

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                CardAction.TEMPLATE.value: Act(self.write, Permission.SEND),
                CardAction.SCHEDULE.value: Act(self.write, Permission.SEND),
                CardAction.MORE.value: Act(self.more),
            }
        )

    async def more(self, payload: Acted, desk: Desk) -> Said | None:
        """Show what the card's menu has no room for."""
        try:
            conversation, name = await desk.store.read(_called, payload.value.get("conversation", ""))
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        title = name or national(conversation.peer, desk.lines.region(conversation.line))
        await desk.screens.open(payload.trigger, card.more(conversation.id, title, self._offered()))
        return None

    async def write(self, payload: Acted, desk: Desk) -> Said | None:
        """Open Send Text to the conversation's peer: to choose a template in it, or a later time."""
        try:
            conversation = await desk.store.read(get_conversation, payload.value.get("conversation", ""))
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        value = {"to": conversation.peer, "line": conversation.line}
        if CardAction.SCHEDULE in {payload.action, payload.value.get("do")}:
            value["later"] = "yes"
        await self._open_form(replace(payload, value=value), desk)
        return None


def _called(tx: Tx, conversation_id: str) -> tuple[Conversation, str | None]:
    found = get_conversation(tx, conversation_id)
    return found, contact_name(tx, found.peer)
