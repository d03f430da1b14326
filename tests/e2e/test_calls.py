"""Calls, from a phone that rings the line to what people, the caller and the network make of it."""

import json

from fakes.daemon import clerkd
from fakes.world import CHANNEL, LINE_NUMBER, world

ANN = "+447700900123"
DESK = "+14155550142"
TEXT = "We cannot take calls on this number. Please text us."


async def forwarding(w, *arguments):
    """Run `clerkd line forwarding support …` and return its status and what it prints."""
    status, out, err = await clerkd(
        "line", "forwarding", "support", *arguments, "--json", "--state-dir", w.daemon.state_dir
    )
    return status, {one["reason"]: one for one in json.loads(out)["forwarding"]} if out else err


def said_to(w, card):
    return [message["text"] for message in w.thread(card["ts"])]


async def test_a_call_is_dropped_told_in_the_thread_and_answered_by_one_text(tmp_path):
    line = {"text_back": {"text": TEXT}}
    async with world(tmp_path, line=line) as w:
        await w.daemon.post("/v1/contacts", {"name": "Ann Lee", "numbers": [ANN]})
        call = w.phone(ANN).call(LINE_NUMBER)
        await w.sees(lambda: call.over)
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == [TEXT], 20)
        again = w.phone(ANN).call(LINE_NUMBER)
        await w.sees(lambda: again.over)

        card = await w.card_of()
        await w.sees(lambda: sum("Missed call" in text for text in said_to(w, card)) == 2)
        assert [text for text in said_to(w, card) if "Missed call from Ann Lee, +44 7700 900123" in text]
        assert sum(TEXT in text for text in said_to(w, card)) == 1
        assert len(w.phone(ANN).inbox) == 1


async def test_a_text_back_that_the_rules_forbid_is_not_sent_and_people_are_told_why(tmp_path):
    line = {"text_back": {"text": TEXT}, "countries": ["US"]}
    async with world(tmp_path, line=line) as w:
        w.phone(ANN).call(LINE_NUMBER)
        card = await w.card_of()
        await w.sees(lambda: [text for text in said_to(w, card) if "No text back" in text and "may text US" in text])
        assert w.phone(ANN).inbox == []


async def test_a_withheld_number_is_told_in_the_channel(tmp_path):
    async with world(tmp_path) as w:
        w.phone(ANN).call(LINE_NUMBER, withheld=True)
        await w.sees(lambda: [m for m in w.slack.workspace.messages(CHANNEL) if "number withheld" in m["text"]])


async def test_the_network_s_own_answer_is_shown_by_the_command_line(tmp_path):
    async with world(tmp_path) as w:
        await w.line_becomes("ready")
        status, shown = await forwarding(w)
        assert (status, [one["active"] for one in shown.values()]) == (0, [False] * 4)

        status, shown = await forwarding(w, "set", "(415) 555-0142", "--reason", "no-reply", "--after", "15")
        assert (status, shown["no-reply"]) == (
            0, {"reason": "no-reply", "active": True, "number": DESK, "after_s": 15},
        )  # fmt: skip
        assert w.modem.firmware.forwarding.forwardings[2].number == DESK

        status, shown = await forwarding(w, "erase", "--reason", "no-reply")
        assert (status, shown["no-reply"]["active"]) == (0, False)
        for wrong in (
            ("set", LINE_NUMBER), ("set", DESK, "--after", "15"), ("set", DESK, "--reason", "no-reply", "--after", "7"),
        ):  # fmt: skip
            status, _ = await forwarding(w, *wrong)
            assert status == 1
        status, _ = await forwarding(w, "set")
        assert status == 2


async def test_a_line_that_forwards_has_told_the_network_before_anybody_calls(tmp_path):
    async with world(tmp_path, line={"calls": "forward", "forward_to": DESK}) as w:
        await w.sees(lambda: 0 in w.modem.firmware.forwarding.forwardings)
        assert w.modem.firmware.forwarding.forwardings[0].number == DESK

        desk = w.phone(DESK)
        call = w.phone(ANN).call(LINE_NUMBER)
        assert desk.calls == [call]
        assert not call.over
        call.end()
        assert w.cards() == []
