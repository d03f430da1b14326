import asyncio

import pytest
from fakes.modem_rig import profile
from fakes.numbers import PEER

from clerkd.at import errors
from clerkd.at.errors import Unanswered
from clerkd.codec.errors import EncodeError
from clerkd.errors import Indeterminate, Temporary
from clerkd.model.line import LineState, Outgoing, PlannedSegment
from clerkd.model.message import Encoding
from clerkd.modem.submission import NoPrompt

QUICK = profile(deadlines={"submit": 0.2, "prompt": 0.15, "trailer": 0.1})


def texts(network):
    return [text.text for text in network.phone(PEER).inbox]


async def test_a_segment_takes_two_exchanges_and_nothing_else_recurs(start_line, network):
    rig = await start_line()
    await rig.send("first", more=True)
    await rig.until(lambda: rig.commands.count("AT+CMGL=4") == 2 and "AT+COPS?" in rig.commands)
    before = len(rig.commands)

    for number in range(20):
        await rig.send(f"text {number}", more=True)

    assert rig.commands[before:] == [command for command in rig.commands[before:] if command.startswith("AT+CMGS=")]
    assert len(rig.commands[before:]) == 20
    assert texts(network) == ["first", *(f"text {number}" for number in range(20))]


async def test_the_radio_link_is_kept_once_for_all_when_more_is_to_come(start_line):
    rig = await start_line()

    await rig.send("alone")
    assert "AT+CMMS=2" not in rig.commands
    for _ in range(3):
        await rig.send("not alone", more=True)

    assert rig.commands.count("AT+CMMS=2") == 1


async def test_a_modem_that_cannot_keep_the_link_is_asked_once(start_line, network):
    from clerkd.simulate.modem import Habits

    rig = await start_line(habits=Habits(more_messages=False))

    for _ in range(3):
        await rig.send("hello", more=True)

    assert rig.commands.count("AT+CMMS=2") == 1
    assert texts(network) == ["hello"] * 3


async def test_a_long_text_arrives_whole(start_line, network):
    rig = await start_line()
    text = "Grüße aus Zürich 😀 " * 20

    receipts = await rig.send(text, more=True)

    assert len(receipts) == len({receipt.reference for receipt in receipts}) > 1
    assert texts(network) == [text]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (38, errors.NetworkBusy),
        (500, errors.UnknownFault),
        (331, errors.NoNetworkService),
        (322, errors.StorageFull),
        (21, errors.Barred),
        (304, errors.InvalidPdu),
        (330, errors.NoServiceCentre),
    ],
)
async def test_a_refused_segment_is_not_on_the_air_and_the_next_one_goes(start_line, network, code, error):
    rig = await start_line()
    rig.modem.faults.apply("cms_code", code)
    rig.modem.faults.apply("cms_error", "next:1")

    with pytest.raises(error):
        await rig.send("refused")
    await rig.send("taken")

    assert texts(network) == ["taken"]


async def test_a_network_timeout_after_the_pdu_is_indeterminate(start_line):
    rig = await start_line()
    rig.modem.faults.apply("cms_code", 332)
    rig.modem.faults.apply("cms_error", "next:1")

    with pytest.raises(errors.Unanswered):
        await rig.send("who knows")


