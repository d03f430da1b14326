"""+CMGS, +CMGW, +CMSS, +CMMS: what is accepted, what is refused, and how long it takes."""

import asyncio
import re
from datetime import timedelta

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE, submit

from clerkd.codec import pdu
from clerkd.codec.address import Address
from clerkd.codec.segment import split
from clerkd.codec.tpdu import Deliver, Submit
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Relative


async def test_the_reference_counts_modulo_256_whatever_the_pdu_says(plug_in, network):
    _, terminal = await plug_in()

    for number in range(258):
        answer = await terminal.send(*submit(f"n {number}", reference=77))
        assert answer == [f"+CMGS: {number % 256}", "OK"]

    assert [record.submit.reference for record in network.air.records[254:]] == [254, 255, 0, 1]


async def test_a_modem_that_keeps_the_terminals_reference_is_a_habit(plug_in):
    _, terminal = await plug_in(keeps_message_reference=True)

    assert await terminal.send(*submit(reference=77)) == ["+CMGS: 77", "OK"]


SUBMIT = submit("Hello")[1]


@pytest.mark.parametrize(
    ("length", "typed"),
    [
        (19, SUBMIT),  # 18 octets of TPDU, not 19
        (17, SUBMIT),
        (18, SUBMIT[:-2]),
        (18, SUBMIT[:-1]),  # half an octet
        (18, SUBMIT[:-2] + "XY"),
        (18, ""),
        (18, "01" + SUBMIT),  # an SMSC of one octet has a type and no number
        (18, "00" + "04" + SUBMIT[4:]),  # a DELIVER
        (18, "00" + "02" + SUBMIT[4:]),  # a COMMAND
        (18, SUBMIT[:6] + "0C" + SUBMIT[8:-12] + "06" + SUBMIT[-10:]),  # TP-UDL one septet more than there is
        (20, SUBMIT + "0000"),  # octets behind the user data
        (18, SUBMIT[:2] + "41" + SUBMIT[4:]),  # a header whose elements do not add up
    ],
)
async def test_a_pdu_that_is_no_submit_of_that_length_is_refused_with_304(plug_in, network, length, typed):
    _, terminal = await plug_in()

    assert await terminal.send(f"AT+CMGS={length}", typed) == ["+CMS ERROR: 304"]
    assert network.air.records == []
    assert await terminal.ask("AT") == ["OK"]


@pytest.mark.parametrize("value", ["", "0", "165", "-1", "x", '"18"', "18,1,1"])
async def test_a_length_that_cannot_be_gets_no_prompt(plug_in, value):
    _, terminal = await plug_in()

    assert await terminal.ask(f"AT+CMGS={value}") == ["+CMS ERROR: 304"]


async def test_a_destination_that_is_a_name_is_refused(plug_in):
    _, terminal = await plug_in()

    assert await terminal.send(*submit(to="Clerkd")) == ["+CMS ERROR: 304"]


async def test_without_a_service_centre_the_pdu_must_name_one(plug_in):
    modem, terminal = await plug_in()
    modem.sim.smsc = ""

    assert await terminal.send(*submit()) == ["+CMS ERROR: 330"]
    command, typed = submit()
    assert await terminal.send(command, "079144770009000" + "0" + typed[2:]) == ["+CMGS: 0", "OK"]


async def test_without_registration_nothing_goes_out(plug_in, network):
    modem, terminal = await plug_in()
    modem.firmware.radio.stat = 2

    assert await terminal.send(*submit()) == ["+CMS ERROR: 331"]
    assert network.air.records == []


async def test_the_result_comes_after_the_submit_delay(plug_in):
    _, terminal = await plug_in(submit_delay_s=0.2)
    loop = asyncio.get_running_loop()

    begun = loop.time()
    assert await terminal.send(*submit()) == ["+CMGS: 0", "OK"]
    assert 0.2 <= loop.time() - begun < 2


async def test_more_messages_keep_the_link_open_and_the_next_ones_quick(plug_in):
    _, terminal = await plug_in(submit_delay_s=0.4, linked_delay_s=0.01, linked_s=0.3)
    loop = asyncio.get_running_loop()
    assert await terminal.ask("AT+CMMS=1") == ["OK"]
    assert await terminal.ask("AT+CMMS?") == ["+CMMS: 1", "OK"]
    await terminal.send(*submit())

    begun = loop.time()
    await terminal.send(*submit())
    assert loop.time() - begun < 0.35

    await fact_of_cmms(terminal, "+CMMS: 0")
    begun = loop.time()
    await terminal.send(*submit())
    assert loop.time() - begun >= 0.4


