"""Asking a port who is there, also when a program before us died in the middle of something."""

import asyncio
import os
import time
import tty

import pytest
from fakes.facts import fact

from clerkd.clock import SystemClock
from clerkd.modem.open import open_link
from clerkd.modem.probe import ask_port
from clerkd.modem.session import PortLost
from clerkd.simulate.modem import Habits, VirtualModem
from clerkd.simulate.network import Network

IMEI, ICCID = "490154203237518", "8900101000000000004"


@pytest.fixture
def cable():
    """A port whose other end is in the test's hands."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    yield master, path
    os.close(master)


def network():
    return Network(SystemClock())


async def test_a_modem_says_who_it_is(tmp_path):
    habits = Habits(manufacturer="Quectel", model="EC25", revision="EC25EFAR06A03M4G")
    async with VirtualModem(tmp_path / "modem", network(), "+14155550100", habits=habits) as modem:
        answers = await ask_port(str(modem.link), open_link)

    assert (answers.manufacturer, answers.model, answers.firmware) == ("Quectel", "EC25", "EC25EFAR06A03M4G")
    assert (answers.imei, answers.sim, answers.iccid) == (IMEI, "READY", ICCID)


async def test_a_prompt_that_somebody_left_open_is_left(tmp_path):
    async with VirtualModem(tmp_path / "modem", network(), "+14155550100") as modem:
        descriptor = os.open(modem.link, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(descriptor)
        os.write(descriptor, b"AT+CMGF=0\rAT+CMGS=20\r")
        await fact(lambda: modem.firmware.dialogue.state.name == "TEXT")
        os.close(descriptor)
        await fact(lambda: not modem.is_open)

        assert (await ask_port(str(modem.link), open_link)).imei == IMEI


async def test_a_port_that_never_stops_talking_is_no_modem(cable):
    master, path = cable
    talking = True

    async def talk():
        while talking:
            os.write(master, b"$GPRMC,,V,,,,,,,,,,N*53\r\n")
            await asyncio.sleep(0.01)

    talk_task = asyncio.create_task(talk())
    began = time.monotonic()
    assert await ask_port(path, open_link) is None
    assert time.monotonic() - began < 15
    talking = False
    await talk_task


async def test_a_port_that_goes_while_it_is_asked_is_told(tmp_path):
    def unplug(_direction, _octets):
        asyncio.get_running_loop().call_soon(modem.gone, None)

    async with VirtualModem(tmp_path / "modem", network(), "+14155550100", tapped=unplug) as modem:
        with pytest.raises(PortLost):
            await ask_port(str(modem.link), open_link)
