"""Whatever a vendor refuses or says in its own way, the line comes up; driven over a pty and over TCP."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.facts import fact
from fakes.modem_rig import profile, stop
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver
from fakes.scripted_modem import OnPty, OnTcp, ScriptedModem

from clerkd.at import errors
from clerkd.at.exchange import Exchange, State
from clerkd.at.transcript import Recording, parse, render, replay
from clerkd.clock import SystemClock
from clerkd.errors import Indeterminate, Temporary
from clerkd.model.line import LineState, Outgoing
from clerkd.modem.line import ModemLine
from clerkd.modem.link import PortAbsent

QUICK = profile(
    deadlines={"submit": 0.3, "prompt": 0.3, "quick": 0.3, "status": 0.3, "storage": 0.3, "list": 0.3, "sim": 0.3}
)


@asynccontextmanager
async def line_to(port, **options):
    receiver = KeepingReceiver()
    line = ModemLine(
        name="support",
        number=NUMBER,
        port=str(port),
        receiver=receiver,
        clock=SystemClock(),
        **{"profile": QUICK, **options},
    )
    task = asyncio.create_task(line.run())
    try:
        yield line, receiver
    finally:
        await stop(task)


async def ready(line, seconds=15):
    async with asyncio.timeout(seconds):
        await line.wait_ready()


def one_segment(line, text="hello"):
    return line.plan(Outgoing(PEER, text, 1, report=False)).segments[0]


@pytest.fixture
async def on_pty(tmp_path):
    modem = ScriptedModem()
    async with OnPty(modem, tmp_path / "modem") as port:
        yield modem, port.path


async def test_a_modem_that_refuses_everything_optional_is_brought_up(on_pty):
    modem, path = on_pty
    keep = {"AT+CMGF?", "AT+CSQ;+CREG?;+CEREG?;+CGREG?"}
    modem.answers = {text: answer if text in keep else "ERROR" for text, answer in modem.answers.items()}
    modem._otherwise = "COMMAND NOT SUPPORT"

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert line.status().state is LineState.DEGRADED
        assert line.status().sim is None
        modem.answers["AT+CMGS=17"] = lambda _text: "> "
        modem.answers[one_segment(line).payload.hex().upper()] = "+CMGS: 9\r\n\r\nOK"
        modem.answers[f"AT+CMGS={len(one_segment(line).payload) - 1}"] = "> "
        receipt = await line.submit(one_segment(line), more=True)
        assert receipt.reference == 9


async def test_a_modem_that_knows_none_of_the_marks_is_brought_up(on_pty):
    modem, path = on_pty
    for question in ("AT+CMGF?", "AT+CMEE?", "AT+CSMS?", "AT+CNMI?", "AT+CPMS?"):
        modem.answers[question] = "ERROR"

    async with line_to(path) as (line, _receiver):
        await ready(line)


async def test_a_modem_that_takes_one_question_a_line_is_asked_one_by_one(on_pty):
    modem, path = on_pty
    modem.answers["AT+CSQ;+CREG?;+CEREG?;+CGREG?"] = "ERROR"
    modem.answers["AT+CSQ"] = "+CSQ: 20,99\r\n\r\nOK"
    modem.answers["AT+CREG?"] = "+CREG: 1,5\r\n\r\nOK"

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert line.status().signal_dbm == -73


async def test_registration_for_messages_on_lte_alone_is_enough(on_pty):
    modem, path = on_pty
    modem.answers["AT+CSQ;+CREG?;+CEREG?;+CGREG?"] = "+CSQ: 99,99\r\n+CREG: 1,0\r\n+CEREG: 1,1\r\n+CGREG: 1,0\r\n\r\nOK"

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert line.status().signal_dbm is None


async def test_a_refused_registration_says_so(on_pty):
    modem, path = on_pty
    modem.answers["AT+CSQ;+CREG?;+CEREG?;+CGREG?"] = "+CREG: 1,3\r\n+CEREG: 1,0\r\n\r\nOK"

    async with line_to(path) as (line, _receiver):
        await fact(lambda: line.status().state is LineState.SEARCHING and "refuses" in (line.status().reason or ""))


async def test_notification_settings_are_tried_until_one_is_kept(on_pty):
    modem, path = on_pty
    modem.answers["AT+CNMI=?"] = "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\n\r\nOK"
    modem.answers["AT+CNMI=2,1,0,1,0"] = "+CMS ERROR: 303"  # advertised and refused
    modem.answers["AT+CNMI?"] = ["+CNMI: 0,0,0,0,0\r\n\r\nOK", "+CNMI: 2,1,0,2,0\r\n\r\nOK"]  # taken and not kept

    async with line_to(path) as (line, _receiver):
        await ready(line)

        settings = [text for text in modem.asked if text.startswith("AT+CNMI=") and "?" not in text]
        assert settings == ["AT+CNMI=2,1,0,1,0", "AT+CNMI=1,1,0,1,0", "AT+CNMI=2,1,0,2,0"]


async def test_a_buffer_that_cannot_be_flushed_is_respected(on_pty):
    modem, path = on_pty
    modem.answers["AT+CNMI=?"] = "+CNMI: (0,1,2),(0,1),(0,2),(0),(1)\r\n\r\nOK"
    modem.answers["AT+CNMI?"] = "+CNMI: 1,1,0,0,1\r\n\r\nOK"

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert modem.asked.index("AT+CNMI=1,1,0,0,1") < modem.asked.index("AT+CLIP=1")
        assert line.status().state is LineState.READY


async def test_a_storage_that_has_no_room_is_passed_over(on_pty):
    modem, path = on_pty
    modem.answers['AT+CPMS="ME","ME","ME"'] = "+CPMS: 0,0,0,0,0,0\r\n\r\nOK"
    modem.answers['AT+CPMS="SM","SM","SM"'] = "+CPMS: 0,30,0,30,0,30\r\n\r\nOK"

    async with line_to(path) as (line, receiver):
        await ready(line)
        modem.answers["AT+CMGR=4"] = "+CMGR: 0,,4\r\n0004AABB\r\n\r\nOK"
        modem.say('+CMTI: "SM",4')
        await receiver.wait(lambda: len(receiver.unreadable) == 1)


async def test_a_sim_that_is_not_ready_for_messages_yet_is_waited_for(on_pty):
    modem, path = on_pty
    modem.answers["AT+CPIN?"] = ["+CME ERROR: 14", "+CPIN: READY\r\n\r\nOK"]
    modem.answers['AT+CPMS="ME","ME","ME"'] = ["+CMS ERROR: 302", "+CPMS: 0,20,0,20,0,20\r\n\r\nOK"]

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert modem.asks('AT+CPMS="ME","ME","ME"') == 2


async def test_a_message_that_cannot_be_read_at_once_is_read_again(on_pty):
    modem, path = on_pty
    modem.answers["AT+CMGR=7"] = ["OK", "+CMGR: 0,,4\r\n0004AABB\r\n\r\nOK"]

    async with line_to(path, profile=profile(read_again_s=0.05)) as (line, receiver):
        await ready(line)
        modem.say('+CMTI: "ME",7')
        await receiver.wait(lambda: len(receiver.unreadable) == 1)

        assert modem.asks("AT+CMGD=7") == 1


async def test_an_empty_slot_is_read_twice_and_no_more(on_pty):
    modem, path = on_pty
    modem.answers["AT+CMGR=7"] = "+CMS ERROR: 321"

    async with line_to(path, profile=profile(read_again_s=0.02)) as (line, _receiver):
        await ready(line)
        modem.say('+CMTI: "ME",7')
        await fact(lambda: modem.asks("AT+CMGR=7") == 2)
        modem.answers["AT+CMGR=8"] = "+CMGR: 0,,1\r\nnot hexadecimal\r\n\r\nOK"
        modem.say('+CMTI: "ME",8')
        await fact(lambda: modem.asks("AT+CMGR=8") == 1)

        assert modem.asks("AT+CMGR=7") == 2
        assert modem.asks("AT+CMGD=8") == 0


async def test_no_sim_is_locked_until_there_is_one(on_pty):
    modem, path = on_pty
    modem.answers["AT+CPIN?"] = "+CME ERROR: 10"

    async with line_to(path) as (line, _receiver):
        await fact(lambda: line.status().state is LineState.LOCKED)
        modem.answers["AT+CPIN?"] = "+CPIN: READY\r\n\r\nOK"
        modem.say("+CPIN: READY")
        await ready(line)


async def test_a_radio_that_is_off_is_switched_on(on_pty):
    modem, path = on_pty
    modem.answers["AT+CFUN?"] = "+CFUN: 4\r\n\r\nOK"

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert modem.asks("AT+CFUN=1") == 1


async def test_words_that_announce_a_restart_bring_the_setup_back(on_pty):
    modem, path = on_pty

    async with line_to(path) as (line, _receiver):
        await ready(line)
        modem.say("RDY")
        await fact(lambda: modem.asks("AT+CMEE=1") == 2)
        await ready(line)


async def test_a_restart_in_the_middle_of_a_submission_is_indeterminate(on_pty):
    modem, path = on_pty

    async with line_to(path, profile=profile()) as (line, _receiver):
        await ready(line)
        segment = one_segment(line)
        modem.answers[f"AT+CMGS={len(segment.payload) - 1}"] = "> "
        modem.answers[segment.payload.hex().upper()] = "RDY"
        async with asyncio.timeout(5):
            with pytest.raises(Indeterminate):
                await line.submit(segment, more=False)
        await ready(line)


async def test_what_the_exchange_cannot_use_is_survived(on_pty):
    modem, path = on_pty

    async with line_to(path) as (line, _receiver):
        await ready(line)
        modem.say("+CMT: ,30", "OK", "OK", "OK", "+CMGS: 99", "SMS Ready", "+CUSD: 2", "whatever")
        assert await line.at("AT+CSQ") == ["OK"]


async def test_the_command_line_sees_everything_and_may_not_do_everything(on_pty):
    modem, path = on_pty
    modem.answers["ATI"] = "clerkd\r\nScripted 1.0\r\n\r\nOK"
    modem.answers["AT+FOO"] = "+CME ERROR: 4"

    async with line_to(path) as (line, _receiver):
        await ready(line)

        assert await line.at(" ATI ") == ["clerkd", "Scripted 1.0", "OK"]
        assert await line.at("AT+FOO") == ["+CME ERROR: 4"]
        modem.answers["AT+BAR?"] = lambda _text: None
        assert await line.at("AT+BAR?") == ["no answer"]
        for refused in ("AT+CMGS=20", "AT+CSQ\rAT+CFUN=0", "AT\x1a", "ATé", "hello", "", "at+cnma=1,3"):
            with pytest.raises(errors.Permanent) as error:
                await line.at(refused)
            assert error.value.code == "refused"
            assert refused not in modem.asked[-1:]


async def test_an_absent_modem_takes_no_command(tmp_path):
    async with line_to(tmp_path / "nothing") as (line, _receiver):
        with pytest.raises(PortAbsent):
            await line.at("AT")


async def test_a_modem_behind_tcp_is_driven_and_comes_back():
    modem = ScriptedModem()
    async with OnTcp(modem) as server, line_to(server.url) as (line, receiver):
        await ready(line)
        segment = one_segment(line)
        modem.answers[f"AT+CMGS={len(segment.payload) - 1}"] = "> "
        modem.answers[segment.payload.hex().upper()] = "+CMGS: 3\r\n\r\nOK"
        assert (await line.submit(segment, more=False)).reference == 3

        server.hang_up()
        await fact(lambda: LineState.ABSENT in receiver.states[receiver.states.index(LineState.READY) :])
        await ready(line)
        assert (await line.submit(segment, more=False)).reference == 3


@pytest.mark.parametrize("port", ["tcp://127.0.0.1:1", "tcp://nowhere", "tcp://127.0.0.1:port"])
async def test_an_address_where_nobody_is_makes_the_line_absent(port):
    async with line_to(port) as (line, _receiver):
        await fact(lambda: "tcp://" in (line.status().reason or ""))

        assert line.status().state is LineState.ABSENT
        with pytest.raises(Temporary):
            await line.submit(one_segment(line), more=False)


async def test_a_file_that_is_no_port_makes_the_line_absent(tmp_path):
    (tmp_path / "file").write_text("no modem")

    async with line_to(tmp_path / "file") as (line, _receiver):
        await fact(lambda: "cannot open" in (line.status().reason or ""))


async def test_a_dialogue_can_be_recorded_and_replayed(on_pty):
    modem, path = on_pty
    recording = Recording(asyncio.get_running_loop().time())

    async with line_to(path) as (line, _receiver):
        line.recorder.tap = recording
        await ready(line)
        segment = one_segment(line)
        modem.answers[f"AT+CMGS={len(segment.payload) - 1}"] = "> "
        modem.answers[segment.payload.hex().upper()] = "+CMGS: 3\r\n\r\nOK"
        await line.submit(segment, more=False)

        def again():
            return replay(parse(render(recording.entries)), Exchange(QUICK.noise))

        await fact(lambda: again().state is State.IDLE)  # the line may just have asked for something
        replayed = again()

    assert next(answer for answer in replayed.answers if answer.command.pdu).lines == ("+CMGS: 3",)


async def test_a_modem_that_never_says_ok_to_some_commands_is_brought_up(on_pty):
    modem, path = on_pty
    modem.answers["AT+CPIN?"] = "+CPIN: READY"
    modem.answers['AT+CPMS="ME","ME","ME"'] = "+CPMS: 0,20,0,20,0,20"

    async with line_to(path) as (line, receiver):
        await ready(line)
        modem.answers["AT+CMGR=4"] = "+CMGR: 0,,4\r\n0004AABB\r\n\r\nOK"
        modem.say('+CMTI: "ME",4')
        await receiver.wait(lambda: len(receiver.unreadable) == 1)


async def test_what_is_handed_over_during_the_setup_is_received(on_pty):
    modem, path = on_pty

    def early(_text):
        modem.say("+CDS: 3", "0002AABB")
        return '+CSCA: "+447700900000",145\r\n\r\nOK'

    modem.answers["AT+CSCA?"] = early
    async with line_to(path) as (line, receiver):
        await ready(line)
        await receiver.wait(lambda: len(receiver.unreadable) == 1)


async def test_a_command_that_changes_settings_brings_the_setup_back(on_pty):
    modem, path = on_pty

    async with line_to(path) as (line, _receiver):
        await ready(line)
        await line.at("AT+CSQ")
        assert modem.asks("AT+CMGF=0") == 1
        assert await line.at("AT+CMGF=1") == ["OK"]
        await fact(lambda: modem.asks("AT+CMGF=0") == 2)
        await ready(line)


async def test_a_word_of_the_profile_that_messages_work_now_is_a_reason_to_look(on_pty):
    modem, path = on_pty

    async with line_to(path, profile=profile(noise=("#QSS",), ready_words=("#QSS: 3",))) as (line, _receiver):
        await ready(line)
        await fact(lambda: modem.asks("AT+CMGL=4") == 2)
        modem.say("#QSS: 1", "#QSS: 3")
        await fact(lambda: modem.asks("AT+CMGL=4") == 3)


async def test_a_receiver_that_fails_to_hear_of_a_status_loses_no_answer(on_pty):
    modem, path = on_pty
    modem.answers["AT+COPS?"] = ['+COPS: 0,0,"Clerk Mobile",7\r\n\r\nOK']

    async with line_to(path) as (line, receiver):
        await ready(line)
        await fact(lambda: line.status().operator is not None)

        def fail(_status):
            raise RuntimeError

        receiver.line_changed = fail
        modem.answers["AT+FOO"] = "+CREG: 2\r\n\r\nOK"
        modem.say("+CREG: 0", "+CEREG: 0", "+CREG: 1")
        assert await line.at("AT+FOO") == ["OK"]


async def test_a_prompt_missed_because_of_a_restart_is_not_asked_for_again(on_pty):
    modem, path = on_pty

    async with line_to(path, profile=profile()) as (line, _receiver):
        await ready(line)
        segment = one_segment(line)
        command = f"AT+CMGS={len(segment.payload) - 1}"
        modem.answers[command] = "RDY"
        with pytest.raises(Temporary):
            await line.submit(segment, more=False)
        assert modem.asks(command) == 1
        await ready(line)
