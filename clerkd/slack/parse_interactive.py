"""From Slack's JSON of buttons, modals, commands and shortcuts to values: pure and total."""

from __future__ import annotations

from typing import Any

from clerkd.slack.ids import Place, post_id_of, read_button_value
from clerkd.slack.payload import (
    Acted,
    CommandRun,
    Entered,
    HomeOpened,
    Identity,
    Interaction,
    Json,
    Mentioned,
    OpenView,
    OptionsAsked,
    Reacted,
    Sender,
    ShortcutChosen,
    Surface,
    ViewClosed,
    ViewSubmitted,
    option_value,
    words_of,
)

KEPT_OF_A_VIEW = (
    "id", "type", "hash", "callback_id", "private_metadata", "external_id", "root_view_id", "state",
)  # fmt: skip


def without_waste(payload: Json) -> Json:
    """Return a payload without what nobody reads again: what a view shows was ours in the first place."""
    view = payload.get("view")
    if not isinstance(view, dict):
        return payload
    return payload | {"view": {key: view[key] for key in KEPT_OF_A_VIEW if key in view}}


def read_interactive(payload: Json) -> Interaction | None:
    """Read an `interactive` envelope, but for the buttons of `clerkd.slack.clicks`."""
    sender = _sender(payload)
    if sender is None:
        return None
    view = _view(_object(payload, "view"))
    match payload.get("type"):
        case "block_actions":
            return _acted(payload, sender, view)
        case "view_submission":
            return None if view is None else ViewSubmitted(sender, view, _word(payload, "trigger_id") or "")
        case "view_closed":
            return None if view is None else ViewClosed(sender, view, payload.get("is_cleared") is True)
        case "block_suggestion":
            action, block = _word(payload, "action_id"), _word(payload, "block_id")
            return OptionsAsked(sender, action or "", block or "", _word(payload, "value") or "", view)
        case "shortcut" | "message_action":
            return _shortcut(payload, sender)
        case _:
            return None


def read_command(payload: Json) -> CommandRun | None:
    """Read a `slash_commands` envelope."""
    user, channel, command = _word(payload, "user_id"), _word(payload, "channel_id"), _word(payload, "command")
    if user is None or channel is None or command is None:
        return None
    word, rest = words_of(_word(payload, "text") or "")
    return CommandRun(
        sender=Sender(user, _word(payload, "team_id")),
        channel=channel,
        command=command,
        word=word,
        rest=rest,
        trigger=_word(payload, "trigger_id") or "",
        response_url=_word(payload, "response_url"),
    )


def read_event(event: Json, payload: Json, me: Identity) -> Interaction | None:
    """Read `app_mention`, `app_home_opened`, `reaction_added` and `reaction_removed`."""
    user = _word(event, "user")
    if user is None or user == me.user or _word(event, "bot_id") is not None:
        return None
    team = _word(event, "user_team") or _word(event, "source_team") or _word(event, "team")
    sender = Sender(user, team, payload.get("is_ext_shared_channel") is True)
    match event.get("type"):
        case "app_mention":
            return _mention(event, sender, me)
        case "app_home_opened":
            return HomeOpened(sender) if event.get("tab") == "home" else None
        case "reaction_added" | "reaction_removed":
            item, name = _object(event, "item"), _word(event, "reaction")
            channel, ts = _word(item, "channel"), _word(item, "ts")
            if channel is None or ts is None or name is None:
                return None
            return Reacted(sender, Place(channel, ts), name, event.get("type") == "reaction_added")
        case _:
            return None


def addressed(text: str, me: Identity) -> str | None:
    """Return what follows our name at the beginning of a message, None if it does not begin with it."""
    for name in (f"<@{me.user}>", f"<@{me.user}|"):
        if text.lstrip().startswith(name):
            return text.lstrip().removeprefix(name).partition(">")[2] if name[-1] == "|" else text.lstrip()[len(name) :]
    return None


def _mention(event: Json, sender: Sender, me: Identity) -> Mentioned | None:
    channel, ts, thread_ts = _word(event, "channel"), _word(event, "ts"), _word(event, "thread_ts")
    if channel is None or ts is None:
        return None
    said = addressed(_word(event, "text") or "", me)
    if said is None and thread_ts is not None:
        return None  # a text to somebody that happens to name us
    word, rest = words_of(said or "")
    return Mentioned(sender, Place(channel, ts, thread_ts if thread_ts != ts else None), word, rest)


def _acted(payload: Json, sender: Sender, view: OpenView | None) -> Acted | None:
    actions = payload.get("actions")
    element = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else None
    container, message = _object(payload, "container"), _object(payload, "message")
    place = _place(container, payload, message)
    if element is None or (place is None and view is None):
        return None
    value = option_value(element.get("selected_option")) or _word(element, "value") or ""
    if view is not None:
        surface = Surface.HOME if view.home else Surface.MODAL
    else:
        surface = Surface.EPHEMERAL if container.get("is_ephemeral") is True else Surface.MESSAGE
    return Acted(
        sender=sender,
        action=_word(element, "action_id") or "",
        value=read_button_value(value) or {},
        element=element,
        surface=surface,
        block=_word(element, "block_id") or "",
        place=place,
        post_id=post_id_of(message),
        view=view,
        trigger=_word(payload, "trigger_id") or "",
        response_url=_word(payload, "response_url"),
    )


def _shortcut(payload: Json, sender: Sender) -> ShortcutChosen:
    channel, message = _object(payload, "channel"), _object(payload, "message")
    where, ts, thread_ts = _word(channel, "id"), _word(payload, "message_ts"), _word(message, "thread_ts")
    return ShortcutChosen(
        sender=sender,
        callback=_word(payload, "callback_id") or "",
        trigger=_word(payload, "trigger_id") or "",
        place=Place(where, ts, thread_ts if thread_ts != ts else None) if where and ts else None,
        message=message or None,
        response_url=_word(payload, "response_url"),
    )


def _view(found: Json) -> OpenView | None:
    view_id = _word(found, "id")
    if view_id is None:
        return None
    blocks = found.get("blocks")
    inputs = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return OpenView(
        id=view_id,
        hash=_word(found, "hash") or "",
        callback=_word(found, "callback_id") or "",
        carried=read_button_value(_word(found, "private_metadata") or "") or {},
        entered=Entered(_object(_object(found, "state"), "values")),
        root=_word(found, "root_view_id") or view_id,
        home=found.get("type") == "home",
        external_id=_word(found, "external_id") or "",
        inputs=tuple(str(block.get("block_id")) for block in inputs if block.get("type") == "input"),
    )


def _place(container: Json, payload: Json, message: Json) -> Place | None:
    channel = _word(container, "channel_id") or _word(_object(payload, "channel"), "id")
    ts = _word(container, "message_ts")
    if channel is None or ts is None:
        return None
    thread_ts = _word(container, "thread_ts") or _word(message, "thread_ts")
    return Place(channel, ts, thread_ts if thread_ts != ts else None)


def _sender(payload: Json) -> Sender | None:
    user = _object(payload, "user")
    user_id = _word(user, "id")
    return None if user_id is None else Sender(user_id, _word(user, "team_id") or _word(_object(payload, "team"), "id"))


def _object(parent: Json, key: str) -> Json:
    found: Any = parent.get(key)
    return found if isinstance(found, dict) else {}


def _word(parent: Json, key: str) -> str | None:
    found = parent.get(key)
    return found if isinstance(found, str) and found else None
