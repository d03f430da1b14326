"""What Slack sent, as what happened: pure, total, and the only place that knows Slack's payloads.

Message subtypes are an allow-list: what is not named here is no message that a person wrote. Our own posts come back
as events and are nothing. Everything else is a value with the sender in it, so that whoever acts on it
can ask who may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clerkd.slack.ids import LIVE_ACTIONS, ButtonAction, Place, live_lane
from clerkd.slack.parse_interactive import addressed, read_command, read_event, read_interactive
from clerkd.slack.payload import (
    Acted,
    CommandRun,
    HomeOpened,
    Identity,
    Interaction,
    Json,
    Mentioned,
    OptionsAsked,
    Reacted,
    Sender,
    ShortcutChosen,
    Surface,
    ViewClosed,
    ViewSubmitted,
)

__all__ = [
    "AccessLost", "ChannelChanged", "Clicked", "Deleted", "Edited", "Happening", "Identity", "Json", "Overrun",
    "OwnPostGone", "Sender", "Wrote", "dedupe_keys", "lane", "read", "sort_ts",
]  # fmt: skip

WRITTEN_SUBTYPES = {None, "thread_broadcast", "file_share", "me_message"}
CHANNEL_EVENTS = {
    f"{kind}_{what}"
    for kind in ("channel", "group")
    for what in ("archive", "unarchive", "deleted", "rename", "left")
} | {"channel_shared", "channel_unshared"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrote:
    """A person wrote a message."""

    place: Place
    sender: Sender
    message: Json  # blocks, text


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed what they had written."""

    place: Place
    sender: Sender
    message: Json
    edited_ts: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A person's message is gone."""

    place: Place
    sender: Sender


@dataclass(frozen=True, slots=True)
class OwnPostGone:
    """A message of ours was deleted; it may have been a thread's root."""

    place: Place


@dataclass(frozen=True, slots=True)
class Clicked:
    """A person clicked a button that decides what becomes of a text (`clerkd.slack.clicks`)."""

    place: Place
    sender: Sender
    action: str
    value: Mapping[str, str]
    post_id: str | None = None  # which post of ours it is, by its own word
    response_url: str | None = None  # where what only this person sees can be replaced


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """Something happened to a channel; `new_id` when Slack gave it another one."""

    channel: str
    what: str
    new_id: str | None = None


@dataclass(frozen=True, slots=True)
class AccessLost:
    """The app was uninstalled or its tokens were revoked."""

    what: str


@dataclass(frozen=True, slots=True)
class Overrun:
    """Slack left events out for a minute, because there were too many."""


Happening = Wrote | Edited | Deleted | OwnPostGone | Clicked | ChannelChanged | AccessLost | Overrun | Interaction

OF_A_TEXT = frozenset(ButtonAction)
IN_CHANNELS = {Surface.MESSAGE, Surface.EPHEMERAL}


def read(kind: str, payload: Json, me: Identity) -> Happening | None:
    """Return what happened, or None if it is nothing to us. `kind` is the envelope's type."""
    if kind == "interactive":
        return _interaction(payload)
    if kind == "slash_commands":
        return read_command(payload)
    if kind != "events_api":
        return None
    if payload.get("type") == "app_rate_limited":
        return Overrun()
    event = _object(payload, "event")
    event_type = _word(event, "type")
    if event_type == "message":
        return _message(event, payload, me)
    if event_type == "channel_id_changed":
        return _new_id(event)
    if event_type == "member_joined_channel":
        channel = _word(event, "channel")
        return ChannelChanged(channel, "joined") if channel and _word(event, "user") == me.user else None
    if event_type in CHANNEL_EVENTS:
        return _channel(event, event_type)
    if event_type in {"tokens_revoked", "app_uninstalled"}:
        return AccessLost(event_type)
    return read_event(event, payload, me)


def dedupe_keys(kind: str, envelope_id: str, payload: Json, happening: Happening) -> list[str]:
    """Return the words under which the same thing may come again: any one of them seen means it came before."""
    keys: list[str] = []
    if event_id := _word(payload, "event_id"):
        keys.append(f"event:{event_id}")
    match happening:
        case Wrote(place=place):
            keys.append(f"wrote:{place.channel}:{place.ts}")
        case Edited(place=place, edited_ts=edited_ts):
            keys.append(f"edited:{place.channel}:{place.ts}:{edited_ts}")
        case Deleted(place=place) | OwnPostGone(place=place):
            keys.append(f"deleted:{place.channel}:{place.ts}")
        case Mentioned(place=place):
            keys.append(f"mention:{place.channel}:{place.ts}")
        case HomeOpened() | Reacted():
            pass  # the event_id is all there is
        case Clicked() | Acted() | CommandRun() | ShortcutChosen() | ViewSubmitted() | ViewClosed() | OptionsAsked():
            keys.append(f"envelope:{envelope_id}")
            if trigger := _word(payload, "trigger_id"):
                keys.append(f"trigger:{trigger}")
    return keys or [f"{kind}:{envelope_id}"]


