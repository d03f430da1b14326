"""Feed systemd's watchdog only while work proceeds.

The event loop turns, or this task would not run. The store's writer takes an operation and commits. And on every line
that is ready something moves, if something is due. Whatever else may be wrong is told and survived; a process that
hangs in one of these three cannot be trusted to notice anything, and is better killed and started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from clerkd.app.systemd import Notifier
from clerkd.clock import Clock
from clerkd.errors import StoreFull
from clerkd.model.line import LineState, LineStatus, Measure, Outgoing, Plan, PlannedSegment, Receipt
from clerkd.ports.line import Line
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.overdue import has_overdue

FEEDS = 3  # so often in the time that systemd allows
STUCK_S = 600.0  # longer than any submit and any pause after refusals

_SENDING = {LineState.READY, LineState.DEGRADED}

log = structlog.get_logger()


class Space(Protocol):
    """Whether the disk has room."""

    def require(self) -> None:
        """Return if it has; raise `StoreFull`."""
        ...


class Driver(Protocol):
    """Who sends on a line."""

    def shown(self, status: LineStatus) -> LineStatus:
        """Return the line's status with what only its driver knows."""
        ...

    def rests(self) -> bool:
        """Tell whether nothing is sent on purpose, though something may be due."""
        ...


class Pulse:
    """A line as people see it, which notes when its dispatcher last began or ended a submit."""

    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._moved_at = clock.monotonic()
        self._submitting = False
        self._driver: Driver | None = None

    def driven_by(self, driver: Driver) -> None:
        """Know who sends on the line."""
        self._driver = driver

    @property
    def name(self) -> str:
        """The line's name in the configuration."""
        return self._line.name

    def status(self) -> LineStatus:
        """Return a snapshot."""
        status = self._line.status()
        return status if self._driver is None else self._driver.shown(status)

    def plan(self, outgoing: Outgoing) -> Plan:
        """Cut and encode a text; raise `Permanent` if it cannot be sent."""
        return self._line.plan(outgoing)

    def measure(self, text: str) -> Measure:
        """Return what a text costs; raise `Permanent` if it cannot be sent."""
        return self._line.measure(text)

    async def wait_ready(self) -> None:
        """Return when a segment can be submitted."""
        await self._line.wait_ready()
        self._moved_at = self._clock.monotonic()

    async def submit(self, segment: PlannedSegment, *, more: bool) -> Receipt:
        """Put one segment on the air."""
        self._moved_at, self._submitting = self._clock.monotonic(), True
        try:
            return await self._line.submit(segment, more=more)
        finally:
            self._moved_at, self._submitting = self._clock.monotonic(), False

    def still_for(self) -> float:
        """Return for how many seconds nothing has moved."""
        return self._clock.monotonic() - self._moved_at

    @property
    def may_move(self) -> bool:
        """Whether a dispatcher that has work could do something about it."""
        rests = self._driver is not None and self._driver.rests()
        return self._submitting or (self.status().state in _SENDING and not rests)


class Watchdog:
    """Look at the work, then feed; or say once why not."""

    def __init__(
        self,
        notifier: Notifier,
        store: Store,
        pulses: Mapping[str, Pulse],
        space: Space,
        clock: Clock,
        *,
        summary: Callable[[], str],
        stuck_s: float = STUCK_S,
    ) -> None:
        self._notifier = notifier
        self._store = store
        self._pulses = pulses
        self._space = space
        self._clock = clock
        self._summary = summary
        self._stuck_s = stuck_s
        self._starving = ""
        self._told = ""

    async def run(self) -> None:
        """Feed for ever, if systemd asked for it."""
        if self._notifier.watchdog_s is None:
            await asyncio.Event().wait()
        period_s = (self._notifier.watchdog_s or 0.0) / FEEDS
        while True:
            await self.look(period_s)
            await asyncio.sleep(period_s)

    async def look(self, within_s: float) -> bool:
        """Feed if work proceeds; tell whether it does."""
        reason = await self._trouble(within_s)
        if reason and reason != self._starving:
            log.error("watchdog.starving", reason=reason)
        self._starving = reason
        if not reason:
            self._notifier.feed()
        self._tell(reason or self._summary())
        return not reason

    def _tell(self, status: str) -> None:
        """Say how the daemon is, for `systemctl status`, when that is news."""
        if status != self._told:
            self._notifier.status(status)
        self._told = status

    async def _trouble(self, within_s: float) -> str:
        try:
            async with asyncio.timeout(within_s):
                await self._store.write(_nothing)
                return await self._stuck_line()
        except TimeoutError:
            return f"the store committed nothing within {within_s:.1f} s"
        except StoreFull:
            return ""  # told elsewhere; a new process would find the same disk
        except Exception as error:  # noqa: BLE001  whatever the store says, it is not at work
            return f"the store cannot commit: {error}"

    async def _stuck_line(self) -> str:
        self._space.require()  # a full disk stops the lines too
        since = self._clock.now_ms() - round(self._stuck_s * 1000)
        for name, pulse in self._pulses.items():
            if (
                pulse.still_for() > self._stuck_s
                and pulse.may_move
                and await self._store.read(has_overdue, name, since=since)
            ):
                return f"{name} has sent nothing for {pulse.still_for():.0f} s, though something is due"
        return ""


def _nothing(_tx: Tx) -> None:
    """Pass through the writer: BEGIN, COMMIT."""
