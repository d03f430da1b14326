"""Hear what was said while nobody listened.

Slack sends an event again for some six minutes. What people wrote during a longer outage is only in the history, so
after one, and at every start, the channels and the threads of living conversations are read from where they were
last known to be heard. Everything goes through the inbox, whose keys drop what had come after all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import structlog

from clerkd.ports.store import Store
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent, SlackTemporary
from clerkd.store.ops.slack_places import note_seen_ts, recent_threads, seen_ts

GAP_S = 60.0  # a shorter time without sockets is covered by Slack's own retries
OVERLAP_S = 600.0  # events may come this late and out of order
JUST_BEFORE_S = 2.0  # somebody types while the daemon starts for the first time
MOST_S = 7 * 86_400.0  # what is older than a week is not looked for
NOTE_EVERY_S = 300.0
THREADS = 100  # of a channel, the liveliest
PAGES = 10
PAGE = 200
RETRY_S = 60.0

Keep = Callable[..., Awaitable[bool]]

log = structlog.get_logger()


class Gaps(Protocol):
    """Who knows when nobody listened."""

    @property
    def connected(self) -> asyncio.Event:
        """Set while somebody listens."""
        ...

    async def next_gap(self) -> float:
        """Wait for the end of a gap and return its length in seconds."""
        ...


class CatchUp:
    """Read the history after each gap."""

    def __init__(
        self,
        client: SlackClient,
        store: Store,
        *,
        gaps: Gaps,
        channels: Callable[[], set[str]],
        keep_event: Keep,
        team: Callable[[], str],
    ) -> None:
        self._client = client
        self._store = store
        self._gaps = gaps
        self._channels = channels
        self._keep_event = keep_event
        self._team = team
        self._started_at = asyncio.get_running_loop().time()
        self._missed = asyncio.Event()
        self._missed.set()  # at the start everything may have been missed

    def missed_something(self) -> None:
        """Hear that events were left out."""
        self._missed.set()

    async def run(self) -> None:
        """Catch up until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_gaps(), name="slack-gaps")
            group.create_task(self._note_heard(), name="slack-heard")
            while True:
                await self._missed.wait()
                self._missed.clear()
                await self._gaps.connected.wait()
                for channel in sorted(self._channels()):
                    await self._channel(channel)

    async def _watch_gaps(self) -> None:
        while True:
            if await self._gaps.next_gap() >= GAP_S:
                self._missed.set()

    async def _note_heard(self) -> None:
        """Note now and then that everything was heard so far, so that a later look-back is short."""
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            if self._gaps.connected.is_set() and not self._missed.is_set():
                await self._note(self._client.slack_now())

    async def _note(self, moment: float) -> None:
        for channel in self._channels():
            await self._store.write(note_seen_ts, channel, f"{moment:.6f}")

    async def _channel(self, channel: str) -> None:
        began = self._client.slack_now()
        oldest = await self._heard_until(channel, began)
        try:
            found = await self._read_channel(channel, oldest)
        except SlackTemporary as error:
            log.info("slack.catch-up-deferred", channel=channel, error=error.slack_code)
            asyncio.get_running_loop().call_later(RETRY_S, self._missed.set)
            return
        if found:
            log.info("slack.caught-up", channel=channel, found=found, from_s=round(began - oldest))
        await self._store.write(note_seen_ts, channel, f"{began:.6f}")

    async def _heard_until(self, channel: str, now: float) -> float:
        """Return from where to read, by Slack's clock."""
        seen = await self._store.read(seen_ts, channel)
        if seen is not None:
            # A moment yet to come was noted by a clock that was wrong: it must not keep anybody from looking back.
            return max(min(float(seen), now) - OVERLAP_S, now - MOST_S)
        # New to us: what was said before we came is none of our business.
        return now - (asyncio.get_running_loop().time() - self._started_at) - JUST_BEFORE_S

    async def _read_channel(self, channel: str, oldest: float) -> int:
        found = 0
        since_ms = round((self._client.slack_now() - MOST_S) * 1000)
        threads = await self._store.read(recent_threads, channel, since=since_ms, limit=THREADS)
        roots = {thread.root_ts for thread in threads}
        async for message in self._pages("conversations.history", channel, oldest):
            found += await self._hear(channel, message)
            if float(message.get("latest_reply") or 0) > oldest:
                roots.add(str(message.get("ts")))
        for root in sorted(roots):
            async for message in self._pages("conversations.replies", channel, oldest, ts=root):
                if message.get("ts") != root:
                    found += await self._hear(channel, message)
        return found

    async def _hear(self, channel: str, message: dict[str, Any]) -> int:
        event = message | {"type": "message", "channel": channel}
        return int(await self._keep_event(event, team=self._team()))

    async def _pages(
        self, method: str, channel: str, oldest: float, *, ts: str | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        for _ in range(PAGES):
            try:
                answer = await self._client.call(
                    method, channel=channel, oldest=f"{oldest:.6f}", limit=PAGE, cursor=cursor, ts=ts
                )
            except SlackPermanent as error:  # the thread is gone, or the channel: nothing to hear there
                log.info("slack.catch-up-skipped", channel=channel, error=error.slack_code)
                return
            for message in answer.get("messages") or ():
                if isinstance(message, dict):
                    yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
