"""Which SIM a line may use. Another one is quarantined until an admin says that it is the line's now.

A text that goes out through a stranger's SIM comes from a wrong number and on a wrong bill, so a SIM that was changed,
by mistake or by a thief, sends nothing. What comes in on it is kept and shown, with words that it came so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.patience import write_patiently
from clerkd.errors import Conflict, UnknownLine
from clerkd.model.line import LineStatus
from clerkd.model.sim import SimStanding, same_sim
from clerkd.ports.store import Store
from clerkd.store.ops.sims import bound_sim, is_known, line_of_sim, replace_sim, see_sim, sim_standing

_UNTOLD = (
    "the modem does not tell which SIM it holds, and the line's own is {bound}: nothing is sent through it until it"
    " does. Pull the modem out and put it back"
)
CONFIGURATION = "the configuration"

log = structlog.get_logger()


class Housed(Protocol):
    """A line whose modem holds a SIM."""

    def status(self) -> LineStatus:
        """Return a snapshot; `sim` is the one that is there."""
        ...

    def take_up_sim(self) -> None:
        """Begin anew with the SIM that is there: it may be the line's now. Returns at once."""
        ...


class Sims:
    """A `clerkd.ports.line.SimBook`. `configured` are the ICCIDs that the configuration names, by line."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lines: Callable[[], Mapping[str, Housed]],
        configured: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lines = lines
        self._configured = configured or {}

    async def admit(self, line: str, sim: str | None) -> str | None:
        """Return None if the line may use the SIM in its modem, else why not and what to do, in words."""
        if sim is None:
            bound = await self._store.read(bound_sim, line)
            return None if bound is None else _UNTOLD.format(bound=bound)
        named = self._configured.get(line)
        if named is not None and same_sim(named, sim):
            await write_patiently(self._store, replace_sim, line, sim, at=self._clock.now_ms(), actor=CONFIGURATION)
        if not await self._store.read(is_known, line, sim):  # a full disk stops no line that has its SIM
            await write_patiently(self._store, see_sim, line, sim, at=self._clock.now_ms())
        bound = await self._store.read(bound_sim, line)
        if bound is None or same_sim(bound, sim):
            return None
        owner = await self._store.read(line_of_sim, sim)
        log.warning("sim.strange", line=line, sim=sim, bound=bound, owner=owner)
        return _words(line, sim, bound, owner)

    async def standing(self, line: str) -> SimStanding:
        """Return which SIM is the line's and which is there; raise `UnknownLine`."""
        return await self._store.read(sim_standing, line, self._line(line).status().sim)

    async def replace(self, line: str, sim: str, *, actor: str) -> SimStanding:
        """Make a SIM the line's; what waits goes out through it. `sim` is the one that the person was shown.

        Raise `UnknownLine`, or `Conflict` with `present` if another one is there by now.
        """
        housed = self._line(line)
        present = housed.status().sim
        if present is None or not same_sim(present, sim):
            there = "no SIM is there now" if present is None else f"the SIM {present} is there now"
            raise Conflict(f"{there}, not {sim}: look again", line=line, present=present)
        await self._store.write(replace_sim, line, sim, at=self._clock.now_ms(), actor=actor)
        log.info("sim.replaced", line=line, sim=sim, actor=actor)
        housed.take_up_sim()
        return await self.standing(line)

    def _line(self, name: str) -> Housed:
        lines = self._lines()
        if name not in lines:
            raise UnknownLine(f"no line with a modem is named {name!r}", line=name, lines=sorted(lines))
        return lines[name]


def _words(line: str, sim: str, bound: str, owner: str | None) -> str:
    whose = "" if owner is None else f", that of line {owner},"
    return (
        f"another SIM ({sim}){whose} is in the modem, not the line's own ({bound}): nothing is sent through it."
        f" Put the line's own back, or confirm the new one: clerkd line replace-sim {line}"
    )
