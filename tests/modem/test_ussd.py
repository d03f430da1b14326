import asyncio

import pytest
from fakes.modem_rig import profile

from clerkd.at.errors import NoNetworkService
from clerkd.errors import Permanent, Refused
from clerkd.model.ussd import UssdReply
from clerkd.modem.profile import UssdCoding, load_profile
from clerkd.modem.ussd import UssdRefused
from clerkd.simulate.modem import Habits

MENU = {"text": "1 Balance\n2 Data", "replies": {"1": "Balance 5.00"}}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", ["Balance 5.00", "Guthaben: 5 €", "Баланс 5", "1234", "seven77"])
async def test_a_code_is_answered_in_plain_text_however_the_modem_codes_it(start_line, network, packed, text):
    network.ussd.program("*100#", text)
    knowing = profile(ussd=UssdCoding.PACKED if packed else UssdCoding.PLAIN)
    rig = await start_line(habits=Habits(ussd_packed=packed, ussd_s=0.01), line_options={"profile": knowing})

    assert await rig.line.ussd("*100#") == UssdReply(text, wants_reply=False)


async def test_a_modem_that_wants_it_packed_does_not_know_a_plain_code(start_line, network):
    network.ussd.program("*100#", "Balance 5.00")
    rig = await start_line(habits=Habits(ussd_packed=True, ussd_s=0.01))

    with pytest.raises(Permanent):
        await rig.line.ussd("*100#")


async def test_the_profile_that_is_chosen_codes_it(start_line, network):
    network.ussd.program("*100#", "Balance 5.00")
    rig = await start_line(habits=Habits(manufacturer="huawei", ussd_packed=True, ussd_s=0.01))

    assert load_profile("huawei").ussd is UssdCoding.PACKED
    assert (await rig.line.ussd("*100#")).text == "Balance 5.00"


async def test_a_modem_left_in_ucs2_is_asked_and_read_in_ucs2(start_line, network):
    network.ussd.program("*100#", "Balance 5.00")
    rig = await start_line(habits=Habits(ussd_s=0.01))
    rig.modem.firmware._settings.character_set = "UCS2"

    assert (await rig.line.ussd("*100#")).text == "Balance 5.00"


async def test_a_menu_is_answered_with_the_next_code(start_line, network):
    network.ussd.program("*1#", MENU)
    rig = await start_line(habits=Habits(ussd_s=0.01))

    assert await rig.line.ussd("*1#") == UssdReply("1 Balance\n2 Data", wants_reply=True)
    assert await rig.line.ussd("1") == UssdReply("Balance 5.00", wants_reply=False)


async def test_a_code_that_the_network_does_not_know_is_refused(start_line):
    rig = await start_line(habits=Habits(ussd_s=0.01))

    with pytest.raises(UssdRefused):
        await rig.line.ussd("*999#")


@pytest.mark.parametrize("code", ["", "hello", '*100#",15\rAT', "*100#;+CFUN=0"])
async def test_what_is_no_code_never_reaches_the_modem(start_line, code):
    rig = await start_line()

    with pytest.raises(Refused):
        await rig.line.ussd(code)
    assert not any("CUSD" in text for text in rig.commands)


async def test_without_a_network_there_is_nobody_to_ask(start_line):
    rig = await start_line(before=lambda modem: setattr(modem.firmware.radio, "stat", 2), ready=False)

    with pytest.raises(NoNetworkService):
        await rig.line.ussd("*100#")


async def test_a_menu_that_nobody_wants_any_more_is_ended(start_line, network):
    network.ussd.program("*1#", MENU)
    rig = await start_line(habits=Habits(ussd_s=0.01))
    await rig.line.end_ussd()
    assert "AT+CUSD=2" not in rig.commands

    await rig.line.ussd("*1#")
    await rig.line.end_ussd()
    await rig.line.end_ussd()

    assert rig.commands.count("AT+CUSD=2") == 1
    with pytest.raises(UssdRefused):
        await rig.line.ussd("1")  # of no menu any more


async def test_a_code_waits_until_the_text_in_flight_has_its_result(start_line, network):
    network.ussd.program("*100#", "Balance 5.00")
    rig = await start_line(habits=Habits(ussd_s=0.01), submit_delay_s=0.3)
    sending = asyncio.create_task(rig.send("Hello"))
    await rig.until(lambda: any("AT+CMGS" in command for command in rig.commands))

    assert (await rig.line.ussd("*100#")).text == "Balance 5.00"
    await sending
    said = rig.line.recorder.lines()
    result = next(n for n, line in enumerate(said) if "+CMGS: " in line)
    assert all(n > result for n, line in enumerate(said) if "CUSD" in line)
