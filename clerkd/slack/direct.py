"""Make direct channels and follow what becomes of them.

Slack has no idempotency key for making a channel, but names are unique. So the name is committed first, and after a
lost answer or a kill the channel of that name that we made is taken instead of making another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

from clerkd.errors import NotFound
from clerkd.ports.store import Store, Tx
from clerkd.slack.client import SlackClient
from clerkd.slack.direct_steps import DirectSteps, Lanes
from clerkd.slack.errors import SlackPermanent
from clerkd.slack.limiter import Priority
from clerkd.slack.parse import ChannelChanged
from clerkd.slack.queue import Work
from clerkd.store.ops.slack_direct import Direct, DirectState, direct_at, get_direct, open_channels

LOSSES = {"archive", "deleted", "left", "shared"}
RETURNS = {"unarchive", "joined", "unshared"}
FINE = {"already_in_channel", "already_pinned", "cant_invite_self"}

log = structlog.get_logger()

Follow = Callable[[Tx], Lanes]


class Known(Protocol):
    """Where lines are shown, and what Slack says of a channel."""

    def id_of(self, line: str) -> str | None:
        """Return the channel of a line."""
        ...

    async def record(self, channel_id: str) -> dict[str, Any] | None:
        """Return Slack's record of a channel, None if there is none for us."""
        ...

    async def find(self, name: str) -> dict[str, Any] | None:
        """Return Slack's record of the channel of that name."""
        ...


