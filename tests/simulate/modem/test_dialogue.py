"""V.250: command lines, echo, result codes, aborting."""

import asyncio

import pytest
from fakes.sms import submit


async def test_what_is_typed_is_echoed_until_ate0(plug_in):
    _, terminal = await plug_in(prepare=False)

    terminal.type(b"AT\r")
    assert await terminal.until(b"OK\r\n") == b"AT\r\r\nOK\r\n"
    terminal.type(b"ATE0\r")
    assert await terminal.until(b"OK\r\n") == b"ATE0\r\r\nOK\r\n"
    terminal.type(b"AT\r")
    assert await terminal.until(b"OK\r\n") == b"\r\nOK\r\n"


async def test_atv0_answers_with_digits_and_atq1_not_at_all(plug_in):
    _, terminal = await plug_in()

    terminal.type(b"ATV0\r")
    assert await terminal.until(b"0\r") == b"0\r"
    terminal.type(b"AT+CSQ\r")
    assert await terminal.until(b"0\r") == b"+CSQ: 23,99\r\n0\r"
    terminal.type(b"AT+WRONG\r")
    assert await terminal.until(b"4\r") == b"4\r"
    terminal.type(b"ATQ1\rATV1Q0\r")
    assert await terminal.until(b"OK\r\n") == b"\r\nOK\r\n"


