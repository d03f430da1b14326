"""The list of what goes out later, and the question about what missed its time."""

import asyncio

from fakes.desk import PEER
from fakes.slack_room import buttons_of, open_room, texts_of

from clerkd.model.message import Origin, OriginKind, SendRequest
from clerkd.model.recurrence import Frequency, Recurrence, instant, local_time
from clerkd.slack.screens import scheduled as screen
from clerkd.slack.screens import send_text
from clerkd.store.ops.due import fall_due
from clerkd.store.ops.schedules import list_scheduled


async def schedule(room, text: str, in_s: int = 3600, **more):
    user = room.slack.state.user("dana").id
    at = room.office.clock.now_ms() // 60_000 * 60_000 + in_s * 1000
    request = SendRequest(to=PEER, text=text, send_at=at, origin=Origin(OriginKind.SLACK, user), **more)
    return (await room.office.outbox.accept(request)).message


def weekly(room, in_s: int = 3600) -> Recurrence:
    starts = local_time(room.office.clock.now_ms() + in_s * 1000, "Europe/Berlin")
    return Recurrence(Frequency.WEEKLY, starts, "Europe/Berlin", count=5)


async def opened(room, user: str = "dana"):
    await room.workspace.user_runs(user, "/clerk", "scheduled", channel="clerk-sms")
    return await room.sees(lambda: shown(room, user))


def shown(room, user: str = "dana"):
    view = room.workspace.top_view(user)
    return view if view is not None and view["callback_id"] == screen.CALLBACK else None


def words(room, user: str = "dana") -> str:
    return texts_of(shown(room, user) or {})


def button(room, label: str, number: int = 0) -> dict:
    rows = [block for block in shown(room)["blocks"] if block["type"] == "actions"]
    found = [
        {"action_id": one["action_id"], "block_id": row["block_id"]}
        for row in rows
        for one in row["elements"]
        if one["text"]["text"] == label
    ]
    return found[number]


async def press(room, label: str, number: int = 0):
    where = button(room, label, number)
    await room.workspace.user_clicks_in_view("dana", where["action_id"], block_id=where["block_id"])


async def waiting(room):
    return await room.office.store.read(list_scheduled)


async def test_the_list_is_in_order_of_time_with_who_what_and_by_whom(tmp_path):
    async with open_room(tmp_path) as room:
        await schedule(room, "Second", 7200)
        await schedule(room, "First", 3600, cancel_if_answered=True)
        await opened(room)
        said = words(room)
        assert said.index("First") < said.index("Second")
        assert "(415) 555-0123" in said
        assert "line support · by dana · unless they text first" in said


async def test_an_empty_list_says_how_to_fill_it(tmp_path):
    async with open_room(tmp_path) as room:
        await opened(room)
        assert "Nothing is scheduled" in words(room)


async def test_send_now_sends_and_the_list_is_shorter(tmp_path):
    async with open_room(tmp_path) as room:
        await schedule(room, "Now, please")
        await opened(room)
        await press(room, "Send now")
        await room.office.radio.wait_air(1)
        await room.sees(lambda: "It is being sent now" in words(room) and "Now, please" not in words(room))


async def test_cancel_asks_first_and_says_so_in_the_thread(tmp_path):
    async with open_room(tmp_path) as room:
        await schedule(room, "Never mind")
        await opened(room)
        row = next(block for block in shown(room)["blocks"] if block["type"] == "actions")
        assert next(one for one in row["elements"] if one["text"]["text"] == "Cancel")["confirm"]
        await press(room, "Cancel")
        await room.sees(lambda: "Cancelled: it is not sent" in words(room))
        root = await room.card()
        assert "Cancelled before it was sent" in texts_of((await room.thread(root, 2))[1])
        assert await waiting(room) == []


async def test_what_went_out_meanwhile_is_not_cancelled_but_said(tmp_path):
    async with open_room(tmp_path) as room:
        message = await schedule(room, "Gone")
        await opened(room)
        await room.office.outbox.release(message.id)
        await press(room, "Cancel")
        await room.sees(lambda: "not waiting any more" in words(room))


async def test_edit_opens_the_form_with_what_there_is_and_changes_it_in_place(tmp_path):
    async with open_room(tmp_path) as room:
        message = await schedule(room, "Old words", cancel_if_answered=True)
        await opened(room)
        await press(room, "Edit")
        view = await room.sees(
            lambda: (top := room.workspace.top_view("dana"))["callback_id"] == send_text.CALLBACK and top
        )
        values = view["state"]["values"]
        assert values["text:0"][send_text.TEXT]["value"] == "Old words"
        assert values["at"][send_text.AT]["selected_date_time"] == message.send_at // 1000
        assert len(values["cancel_if_answered"][send_text.CANCEL_IF_ANSWERED]["selected_options"]) == 1
        await room.workspace.user_fills("dana", send_text.TEXT, "New words", block_id="text:0", view_id=view["id"])
        later = message.send_at // 1000 + 600
        await room.workspace.user_enters("dana", send_text.AT, later)
        await room.workspace.user_submits_view("dana")
        (one,) = await waiting(room)
        assert (one.message.id, one.message.text, one.message.send_at) == (message.id, "New words", later * 1000)
        root = await room.card()
        await room.sees(lambda: "New words" in texts_of(room.replies(root)[0]))


