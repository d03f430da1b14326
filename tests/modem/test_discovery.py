"""Which port of a device is asked first, what is said of those that do not answer, and whose modem is whose."""

import asyncio
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from fakes.facts import fact
from fakes.usb_tree import UsbTree
from hypothesis import given
from hypothesis import strategies as st

from clerkd.clock import SystemClock
from clerkd.modem.discovery import examine, in_order, known_ports
from clerkd.modem.discovery_finders import PathFinder, Wanted, same_sim
from clerkd.modem.discovery_search import Search
from clerkd.modem.hotplug import Hotplug
from clerkd.modem.session import PortLost
from clerkd.modem.sysfs import MAKERS, Roots, usb_devices
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.network import Network

IMEI, OTHER_IMEI = "490154203237518", "490154203237500"
ICCID = "8900101000000000004"
DEADLINE_S = 20


@pytest.fixture
def tree(tmp_path):
    return UsbTree(tmp_path)


@pytest.fixture
def network():
    return Network(SystemClock())


@pytest.fixture
async def search(tree):
    """A search over the tree that runs."""
    hotplug = Hotplug([tree.dev])
    built = Search(hotplug, Roots.under(str(tree.root)))
    tasks = [asyncio.create_task(hotplug.run()), asyncio.create_task(built.run())]
    yield built
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def only_device(tree):
    (device,) = usb_devices(Roots.under(str(tree.root)))
    return device


def names(ttys):
    return [tty.path.name for tty in ttys]


