"""Every fault knob does what it says, and only that."""

import asyncio

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE, submit

from clerkd.codec import pdu
from clerkd.simulate.modem import Faults, UnknownFault


async def nothing_comes(terminal, seconds=0.1):
    with pytest.raises(TimeoutError):
        await terminal.until(b"OK\r\n", deadline_s=seconds)


async def enter(terminal, command, text):
    terminal.type(command.encode() + b"\r")
    await terminal.until(b"> ")
    terminal.type(text.encode() + b"\x1a")


# Results -----------------------------------------------------------------------------------------------------


async def test_lost_result_sends_and_says_nothing(plug_in, network):
    modem, terminal = await plug_in()
    modem.faults.apply("lost_result", "next:1")

    await enter(terminal, *submit())

    await nothing_comes(terminal)
    assert terminal.heard == b""
    assert len(network.air.records) == 1
    assert await terminal.send(*submit()) == ["+CMGS: 1", "OK"]


async def test_lost_message_neither_sends_nor_says_anything(plug_in, network):
    modem, terminal = await plug_in()
    modem.faults.apply("lost_message", "next:1")

    await enter(terminal, *submit())

    await nothing_comes(terminal)
    assert terminal.heard == b""
    assert network.air.records == []
    assert (await terminal.send(*submit()))[-1] == "OK"


async def test_lost_ok_tells_the_reference_only(plug_in, network):
    modem, terminal = await plug_in()
    modem.faults.apply("lost_ok", "next:1")

    await enter(terminal, *submit())

    await nothing_comes(terminal)
    assert terminal.heard == b"\r\n+CMGS: 0\r\n"
    assert len(network.air.records) == 1


