"""A modem that hangs, talks nonsense, restarts or is pulled out at any octet: it comes back, and a text goes once."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from fakes.facts import fact
from fakes.modem_rig import profile, stop
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver
from fakes.scripted_modem import OnPty, ScriptedModem

from clerkd.at.errors import Unanswered
from clerkd.clock import SystemClock
from clerkd.errors import Indeterminate, Temporary
from clerkd.model.line import LineState
from clerkd.modem.flight import Flight
from clerkd.modem.line import ModemLine
from clerkd.modem.recovering import Care
from clerkd.modem.recovery import Limits, Rung
from clerkd.modem.usb import NoUsb, UsbRequests
from clerkd.simulate.modem import Habits

DEADLINES = dict.fromkeys(
    ("quick", "status", "sim", "pin", "radio", "storage", "list", "prompt", "submit", "call"), 0.2
)
QUICK = profile(deadlines={**DEADLINES, "mark": 0.05, "trailer": 0.1})
HASTY = Limits(apart_s=0, boot_s=0.5, steady_s=300, cool_down_s=300)


class Shelf:
    """Flights in memory."""

    def __init__(self):
        self.kept = []
        self.spent = []

    async def keep(self, line: str, flight: Flight) -> None:
        self.kept.append(flight)

    async def keep_resets(self, line: str, at_ms) -> None:
        self.spent = list(at_ms)

    async def resets(self, line: str):
        return self.spent

    @property
    def steps(self):
        return [flight.step for flight in self.kept]


def options(shelf=None, *, usb=None, limits=HASTY, sweep_s=0.2, **more):
    care = Care(limits, shelf or Shelf(), usb)
    return {"profile": QUICK, "sweep": timedelta(seconds=sweep_s), "care": care, **more}


def texts(network):
    return [text.text for text in network.phone(PEER).inbox]


async def test_a_modem_that_stays_deaf_is_reset_within_the_budget_and_then_left_to_a_person(start_line, network):
    shelf = Shelf()
    rig = await start_line(line_options=options(shelf))
    rig.modem.hang(3600)

    await rig.until(lambda: Rung.COOL_DOWN in shelf.steps and rig.modem.is_open, 30)
    assert [step for step in dict.fromkeys(shelf.steps) if step != Rung.USB] == [
        Rung.ESCAPE, Rung.REOPEN, Rung.RADIO, Rung.RESET, Rung.COOL_DOWN,
    ]  # fmt: skip
    assert shelf.steps.count(Rung.RESET) == 2
    assert "pull it out" in (rig.line.status().reason or "")
    assert "every 5 minutes" in (rig.line.status().reason or "")
    before = rig.line.recovery.tally.steps.total()

    rig.modem.gone(0.05)  # somebody does; nobody waits for the end of the pause
    await rig.ready(10)
    await rig.send("back")

    assert texts(network) == ["back"]
    assert rig.line.recovery.tally.steps.total() == before


async def test_each_step_is_kept_with_what_led_to_it(start_line):
    shelf = Shelf()
    rig = await start_line(line_options=options(shelf))
    rig.modem.hang(None)
    await rig.until(lambda: Rung.REOPEN in shelf.steps, 20)

    first = shelf.kept[0]
    assert (first.step, first.reason) == (Rung.ESCAPE, "a command was not answered")
    assert first.said[-1].endswith("> AT+CSQ;+CREG?;+CEREG?;+CGREG?\\r") or first.said[-1].endswith("> AT+CMGL=4\\r")
    reopened = next(flight for flight in shelf.kept if flight.step == Rung.REOPEN)
    assert any("> \\x1bAT+C" in line for line in reopened.said)


async def test_a_modem_that_only_obeys_a_reset_is_reset_and_the_text_goes_once(start_line, network):
    rig = await start_line(habits=Habits(restart_disconnects=True, boot_s=0.2), line_options=options())
    rig.modem.faults.apply("mute", "1")

    await rig.state(LineState.ABSENT)
    await rig.ready(30)
    await rig.send("after the reset")

    assert texts(network) == ["after the reset"]
    assert rig.line.recovery.tally.steps[Rung.RESET] == 1


async def test_a_modem_that_hangs_with_every_text_has_its_radio_switched(start_line):
    rig = await start_line(line_options=options(sweep_s=60))

    async def hang():
        rig.modem.faults.apply("hang_on", "+CMGS")
        with pytest.raises(Temporary):
            await rig.send("in vain")
        await rig.until(lambda: rig.line.recovery.rung is not Rung.ESCAPE)
        await rig.ready(20)

    for _ in range(4):
        await hang()

    assert rig.line.recovery.tally.steps[Rung.RADIO] == 1
    assert rig.commands.count("AT+CFUN=4") == 1
    await rig.send("the modem works, with its radio on again")


async def test_results_that_never_come_are_a_reason_to_begin_anew(start_line):
    shelf = Shelf()
    rig = await start_line(line_options=options(shelf, sweep_s=60))
    rig.modem.faults.apply("lost_result", "next:3")
    for _ in range(3):
        with pytest.raises(Unanswered):
            await rig.send("who knows")

    await rig.until(lambda: Rung.REOPEN in shelf.steps)
    assert "no result" in shelf.kept[-1].reason
    await rig.ready(10)
    await rig.send("known")


async def test_a_line_is_not_ready_before_what_was_not_answered_is_behind_it(start_line, network):
    rig = await start_line(line_options=options(sweep_s=60))
    rig.modem.faults.apply("hang_on", "text")
    with pytest.raises(Unanswered):
        await rig.send("doubtful")

    await rig.ready(15)  # as a dispatcher does: the next text must not be the one that finds the modem deaf
    await rig.send("next")

    assert texts(network) == ["next"]


STATES = (
    "E", "+CMEE", "+CMGF", "+CGMI", "+CGMM", "+CGSN", "+CCID", "+CPIN", "+CFUN", "+CSCA", "+CSMS", "+CPMS", "+CNMI",
    "+CREG", "+CEREG", "+CGREG", "+CLIP", "+CMGL", "+CSQ", "+COPS", "+CMMS", "+CMGS", "text",
)  # fmt: skip


@pytest.mark.parametrize("command", STATES)
async def test_a_modem_that_hangs_at_any_command_is_recovered_and_the_next_text_goes_once(start_line, network, command):
    rig = await start_line(
        ready=False, before=lambda modem: modem.faults.apply("hang_on", command), line_options=options(sweep_s=0.1)
    )
    hung = lambda: any(event == "hung" for event, _facts in rig.heard)  # noqa: E731
    if command in {"+CMMS", "+CMGS", "text"}:
        await rig.ready()
        with suppress(Temporary, Indeterminate):
            await rig.send("first", more=True)
    await rig.until(hung)
    await rig.until(lambda: ("woke", {}) in rig.heard, 15)
    await rig.ready(15)
    await fact_of_sending(rig, "next")

    assert texts(network).count("next") == 1
    assert rig.line.recovery.tally.steps[Rung.RESET] == 0


async def fact_of_sending(rig, text):
    """Send as a dispatcher does: again only if certainly nothing went out."""
    async with asyncio.timeout(15):
        while True:
            try:
                await rig.send(text)
            except Temporary:
                await rig.ready(15)
            else:
                return


@pytest.mark.parametrize("octet", [1, 14, 77, 190, 260, 300, 320, 335, 340])
async def test_a_port_that_vanishes_at_any_octet_comes_back_and_the_text_goes_at_most_once(start_line, network, octet):
    seen = 0
    rigs = []

    def tapped(direction, octets):
        nonlocal seen
        before = seen
        seen += len(octets) if direction == "tx" else 0
        if before < octet <= seen and rigs:
            rigs[0].gone(0.05)

    rig = await start_line(ready=False, before=rigs.append, tapped=tapped, line_options=options(sweep_s=60))
    await rig.ready(15)
    outcome = "sent"
    try:
        await fact_of_sending(rig, "once")
    except Indeterminate:
        outcome = "unknown"
    await rig.until(lambda: seen >= octet)
    await rig.ready(15)

    assert len(texts(network)) <= 1
    if outcome == "sent":
        assert texts(network) == ["once"]
    assert rig.line.recovery.tally.steps[Rung.RESET] == 0


@pytest.mark.parametrize("nonsense", ["\x07\x1f\xfe~~~", "+CMGS", "OKAY", "> > >", "AT", "+CMT: ,24"])
async def test_a_modem_that_answers_nonsense_is_not_taken_for_one_that_works(tmp_path, nonsense):
    shelf = Shelf()
    async with OnPty(ScriptedModem(dict.fromkeys(ScriptedModem().answers, nonsense), otherwise=nonsense),
                     tmp_path / "ttyUSB0") as at:  # fmt: skip
        line = ModemLine(
            name="support", number=NUMBER, port=str(at.path), receiver=KeepingReceiver(), clock=SystemClock(),
            **options(shelf),
        )  # fmt: skip
        task = asyncio.create_task(line.run(), name="line")
        try:
            await fact(lambda: Rung.REOPEN in shelf.steps, 20)
            assert line.status().state is LineState.ABSENT
            with pytest.raises(Temporary):
                await line.at("AT+CSQ")
        finally:
            await stop(task)


async def test_a_modem_that_restarts_all_the_time_is_not_reset_on_top(start_line, network):
    rig = await start_line(habits=Habits(restart_disconnects=True, boot_s=0.05), line_options=options(sweep_s=60))
    for number in range(3):
        rig.modem.restart()
        await rig.state(LineState.ABSENT)
        await rig.ready(10)
        await rig.send(f"text {number}")

    assert texts(network) == [f"text {number}" for number in range(3)]
    assert not rig.line.recovery.tally.steps
    assert rig.line.recovery.tally.lost == 3


def usb_tree(root, port):
    """Make the directories that the kernel shows for a USB modem behind `port`."""
    device = root / "devices" / "usb1" / "1-1" / "1-1.2"
    interface = device / "1-1.2:1.0" / "ttyUSB0"
    interface.mkdir(parents=True)
    (device / "authorized").write_text("1\n")
    tty = root / "class" / "tty" / port.resolve().name
    tty.mkdir(parents=True)
    (tty / "device").symlink_to(interface)
    return root


async def test_a_modem_that_nothing_else_wakes_is_taken_off_the_bus(start_line, network, tmp_path):
    requests = tmp_path / "requests"
    requests.mkdir()
    usb = UsbRequests(requests, sysfs=tmp_path / "sys", taken_s=10)
    rig = await start_line(line_options=options(usb=usb))
    usb_tree(tmp_path / "sys", rig.modem.link)
    rig.modem.hang(3600)

    request = requests / "1-1.2"
    await rig.until(request.exists, 30)
    request.unlink()  # what the unit does first
    rig.modem.gone(0.2)
    await rig.ready(15)
    await rig.send("back on the bus")

    assert texts(network) == ["back on the bus"]
    assert rig.line.recovery.tally.steps[Rung.USB] == 1


async def test_a_usb_reset_that_is_not_set_up_says_how(tmp_path):
    port, requests = tmp_path / "ttyUSB0", tmp_path / "requests"
    port.touch()
    usb = UsbRequests(requests, sysfs=usb_tree(tmp_path / "sys", port), taken_s=0.05)
    for _ in range(2):  # without the directory, and with nobody who looks into it
        with pytest.raises(NoUsb, match=r"enable --now clerkd-usb-reset@1-1\.2\.path"):
            await usb.reset(str(port))
        requests.mkdir(exist_ok=True)

    assert list(requests.iterdir()) == []


async def test_a_port_without_usb_is_never_asked_for_it(tmp_path):
    with pytest.raises(NoUsb, match="not a USB device"):
        await UsbRequests(tmp_path, sysfs=tmp_path / "sys").reset("/dev/ttyS0")
