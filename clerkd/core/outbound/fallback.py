"""Let another line send what a line cannot.

A text moves by a deadline and only while nothing of it was written: the same commit that gives it to the other line
takes it from the first, so no two lines ever have the same text. It moves whole, and once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell, Wakeable
from clerkd.core.outbound.policy import Policy
from clerkd.core.patience import write_patiently
from clerkd.errors import Permanent
from clerkd.model.line import LineState, Outgoing, Plan
from clerkd.model.message import SendRequest
from clerkd.model.notice import NoticeKind, Topic
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.routes import Stranded, has_work, move_message, moved_waiting, stranded

LOOK_S = 2.0  # how late a deadline may be noticed
TOPICS = frozenset({NoticeKind.MESSAGE_ACCEPTED, NoticeKind.MESSAGE_CHANGED, Topic.QUEUE_GREW})

_WORKING = {LineState.READY, LineState.DEGRADED}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Fallback:
    """Who stands in for a line, and when."""

    line: str
    no_network_s: float
    no_result_s: float | None = None


class Fallbacks:
    """Watch the lines that have a stand-in, while they have something to send."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        lines: Mapping[str, Line],
        dispatchers: Mapping[str, Wakeable],
        policy: Policy,
        fallbacks: Mapping[str, Fallback],
        look_s: float = LOOK_S,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lines = lines
        self._dispatchers = dispatchers
        self._policy = policy
        self._fallbacks = fallbacks
        self._look_s = look_s
        self._lost_at: dict[str, float] = {}  # monotonic
        self._kept: set[int] = set()  # messages that the other line may not send, so that it is said once
        self._bell = Bell(rest_s=look_s)

    def wake(self) -> None:
        """Hear that a line's state changed, or that there may be something to send."""
        self._bell.ring()

    async def run(self) -> None:
        """Look, again and again while something may have to move, for ever."""
        while True:
            self._bell.quiet()
            waiting = [await self.look(name, fallback) for name, fallback in self._fallbacks.items()]
            await self._bell.wait(self._look_s if any(waiting) else None)

    async def look(self, name: str, fallback: Fallback) -> bool:
        """Move what has waited too long on one line; tell whether something waits on."""
        other = self._lines[fallback.line]
        due = self._due(name, fallback)
        if due is not None and other.status().state in _WORKING:
            before, reason = due
            for message in await self._store.read(stranded, name, queued_before=before):
                await self._move(message, name, other, reason)
        moved = await self._store.read(moved_waiting, fallback.line)
        if moved:
            self._dispatchers[fallback.line].wake()
        return moved or await self._store.read(has_work, name)

    def _due(self, name: str, fallback: Fallback) -> tuple[int, str] | None:
        """Return since when a message must wait to be moved now (epoch ms), and why; None if none is."""
        now, ticks = self._clock.now_ms(), self._clock.monotonic()
        status = self._lines[name].status()
        if status.state in _WORKING:
            self._lost_at.pop(name, None)
        elif ticks - self._lost_at.setdefault(name, ticks) >= fallback.no_network_s:
            return now, f"{name} has been {status.state.value} for {fallback.no_network_s:g} s"
        if fallback.no_result_s is None:
            return None
        return now - round(fallback.no_result_s * 1000), f"{name} sent nothing of it in {fallback.no_result_s:g} s"

    async def _move(self, message: Stranded, name: str, other: Line, reason: str) -> None:
        try:
            plan = self._plan(message, other)
        except Permanent as refusal:
            if message.seq not in self._kept:
                log.warning("message.not-moved", message=message.id, line=other.name, code=refusal.code)
            self._kept.add(message.seq)
            return
        moved = await write_patiently(
            self._store, move_message, message.seq, other.name, plan, at=self._clock.now_ms(), reason=reason
        )
        if moved:
            log.warning("message.moved", message=message.id, line=name, by=other.name, reason=reason)
            self._dispatchers[other.name].wake()

    def _plan(self, message: Stranded, other: Line) -> Plan:
        """Plan a text for the other line, by that line's rules; raise `Permanent`."""
        rules = self._policy.rules(other.name)
        peer = self._policy.check(SendRequest(message.peer, message.text, line=other.name), rules)
        plan = other.plan(Outgoing(peer, message.text, message.seq & 0xFFFF, rules.reports))
        self._policy.check_plan(plan, rules)
        return plan
