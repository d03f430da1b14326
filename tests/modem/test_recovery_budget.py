"""What the ladder spends: counted across restarts, and not spent where nothing can be said to the modem."""

import fcntl
import os
import struct

import pytest
from fakes.numbers import PEER
from fakes.radio import ManualClock

from clerkd.app.flights import FlightFiles, flights
from clerkd.modem.link import PortBroken
from clerkd.modem.profile import load_profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.recovering import UNOPENED_S, Care, Recovery
from clerkd.modem.recovery import Limits, Rung
from clerkd.modem.session import PortLost
from clerkd.modem.tty import open_tty

LIMITS = Limits(resets_per_hour=3)
HASTY = Limits(apart_s=0, boot_s=0.5)
SILENT = PortLost("the modem does not answer", silent=True)
_TIOCGPTN = 0x80045430


class Bus:
    """`clerkd.modem.usb.UsbReset` that does what a test says."""

    def __init__(self, done=lambda: None):
        self.ports = []
        self._done = done

    async def reset(self, port: str) -> None:
        self.ports.append(port)
        self._done()


@pytest.fixture
def locked_pty():
    """The path of a port that is there and answers EIO to whoever opens it: a pseudo-terminal that is not unlocked."""
    master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
    (number,) = struct.unpack("I", fcntl.ioctl(master, _TIOCGPTN, bytes(4)))
    yield f"/dev/pts/{number}"
    os.close(master)


def recovery(clock, flights, usb=None):
    return Recovery(
        line="support",
        profile=load_profile("generic"),
        clock=clock,
        recorder=FlightRecorder(),
        care=Care(LIMITS, flights, usb),
    )


async def fail(one, clock, *, minutes):
    """Fail once a minute; return the steps that were taken."""
    for _ in range(minutes):
        clock.advance(60)
        await one.ended(SILENT, "/dev/ttyUSB0", served_s=0)
    return one.tally.steps


async def test_resets_are_counted_across_restarts_of_the_daemon(tmp_path):
    clock = ManualClock()
    steps = await fail(recovery(clock, FlightFiles(tmp_path), Bus()), clock, minutes=10)
    assert steps[Rung.RESET] + steps[Rung.USB] == 3

    for _ in range(3):  # each of them reaches the resets anew, and has none
        steps = await fail(recovery(clock, FlightFiles(tmp_path), Bus()), clock, minutes=8)
        assert (steps[Rung.RESET], steps[Rung.USB]) == (0, 0)
        assert steps[Rung.COOL_DOWN]

    clock.advance(3600)
    steps = await fail(recovery(clock, FlightFiles(tmp_path), Bus()), clock, minutes=6)
    assert steps[Rung.RESET]


async def test_resets_that_cannot_be_read_do_not_stop_a_recovery(tmp_path):
    for words in ("[1, ", '{"a": 1}', '["x"]', "[null]"):
        (tmp_path / "flights").mkdir(exist_ok=True)
        (tmp_path / "flights" / "support.resets.json").write_text(words)
        clock = ManualClock()
        steps = await fail(recovery(clock, FlightFiles(tmp_path)), clock, minutes=6)
        assert steps[Rung.RESET]


async def test_of_a_port_that_cannot_be_opened_only_the_bus_is_asked(tmp_path):
    clock, bus = ManualClock(), Bus()
    one = recovery(clock, FlightFiles(tmp_path), bus)
    pauses = []
    for _ in range(7):
        clock.advance(60)
        pauses.append(await one.unopened("Input/output error", "/dev/ttyUSB0"))
    steps = [flight["step"] for flight in flights(tmp_path, "support")]
    assert steps[:5] == ["reopen", "reopen", "reopen", "usb", "cool-down"]
    assert bus.ports == ["/dev/ttyUSB0"]
    assert pauses[:4] == [UNOPENED_S] * 4
    assert pauses[4] == LIMITS.cool_down_s
    assert not one.resting


async def test_a_port_that_fails_is_not_one_that_is_absent(locked_pty):
    with pytest.raises(PortBroken, match="Input/output error"):
        await open_tty(locked_pty, 115200)


async def test_a_modem_whose_port_fails_comes_back_by_a_reset_of_the_bus(start_line, network, locked_pty):
    links = []

    def spoil(modem):
        links[:] = [modem.link, modem.link.readlink()]
        point(locked_pty)

    def point(target):
        links[0].unlink()
        links[0].symlink_to(target)

    bus = Bus(done=lambda: point(links[1]))
    rig = await start_line(ready=False, before=spoil, line_options={"care": Care(HASTY, usb=bus)})
    await rig.ready(30)
    await rig.send("back")
    assert bus.ports == [str(links[0])]
    assert [text.text for text in network.phone(PEER).inbox] == ["back"]
