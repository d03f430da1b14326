"""Who has a port is named by what can be seen, and ModemManager also where it cannot."""

import os

import pytest
from fakes.usb_tree import UsbTree

from clerkd.modem.holders import Holder, holder_of, in_use, suspect


@pytest.fixture
def tree(tmp_path):
    return UsbTree(tmp_path)


@pytest.fixture
def port():
    master, slave = os.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_the_program_that_has_the_port_open_is_the_holder(tree, port):
    tree.program(7, "minicom", "/dev/null")
    tree.program(8, "gammu-smsd", "/dev/null", port)

    assert holder_of(port, tree.root / "proc") == Holder("gammu-smsd", 8)


def test_a_port_that_nobody_has_open_has_no_holder_and_neither_has_one_that_is_not_there(tree, port):
    tree.program(7, "minicom", "/dev/null")

    assert holder_of(port, tree.root / "proc") is None
    assert holder_of("/dev/no-such-port", tree.root / "proc") is None


def test_modem_manager_is_suspected_when_it_runs_and_nobody_is_seen(tree, tmp_path):
    proc, services = tree.root / "proc", tmp_path / "services"
    assert suspect(proc, services) is None

    unit = services / "ModemManager.service"
    unit.mkdir(parents=True)
    (unit / "cgroup.procs").write_text("812\n")
    assert suspect(proc, services) == Holder("ModemManager", 812, seen=False)

    tree.program(813, "ModemManager")
    assert suspect(proc, services) == Holder("ModemManager", 813, seen=False)


def test_what_helps_against_modem_manager_is_the_udev_rule():
    words = in_use("/dev/ttyUSB2", Holder("ModemManager", 812, seen=False))

    assert words.startswith("/dev/ttyUSB2 is in use by ModemManager (pid 812, most likely): ")
    assert "78-clerkd-modems.rules" in words
    assert in_use("/dev/ttyUSB2", Holder("minicom", 7)) == "/dev/ttyUSB2 is in use by minicom (pid 7): stop it"