async def fact_of_cmms(terminal, line):
    async with asyncio.timeout(5):
        while (await terminal.ask("AT+CMMS?"))[0] != line:
            await asyncio.sleep(0.02)


async def test_cmms_2_stays_and_3_is_refused(plug_in):
    _, terminal = await plug_in(linked_s=0.0)

    assert await terminal.ask("AT+CMMS=2;+CMMS?") == ["+CMMS: 2", "OK"]
    assert await terminal.ask("AT+CMMS=3") == ["+CMS ERROR: 304"]


async def test_a_modem_without_cmms_says_error(plug_in):
    _, terminal = await plug_in(more_messages=False)

    assert await terminal.ask("AT+CMMS=1") == ["ERROR"]


async def test_the_parts_of_a_long_text_arrive_as_one(plug_in, network):
    _, terminal = await plug_in()
    phone = network.phone(PHONE)
    text = "Grüße 😀 " * 40

    for part in split(text, reference=7).parts:
        tpdu = Submit(Address.of(PHONE), part).encode()
        assert (await terminal.send(f"AT+CMGS={len(tpdu)}", "00" + tpdu.hex()))[-1] == "OK"

    await fact(lambda: phone.inbox)
    assert phone.inbox[0].text == text
    assert len(phone.inbox[0].parts) == 6


async def test_the_user_data_arrives_octet_for_octet(plug_in, network):
    _, terminal = await plug_in()
    phone = network.phone(PHONE)
    # An ESC before a code without an extension, and odd spare bits: nothing of it may be tidied up on the way.
    user_data = "03" + "9BFDFE"[:6]
    tpdu = "01000C91" + "447700091032" + "0000" + user_data

    assert await terminal.send(f"AT+CMGS={len(tpdu) // 2}", "00" + tpdu) == ["+CMGS: 0", "OK"]

    await fact(lambda: phone.inbox)
    assert phone.inbox[0].parts[0].hex().upper().endswith(user_data)


async def test_duplicates_are_rejected_while_the_first_is_held(plug_in, network):
    _, terminal = await plug_in(keeps_message_reference=True)
    network.phone(PHONE).on = False

    assert await terminal.send(*submit(reference=5, reject_duplicates=True)) == ["+CMGS: 5", "OK"]
    assert await terminal.send(*submit(reference=5, reject_duplicates=True)) == ["+CMS ERROR: 197"]
    assert await terminal.send(*submit(reference=6, reject_duplicates=True)) == ["+CMGS: 6", "OK"]


