"""Telling losses of lines: nothing here may turn without a pause."""

import asyncio

from fakes.desk import open_office
from fakes.radio import ManualClock

from clerkd.core.inbound.lines import STEADY_S, LineWatch
from clerkd.model.line import LineState, LineStatus
from clerkd.store.ops.lines import tell_lost

WELL_AT = 1.1


class Stopped(ManualClock):
    """A clock between two of its ticks."""

    at, looks = WELL_AT, 0

    def monotonic(self) -> float:
        self.looks += 1
        return self.at


async def test_a_time_that_has_come_but_for_a_rounding_is_not_looked_at_without_end(tmp_path):
    later = next(at for n in range(1000) if (at := WELL_AT + n / 7 + STEADY_S) - (WELL_AT + n / 7) < STEADY_S)
    clock = Stopped()
    clock.at = next(at for n in range(1000) if ((at := WELL_AT + n / 7) + STEADY_S) - at < STEADY_S)
    async with open_office(tmp_path / "c.db", running=False) as office:
        await office.store.write(tell_lost, "support", state="absent", reason=None, at=0)
        watch = LineWatch(office.store, clock)
        watch.changed(LineStatus("support", "+14155550100", LineState.READY))
        clock.at = later
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        assert clock.looks < 1000
