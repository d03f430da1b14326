"""What admins and the world do to a workspace: people, channels, the app's installation."""

from __future__ import annotations

from typing import Any

from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.records import Channel, Json, User
from clerkd.simulate.slack.sockets import Envelope, Outcome
from clerkd.simulate.slack.tokens import TokenRing


class Administration:
    """People join, channels are made, archived and renamed, tokens are revoked."""

    def __init__(self, desk: Desk, tokens: TokenRing) -> None:
        self._desk = desk
        self._tokens = tokens

    def add_user(self, name: str, real_name: str = "", **facts: Any) -> User:
        """Add a person; `facts` are fields of `User`: tz, is_admin, is_restricted, is_stranger, deleted …"""
        state = self._desk.state
        team_id = state.new_id("T") if facts.get("is_stranger") else state.team.id
        user = User(state.new_id("U"), team_id, name, real_name or name.capitalize(), **facts)
        state.users[user.id] = user
        state.changed("user", user=user.id)
        return user

    def add_channel(
        self, name: str, *members: str, private: bool = False, with_bot: bool = True, is_ext_shared: bool = False
    ) -> Channel:
        """Make a channel that has always been there: nobody is told of it. The first member counts as its maker."""
        state = self._desk.state
        people = [state.user(member) for member in members]
        channel = self._desk.rooms.create(name, people[0] if people else state.bot, private=private)
        channel.members = list(dict.fromkeys(person.id for person in people))
        if with_bot:
            channel.members.append(state.bot.id)
        channel.is_ext_shared = is_ext_shared
        return channel

    def im(self, user: str) -> Channel:
        """Return the DM between a person and the app."""
        return self._desk.state.im_with(self._desk.state.user(user).id)

    def allow_channel_creation(self, *, allowed: bool) -> None:
        """Set the workspace preference; where it is off, the app gets `restricted_action`."""
        self._desk.rooms.creation_restricted = not allowed

    async def rename_channel(self, channel: str, name: str, by: str | None = None) -> None:
        """Give a channel another name."""
        self._desk.rooms.rename(self._channel(channel), name, self._actor_or_bot(by))

    async def archive_channel(self, channel: str, by: str | None = None) -> None:
        """Archive a channel."""
        self._desk.rooms.archive(self._channel(channel), self._actor_or_bot(by))

    async def unarchive_channel(self, channel: str, by: str | None = None) -> None:
        """Bring an archived channel back."""
        self._desk.rooms.unarchive(self._channel(channel), self._actor_or_bot(by))

    async def delete_channel(self, channel: str) -> None:
        """Delete a channel for good."""
        self._desk.rooms.delete(self._channel(channel))

    async def change_channel_id(self, channel: str) -> str:
        """Give a channel another id; return it."""
        return self._desk.rooms.change_id(self._channel(channel))

    async def share_channel_externally(self, channel: str) -> None:
        """Connect a channel with another organisation."""
        self._desk.rooms.share_externally(self._channel(channel), self._desk.state.new_id("T"))

    async def join_channel(self, user: str, channel: str) -> None:
        """Let a person join a channel."""
        self._desk.rooms.join(self._channel(channel), self._desk.state.user(user))

    async def leave_channel(self, user: str, channel: str) -> None:
        """Let a person leave a channel."""
        self._desk.rooms.leave(self._channel(channel), self._desk.state.user(user))

    async def invite_bot(self, channel: str, by: str | None = None) -> None:
        """Invite the app's bot (`/invite @clerk`)."""
        self._desk.rooms.join(self._channel(channel), self._desk.state.bot, inviter=self._actor_or_bot(by))

    async def kick_bot(self, channel: str, by: str | None = None) -> None:
        """Remove the app's bot from a channel."""
        self._desk.rooms.leave(self._channel(channel), self._desk.state.bot, actor=self._actor_or_bot(by))

    def set_channel_rules(
        self, channel: str, *, read_only: bool = False, thread_only: bool = False, locked_thread: str | None = None
    ) -> None:
        """Restrict who may post: nobody but admins, threads only; or lock one thread."""
        there = self._channel(channel)
        there.is_read_only, there.is_thread_only = read_only, thread_only
        if locked_thread is not None:
            there.locked_threads.add(locked_thread)
        self._desk.state.changed("channel", channel=there.id)

    async def revoke_tokens(self) -> None:
        """Revoke the bot token: calls get `token_revoked`, and the event of that name is sent."""
        bot_user = self._desk.state.bot.id
        self._desk.feed.publish({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot_user]}})
        self._tokens.bot.dead = "token_revoked"

    async def uninstall_app(self) -> None:
        """Uninstall: `app_uninstalled`, dead tokens, sockets closed with `link_disabled`."""
        self._desk.feed.publish({"type": "app_uninstalled"})
        await self._desk.feed.settle()
        self._tokens.bot.dead = "account_inactive"
        self._tokens.app.dead = "account_inactive"
        await self._desk.sockets.disconnect("link_disabled")

    async def restore_app(self) -> None:
        """Install again with the same tokens, and switch Socket Mode on."""
        self._tokens.bot.dead = self._tokens.app.dead = None
        self._desk.sockets.enabled = True

    def issue_tokens(self, *, bot: str | None = None, app: str | None = None) -> None:
        """Give the app other tokens; the old ones are `invalid_auth` from now on."""
        for token, text in ((self._tokens.bot, bot), (self._tokens.app, app)):
            if text is not None:
                token.text, token.dead = text, None

    async def revoke_app_token(self) -> None:
        """Revoke the app-level token: its sockets are cut, and opening another one gets `invalid_auth`."""
        self._tokens.app.dead = "invalid_auth"
        self._desk.sockets.abort_all()

    def add_usergroup(self, *members: str) -> str:
        """Make a user group; return its id."""
        group_id = self._desk.state.new_id("S")
        self._desk.state.usergroups[group_id] = [self._desk.state.user(member).id for member in members]
        return group_id

    async def send_envelope(self, kind: str, payload: Json, *, accepts_response_payload: bool = False) -> Outcome:
        """Send an envelope of any type with any payload: what Slack may think of next, or `app_rate_limited`."""
        envelope = Envelope(self._desk.state.new_uuid(), kind, payload, accepts_response_payload)
        return await self._desk.sockets.deliver(envelope)

    async def disconnect(self, reason: str, *, sockets: int | None = None, grace_s: float | None = None) -> None:
        """Ask sockets to go: `warning`, `refresh_requested`, `link_disabled`, `too_many_websockets`."""
        await self._desk.sockets.disconnect(reason, sockets=sockets, grace_s=grace_s)

    def _channel(self, channel: str) -> Channel:
        return self._desk.state.channel(channel)

    def _actor_or_bot(self, by: str | None) -> User:
        if by is not None:
            return self._desk.state.user(by)
        people = (user for user in self._desk.state.users.values() if not user.is_bot)
        return next(people, self._desk.state.bot)
