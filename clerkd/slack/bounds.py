"""What a place in Slack is bound to: a conversation, a line, or nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.errors import NotFound, Temporary
from clerkd.model.conversation import Conversation
from clerkd.ports.store import Store, Tx
from clerkd.slack.channels import Channels
from clerkd.slack.ids import Place
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.notifications_shown import notification_at
from clerkd.store.ops.slack_direct import Direct, DirectState, direct_at, is_direct_in_making
from clerkd.store.ops.slack_places import conversation_at
from clerkd.store.ops.slack_posts import is_card_in_flight


class NotYet(Temporary):
    """What is needed to act will be known in a moment."""

    code = "slack.not-yet"


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a message was written: in a conversation's thread or direct channel, or at the top level of a line's
    channel (no peer). `closed`: it was a direct channel, and nothing written there is texted any more.
    """

    line: str
    peer: str | None
    conversation_id: str | None = None
    closed: bool = False


class Bounds:
    """Look places up."""

    def __init__(self, store: Store, channels: Channels) -> None:
        self._store = store
        self._channels = channels

    async def of(self, place: Place) -> Bound | None:
        """Return what a place is bound to; None if it is nothing to us. Raise `NotYet`."""
        if place.thread_ts is None:
            return await self._top_level(place.channel)
        conversation_id, card_in_flight = await self._store.read(_conversation_of, place.channel, place.thread_ts)
        if conversation_id is None:
            # Somebody may answer under a card before Slack has answered us where it is.
            if card_in_flight and self._channels.line_of(place.channel) is not None:
                raise NotYet("a card is being posted", retry_after_s=0.2)
            return None
        return _bound(await self._conversation(conversation_id))

    async def is_notification(self, place: Place) -> bool:
        """Tell whether something was written under a notification, where nothing is texted."""
        if place.thread_ts is None:
            return False
        return await self._store.read(notification_at, place.channel, place.thread_ts) is not None

    async def _top_level(self, channel: str) -> Bound | None:
        line = self._channels.line_of(channel)
        if line is not None:
            return Bound(line.name, None)
        direct, in_making = await self._store.read(_direct_of, channel)
        if direct is None:
            # Somebody may write in a channel before Slack has answered us which one it made.
            if in_making:
                raise NotYet("a channel is being made", retry_after_s=0.2)
            return None
        conversation = await self._conversation(direct.conversation_id)
        return _bound(conversation, closed=direct.state is not DirectState.OPEN)

    async def _conversation(self, conversation_id: str) -> Conversation | None:
        try:
            return await self._store.read(get_conversation, conversation_id)
        except NotFound:
            return None


def _bound(conversation: Conversation | None, *, closed: bool = False) -> Bound | None:
    if conversation is None:
        return None
    return Bound(conversation.line, conversation.peer, conversation.id, closed)


def _conversation_of(tx: Tx, channel: str, root_ts: str) -> tuple[str | None, bool]:
    """Return whose thread it is, and whether a card is under way; both as of the same moment."""
    return conversation_at(tx, channel, root_ts), is_card_in_flight(tx)


def _direct_of(tx: Tx, channel: str) -> tuple[Direct | None, bool]:
    """Return which direct channel it is, and whether one is being made; both as of the same moment."""
    return direct_at(tx, channel), is_direct_in_making(tx)
