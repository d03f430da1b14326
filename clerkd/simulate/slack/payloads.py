"""The payloads of interactions, as Slack sends them over the socket."""

from __future__ import annotations

from typing import Any

from clerkd.simulate.slack.forms import ENTRY_KEYS
from clerkd.simulate.slack.records import Channel, ChannelKind, Json, Message, User, View
from clerkd.simulate.slack.rendering import message_json, view_json
from clerkd.simulate.slack.state import State

_COPIED_TO_ACTION = ("text", "value", "style", "url", "placeholder", "confirm", "initial_option")


class Payloads:
    """Make the payload of each kind of interaction from what a person did."""

    def __init__(self, state: State) -> None:
        self._state = state

    def action_in_message(self, user: User, channel: Channel, message: Message, action: Json, **links: str) -> Json:
        """block_actions from a message; `links` are trigger_id and response_url."""
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": False,
        }
        if message.thread_ts is not None:
            container["thread_ts"] = message.thread_ts
        return self._base("block_actions", user) | {
            "container": container,
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message": message_json(self._state, channel, message, for_event=True),
            "state": {"values": _state_of(action)},
            "actions": [action],
            **links,
        }

    def action_in_ephemeral(self, user: User, channel: Channel, ts: str, action: Json, **links: str) -> Json:
        """block_actions from an ephemeral message, which the app gets no copy of."""
        container = {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": True}
        return self._base("block_actions", user) | {
            "container": container,
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "state": {"values": _state_of(action)},
            "actions": [action],
            **links,
        }

    def action_in_view(self, user: User, view: View, action: Json, trigger_id: str) -> Json:
        """block_actions from a modal or an App Home."""
        return self._base("block_actions", user) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(self._state, view),
            "actions": [action],
            "trigger_id": trigger_id,
        }

    def suggestion(self, user: User, view: View, block_id: str, action_id: str, query: str) -> Json:
        """block_suggestion: what shall the select offer?"""
        return self._base("block_suggestion", user) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(self._state, view),
            "block_id": block_id,
            "action_id": action_id,
            "value": query,
        }

    def submission(self, user: User, view: View, trigger_id: str) -> Json:
        """view_submission."""
        shown = view_json(self._state, view)
        return self._base("view_submission", user) | {"view": shown, "trigger_id": trigger_id, "response_urls": []}

    def closing(self, user: User, view: View, *, is_cleared: bool) -> Json:
        """view_closed."""
        shown = view_json(self._state, view)
        return self._base("view_closed", user) | {"view": shown, "is_cleared": is_cleared}

    def shortcut(self, user: User, callback_id: str, trigger_id: str) -> Json:
        """A global shortcut."""
        moment = {"action_ts": self._state.new_ts(), "trigger_id": trigger_id}
        return self._base("shortcut", user) | {"callback_id": callback_id} | moment

    def message_shortcut(self, user: User, channel: Channel, message: Message, callback_id: str, **links: str) -> Json:
        """A shortcut chosen from a message's menu."""
        return self._base("message_action", user) | {
            "callback_id": callback_id,
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message": message_json(self._state, channel, message, for_event=True),
            "action_ts": self._state.new_ts(),
            **links,
        }

    def command(self, user: User, channel: Channel, command: str, text: str, **links: str) -> Json:
        """A slash command; its fields are those of a form, all of them strings."""
        return {
            "token": "verification-test",
            "team_id": self._state.team.id,
            "team_domain": self._state.team.domain,
            "channel_id": channel.id,
            "channel_name": _channel_name(channel),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": self._state.app_id,
            "is_enterprise_install": "false",
            **links,
        }

    def action(self, block: Json, element: Json, held: Json | None = None, **more: Any) -> Json:
        """Return one entry of `actions`: the element's identity, and what was entered."""
        action: Json = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self._state.new_ts(),
        }
        action |= {name: element[name] for name in _COPIED_TO_ACTION if name in element}
        return action | (held or {}) | more

    def _base(self, kind: str, user: User) -> Json:
        return {
            "type": kind,
            "team": {"id": self._state.team.id, "domain": self._state.team.domain},
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
            "api_app_id": self._state.app_id,
            "token": "verification-test",
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _channel_name(channel: Channel) -> str:
    if channel.kind is ChannelKind.IM:
        return "directmessage"
    return "privategroup" if channel.kind is ChannelKind.PRIVATE else channel.name


def _state_of(action: Json) -> Json:
    """Return the `state.values` of a message in which only this element was touched."""
    if action["type"] not in ENTRY_KEYS:
        return {}
    key = ENTRY_KEYS[action["type"]][0]
    return {action["block_id"]: {action["action_id"]: {"type": action["type"], key: action.get(key)}}}
