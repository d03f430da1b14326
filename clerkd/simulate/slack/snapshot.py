"""The whole workspace as one person sees it, ready to be sent to a page as JSON."""

from __future__ import annotations

from clerkd.simulate.slack.records import Channel, ChannelKind, Ephemeral, Json, Message, User, View
from clerkd.simulate.slack.rendering import channel_json, message_json, user_json, view_json
from clerkd.simulate.slack.state import State


def snapshot(state: State, viewer: User) -> Json:
    """Return everything that `viewer` may see: `version` is that of the state that it shows."""
    home = state.homes.get(viewer.id)
    return {
        "version": state.version,
        "team": {"id": state.team.id, "name": state.team.name, "domain": state.team.domain},
        "bot_user": state.bot.id,
        "viewer": viewer.id,
        "app_sockets": state.app_sockets,
        "users": {user.id: user_json(state, user) for user in state.users.values()},
        "channels": [_channel(state, one, viewer) for one in state.channels.values() if _sees(viewer, one)],
        "views": [_view(state, view) for view in state.view_stacks.get(viewer.id, ())],
        "home": _view(state, home) if home else None,
    }


def _sees(viewer: User, channel: Channel) -> bool:
    return viewer.id in channel.members or (channel.kind is ChannelKind.PUBLIC and not viewer.is_restricted)


def _channel(state: State, channel: Channel, viewer: User) -> Json:
    """Return a channel with its top-level messages, each with its replies, and the viewer's ephemerals."""
    shown = channel_json(state, channel, with_count=True)
    top = [message for message in channel.messages.values() if not message.is_reply]
    whispered = [one for one in state.ephemerals if one.channel == channel.id and one.user == viewer.id]
    return shown | {
        "kind": channel.kind.value,
        "is_member": viewer.id in channel.members,
        "bot_is_member": state.bot.id in channel.members,
        "members": list(channel.members),
        "bookmarks": list(channel.bookmarks),
        "messages": [_message(state, channel, message) for message in top],
        "ephemerals": [_ephemeral(state, one) for one in whispered],
    }


def _message(state: State, channel: Channel, message: Message) -> Json:
    shown = message_json(state, channel, message, with_metadata=True)
    shown.setdefault("blocks", [])
    shown.setdefault("reactions", [])
    if not message.is_reply:
        shown["replies"] = [_message(state, channel, reply) for reply in channel.replies(message.ts)]
    return shown


def _ephemeral(state: State, ephemeral: Ephemeral) -> Json:
    return {
        "ts": ephemeral.ts,
        "user": state.bot.id,
        "text": ephemeral.text,
        "blocks": ephemeral.blocks,
        "thread_ts": ephemeral.thread_ts,
        "is_ephemeral": True,
    }


def _view(state: State, view: View) -> Json:
    return view_json(state, view) | {"errors": dict(view.errors)}
