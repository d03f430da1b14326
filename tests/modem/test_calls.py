"""Calls: told once each, with the number if there is one, and dropped if the line is only for text."""

import asyncio

import pytest
from fakes.modem_rig import stop
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver
from fakes.scripted_modem import OnPty, ScriptedModem

from clerkd.clock import SystemClock
from clerkd.modem.line import ModemLine


async def test_a_call_is_dropped_and_told_with_its_number(start_line, network):
    rig = await start_line()

    call = network.phone(PEER).call(NUMBER)
    await rig.receiver.wait(lambda: len(rig.receiver.calls) == 1)

    assert rig.receiver.calls[0].caller == PEER
    await rig.until(lambda: call.over)


async def test_a_call_may_ring(start_line, network):
    rig = await start_line(line_options={"calls": "ring"})

    call = network.phone(PEER).call(NUMBER)
    await rig.receiver.wait(lambda: len(rig.receiver.calls) == 1)

    assert not call.over
    assert "AT+CHUP" not in rig.commands
    call.end()


@pytest.fixture
async def scripted(tmp_path):
    modem = ScriptedModem({"AT+CHUP": "ERROR"})
    receiver = KeepingReceiver()
    async with OnPty(modem, tmp_path / "modem") as port:
        line = ModemLine(name="support", number=NUMBER, port=str(port.path), receiver=receiver, clock=SystemClock())
        task = asyncio.create_task(line.run())
        async with asyncio.timeout(5):
            await line.wait_ready()
        yield modem, receiver
        await stop(task)


async def test_a_modem_without_chup_is_hung_up_the_old_way(scripted):
    modem, receiver = scripted

    modem.say("RING", '+CLIP: "4155550123",129')
    await receiver.wait(lambda: len(receiver.calls) == 1)

    assert receiver.calls[0].caller == "4155550123"
    assert modem.asks("ATH") == 1


async def test_a_modem_that_does_not_say_who_rings_is_asked(scripted):
    modem, receiver = scripted
    modem.answers["AT+CLCC"] = '+CLCC: 1,1,4,0,0,"14155550123",145\r\n\r\nOK'

    modem.say("RING")
    await receiver.wait(lambda: len(receiver.calls) == 1)

    assert receiver.calls[0].caller == "+14155550123"
    assert modem.asked.index("AT+CLCC") < modem.asked.index("AT+CHUP")


async def test_rings_of_one_call_are_one_call_and_a_withheld_number_is_none(scripted):
    modem, receiver = scripted

    modem.say("+CRING: VOICE", '+CLIP: "",128', "RING", "RING")
    await receiver.wait(lambda: len(receiver.calls) == 1)
    modem.say("RING", "NO CARRIER")
    modem.say("RING")
    await receiver.wait(lambda: len(receiver.calls) == 2)

    assert [call.caller for call in receiver.calls] == [None, None]


async def test_a_call_that_cannot_be_kept_does_not_end_the_line(scripted):
    modem, receiver = scripted
    receiver.full = True

    modem.say("RING")
    await receiver.wait(lambda: receiver.offers == 1)
    receiver.full = False
    modem.say("NO CARRIER", "RING", '+CLIP: "4155550123",129')
    await receiver.wait(lambda: len(receiver.calls) == 1)