class DirectChannels:
    """Carry out the steps of the queue, and hear of changes."""

    def __init__(
        self,
        client: SlackClient,
        store: Store,
        *,
        steps: DirectSteps,
        known: Known,
        own_id: Callable[[], str],
        names: Mapping[str, str],
        wake_lane: Callable[[str], None],
    ) -> None:
        self._client = client
        self._store = store
        self._steps = steps
        self._known = known
        self._own_id = own_id
        self._names = names
        self._wake_lane = wake_lane
        self.channels: frozenset[str] = frozenset()  # in which conversations are held, as of the last look

    async def load(self) -> None:
        """Look which channels there are."""
        self.channels = frozenset(await self._store.read(open_channels))

    async def execute(self, work: Work) -> Follow:
        """Do one step of the queue; return what is to be written with the note that it is done.

        Raise what `SlackClient.call` raises for what is to be tried again.
        """
        payload = work.post.payload
        direct = await self._store.read(get_direct, str(payload.get("direct")))
        if direct is None:
            return _nothing
        try:
            match payload.get("step"):
                case "create":
                    return await self._create(work, direct)
                case "reopen":
                    return await self._reopen(direct, str(payload.get("user")))
                case "rename":
                    return await self._rename(direct)
                case "topic":
                    words = await self._store.read(self._steps.topic, direct)
                    await self._call("conversations.setTopic", direct, topic=words)
                case "invite":
                    await self._call("conversations.invite", direct, users=str(payload.get("user")))
        except NotFound:  # the conversation was erased meanwhile
            return _nothing
        except SlackPermanent as error:
            if error.slack_code not in FINE:
                log.warning("slack.channel-step-refused", step=payload.get("step"), error=error.slack_code)
        return _nothing

    async def _call(self, method: str, direct: Direct, **args: object) -> None:
        if direct.channel is not None:
            await self._client.call(method, priority=Priority.INTERACTIVE, channel=direct.channel, **args)

    # Making ------------------------------------------------------------------------------------------------

    async def _create(self, work: Work, direct: Direct) -> Follow:
        if direct.state is not DirectState.MAKING:
            return _nothing
        name: str | None = direct.name
        found = await self._find_own(direct.name, direct) if work.in_doubt else None
        private = await self._is_private(work.post.line or "")
        detail = ""
        while found is None and name is not None:
            try:
                answer = await self._client.call(
                    "conversations.create", priority=Priority.INTERACTIVE, name=name, is_private=private
                )
                found = _id_of(answer.get("channel"))
            except SlackPermanent as error:
                if error.slack_code != "name_taken":
                    code, detail = error.slack_code, _detail(error)
                    return lambda tx: self._steps.refused(tx, direct.id, code, detail)
                found = await self._find_own(name, direct) if work.in_doubt else None
                name = name if found is not None else await self._store.write(self._steps.next_name, direct.id)
        if found is None:
            return lambda tx: self._steps.refused(tx, direct.id, "name_taken", "name_taken")
        channel, who = found, self._names.get(direct.asked_by, "A colleague")
        self.channels |= {channel}
        log.info("slack.direct-channel-made", conversation=direct.conversation_id, channel=channel)
        return lambda tx: self._steps.made(tx, direct.id, channel, who)

    async def _find_own(self, name: str, direct: Direct) -> str | None:
        """Return the channel of that name if we made it and it is not another conversation's."""
        record = await self._known.find(name)
        channel = _id_of(record)
        if record is None or channel is None or record.get("creator") != self._own_id():
            return None
        owner = await self._store.read(direct_at, channel)
        return channel if owner is None or owner.id == direct.id else None

    async def _is_private(self, line: str) -> bool:
        """Whether the line's own channel is: what is said in private must not become public."""
        channel = self._known.id_of(line)
        record = await self._known.record(channel) if channel is not None else None
        return bool(record and record.get("is_private"))

    # Later -------------------------------------------------------------------------------------------------

    async def _reopen(self, direct: Direct, user: str) -> Follow:
        """Use a channel again if it still can be; else make a new one."""
        if direct.state is DirectState.CLOSED and direct.channel is not None and await self._usable(direct.channel):
            self.channels |= {direct.channel}
            return lambda tx: self._steps.reopened(tx, direct.id)
        if direct.state is DirectState.CLOSED and user:
            return lambda tx: self._steps.replace(tx, direct, user)
        return _nothing

    async def _usable(self, channel: str) -> bool:
        record = await self._known.record(channel)
        if record is None or record.get("is_archived") or _is_shared(record):
            return False
        if not record.get("is_member"):
            try:
                await self._client.call("conversations.join", priority=Priority.INTERACTIVE, channel=channel)
            except SlackPermanent:
                return False
        return True

    async def _rename(self, direct: Direct) -> Follow:
        """Call the channel what its row says. The name is committed first, so that Slack's event is known as ours."""
        record = await self._known.record(direct.channel) if direct.channel is not None else None
        taken: str | None = None
        while (name := await self._store.write(self._steps.rename_to, direct.id, taken)) is not None:
            if record is None or record.get("name") == name:
                break
            try:
                await self._call("conversations.rename", direct, name=name)
            except SlackPermanent as error:
                if error.slack_code != "name_taken":
                    raise
                taken = name
            else:
                break
        return _nothing

    def lost(self, tx: Tx, channel: str, problem: str) -> Lanes | None:
        """Hold the conversation of a channel in its thread again; None if it is nobody's direct channel."""
        return self._steps.lost(tx, channel, problem)

    async def hear(self, change: ChannelChanged) -> None:
        """Follow what happened to a channel, if it is a direct channel."""
        direct = await self._store.read(direct_at, change.new_id or change.channel)
        if direct is None or direct.channel is None:
            return
        if change.what in LOSSES:
            if change.what == "shared" and not _is_shared(await self._known.record(direct.channel)):
                return
            await self._write(self._steps.lost, direct.channel, change.what)
        elif change.what in RETURNS and direct.state is DirectState.CLOSED and direct.current:
            if direct.problem != "back" and await self._usable(direct.channel):
                await self._write(self._steps.reopened, direct.id)
        elif change.what == "rename":
            record = await self._known.record(direct.channel)
            if record is not None:
                await self._store.write(self._steps.renamed, direct.channel, str(record.get("name")))

    async def _write(self, op: Callable[..., Lanes | None], *args: Any) -> None:
        for lane in await self._store.write(op, *args) or ():
            self._wake_lane(lane)
        await self.load()


def _nothing(_: Tx) -> Lanes:
    return set()


def _id_of(record: Any) -> str | None:
    found = record.get("id") if isinstance(record, dict) else None
    return found if isinstance(found, str) else None


def _is_shared(record: Mapping[str, Any] | None) -> bool:
    return bool(record and (record.get("is_ext_shared") or record.get("is_pending_ext_shared")))


def _detail(error: SlackPermanent) -> str:
    return ", ".join(error.detail) or error.slack_code
