"""Call forwarding: the network's word is what counts, and what it refuses is said in words."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from fakes.modem_rig import stop
from fakes.numbers import NUMBER
from fakes.receiver import KeepingReceiver
from fakes.scripted_modem import OnPty, ScriptedModem

from clerkd.clock import SystemClock
from clerkd.model.call import Forwarding, Reason, same_number
from clerkd.model.line import LineState
from clerkd.modem.forwarding import ForwardingNotKept, ForwardingRefused
from clerkd.modem.line import ModemLine

TO = "+447700900123"
NOTHING = "+CCFC: 0,7\r\n\r\nOK"
NONE = [Forwarding(reason, active=False) for reason in Reason]


async def test_forwarding_is_set_shown_and_erased(start_line):
    rig = await start_line()

    assert await rig.line.forwarding() == NONE
    shown = await rig.line.forward_calls(Reason.NO_REPLY, TO, 15)
    assert shown[2] == Forwarding(Reason.NO_REPLY, active=True, number=TO, after_s=15)
    assert await rig.line.forward_calls(Reason.UNCONDITIONAL, TO) == await rig.line.forwarding()
    assert [one.active for one in await rig.line.stop_forwarding(Reason.UNCONDITIONAL)] == [False, False, True, False]
    assert await rig.line.stop_forwarding(None) == NONE


async def test_a_line_that_forwards_sees_to_it_at_the_start_and_only_if_need_be(start_line):
    asked = bytearray()
    rig = await start_line(
        line_options={"calls": "forward", "forward_to": TO},
        tapped=lambda direction, octets: asked.extend(octets if direction == "tx" else b""),
    )
    await rig.until(lambda: asked.count(b"AT+CCFC=3,2") == 1)
    assert (await rig.line.forwarding())[0] == Forwarding(Reason.UNCONDITIONAL, active=True, number=TO)
    questions = asked.count(b"AT+CCFC=0,2")

    rig.modem.gone(0.1)
    await rig.until(lambda: asked.count(b"AT+CCFC=0,2") > questions)
    await rig.ready()

    assert asked.count(b"AT+CCFC=0,3") == 1
    assert rig.line.status().state is LineState.READY


@pytest.fixture
async def scripted(tmp_path):
    """Return a function that starts a line over a modem that answers what it is told to."""

    async def start(answers, **options):
        modem = ScriptedModem(answers)
        port = await stack.enter_async_context(OnPty(modem, tmp_path / "modem"))
        line = ModemLine(
            name="support",
            number=NUMBER,
            port=str(port.path),
            receiver=KeepingReceiver(),
            clock=SystemClock(),
            **options,
        )
        stack.push_async_callback(stop, asyncio.create_task(line.run()))
        async with asyncio.timeout(10):
            await line.wait_ready()
        return modem, line

    async with AsyncExitStack() as stack:
        yield start


async def test_a_refusal_is_said_in_words_and_the_line_goes_on_sending(scripted):
    register = f'AT+CCFC=0,3,"{TO}",145'
    answers = {"AT+CCFC=0,2": NOTHING, f"{register},1": "+CME ERROR: 257", register: "+CME ERROR: 257"}
    _, line = await scripted(answers, calls="forward", forward_to=TO)

    async with asyncio.timeout(10):
        while line.status().state is not LineState.DEGRADED:
            await asyncio.sleep(0.01)
    assert line.status().reason.startswith("calls are not forwarded: the network refused call forwarding (+CME ERROR")
    with pytest.raises(ForwardingRefused, match="contract"):
        await line.forward_calls(Reason.UNCONDITIONAL, TO)


async def test_a_modem_that_takes_no_class_is_asked_without_one(scripted):
    register = f'AT+CCFC=1,3,"{TO}",145'
    shown = f'+CCFC: 1,1,"{TO[1:]}",145\r\n\r\nOK'
    answers = {f"{register},1": "ERROR", register: "OK", "AT+CCFC=1,2": shown}
    answers |= {f"AT+CCFC={reason},2": NOTHING for reason in (0, 2, 3)}
    _, line = await scripted(answers)

    assert (await line.forward_calls(Reason.BUSY, TO))[1] == Forwarding(Reason.BUSY, active=True, number=TO)


async def test_a_network_that_takes_it_and_does_not_keep_it_is_not_believed(scripted):
    answers = {f"AT+CCFC={reason},2": NOTHING for reason in range(4)}
    answers[f'AT+CCFC=0,3,"{TO}",145,1'] = "OK"
    _, line = await scripted(answers)

    with pytest.raises(ForwardingNotKept, match="not at all"):
        await line.forward_calls(Reason.UNCONDITIONAL, TO)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(TO, "07700900123", True), (TO, TO[1:], True), (TO, "+447700900124", False), (TO, "", False)],
)
def test_networks_spell_numbers_their_way(one, other, same):
    assert same_number(one, other) is same
