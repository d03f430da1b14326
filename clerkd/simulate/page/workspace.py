"""The workspace of the page: the stand-in's state as documents, people's doings as commands."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.server import Command, CommandRefused
from clerkd.simulate.slack import Change, Fate, NotPossible, Outcome, SlackStandIn, Workspace
from clerkd.simulate.slack.records import Channel, Message, User, View
from clerkd.simulate.slack.refusal import Refusal

Json = dict[str, Any]

# Where an entry of a form keeps what it holds.
_HELD = (
    "value",
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_channel",
    "selected_channels",
    "selected_conversation",
    "selected_conversations",
    "selected_date",
    "selected_time",
    "selected_date_time",
    "files",
)


class WorkspaceMirror:
    """Keep the mirror's documents of team, people, channels, messages and views true.

    `playable` are the people whom the page's reader can be.
    """

    def __init__(self, slack: SlackStandIn, mirror: Mirror, *, playable: Sequence[str], main_channel: str) -> None:
        self._state = slack.state
        self._mirror = mirror
        self._playable = {slack.state.user(name).id for name in playable}
        self._main_channel = slack.state.channel(main_channel).id
        self._dirty: set[tuple[str, str]] = set()
        self._mirror.put("team", {"name": self._state.team.name})
        for user in self._state.users:
            self._dirty.add(("user", user))
        for channel in self._state.channels:
            self._dirty |= {("channel", channel), ("message", channel)}
        self._draw()
        self._unlisten = slack.workspace.listen(self._changed)

    def close(self) -> None:
        """Stop listening."""
        self._unlisten()

    def _changed(self, change: Change) -> None:
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._draw)
        self._dirty.add((change.what, change.channel or change.user or ""))

    def _draw(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for what, where in sorted(dirty):
            if what == "user" and where in self._state.users:
                self._mirror.put(f"user/{where}", self._user(self._state.users[where]))
            elif what in {"channel", "message", "ephemeral"}:
                self._draw_channel(where)
            elif what in {"view", "home"}:
                self._draw_views(where)

    def _draw_channel(self, channel_id: str) -> None:
        channel = self._state.channels.get(channel_id)
        if channel is None:
            self._mirror.drop(f"channel/{channel_id}")
            self._mirror.replace(f"message/{channel_id}/", {})
            self._mirror.replace(f"ephemeral/{channel_id}/", {})
            return
        self._mirror.put(f"channel/{channel_id}", self._channel(channel))
        messages = {f"message/{channel_id}/{one.ts}": _message(one) for one in channel.messages.values()}
        self._mirror.replace(f"message/{channel_id}/", messages)
        whispers = {
            f"ephemeral/{channel_id}/{one.ts}": {
                "ts": one.ts,
                "user": self._state.bot.id,
                "reader": one.user,
                "text": one.text,
                "blocks": one.blocks,
                "thread_ts": one.thread_ts,
            }
            for one in self._state.ephemerals
            if one.channel == channel_id
        }
        self._mirror.replace(f"ephemeral/{channel_id}/", whispers)

    def _draw_views(self, user_id: str) -> None:
        stack = [_view(view) for view in self._state.view_stacks.get(user_id, ())]
        self._mirror.put(f"views/{user_id}", {"stack": stack})
        home = self._state.homes.get(user_id)
        if home is not None:
            self._mirror.put(f"home/{user_id}", {"view": _view(home)})

    def _user(self, user: User) -> Json:
        return {
            "id": user.id,
            "name": user.name,
            "real_name": user.real_name,
            "is_bot": user.is_bot,
            "playable": user.id in self._playable,
        }

    def _channel(self, channel: Channel) -> Json:
        return {
            "id": channel.id,
            "name": channel.name,
            "kind": channel.kind.value,
            "members": channel.members,
            "topic": channel.topic,
            "main": channel.id == self._main_channel,
        }


def _message(message: Message) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "subtype": message.subtype,
        "edited": message.edited is not None,
        "reactions": message.reactions,
        "files": [{"name": file.get("name")} for file in message.files],
    }


def _view(view: View) -> Json:
    return {"id": view.id, "definition": view.definition, "errors": view.errors}


class WorkspaceCommands:
    """What people do in the workspace, for the page."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def commands(self) -> dict[str, Command]:
        """Return what the page may ask for; what the workspace refuses is told to the person."""
        doings: dict[str, Command] = {
            "chat.say": self._say,
            "chat.edit": self._edit,
            "chat.delete": self._delete,
            "chat.react": self._react,
            "chat.command": self._command,
            "chat.act": self._act,
            "chat.enter": self._enter,
            "chat.share": self._share,
            "chat.suggest": self._suggest,
            "chat.submit": self._submit,
            "chat.close": self._close,
            "chat.home": self._home,
        }
        return {name: _guarded(doing) for name, doing in doings.items()}

    async def _say(self, request: Json) -> str:
        return await self._workspace.user_says(
            request["user"], request["channel"], request["text"], request.get("thread_ts")
        )

    async def _edit(self, request: Json) -> None:
        await self._workspace.user_edits(request["user"], request["channel"], request["ts"], request["text"])

    async def _delete(self, request: Json) -> None:
        await self._workspace.user_deletes(request["user"], request["channel"], request["ts"])

    async def _react(self, request: Json) -> None:
        doing = self._workspace.user_reacts if request["on"] else self._workspace.user_unreacts
        await doing(request["user"], request["channel"], request["ts"], request["name"])

    async def _command(self, request: Json) -> None:
        command, _, text = str(request["text"]).partition(" ")
        _require(await self._workspace.user_runs(request["user"], command, text.strip(), request["channel"]))

    async def _act(self, request: Json) -> None:
        where, choice = request["container"], _held(request["entry"])
        if where["kind"] == "view":
            outcome = await self._workspace.user_clicks_in_view(
                request["user"], request["action"], block_id=request["block"], view_id=where["view"], choice=choice
            )
        else:
            outcome = await self._workspace.user_clicks(
                request["user"],
                where["channel"],
                where["ts"],
                request["action"],
                block_id=request["block"],
                choice=choice,
            )
        _require(outcome)

    async def _enter(self, request: Json) -> None:
        outcome = await self._workspace.user_fills(
            request["user"],
            request["action"],
            _held(request["entry"]),
            block_id=request["block"],
            view_id=request["container"]["view"],
            told=bool(request["told"]),
        )
        if outcome is not None:
            _require(outcome)

    async def _share(self, request: Json) -> Json:
        octets = base64.b64decode(request["octets"], validate=True)
        mimetype = str(request["mimetype"] or "application/octet-stream")
        return self._workspace.user_uploads(request["user"], str(request["name"]), octets, mimetype=mimetype)

    async def _suggest(self, request: Json) -> list[Json]:
        return await self._workspace.user_searches(
            request["user"],
            request["action"],
            request["query"],
            block_id=request["block"],
            view_id=request["container"]["view"],
        )

    async def _submit(self, request: Json) -> None:
        outcome = await self._workspace.user_submits_view(request["user"], request["view"])
        if outcome is not None:
            _require(outcome)

    async def _close(self, request: Json) -> None:
        await self._workspace.user_closes_view(request["user"], request["view"], whole_stack=bool(request.get("all")))

    async def _home(self, request: Json) -> None:
        await self._workspace.user_opens_home(request["user"])


def _guarded(doing: Command) -> Command:
    async def guarded(request: Json) -> Any:
        try:
            return await doing(request)
        except NotPossible as reason:
            raise CommandRefused(str(reason)) from reason
        except (KeyError, Refusal) as reason:
            raise CommandRefused(f"the workspace refuses: {reason}") from reason

    return guarded


def _held(entry: Json) -> Any:
    """Return what a form entry holds, with options named by their values."""
    for name in _HELD:
        held = entry.get(name)
        if held is None:
            continue
        if name == "selected_option":
            return held["value"]
        return [option["value"] for option in held] if name == "selected_options" else held
    return None


def _require(outcome: Outcome) -> None:
    if outcome.fate is not Fate.ACKNOWLEDGED:
        raise CommandRefused("the app did not answer in time: try again")
