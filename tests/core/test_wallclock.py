"""Timers run until a time of day, and one task notices when that was set."""

import asyncio
from contextlib import asynccontextmanager

from fakes.desk import open_office
from fakes.facts import fact
from fakes.radio import ManualClock

from clerkd.core.wallclock import ClockWatch


class SettableClock(ManualClock):
    """A clock whose time of day can be set without time passing."""

    set_by_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.set_by_ms


class Follower:
    calls = 0

    def wake(self) -> None:
        self.calls += 1


@asynccontextmanager
async def watching(clock, *followers):
    watch = ClockWatch(clock, look_s=0.005)
    for follower in followers:
        watch.follow(follower)
    task = asyncio.get_running_loop().create_task(watch.run())
    try:
        await asyncio.sleep(0)  # it has looked once
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_every_setting_of_the_clock_wakes_once_forwards_and_backwards():
    clock, follower, witness = SettableClock(), Follower(), Follower()
    async with watching(clock, follower, witness):
        for times, set_by_ms in enumerate((7_200_000, -7_200_000, 0), start=1):
            clock.set_by_ms = set_by_ms
            await fact(lambda times=times: witness.calls == times)
    assert follower.calls == 3


async def test_time_that_passes_wakes_nobody_and_a_slow_drift_does_when_it_is_much():
    clock, follower = SettableClock(), Follower()
    async with watching(clock, follower):
        for _ in range(5):
            clock.advance(3600)
            clock.set_by_ms += 100
            await asyncio.sleep(0.01)
        assert follower.calls == 0
        clock.set_by_ms += 100
        await fact(lambda: follower.calls == 1)


async def test_a_text_goes_at_its_time_though_the_clock_was_set_while_it_waited(tmp_path):
    async with open_office(tmp_path / "c.db", clock=SettableClock()) as office, watching(office.clock, office.schedule):
        at = office.clock.now_ms() + 3_600_000
        message = await office.send("at its time", send_at=at)
        await office.wait_state(message.id, "scheduled")
        office.clock.set_by_ms = 3_599_000
        await asyncio.sleep(0.05)
        assert office.radio.texts == []
        office.clock.set_by_ms = 3_600_000
        await office.wait_state(message.id, "submitted")
