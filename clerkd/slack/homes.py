"""Home tabs that are looked at, kept up to date.

Slack does not tell when somebody stops looking, so those who came in the last hours count. What changes many things
at once changes a Home once, and a Home that would show the same is left alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable

import structlog

from clerkd.errors import ClerkdError
from clerkd.slack.interactions import Desk, Interactions
from clerkd.slack.people import Standing
from clerkd.store.ops.slack_views import homes_opened_since, note_home_opened, note_home_shown

LOOKED_AT_MS = 8 * 3_600_000
AT_MOST = 40  # views.publish may be called a hundred times a minute
COALESCE_S = 2.0
LOOK_AT_LINES_S = 2.0  # a line that is down is told after a while, and seen at once
LOOK_AGAIN_S = 60.0  # signal strength and ages change without anybody saying so

log = structlog.get_logger()


class Homes:
    """Publish Homes. `view` of the table of acts makes one for the desk as a person sees it."""

    def __init__(self, acts: Interactions, desk: Callable[[], Desk], *, coalesce_s: float = COALESCE_S) -> None:
        self._view = acts.home_view
        self._desk = desk
        self._coalesce_s = coalesce_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Hear that something that Homes show may be another one now. Returns at once."""
        self._woken.set()

    async def opened(self, user: str) -> None:
        """Show somebody their Home, and keep it up to date from now on."""
        desk = self._desk()
        await desk.store.write(note_home_opened, user, now=desk.clock.now_ms())
        await self._refresh(user, None)

    async def run(self) -> None:
        """Keep Homes up to date until cancelled."""
        if self._view is None:
            return
        shown, shown_at = self._states(), 0.0
        while True:
            try:
                async with asyncio.timeout(LOOK_AT_LINES_S):
                    await self._woken.wait()
            except TimeoutError:
                if self._states() == shown and self._desk().clock.monotonic() - shown_at < LOOK_AGAIN_S:
                    continue
            await asyncio.sleep(self._coalesce_s)
            self._woken.clear()
            shown, shown_at = self._states(), self._desk().clock.monotonic()
            await self._refresh_all()

    def _states(self) -> list[tuple[str, str | None]]:
        return [(status.state, status.reason) for status in self._desk().statuses()]

    async def _refresh_all(self) -> None:
        desk = self._desk()
        try:
            since = desk.clock.now_ms() - LOOKED_AT_MS
            homes = await desk.store.read(homes_opened_since, since, AT_MOST)
            for user, shown in homes.items():
                await self._refresh(user, shown)
        except ClerkdError as error:  # Slack or the store cannot now: the next round shows it
            log.info("slack.homes-not-refreshed", error=error.message)

    async def _refresh(self, user: str, shown: str | None) -> None:
        desk = self._desk()
        person = await desk.people.find(user)
        if self._view is None or person.standing is not Standing.MEMBER:
            return
        view = await self._view(desk.as_seen_by(person, ""))
        digest = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:32]
        if digest != shown and await desk.screens.publish(user, view):
            await desk.store.write(note_home_shown, user, digest)
