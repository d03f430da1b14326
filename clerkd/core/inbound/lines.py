"""Tell people when a line is lost and when it is back: once each, and for a moment of neither.

A line that comes and goes is one loss: it is back when it has worked for a while, and until then its loss goes on.
"""

from __future__ import annotations

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell, Wakeable
from clerkd.core.patience import write_patiently
from clerkd.model.line import LineState, LineStatus
from clerkd.ports.store import Store
from clerkd.store.ops.lines import lost_lines, tell_back, tell_lost

GRACE_S = 30.0  # a modem that resets itself is back before
LEAST_WAIT_S = 0.001  # a time that has come but for a rounding must not be looked at without end
STEADY_S = 10.0  # a modem that only looks well is gone again before

_WORKING = {LineState.READY, LineState.DEGRADED}

log = structlog.get_logger()


class LineWatch:
    """Hears every change of status; writes the few that people should know."""

    def __init__(self, store: Store, clock: Clock, *, grace_s: float = GRACE_S, steady_s: float = STEADY_S) -> None:
        self._store = store
        self._clock = clock
        self._grace_s = grace_s
        self._steady_s = steady_s
        self._bell = Bell()
        self._followers: list[Wakeable] = []
        self._status: dict[str, LineStatus] = {}
        self._lost_at: dict[str, float] = {}  # monotonic, of lines that do not work, or only just do
        self._well_at: dict[str, float] = {}  # monotonic, of lines that work
        self._told: set[str] = set()
        self._blocked: dict[str, str] = {}  # lines that the network refuses, with the reason in words

    def follow(self, follower: Wakeable) -> None:
        """Wake somebody at every change."""
        self._followers.append(follower)

    def changed(self, status: LineStatus) -> None:
        """Hear a line's status."""
        self._status[status.name] = status
        for follower in self._followers:
            follower.wake()
        self._note(status.name, working=status.state in _WORKING and status.name not in self._blocked)

    def blocked(self, line: str, reason: str | None) -> None:
        """Hear that the network refuses a line, or with None that it does not any more."""
        if reason is None:
            self._blocked.pop(line, None)
        else:
            self._blocked[line] = reason
        status = self._status.get(line)
        if status is not None:
            self.changed(status)

    def _note(self, line: str, *, working: bool) -> None:
        now = self._clock.monotonic()
        if working:
            self._well_at.setdefault(line, now)
        else:
            if self._is_steady(line):
                self._lost_at.pop(line, None)
            self._well_at.pop(line, None)
            self._lost_at.setdefault(line, now)
        self._bell.ring()

    def _is_steady(self, line: str) -> bool:
        well_at = self._well_at.get(line)
        return well_at is not None and self._clock.monotonic() - well_at >= self._steady_s

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
        if self._is_steady(line):
            self._lost_at.pop(line, None)
        lost_at = None if line in self._well_at else self._lost_at.get(line)
        if self._is_steady(line) and line in self._told:
            await write_patiently(self._store, tell_back, line, at=self._clock.now_ms())
            self._told.discard(line)
            log.info("line.back", line=line)
        elif status.state is LineState.QUARANTINED:
            return  # told by itself, when the SIM was seen
        elif lost_at is not None and line not in self._told and self._clock.monotonic() - lost_at >= self._grace_s:
            state, reason = status.state, status.reason
            if state in _WORKING:
                state, reason = LineState.BLOCKED, self._blocked.get(line)
            await write_patiently(
                self._store, tell_lost, line, state=state.value, reason=reason, at=self._clock.now_ms()
            )
            self._told.add(line)
            log.warning("line.lost", line=line, state=state.value, reason=reason)

    def _wait_s(self) -> float | None:
        due = [at + self._steady_s for line, at in self._well_at.items() if line in self._told]
        due += [
            at + self._grace_s
            for line, at in self._lost_at.items()
            if line not in self._told and line not in self._well_at
        ]
        return max(min(due) - self._clock.monotonic(), LEAST_WAIT_S) if due else None
