"""`clerkd simulate modem` as a process of its own, and the commands that it reads."""

import asyncio
import json
import signal
import subprocess
import sys

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE, submit
from fakes.terminal import Terminal

from clerkd.simulate.modem.remote import COMMANDS, Remote, UnknownCommand


@pytest.fixture
async def started(tmp_path):
    """Return a function that starts the command and gives the process, a queue of its events, and a terminal."""
    processes, terminals, tasks = [], [], []

    async def start(*arguments, **options):
        options.setdefault("stdin", subprocess.PIPE)
        link = tmp_path / "modem"
        command = [sys.executable, "-m", "clerkd", "simulate", "modem", "--link", str(link), "--json", *arguments]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, **options)
        processes.append(process)
        events = asyncio.Queue()

        async def listen():
            async for line in process.stdout:
                events.put_nowait(json.loads(line))

        tasks.append(asyncio.create_task(listen()))
        assert (await expect(events, "ready"))["link"] == str(link)
        terminal = Terminal(link).open()
        terminals.append(terminal)
        return process, events, terminal

    yield start
    for terminal in terminals:
        terminal.close()
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.wait()
    for task in tasks:
        await task


async def expect(events, name):
    async with asyncio.timeout(20):
        while True:
            event = await events.get()
            if event["event"] == name:
                return event


def say(process, **command):
    process.stdin.write(json.dumps(command).encode() + b"\n")


async def test_it_sends_receives_reports_and_ends_on_sigterm(started, tmp_path):
    process, events, terminal = await started("--number", MODEM, "--air-log", str(tmp_path / "air.jsonl"))
    await terminal.ask("ATE0")
    await terminal.ask("AT+CNMI=2,1,0,1")

    assert await terminal.send(*submit(status_report=True)) == ["+CMGS: 0", "OK"]
    submitted = await expect(events, "submitted")
    assert (submitted["from"], submitted["to"], submitted["text"]) == (MODEM, PHONE, "Hello")
    assert (await expect(events, "received"))["parts"] == 1
    assert (await expect(events, "reported"))["meaning"] == "delivered"
    await terminal.until(b"+CDS: ")
    assert json.loads((tmp_path / "air.jsonl").read_text())["tpdu"] == submitted["tpdu"]

    say(process, deliver={"from": PHONE, "text": "Hello", "count": 2})
    await terminal.until(b'+CMTI: "SM",2\r\n')
    say(process, call={"from": PHONE, "seconds": 0.05})
    await terminal.until(b"\r\nRING\r\n")
    await terminal.until(b"NO CARRIER\r\n")

    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        assert await process.wait() == 0
    assert not (tmp_path / "modem").is_symlink()


async def test_texts_to_its_own_number_loop_back(started):
    _, _, terminal = await started()
    await terminal.ask("ATE0")
    await terminal.ask("AT+CNMI=2,1")

    assert (await terminal.send(*submit("to myself", to="+14155550100")))[-1] == "OK"
    await terminal.until(b'+CMTI: "SM",1\r\n')


async def test_options_make_another_modem_and_faults_strike(started, tmp_path):
    habits = tmp_path / "habits.yaml"
    habits.write_text(
        "manufacturer: Clerk Works\nmodel: CW-1\nunknown_command: COMMAND NOT SUPPORT\ncnmi_modes: [0, 1]\n"
    )
    _, _, terminal = await started(
        *("--model", "quectel-m95", "--habits", str(habits), "--pin", "1234", "--slots", "5"),
        *("--imei", "490154203237518", "--fault", "cms_error=next:1", "--fault", "cms_code=38", "--seed", "3"),
        stdin=subprocess.DEVNULL,
    )
    await terminal.ask("ATE0+CMEE=1")

    assert await terminal.ask("AT+CGMI;+CGMM") == ["Clerk Works", "CW-1", "OK"]
    assert (await terminal.ask("AT+NONSENSE"))[-1:] == ["COMMAND NOT SUPPORT"]
    assert (await terminal.ask("AT+CNMI=?"))[0].startswith("+CNMI: (0,1),")
    assert await terminal.ask('AT+CPIN="1234"') == ["OK"]
    assert (await terminal.ask("AT+CPMS?"))[0] == '+CPMS: "SM",0,5,"SM",0,5,"SM",0,5'
    assert (await terminal.ask("AT+QPINC?"))[0] == '+QPINC: "SC",3,10'
    assert (await terminal.send(*submit()))[-1] == "+CMS ERROR: 38"
    assert (await terminal.send(*submit()))[-1] == "OK"


