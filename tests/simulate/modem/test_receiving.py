"""Storage and indications: +CNMI, +CPMS, +CMGL, +CMGR, +CMGD, +CNMA, a full SIM."""

import asyncio

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE, submit

from clerkd.codec import pdu
from clerkd.codec.tpdu import StatusReport


@pytest.fixture
def phone(network):
    return network.phone(PHONE)


async def arrived(network):
    await fact(lambda: not network.waiting(MODEM))


async def two_lines(terminal, head):
    await terminal.until(head)
    return (await terminal.until(b"\r\n")).strip(), bytes.fromhex((await terminal.until(b"\r\n")).decode().strip())


# +CNMI -------------------------------------------------------------------------------------------------------


async def test_cnmi_can_be_asked_set_and_refused(plug_in):
    _, terminal = await plug_in(cnmi_ds=(0, 1), cnmi_modes=(0, 1))

    assert await terminal.ask("AT+CNMI=?") == ["+CNMI: (0,1),(0,1,2,3),(0,2),(0,1),(0,1)", "OK"]
    assert await terminal.ask("AT+CNMI=1,1,0,1,0;+CNMI?") == ["+CNMI: 1,1,0,1,0", "OK"]
    assert await terminal.ask("AT+CNMI=2,1") == ["+CMS ERROR: 303"]
    assert await terminal.ask("AT+CNMI=1,1,0,2") == ["+CMS ERROR: 303"]
    assert await terminal.ask("AT+CNMI=1,0;+CNMI?") == ["+CNMI: 1,0,0,1,0", "OK"]
    assert await terminal.ask("AT+CNMI=1,1,0,1,0,0") == ["+CMS ERROR: 304"]
    assert await terminal.ask("AT+CNMI;+CNMI?") == ["+CNMI: 0,0,0,0,0", "OK"]


async def test_without_cnmi_a_message_is_stored_in_silence(plug_in, network, phone):
    _, terminal = await plug_in()

    phone.send(MODEM, "quiet")
    await arrived(network)

    assert terminal.heard == b""
    assert (await terminal.ask("AT+CPMS?"))[0] == '+CPMS: "SM",1,20,"SM",1,20,"SM",1,20'


