"""Conversations: made, named, joined, left, archived, by the app and by people."""

from __future__ import annotations

from clerkd.simulate.slack.events import EventFeed
from clerkd.simulate.slack.posting import Posting
from clerkd.simulate.slack.records import Channel, ChannelKind, Json, User
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import channel_json
from clerkd.simulate.slack.state import State

MAX_NAME = 80
MAX_TOPIC = 250


class Rooms:
    """The life of conversations, with the events and the small grey messages that tell of it."""

    def __init__(self, state: State, feed: EventFeed, posting: Posting) -> None:
        self.creation_restricted = False  # the workspace preference "who can create channels"
        self._state = state
        self._feed = feed
        self._posting = posting

    def create(self, name: str, creator: User, *, private: bool = False) -> Channel:
        """Make a channel with its creator as the only member; raise `name_taken` or `invalid_name_…`."""
        self._check_name(name)
        kind = ChannelKind.PRIVATE if private else ChannelKind.PUBLIC
        now = self._state.clock.now_ms() // 1000
        channel = Channel(self._state.new_id("C"), name, kind, now, creator.id, [creator.id])
        self._state.channels[channel.id] = channel
        self._state.changed("channel", channel=channel.id)
        return channel

    def rename(self, channel: Channel, name: str, actor: User, *, own: bool = False) -> None:
        """Give another name; raise as `create` does."""
        if name == channel.name:
            return
        self._check_name(name)
        channel.previous_names.insert(0, channel.name)
        channel.name = name
        facts = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created}
        self._tell(channel, "rename", {"channel": facts}, own=own)
        self._note(channel, actor, "name", f"has renamed the channel to {name}", own=own)

    def join(self, channel: Channel, user: User, *, inviter: User | None = None, own: bool = False) -> None:
        """Make a member of a user, who may be one already."""
        if user.id in channel.members:
            return
        channel.members.append(user.id)
        event: Json = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind is ChannelKind.PUBLIC else "G",
            "team": self._state.team.id,
            "event_ts": self._state.new_ts(),
        }
        if inviter is not None:
            event["inviter"] = inviter.id
        self._feed.publish(event, channel, own=own)
        self._note(channel, user, "join", "has joined the channel", own=own)
        self._state.changed("channel", channel=channel.id)

    def leave(self, channel: Channel, user: User, *, actor: User | None = None) -> None:
        """End a membership; the app hears of its own removal as `channel_left` or `group_left`."""
        if user.id not in channel.members:
            raise Refusal("not_in_channel")
        channel.members.remove(user.id)
        if user.id == self._state.bot.id:
            self._tell(channel, "left", {"channel": channel.id, "actor_id": (actor or user).id})
        self._note(channel, user, "leave", "has left the channel")
        self._state.changed("channel", channel=channel.id)

    def archive(self, channel: Channel, actor: User, *, own: bool = False) -> None:
        """Archive; raise `already_archived`, `cant_archive_general` or, for a DM, `method_not_supported…`."""
        if channel.kind is ChannelKind.IM:
            raise Refusal("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise Refusal("already_archived")
        if channel.name == "general":
            raise Refusal("cant_archive_general")
        self._note(channel, actor, "archive", "archived the channel", own=own)
        channel.is_archived = True
        self._tell(channel, "archive", {"channel": channel.id, "user": actor.id}, own=own)
        self._state.changed("channel", channel=channel.id)

    def unarchive(self, channel: Channel, actor: User) -> None:
        """Bring an archived channel back: people can, bots cannot."""
        if not channel.is_archived:
            raise Refusal("not_archived")
        channel.is_archived = False
        self._tell(channel, "unarchive", {"channel": channel.id, "user": actor.id})
        self._state.changed("channel", channel=channel.id)

    def delete(self, channel: Channel) -> None:
        """Remove a channel and its messages for good."""
        self._tell(channel, "deleted", {"channel": channel.id})
        del self._state.channels[channel.id]
        self._state.changed("channel", channel=channel.id)

    def change_id(self, channel: Channel) -> str:
        """Give a channel another id, as happens when it is shared or converted; return the new one."""
        old = channel.id
        channel.id = self._state.new_id("C")
        del self._state.channels[old]
        self._state.channels[channel.id] = channel
        self._feed.publish(
            {
                "type": "channel_id_changed",
                "old_channel_id": old,
                "new_channel_id": channel.id,
                "event_ts": self._state.new_ts(),
            },
            channel,
        )
        self._state.changed("channel", channel=channel.id)
        return channel.id

    def share_externally(self, channel: Channel, team_id: str) -> None:
        """Connect a channel with another organisation (Slack Connect)."""
        channel.is_ext_shared = True
        event = {"type": "channel_shared", "channel": channel.id, "connected_team_id": team_id}
        self._feed.publish(event | {"event_ts": self._state.new_ts()}, channel)
        self._state.changed("channel", channel=channel.id)

    def describe(self, channel: Channel, field: str, text: str, actor: User, *, own: bool = False) -> Json:
        """Set `topic` or `purpose`; raise `too_long`. Return the channel as Slack shows it afterwards."""
        if len(text) > MAX_TOPIC:
            raise Refusal("too_long")
        setattr(channel, field, text)
        self._note(channel, actor, field, f"set the channel {field}: {text}", own=own)
        self._state.changed("channel", channel=channel.id)
        return channel_json(self._state, channel)

    def _check_name(self, name: str) -> None:
        if not name:
            raise Refusal("invalid_name_required")
        if len(name) > MAX_NAME:
            raise Refusal("invalid_name_maxlength")
        if not any(character.isalnum() for character in name):
            raise Refusal("invalid_name_punctuation")
        if any(not (c in "-_" or (c.isalnum() and c == c.lower())) for c in name):
            raise Refusal("invalid_name_specials")
        # Whether an archived channel keeps its name is not published; to be refused is the harder case.
        if any(other.name == name for other in self._state.channels.values() if other.kind is not ChannelKind.IM):
            raise Refusal("name_taken")

    def _tell(self, channel: Channel, what: str, facts: Json, *, own: bool = False) -> None:
        prefix = "channel" if channel.kind is ChannelKind.PUBLIC else "group"
        event: Json = {"type": f"{prefix}_{what}", "event_ts": self._state.new_ts()} | facts
        self._feed.publish(event, channel, own=own)

    def _note(self, channel: Channel, actor: User, what: str, words: str, *, own: bool = False) -> None:
        prefix = "channel" if channel.kind is ChannelKind.PUBLIC else "group"
        text = f"<@{actor.id}> {words}"
        self._posting.post(channel, actor, text, own=own, subtype=f"{prefix}_{what}")
