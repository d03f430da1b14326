"""Recording a modem: what was said, and what it shows."""

import asyncio

import pytest
from fakes.facts import fact
from fakes.numbers import NUMBER, PEER

from clerkd.at.transcript import Direction, parse
from clerkd.errors import Conflict


async def test_a_recording_tells_times_references_and_noise_and_nothing_private(start_line, network):
    rig = await start_line(submit_delay_s=0.2)
    recording = asyncio.create_task(rig.line.overhear(30))
    await asyncio.sleep(0)
    await rig.send("the code is 4711")
    rig.modem.faults.apply("noise_lines", "^RSSI: 17")
    rig.modem.faults.apply("noise", "next:1")
    network.phone(PEER).send(NUMBER, "my pin is 1234")
    await fact(lambda: rig.receiver.texts)
    await rig.line.at("AT+CSQ")
    rig.line.end_overhearing()

    heard = await recording
    assert [one.reference is not None and one.result_s >= 0.2 for one in heard.submitted] == [True]
    assert heard.noise == ("^RSSI: 17",)
    assert {entry.direction for entry in parse(heard.transcript)} == {Direction.SENT, Direction.RECEIVED}
    assert not any(secret in heard.transcript for secret in (NUMBER[1:], PEER[1:], "4711", "1234"))


async def test_one_listens_at_a_time_and_the_next_one_after_it(start_line):
    rig = await start_line()
    first = asyncio.create_task(rig.line.overhear(30))
    await asyncio.sleep(0)

    with pytest.raises(Conflict):
        await rig.line.overhear(1)
    rig.line.end_overhearing()
    await first
    assert (await rig.line.overhear(0.01)).submitted == ()
