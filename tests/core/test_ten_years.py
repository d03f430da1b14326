"""A clock that jumps ten years, as one without a battery does: every text has a state to see, none goes twice."""

import pytest
from fakes.desk import open_office
from fakes.radio import ManualClock

TEN_YEARS_S = 10 * 365 * 86_400
HOUR_MS = 3_600_000


class SettableClock(ManualClock):
    """A clock whose time of day can be set without time passing."""

    set_by_s = 0

    def now_ms(self) -> int:
        return super().now_ms() + 1000 * self.set_by_s


async def test_ten_years_ahead_what_is_late_asks_or_expires_and_new_texts_go(tmp_path):
    async with open_office(tmp_path / "db", clock=SettableClock()) as office:
        office.radio.go(ready=False)
        waiting = await office.send("waiting")
        scheduled = await office.send("scheduled", send_at=office.clock.now_ms() + HOUR_MS)
        office.clock.set_by_s = TEN_YEARS_S
        await office.elapse(0)

        assert (await office.wait_state(scheduled.id, "held")).error.code == "schedule.missed"
        assert (await office.wait_state(waiting.id, "expired")).error.code == "send.expired"
        office.radio.go(ready=True)
        now = await office.send("now")
        await office.wait_state(now.id, "submitted")
        assert office.radio.texts == ["now"]
        await office.outbox.resend(waiting.id)
        await office.wait_state(waiting.id, "submitted")


@pytest.mark.parametrize("restart", [False, True])
async def test_ten_years_back_everything_goes_on_even_in_the_next_life(tmp_path, restart):
    clock = SettableClock()
    async with open_office(tmp_path / "db", clock=clock) as office:
        before = await office.send("before")
        await office.wait_state(before.id, "submitted")
        scheduled = await office.send("scheduled", send_at=clock.now_ms() + HOUR_MS)
        clock.set_by_s = -TEN_YEARS_S
        await office.elapse(0)
        if not restart:
            after = await office.send("after")
            await office.wait_state(after.id, "submitted")
            assert office.radio.texts == ["before", "after"]
    if restart:
        async with open_office(tmp_path / "db", clock=clock) as office:
            after = await office.send("after")
            await office.wait_state(after.id, "submitted")
            assert office.radio.texts == ["after"]
            assert (await office.message(scheduled.id)).state == "scheduled"
            clock.set_by_s = 0
            await office.elapse(3600)
            await office.wait_state(scheduled.id, "submitted")
            assert office.radio.texts == ["after", "scheduled"]
