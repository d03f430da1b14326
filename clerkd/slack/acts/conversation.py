"""What a card offers that leads to other screens, with the conversation filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from clerkd.errors import NotFound
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Interactions, Permission, Said
from clerkd.slack.payload import Acted
from clerkd.slack.screens import hint
from clerkd.store.ops.conversations import get_conversation

OpenForm = Callable[[Acted, Desk], Awaitable[None]]


class ConversationActs:
    """`open_form` opens Send Text for what the value says: `to`, `line`, and `later`."""

    def __init__(self, open_form: OpenForm) -> None:
        self._open_form = open_form

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                CardAction.TEMPLATE.value: Act(self.write, Permission.SEND),
                CardAction.SCHEDULE.value: Act(self.write, Permission.SEND),
            }
        )

    async def write(self, payload: Acted, desk: Desk) -> Said | None:
        """Open Send Text to the conversation's peer: to choose a template in it, or a later time."""
        try:
            conversation = await desk.store.read(get_conversation, payload.value.get("conversation", ""))
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        value = {"to": conversation.peer, "line": conversation.line}
        if payload.value.get("do") == CardAction.SCHEDULE:
            value["later"] = "yes"
        await self._open_form(replace(payload, value=value), desk)
        return None
