"""Who the modem is, PIN and PUK, registration, operator and signal."""

import pytest


async def test_it_says_who_it_is(plug_in):
    _, terminal = await plug_in(manufacturer="Clerk Works", model="CW-1", revision="2.0", imei="490154203237518")

    assert await terminal.ask("AT+CGMI;+CGMM;+CGMR;+CGSN") == ["Clerk Works", "CW-1", "2.0", "490154203237518", "OK"]
    assert await terminal.ask("AT+GMI;+GMM;+GMR;+GSN") == ["Clerk Works", "CW-1", "2.0", "490154203237518", "OK"]
    assert await terminal.ask("AT+CIMI") == ["001010123456789", "OK"]
    assert await terminal.ask("AT+CCID") == ["+CCID: 8900101000000000004", "OK"]
    assert await terminal.ask("AT+CNUM") == ['+CNUM: "","+14155550100",145', "OK"]
    assert await terminal.ask("AT+GCAP") == ["+GCAP: +CGSM", "OK"]
    assert await terminal.ask("AT+CGSN=1") == ['+CGSN: "490154203237518"', "OK"]


async def test_clac_lists_what_there_is(plug_in):
    _, terminal = await plug_in()

    *commands, result = await terminal.ask("AT+CLAC")

    assert result == "OK"
    assert {"+CMGS", "+CUSD", "+CLCC", "+CMMS", "+CLAC"} <= set(commands)
    for command in commands:
        assert (await terminal.ask(f"AT{command}=?"))[-1] in {"OK", "ERROR"}, command


