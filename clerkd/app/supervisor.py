"""Keep the daemon's tasks alive: each has a name, and the fault of one never reaches another.

A task that ends, with an error or without, is started again, first after a second, then after two, four … up to a
minute. The first fault is told with its traceback; while the same fault repeats itself nothing more is said, and
when the task then stays up, that is said once. A task that was asked to finish may end for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
_DOUBLINGS = 10  # enough to reach the longest delay
STEADY_S = 60.0  # a task that ran this long has recovered

Run = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class EndedError(Exception):
    """A task that should run for ever returned."""


@dataclass(slots=True)
class _Charge:
    """A task, and how it is asked to come to an end of its own."""

    run: Run
    finish: Callable[[], None] | None
    ended: asyncio.Event


@dataclass(slots=True)
class Fault:
    """What a task last died of, and how often since it was last well."""

    task: str
    error: str
    deaths: int


class Supervisor:
    """Run named tasks for ever, restart those that end, cancel all when it is cancelled itself."""

    def __init__(self, *, first_delay_s: float = FIRST_DELAY_S, steady_s: float = STEADY_S) -> None:
        self._first_delay_s = first_delay_s
        self._steady_s = steady_s
        self._tasks: dict[str, _Charge] = {}
        self._faults: dict[str, Fault] = {}
        self._finishing = asyncio.Event()

    def add(self, name: str, run: Run, *, finish: Callable[[], None] | None = None) -> None:
        """Add a task. Before `run` only; names are unique.

        A task with `finish` has something to bring to an end: after `finish` its `run` returns by itself.
        """
        if name in self._tasks:
            msg = f"there is a task {name!r} already"
            raise ValueError(msg)
        self._tasks[name] = _Charge(run, finish, asyncio.Event())

    async def finish(self) -> None:
        """Ask every task that has something to finish to do so, and return when all of them have."""
        self._finishing.set()
        waiting = [task for task in self._tasks.values() if task.finish is not None]
        for task in waiting:
            if task.finish is not None:
                task.finish()
        for task in waiting:
            await task.ended.wait()

    def faults(self) -> list[Fault]:
        """Return what tasks died of and have not recovered from."""
        return list(self._faults.values())

    async def run(self) -> None:
        """Run all tasks until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, charge in self._tasks.items():
                group.create_task(self._keep(name, charge), name=name)

    async def _keep(self, name: str, charge: _Charge) -> None:
        try:
            while True:
                error = await self._once(name, charge)
                if self._may_end(charge):
                    return
                await self._pause(self._died(name, error), charge)
        finally:
            charge.ended.set()

    async def _once(self, name: str, charge: _Charge) -> Exception:
        """Run a task until it ends and return why it did."""
        steady = asyncio.get_running_loop().call_later(self._steady_s, self._recovered, name)
        try:
            await charge.run()
        except Exception as error:  # noqa: BLE001  whatever it is, it is this task's alone
            return error
        finally:
            steady.cancel()
        return EndedError(f"{name} returned")

    async def _pause(self, delay_s: float, charge: _Charge) -> None:
        """Wait before the next start, no longer than until a task that may end is asked to."""
        finishing = self._finishing.wait() if charge.finish is not None else asyncio.Event().wait()
        try:
            async with asyncio.timeout(delay_s):
                await finishing
        except TimeoutError:
            return

    def _may_end(self, charge: _Charge) -> bool:
        return self._finishing.is_set() and charge.finish is not None

    def _died(self, name: str, error: Exception) -> float:
        """Note a death; return how long to wait before the next start."""
        last = self._faults.get(name)
        fault = Fault(name, repr(error), 1 if last is None else last.deaths + 1)
        self._faults[name] = fault
        doublings = min(fault.deaths - 1, _DOUBLINGS)
        delay_s = min(self._first_delay_s * (1 << doublings), LONGEST_DELAY_S)
        if last is None or last.error != fault.error:
            log.error("task.died", task=name, restart_s=delay_s, exc_info=error)
        else:
            log.debug("task.died-again", task=name, deaths=fault.deaths, restart_s=delay_s)
        return delay_s

    def _recovered(self, name: str) -> None:
        fault = self._faults.pop(name, None)
        if fault is not None:
            log.info("task.back", task=name, deaths=fault.deaths)
