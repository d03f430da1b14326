"""A SIM that the network refuses is not tried message after message: the line is blocked, and probed now and then."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.patience import write_patiently
from clerkd.errors import ClerkdError
from clerkd.model.line import LineState, LineStatus
from clerkd.ports.store import Store
from clerkd.store.ops.blocks import Block, block_line, find_block, unblock_line

PEERS = 5  # so many different ones refused
WINDOW_MS = 600_000  # within so long
PROBE_MS = 900_000
_REFUSALS = {"modem.barred", "modem.facility-rejected"}  # barred, not subscribed, or no credit left
_WORKING = {LineState.READY, LineState.DEGRADED}

log = structlog.get_logger()


class Told(Protocol):
    """Who tells people that a line does not work."""

    def line_blocked(self, line: str, reason: str | None) -> None:
        """Hear that the network refuses a line, or with None that it does not any more. Returns at once."""
        ...


class Breaker:
    """Of one line: closed while the network takes its texts, open while it does not; half open for one text."""

    def __init__(self, line: str, store: Store, clock: Clock, told: Told | None = None) -> None:
        self._line = line
        self._store = store
        self._clock = clock
        self._told = told
        self._refused: dict[str, int] = {}  # peer: when, epoch ms
        self._block: Block | None = None
        self._saved: Block | None = None

    async def load(self) -> None:
        """Know what an earlier life knew."""
        self._saved = await self._store.read(find_block, self._line)
        self._set(self._saved)

    @property
    def is_open(self) -> bool:
        """Whether the line is blocked."""
        return self._block is not None

    def wait_s(self) -> float:
        """Return how long nothing may be sent; 0.0 if the line is free, or a probe is due."""
        return 0.0 if self._block is None else max(self._block.probe_at - self._clock.now_ms(), 0) / 1000

    def shown(self, status: LineStatus) -> LineStatus:
        """Return a line's status with the block in it."""
        if self._block is None or status.state not in _WORKING:
            return status
        return replace(status, state=LineState.BLOCKED, reason=_words(self._block.reason))

    def accepted(self) -> None:
        """Hear that the network took a text."""
        self._refused.clear()
        if self._block is not None:
            log.info("line.unblocked", line=self._line)
            self._set(None)

    def refused(self, peer: str, error: ClerkdError) -> bool:
        """Hear that it refused a text to a peer; tell whether that was for the line and not for the text."""
        if error.code not in _REFUSALS:
            return False
        now = self._clock.now_ms()
        self._refused = {one: at for one, at in self._refused.items() if now - at < WINDOW_MS} | {peer: now}
        if self._block is None and len(self._refused) < PEERS:
            return False
        if self._block is None:
            log.warning("line.blocked", line=self._line, code=error.code, peers=len(self._refused))
        since = now if self._block is None else self._block.since
        block = Block(since, now + PROBE_MS, error.message)
        self._set(block)
        return True

    async def save(self) -> None:
        """Keep what was heard, once the verdicts that it came with are kept."""
        if self._saved == self._block:
            return
        if self._block is None:
            await write_patiently(self._store, unblock_line, self._line)
        else:
            await write_patiently(self._store, block_line, self._line, self._block)
        self._saved = self._block

    def _set(self, block: Block | None) -> None:
        changed = (block is None) is not (self._block is None)
        self._block = block
        if changed and self._told is not None:
            self._told.line_blocked(self._line, None if block is None else _words(block.reason))


def _words(reason: str) -> str:
    return (
        f"the network refuses every text ({reason}); is there credit left, and is the SIM active?"
        " One text is tried every 15 minutes"
    )
