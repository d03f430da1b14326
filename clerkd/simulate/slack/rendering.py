"""The JSON in which Slack shows its objects to apps."""

from __future__ import annotations

from clerkd.simulate.slack.records import Channel, ChannelKind, Json, Message, User, View
from clerkd.simulate.slack.state import State


def message_json(
    state: State, channel: Channel, message: Message, *, for_event: bool = False, with_metadata: bool = False
) -> Json:
    """Return a message as `conversations.history` and events show it.

    Events leave out what readers count for themselves: replies. Metadata is shown on request only.
    """
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    optional = {
        "subtype": message.subtype,
        "client_msg_id": message.client_msg_id,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": message.files,
        "edited": message.edited,
    }
    shown |= {name: value for name, value in optional.items() if value}
    team_id = state.users[message.user].team_id if message.user in state.users else state.team.id
    shown["team"] = team_id
    if team_id != state.team.id:
        shown |= {"user_team": team_id, "source_team": team_id}
    if message.bot_id:
        shown["bot_profile"] = bot_profile_json(state)
    if message.thread_ts is not None:
        shown["thread_ts"] = message.thread_ts
        if message.is_reply:
            root = channel.messages.get(message.thread_ts)
            shown["parent_user_id"] = root.user if root else ""
    if message.reactions:
        shown["reactions"] = reactions_json(message)
    if with_metadata and message.metadata:
        shown["metadata"] = message.metadata
    if message.pinned:
        shown["pinned_to"] = [channel.id]
    if not for_event and message.thread_ts == message.ts:
        shown |= _thread_json(channel, message)
    return shown


def _thread_json(channel: Channel, root: Message) -> Json:
    replies = channel.replies(root.ts)
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "reply_users": people[:5],
        "latest_reply": replies[-1].ts if replies else root.ts,
        "is_locked": root.ts in channel.locked_threads,
        "subscribed": False,
    }


def reactions_json(message: Message) -> list[Json]:
    """Return the reactions of a message in the order in which each was first given."""
    return [{"name": name, "users": list(people), "count": len(people)} for name, people in message.reactions.items()]


def bot_profile_json(state: State) -> Json:
    """Return the `bot_profile` of the app's own messages."""
    return {
        "id": state.bot.bot_id,
        "app_id": state.app_id,
        "user_id": state.bot.id,
        "name": state.bot.name,
        "icons": {},
        "deleted": False,
        "updated": 0,
        "team_id": state.team.id,
    }


def channel_json(state: State, channel: Channel, *, with_count: bool = False) -> Json:
    """Return a conversation as `conversations.info` and `.list` show it to the bot."""
    if channel.kind is ChannelKind.IM:
        peer = next((member for member in channel.members if member != state.bot.id), state.bot.id)
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.is_archived,
            "is_im": True,
            "is_org_shared": False,
            "user": peer,
            "is_user_deleted": state.users[peer].deleted,
            "priority": 0,
        }
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind is ChannelKind.PUBLIC,
        "is_group": channel.kind is ChannelKind.PRIVATE,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.kind is ChannelKind.PRIVATE,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "unlinked": 0,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": state.bot.id in channel.members,
        "context_team_id": state.team.id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": list(channel.previous_names),
    }
    if with_count:
        shown["num_members"] = len(channel.members)
    return shown


def user_json(state: State, user: User) -> Json:
    """Return a person or bot as `users.info` shows them; no e-mail without its scope."""
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset_s(state.clock.now_ms()),
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.display_name or user.name,
            "display_name_normalized": user.display_name or user.name,
            "team": user.team_id,
            **({"bot_id": user.bot_id, "api_app_id": state.app_id} if user.bot_id else {}),
        },
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_stranger": user.is_stranger,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
        "who_can_share_contact_card": "EVERYONE",
    }


def view_json(state: State, view: View) -> Json:
    """Return a view as `views.*` answers and interaction payloads show it."""
    definition = view.definition
    return {
        "id": view.id,
        "team_id": state.team.id,
        "type": definition["type"],
        "blocks": definition["blocks"],
        "private_metadata": definition.get("private_metadata", ""),
        "callback_id": definition.get("callback_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "title": definition.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "close": definition.get("close"),
        "submit": definition.get("submit"),
        "clear_on_close": definition.get("clear_on_close", False),
        "notify_on_close": definition.get("notify_on_close", False),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": state.app_id,
        "external_id": view.external_id,
        "app_installed_team_id": state.team.id,
        "bot_id": state.bot.bot_id,
    }