def test_the_port_that_a_profile_names_is_asked_first(tree):
    for tty in tree.modem("1-1", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3", first=0):
        tty.touch()

    assert names(in_order(only_device(tree), known_ports())) == ["ttyUSB2", "ttyUSB0", "ttyUSB1", "ttyUSB3"]


def test_where_numbers_say_nothing_the_kind_of_the_interface_does(tree):
    stick = tree.device("1-1", "12d1", "1506", product="HUAWEI Mobile")
    kinds = {"ttyUSB0": "ff/01/01", "ttyUSB1": "ff/01/02", "ttyUSB2": "ff/01/03"}
    for number, (name, kind) in enumerate(kinds.items()):
        tree.tty(stick, number, name, kind).touch()

    assert names(in_order(only_device(tree), known_ports())) == ["ttyUSB1", "ttyUSB2", "ttyUSB0"]


def test_ports_are_taken_in_order_of_their_interfaces_when_nothing_is_known(tree):
    device = tree.device("1-1", "dead", "beef")
    for number, name in ((3, "ttyACM0"), (1, "ttyACM1")):
        tree.tty(device, number, name).touch()

    assert names(in_order(only_device(tree), known_ports())) == ["ttyACM1", "ttyACM0"]


def test_a_device_that_goes_while_it_is_read_is_not_there(tree):
    tree.modem("1-1", "ttyUSB0")

    assert only_device(tree).ttys == ()


async def test_the_modem_is_found_behind_a_port_that_says_nothing(tree, network):
    first, second = tree.modem("1-1", "ttyUSB2", "ttyUSB3")
    silent = VirtualModem(first, network, "+14155550101")
    async with silent, VirtualModem(second, network, "+14155550100"):
        silent.hang(60)

        found = await examine(only_device(tree), Roots.under(str(tree.root)))

    assert (found.port.path, found.answers.imei, found.answers.iccid) == (second, IMEI, ICCID)
    assert not silent.is_open


async def test_a_port_that_cannot_be_opened_is_told(tree):
    (port,) = tree.modem("1-1", "ttyUSB0")
    port.mkdir()  # what even root cannot open as a port

    found = await examine(only_device(tree), Roots.under(str(tree.root)))

    assert found.answers is None
    assert str(port) in found.problems[0]


async def test_a_modem_that_is_still_starting_is_asked_until_it_answers(tree, network, search):
    (port,) = tree.modem("1-1", "ttyUSB0")
    reasons = []
    finding = asyncio.create_task(search.find(Wanted(imei=IMEI), reasons.append))
    async with VirtualModem(port, network, "+14155550100") as modem:
        modem.hang(1.5)
        async with asyncio.timeout(DEADLINE_S):
            assert await finding == str(port)
    assert any("nobody answers AT" in reason for reason in reasons)


async def test_lines_that_wait_share_one_search_and_get_each_their_own(tree, network, search):
    first, second = tree.modem("1-1", "ttyUSB0")[0], tree.modem("1-2", "ttyUSB1")[0]
    opened = []
    wanted = (Wanted(iccid=ICCID), Wanted(imei=OTHER_IMEI))
    finding = [asyncio.create_task(search.find(one, lambda _reason: None)) for one in wanted]
    async with (
        VirtualModem(first, network, "+14155550100", heard=lambda event, _facts: opened.append(event)),
        VirtualModem(second, network, "+14155550101", imei=OTHER_IMEI, iccid="8900101000000000012"),
        asyncio.timeout(DEADLINE_S),
    ):
        assert [await one for one in finding] == [str(first), str(second)]
    assert opened.count("opened") == 1


async def test_a_port_is_asked_again_after_somebody_else_was_found_there(tree, network, search):
    (port,) = tree.modem("1-1", "ttyUSB0")
    async with VirtualModem(port, network, "+14155550100") as modem, asyncio.timeout(DEADLINE_S):
        await search.find(Wanted(iccid=ICCID), lambda _reason: None)
        modem.sim.iccid = "8900101000000000012"
        search.forget(str(port))

        assert await search.find(Wanted(iccid=modem.sim.iccid), lambda _reason: None) == str(port)


async def test_a_sim_that_is_readable_later_than_its_modem_is_found_too(tree, network, search):
    (port,) = tree.modem("1-1", "ttyUSB0")
    async with VirtualModem(port, network, "+14155550100") as modem, asyncio.timeout(DEADLINE_S):
        modem.insert_sim(inserted=False)
        reasons = []
        finding = asyncio.create_task(search.find(Wanted(iccid=ICCID), reasons.append))
        await fact(lambda: any("1 other found" in reason for reason in reasons))
        modem.insert_sim(inserted=True)

        assert await finding == str(port)


async def test_nothing_is_asked_while_nobody_waits(tree, network, search):
    (port,) = tree.modem("1-1", "ttyUSB0")
    opened = []
    modem = VirtualModem(port, network, "+14155550100", heard=lambda event, _facts: opened.append(event))
    async with modem, asyncio.timeout(DEADLINE_S):
        (tree.dev / "ttyUSB9").touch()
        await fact(lambda: search._hotplug.changes >= 2)
        assert opened == []
        await search.find(Wanted(imei=IMEI), lambda _reason: None)
        assert "opened" in opened


@given(st.from_regex(r"89\d{17}", fullmatch=True), st.sampled_from("0123456789"))
def test_a_sim_is_known_with_and_without_its_check_digit_and_filler(digits, check):
    assert same_sim(digits, digits + check)
    assert same_sim(digits + "F", digits)
    assert not same_sim(digits, digits[:-1] + str((int(digits[-1]) + 1) % 10))
    assert not same_sim(digits, digits[:15])


def test_with_an_iccid_the_line_belongs_to_the_sim_and_otherwise_to_the_modem():
    assert Wanted(imei=IMEI, iccid=ICCID).suits(imei=OTHER_IMEI, iccid=ICCID)
    assert not Wanted(imei=IMEI, iccid=ICCID).suits(imei=IMEI, iccid=None)
    assert Wanted(imei=IMEI).suits(imei=IMEI, iccid=None)
    assert not Wanted(imei=IMEI).suits(imei=None, iccid=ICCID)


def test_a_path_with_another_modem_or_sim_than_configured_is_refused():
    finder = PathFinder("/dev/ttyUSB0", Wanted(imei=IMEI))
    finder.confirm("/dev/ttyUSB0", imei=IMEI)
    with pytest.raises(PortLost, match=f"another modem is at /dev/ttyUSB0 \\(IMEI {OTHER_IMEI}"):
        finder.confirm("/dev/ttyUSB0", imei=OTHER_IMEI)
    finder = PathFinder("/dev/ttyUSB0", Wanted(iccid=ICCID))
    finder.confirm("/dev/ttyUSB0", imei=OTHER_IMEI, sim=ICCID)
    with pytest.raises(PortLost, match="holds another SIM"):
        finder.confirm("/dev/ttyUSB0", imei=IMEI, sim="8900101000000000012")


def test_every_maker_that_a_profile_names_is_known():
    assert {port.vendor_id for port in known_ports()} <= MAKERS.keys()


RULES = Path(__file__).parents[2] / "hardware/udev/78-clerkd-modems.rules"


def test_the_udev_rules_cover_the_makers_that_a_scan_knows():
    assert set(re.findall(r'ATTRS\{idVendor\}=="(\w{4})"', RULES.read_text())) == MAKERS.keys()


@pytest.mark.skipif(shutil.which("udevadm") is None, reason="needs udevadm, which this machine does not have")
def test_udev_reads_the_rules():
    verified = subprocess.run(["udevadm", "verify", RULES], capture_output=True, text=True, check=False)
    if "Unknown command" in verified.stderr + verified.stdout:
        pytest.skip("this udev cannot verify rules")
    assert verified.returncode == 0, verified.stdout + verified.stderr
