"""The workspace's facts and the one place that counts their versions."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clerkd.clock import Clock
from clerkd.simulate.slack.records import Channel, ChannelKind, Ephemeral, Message, Team, User, View
from clerkd.simulate.slack.refusal import Refusal

_ID_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True)
class Change:
    """Something became different: what, and the version that it gave the workspace."""

    version: int
    what: str  # message, ephemeral, channel, user, view, home, socket
    channel: str | None = None
    user: str | None = None


class State:
    """People, conversations, views of one workspace with one installed app. Facts only, no protocol."""

    def __init__(self, clock: Clock, rng: random.Random, *, team: str, bot: str) -> None:
        self.clock = clock
        self.rng = rng
        self.version = 0
        self._last_ts_us = 0
        self._listeners: list[Callable[[Change], None]] = []
        self.team = Team(self.new_id("T"), team, team.lower().replace(" ", "-"))
        self.app_id = self.new_id("A")
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Ephemeral] = []
        self.view_stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.custom_emoji: set[str] = set()
        self.app_sockets = 0  # how many Socket Mode connections the app has open
        self.usergroups: dict[str, list[str]] = {}
        self.bot = User(self.new_id("U"), self.team.id, bot, bot.capitalize(), is_bot=True, bot_id=self.new_id("B"))
        self.users[self.bot.id] = self.bot

    # Numbers and names ---------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        """Return an id in Slack's form: a letter for the kind and ten capitals or digits."""
        return prefix + "0" + "".join(self.rng.choices(_ID_LETTERS, k=9))

    def new_ts(self) -> str:
        """Return a message ts: seconds with six decimals, unique and increasing in the whole workspace."""
        self._last_ts_us = max(self.clock.now_ms() * 1000, self._last_ts_us + 1)
        return f"{self._last_ts_us // 1_000_000}.{self._last_ts_us % 1_000_000:06d}"

    def new_uuid(self) -> str:
        """Return a random UUID from the seed, so that a run can be repeated."""
        text = f"{self.rng.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"

    # Looking up ----------------------------------------------------------------------------------------

    def user(self, who: str) -> User:
        """Return a user by id or name; raise `KeyError`."""
        if who in self.users:
            return self.users[who]
        for user in self.users.values():
            if user.name == who.removeprefix("@"):
                return user
        raise KeyError(who)

    def channel(self, which: str) -> Channel:
        """Return a conversation by id or (with or without `#`) name; raise `KeyError`."""
        if which in self.channels:
            return self.channels[which]
        for channel in self.channels.values():
            if channel.kind is not ChannelKind.IM and channel.name == which.removeprefix("#"):
                return channel
        raise KeyError(which)

    def channel_seen_by_app(self, which: str, *, by_name: bool = False) -> Channel:
        """Return a conversation that the app may know of; raise `channel_not_found` as Slack does.

        A private channel or DM without the bot does not exist for the app.
        """
        try:
            channel = self.channel(which) if by_name and which.startswith("#") else self.channels[which]
        except KeyError:
            raise Refusal("channel_not_found") from None
        if channel.kind is not ChannelKind.PUBLIC and self.bot.id not in channel.members:
            raise Refusal("channel_not_found")
        return channel

    def im_with(self, user_id: str) -> Channel:
        """Return the DM between a user and the app's bot, opening it at need."""
        for channel in self.channels.values():
            if channel.kind is ChannelKind.IM and user_id in channel.members and self.bot.id in channel.members:
                return channel
        channel = Channel(
            self.new_id("D"), "", ChannelKind.IM, self.clock.now_ms() // 1000, user_id, [user_id, self.bot.id]
        )
        self.channels[channel.id] = channel
        self.changed("channel", channel=channel.id)
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message; raise `message_not_found`."""
        try:
            return channel.messages[ts]
        except KeyError:
            raise Refusal("message_not_found") from None

    def open_views(self) -> Iterator[View]:
        """Yield every modal on any stack, and every home."""
        for stack in self.view_stacks.values():
            yield from stack
        yield from self.homes.values()

    # Telling -------------------------------------------------------------------------------------------

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Have `listener` called for every change from now on; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self, what: str, **where: Any) -> None:
        """Count a new version and tell the listeners."""
        self.version += 1
        change = Change(self.version, what, **where)
        for listener in tuple(self._listeners):
            listener(change)
