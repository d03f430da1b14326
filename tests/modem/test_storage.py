"""A modem's storage: small, full, silent about what it holds, or full of old texts (hazard H7)."""

from datetime import timedelta

import pytest
from fakes.numbers import NUMBER, PEER

from clerkd.model.line import LineState
from clerkd.modem.room import Room
from clerkd.simulate.modem import Habits

SMALL = Habits(sim_slots=10, me_slots=0, storages=("SM",))
SOON = {"sweep": timedelta(seconds=0.5)}


def used(rig):
    return rig.modem.sim.messages.used


@pytest.mark.parametrize("urc", [None, "^SMMEMFULL", "+SMS FULL"])
async def test_two_hundred_texts_come_in_through_ten_slots_that_nobody_announces(start_line, network, urc):
    habits = Habits(sim_slots=10, me_slots=0, storages=("SM",), full_urc=urc)
    rig = await start_line(habits=habits, line_options={"sweep": timedelta(seconds=4)})
    rig.modem.faults.apply("mute_cmti", 1.0)
    phone = network.phone(PEER)
    for n in range(200):
        phone.send(NUMBER, f"text {n}")

    await rig.until(lambda: len(rig.receiver.texts) == 200, 40)
    assert sorted(rig.receiver.texts) == sorted(f"text {n}" for n in range(200))
    await rig.until(lambda: used(rig) <= 2)
    room = rig.line.room
    assert room.unannounced > 150
    assert bool(room.filled) is (urc is not None)


async def test_a_storage_that_stays_full_is_said(start_line, network):
    rig = await start_line(habits=SMALL, line_options=SOON)
    rig.receiver.full = True
    for n in range(9):
        network.phone(PEER).send(NUMBER, f"text {n}")
    await rig.state(LineState.DEGRADED)
    assert "9 of 10" in (rig.line.status().reason or "")

    rig.receiver.full = False
    await rig.state(LineState.READY)
    assert used(rig) == 0


async def test_an_announcement_of_another_storage_is_counted_and_read_there(start_line, network):
    rig = await start_line()
    storage = rig.modem.firmware.storage
    storage.receiving = storage.stores["SM"]
    network.phone(PEER).send(NUMBER, "elsewhere")

    await rig.receiver.wait(lambda: rig.receiver.texts == ["elsewhere"])
    await rig.until(lambda: rig.line.room.misplaced == 1)


@pytest.mark.parametrize(("used", "words"), [([8, 8, 8], False), ([9, 0, 9], False), ([9, 9], True), ([10, 10], True)])
def test_only_a_storage_that_stays_full_is_worth_words(used, words):
    room = Room("support")

    assert [room.judge(number, 10) is not None for number in used][-1] is words
