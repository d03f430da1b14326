"""Quotas at work: what they stand at, packs, and letting go what was held when there is room again."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell, Wakeable
from clerkd.core.patience import write_patiently
from clerkd.errors import Refused
from clerkd.model.quota import Quota, QuotaStatus
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.quota import add_pack, lines_held, quota_status, release_affordable

MOST_IN_A_PACK = 1_000_000
_BATCH = 100

log = structlog.get_logger()


class NoQuota(Refused):
    """The line has no quota, so nothing can be added to it; details: `line`."""

    code = "quota.none"


class PackInvalid(Refused):
    """A pack has at least one segment and not absurdly many; details: `segments`."""

    code = "quota.pack"


class Quotas:
    """The quotas of all lines that have one. The limit itself is kept where segments are claimed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        dispatchers: Mapping[str, Wakeable],
        quotas: Mapping[str, Quota],
    ) -> None:
        self._store = store
        self._clock = clock
        self._dispatchers = dispatchers
        self._quotas = dict(quotas)
        self._bell = Bell()

    async def status(self) -> dict[str, QuotaStatus]:
        """Return how each quota stands, by line."""
        return await self._store.read(_all_status, self._quotas, now=self._clock.now_ms())

    def read(self, tx: Tx, line: str, now: int) -> QuotaStatus | None:
        """Return how a line's quota stands at a time (epoch ms), in a transaction of the caller; None without one."""
        quota = self._quotas.get(line)
        return None if quota is None else quota_status(tx, line, quota.at(now))

    async def add_pack(self, line: str, segments: int, *, pack_id: str, actor: str | None = None) -> QuotaStatus:
        """Add segments to a line's present period and return how its quota stands.

        The same `pack_id` again adds nothing. Raise `NoQuota`, `PackInvalid`.
        """
        quota = self._quotas.get(line)
        if quota is None:
            raise NoQuota(f"{line} has no quota", line=line)
        if not 1 <= segments <= MOST_IN_A_PACK:
            raise PackInvalid(f"a pack has 1 to {MOST_IN_A_PACK} segments, not {segments}", segments=segments)
        now = self._clock.now_ms()
        if await self._store.write(add_pack, pack_id, line=line, segments=segments, at=now, actor=actor):
            log.info("quota.pack-added", line=line, segments=segments, actor=actor)
        self.wake()
        return await self._store.read(quota_status, line, quota.at(now))

    def wake(self) -> None:
        """Look again whether held messages may go."""
        self._bell.ring()

    async def run(self) -> None:
        """Let held messages go at the reset, when a pack is added, or when the quota was changed; for ever."""
        while True:
            self._bell.quiet()
            for line in await self._store.read(lines_held):
                await self._release(line)
            await self._bell.wait(self._wait_s())

    async def _release(self, line: str) -> None:
        quota = self._quotas.get(line)
        while True:
            now = self._clock.now_ms()
            allowance = None if quota is None else quota.at(now)
            released = await write_patiently(self._store, release_affordable, line, allowance, now=now, limit=_BATCH)
            if released:
                log.info("quota.released", line=line, messages=released)
                if line in self._dispatchers:
                    self._dispatchers[line].wake()
            if released < _BATCH:
                return

    def _wait_s(self) -> float | None:
        now = self._clock.now_ms()
        return min(((quota.at(now).until - now) / 1000 for quota in self._quotas.values()), default=None)


def _all_status(tx: Tx, quotas: Mapping[str, Quota], *, now: int) -> dict[str, QuotaStatus]:
    return {line: quota_status(tx, line, quota.at(now)) for line, quota in quotas.items()}
