"""What is stuck to messages and channels: reactions, pins, bookmarks."""

from __future__ import annotations

import re

from clerkd.simulate.slack.call import Call, Method
from clerkd.simulate.slack.emoji import CHARACTERS
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.records import Channel, Json, Message
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import message_json

_SKIN_TONE = re.compile(r"::skin-tone-[2-6]$")
MAX_BOOKMARKS = 100


def add_reaction(call: Call) -> Json:
    """reactions.add."""
    channel, message = _reactable(call)
    bot = call.desk.state.bot
    call.desk.posting.react(channel, message, bot, _emoji_name(call), own=True)
    return {}


def remove_reaction(call: Call) -> Json:
    """reactions.remove."""
    channel, message = _reactable(call)
    bot = call.desk.state.bot
    call.desk.posting.unreact(channel, message, bot, _emoji_name(call), own=True)
    return {}


def read_reactions(call: Call) -> Json:
    """reactions.get: the message with its reactions."""
    channel = call.channel()
    message = call.desk.state.message(channel, call.get("timestamp") or "")
    shown = message_json(call.desk.state, channel, message)
    return {"type": "message", "channel": channel.id, "message": shown}


def add_pin(call: Call) -> Json:
    """pins.add."""
    channel = call.channel()
    _require_member(call, channel)
    call.desk.posting.pin(channel, call.desk.state.message(channel, call.get("timestamp") or ""))
    return {}


def list_pins(call: Call) -> Json:
    """pins.list."""
    channel = call.channel()
    _require_member(call, channel)
    state = call.desk.state
    pinned = [message for message in channel.messages.values() if message.pinned]
    items = [
        {"type": "message", "channel": channel.id, "message": message_json(state, channel, message)}
        for message in pinned
    ]
    return {"items": items}


def add_bookmark(call: Call) -> Json:
    """bookmarks.add: links only."""
    state = call.desk.state
    channel = state.channel_seen_by_app(call.arguments["channel_id"])
    _require_member(call, channel)
    if call.arguments["type"] != "link":
        raise Refusal("invalid_bookmark_type")
    if not (call.get("link") or "").startswith(("http://", "https://")):
        raise Refusal("invalid_link")
    if len(channel.bookmarks) >= MAX_BOOKMARKS:
        raise Refusal("too_many_bookmarks")
    bookmark = {
        "id": state.new_id("Bk"),
        "channel_id": channel.id,
        "title": call.arguments["title"],
        "link": call.arguments["link"],
        "emoji": call.get("emoji", ""),
        "type": "link",
        "app_id": state.app_id,
    }
    channel.bookmarks.append(bookmark)
    state.changed("channel", channel=channel.id)
    return {"bookmark": bookmark}


def _reactable(call: Call) -> tuple[Channel, Message]:
    channel = call.channel()
    if channel.is_archived:
        raise Refusal("is_archived")
    message = call.desk.state.message(channel, call.arguments["timestamp"])
    if call.desk.state.bot.id not in channel.members:
        raise Refusal("not_in_channel")
    if (message.thread_ts or message.ts) in channel.locked_threads:
        raise Refusal("thread_locked")
    return channel, message


def _emoji_name(call: Call) -> str:
    """Return the name, which must be one that Slack knows: see `emoji.py`, or `State.custom_emoji` for more."""
    name: str = call.arguments["name"]
    plain = _SKIN_TONE.sub("", name)
    if plain not in CHARACTERS and plain not in call.desk.state.custom_emoji:
        raise Refusal("invalid_name")
    return name


def _require_member(call: Call, channel: Channel) -> None:
    if call.desk.state.bot.id not in channel.members:
        raise Refusal("not_in_channel")


METHODS = {
    "reactions.add": Method(add_reaction, Tier.T3, "channel! name! timestamp!", ("reactions:write",)),
    "reactions.remove": Method(remove_reaction, Tier.T2, "channel! name! timestamp!", ("reactions:write",)),
    "reactions.get": Method(
        read_reactions, Tier.T3, "channel! timestamp! full:bool file file_comment", ("reactions:read",)
    ),
    "pins.add": Method(add_pin, Tier.T2, "channel! timestamp!", ("pins:write",)),
    "pins.list": Method(list_pins, Tier.T2, "channel!", ("pins:read",)),
    "bookmarks.add": Method(
        add_bookmark, Tier.T2, "channel_id! title! type! emoji entity_id link parent_id", ("bookmarks:write",)
    ),
}
