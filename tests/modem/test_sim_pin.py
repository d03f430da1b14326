"""The PIN is given once to a SIM and never twice, whatever happens between (hazard H14)."""

import asyncio

import pytest
from fakes.modem_rig import Rig, stop
from fakes.numbers import NUMBER
from fakes.receiver import KeepingReceiver

from clerkd.app.pins import PinFile
from clerkd.clock import SystemClock
from clerkd.model.line import LineState
from clerkd.modem.line import ModemLine
from clerkd.modem.pin import SessionLedger, Slot
from clerkd.simulate.modem import Habits

RESTARTS = 100


async def test_a_wrong_pin_is_given_once_in_a_hundred_restarts(start_line, tmp_path):
    rig = await start_line(ready=False, pin="4321", line_options={"pin": "1111", "ledger": PinFile(tmp_path)})
    await rig.state(LineState.LOCKED)
    await stop(rig.task)
    for _ in range(RESTARTS):
        line = ModemLine(
            name="support",
            number=NUMBER,
            port=str(rig.modem.link),
            receiver=KeepingReceiver(),
            clock=SystemClock(),
            pin="1111",
            ledger=PinFile(tmp_path),
        )
        again = Rig(rig.modem, line, KeepingReceiver(), [], asyncio.create_task(line.run()))
        await again.state(LineState.LOCKED)
        await stop(again.task)

    assert rig.modem.sim.tries == ["1111"]
    assert "modems.NAME.pin" in (line.status().reason or "")


async def test_another_pin_is_another_value_and_opens_the_sim(start_line, tmp_path):
    PinFile(tmp_path).note(["8900101000000000004"], "1111")
    rig = await start_line(pin="4321", line_options={"pin": "4321", "ledger": PinFile(tmp_path)})

    assert rig.modem.sim.tries == ["4321"]


@pytest.mark.parametrize(("first", "then"), [("8900101000000000004", None), (None, "8900101000000000004")])
def test_a_sim_that_could_be_read_at_one_time_only_is_tried_once(first, then):
    ledger = SessionLedger()
    ledger.note(Slot(first, "490154203237518").noted, "1111")

    assert any(ledger.tried(place, "1111") for place in Slot(then, "490154203237518").counted)


def test_another_sim_in_the_same_modem_is_another_sim():
    ledger = SessionLedger()
    ledger.note(Slot("8900101000000000004", "490154203237518").noted, "1111")

    assert not any(ledger.tried(place, "1111") for place in Slot("8900101000000000012", "490154203237518").counted)


async def test_a_modem_that_asks_for_the_pin_after_it_took_it_is_waited_for(start_line):
    rig = await start_line(pin="4321", habits=Habits(pin_settle_s=1.5), line_options={"pin": "4321"})

    assert rig.modem.sim.tries == ["4321"]
    assert rig.commands.count("AT+CPIN?") > 2


async def test_a_pin_whose_attempt_cannot_be_noted_is_not_given(start_line, tmp_path):
    ledger = PinFile(tmp_path / "no such directory")
    rig = await start_line(ready=False, pin="4321", line_options={"pin": "4321", "ledger": ledger})
    await rig.state(LineState.LOCKED)

    assert rig.modem.sim.tries == []
    assert "was not tried" in (rig.line.status().reason or "")


async def test_what_a_modem_says_of_its_sim_at_a_start_does_not_break_off_the_pin(start_line):
    habits = Habits(boot=("RDY", "+CPIN: SIM PIN"))
    rig = await start_line(pin="4321", habits=habits, line_options={"pin": "4321"})
    for _ in range(3):
        rig.modem.restart()
        await rig.until(lambda: rig.line.status().state is not LineState.READY)
        await rig.ready()

    assert set(rig.modem.sim.tries) == {"4321"}
