"""Writing, editing, deleting and reacting, by whomever, with the events that follow from it."""

from __future__ import annotations

from typing import Any

from clerkd.simulate.slack.events import EventFeed
from clerkd.simulate.slack.records import TOMBSTONE, Channel, Ephemeral, Json, Message, User
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import message_json
from clerkd.simulate.slack.state import State

MAX_REACTIONS_PER_MESSAGE = 50
MAX_REACTIONS_PER_PERSON = 23
MAX_PINS = 100


class Posting:
    """The messages of all conversations."""

    def __init__(self, state: State, feed: EventFeed) -> None:
        self._state = state
        self._feed = feed

    def post(self, channel: Channel, author: User, text: str, *, own: bool = False, **fields: Any) -> Message:
        """Add a message and publish it; with `app_mention` beside it where a person names the bot."""
        message = Message(self._state.new_ts(), author.id, text, **fields)
        channel.add(message)
        self._tell_posted(channel, message, own=own)
        self._state.changed("message", channel=channel.id)
        return message

    def _tell_posted(self, channel: Channel, message: Message, *, own: bool) -> None:
        event = self._event(channel, message)
        mention = f"<@{self._state.bot.id}>" in message.text and not own and message.subtype in (None, "file_share")
        pair = [event]
        if mention and event["channel_type"] != "im":
            twin = {key: value for key, value in event.items() if key != "channel_type"} | {"type": "app_mention"}
            pair = [twin, event] if self._state.rng.random() < 0.5 else [event, twin]
        for one in pair:
            self._feed.publish(one, channel, own=own)

    def _event(self, channel: Channel, message: Message) -> Json:
        event = message_json(self._state, channel, message, for_event=True)
        return event | {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind.event_word}

    def edit(self, channel: Channel, message: Message, *, own: bool = False, **fields: Any) -> None:
        """Change a message and publish `message_changed`. A changed text marks it as edited."""
        before = message_json(self._state, channel, message, for_event=True)
        for name, value in fields.items():
            setattr(message, name, value)
        now = self._state.new_ts()
        if "text" in fields or "blocks" in fields:
            message.edited = {"user": message.user, "ts": now[:-6] + "000000"}
        self._publish_change(
            channel,
            now,
            own=own,
            subtype="message_changed",
            message=message_json(self._state, channel, message, for_event=True),
            previous_message=before,
        )

    def unfurl(self, channel: Channel, message: Message, attachment: Json) -> None:
        """Attach a link preview: `message_changed` without `edited`, which is not a person's edit."""
        before = message_json(self._state, channel, message, for_event=True)
        message.attachments.append(attachment)
        after = message_json(self._state, channel, message, for_event=True)
        self._publish_change(
            channel, self._state.new_ts(), subtype="message_changed", message=after, previous_message=before
        )

    def delete(self, channel: Channel, message: Message, *, own: bool = False) -> None:
        """Remove a message; a root with replies stays behind as a tombstone."""
        before = message_json(self._state, channel, message, for_event=True)
        if channel.replies(message.ts):
            message.subtype, message.text, message.user = TOMBSTONE, "This message was deleted.", "USLACKBOT"
            message.blocks, message.attachments, message.reactions, message.metadata = [], [], {}, None
            after = message_json(self._state, channel, message, for_event=True)
            now = self._state.new_ts()
            self._publish_change(
                channel, now, own=own, subtype="message_changed", message=after, previous_message=before
            )
            return
        channel.remove(message)
        self._publish_change(
            channel,
            self._state.new_ts(),
            own=own,
            subtype="message_deleted",
            deleted_ts=message.ts,
            previous_message=before,
        )

    def _publish_change(self, channel: Channel, now: str, *, own: bool = False, **content: Any) -> None:
        event: Json = {"type": "message", "hidden": True, "channel": channel.id, "ts": now, "event_ts": now}
        self._feed.publish(event | {"channel_type": channel.kind.event_word} | content, channel, own=own)
        self._state.changed("message", channel=channel.id)

    def react(self, channel: Channel, message: Message, user: User, name: str, *, own: bool = False) -> None:
        """Add a reaction; raise `already_reacted`, `too_many_emoji` or `too_many_reactions`."""
        people = message.reactions.get(name, [])
        if user.id in people:
            raise Refusal("already_reacted")
        if not people and len(message.reactions) >= MAX_REACTIONS_PER_MESSAGE:
            raise Refusal("too_many_emoji")
        if sum(user.id in given for given in message.reactions.values()) >= MAX_REACTIONS_PER_PERSON:
            raise Refusal("too_many_reactions")
        message.reactions.setdefault(name, []).append(user.id)
        self._tell_reaction("reaction_added", channel, message, user, name, own=own)

    def unreact(self, channel: Channel, message: Message, user: User, name: str, *, own: bool = False) -> None:
        """Take a reaction back; raise `no_reaction`."""
        people = message.reactions.get(name, [])
        if user.id not in people:
            raise Refusal("no_reaction")
        people.remove(user.id)
        if not people:
            del message.reactions[name]
        self._tell_reaction("reaction_removed", channel, message, user, name, own=own)

    def _tell_reaction(
        self, kind: str, channel: Channel, message: Message, user: User, name: str, *, own: bool
    ) -> None:
        event = {
            "type": kind,
            "user": user.id,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self._state.new_ts(),
        }
        self._feed.publish(event, channel, own=own)
        self._state.changed("message", channel=channel.id)

    def whisper(self, channel: Channel, reader: User, text: str, blocks: list[Json], thread_ts: str | None) -> str:
        """Show an ephemeral message to one person; return its ts. No event tells of it."""
        ephemeral = Ephemeral(self._state.new_ts(), channel.id, reader.id, text, blocks, thread_ts)
        self._state.ephemerals.append(ephemeral)
        self._state.changed("ephemeral", channel=channel.id, user=reader.id)
        return ephemeral.ts

    def pin(self, channel: Channel, message: Message) -> None:
        """Pin a message; raise `already_pinned` or `too_many_pins`."""
        if message.pinned:
            raise Refusal("already_pinned")
        if sum(other.pinned for other in channel.messages.values()) >= MAX_PINS:
            raise Refusal("too_many_pins")
        message.pinned = True
        self._state.changed("message", channel=channel.id)
