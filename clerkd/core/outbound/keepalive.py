"""Keep prepaid SIMs from expiring: one that sent nothing for so long sends one text, or asks one code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.balance import Asked
from clerkd.core.outbound.bell import Bell
from clerkd.core.outbound.outbox import Outbox
from clerkd.core.patience import write_patiently
from clerkd.errors import ClerkdError
from clerkd.model.line import LineState, LineStatus
from clerkd.model.message import Lane, Origin, OriginKind, SendRequest
from clerkd.ports.store import Store
from clerkd.store.ops.sim_life import Idle, find_idle, note_kept_alive

LOOK_S = 3600.0
TTL_MS = 24 * 3_600_000
AGAIN_MS = TTL_MS  # the text before has gone or expired by then
ACTOR = "keep-alive"
_SENDING = {LineState.READY, LineState.DEGRADED}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """How long a SIM may be idle, and what is done then: a text to a number, or a USSD code."""

    every_ms: int
    to: str | None = None
    text: str | None = None
    code: str | None = None


class Kept(Asked, Protocol):
    """A line whose SIM is kept alive."""

    def status(self) -> LineStatus:
        """Return a snapshot."""
        ...


class KeepAlives:
    """The one task that does it. `rules` by line."""

    def __init__(
        self, store: Store, clock: Clock, outbox: Outbox, lines: Mapping[str, Kept], rules: Mapping[str, KeepAlive]
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._lines = lines
        self._rules = dict(rules)
        self._bell = Bell()

    def wake(self) -> None:
        """Look at the clock again."""
        self._bell.ring()

    async def run(self) -> None:
        """Look once an hour, for ever."""
        while True:
            self._bell.quiet()
            for line, rule in self._rules.items():
                await self._look(line, rule)
            await self._bell.wait(LOOK_S if self._rules else None)

    async def _look(self, line: str, rule: KeepAlive) -> None:
        if self._lines[line].status().state not in _SENDING:
            return
        idle, now = await self._store.read(find_idle, line), self._clock.now_ms()
        if idle is None or now < idle.since + rule.every_ms:
            return
        if idle.tried_at is not None and now < idle.tried_at + AGAIN_MS:
            return
        try:
            await self._use(line, rule, idle)
        except ClerkdError as reason:
            log.warning("sim.not-kept-alive", line=line, code=reason.code, error=reason.message)
            return
        await write_patiently(self._store, note_kept_alive, line, at=now, done=rule.code is not None)
        log.info("sim.kept-alive", line=line, idle_days=(now - idle.since) // 86_400_000)

    async def _use(self, line: str, rule: KeepAlive, idle: Idle) -> None:
        if rule.code is not None:
            await self._lines[line].ussd(rule.code)
            return
        await self._outbox.accept(
            SendRequest(
                to=rule.to or "",
                text=rule.text or "",
                line=line,
                key=f"keep-alive:{line}:{idle.since}:{idle.tried_at or 0}",  # one, though the note of it be lost
                ttl_ms=TTL_MS,
                lane=Lane.BULK,
                origin=Origin(OriginKind.RULE, ACTOR),
            )
        )
