"""A modem that comes, goes, falls silent, starts anew or is locked: the line stays."""

import asyncio
import fcntl
import os
import time
from datetime import timedelta

import pytest
from fakes.facts import fact
from fakes.modem_rig import profile
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver

from clerkd.at import errors
from clerkd.clock import SystemClock
from clerkd.errors import Held, Temporary
from clerkd.model.line import LineState
from clerkd.modem.lifecycle import TRANSITIONS, Event, State, advance
from clerkd.modem.line import ModemLine
from clerkd.modem.open import open_link
from clerkd.modem.pin import SessionLedger
from clerkd.simulate.modem import Habits

QUICK = profile(deadlines={"submit": 0.2, "prompt": 0.2, "quick": 0.2, "status": 0.2, "storage": 0.2, "list": 0.2})


def texts(network):
    return [text.text for text in network.phone(PEER).inbox]


def test_an_event_that_the_table_does_not_hold_changes_nothing():
    for state in State:
        for event in Event:
            assert advance(state, event) is TRANSITIONS.get((state, event), state)
        assert advance(state, Event.PORT_LOST) is State.ABSENT


def test_every_state_can_be_reached_and_left():
    assert {to for (_from, _event), to in TRANSITIONS.items()} == set(State)
    assert {start for start, _event in TRANSITIONS} == set(State)


async def test_the_first_command_follows_the_opening_at_once(start_line):
    began = time.monotonic()
    rig = await start_line(ready=False)
    await rig.until(lambda: bool(rig.commands))

    assert rig.commands[0] == "ATQ0V1E0"
    assert time.monotonic() - began < 0.5


async def test_a_line_says_who_it_is(start_line):
    rig = await start_line()
    await rig.until(lambda: rig.line.status().operator is not None)

    status = rig.line.status()
    assert (status.state, status.reason) == (LineState.READY, None)
    assert status.sim == rig.modem.sim.iccid
    assert status.imei == "490154203237518"
    assert status.model == "Virtual Modem"
    assert status.signal_dbm == -113 + 2 * 23
    assert rig.receiver.states[-1] is LineState.READY


async def test_an_idle_line_asks_two_lines_in_a_period(start_line):
    rig = await start_line(line_options={"sweep": timedelta(seconds=0.5)})
    await rig.until(lambda: rig.commands.count("AT+CMGL=4") == 3)  # here, elsewhere, and the first of the periods
    before = rig.written

    await rig.until(lambda: rig.commands.count("AT+CMGL=4") == 9)

    assert rig.written - before == 12
    recent = rig.commands[-12:]
    assert recent.count("AT+CMGL=4") == 6
    assert recent.count("AT+CSQ;+CREG?;+CEREG?;+CGREG?;+CNMI?") in {1, 2}


async def test_notifications_that_the_modem_forgot_are_set_again(start_line):
    rig = await start_line(line_options={"sweep": timedelta(seconds=0.1)})
    rig.modem.firmware._settings.cnmi = (0, 0, 0, 0, 0)
    before = rig.commands.count("AT+CNMI=2,1,0,1,0")

    await rig.until(lambda: rig.commands.count("AT+CNMI=2,1,0,1,0") == before + 1)


async def test_a_modem_that_is_absent_at_the_start_is_taken_when_it_comes(start_line, network, tmp_path):
    line = ModemLine(
        name="support", number=NUMBER, port=str(tmp_path / "ttyUSB0"), receiver=KeepingReceiver(), clock=SystemClock()
    )
    task = asyncio.create_task(line.run())
    await fact(lambda: line.status().reason != "starting")
    assert line.status().state is LineState.ABSENT
    assert "ttyUSB0" in (line.status().reason or "")

    # The port appears under the path that the line looks at.
    rig = await start_line(ready=False, line_options={"opener": never})
    assert str(rig.modem.link) == str(tmp_path / "ttyUSB0")
    async with asyncio.timeout(1.5):
        await line.wait_ready()
    task.cancel()


async def never(port, baud):
    await asyncio.Event().wait()


async def test_a_modem_that_goes_and_comes_is_in_service_within_a_second(start_line, network):
    rig = await start_line()
    rig.modem.gone(0.3)
    await rig.state(LineState.ABSENT)
    await rig.until(lambda: ("back", {"link": str(rig.modem.link)}) in rig.heard)

    back = time.monotonic()
    await rig.ready(2)
    await rig.send("again")

    assert time.monotonic() - back < 1.0
    assert texts(network) == ["again"]


