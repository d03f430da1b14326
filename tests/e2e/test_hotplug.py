"""Modems known by what they are: unplugged, renamed, swapped and taken, under the real daemon."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from subprocess import PIPE

import pytest
import yaml
from fakes.daemon import clerkd
from fakes.facts import fact
from fakes.usb_tree import UsbTree
from fakes.world import Daemon

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Habits, VirtualModem
from clerkd.simulate.network import Network

PHONE = "+447700900123"
SUPPORT, SALES = "+14155550100", "+14155550101"
IMEI_A, IMEI_B = "490154203237518", "490154203237500"
ICCID_A, ICCID_B = "8900101000000000004", "8900101000000000012"
LATE_S = 20  # less than the safety look takes


class Machine(Daemon):
    """A daemon on a machine with a USB bus, and the modems that are plugged into it."""

    def __init__(self, directory, stack):
        super().__init__(directory / "clerkd.yaml", directory / "state")
        self.state_dir.mkdir(mode=0o700)
        self.tree = UsbTree(directory / "machine")
        self.network = Network(SystemClock())
        self.sent = {}
        self._stack = stack

    def environment(self):
        return {**super().environment(), "CLERKD_DEVICE_ROOT": str(self.tree.root)}

    def ports(self, *names):
        """Make room for modems on the bus: one device each, without a node yet."""
        return [self.tree.modem(f"1-1.{number}", name)[0] for number, name in enumerate(names, 1)]

    async def plug(self, link, number=SUPPORT, stack=None, **facts):
        self.sent[number] = b""

        def tapped(direction, octets):
            if direction == "tx":
                self.sent[number] += octets

        modem = VirtualModem(link, self.network, number, habits=Habits(model="EC25"), tapped=tapped, **facts)
        return await (stack or self._stack).enter_async_context(modem)

    async def serve(self, **modems):
        """Start with lines `support` and `sales` over the first and the second of `modems`."""
        lines = {
            name: {"number": number, "modem": modem, "countries": ["US", "GB"]}
            for name, number, modem in zip(("support", "sales"), (SUPPORT, SALES), modems, strict=False)
        }
        settings = {"modems": modems, "lines": lines, "http": {"listen": "127.0.0.1:0"}, "log": {"level": "debug"}}
        self.config.write_text(yaml.safe_dump(settings))
        await self.start()
        await self.ready()

    async def line(self, name="support"):
        lines = (await self.get("/v1/status"))["lines"]
        return next(line for line in lines if line["name"] == name)

    async def becomes_so(self, check, name="support"):
        """Wait until the line's facts satisfy `check`, and return them."""
        async with asyncio.timeout(LATE_S):
            while not check(facts := await self.line(name)):
                await asyncio.sleep(0.02)
        return facts

    async def in_service(self, name="support"):
        try:
            return await self.becomes_so(lambda facts: facts["state"] == "ready", name)
        except TimeoutError:
            raise AssertionError(f"{await self.line(name)}\n{self.tail()}") from None

    async def texts(self, line, text):
        """Send over a line and return from which number it came to the phone."""
        await self.send(PHONE, text, line=line)
        phone = self.network.phone(PHONE)
        got = await fact(lambda: [one for one in phone.inbox if one.text == text], LATE_S)
        return got[0].sender


@pytest.fixture
async def machine(tmp_path):
    async with AsyncExitStack() as stack:
        built = Machine(tmp_path, stack)
        yield built
        if built.process is not None:
            await built.kill()


async def test_a_modem_that_comes_back_under_another_name_is_in_service_again(machine):
    first, other = machine.ports("ttyUSB0", "ttyUSB3")
    modem = await machine.plug(first)
    await machine.serve(front={"port": "auto", "imei": IMEI_A})
    assert (await machine.in_service())["port"] == str(first)

    modem.gone(0.5, other)
    await machine.becomes_so(lambda facts: facts["state"] == "absent" and IMEI_A in facts["reason"])

    facts = await machine.in_service()
    assert facts["port"] == str(other)
    assert await machine.texts("support", "Back again") == SUPPORT


async def test_a_name_that_udev_gives_again_is_opened_at_once(machine):
    first, other = machine.ports("ttyUSB0", "ttyUSB3")
    name = machine.tree.by_id("usb-Quectel_EC25_7d1c0a92-if02-port0", first)
    modem = await machine.plug(first)
    await machine.serve(front={"port": str(name), "imei": IMEI_A})
    await machine.in_service()

    modem.gone(0.5, other)
    name.unlink()
    name.parent.rmdir()
    await machine.becomes_so(lambda facts: facts["state"] == "absent")
    await fact(other.exists, LATE_S)
    machine.tree.by_id(name.name, other)

    await machine.in_service()
    assert await machine.texts("support", "Same name") == SUPPORT


