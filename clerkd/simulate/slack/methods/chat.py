"""chat.*: posting, updating, deleting."""

from __future__ import annotations

import copy
import json
import re

from clerkd.simulate.slack.blocks.surfaces import message_problems, message_size
from clerkd.simulate.slack.call import Call, Method
from clerkd.simulate.slack.forms import fill_ids
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.records import TOMBSTONE, Channel, ChannelKind, Json, Message
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.rendering import message_json

POST_TEXT_LIMIT = 40_000  # longer texts are cut
UPDATE_TEXT_LIMIT = 4_000
MESSAGE_SIZE_LIMIT = 13_200  # all blocks of a message together; measured by others, not published
METADATA_BYTES = 10_000  # the size is not published
MAX_ATTACHMENTS = 100
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_CONTROL_SEQUENCE = re.compile(r"(<(?:[!@#]|https?:|mailto:|tel:)[^<>]*>)")
_OWN_KEY = re.compile(r"clerkd?[:.]")


def post_message(call: Call) -> Json:
    """chat.postMessage."""
    state = call.desk.state
    channel = _target(call)
    _check_may_post(call, channel)
    thread_ts = _thread(call, channel)
    content = _content(call, POST_TEXT_LIMIT)
    fields: Json = {"blocks": content["blocks"], "attachments": call.get("attachments", [])}
    fields |= {"bot_id": state.bot.bot_id, "app_id": state.app_id, "thread_ts": thread_ts}
    if call.get("reply_broadcast") and thread_ts:
        fields["subtype"] = "thread_broadcast"
    message = call.desk.posting.post(channel, state.bot, content["text"], own=True, metadata=_metadata(call), **fields)
    for key in _own_keys(call):
        call.desk.post_counts[key] += 1
    shown = message_json(state, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral: shown to one member, kept nowhere."""
    channel = call.channel()
    _check_may_post(call, channel)
    reader = call.desk.state.users.get(call.arguments["user"])
    if reader is None or reader.id not in channel.members:
        raise Refusal("user_not_in_channel")
    thread_ts = _thread(call, channel)
    content = _content(call, POST_TEXT_LIMIT)
    ts = call.desk.posting.whisper(channel, reader, content["text"], content["blocks"], thread_ts)
    return {"message_ts": ts}


def update_message(call: Call) -> Json:
    """chat.update: own messages only; a text without blocks drops the old blocks."""
    state = call.desk.state
    channel = call.channel()
    message = _own_message(call, channel, "cant_update_message")
    if channel.is_archived:
        raise Refusal("is_archived")
    content = _content(call, UPDATE_TEXT_LIMIT, cut=False)
    had_rich_text = any(block["type"] == "rich_text" for block in message.blocks)
    if had_rich_text and content["blocks"] and not any(b["type"] == "rich_text" for b in content["blocks"]):
        raise Refusal("block_mismatch")
    fields: Json = {"text": content["text"], "blocks": content["blocks"]}
    fields["attachments"] = call.get("attachments", [] if content["blocks"] else message.attachments)
    if "metadata" in call.arguments:
        fields["metadata"] = _metadata(call)
    call.desk.posting.edit(channel, message, own=True, **fields)
    shown = message_json(state, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete_message(call: Call) -> Json:
    """chat.delete: own messages only."""
    channel = call.channel()
    message = _own_message(call, channel, "cant_delete_message")
    call.desk.posting.delete(channel, message, own=True)
    return {"channel": channel.id, "ts": message.ts}


def make_permalink(call: Call) -> Json:
    """chat.getPermalink."""
    channel = call.channel()
    ts = call.arguments["message_ts"]
    message = call.desk.state.message(channel, ts)
    link = f"https://{call.desk.state.team.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def escape_stray(text: str) -> str:
    """Return mrkdwn as Slack stores it: `&`, `<` and `>` that belong to nothing are escaped."""
    parts = _CONTROL_SEQUENCE.split(text)
    parts[::2] = [_BARE_AMPERSAND.sub("&amp;", part).replace("<", "&lt;").replace(">", "&gt;") for part in parts[::2]]
    return "".join(parts)


def _target(call: Call) -> Channel:
    """Return where to post: an id, a #name, or a user id, which means the DM with them."""
    state, wanted = call.desk.state, call.arguments["channel"]
    if wanted in state.users:
        if state.users[wanted].deleted or wanted == state.bot.id:
            raise Refusal("channel_not_found")
        return state.im_with(wanted)
    return state.channel_seen_by_app(wanted, by_name=True)


def _check_may_post(call: Call, channel: Channel) -> None:
    if channel.is_archived:
        raise Refusal("is_archived")
    if call.desk.state.bot.id not in channel.members:
        raise Refusal("not_in_channel" if channel.kind is ChannelKind.PUBLIC else "channel_not_found")
    if channel.is_read_only:
        raise Refusal("restricted_action_read_only_channel")
    if channel.is_thread_only and not call.get("thread_ts"):
        raise Refusal("restricted_action_thread_only_channel")


def _thread(call: Call, channel: Channel) -> str | None:
    """Return the thread to post to: its root must be there and must not be a reply itself."""
    thread_ts: str | None = call.get("thread_ts") or None
    if thread_ts is None:
        return None
    root = call.desk.state.message(channel, thread_ts)
    if root.is_reply or (root.subtype or "").startswith(("channel_", "group_")):
        raise Refusal("cannot_reply_to_message")
    if thread_ts in channel.locked_threads:
        raise Refusal("restricted_action_thread_locked")
    return thread_ts


def _own_message(call: Call, channel: Channel, otherwise: str) -> Message:
    message = call.desk.state.message(channel, call.arguments["ts"])
    if message.bot_id != call.desk.state.bot.bot_id or message.subtype == TOMBSTONE:
        raise Refusal(otherwise)
    return message


def _content(call: Call, text_limit: int, *, cut: bool = True) -> Json:
    """Return the checked text and blocks, as Slack stores them."""
    if any(name in call.arguments for name in _LOOK.split()):
        call.token.require("chat:write.customize")
    blocks = call.get("blocks") or []
    text = call.get("text") or call.get("markdown_text") or ""
    if call.get("markdown_text") and (blocks or call.get("text")):
        raise Refusal("markdown_text_conflict")
    if len(call.get("attachments", ())) > MAX_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    problems = message_problems(blocks)
    if blocks and not text.strip():
        # Slack only warns; screen readers and notifications have nothing but the text, so it is asked for here.
        problems.append("[ERROR] a message with blocks needs a top-level text [json-pointer:/text]")
    if problems:
        raise Refusal.of_messages("invalid_blocks", problems)
    if message_size(blocks) > MESSAGE_SIZE_LIMIT:
        raise Refusal("msg_blocks_too_long")
    if not text.strip() and not call.get("attachments"):
        raise Refusal("no_text")
    if len(text) > text_limit and not cut:
        raise Refusal("msg_too_long")
    return {"text": escape_stray(text[:text_limit]), "blocks": fill_ids(copy.deepcopy(blocks), call.desk.state.rng)}


def _metadata(call: Call) -> Json | None:
    metadata: Json | None = call.get("metadata")
    if metadata is None:
        return None
    if set(metadata) != {"event_type", "event_payload"} or not isinstance(metadata["event_payload"], dict):
        raise Refusal("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return metadata


def _own_keys(call: Call) -> list[str]:
    """Return the keys by which the app would recognise this post: the first block's id, the metadata."""
    keys = []
    blocks, metadata = call.get("blocks") or [], call.get("metadata")
    if blocks and _OWN_KEY.match(blocks[0].get("block_id", "")):
        keys.append(f"block_id {blocks[0]['block_id']}")
    if metadata:
        keys.append(f"metadata {metadata['event_type']} {json.dumps(metadata['event_payload'], sort_keys=True)}")
    return keys


_CONTENT = "text blocks:list attachments:list markdown_text parse link_names:bool as_user:bool"
_LOOK = "icon_emoji icon_url username"

METHODS = {
    "chat.postMessage": Method(
        post_message,
        Tier.POSTING,
        f"channel! thread_ts reply_broadcast:bool unfurl_links:bool unfurl_media:bool mrkdwn:bool "
        f"metadata:object team_id {_CONTENT} {_LOOK}",
        ("chat:write",),
    ),
    "chat.postEphemeral": Method(
        post_ephemeral, Tier.T4, f"channel! user! thread_ts {_CONTENT} {_LOOK}", ("chat:write",)
    ),
    "chat.update": Method(
        update_message,
        Tier.T3,
        f"channel! ts! reply_broadcast:bool metadata:object file_ids {_CONTENT}",
        ("chat:write",),
    ),
    "chat.delete": Method(delete_message, Tier.T3, "channel! ts! as_user:bool", ("chat:write",)),
    "chat.getPermalink": Method(make_permalink, Tier.SPECIAL, "channel! message_ts!"),
}