async def test_mode_0_holds_indications_until_they_are_wanted(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=0,1")
    phone.send(MODEM, "held")
    await arrived(network)
    assert terminal.heard == b""

    terminal.type(b"AT+CNMI=2,1\r")

    assert await terminal.until(b'+CMTI: "SM",1\r\n') == b'\r\nOK\r\n\r\n+CMTI: "SM",1\r\n'


async def test_bfr_1_forgets_what_was_held(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=0,1")
    phone.send(MODEM, "held")
    await arrived(network)

    assert await terminal.ask("AT+CNMI=2,1,0,0,1") == ["OK"]
    phone.send(MODEM, "next")
    assert await terminal.until(b"\r\n+CMTI: ") == b"\r\n+CMTI: "
    assert await terminal.until(b"\r\n") == b'"SM",2\r\n'


async def test_mt_2_passes_messages_on_without_storing_them_unless_they_are_for_the_sim(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,2")

    phone.send(MODEM, "direct")
    length, octets = await two_lines(terminal, b"\r\n+CMT: ,")
    assert pdu.decode(octets).tpdu.user_data.text == "direct"
    assert int(length) == len(octets) - 1 - octets[0]

    phone.send(MODEM, "for the SIM", message_class=2)
    await terminal.until(b'+CMTI: "SM",1\r\n')
    assert (await terminal.ask("AT+CMGR=1"))[0].startswith("+CMGR: 0")


async def test_mt_3_passes_on_class_3_and_flash_only(plug_in, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,3")

    phone.send(MODEM, "class 3", message_class=3)
    await terminal.until(b"+CMT: ")
    phone.send(MODEM, "flash", message_class=0)
    await terminal.until(b"+CMT: ")
    phone.send(MODEM, "plain")
    await terminal.until(b'+CMTI: "SM",1\r\n')


# +CNMA -------------------------------------------------------------------------------------------------------


async def test_with_csms_1_the_next_message_waits_for_the_acknowledgement(plug_in, network, phone):
    _, terminal = await plug_in()
    assert await terminal.ask("AT+CSMS=1") == ["+CSMS: 1,1,1", "OK"]
    await terminal.ask("AT+CNMI=2,2,0,1")
    phone.send(MODEM, "first")
    phone.send(MODEM, "second")

    _, octets = await two_lines(terminal, b"+CMT: ,")
    assert pdu.decode(octets).tpdu.user_data.text == "first"
    assert network.waiting(MODEM) == 2

    assert await terminal.ask("AT+CNMA") == ["OK"]
    _, octets = await two_lines(terminal, b"+CMT: ,")
    assert pdu.decode(octets).tpdu.user_data.text == "second"
    assert await terminal.ask("AT+CNMA=1") == ["OK"]
    assert await terminal.ask("AT+CNMA") == ["+CMS ERROR: 340"]
    assert network.waiting(MODEM) == 0


async def test_a_message_that_is_not_acknowledged_ends_direct_delivery_and_comes_again(plug_in, network, phone):
    _, terminal = await plug_in(acknowledge_s=0.05)
    await terminal.ask("AT+CSMS=1;+CNMI=2,2,0,1")
    phone.send(MODEM, "again")
    await terminal.until(b"+CMT: ")

    async with asyncio.timeout(5):
        while (await terminal.ask("AT+CNMI?"))[0] != "+CNMI: 2,0,0,0,0":
            await asyncio.sleep(0.01)
    assert await terminal.ask("AT+CNMA") == ["+CMS ERROR: 340"]

    await arrived(network)  # mt is 0 now, so the network's next try is stored
    assert (await terminal.ask("AT+CMGL=0"))[0].startswith("+CMGL: 1,0")


async def test_a_negative_acknowledgement_makes_the_network_try_again(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CSMS=1;+CNMI=2,2")
    phone.send(MODEM, "again")
    await two_lines(terminal, b"+CMT: ,")

    assert await terminal.send("AT+CNMA=2,2", "0010") == ["OK"]

    await two_lines(terminal, b"+CMT: ,")
    assert await terminal.ask("AT+CNMA=0") == ["OK"]
    assert network.waiting(MODEM) == 0


# Reports -----------------------------------------------------------------------------------------------------


async def test_ds_2_keeps_reports_in_a_memory_of_their_own(plug_in):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,2")

    await terminal.send(*submit(status_report=True))

    await terminal.until(b'+CDSI: "SR",1\r\n')
    assert (await terminal.ask('AT+CPMS="SR"')) == ["+CPMS: 1,20,0,20,0,20", "OK"]
    head, octets, _ = await terminal.ask("AT+CMGR=1")
    assert head == "+CMGR: 0,,25"
    assert isinstance(pdu.decode(bytes.fromhex(octets)).tpdu, StatusReport)


async def test_ds_0_drops_reports(plug_in, network):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,0")

    await terminal.send(*submit(status_report=True))
    await arrived(network)

    assert terminal.heard == b""


async def test_a_vendor_that_misnames_the_memory_of_reports_is_a_habit(plug_in):
    _, terminal = await plug_in(report_memory="SM")
    await terminal.ask("AT+CNMI=2,1,0,2")

    await terminal.send(*submit(status_report=True))

    await terminal.until(b'+CDSI: "SM",1\r\n')
    assert await terminal.ask("AT+CMGR=1") == ["+CMS ERROR: 321"]


async def test_the_report_of_a_phone_that_is_off_is_pending_and_then_delivered(plug_in, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,1")
    phone.on = False

    await terminal.send(*submit(status_report=True))
    _, octets = await two_lines(terminal, b"+CDS: ")
    assert pdu.decode(octets).tpdu.status == 0x22

    phone.on = True
    _, octets = await two_lines(terminal, b"+CDS: ")
    assert pdu.decode(octets).tpdu.status == 0
    assert phone.inbox[0].text == "Hello"


# Memories ----------------------------------------------------------------------------------------------------


async def test_memories_are_chosen_one_by_one_and_unknown_ones_refused(plug_in):
    _, terminal = await plug_in(sim_slots=5, me_slots=50)

    assert await terminal.ask('AT+CPMS="ME"') == ["+CPMS: 0,50,0,5,0,5", "OK"]
    assert await terminal.ask('AT+CPMS="ME","SM","MT"') == ["+CPMS: 0,50,0,5,0,55", "OK"]
    assert await terminal.ask('AT+CPMS="XX"') == ["+CMS ERROR: 303"]
    assert await terminal.ask('AT+CPMS="SM","SR"') == ["+CMS ERROR: 303"]
    assert await terminal.ask("AT+CPMS=SM") == ["+CMS ERROR: 304"]
    assert await terminal.ask('AT+CPMS=,"SM"') == ["+CMS ERROR: 304"]


async def test_mt_numbers_the_phones_messages_first_and_the_sims_after_them(plug_in, network, phone):
    _, terminal = await plug_in(sim_slots=2, me_slots=2)
    await terminal.ask('AT+CPMS="MT","MT","MT";+CNMI=2,1')

    for number in range(4):
        phone.send(MODEM, f"n {number}")
        await terminal.until(f'+CMTI: "MT",{number + 1}\r\n'.encode())

    assert [line for line in await terminal.ask("AT+CMGL=4") if line.startswith("+CMGL")] == [
        f"+CMGL: {index},0,,{22}" for index in (1, 2, 3, 4)
    ]
    assert await terminal.ask("AT+CMGD=3") == ["OK"]
    assert await terminal.ask('AT+CPMS="SM"') == ["+CPMS: 1,2,3,4,3,4", "OK"]
    assert await terminal.ask("AT+CMGR=1") == ["+CMS ERROR: 321"]


async def test_listing_shows_a_status_and_turns_unread_into_read(plug_in, network, phone):
    _, terminal = await plug_in()
    for text in ("one", "two"):
        phone.send(MODEM, text)
    await arrived(network)
    await terminal.ask("AT+CMGR=2")

    assert [line for line in await terminal.ask("AT+CMGL=4") if line.startswith("+")] == [
        "+CMGL: 1,0,,22",
        "+CMGL: 2,1,,22",
    ]
    assert await terminal.ask("AT+CMGL=0") == ["OK"]
    assert await terminal.ask("AT+CMGL") == ["OK"]
    assert len(await terminal.ask("AT+CMGL=1")) == 5
    assert await terminal.ask("AT+CMGL=5") == ["+CMS ERROR: 304"]
    assert await terminal.ask("AT+CMGL=?") == ["+CMGL: (0-4)", "OK"]


async def test_deleting_by_index_and_by_status(plug_in, network, phone):
    _, terminal = await plug_in()
    for number in range(4):
        phone.send(MODEM, f"n {number}")
    await arrived(network)
    await terminal.ask("AT+CMGR=2")
    await terminal.send(*submit(command="+CMGW"))

    assert await terminal.ask("AT+CMGD=?") == ["+CMGD: (1,2,3,4,5),(0-4)", "OK"]
    assert await terminal.ask("AT+CMGD=1") == ["OK"]
    assert await terminal.ask("AT+CMGD=1") == ["OK"]  # deleting nothing is no error
    assert await terminal.ask("AT+CMGD=21") == ["+CMS ERROR: 321"]
    assert await terminal.ask("AT+CMGD=0,1") == ["OK"]
    assert await terminal.ask("AT+CMGD=?") == ["+CMGD: (3,4,5),(0-4)", "OK"]
    assert await terminal.ask("AT+CMGD=1,4") == ["OK"]
    assert await terminal.ask("AT+CMGD=?") == ["+CMGD: (),(0-4)", "OK"]


async def test_a_burst_of_200_passes_through_20_slots_without_loss(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")
    for number in range(200):
        phone.send(MODEM, f"number {number}")

    received = []
    async with asyncio.timeout(30):
        while len(received) < 200:
            listed = [line for line in await terminal.ask("AT+CMGL=4") if not line.startswith("+CMTI")]
            for head, octets in zip(listed[:-1:2], listed[1::2], strict=True):
                index = head.split(":")[1].split(",")[0].strip()
                received.append(pdu.decode(bytes.fromhex(octets)).tpdu.user_data.text)
                assert (await terminal.ask(f"AT+CMGD={index}"))[-1] == "OK"

    assert sorted(received) == sorted(f"number {number}" for number in range(200))


async def test_a_full_sim_tells_the_network_and_says_the_vendors_word(plug_in, network, phone):
    _, terminal = await plug_in(sim_slots=1, full_urc="^SMMEMFULL")
    await terminal.ask("AT+CNMI=2,1,0,1")
    phone.send(MODEM, "one")
    await terminal.until(b'+CMTI: "SM",1\r\n')

    phone.send(MODEM, "two", report=True)
    await terminal.until(b"^SMMEMFULL\r\n")
    await fact(lambda: phone.reports)
    assert phone.reports[0].status == 0x22

    assert await terminal.ask("AT+CMGD=1") == ["OK"]
    await terminal.until(b'+CMTI: "SM",1\r\n')
    await fact(lambda: len(phone.reports) == 2)
    assert phone.reports[1].status == 0


async def test_octets_that_are_no_message_are_stored_and_shown_all_the_same(plug_in, network):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1")

    network.deliver(MODEM, bytes.fromhex("00"))

    await terminal.until(b'+CMTI: "SM",1\r\n')
    assert await terminal.ask("AT+CMGR=1") == ["+CMGR: 0,,1", "079144770009000000", "OK"]
    assert await terminal.ask('AT+CMGF=1;+CMGL="ALL"') == [
        '+CMGL: 1,"REC READ","",,',
        "079144770009000000",
        "OK",
    ]


# Text mode ---------------------------------------------------------------------------------------------------


async def test_text_mode_shows_fields_and_characters(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA"')
    phone.send(MODEM, "Hello")
    await arrived(network)

    head, text, _ = await terminal.ask("AT+CMGR=1")
    assert head.startswith(f'+CMGR: "REC UNREAD","{PHONE}",,"')
    assert head.endswith('+00"')
    assert text == "Hello"

    await terminal.ask("AT+CSDH=1")
    head, text, _ = await terminal.ask("AT+CMGR=1")
    assert head.endswith(',145,4,0,0,"+447700900000",145,5')
    assert (await terminal.ask('AT+CMGL="ALL"'))[0].endswith(",145,5")
    assert await terminal.ask('AT+CMGL="NONE"') == ["+CMS ERROR: 305"]
    assert await terminal.ask("AT+CMGL=4") == ["+CMS ERROR: 305"]


async def test_text_mode_shows_ucs2_as_digits_and_gsm_as_its_codes(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CMGF=1")
    phone.send(MODEM, "Щи")
    phone.send(MODEM, "a$b")
    await arrived(network)

    assert (await terminal.ask("AT+CMGR=1"))[1] == "04290438"
    assert (await terminal.ask("AT+CMGR=2"))[1] == "a\x02b"
    await terminal.ask('AT+CSCS="UCS2"')
    assert (await terminal.ask("AT+CMGR=2"))[1] == "006100240062"


async def test_text_mode_passes_messages_and_reports_on_as_fields(plug_in, phone):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA";+CNMI=2,2,0,1;+CSMP=49,167,0,0')

    phone.send(MODEM, "direct")
    assert (await terminal.until(b"direct\r\n")).startswith(b'\r\n+CMT: "+447700900123",,"')
    await terminal.send(f'AT+CMGS="{PHONE}"', "x")
    report = await terminal.until(b",0\r\n")
    assert report.startswith(b'\r\n+CDS: 6,0,"+447700900123",145,"')


async def test_a_stored_report_is_read_in_text_mode(plug_in):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA";+CNMI=2,2,0,2;+CSMP=49,167,0,0')
    await terminal.send(f'AT+CMGS="{PHONE}"', "x")
    await terminal.until(b"+CDSI: ")
    await terminal.until(b"\r\n")
    await terminal.ask('AT+CPMS="SR"')

    (line, _) = await terminal.ask("AT+CMGR=1")
    assert line.startswith('+CMGR: "REC UNREAD",6,0,"+447700900123",145,"')
    assert line.endswith(",0")


async def test_8_bit_data_and_parts_are_shown_as_digits_in_text_mode(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask('AT+CMGF=1;+CSCS="IRA";+CSDH=1')
    phone.send(MODEM, "part " * 40)
    network.deliver(MODEM, bytes.fromhex("040B915121436587F90004622111220000000401020304"))
    await arrived(network)

    head, digits, _ = await terminal.ask("AT+CMGR=1")
    assert head.endswith(",140")
    assert digits.startswith("050003010201")
    head, digits, _ = await terminal.ask("AT+CMGR=3")
    assert head.endswith(",4")
    assert digits == "01020304"


async def test_memories_may_count_from_0(plug_in, network, phone):
    _, terminal = await plug_in(first_index=0, me_slots=1, sim_slots=1)
    await terminal.ask('AT+CPMS="MT","MT","MT";+CNMI=2,1')

    phone.send(MODEM, "one")
    await terminal.until(b'+CMTI: "MT",0\r\n')
    phone.send(MODEM, "two")
    await terminal.until(b'+CMTI: "MT",1\r\n')

    assert await terminal.ask("AT+CMGD=1") == ["OK"]
    assert (await terminal.ask("AT+CMGR=0"))[-1] == "OK"
    assert await terminal.ask("AT+CMGR=2") == ["+CMS ERROR: 321"]


async def test_a_full_memory_of_reports_makes_the_network_wait(plug_in, network):
    _, terminal = await plug_in(report_slots=1)
    await terminal.ask('AT+CNMI=2,1,0,2;+CPMS="SR"')
    await terminal.send(*submit(status_report=True))
    await terminal.until(b'+CDSI: "SR",1\r\n')
    await terminal.send(*submit(status_report=True))
    await fact(lambda: network.waiting(MODEM) == 1)

    assert await terminal.ask("AT+CMGD=1") == ["OK"]

    await terminal.until(b'+CDSI: "SR",1\r\n')


async def test_a_restart_hands_an_unacknowledged_message_back_to_the_network(plug_in, network, phone):
    _, terminal = await plug_in()
    await terminal.ask("AT+CSMS=1;+CNMI=2,2")
    phone.send(MODEM, "again")
    await terminal.until(b"+CMT: ")

    await terminal.ask("AT+CFUN=1,1")

    await arrived(network)
    assert (await terminal.ask("ATE0+CMGL=0"))[-3].startswith("+CMGL: 1,0")