async def test_commands_on_one_line_share_one_result_and_the_first_error_ends_the_line(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("ATE0V1+CSQ;+CMEE?;I3") == [
        "+CSQ: 23,99",
        "+CMEE: 1",
        "clerkd Virtual Modem 1.0",
        "OK",
    ]
    assert await terminal.ask("AT+CSQ;+NONSENSE;+CMEE=0") == ["+CSQ: 23,99", "ERROR"]
    assert await terminal.ask("AT+CMEE?") == ["+CMEE: 1", "OK"]


async def test_lower_case_spaces_and_garbage_before_at_do_not_matter(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("xyz at + c m e e = 2 ; + cmee ?") == ["+CMEE: 2", "OK"]


async def test_a_line_without_at_gets_no_answer(plug_in):
    _, terminal = await plug_in()

    terminal.type(b"+CSQ\r\r\n\x1b\r")
    assert await terminal.ask("AT") == ["OK"]
    assert terminal.heard == b""


async def test_a_slash_repeats_the_last_line_at_once(plug_in):
    _, terminal = await plug_in()
    await terminal.ask("AT+CSQ")

    terminal.type(b"A/")
    assert await terminal.until(b"OK\r\n") == b"\r\n+CSQ: 23,99\r\n\r\nOK\r\n"


async def test_backspace_takes_back_a_character(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+CSW\x08Q") == ["+CSQ: 23,99", "OK"]


async def test_a_line_that_is_too_long_is_an_error(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+CSQ" + "X" * 5000) == ["ERROR"]
    assert await terminal.ask("AT") == ["OK"]


@pytest.mark.parametrize(
    ("level", "answer"), [(0, "ERROR"), (1, "+CME ERROR: 50"), (2, "+CME ERROR: incorrect parameters")]
)
async def test_errors_are_told_as_cmee_wants_them(plug_in, level, answer):
    _, terminal = await plug_in()

    await terminal.ask(f"AT+CMEE={level}")
    assert await terminal.ask("AT+CMEE=9") == [answer]


@pytest.mark.parametrize(
    ("level", "answer"), [(0, "ERROR"), (1, "+CMS ERROR: 321"), (2, "+CMS ERROR: invalid memory index")]
)
async def test_errors_of_the_message_service_have_their_own_numbers(plug_in, level, answer):
    _, terminal = await plug_in()

    await terminal.ask(f"AT+CMEE={level}")
    assert await terminal.ask("AT+CMGR=99") == [answer]


@pytest.mark.parametrize(
    "line",
    [
        "AT+CMEE=",
        "AT+CMEE=1,1",
        "AT+CMEE=1,",
        "AT+CMEE=one",
        'AT+CMEE="1"',
        "AT+CMEE=1.0",
        "AT+CMEE=-1",
        "AT+CSCS=UCS2",
        'AT+CSCS="',
        "AT+",
        "AT++",
        "AT+CSQ=?=",
        "AT+CSQ??",
        "AT+CSQ=1",
        "AT&",
        "ATV2",
        "ATE5",
        "ATS999=1",
        "ATY",
        "AT?",
        "AT=1",
        'AT"',
        "AT+CSQ;;",
    ],
)
async def test_what_cannot_be_read_is_refused(plug_in, line):
    _, terminal = await plug_in()

    (answer,) = [found for found in await terminal.ask(line) if not found.startswith("+CSQ:")]
    assert answer in {"ERROR", "+CME ERROR: 50"}


async def test_s_parameters_are_kept_and_reset(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("ATS3?") == ["013", "OK"]
    assert await terminal.ask("ATS0=2S7=30S0?") == ["002", "OK"]
    assert await terminal.ask("ATZS0?") == ["000", "OK"]


async def test_atz_puts_back_what_was_set(plug_in):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,1,0")
    await terminal.ask("AT+CMGF=1")

    assert (await terminal.ask("ATZ"))[-1] == "OK"

    assert (await terminal.ask("ATE0"))[-1] == "OK"
    assert await terminal.ask("AT+CMEE?") == ["+CMEE: 0", "OK"]
    assert await terminal.ask("AT+CNMI?") == ["+CNMI: 0,0,0,0,0", "OK"]
    assert await terminal.ask("AT+CMGF?") == ["+CMGF: 0", "OK"]


async def test_another_line_terminator_can_be_chosen(plug_in):
    _, terminal = await plug_in()
    await terminal.ask("ATS3=33")

    terminal.type(b"AT+CSQ!")
    assert await terminal.until(b"OK\r\n") == b"\r\n+CSQ: 23,99\r\n\r\nOK\r\n"


async def test_what_is_typed_while_a_command_runs_is_ignored(plug_in):
    _, terminal = await plug_in(submit_delay_s=0.15)
    command, pdu = submit()
    terminal.type(command.encode() + b"\r")
    await terminal.until(b"> ")
    terminal.type(pdu.encode() + b"\x1a")

    terminal.type(b"AT+CSQ\r")

    assert await terminal.until(b"OK\r\n") == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert await terminal.ask("AT") == ["OK"]


async def test_a_modem_with_type_ahead_answers_afterwards(plug_in):
    _, terminal = await plug_in(submit_delay_s=0.1, type_ahead=True)
    command, pdu = submit()
    terminal.type(command.encode() + b"\r")
    await terminal.until(b"> ")

    terminal.type(pdu.encode() + b"\x1aAT+CSQ\r")

    assert await terminal.until(b"OK\r\n") == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert await terminal.until(b"OK\r\n") == b"\r\n+CSQ: 23,99\r\n\r\nOK\r\n"


async def test_the_search_for_operators_takes_its_time_and_can_be_interrupted(plug_in):
    _, terminal = await plug_in(operator_search_s=0.05)

    (found, result) = await terminal.ask("AT+COPS=?")
    assert found.startswith('+COPS: (2,"Clerk Mobile","Clerk","00101",7),(3,')
    assert result == "OK"

    terminal.type(b"AT+COPS=?\r")
    terminal.type(b"\r")
    assert await terminal.until(b"OK\r\n") == b"\r\nOK\r\n"
    assert await terminal.ask("AT+CSQ") == ["+CSQ: 23,99", "OK"]


async def test_esc_leaves_text_entry_and_nothing_is_sent(plug_in, network):
    _, terminal = await plug_in()
    command, pdu = submit()
    terminal.type(command.encode() + b"\r")
    await terminal.until(b"> ")

    terminal.type(pdu.encode() + b"\x1b")

    assert await terminal.until(b"OK\r\n") == b"\r\nOK\r\n"
    assert await terminal.ask("AT") == ["OK"]
    assert network.air.records == []


async def test_text_entry_outlives_the_client_as_on_many_sticks(plug_in):
    modem, terminal = await plug_in()
    terminal.type(b"AT+CMGS=20\r")
    await terminal.until(b"> ")

    terminal.close()
    terminal.open()
    terminal.type(b"AT\r")
    with pytest.raises(TimeoutError):
        await terminal.until(b"OK\r\n", deadline_s=0.1)

    terminal.type(b"\x1b")
    await terminal.until(b"OK\r\n")
    assert await terminal.ask("AT") == ["OK"]
    assert modem.is_open


async def test_text_entry_ends_with_the_client_where_that_is_the_habit(plug_in):
    _, terminal = await plug_in(keeps_prompt=False)
    terminal.type(b"AT+CMGS=20\r")
    await terminal.until(b"> ")

    terminal.close()
    terminal.open()
    assert await terminal.ask("AT") == ["OK"]


async def test_indications_wait_while_text_is_entered(plug_in, network):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")
    command, pdu = submit()
    terminal.type(command.encode() + b"\r")
    await terminal.until(b"> ")

    network.phone("+447700900124").send("+14155550100", "meanwhile")
    async with asyncio.timeout(5):
        while network.waiting("+14155550100"):
            await asyncio.sleep(0.001)
    assert terminal.heard == b""

    terminal.type(pdu.encode() + b"\x1a")
    assert await terminal.until(b'+CMTI: "SM",1\r\n') == b'\r\n+CMGS: 0\r\n\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'
