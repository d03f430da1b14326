"""What is done now and then: what nobody needs any more goes, and names are learnt before they are needed."""

from __future__ import annotations

import asyncio

import structlog

from clerkd.clock import Clock
from clerkd.ports.store import Store
from clerkd.slack.errors import SlackTemporary
from clerkd.slack.people import People
from clerkd.store.ops.slack_inbox import purge_received
from clerkd.store.ops.slack_posts import purge_posts
from clerkd.store.ops.slack_views import purge_views
from clerkd.store.ops.tickets import waited_for

DAY_MS = 86_400_000
KEEP_SEEN_MS = 30 * DAY_MS  # longer than the catch-up looks back
KEEP_DONE_MS = 7 * DAY_MS
KEEP_POSTS_MS = 90 * DAY_MS
TIDY_EVERY_S = 3600.0

log = structlog.get_logger()


class Housekeeping:
    """Keep what grows small."""

    def __init__(self, store: Store, clock: Clock, people: People) -> None:
        self._store = store
        self._clock = clock
        self._people = people

    async def run(self) -> None:
        """Tidy up every hour, for ever."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            self._people.forget()
            now = self._clock.now_ms()
            await self._store.write(purge_received, acted_before=now - KEEP_DONE_MS, seen_before=now - KEEP_SEEN_MS)
            await self._store.write(purge_views, before=now - DAY_MS)
            await self._store.write(purge_posts, before=now - KEEP_POSTS_MS)

    async def learn_names(self) -> None:
        """Look up whom notifications will name; who cannot be asked for now is named when they act."""
        for user in await self._store.read(waited_for):
            try:
                await self._people.find(user)
            except SlackTemporary as error:
                log.info("slack.names-not-learnt", error=error.slack_code)
                return