async def test_a_lost_result_is_indeterminate_and_the_next_one_is_not_mistaken(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("lost_result", "next:1")

    with pytest.raises(Indeterminate):
        await rig.send("sent, but who knows")
    (receipt,) = await rig.send("next")

    assert texts(network) == ["sent, but who knows", "next"]
    assert receipt.reference == 1


async def test_a_message_whose_ok_alone_is_missing_is_sent(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("lost_ok", "next:1")

    (first,) = await rig.send("first")
    (second,) = await rig.send("second")

    assert (first.reference, second.reference) == (0, 1)
    assert texts(network) == ["first", "second"]


async def test_a_late_result_does_not_end_another_command(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("late_by", 0.4)
    rig.modem.faults.apply("late_result", "next:1")

    with pytest.raises(Indeterminate):
        await rig.send("late")
    (receipt,) = await rig.send("next")

    assert receipt.reference == 1
    assert texts(network) == ["late", "next"]


async def test_a_late_result_gives_the_receipt_of_what_was_in_doubt(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("late_by", 0.4)
    rig.modem.faults.apply("late_result", "next:1")

    with pytest.raises(Unanswered) as doubt:
        await rig.send("late")
    async with asyncio.timeout(15):
        receipt = await doubt.value.later

    assert receipt.reference == 0
    assert texts(network) == ["late"]


async def test_nothing_is_expected_any_more_once_a_later_submission_has_its_result(start_line):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("lost_result", "next:1")

    with pytest.raises(Unanswered) as doubt:
        await rig.send("sent, but who knows")
    await rig.send("next")

    assert doubt.value.later.cancelled()


async def test_a_prompt_that_does_not_come_is_asked_for_again(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("no_prompt", "next:1")

    await rig.send("once")

    assert texts(network) == ["once"]


async def test_a_prompt_that_never_comes_means_that_nothing_went_out(start_line, network):
    rig = await start_line(line_options={"profile": QUICK})
    rig.modem.faults.apply("no_prompt", "next:2")

    with pytest.raises(NoPrompt):
        await rig.send("never")
    await rig.send("then")

    assert texts(network) == ["then"]


async def test_a_slow_prompt_is_waited_for(start_line, network):
    rig = await start_line()
    rig.modem.faults.apply("slow_prompt", 0.3)

    await rig.send("patience")

    assert texts(network) == ["patience"]


async def test_a_port_lost_with_the_pdu_in_flight_is_indeterminate_and_comes_back(start_line, network):
    rig = await start_line()
    rig.modem.faults.apply("gone_for", 0.2)
    rig.modem.faults.apply("drop_in_text", "next:1")

    with pytest.raises(Indeterminate):
        await rig.send("lost on the way")
    await rig.state(LineState.ABSENT)
    await rig.ready(2)
    await rig.send("back")

    assert texts(network) == ["back"]


async def test_a_cancelled_submission_does_not_spoil_the_next_one(start_line, network):
    rig = await start_line(submit_delay_s=0.3)
    sending = asyncio.create_task(rig.send("cancelled"))
    await rig.until(lambda: rig.commands[-1].startswith("AT+CMGS") and rig.line.recorder.lines()[-1].endswith("\\x1a"))
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    (receipt,) = await rig.send("next")

    assert receipt.reference == 1
    assert texts(network) == ["cancelled", "next"]


async def test_a_submission_cancelled_before_its_prompt_sends_nothing(start_line, network):
    rig = await start_line()
    rig.modem.faults.apply("slow_prompt", 0.2)
    sending = asyncio.create_task(rig.send("cancelled"))
    await rig.until(lambda: rig.commands[-1].startswith("AT+CMGS"))
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    rig.modem.faults.apply("slow_prompt", 0)
    async with asyncio.timeout(3):
        await rig.send("next")

    assert texts(network) == ["next"]


async def test_an_absent_modem_refuses_for_now(tmp_path, start_line):
    rig = await start_line()
    rig.modem.gone(60)
    await rig.state(LineState.ABSENT)

    with pytest.raises(Temporary) as refused:
        await rig.send("not now")
    assert "ttyUSB0" in str(refused.value) or "error" in str(refused.value).lower()


async def test_every_noise_at_once_spoils_nothing(start_line, network):
    rig = await start_line()
    for knob, value in {"noise": 0.5, "noise_inside": 0.3, "urc_in_prompt": 0.5, "garbage": 0.3, "dribble": 7}.items():
        rig.modem.faults.apply(knob, value)
    rig.modem.faults.apply("dribble_pause", 0.0001)
    rig.modem.faults.apply("echo", value=True)
    phone = network.phone(PEER)

    for number in range(50):
        await rig.send(f"out {number}")
        phone.send(rig.modem.number, f"in {number}")
    await rig.receiver.wait(lambda: len(rig.receiver.texts) == 50)

    assert texts(network) == [f"out {number}" for number in range(50)]
    assert sorted(rig.receiver.texts) == sorted(f"in {number}" for number in range(50))


async def test_a_plan_is_pure_and_says_its_encoding(start_line):
    rig = await start_line(ready=False)
    outgoing = Outgoing(PEER, "x" * 161, 0x1234, report=False)

    plan = rig.line.plan(outgoing)

    assert plan == rig.line.plan(outgoing)
    assert plan.encoding is Encoding.GSM7
    assert [(segment.part, segment.of) for segment in plan.segments] == [(1, 2), (2, 2)]
    assert b"\x05\x00\x03\x34\x02\x01" in plan.segments[0].payload  # 8-bit reference, part 1 of 2
    with pytest.raises(EncodeError):
        rig.line.plan(Outgoing("+1" * 20, "x", 1, report=False))


@pytest.mark.parametrize(("line", "message", "bit"), [(True, True, 0x20), (True, False, 0), (False, True, 0)])
async def test_a_report_is_asked_for_only_if_line_and_message_want_it(start_line, line, message, bit):
    rig = await start_line(ready=False, line_options={"reports": line})

    (segment,) = rig.line.plan(Outgoing(PEER, "x", 1, report=message)).segments

    assert segment.payload[1] & 0x20 == bit


async def test_a_pdu_that_the_modem_cannot_read_is_refused_for_good(start_line):
    rig = await start_line()

    with pytest.raises((errors.InvalidPdu, errors.UnknownFault)):
        await rig.line.submit(PlannedSegment(1, 1, bytes.fromhex("0031000B91")), more=False)