async def test_a_series_shows_its_rule_and_dates_and_can_skip_or_stop(tmp_path):
    async with open_room(tmp_path) as room:
        rule = weekly(room)
        at = instant(rule.starts, rule.zone)
        wish = SendRequest(to=PEER, text="Bins", send_at=at, recurrence=rule)
        first = (await room.office.outbox.accept(wish)).message
        await opened(room)
        said = words(room)
        assert f"🔁 every week on {rule.starts:%A} at {rule.starts:%H:%M} (Europe/Berlin), 5 times in all" in said
        assert said.count(f"{rule.starts:%H:%M}") == 4
        await press(room, "Skip this one")
        await room.sees(lambda: "Cancelled: it is not sent" in words(room))
        await room.quiet()
        second = await following(room, first.id)
        assert second.series.turn.number == 1
        await room.workspace.user_closes_view("dana")
        await opened(room)
        await press(room, "Stop repeating")
        await room.sees(lambda: "Stopped: it is not sent any more" in words(room))
        assert await waiting(room) == []


async def following(room, message_id: str):
    """Wait for the turn after a message."""
    async with asyncio.timeout(10):
        while (found := await waiting(room)) == [] or found[0].message.id == message_id:
            await room.office.reader.wait_for(lambda notice: True)
    return found[0]


async def test_a_text_that_missed_its_time_is_asked_about_once_and_acts_once(tmp_path):
    async with open_room(tmp_path) as room:
        message = await schedule(room, "Good morning")
        late = message.send_at + 2 * 3_600_000
        await room.office.store.write(fall_due, now=late, tolerated_ms=3_600_000)
        room.office.publisher.wake()
        root = await room.card()
        asked = (await room.thread(root, 2))[1]
        assert "its time passed while clerkd was not running. Send it now?" in texts_of(asked)
        assert list(buttons_of(asked)) == ["Send now", "Cancel"]
        await room.workspace.user_clicks("sam", "clerk-sms", asked["ts"], buttons_of(asked)["Send now"])
        await room.office.radio.wait_air(1)
        await room.sees(lambda: "Sent by sam" in texts_of(room.replies(root)[1]))
        assert buttons_of(room.replies(root)[1]) == {}
        await room.quiet()
        assert room.office.radio.texts == ["Good morning"]


async def test_a_text_that_missed_its_time_can_be_dropped(tmp_path):
    async with open_room(tmp_path) as room:
        message = await schedule(room, "Good morning")
        await room.office.store.write(fall_due, now=message.send_at + 7_200_000, tolerated_ms=3_600_000)
        room.office.publisher.wake()
        root = await room.card()
        asked = (await room.thread(root, 2))[1]
        await opened(room)
        assert "⏸️ Missed" in words(room)
        await room.workspace.user_clicks("dana", "clerk-sms", asked["ts"], buttons_of(asked)["Cancel"])
        await room.sees(lambda: "Not sent, dana decided" in texts_of(room.replies(root)[1]))
        await room.quiet()
        assert len(room.replies(root)) == 2
        assert room.office.radio.texts == []


async def test_a_follow_up_that_they_answered_says_why_it_was_not_sent(tmp_path):
    async with open_room(tmp_path) as room:
        await schedule(room, "Any questions?", cancel_if_answered=True)
        root = await room.card()
        await room.text("No, thanks")
        replies = await room.thread(root, 3)
        assert "Not sent: they texted first." in "".join(texts_of(one) for one in replies)


async def test_a_long_list_has_pages(tmp_path):
    async with open_room(tmp_path) as room:
        for number in range(17):
            await schedule(room, f"Text {number:02}", 3600 + 60 * number)
        await opened(room)
        assert "1 to 15 of 17" in words(room)
        await press(room, "Later ▶")
        await room.sees(lambda: "16 to 17 of 17" in words(room))
        assert "Text 16" in words(room)
        await press(room, "◀ Earlier")
        await room.sees(lambda: "Text 00" in words(room))


async def test_a_mention_offers_the_list(tmp_path):
    async with open_room(tmp_path) as room:
        await schedule(room, "One")
        await room.workspace.user_mentions("dana", "clerk-sms", "scheduled")
        offered = await room.sees(lambda: room.workspace.ephemerals("dana"))
        assert "Scheduled (1)" in buttons_of(offered[0])
        await room.workspace.user_clicks("dana", "clerk-sms", offered[0]["ts"], screen.OPEN)
        await room.sees(lambda: shown(room))