async def test_the_clock_can_be_set_and_goes_on(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask('AT+CCLK="26/11/22,10:00:00-32"') == ["OK"]
    (told, _) = await terminal.ask("AT+CCLK?")
    assert told.startswith('+CCLK: "26/11/22,10:00:0')
    assert told.endswith('-32"')
    assert await terminal.ask('AT+CCLK="26/13/22,10:00:00+00"') == ["+CME ERROR: 50"]


async def test_a_locked_sim_refuses_nearly_everything_until_the_pin_comes(plug_in, network):
    modem, terminal = await plug_in(pin="1234")

    assert await terminal.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert await terminal.ask("AT+CIMI") == ["+CME ERROR: 11"]
    assert await terminal.ask("AT+CMGL=4") == ["+CMS ERROR: 311"]
    assert await terminal.ask("AT+CMGS=20") == ["+CMS ERROR: 311"]
    assert await terminal.ask("AT+CMGF=0") == ["OK"]
    assert await terminal.ask("AT+CGMI") == ["clerkd", "OK"]
    assert not modem.reachable

    assert await terminal.ask('AT+CPIN="1234"') == ["OK"]
    assert await terminal.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert await terminal.ask("AT+CPIN=1234") == ["+CME ERROR: 3"]
    assert modem.reachable


async def test_three_wrong_pins_want_the_puk_and_ten_wrong_puks_kill_the_card(plug_in):
    modem, terminal = await plug_in(pin="1234", puk="87654321", pin_retries="+CPINR")

    assert await terminal.ask('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert await terminal.ask("AT+CPINR") == ["+CPINR: SIM PIN,2,3", "+CPINR: SIM PUK,10,10", "OK"]
    assert await terminal.ask('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert await terminal.ask('AT+CPIN="0000"') == ["+CME ERROR: 12"]
    assert await terminal.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert await terminal.ask('AT+CPIN="1234"') == ["+CME ERROR: 50"]

    assert await terminal.ask('AT+CPIN="87654321","4321"') == ["OK"]
    assert await terminal.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert modem.sim.tries == ["0000", "0000", "0000", "87654321"]

    modem.sim.pin_attempts = 0
    for _ in range(9):
        assert await terminal.ask('AT+CPIN="11111111","4321"') == ["+CME ERROR: 16"]
    assert await terminal.ask('AT+CPIN="11111111","4321"') == ["+CME ERROR: 13"]
    assert await terminal.ask("AT+CPIN?") == ["+CME ERROR: 13"]


async def test_the_pin_is_wanted_again_after_a_restart_and_its_counter_is_not_refilled(plug_in):
    modem, terminal = await plug_in(pin="1234")
    await terminal.ask('AT+CPIN="1111"')

    assert (await terminal.ask("AT+CFUN=1,1")) == ["OK"]
    assert (await terminal.ask("ATE0"))[-1] == "OK"

    assert await terminal.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert modem.sim.pin_attempts == 2


async def test_the_pin_can_be_switched_off_on_and_changed(plug_in):
    modem, terminal = await plug_in()

    assert await terminal.ask('AT+CLCK="SC",2') == ["+CLCK: 0", "OK"]
    assert await terminal.ask('AT+CLCK="SC",1,"1234"') == ["OK"]
    assert await terminal.ask('AT+CLCK="SC",2') == ["+CLCK: 1", "OK"]
    assert await terminal.ask('AT+CPWD="SC","1234","9876"') == ["OK"]
    assert await terminal.ask('AT+CLCK="SC",0,"1234"') == ["+CME ERROR: 16"]
    assert await terminal.ask('AT+CLCK="SC",0,"9876"') == ["OK"]
    assert modem.sim.pin == ""


async def test_without_a_sim_it_says_so(plug_in):
    modem, terminal = await plug_in()
    modem.insert_sim(inserted=False)

    assert await terminal.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert await terminal.ask("AT+CMGL=4") == ["+CMS ERROR: 310"]
    assert await terminal.ask("AT+CCID") == ["+CME ERROR: 10"]


async def test_a_sim_that_needs_time_is_busy_after_a_restart(plug_in):
    _, terminal = await plug_in(sim_ready_s=0.1)
    assert await terminal.ask("AT+CFUN=1,1") == ["OK"]
    assert (await terminal.ask("ATE0+CMEE=1"))[-1] == "OK"

    assert await terminal.ask("AT+CIMI") == ["+CME ERROR: 14"]
    assert await terminal.ask("AT+CPMS?") == ["+CMS ERROR: 314"]


@pytest.mark.parametrize(("name", "stat"), [("+CREG", 1), ("+CGREG", 0), ("+CEREG", 1)])
async def test_registration_is_told_for_the_domains_that_lte_has(plug_in, name, stat):
    _, terminal = await plug_in()

    assert await terminal.ask(f"AT{name}?") == [f"{name}: 0,{stat}", "OK"]


async def test_a_change_of_registration_is_announced_to_who_asked(plug_in):
    modem, terminal = await plug_in()
    await terminal.ask("AT+CREG=1;+CEREG=2")

    modem.firmware.radio.stat = 2
    assert await terminal.until(b"+CEREG: 2\r\n") == b"\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n"
    modem.firmware.radio.stat = 5
    told = await terminal.until(b"7\r\n")
    assert told == b'\r\n+CREG: 5\r\n\r\n+CEREG: 5,"1A2B","01C3D4E5",7\r\n'


async def test_the_operator_is_told_in_three_forms(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+COPS?") == ['+COPS: 0,0,"Clerk Mobile",7', "OK"]
    assert await terminal.ask("AT+COPS=3,2;+COPS?") == ['+COPS: 0,2,"00101",7', "OK"]
    assert await terminal.ask("AT+COPS=3,1;+COPS?") == ['+COPS: 0,1,"Clerk",7', "OK"]
    assert await terminal.ask('AT+COPS=1,2,"00102"') == ["+CME ERROR: 32"]
    assert await terminal.ask('AT+COPS=1,2,"00103"') == ["+CME ERROR: 30"]
    assert await terminal.ask("AT+COPS=2;+COPS?;+CREG?") == ["+COPS: 2", "+CREG: 0,0", "OK"]
    assert await terminal.ask("AT+COPS=0;+CREG?") == ["+CREG: 0,1", "OK"]


async def test_without_power_there_is_no_network(plug_in):
    modem, terminal = await plug_in()

    assert await terminal.ask("AT+CSQ;+CESQ") == ["+CSQ: 23,99", "+CESQ: 99,99,255,255,20,46", "OK"]
    assert await terminal.ask("AT+CFUN=4;+CFUN?") == ["+CFUN: 4", "OK"]
    assert await terminal.ask("AT+CSQ;+CREG?") == ["+CSQ: 99,99", "+CREG: 0,0", "OK"]
    assert await terminal.ask("AT+COPS?") == ["+CME ERROR: 30"]
    assert not modem.reachable
    assert await terminal.ask("AT+CFUN=1;+CREG?") == ["+CREG: 0,1", "OK"]
    assert await terminal.ask("AT+CFUN=7") == ["+CME ERROR: 50"]


async def test_small_queries_answer(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask("AT+CBC;+CPAS;+CGATT?") == ["+CBC: 0,100", "+CPAS: 0", "+CGATT: 1", "OK"]
    assert await terminal.ask("AT+IPR=9600;+IPR?") == ["+IPR: 9600", "OK"]
    assert await terminal.ask("AT+IPR=9601") == ["+CME ERROR: 50"]
    assert await terminal.ask("ATI") == ["clerkd", "Virtual Modem", "Revision: 1.0", "IMEI: 490154203237518", "OK"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ('AT+CLCK="AO",2', ["+CLCK: 0", "OK"]),
        ('AT+CLCK="AO",1,"0000"', ["+CME ERROR: 4"]),
        ('AT+CLCK="XX",2', ["+CME ERROR: 50"]),
        ('AT+CLCK="SC",1,"12"', ["+CME ERROR: 50"]),
        ('AT+CPWD="AO","1","2"', ["+CME ERROR: 50"]),
        ('AT+CPWD="SC","1234","2345"', ["+CME ERROR: 3"]),
        ('AT+CLCK="SC",0,"1234"', ["OK"]),  # it is off already
        ('AT+CPIN="1234"', ["+CME ERROR: 3"]),
        ("AT+CGSN=0", ["490154203237518", "OK"]),
        ('AT+CSCS="KOI8"', ["+CME ERROR: 50"]),
        ("AT+COPN", ['+COPN: "00101","Clerk Mobile"', '+COPN: "00102","Other Mobile"', "OK"]),
        ("AT+CGATT=1", ["OK"]),
        ("AT+COPS=9", ["+CME ERROR: 50"]),
        ("AT&W0&C1&D2X4L1M0", ["OK"]),
        ("ATX9", ["ERROR"]),
        ("ATI99", ["ERROR"]),
        ("ATS5=200", ["ERROR"]),
        ("ATS77?", ["ERROR"]),
        ("ATS7", ["OK"]),
        ("ATS", ["ERROR"]),
        ("ATH7", ["ERROR"]),
        ("ATA1", ["ERROR"]),
        ('AT+VTS="7"', ["+CME ERROR: 3"]),
        ("AT+VTS=99", ["+CME ERROR: 50"]),
        ("AT+CPBR=0", ["+CME ERROR: 21"]),
        ('AT+CPBW=1,"1",129,"a name that is far too long for it"', ["+CME ERROR: 50"]),
        ("AT+CMGW", ["+CMS ERROR: 304"]),
        ("AT+CSMP=3", ["+CMS ERROR: 304"]),
        ("AT+CSCA?", ['+CSCA: "+447700900000",145', "OK"]),
        ('AT+CSCA="447700900001",145;+CSCA?', ['+CSCA: "+447700900001",145', "OK"]),
        ('AT+CSCA="0770",129;+CSCA?', ['+CSCA: "0770",129', "OK"]),
        ('AT+CSCA="x"', ["+CMS ERROR: 304"]),
        ("AT+CSDH?;+CSMP?;+CSMS?", ["+CSDH: 0", "+CSMP: 17,167,0,0", "+CSMS: 0,1,1,1", "OK"]),
        ("AT+CRC?;+CLIP?;+CUSD?", ["+CRC: 0", "+CLIP: 0,1", "+CUSD: 0", "OK"]),
    ],
)
async def test_single_commands_answer_as_the_standards_say(plug_in, line, answer):
    _, terminal = await plug_in()

    assert await terminal.ask(line) == answer


async def test_on_gsm_registration_and_signal_are_those_of_gsm(plug_in):
    modem, terminal = await plug_in()
    modem.firmware.radio.technology = 0

    assert await terminal.ask("AT+CGREG?;+CEREG?") == ["+CGREG: 0,1", "+CEREG: 0,0", "OK"]
    assert await terminal.ask("AT+CESQ") == ["+CESQ: 46,0,255,255,255,255", "OK"]
    assert await terminal.ask("AT+CFUN=0;+CESQ") == ["+CESQ: 99,99,255,255,255,255", "OK"]


async def test_a_barred_network_is_not_chosen_and_an_automatic_fallback_is(plug_in):
    _, terminal = await plug_in()

    assert await terminal.ask('AT+COPS=4,0,"Clerk Mobile";+COPS?') == ['+COPS: 0,0,"Clerk Mobile",7', "OK"]
