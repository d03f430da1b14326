"""Create Channel and Back to thread."""

from __future__ import annotations

from collections.abc import Iterable

from clerkd.errors import NotFound
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Interactions, Permission, Said
from clerkd.slack.payload import Acted
from clerkd.slack.screens import hint
from clerkd.store.ops.slack_direct import DirectState, current_direct


class DirectActs:
    """What moves a conversation to a channel of its own and back."""

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                CardAction.CREATE_CHANNEL.value: Act(self.create, Permission.SEND),
                CardAction.BACK_TO_THREAD.value: Act(self.back, Permission.SEND),
            }
        )

    async def create(self, payload: Acted, desk: Desk) -> Said | None:
        """Have a channel made; whoever presses next is told that it is on its way, or there."""
        conversation_id = payload.value.get("conversation", "")
        known = await desk.store.read(current_direct, conversation_id)
        if known is not None and known.state is DirectState.MAKING and known.id != desk.key:
            return Said(show=hint.told(hint.CHANNEL_ON_ITS_WAY))
        try:
            lanes = await desk.store.write(desk.direct.ask, conversation_id, desk.key, payload.sender.user)
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        _wake(desk, lanes)
        return None

    async def back(self, payload: Acted, desk: Desk) -> Said | None:
        """Hold the conversation in its thread again."""
        conversation_id = payload.value.get("conversation", "")
        lanes = await desk.store.write(desk.direct.back, conversation_id, desk.person.name)
        _wake(desk, lanes)
        return None


def _wake(desk: Desk, lanes: Iterable[str]) -> None:
    for lane in lanes:
        desk.wake(lane)