async def test_what_is_no_command_is_told_and_harms_nothing(started):
    process, events, _ = await started("--until-eof")

    process.stdin.write(b'no json\n[1]\n{"fault": {"nonsense": 1}}\n\n{"unknown": 1}')
    process.stdin.write_eof()

    reasons = [(await expect(events, "refused"))["reason"] for _ in range(4)]
    assert "nonsense" in reasons[2]
    async with asyncio.timeout(10):
        assert await process.wait() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--model", "nokia-3310"],
        ["--fault", "nonsense=1"],
        ["--fault", "noise=2"],
        ["--number", "123"],
        ["--submit-delay", "-1"],
        ["--slots", "0"],
        [],
    ],
)
def test_options_that_cannot_be_are_wrong_usage(arguments, tmp_path):
    link = ["--link", str(tmp_path / "m")] if arguments else []
    command = [sys.executable, "-m", "clerkd", "simulate", "modem", *link, *arguments]

    done = subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, check=False)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_link_that_is_somebody_elses_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "m").write_text("mine")
    command = [sys.executable, "-m", "clerkd", "simulate", "modem", "--link", str(tmp_path / "m")]

    done = subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, check=False)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_for_people_it_prints_a_line_an_event(tmp_path):
    command = [sys.executable, "-m", "clerkd", "simulate", "modem", "--link", str(tmp_path / "m"), "--until-eof"]

    done = subprocess.run(
        command,
        input='{"deliver": {"from": "+447700900123", "text": "Hello"}}\n',
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    ready, submitted = done.stdout.splitlines()
    assert "ready" in ready
    assert "from=+447700900123 to=+14155550100" in submitted
    assert "text=Hello" in submitted


def test_the_help_names_every_knob_and_command():
    command = [sys.executable, "-m", "clerkd", "simulate", "modem", "--help"]

    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout

    assert "Example:" in said
    for name in ("lost_result", "dribble", *COMMANDS):
        assert name in said


# Commands ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def remote(plug_in, network):
    events = []
    modem, terminal = await plug_in()
    remote = Remote(modem, network, events.append)
    network.listen(remote.happened)
    remote.events, remote.modem, remote.terminal = events, modem, terminal
    return remote


async def test_commands_reach_the_modem_and_its_network(remote, network, tmp_path):
    modem, terminal = remote.modem, remote.terminal
    await terminal.ask("AT+CNMI=2,1;+CREG=1;+CUSD=1")

    remote.apply({"deliver_pdu": "00"})
    await terminal.until(b'+CMTI: "SM",1\r\n')
    remote.apply({"registration": 5, "signal": 9})
    await terminal.until(b"+CREG: 5\r\n")
    assert (await terminal.ask("AT+CSQ"))[0] == "+CSQ: 9,99"
    remote.apply({"ussd": {"*100#": "Balance"}, "push_ussd": "Top up"})
    await terminal.until(b'+CUSD: 0,"Top up",15\r\n')
    assert network.ussd.ask(MODEM, "*100#").text == "Balance"
    remote.apply({"remove_sim": True})
    assert await terminal.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    remote.apply({"insert_sim": True, "fault": {"noise": "next:1"}})
    assert len(await terminal.ask("AT+CPIN?")) == 3

    remote.apply({"phone": {"number": PHONE, "on": False, "landline": False, "answers": True}})
    assert (network.phone(PHONE).on, network.phone(PHONE).answers) == (False, True)
    remote.apply({"expire": PHONE})
    remote.apply({"hang": None})
    assert not modem.reachable
    remote.apply({"gone": {"seconds": 0.01, "link": str(tmp_path / "other"), "power_cycle": False}})
    await fact((tmp_path / "other").exists)
    remote.apply({"restart": True})
    remote.apply({"gone": None})
    assert not (tmp_path / "other").exists()


async def test_calls_are_told(remote):
    remote.apply({"call": {"from": PHONE, "seconds": 0.01, "withheld": True}})

    await fact(lambda: [event for event in remote.events if event.get("state") == "ended"])
    assert remote.events[0]["state"] == "ringing"


@pytest.mark.parametrize(
    "command",
    [
        1,
        [],
        "x",
        {"nonsense": 1},
        {"deliver": {"text": "x"}},
        {"deliver": {"from": PHONE}},
        {"deliver": "x"},
        {"deliver": {"from": "+1" * 20, "text": "x"}},
        {"deliver_pdu": "0"},
        {"gone": "soon"},
        {"hang": "x"},
        {"signal": None},
        {"fault": {"noise": 7}},
        {"call": {"from": MODEM}},
        {"ussd": {"*1#": {}}},
        {"phone": {}},
    ],
)
async def test_a_command_that_cannot_be_is_refused(remote, command):
    with pytest.raises(UnknownCommand):
        remote.apply(command)


async def test_every_command_is_documented(remote):
    assert set(COMMANDS) == set(remote._verbs)
