"""Tell people when a line is lost and when it is back: once each, and not for a moment's absence."""

from __future__ import annotations

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import LONGEST_WAIT_S, Bell
from clerkd.core.patience import write_patiently
from clerkd.model.line import LineState, LineStatus
from clerkd.ports.store import Store
from clerkd.store.ops.lines import lost_lines, tell_back, tell_lost

GRACE_S = 30.0  # a modem that resets itself is back before

_WORKING = {LineState.READY, LineState.DEGRADED}

log = structlog.get_logger()


class LineWatch:
    """Hears every change of status; writes the few that people should know."""

    def __init__(self, store: Store, clock: Clock, *, grace_s: float = GRACE_S) -> None:
        self._store = store
        self._clock = clock
        self._grace_s = grace_s
        self._bell = Bell()
        self._status: dict[str, LineStatus] = {}
        self._lost_at: dict[str, float] = {}  # monotonic, of lines that do not work
        self._told: set[str] = set()

    def changed(self, status: LineStatus) -> None:
        """Hear a line's status."""
        self._status[status.name] = status
        if status.state in _WORKING:
            self._lost_at.pop(status.name, None)
        else:
            self._lost_at.setdefault(status.name, self._clock.monotonic())
        self._bell.ring()

    async def run(self) -> None:
        """Tell losses and returns, for ever."""
        self._told = await self._store.read(lost_lines)
        while True:
            self._bell.quiet()
            for status in list(self._status.values()):
                await self._look(status)
            await self._bell.wait(self._wait_s())

    async def _look(self, status: LineStatus) -> None:
        line = status.name
        lost_at = self._lost_at.get(line)
        if lost_at is None and line in self._told:
            await write_patiently(self._store, tell_back, line, at=self._clock.now_ms())
            self._told.discard(line)
            log.info("line.back", line=line)
        elif lost_at is not None and line not in self._told and self._clock.monotonic() - lost_at >= self._grace_s:
            await write_patiently(
                self._store, tell_lost, line, state=status.state.value, reason=status.reason, at=self._clock.now_ms()
            )
            self._told.add(line)
            log.warning("line.lost", line=line, state=status.state.value, reason=status.reason)

    def _wait_s(self) -> float | None:
        waiting = [at for line, at in self._lost_at.items() if line not in self._told]
        if not waiting:
            return None
        return min(max(min(waiting) + self._grace_s - self._clock.monotonic(), 0.0), LONGEST_WAIT_S)
