"""The durable inbox: kept before it is acknowledged, acted on afterwards, each thread in its order.

Slack sends events again that were not acknowledged, so a commit that failed is simply not acknowledged. What was
kept is acted on even if the daemon is killed in between; acting twice on the same thing is made harmless by whoever
acts, with idempotency keys.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from clerkd.errors import Temporary
from clerkd.ids import Ids
from clerkd.ports.store import Store
from clerkd.slack.backoff import Backoff
from clerkd.slack.frames import Envelope
from clerkd.slack.lanes import Lanes
from clerkd.slack.parse import Happening, Identity, dedupe_keys, lane, read, sort_ts
from clerkd.slack.parse_interactive import without_waste
from clerkd.slack.payload import OptionsAsked, ViewSubmitted
from clerkd.store.ops.slack_inbox import (
    Received,
    count_attempt,
    fail_received,
    keep_received,
    next_received,
    postpone_received,
    received_lanes,
)

MOST_ATTEMPTS = 8  # of something that fails for a reason nobody foresaw
NEVER_KEPT = {"authorizations", "token", "state"}

log = structlog.get_logger()

Act = Callable[[Received, Happening], Awaitable[None]]
GiveUp = Callable[[Received, Happening], Awaitable[None]]
Answering = Callable[[ViewSubmitted | OptionsAsked], Awaitable[dict[str, Any] | None]]


class Inbox:
    """Keep envelopes and act on them. `act` finishes what it was given, in its own transaction."""

    def __init__(
        self,
        store: Store,
        *,
        ids: Ids,
        now_ms: Callable[[], int],
        identity: Callable[[], Identity],
        act: Act,
        give_up: GiveUp,
        answer: Answering,
        wants: Callable[[Happening], bool],
        rng: random.Random,
    ) -> None:
        self._store = store
        self._ids = ids
        self._now_ms = now_ms
        self._identity = identity
        self._act = act
        self._give_up = give_up
        self._answer = answer
        self._wants = wants
        self._lanes = Lanes("slack-inbox", self._work, rng=rng)
        self._backoff = Backoff(rng, most_s=60.0)

    async def keep(self, envelope: Envelope) -> dict[str, Any] | None:
        """Keep what an envelope holds and return after the commit, with what its acknowledgement carries.

        Submissions and options are not kept but answered. Raises if nothing was kept.
        """
        happening = read(envelope.kind, envelope.payload, self._identity())
        if isinstance(happening, ViewSubmitted | OptionsAsked):
            return await self._answer(happening)
        if happening is not None and self._wants(happening):
            await self._keep(envelope.kind, envelope.id, envelope.payload, happening)
        return None

    async def keep_event(self, event: dict[str, Any], *, team: str) -> bool:
        """Keep an event that no envelope brought but the history told of; tell whether it was new."""
        payload = {"type": "event_callback", "team_id": team, "event": event}
        happening = read("events_api", payload, self._identity())
        if happening is None or not self._wants(happening):
            return False
        return await self._keep("events_api", f"{event.get('channel')}:{event.get('ts')}", payload, happening)

    async def run(self) -> None:
        """Act until cancelled."""
        for waiting in await self._store.read(received_lanes):
            self._lanes.wake(waiting)
        await self._lanes.run()

    async def _keep(self, kind: str, envelope_id: str, payload: dict[str, Any], happening: Happening) -> bool:
        kept = without_waste(payload)
        fresh = await self._store.write(
            keep_received,
            self._ids.new(),
            keys=dedupe_keys(kind, envelope_id, payload, happening),
            lane=lane(happening),
            sort_ts=sort_ts(payload),
            payload={"kind": kind, "payload": {key: kept[key] for key in kept.keys() - NEVER_KEPT}},
            now=self._now_ms(),
        )
        if fresh:
            self._lanes.wake(lane(happening))
        return fresh

    async def _work(self, name: str) -> None:
        while (received := await self._store.read(next_received, name, now=self._now_ms())) is not None:
            if isinstance(received, int):
                self._lanes.wake_in(name, max(0.01, (received - self._now_ms()) / 1000))
                return
            happening = self.read(received)
            if happening is None:  # an older version took it for something
                await self._store.write(fail_received, received.id)
                continue
            try:
                await self._act(received, happening)
            except Temporary as error:
                wait = self._backoff.next_s(error.retry_after_s)
                await self._store.write(postpone_received, received.id, due_at=self._now_ms() + round(wait * 1000))
                log.info("slack.received-deferred", received=received.id, error=error.message)
                continue
            except Exception as error:
                await self._failed(received, happening, error)
                raise
            self._backoff.reset()

    def read(self, received: Received) -> Happening | None:
        """Return what something kept means."""
        return read(str(received.payload.get("kind", "")), received.payload.get("payload") or {}, self._identity())

    async def _failed(self, received: Received, happening: Happening, error: Exception) -> None:
        attempts = await self._store.write(count_attempt, received.id)
        if attempts >= MOST_ATTEMPTS:
            log.error("slack.received-given-up", received=received.id, error=repr(error))
            await self._give_up(received, happening)