async def test_late_result_comes_after_the_driver_gave_up(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("late_result", "next:1")
    modem.faults.apply("late_by", 0.2)

    await enter(terminal, *submit())

    await nothing_comes(terminal, 0.1)
    assert await terminal.until(b"OK\r\n") == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"


async def test_cms_error_refuses_with_one_of_the_codes(plug_in, network):
    modem, terminal = await plug_in()
    modem.faults.apply("cms_error", 1)
    modem.faults.apply("cms_code", "38,500")

    answers = {(await terminal.send(*submit()))[0] for _ in range(20)}

    assert answers == {"+CMS ERROR: 38", "+CMS ERROR: 500"}
    assert network.air.records == []


async def test_the_same_seed_gives_the_same_faults(plug_in, tmp_path):
    async def run(number):
        modem, terminal = await plug_in(number=f"+1415555010{number}", link=tmp_path / f"ttyUSB{number}")
        modem.faults.apply("seed", 7)
        modem.faults.apply("cms_error", 0.5)
        return [(await terminal.send(*submit()))[0].startswith("+CMS") for _ in range(20)]

    first, second = await run(1), await run(2)

    assert first == second
    assert 0 < sum(first) < 20


# Reports -----------------------------------------------------------------------------------------------------


async def test_early_report_overtakes_its_result(plug_in):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,1")
    modem.faults.apply("early_report", 1)

    await enter(terminal, *submit(status_report=True))

    said = await terminal.until(b"OK\r\n")
    assert said.index(b"+CDS: ") < said.index(b"+CMGS: 0")


async def test_early_report_gives_up_on_a_report_that_does_not_come(plug_in, network, monkeypatch):
    monkeypatch.setattr("clerkd.simulate.modem.submission.REPORT_WAIT_S", 0.05)
    modem, terminal = await plug_in()
    modem.faults.apply("early_report", 1)
    network.delivery_delay_s = 60

    assert await terminal.send(*submit(status_report=True)) == ["+CMGS: 0", "OK"]


async def test_duplicate_report_says_it_twice(plug_in):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,1")
    modem.faults.apply("duplicate_report", "next:1")

    await terminal.send(*submit(status_report=True))

    await terminal.until(b"+CDS: 25\r\n")
    await terminal.until(b"+CDS: 25\r\n")


# Prompt ------------------------------------------------------------------------------------------------------


async def test_slow_prompt_takes_its_time(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("slow_prompt", 0.15)
    loop = asyncio.get_running_loop()

    begun = loop.time()
    assert (await terminal.send(*submit()))[-1] == "OK"
    assert loop.time() - begun >= 0.15


async def test_no_prompt_awaits_text_all_the_same_until_esc(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("no_prompt", "next:1")

    terminal.type(b"AT+CMGS=18\r")
    await nothing_comes(terminal)
    terminal.type(b"AT\r")
    await nothing_comes(terminal)
    terminal.type(b"\x1b")
    await terminal.until(b"OK\r\n")
    assert await terminal.ask("AT") == ["OK"]


async def test_urc_in_prompt_comes_between_prompt_and_result(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("urc_in_prompt", 1)
    modem.faults.apply("noise_lines", "^RSSI:18")

    terminal.type(b"AT+CMGS=18\r")
    assert await terminal.until(b"18\r\n") == b"\r\n> \r\n^RSSI:18\r\n"
    terminal.type(submit()[1].encode() + b"\x1a")
    assert await terminal.until(b"OK\r\n") == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"


# Noise -------------------------------------------------------------------------------------------------------


async def test_noise_comes_before_and_inside_answers(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("noise", 1)
    modem.faults.apply("noise_inside", 1)
    modem.faults.apply("noise_lines", "^BOOT:1")

    assert await terminal.ask("AT+CSQ") == ["^BOOT:1", "+CSQ: 23,99", "^BOOT:1", "OK"]


async def test_garbage_is_no_text_in_any_encoding(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("garbage", 1)

    terminal.type(b"AT\r")
    assert await terminal.until(b"OK\r\n") == b"\xff\x00\xfe\x80\r\n\r\nOK\r\n"


async def test_dribble_writes_a_few_octets_at_a_time(plug_in, monkeypatch):
    modem, terminal = await plug_in()
    modem.faults.apply("dribble", 3)
    modem.faults.apply("dribble_pause", 0.005)
    pieces = []
    readable = terminal._readable

    def note():
        before = len(terminal.heard)
        readable()
        pieces.append(len(terminal.heard) - before)

    terminal.close()
    monkeypatch.setattr(terminal, "_readable", note)
    terminal.open()

    assert await terminal.ask("AT+CGMM") == ["Virtual Modem", "OK"]
    assert len(pieces) > 4
    assert max(pieces) <= 12  # a slow reader may find several pieces at once


async def test_echo_ignores_ate0(plug_in):
    modem, terminal = await plug_in()
    modem.faults.apply("echo", value=True)

    terminal.type(b"ATE0\r")
    assert await terminal.until(b"OK\r\n") == b"ATE0\r\r\nOK\r\n"


async def test_a_line_at_9600_baud_takes_its_time(plug_in):
    _, terminal = await plug_in(baud=9600)
    loop = asyncio.get_running_loop()

    begun = loop.time()
    answer = await terminal.ask("AT+CLAC")
    octets = sum(len(line) + 2 for line in answer)
    assert loop.time() - begun > octets * 10 / 9600 * 0.8


# Storage -----------------------------------------------------------------------------------------------------


async def test_storage_full_refuses_what_comes_until_it_is_over(plug_in, network):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")
    modem.faults.apply("storage_full", value=True)
    network.phone(PHONE).send(MODEM, "waits")

    async with asyncio.timeout(5):
        while (await terminal.ask("AT+CPMS?"))[0] != '+CPMS: "SM",20,20,"SM",20,20,"SM",20,20':
            await asyncio.sleep(0.01)
    assert network.waiting(MODEM) == 1

    modem.faults.apply("storage_full", value=False)
    network.memory_available(MODEM)
    await terminal.until(b'+CMTI: "SM",1\r\n')


async def test_mute_cmti_stores_in_silence(plug_in, network):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")
    modem.faults.apply("mute_cmti", "next:1")

    network.phone(PHONE).send(MODEM, "silent")
    network.phone(PHONE).send(MODEM, "told")

    assert await terminal.until(b"\r\n+CMTI: ") + await terminal.until(b"\r\n") == b'\r\n+CMTI: "SM",2\r\n'
    assert (await terminal.ask("AT+CMGR=1"))[-1] == "OK"


async def test_duplicate_cmti_tells_twice(plug_in, network):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")
    modem.faults.apply("duplicate_cmti", "next:1")

    network.phone(PHONE).send(MODEM, "x")

    await terminal.until(b'+CMTI: "SM",1\r\n')
    await terminal.until(b'+CMTI: "SM",1\r\n')


async def test_delete_fails_leaves_the_message(plug_in, network):
    modem, terminal = await plug_in()
    network.phone(PHONE).send(MODEM, "x")
    await fact(lambda: not network.waiting(MODEM))
    modem.faults.apply("delete_fails", "next:1")

    assert await terminal.ask("AT+CMGD=1") == ["+CMS ERROR: 320"]
    assert (await terminal.ask("AT+CMGR=1"))[-1] == "OK"
    assert await terminal.ask("AT+CMGD=1") == ["OK"]


# Hanging and going away --------------------------------------------------------------------------------------


async def test_a_modem_that_hangs_hears_and_says_nothing_for_so_long(plug_in, network):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")

    modem.hang(0.2)
    network.phone(PHONE).send(MODEM, "meanwhile")
    terminal.type(b"AT\r")
    await nothing_comes(terminal)
    assert terminal.heard == b""

    await terminal.until(b'+CMTI: "SM",1\r\n')  # the network tries again when it is back
    assert await terminal.ask("AT") == ["OK"]


async def test_a_modem_that_hangs_until_it_is_reopened(plug_in):
    modem, terminal = await plug_in()
    modem.hang(None)
    terminal.type(b"AT\r")
    await nothing_comes(terminal)

    terminal.close()
    terminal.open()

    assert await terminal.ask("AT") == ["OK"]


async def test_hang_on_a_command_or_in_the_text(plug_in, network):
    modem, terminal = await plug_in()
    modem.faults.apply("hang_on", "+CSQ")
    modem.faults.apply("hang_for", 0.1)
    terminal.type(b"AT+CSQ\r")
    await nothing_comes(terminal, 0.05)
    await fact(lambda: modem.firmware.dialogue.state.name == "COMMAND")
    assert await terminal.ask("AT+CSQ") == ["+CSQ: 23,99", "OK"]

    modem.faults.apply("hang_on", "text")
    await enter(terminal, *submit())
    await nothing_comes(terminal, 0.05)
    await fact(lambda: modem.firmware.dialogue.state.name == "COMMAND")
    assert network.air.records == []
    assert terminal.heard == b""


async def test_hanging_in_the_middle_of_a_slow_message_loses_it(plug_in, network):
    modem, terminal = await plug_in(submit_delay_s=0.1)
    await enter(terminal, *submit())

    modem.hang(0.15)

    await fact(lambda: modem.firmware.dialogue.state.name == "COMMAND")
    assert network.air.records == []
    assert (await terminal.send(*submit()))[-1] == "OK"


async def test_a_port_that_goes_hangs_up_and_comes_back_under_its_name(plug_in):
    modem, terminal = await plug_in()

    modem.gone(0.05)

    await fact(lambda: terminal.hung_up)
    assert not modem.link.exists()
    await fact(modem.link.exists)
    terminal.open()
    assert (await terminal.ask("ATE0"))[-1] == "OK"
    assert await terminal.ask("AT+CMEE?") == ["+CMEE: 0", "OK"]  # it lost its power


async def test_a_port_can_come_back_under_another_name_without_losing_power(plug_in, tmp_path):
    modem, terminal = await plug_in()

    modem.gone(0.01, tmp_path / "ttyUSB3", power_cycle=False)

    await fact((tmp_path / "ttyUSB3").exists)
    assert not (tmp_path / "ttyUSB0").exists()
    terminal.close()
    terminal.path = tmp_path / "ttyUSB3"
    terminal.open()
    assert await terminal.ask("AT+CMEE?") == ["+CMEE: 1", "OK"]


async def test_what_comes_while_the_port_is_gone_waits_in_the_network(plug_in, network):
    modem, _ = await plug_in()
    modem.gone(0.1)

    network.phone(PHONE).send(MODEM, "waits")
    await fact(modem.link.exists)

    await fact(lambda: modem.firmware.storage.stores["SM"].used == 1)


async def test_drop_in_text_takes_the_port_away_before_the_message_is_complete(plug_in, network):
    modem, terminal = await plug_in()
    modem.faults.apply("drop_in_text", "next:1")
    modem.faults.apply("gone_for", 0.02)

    await enter(terminal, *submit())

    await fact(lambda: terminal.hung_up)
    await fact(modem.link.exists)
    assert network.air.records == []


async def test_a_restart_says_what_the_vendor_says(plug_in):
    modem, terminal = await plug_in(boot=("RDY", "SMS Ready"), boot_s=0.05)

    assert await terminal.ask("AT+CFUN=1,1") == ["OK"]

    await terminal.until(b"\r\nRDY\r\n\r\nSMS Ready\r\n")
    assert (await terminal.ask("ATE0"))[-1] == "OK"
    assert not terminal.hung_up
    assert modem.reachable


async def test_a_restart_of_a_usb_stick_takes_the_port_away(plug_in):
    modem, terminal = await plug_in(restart_disconnects=True, boot_s=0.05)

    terminal.type(b"AT+CFUN=1,1\r")

    await fact(lambda: terminal.hung_up)
    await fact(modem.link.exists)


# Knobs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonsense", 1),
        ("random", 1),
        ("noise", 1.5),
        ("noise", "often"),
        ("noise", {"nxt": 1}),
        ("dribble", -1),
        ("slow_prompt", "-1"),
        ("echo", "maybe"),
        ("cms_code", "38,x"),
        ("seed", None),
    ],
)
def test_a_knob_that_cannot_be_turned_is_refused(name, value):
    with pytest.raises(UnknownFault):
        Faults().apply(name, value)


def test_a_chance_can_be_a_probability_or_the_next_occasions():
    faults = Faults()

    faults.apply("noise", "next:2:1")
    assert [faults.strikes("noise") for _ in range(5)] == [False, True, True, False, False]
    faults.apply("noise", {"next": 1, "after": 2})
    assert [faults.strikes("noise") for _ in range(4)] == [False, False, True, False]
    faults.apply("noise", 0.5)
    struck = [faults.strikes("noise") for _ in range(100)]
    assert 20 < sum(struck) < 80

    faults.apply("seed", 0)
    again = Faults()
    again.apply("noise", 0.5)
    assert [faults.strikes("noise") for _ in range(100)] == [again.strikes("noise") for _ in range(100)]


async def test_all_noise_at_once_and_still_every_message_goes_out_once(plug_in, network):
    modem, terminal = await plug_in()
    for name, value in (("noise", 0.3), ("noise_inside", 0.3), ("garbage", 0.2), ("dribble", 3), ("echo", True)):
        modem.faults.apply(name, value)
    modem.faults.apply("dribble_pause", 0)

    for number in range(20):
        command, typed = submit(f"n {number}")
        assert (await terminal.send(command, typed))[-1] == "OK"

    texts = [pdu.decode(b"\0" + record.tpdu).tpdu.user_data.text for record in network.air.records]
    assert texts == [f"n {number}" for number in range(20)]