async def test_a_command_is_refused_as_most_modems_do(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+CMGC=10") == ["+CMS ERROR: 303"]


async def test_a_message_can_be_written_listed_and_sent_from_storage(plug_in, network):
    _, terminal = await plug_in()
    phone = network.phone(PHONE)

    assert await terminal.send(*submit("kept", command="+CMGW")) == ["+CMGW: 1", "OK"]
    assert (await terminal.ask("AT+CMGL=2"))[0] == "+CMGL: 1,2,,17"
    assert await terminal.ask("AT+CMSS=1") == ["+CMSS: 0", "OK"]
    assert (await terminal.ask("AT+CMGR=1"))[0] == "+CMGR: 3,,17"
    assert await terminal.ask('AT+CMSS=1,"+447700900124"') == ["+CMSS: 1", "OK"]
    assert await terminal.ask("AT+CMSS=2") == ["+CMS ERROR: 321"]

    await fact(lambda: phone.inbox and network.phone("+447700900124").inbox)
    assert phone.inbox[0].text == "kept"


async def test_a_received_message_cannot_be_sent_from_storage(plug_in, network):
    _, terminal = await plug_in()
    network.phone(PHONE).send(MODEM, "hi")
    await fact(lambda: not network.waiting(MODEM))

    assert await terminal.ask("AT+CMSS=1") == ["+CMS ERROR: 302"]


async def test_a_deliver_can_be_written_with_its_status_and_a_submit_cannot(plug_in):
    _, terminal = await plug_in()
    tpdu = Deliver(Address.of(PHONE), None, UserData("x")).encode()

    assert await terminal.send(f"AT+CMGW={len(tpdu)},0", "00" + tpdu.hex()) == ["+CMGW: 1", "OK"]
    command, typed = submit(command="+CMGW")
    assert await terminal.send(command + ",0", typed) == ["+CMS ERROR: 304"]


async def test_writing_into_a_full_memory_is_refused(plug_in):
    _, terminal = await plug_in(sim_slots=1)

    assert await terminal.send(*submit(command="+CMGW")) == ["+CMGW: 1", "OK"]
    assert await terminal.send(*submit(command="+CMGW")) == ["+CMS ERROR: 322"]


async def test_the_validity_period_that_is_asked_for_is_kept(plug_in, network):
    _, terminal = await plug_in()

    await terminal.send(*submit(validity=Relative.covering(timedelta(hours=1))))

    assert network.air.records[0].submit.validity == Relative(60)


# Text mode --------------------------------------------------------------------------------------------------


async def test_text_mode_sends_characters_with_the_parameters_of_csmp(plug_in, network):
    _, terminal = await plug_in()
    phone = network.phone(PHONE)
    await terminal.ask("AT+CMGF=1")
    await terminal.ask("AT+CSMP=49,167,0,0")

    assert await terminal.send(f'AT+CMGS="{PHONE}"', "Hello\x02world") == ["+CMGS: 0", "OK"]

    await fact(lambda: phone.inbox)
    assert phone.inbox[0].text == "Hello$world"  # 02 is $ in the GSM alphabet
    assert network.air.records[0].submit.status_report


async def test_text_mode_gives_a_new_prompt_for_every_line(plug_in, network):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA"')

    terminal.type(f'AT+CMGS="{PHONE}",145\r'.encode())
    await terminal.until(b"\r\n> ")
    terminal.type(b"one\r")
    assert await terminal.until(b"> ") == b"\r\n> "
    terminal.type(b"two\x1a")
    await terminal.until(b"OK\r\n")

    assert network.air.records[0].submit.user_data.text == "one\ntwo"


async def test_text_mode_in_ucs2_takes_hexadecimal_digits(plug_in, network):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="UCS2";+CSMP=17,167,0,8')

    assert (await terminal.send(f'AT+CMGS="{PHONE}"', "00DCD83DDE00"))[-1] == "OK"
    assert await terminal.send(f'AT+CMGS="{PHONE}"', "00D") == ["+CMS ERROR: 305"]

    assert network.air.records[0].submit.user_data.text == "Ü\ud83d\ude00".encode("utf-16", "surrogatepass").decode(
        "utf-16"
    )


@pytest.mark.parametrize("line", ['AT+CMGS="not a number"', "AT+CMGS=123", 'AT+CMGS=""', 'AT+CMGS="+1",145,1'])
async def test_text_mode_refuses_destinations_that_are_none(plug_in, line):
    _, terminal = await plug_in()
    await terminal.ask("AT+CMGF=1")

    assert await terminal.ask(line) == ["+CMS ERROR: 305"]


async def test_text_mode_refuses_more_than_one_segment_holds(plug_in):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA"')

    assert await terminal.send(f'AT+CMGS="{PHONE}"', "x" * 161) == ["+CMS ERROR: 305"]
    assert (await terminal.send(f'AT+CMGS="{PHONE}"', "x" * 160))[-1] == "OK"


async def test_an_absolute_validity_is_a_time_in_quotes(plug_in, network):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA"')

    assert await terminal.ask('AT+CSMP=25,"30/01/02,03:04:05+04",0,0') == ["OK"]
    assert (await terminal.send(f'AT+CMGS="{PHONE}"', "x"))[-1] == "OK"

    validity = network.air.records[0].submit.validity
    assert validity.moment.isoformat() == "2030-01-02T03:04:05+01:00"


async def test_a_stored_text_is_listed_in_text_mode(plug_in):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA"')

    assert await terminal.send(f'AT+CMGW="{PHONE}"', "draft") == ["+CMGW: 1", "OK"]
    assert await terminal.ask('AT+CMGL="STO UNSENT"') == [f'+CMGL: 1,"STO UNSENT","{PHONE}",,', "draft", "OK"]
    assert await terminal.ask("AT+CMGF=0;+CMGL=2") == [
        "+CMGL: 1,2,,19",
        re.sub(
            "^..", "00", pdu.encode(Submit(Address.of(PHONE), UserData("draft"), validity=Relative(1440))).hex()
        ).upper(),
        "OK",
    ]
