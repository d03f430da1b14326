"""The channels of the configuration: found once by name, then known by id, whatever they are called later."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog

from clerkd.ports.store import Store
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent, SlackTemporary
from clerkd.slack.limiter import Priority
from clerkd.slack.lines import DeskLine, DeskLines
from clerkd.slack.parse import ChannelChanged
from clerkd.store.ops.slack_places import change_channel_id, channel_ids, keep_channel

LOOK_AGAIN_S = 60.0
PAGE = 200  # what Slack recommends for conversations.list
MOST_PAGES = 50

NOT_FOUND = "channel_not_found"
ARCHIVED = "is_archived"
SHARED = "channel_shared"

_ADVICE = {
    NOT_FOUND: "does not exist, or is private and clerk is not in it: create it or /invite @clerk there",
    "not_in_channel": "cannot be joined by clerk: /invite @clerk there",
    ARCHIVED: "is archived: unarchive it or configure another one",
    SHARED: "is shared with another organisation, where clerk does not post texts: configure another one",
}

_ID = re.compile(r"[CG][A-Z0-9]{8,}")

log = structlog.get_logger()


class Channels:
    """Which channel is which line's, and what is wrong with it. `on_change` is called when that may have changed."""

    def __init__(self, client: SlackClient, store: Store, lines: DeskLines, on_change: Callable[[], None]) -> None:
        self._client = client
        self._store = store
        self._lines = lines
        self._on_change = on_change
        self._ids: dict[str, str] = {}
        self._unusable: set[str] = set()  # ids, until the next look
        self._look = asyncio.Event()
        self.trouble: dict[str, str] = {}  # configured name -> Slack's word for what is wrong
        self.resolved = asyncio.Event()

    async def load(self) -> None:
        """Take over what was found out before."""
        known = await self._store.read(channel_ids)
        self._ids = {name: known[name] for name in self._lines.channels if name in known}

    def id_of(self, line: str) -> str | None:
        """Return the id of the channel in which a line is shown, once it is known and can be used."""
        found = self._lines.get(line)
        if found is None or found.channel in self.trouble:
            return None
        return self._ids.get(found.channel)

    def usable(self, channel_id: str) -> bool:
        """Whether Slack let us post there when we last tried."""
        return channel_id not in self._unusable

    def listened_to(self) -> set[str]:
        """Return the channels in which people may text."""
        return {channel_id for name, channel_id in self._ids.items() if name not in self.trouble}

    def line_of(self, channel_id: str) -> DeskLine | None:
        """Return the first line that is shown in a channel."""
        for name, known in self._ids.items():
            if known == channel_id:
                return self._lines.of_channel(name)
        return None

    async def name_of(self, channel_id: str) -> str:
        """Return what a channel is called now; of one that clerk cannot see, its id."""
        record = await self.record(channel_id)
        return str(record.get("name") or channel_id) if record is not None else channel_id

    async def record(self, channel_id: str) -> dict[str, Any] | None:
        """Return Slack's record of a channel; None of one that clerk cannot see."""
        try:
            answer = await self._client.call("conversations.info", priority=Priority.INTERACTIVE, channel=channel_id)
        except SlackPermanent:
            return None
        record = answer.get("channel")
        return record if isinstance(record, dict) else None

    async def find(self, name: str) -> dict[str, Any] | None:
        """Return Slack's record of the channel of that name; None if clerk can see none."""
        return (await self._list()).get(name)

    def advice(self) -> tuple[str, str] | None:
        """Return code and text of what a person has to mend, if anything."""
        for name, code in self.trouble.items():
            return code, f"channel {name} {_ADVICE.get(code, f'cannot be used ({code})')}"
        return None

    async def run(self) -> None:
        """Find the channels, and look again whenever something may have changed or is still wrong."""
        while True:
            self._look.clear()
            try:
                await self._resolve_all()
            except SlackTemporary as error:
                log.info("slack.channels-not-resolved", error=error.slack_code)
            else:
                self.resolved.set()
            self._unusable.clear()
            self._unusable.update(self._ids[name] for name in self.trouble if name in self._ids)
            self._on_change()
            await self._wait()

    async def _wait(self) -> None:
        """Return when somebody said that a channel changed, or in a minute while something is wrong."""
        while True:
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._look.wait()
            except TimeoutError:
                if not self.trouble and not self._unusable and self.resolved.is_set():
                    continue
            return

    async def hear(self, change: ChannelChanged) -> None:
        """Follow what happened to a channel."""
        if change.new_id is not None:
            await self._store.write(change_channel_id, change.channel, change.new_id)
            self._ids = {name: change.new_id if known == change.channel else known for name, known in self._ids.items()}
        self._look.set()

    async def mend(self, channel_id: str, code: str) -> bool:
        """Try to make a channel usable after Slack refused to post there; note what is wrong if that fails."""
        if code == "not_in_channel":
            try:
                await self._client.call("conversations.join", priority=Priority.MESSAGE, channel=channel_id)
            except SlackPermanent as error:
                log.warning("slack.channel-not-joined", channel=channel_id, error=error.slack_code)
            else:
                return True
        self._unusable.add(channel_id)
        for name, known in self._ids.items():
            if known == channel_id:
                self._note(name, code)
        return False

    def _note(self, name: str, code: str | None) -> None:
        if code is None:
            if self.trouble.pop(name, None) is not None:
                log.info("slack.channel-usable", channel=name)
        elif self.trouble.get(name) != code:
            self.trouble[name] = code
            log.warning("slack.channel-unusable", channel=name, reason=code, advice=_ADVICE.get(code))

    # Finding -----------------------------------------------------------------------------------------------

    async def _resolve_all(self) -> None:
        by_name: dict[str, dict[str, Any]] | None = None
        for name in self._lines.channels:
            record = await self._known(name)
            if record is None and not _ID.fullmatch(name):
                by_name = await self._list() if by_name is None else by_name
                record = by_name.get(name.removeprefix("#").lower())
            await self._take(name, record)

    async def _known(self, name: str) -> dict[str, Any] | None:
        """Ask for the channel whose id is known; renamed or not, it is the one."""
        channel_id = self._ids.get(name) or (name if _ID.fullmatch(name) else None)
        if channel_id is None:
            return None
        try:
            answer = await self._client.call("conversations.info", channel=channel_id)
        except SlackPermanent:
            return None
        record = answer.get("channel")
        return record if isinstance(record, dict) and not record.get("is_archived") else None

    async def _list(self) -> dict[str, dict[str, Any]]:
        return {str(record.get("name")): record async for record in self._pages()}

    async def _pages(self) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            answer = await self._client.call(
                "conversations.list",
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=PAGE,
                cursor=cursor,
            )
            for record in answer.get("channels") or ():
                if isinstance(record, dict):
                    yield record
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _take(self, name: str, record: dict[str, Any] | None) -> None:
        if record is None or not isinstance(record.get("id"), str):
            self._note(name, ARCHIVED if name in self._ids else NOT_FOUND)
            return
        channel_id: str = record["id"]
        if record.get("is_ext_shared") or record.get("is_pending_ext_shared"):
            self._note(name, SHARED)
            return
        if not record.get("is_member"):
            try:
                await self._client.call("conversations.join", channel=channel_id)
            except SlackPermanent as error:
                log.info("slack.channel-not-joined", channel=name, error=error.slack_code)
                self._note(name, "not_in_channel")
                return
        if self._ids.get(name) != channel_id:
            await self._store.write(keep_channel, name, channel_id)
            self._ids[name] = channel_id
            log.info("slack.channel-found", channel=name, id=channel_id)
        self._note(name, None)
