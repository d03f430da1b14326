"""`clerkd modem scan` over a bus with modems that are fine, silent, taken, or without what they need."""

import json
import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from fakes.daemon import clerkd
from fakes.usb_tree import UsbTree

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Habits, VirtualModem
from clerkd.simulate.network import Network

GOLDEN = Path(__file__).parent / "golden" / "modem-scan.txt"
QUECTEL = Habits(manufacturer="Quectel", model="EC25", revision="EC25EFAR06A03M4G")
IMEI = "490154203237518"


@pytest.fixture
def tree(tmp_path):
    return UsbTree(tmp_path / "machine")


@pytest.fixture
async def plug():
    """Put virtual modems onto ports; what they are sent is kept."""
    network, sent = Network(SystemClock()), {}
    async with AsyncExitStack() as stack:

        async def plug_in(link, number="+14155550100", **facts):
            sent[link] = b""

            def tapped(direction, octets):
                if direction == "tx":
                    sent[link] += octets

            return await stack.enter_async_context(
                VirtualModem(link, network, number, habits=QUECTEL, tapped=tapped, **facts)
            )

        plug_in.sent = sent
        yield plug_in


async def scan(tree, tmp_path, *options):
    """Run the verb where no daemon is."""
    return await clerkd("modem", "scan", "--device-root", tree.root, "--state-dir", tmp_path, *options)


async def test_four_modems_and_what_is_said_of_each(tree, plug, tmp_path):
    fine, _gps = tree.modem("1-1.1", "ttyUSB0", "ttyUSB1", serial="7d1c0a92")
    (silent,) = tree.modem("1-1.2", "ttyUSB2")
    (held,) = tree.modem("1-1.3", "ttyUSB3")
    (bare,) = tree.modem("1-1.4", "ttyUSB4")
    await plug(fine)
    (await plug(silent, "+14155550101")).hang(600)
    await plug(held, "+14155550102")
    (await plug(bare, "+14155550103", imei="490154203237500")).insert_sim(inserted=False)
    tree.by_id("usb-Quectel_EC25_7d1c0a92-if02-port0", fine)
    tree.program(812, "ModemManager", held)

    status, out, err = await scan(tree, tmp_path)

    assert (status, err) == (0, "")
    seen = out.replace(str(tree.root), "")
    if os.environ.get("CLERKD_WRITE_GOLDEN"):
        GOLDEN.write_text(seen)
    assert seen == GOLDEN.read_text()
    assert plug.sent[held] == b""


async def test_nothing_is_written_but_questions(tree, plug, tmp_path):
    (port,) = tree.modem("1-1", "ttyUSB0")
    await plug(port)

    status, _out, _err = await scan(tree, tmp_path)

    assert status == 0
    asked = [line for line in plug.sent[port].decode().split("\r") if line]
    questions = {"AT", "ATE0", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN", "AT+CPIN?", "AT+CCID", "AT+ICCID"}
    assert set(asked) <= questions
    assert len(asked) <= 10


async def test_programs_get_everything_as_json(tree, plug, tmp_path):
    other, port = tree.modem("1-1", "ttyUSB0", "ttyUSB1", first=1)
    await plug(port, pin="1234")
    (tree.dev / other.name).symlink_to("/dev/null")

    status, out, _err = await scan(tree, tmp_path, "--json")

    assert status == 0
    told = json.loads(out)
    (device,) = told["devices"]
    assert device["at_port"] == str(port)
    assert device["ports"][1] == {"path": str(port), "interface": "02", "driver": "option"}
    assert (device["imei"], device["sim"], device["holder"]) == (IMEI, "SIM PIN", None)
    assert device["problems"] == ["the SIM waits for its PIN: give it as pin in the configuration"]
    assert told["configuration"]["modem-1"]["imei"] == IMEI


async def test_a_stick_that_is_no_modem_now_is_explained(tree, tmp_path):
    disk = tree.device("1-1", "12d1", "1f01", product="HUAWEI Mobile")
    tree.interface(disk, 0, "usb-storage", kind="08/06/50")
    card = tree.device("1-2", "12d1", "14dc", product="HUAWEI E3372")
    tree.interface(card, 0, "cdc_ether", kind="02/06/00")
    tree.interface(card, 1, "cdc_ether", kind="0a/00/00")
    tree.device("1-3", "046d", "c077", product="Mouse")

    status, out, _err = await scan(tree, tmp_path)

    assert status == 0
    assert "usb-modeswitch" in out
    assert "HiLink" in out
    assert "Mouse" not in out
    assert "There is nothing to add" in out


async def test_an_empty_bus_is_said(tree, tmp_path):
    status, out, _err = await scan(tree, tmp_path)

    assert status == 0
    assert out.startswith("No USB modem is plugged in")