async def test_a_deaf_modem_is_opened_anew_and_answers(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.hang(None)

    with pytest.raises(Temporary):
        await rig.send("not heard")
    await rig.ready(20)
    await rig.send("heard")

    assert texts(network) == ["heard"]


async def test_a_modem_that_is_deaf_for_a_while_is_found_out_by_the_idle_line(start_line, network):
    rig = await start_line(line_options={"profile": QUICK, "sweep": timedelta(seconds=0.2)})
    rig.modem.hang(8)

    await rig.state(LineState.ABSENT, 15)
    assert "answer" in (rig.line.status().reason or "")
    await rig.ready(20)


async def test_a_modem_that_starts_anew_is_set_up_anew(start_line, network):
    rig = await start_line(habits=Habits(boot=("RDY", "SMS Ready")))
    rig.modem.restart()
    await rig.until(lambda: rig.commands.count("AT+CMEE=1") >= 2)
    await rig.ready(10)

    network.phone(PEER).send(NUMBER, "after the restart")
    await rig.receiver.wait(lambda: rig.receiver.texts == ["after the restart"])
    assert LineState.ABSENT in rig.receiver.states[rig.receiver.states.index(LineState.READY) :]


async def test_a_line_without_a_network_waits(start_line, network):
    rig = await start_line()
    rig.modem.firmware.radio.stat = 2
    await rig.state(LineState.SEARCHING)

    assert rig.line.status().reason == "searching for a network"
    with pytest.raises(errors.NoNetworkService):
        await rig.send("not yet")
    waiting = asyncio.create_task(rig.line.wait_ready())
    rig.modem.firmware.radio.stat = 5
    async with asyncio.timeout(5):
        await waiting
    await rig.send("now")

    assert texts(network) == ["now"]


async def test_a_refusal_for_want_of_a_network_asks_for_the_registration(start_line):
    rig = await start_line()
    await rig.until(lambda: rig.line.status().operator is not None)
    rig.modem.faults.apply("cms_code", 331)
    rig.modem.faults.apply("cms_error", "next:1")
    question = "AT+CSQ;+CREG?;+CEREG?;+CGREG?"
    before = rig.commands.count(question)

    with pytest.raises(errors.NoNetworkService):
        await rig.send("refused")

    await rig.until(lambda: rig.commands.count(question) == before + 1)


async def test_a_prompt_left_behind_by_a_killed_program_is_left(start_line, network):
    left = []

    def leave(modem):
        left.append(os.open(modem.link, os.O_RDWR | os.O_NOCTTY))
        os.write(left[0], b"AT+CMGS=20\r")

    rig = await start_line(before=leave)
    os.close(left[0])
    await rig.send("hello")

    assert texts(network) == ["hello"]


async def test_a_port_that_another_program_uses_is_held(start_line):
    rig = await start_line()
    other = ModemLine(
        name="other", number=NUMBER, port=str(rig.modem.link), receiver=KeepingReceiver(), clock=SystemClock()
    )

    with pytest.raises(Held) as held:
        await other.run()

    assert held.value.details["path"] == str(rig.modem.link)
    await rig.send("undisturbed")


async def test_a_port_that_is_taken_while_the_modem_was_away_is_absent_with_the_reason(start_line):
    taken = False

    async def opener(port, baud):
        if taken:
            raise Held(f"another program uses {port}", path=port)
        return await open_link(port, baud)

    rig = await start_line(line_options={"opener": opener})
    taken = True
    rig.modem.gone(0.1)
    await rig.until(lambda: "another program" in (rig.line.status().reason or ""))
    assert rig.line.status().state is LineState.ABSENT
    taken = False
    await rig.ready(5)


async def test_the_pin_is_given_once_and_opens_the_sim(start_line, network):
    rig = await start_line(pin="4321", line_options={"pin": "4321"})
    assert rig.modem.sim.tries == ["4321"]
    assert not any("4321" in line for line in rig.line.recorder.lines())

    rig.modem.restart()
    rig.modem.gone(0.1)
    await rig.state(LineState.ABSENT)
    await rig.ready(5)

    assert rig.modem.sim.tries == ["4321", "4321"]  # a PIN that was right may be given after each power-up


async def test_a_wrong_pin_is_tried_once_whatever_happens(start_line):
    rig = await start_line(ready=False, pin="4321", line_options={"pin": "1111", "ledger": SessionLedger()})
    await rig.state(LineState.LOCKED)
    for _ in range(5):
        rig.modem.gone(0.05)
        await rig.state(LineState.ABSENT)
        await rig.state(LineState.LOCKED)

    assert rig.modem.sim.tries == ["1111"]
    assert "not tried again" in (rig.line.status().reason or "")


@pytest.mark.parametrize(
    ("options", "pin", "words"),
    [
        ({"pin": "4321"}, None, "none is configured"),
        ({"pin": "4321"}, "12", "not 4 to 8 digits"),
        ({"pin": "4321"}, '1";+C', "not 4 to 8 digits"),
    ],
)
async def test_a_sim_that_cannot_be_opened_is_locked_and_says_why(start_line, options, pin, words):
    rig = await start_line(ready=False, line_options={"pin": pin}, **options)
    await rig.state(LineState.LOCKED)

    assert words in (rig.line.status().reason or "")
    assert rig.modem.sim.tries == []


async def test_a_pin_is_not_given_when_only_one_attempt_is_left(start_line):
    def spend(modem):
        modem.sim.pin_attempts = 1

    rig = await start_line(
        ready=False, before=spend, pin="4321", habits=Habits(pin_retries="+CPINR"), line_options={"pin": "1111"}
    )
    await rig.state(LineState.LOCKED)

    assert rig.modem.sim.tries == []
    assert "1 attempt" in (rig.line.status().reason or "")


async def test_a_puk_is_for_people(start_line):
    def block(modem):
        modem.sim.pin_attempts = 0

    rig = await start_line(ready=False, before=block, pin="4321", line_options={"pin": "4321"})
    await rig.state(LineState.LOCKED)

    assert "SIM PUK" in (rig.line.status().reason or "")
    assert rig.modem.sim.tries == []


async def test_a_stopped_line_lets_go_of_its_port(start_line):
    rig = await start_line()
    rig.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rig.task

    descriptor = os.open(rig.modem.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
