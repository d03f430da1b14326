"""The workspace as people use it: what they can do there, and what can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clerkd.simulate.slack.administration import Administration
from clerkd.simulate.slack.composer import Composed, Composer
from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.forms import find_element
from clerkd.simulate.slack.interactivity import Interactivity
from clerkd.simulate.slack.modals import Modals
from clerkd.simulate.slack.records import Channel, Json, Message, User
from clerkd.simulate.slack.rendering import message_json
from clerkd.simulate.slack.snapshot import snapshot
from clerkd.simulate.slack.sockets import Outcome
from clerkd.simulate.slack.state import Change
from clerkd.simulate.slack.tokens import TokenRing


class NotPossible(Exception):
    """Slack's client does not offer this to this person here: not a member, archived, not their message …"""


class Workspace(Administration, Modals):
    """What people do, as coroutines; what there is to see, as plain data.

    Users are named by id or name, channels by id or name (with or without `#`). What an actor cannot do in Slack's
    own client raises `NotPossible`. Interactions return the `Outcome`: whether the app acknowledged in time, and with
    what. Administration and modals are in the two base classes.
    """

    def __init__(self, desk: Desk, interactivity: Interactivity, tokens: TokenRing) -> None:
        Administration.__init__(self, desk, tokens)
        Modals.__init__(self, desk, interactivity)
        self._interactivity = interactivity
        self._composer = Composer(self._user_id, self._channel_id, lambda: desk.state.new_id("b")[-5:])

    # Looking -------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Counts every change."""
        return self._desk.state.version

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Have `listener` called, at once and in this loop, for each change; the returned function ends it."""
        return self._desk.state.listen(listener)

    def snapshot(self, user: str) -> Json:
        """Return all that this person can see, as JSON-able data (see `snapshot.py` for its form)."""
        return snapshot(self._desk.state, self._desk.state.user(user))

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """Return the messages of a channel (without replies), or the replies of a thread, oldest first."""
        there = self._desk.state.channel(channel)
        found = there.replies(thread_ts) if thread_ts else [one for one in there.messages.values() if not one.is_reply]
        return [message_json(self._desk.state, there, one, with_metadata=True) for one in found]

    def ephemerals(self, user: str) -> list[Json]:
        """Return what only this person was shown, oldest first."""
        reader = self._desk.state.user(user).id
        return [
            {"ts": one.ts, "channel": one.channel, "text": one.text, "blocks": one.blocks, "thread_ts": one.thread_ts}
            for one in self._desk.state.ephemerals
            if one.user == reader
        ]

    # Writing -------------------------------------------------------------------------------------------

    async def user_says(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, *, also_to_channel: bool = False
    ) -> str:
        """Send what a person typed; return the message's ts. `@name`, `#room`, `:smile:`, links work as in Slack."""
        author, there = self._actor(user, channel)
        if there.is_read_only and not author.is_admin:
            msg = f"#{there.name} is read-only"
            raise NotPossible(msg)
        composed = self._composer.compose(text)
        subtype = "thread_broadcast" if also_to_channel and thread_ts else None
        return self._post(author, there, composed, thread_ts, subtype=subtype)

    async def user_mentions(self, user: str, channel: str, text: str = "", thread_ts: str | None = None) -> str:
        """Send `@bot text`."""
        return await self.user_says(user, channel, f"@{self._desk.state.bot.name} {text}".strip(), thread_ts)

    async def user_shares_file(
        self, user: str, channel: str, name: str, octets: bytes, *, mimetype: str, text: str = "",
        thread_ts: str | None = None,
    ) -> str:  # fmt: skip
        """Send a file with some words; the message's subtype is `file_share`."""
        author, there = self._actor(user, channel)
        file = self._desk.uploads.add(name, octets, author.id, mimetype)
        shown = self._desk.uploads.file_json(file)
        composed = self._composer.compose(text)
        return self._post(author, there, composed, thread_ts, subtype="file_share", files=[shown])

    def user_uploads(self, user: str, name: str, octets: bytes, *, mimetype: str) -> Json:
        """Put a file into a form's `file_input`; return what the form then holds for it."""
        uploads = self._desk.uploads
        return uploads.file_json(uploads.add(name, octets, self._desk.state.user(user).id, mimetype))

    async def user_edits(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        author, there = self._actor(user, channel)
        message = self._own(author, there, ts)
        composed = self._composer.compose(text)
        if composed.text != message.text:
            self._desk.posting.edit(there, message, text=composed.text, blocks=composed.blocks)

    async def user_deletes(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message; an admin may delete anybody's."""
        author, there = self._actor(user, channel)
        message = there.messages[ts] if author.is_admin else self._own(author, there, ts)
        self._desk.posting.delete(there, message)

    async def user_reacts(self, user: str, channel: str, ts: str, name: str) -> None:
        """Add a reaction, by Slack's name without colons."""
        author, there = self._actor(user, channel)
        self._desk.posting.react(there, there.messages[ts], author, name)

    async def user_unreacts(self, user: str, channel: str, ts: str, name: str) -> None:
        """Take one's reaction back."""
        author, there = self._actor(user, channel)
        self._desk.posting.unreact(there, there.messages[ts], author, name)

    async def slack_unfurls(self, channel: str, ts: str, preview: Json) -> None:
        """Attach a link preview to a message, as Slack does a moment after a link was posted."""
        there = self._desk.state.channel(channel)
        self._desk.posting.unfurl(there, there.messages[ts], preview)

    # Interacting ---------------------------------------------------------------------------------------

    async def user_clicks(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        block_id: str | None = None,
        choice: Any = None,
    ) -> Outcome:
        """Press a button of a message (ephemerals too), or make a `choice` in a menu by its option's value."""
        person, there = self._actor(user, channel)
        message = there.messages.get(ts)
        if message is not None:
            block, element = find_element(message.blocks, action_id, block_id)
            action = self._action(block, element, choice)
            return await self._interactivity.act_in_message(person, there, message, action)
        mine = (one for one in self._desk.state.ephemerals if one.ts == ts and one.user == person.id)
        ephemeral = next(mine, None)
        if ephemeral is None:
            raise KeyError(ts)
        block, element = find_element(ephemeral.blocks, action_id, block_id)
        action = self._action(block, element, choice)
        return await self._interactivity.act_in_ephemeral(person, there, ts, action)

    async def user_runs(self, user: str, command: str, text: str = "", channel: str = "general") -> Outcome:
        """Run a slash command in a channel, which the bot need not be in."""
        person, there = self._actor(user, channel)
        return await self._interactivity.run_command(person, there, command, text)

    async def user_chooses_shortcut(
        self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None
    ) -> Outcome:
        """Choose a global shortcut, or (with channel and ts) one from a message's menu."""
        if channel is None or ts is None:
            return await self._interactivity.choose_shortcut(self._desk.state.user(user), callback_id)
        person, there = self._actor(user, channel)
        return await self._interactivity.choose_shortcut(person, callback_id, there, there.messages[ts])

    # Inside --------------------------------------------------------------------------------------------

    def _actor(self, user: str, channel: str) -> tuple[User, Channel]:
        person, there = self._desk.state.user(user), self._desk.state.channel(channel)
        if person.id not in there.members or person.deleted:
            msg = f"{person.name} is not in {there.name or there.id}"
            raise NotPossible(msg)
        if there.is_archived:
            msg = f"{there.name} is archived"
            raise NotPossible(msg)
        return person, there

    def _own(self, author: User, channel: Channel, ts: str) -> Message:
        message = channel.messages[ts]
        if message.user != author.id:
            msg = f"{ts} is not {author.name}'s message"
            raise NotPossible(msg)
        return message

    def _post(self, author: User, channel: Channel, composed: Composed, thread_ts: str | None, **fields: Any) -> str:
        if thread_ts is not None and thread_ts not in channel.messages:
            raise KeyError(thread_ts)
        message = self._desk.posting.post(
            channel,
            author,
            composed.text,
            blocks=composed.blocks,
            thread_ts=thread_ts,
            client_msg_id=self._desk.state.new_uuid(),
            **fields,
        )
        return message.ts

    def _user_id(self, name: str) -> str | None:
        try:
            return self._desk.state.user(name).id
        except KeyError:
            return None

    def _channel_id(self, name: str) -> str | None:
        try:
            return self._desk.state.channel(name).id
        except KeyError:
            return None
