"""conversations.*: finding, reading, making and leaving channels."""

from __future__ import annotations

import re

from clerkd.simulate.slack.call import Call, Method
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.methods.paging import page
from clerkd.simulate.slack.records import Channel, ChannelKind, Json, Message
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import channel_json, message_json

MAX_INVITED = 100
_TS = re.compile(r"\d+(\.\d+)?")


def list_channels(call: Call) -> Json:
    """conversations.list: public ones, and the private ones and DMs with the bot."""
    state = call.desk.state
    kinds = [word.strip() for word in call.get("types", "public_channel").split(",")]
    for kind in kinds:
        if kind == "mpim":
            call.token.require("mpim:read")
        elif kind not in {known.value for known in ChannelKind}:
            raise Refusal("invalid_types")
        else:
            call.token.require(f"{ChannelKind(kind).scope_prefix}:read")
    found = [
        channel
        for channel in state.channels.values()
        if channel.kind in kinds
        and not (channel.is_archived and call.get("exclude_archived"))
        and (channel.kind is ChannelKind.PUBLIC or state.bot.id in channel.members)
    ]
    channels, metadata = page(found, call, default=100, most=1000)
    return {"channels": [channel_json(state, one, with_count=True) for one in channels]} | metadata


def describe_channel(call: Call) -> Json:
    """conversations.info."""
    channel = call.channel()
    call.require_for(channel, "read")
    shown = channel_json(call.desk.state, channel, with_count=bool(call.get("include_num_members")))
    return {"channel": shown}


def read_history(call: Call) -> Json:
    """conversations.history: newest first, replies only where they were broadcast."""
    channel = _readable(call)
    top = [m for m in channel.messages.values() if not m.is_reply or m.subtype == "thread_broadcast"]
    wanted = _within(call, top)[::-1]
    messages, metadata = page(wanted, call, default=100, most=999)
    return _messages(call, channel, messages, metadata)


def read_replies(call: Call) -> Json:
    """conversations.replies: the root, then its replies, oldest first. `ts` may be any message of the thread."""
    channel = _readable(call)
    try:
        message = call.desk.state.message(channel, call.arguments["ts"])
        root = channel.messages[message.thread_ts or message.ts]
    except (Refusal, KeyError):
        raise Refusal("thread_not_found") from None
    replies = [root, *_within(call, channel.replies(root.ts))]
    messages, metadata = page(replies, call, default=1000, most=1000)
    return _messages(call, channel, messages, metadata)


def join_channel(call: Call) -> Json:
    """conversations.join: public channels only."""
    channel = call.channel()
    if channel.kind is not ChannelKind.PUBLIC:
        raise Refusal("method_not_supported_for_channel_type")
    _refuse_archived(channel)
    state = call.desk.state
    was_there = state.bot.id in channel.members
    call.desk.rooms.join(channel, state.bot, own=True)
    answer: Json = {"channel": channel_json(state, channel)}
    if was_there:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


def open_im(call: Call) -> Json:
    """conversations.open: the DM with one person (groups need mpim:write)."""
    state = call.desk.state
    if call.get("channel"):
        channel = call.channel()
        if channel.kind is not ChannelKind.IM:
            raise Refusal("method_not_supported_for_channel_type")
    else:
        people = [word for word in (call.get("users") or "").split(",") if word]
        if not people:
            raise Refusal("users_list_not_supplied")
        if len(people) > 1:
            call.token.require("mpim:write")
        user = state.users.get(people[0])
        if user is None:
            raise Refusal("user_not_found")
        if user.deleted:
            raise Refusal("user_disabled")
        channel = state.im_with(user.id)
    shown = channel_json(state, channel) if call.get("return_im") else {"id": channel.id}
    return {"channel": shown}


def create_channel(call: Call) -> Json:
    """conversations.create: the bot is its first member."""
    private = bool(call.get("is_private"))
    call.token.require("groups:write" if private else "channels:manage")
    if call.desk.rooms.creation_restricted:
        raise Refusal("restricted_action")
    name = call.get("name") or ""
    channel = call.desk.rooms.create(name, call.desk.state.bot, private=private)
    return {"channel": channel_json(call.desk.state, channel)}


def invite_people(call: Call) -> Json:
    """conversations.invite: all or, where one of them cannot be, none."""
    channel = _manageable(call)
    state = call.desk.state
    ids = [word for word in call.arguments["users"].split(",") if word]
    if not ids:
        raise Refusal("no_user")
    if len(ids) > MAX_INVITED:
        raise Refusal("too_many_users")
    errors = [{"user": one, "ok": False, "error": why} for one in ids if (why := _why_not_invite(call, channel, one))]
    if errors and not (call.get("force") and len(errors) < len(ids)):
        raise Refusal(errors[0]["error"], errors=errors)
    refused = {error["user"] for error in errors}
    for one in ids:
        if one not in refused:
            call.desk.rooms.join(channel, state.users[one], inviter=state.bot, own=True)
    return {"channel": channel_json(state, channel)}


def list_members(call: Call) -> Json:
    """conversations.members."""
    channel = call.channel()
    call.require_for(channel, "read")
    members, metadata = page(channel.members, call, default=100, most=1000)
    return {"members": list(members)} | metadata


