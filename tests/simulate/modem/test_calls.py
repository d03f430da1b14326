"""Calls, USSD, phone book, call forwarding."""

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE

from clerkd.codec.ussd import pack_ussd
from clerkd.simulate.network import CallState, UssdAnswer


@pytest.fixture
def phone(network):
    return network.phone(PHONE)


# Incoming ----------------------------------------------------------------------------------------------------


async def test_a_call_rings_again_and_again_until_the_caller_gives_up(plug_in, phone):
    _, terminal = await plug_in(ring_every_s=0.02)
    call = phone.call(MODEM)

    for _ in range(3):
        await terminal.until(b"\r\nRING\r\n")
    call.end()

    assert (await terminal.until(b"NO CARRIER\r\n")).endswith(b"\r\nNO CARRIER\r\n")


async def test_clip_and_crc_say_who_calls_and_how(plug_in, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CLIP=1;+CRC=1")

    phone.call(MODEM)

    told = await terminal.until(b",0\r\n")
    assert told == b'\r\n+CRING: VOICE\r\n\r\n+CLIP: "+447700900123",145,,,,0\r\n'
    assert await terminal.ask("AT+CLCC;+CPAS") == ['+CLCC: 1,1,4,0,0,"+447700900123",145', "+CPAS: 3", "OK"]


async def test_a_withheld_number_is_not_told(plug_in, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CLIP=1")

    phone.call(MODEM, withheld=True)

    assert (await terminal.until(b",1\r\n")).endswith(b'+CLIP: "",128,,,,1\r\n')
    assert await terminal.ask("AT+CLCC") == ['+CLCC: 1,1,4,0,0,"",128', "OK"]


async def test_a_call_can_be_answered_and_hung_up(plug_in, phone):
    _, terminal = await plug_in()
    call = phone.call(MODEM)
    await terminal.until(b"RING\r\n")

    assert await terminal.ask("ATA") == ["OK"]
    assert call.state is CallState.ACTIVE
    assert await terminal.ask("AT+VTS=5;+CPAS") == ["+CPAS: 4", "OK"]
    assert await terminal.ask("ATH") == ["OK"]
    assert call.state is CallState.ENDED
    assert await terminal.ask("AT+VTS=5") == ["+CME ERROR: 3"]


async def test_a_call_can_be_rejected(plug_in, phone):
    _, terminal = await plug_in()
    call = phone.call(MODEM)

    await terminal.until(b"RING\r\n")
    assert await terminal.ask("AT+CHUP") == ["OK"]
    assert call.over
    assert await terminal.ask("AT+CLCC") == ["OK"]


async def test_s0_answers_by_itself(plug_in, phone):
    _, terminal = await plug_in(ring_every_s=0.01)
    await terminal.ask("ATS0=2")

    call = phone.call(MODEM)

    await fact(lambda: call.state is CallState.ACTIVE)
    assert (await terminal.until(b"RING\r\n\r\nRING\r\n")).count(b"RING") == 2


async def test_a_second_caller_hears_that_the_line_is_busy(plug_in, network, phone):
    await plug_in()
    phone.call(MODEM)

    assert network.phone("+447700900124").call(MODEM).state is CallState.BUSY


async def test_ata_without_a_call_finds_no_carrier(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("ATA") == ["NO CARRIER"]


async def test_atv0_rings_with_a_digit(plug_in, phone):
    _, terminal = await plug_in()
    terminal.type(b"ATV0\r")
    await terminal.until(b"0\r")

    phone.call(MODEM)

    assert await terminal.until(b"\r") == b"2\r"


# Outgoing ----------------------------------------------------------------------------------------------------


async def test_a_voice_call_that_is_answered_lasts_until_somebody_hangs_up(plug_in, phone):
    _, terminal = await plug_in()
    phone.answers = True

    assert await terminal.ask(f"ATD{PHONE};") == ["OK"]
    assert await terminal.ask("AT+CLCC") == ['+CLCC: 1,0,0,0,0,"+447700900123",145', "OK"]
    phone.calls[0].end()
    await terminal.until(b"NO CARRIER\r\n")
    assert await terminal.ask("AT+CLCC") == ["OK"]


async def test_a_call_that_nobody_takes_is_alerting_until_it_is_given_up(plug_in, phone):
    _, terminal = await plug_in()

    assert await terminal.ask(f"ATD{PHONE};") == ["OK"]
    assert (await terminal.ask("AT+CLCC"))[0].startswith("+CLCC: 1,0,3,")
    assert await terminal.ask(f"ATD{PHONE};") == ["+CME ERROR: 3"]
    assert await terminal.ask("ATH") == ["OK"]
    assert phone.calls[0].over


async def test_a_phone_that_is_off_does_not_answer_and_the_ok_comes_first(plug_in, phone):
    _, terminal = await plug_in()
    phone.on = False

    terminal.type(f"ATD{PHONE};\r".encode())

    assert await terminal.until(b"NO ANSWER\r\n") == b"\r\nOK\r\n\r\nNO ANSWER\r\n"


async def test_data_calls_and_calls_without_network_fail(plug_in):
    modem, terminal = await plug_in()

    assert await terminal.ask(f"ATD{PHONE}") == ["NO CARRIER"]
    modem.firmware.radio.stat = 2
    assert await terminal.ask(f"ATD{PHONE};") == ["+CME ERROR: 30"]


# USSD --------------------------------------------------------------------------------------------------------


async def test_a_code_is_answered_after_the_ok(plug_in, network):
    _, terminal = await plug_in()
    network.ussd.program("*100#", "Balance £5.00")
    await terminal.ask('AT+CSCS="UCS2";+CUSD=1')

    terminal.type(b'AT+CUSD=1,"%s",15\r' % "*100#".encode("utf-16-be").hex().encode())

    told = await terminal.until(b",15\r\n")
    text = "Balance £5.00".encode("utf-16-be").hex().upper()
    assert told.decode() == f'\r\nOK\r\n\r\n+CUSD: 0,"{text}",15\r\n'


async def test_a_menu_goes_on_until_its_end_or_its_cancellation(plug_in, network):
    _, terminal = await plug_in()
    network.ussd.program("*1#", {"text": "1 Balance\n2 More", "replies": {"1": "None", "2": {"text": "?"}}})

    assert await terminal.ask('AT+CUSD=1,"*1#"') == ["OK"]
    assert await terminal.until(b",15\r\n") == b'\r\n+CUSD: 1,"1 Balance\n2 More",15\r\n'
    assert await terminal.ask('AT+CUSD=1,"1"') == ["OK"]
    assert await terminal.until(b",15\r\n") == b'\r\n+CUSD: 0,"None",15\r\n'

    await terminal.ask('AT+CUSD=1,"*1#"')
    await terminal.until(b",15\r\n")
    assert await terminal.ask("AT+CUSD=2") == ["OK"]
    await terminal.ask('AT+CUSD=1,"1"')
    await terminal.until(b"+CUSD: 4\r\n")


async def test_an_answer_outside_the_gsm_alphabet_is_ucs2(plug_in, network):
    _, terminal = await plug_in()
    network.ussd.program("*100#", "Баланс")

    await terminal.ask('AT+CUSD=1,"*100#",15')

    assert await terminal.until(b",72\r\n") == b'\r\n+CUSD: 0,"04110430043B0430043D0441",72\r\n'


async def test_packed_digits_are_a_habit(plug_in, network):
    _, terminal = await plug_in(ussd_packed=True)
    network.ussd.program("*100#", "Balance 5.00")

    assert await terminal.ask('AT+CUSD=1,"*100#",15') == ["+CME ERROR: 50"]
    await terminal.ask(f'AT+CUSD=1,"{pack_ussd("*100#").hex()}",15')

    expected = f'\r\n+CUSD: 0,"{pack_ussd("Balance 5.00").hex().upper()}",15\r\n'
    assert await terminal.until(b",15\r\n") == expected.encode()


async def test_the_network_can_speak_by_itself(plug_in):
    modem, terminal = await plug_in()

    modem.firmware.announce_ussd(UssdAnswer("Top up now"))

    assert await terminal.until(b",15\r\n") == b'\r\n+CUSD: 0,"Top up now",15\r\n'


async def test_cusd_0_shows_nothing_and_without_network_it_fails(plug_in, network):
    modem, terminal = await plug_in()
    network.ussd.program("*100#", "Balance")

    assert await terminal.ask('AT+CUSD=0,"*100#"') == ["OK"]
    assert await terminal.ask('AT+CUSD=1,"*100#"') == ["+CME ERROR: 3"]  # one is under way
    modem.firmware.radio.stat = 2
    assert await terminal.ask('AT+CUSD=1,"*100#"') == ["+CME ERROR: 30"]


# Phone book and forwarding -----------------------------------------------------------------------------------


async def test_the_phone_book_keeps_entries(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+CPBS?") == ['+CPBS: "SM",0,100', "OK"]
    assert await terminal.ask('AT+CPBW=,"447700900123",145,"Ann"') == ["OK"]
    assert await terminal.ask('AT+CPBW=7,"0800",129,"Bob"') == ["OK"]
    assert await terminal.ask("AT+CPBR=1,100") == [
        '+CPBR: 1,"+447700900123",145,"Ann"',
        '+CPBR: 7,"0800",129,"Bob"',
        "OK",
    ]
    assert await terminal.ask('AT+CPBF="a"') == ['+CPBF: 1,"+447700900123",145,"Ann"', "OK"]
    assert await terminal.ask("AT+CPBW=1") == ["OK"]
    assert await terminal.ask("AT+CPBR=1") == ["OK"]
    assert await terminal.ask("AT+CPBR=101") == ["+CME ERROR: 21"]
    assert await terminal.ask('AT+CPBW=2,"x"') == ["+CME ERROR: 50"]
    assert await terminal.ask("AT+CPBR=?") == ["+CPBR: (1-100),40,20", "OK"]


async def test_the_own_number_is_a_phone_book_too(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask('AT+CPBS="ON";+CPBR=1') == ['+CPBR: 1,"+14155550100",145,""', "OK"]
    assert await terminal.ask('AT+CPBW=1,"1"') == ["+CME ERROR: 3"]
    assert await terminal.ask('AT+CPBS="XX"') == ["+CME ERROR: 4"]


async def test_forwarding_is_registered_switched_asked_for_and_erased(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+CCFC=0,2") == ["+CCFC: 0,7", "OK"]
    assert await terminal.ask("AT+CCFC=0,1") == ["+CME ERROR: 3"]
    assert await terminal.ask(f'AT+CCFC=0,3,"{PHONE}",145') == ["OK"]
    assert await terminal.ask("AT+CCFC=0,2") == [f'+CCFC: 1,1,"{PHONE}",145', "OK"]
    assert await terminal.ask("AT+CCFC=0,0;+CCFC=0,2") == [f'+CCFC: 0,1,"{PHONE}",145', "OK"]
    assert await terminal.ask(f'AT+CCFC=2,3,"{PHONE}",145,1,,,10') == ["OK"]
    assert await terminal.ask("AT+CCFC=2,2") == [f'+CCFC: 1,1,"{PHONE}",145,,,10', "OK"]
    assert await terminal.ask("AT+CCFC=4,4;+CCFC=4,2") == ["+CCFC: 0,7", "OK"]
    assert await terminal.ask("AT+CCFC=6,2") == ["+CME ERROR: 50"]
    assert await terminal.ask("AT+CCFC=0,3") == ["+CME ERROR: 50"]