def lane(happening: Happening) -> str:
    """Return what it must wait its turn behind: a thread, or a channel's own affairs."""
    match happening:
        case Wrote(place=place) | Edited(place=place) | Deleted(place=place):
            # The top level of a direct channel is one conversation: its texts go out in their order.
            return f"{place.channel}:{place.thread_ts or 'top'}"
        case OwnPostGone(place=place) | Clicked(place=place):
            return f"{place.channel}:{place.root}"
        case Acted(view=view, action=action) if view is not None:
            return live_lane(view.id) if action in LIVE_ACTIONS else f"view:{view.root}"
        case Acted(sender=sender) | CommandRun(sender=sender) | ShortcutChosen(sender=sender):
            return f"user:{sender.user}"  # not behind a thread's texts: a trigger is good for three seconds
        case Mentioned(sender=sender) | HomeOpened(sender=sender):
            return f"user:{sender.user}"
        case Reacted(place=place):
            return f"reactions:{place.channel}:{place.ts}"
        case ChannelChanged(channel=channel):
            return channel
        case _:
            return "workspace"


def sort_ts(payload: Json) -> str:
    """Return the timestamp by which things of one lane are ordered."""
    event = _object(payload, "event")
    actions = payload.get("actions")
    if isinstance(actions, list) and actions and isinstance(actions[0], dict):
        return _word(actions[0], "action_ts") or ""
    return _word(event, "event_ts") or _word(event, "ts") or ""


# Messages ---------------------------------------------------------------------------------------------------


def _message(event: Json, payload: Json, me: Identity) -> Happening | None:
    channel, subtype = _word(event, "channel"), _word(event, "subtype")
    if not channel:
        return None
    if subtype == "message_changed":
        return _changed(channel, event, payload, me)
    if subtype == "message_deleted":
        gone = _object(event, "previous_message") | {"ts": _word(event, "deleted_ts")}
        return _gone(channel, gone, payload, me)
    place, sender = _place(channel, event), _sender(event, payload)
    if place is None or sender is None or subtype not in WRITTEN_SUBTYPES or _is_bot(event, me):
        return None
    if addressed(_word(event, "text") or "", me) is not None:
        return None  # said to us, not to a phone: it comes again as a mention
    return Wrote(place, sender, event)


def _changed(channel: str, event: Json, payload: Json, me: Identity) -> Happening | None:
    message, before = _object(event, "message"), _object(event, "previous_message")
    if _word(message, "subtype") == "tombstone":  # a deleted root whose replies are left
        return _gone(channel, before | {"ts": _word(message, "ts")}, payload, me)
    edited_ts = _word(_object(message, "edited"), "ts")
    place, sender = _place(channel, message), _sender(message, payload)
    if place is None or sender is None or edited_ts is None or _is_bot(message, me):
        return None  # link previews change a message, too, and nobody edited it
    if _word(message, "subtype") not in WRITTEN_SUBTYPES or _content(message) == _content(before):
        return None
    return Edited(place, sender, message, edited_ts)


def _gone(channel: str, message: Json, payload: Json, me: Identity) -> Happening | None:
    place = _place(channel, message)
    if place is None:
        return None
    if _is_own(message, me):
        return OwnPostGone(place)
    sender = _sender(message, payload)
    return None if sender is None or _is_bot(message, me) else Deleted(place, sender)


def _content(message: Json) -> tuple[Any, Any]:
    return message.get("text"), message.get("blocks")


def _is_own(message: Json, me: Identity) -> bool:
    return (
        _word(message, "user") == me.user
        or (me.bot is not None and _word(message, "bot_id") == me.bot)
        or (me.app is not None and _word(message, "app_id") == me.app)
    )


def _is_bot(message: Json, me: Identity) -> bool:
    return _is_own(message, me) or _word(message, "bot_id") is not None


def _place(channel: str, message: Json) -> Place | None:
    ts, thread_ts = _word(message, "ts"), _word(message, "thread_ts")
    if ts is None:
        return None
    return Place(channel, ts, thread_ts if thread_ts != ts else None)


def _sender(message: Json, payload: Json) -> Sender | None:
    user = _word(message, "user")
    if user is None:
        return None
    team = _word(message, "user_team") or _word(message, "source_team") or _word(message, "team")
    return Sender(user, team, payload.get("is_ext_shared_channel") is True)


# Everything else ----------------------------------------------------------------------------------------------


def _interaction(payload: Json) -> Happening | None:
    found = read_interactive(payload)
    if not isinstance(found, Acted) or found.surface not in IN_CHANNELS or found.action not in OF_A_TEXT:
        return found
    if found.place is None:
        return None
    return Clicked(found.place, found.sender, found.action, found.value, found.post_id, found.response_url)


def _channel(event: Json, event_type: str) -> ChannelChanged | None:
    found = event.get("channel")
    channel = found if isinstance(found, str) else _word(_object(event, "channel"), "id")
    return ChannelChanged(channel, event_type.split("_", 1)[1]) if channel else None


def _new_id(event: Json) -> ChannelChanged | None:
    old, new = _word(event, "old_channel_id"), _word(event, "new_channel_id")
    return ChannelChanged(old, "id_changed", new) if old and new else None


def _object(parent: Json, key: str) -> Json:
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def _word(parent: Json, key: str) -> str | None:
    found = parent.get(key)
    return found if isinstance(found, str) and found else None