def rename_channel(call: Call) -> Json:
    """conversations.rename: only a channel that the bot made, unless people allowed more."""
    channel = _manageable(call)
    if channel.creator != call.desk.state.bot.id:
        raise Refusal("not_authorized")
    call.desk.rooms.rename(channel, call.get("name") or "", call.desk.state.bot, own=True)
    return {"channel": channel_json(call.desk.state, channel)}


def archive_channel(call: Call) -> Json:
    """conversations.archive."""
    channel = call.channel()
    _require_management(call, channel)
    _require_member(call, channel)
    call.desk.rooms.archive(channel, call.desk.state.bot, own=True)
    return {}


def set_topic(call: Call) -> Json:
    """conversations.setTopic."""
    return _describe(call, "topic")


def set_purpose(call: Call) -> Json:
    """conversations.setPurpose."""
    return _describe(call, "purpose")


def _describe(call: Call, field: str) -> Json:
    channel = _manageable(call)
    text = call.get(field) or ""
    return {"channel": call.desk.rooms.describe(channel, field, text, call.desk.state.bot, own=True)}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.require_for(channel, "history")
    _require_member(call, channel)
    return channel


def _manageable(call: Call) -> Channel:
    channel = call.channel()
    _require_management(call, channel)
    if channel.kind is ChannelKind.IM:
        raise Refusal("method_not_supported_for_channel_type")
    _require_member(call, channel)
    _refuse_archived(channel)
    return channel


def _require_management(call: Call, channel: Channel) -> None:
    call.token.require("channels:manage" if channel.kind is ChannelKind.PUBLIC else "groups:write")


def _require_member(call: Call, channel: Channel) -> None:
    if call.desk.state.bot.id not in channel.members:
        raise Refusal("not_in_channel")


def _refuse_archived(channel: Channel) -> None:
    if channel.is_archived:
        raise Refusal("is_archived")


def _why_not_invite(call: Call, channel: Channel, user_id: str) -> str | None:
    user = call.desk.state.users.get(user_id)
    if user is None or user.deleted:
        return "user_not_found"
    if user.id == call.desk.state.bot.id:
        return "cant_invite_self"
    if user.id in channel.members:
        return "already_in_channel"
    if user.is_stranger:
        return "user_team_not_in_channel"
    return "ura_max_channels" if user.is_ultra_restricted else None


def _within(call: Call, messages: list[Message]) -> list[Message]:
    """Return the messages between `oldest` and `latest`, which count themselves only when `inclusive`."""
    oldest, latest = _ts_argument(call, "oldest"), _ts_argument(call, "latest")
    inclusive = bool(call.get("inclusive"))
    kept = []
    for message in messages:
        at = _as_number(message.ts)
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        before = latest is None or at < latest or (inclusive and at == latest)
        if after and before:
            kept.append(message)
    return kept


def _ts_argument(call: Call, name: str) -> int | None:
    text = call.get(name)
    if not text or (name == "latest" and text == "now"):
        return None
    if not _TS.fullmatch(text):
        raise Refusal(f"invalid_ts_{name}")
    return _as_number(text)


def _as_number(ts: str) -> int:
    seconds, _, micro = ts.partition(".")
    return int(seconds) * 1_000_000 + int(micro.ljust(6, "0")[:6] or "0")


def _messages(call: Call, channel: Channel, messages: object, metadata: Json) -> Json:
    state = call.desk.state
    full = bool(call.get("include_all_metadata"))
    shown = [message_json(state, channel, one, with_metadata=full) for one in messages]  # type: ignore[attr-defined]
    answer: Json = {"messages": shown, "has_more": bool(metadata["response_metadata"]["next_cursor"])}
    return answer | (metadata if answer["has_more"] else {})


_RANGE = "oldest latest inclusive:bool limit:int cursor include_all_metadata:bool"
_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_MANAGE = ("channels:manage", "groups:write")

METHODS = {
    "conversations.list": Method(list_channels, Tier.T2, "types cursor limit:int exclude_archived:bool team_id", _READ),
    "conversations.info": Method(
        describe_channel, Tier.T3, "channel! include_locale:bool include_num_members:bool", _READ
    ),
    "conversations.history": Method(read_history, Tier.T3, f"channel! {_RANGE}", _HISTORY),
    "conversations.replies": Method(read_replies, Tier.T3, f"channel! ts! {_RANGE}", _HISTORY),
    "conversations.join": Method(join_channel, Tier.T3, "channel!", ("channels:join",)),
    "conversations.open": Method(
        open_im, Tier.T3, "channel users return_im:bool prevent_creation:bool", ("im:write", "mpim:write")
    ),
    "conversations.create": Method(create_channel, Tier.T2, "name is_private:bool team_id", _MANAGE),
    "conversations.invite": Method(invite_people, Tier.T3, "channel! users! force:bool", _MANAGE),
    "conversations.members": Method(list_members, Tier.T4, "channel! cursor limit:int", _READ),
    "conversations.rename": Method(rename_channel, Tier.T2, "channel! name", _MANAGE),
    "conversations.archive": Method(archive_channel, Tier.T2, "channel!", _MANAGE),
    "conversations.setTopic": Method(set_topic, Tier.T2, "channel! topic", _MANAGE),
    "conversations.setPurpose": Method(set_purpose, Tier.T2, "channel! purpose", _MANAGE),
}