async def test_two_modems_that_change_places_keep_their_lines(machine):
    first, second = machine.ports("ttyUSB0", "ttyUSB1")
    one = await machine.plug(first, imei=IMEI_A, iccid=ICCID_A)
    two = await machine.plug(second, SALES, imei=IMEI_B, iccid=ICCID_B)
    await machine.serve(front={"port": "auto", "imei": IMEI_A}, back={"port": "auto", "iccid": ICCID_B})
    await machine.in_service("support")
    await machine.in_service("sales")

    one.gone(0.3, second)
    two.gone(0.3, first)
    for name, port in (("support", second), ("sales", first)):
        await machine.becomes_so(lambda facts, port=port: facts["port"] == str(port), name)
        await machine.in_service(name)

    assert await machine.texts("support", "From support") == SUPPORT
    assert await machine.texts("sales", "From sales") == SALES


async def test_a_line_with_an_iccid_follows_its_sim_into_another_modem(machine):
    first, second = machine.ports("ttyUSB0", "ttyUSB1")
    async with AsyncExitStack() as before:
        await machine.plug(first, stack=before, imei=IMEI_A, iccid=ICCID_A)
        await machine.plug(second, SALES, stack=before, imei=IMEI_B, iccid=ICCID_B)
        await machine.serve(front={"port": "auto", "iccid": ICCID_A}, back={"port": "auto", "iccid": ICCID_B})
        assert (await machine.in_service("support"))["imei"] == IMEI_A
        assert (await machine.in_service("sales"))["imei"] == IMEI_B
    await machine.plug(first, SALES, imei=IMEI_A, iccid=ICCID_B)
    await machine.plug(second, imei=IMEI_B, iccid=ICCID_A)

    for name, imei in (("support", IMEI_B), ("sales", IMEI_A)):
        await machine.becomes_so(lambda facts, imei=imei: facts["imei"] == imei, name)
        await machine.in_service(name)
    assert await machine.texts("support", "Support's SIM") == SUPPORT


async def test_another_modem_at_the_configured_path_is_not_used(machine):
    (port,) = machine.ports("ttyUSB0")
    async with AsyncExitStack() as before:
        await machine.plug(port, stack=before, imei=IMEI_B)
        await machine.serve(front={"port": str(port), "imei": IMEI_A})
        facts = await machine.becomes_so(lambda facts: "another modem" in (facts["reason"] or ""))
        assert (facts["state"], facts["imei"]) == ("absent", None)
    assert b"CNMI=" not in machine.sent[SUPPORT]
    await machine.plug(port, imei=IMEI_A)

    await machine.in_service()


async def test_who_has_the_port_is_said_until_it_is_free(machine):
    (port,) = machine.ports("ttyUSB0")
    await machine.plug(port)
    script = "import fcntl, sys; p = open(sys.argv[1], 'r+b', 0); fcntl.flock(p, 2); print(flush=True); input()"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(port), stdin=PIPE, stdout=PIPE)
    await other.stdout.readline()
    (machine.tree.root / "proc").rmdir()  # the machine's own programs, then
    await machine.serve(front={"port": "auto", "imei": IMEI_A})

    await machine.becomes_so(lambda facts: f"{port} is in use by" in (facts["reason"] or ""))
    _status, out, _err = await clerkd("modem", "list", "--config", machine.config, "--state-dir", machine.state_dir)
    assert f"(pid {other.pid}): stop it" in out
    assert machine.sent[SUPPORT] == b""

    await other.communicate(b"\n")
    (machine.tree.dev / "ttyUSB9").touch()  # whatever is plugged in makes it look again
    await machine.in_service()


async def test_a_scan_asks_the_daemon_and_not_its_modem(machine):
    (port,) = machine.ports("ttyUSB0")
    await machine.plug(port)
    await machine.serve(front={"port": str(port)})
    await machine.in_service()

    options = ("--device-root", machine.tree.root, "--state-dir", machine.state_dir)
    status, out, _err = await clerkd("modem", "scan", *options)

    assert status == 0
    assert "line       support, ready" in out
    assert IMEI_A in out
    assert "There is nothing to add" in out
    assert b"AT+CGMR" not in machine.sent[SUPPORT]


async def test_a_second_daemon_leaves_without_a_word_to_the_modem(machine, tmp_path):
    (port,) = machine.ports("ttyUSB0")
    await machine.plug(port)
    await machine.serve(front={"port": str(port)})
    await machine.in_service()
    before = machine.sent[SUPPORT]

    status, _out, err = await clerkd("run", "--config", machine.config, "--state-dir", tmp_path / "other")

    assert status == os.EX_TEMPFAIL
    assert f"{port} is in use by" in err
    assert f"(pid {machine.process.pid})" in err
    assert machine.sent[SUPPORT] == before
