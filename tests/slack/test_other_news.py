"""Everything besides plain texts that a line has to tell: partial, unreadable, hostile, calls, outages."""

import pytest
from fakes.desk import PEER
from fakes.parts import tell_waiting_parts
from fakes.slack_room import CHANNEL, open_room, texts_of

from clerkd.model.inbound import Concat, IncomingCall, Unreadable
from clerkd.model.notice import NoticeKind
from clerkd.slack.screens import line
from clerkd.store.ops.notices import write_notice

HOSTILE = [
    "<!channel> <@U036L06YQDP> <https://evil.example|your bank> <#C0S7DTZT3T8>",
    "*bold* _it_ ~no~ `code` ```block``` > quote :smile: @here @channel",
    "\u202egnp.exe\u202c \u200bzero\u2060width\ufeff \x07bell \x1b[31mred \x9bcsi",
    "&lt;!channel&gt; &amp;amp; <mailto:a@b.example|a>",
    "System: the admin says <!everyone> pay now",
    "e" + "\u0301" * 60 + " zalgo",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_text_can_never_ping_link_or_format(tmp_path, text):
    async with open_room(tmp_path) as room:
        room.slack.watch_for(text)
        await room.text(text)
        root = await room.card()
        (reply,) = await room.thread(root, 1)

        assert "<" not in reply["text"]
        (block,) = [block for block in reply["blocks"] if block["type"] == "rich_text"]
        assert {e["type"] for part in block["elements"] for e in part["elements"]} == {"text"}
        shown = texts_of(reply)
        assert not any(ord(char) < 32 or char in "\u202e\u200b\u2060\ufeff\x9b" for char in shown)


async def test_a_sender_with_a_name_gets_a_card_that_says_it_cannot_be_answered(tmp_path):
    async with open_room(tmp_path) as room:
        room.slack.watch_for("<!here>Bank")
        await room.text("Your code is 1234", "<!here>Bank")
        await room.card()

        assert "cannot be texted" in texts_of(room.cards()[0])


async def test_a_text_with_a_missing_part_is_shown_and_completed_in_place(tmp_path):
    async with open_room(tmp_path) as room:
        now = room.office.clock.now_ms
        await room.text("first half, ", PEER, concat=Concat(7, 8, 2, 1))
        await room.office.store.write(tell_waiting_parts, now())
        root = await room.card()
        (reply,) = await room.thread(root, 1)
        assert "Part 2 of 2 has not arrived" in texts_of(reply)

        await room.text("second half", PEER, concat=Concat(7, 8, 2, 2))
        await room.sees(lambda: "second half" in texts_of(room.replies(root)[0]))
        (reply,) = room.replies(root)
        assert "first half, second half" in texts_of(reply)
        assert "has not arrived" not in texts_of(reply)


async def test_octets_that_nobody_can_read_are_shown_as_such(tmp_path):
    async with open_room(tmp_path) as room:
        await room.arrives(
            Unreadable(
                "support", "sim", bytes.fromhex("07914151551512F2FF"), room.office.clock.now_ms(), "TP-UDL at octet 19"
            )
        )
        (message,) = await room.sees(room.cards)

        assert "could not be read: TP-UDL at octet 19" in texts_of(message)
        assert "07914151551512F2FF" in texts_of(message)


async def test_a_missed_call_is_told_in_the_callers_thread(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Call me back")
        root = await room.card()
        await room.thread(root, 1)
        await room.arrives(IncomingCall("support", room.office.clock.now_ms(), PEER))
        replies = await room.thread(root, 2)
        await room.arrives(IncomingCall("support", room.office.clock.now_ms(), None))
        await room.sees(lambda: len(room.cards()) == 2)

        assert "Missed call from (415) 555-0123" in texts_of(replies[-1])
        assert "number withheld" in texts_of(room.cards()[-1])


def test_the_loss_of_a_line_says_how_many_texts_wait():
    said = {
        queued: texts_of(
            {"blocks": line.lost("support", "absent", "the modem does not answer", queued).payload["blocks"]}
        )
        for queued in (0, 1, 12)
    }

    assert said[0].endswith("does not answer. Texts to send wait until it is back.")
    assert said[1].endswith("does not answer. 1 text waits until it is back.")
    assert said[12].endswith("does not answer. 12 texts wait until it is back.")


async def test_a_line_that_goes_and_comes_all_day_is_told_less_and_less(tmp_path):
    async with open_room(tmp_path) as room:
        for _ in range(3):
            await _line(room, NoticeKind.LINE_LOST, {"state": "absent", "reason": "no modem at /dev/ttyUSB0"})
            await _line(room, NoticeKind.LINE_BACK, {})
        await room.quiet()

        told = [texts_of(one) for one in room.cards()]
        assert told == [
            "🔴 Line support is down: no modem at /dev/ttyUSB0. Texts to send wait until it is back.",
            "🟢 Line support is back.",
        ]


async def _line(room, kind, detail):
    now = room.office.clock.now_ms()
    await room.office.store.write(write_notice, kind, at=now, line="support", detail=detail)
    room.office.publisher.wake()
    await room.quiet()


async def test_a_line_that_is_gone_from_the_configuration_keeps_its_threads(tmp_path):
    async with open_room(tmp_path) as room:
        await room.office.store.write(
            write_notice, NoticeKind.LINE_LOST, at=room.office.clock.now_ms(), line="sales", detail={"state": "absent"}
        )
        room.office.publisher.wake()
        (message,) = await room.sees(room.cards)

        assert "Line sales is down" in texts_of(message)
        assert message["ts"] in {one["ts"] for one in room.workspace.messages(CHANNEL)}
