"""Texts at a later time through the real process: they wait, survive, repeat, and ask when they are late."""

import sqlite3
import time

from fakes.forms import Person
from fakes.slack_room import buttons_of, texts_of
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.slack.screens import scheduled, send_text

ANN = "+14155550142"
FAR = 7200


async def fill(dana: Person, w, text: str, at: int, **more) -> None:
    """Schedule a text to Ann through the form."""
    await dana.runs(f"send 4155550142 {text}")
    await dana.sees(send_text.CALLBACK)
    await dana.enters(send_text.LATER, [send_text.YES])
    await dana.sees(send_text.CALLBACK, "Time zone")
    await dana.enters(send_text.AT, at)
    if more.get("repeat"):
        await dana.enters(send_text.REPEAT, more["repeat"])
        await dana.sees(send_text.CALLBACK, "Next: ")
    if more.get("unless_they_text"):
        await dana.enters(send_text.CANCEL_IF_ANSWERED, [send_text.YES])
    assert await dana.submits() == {}


def shift(w, seconds: int) -> None:
    """Have what is scheduled be due so much earlier; the daemon is not running."""
    with sqlite3.connect(w.daemon.state_dir / "clerkd.db") as connection:
        connection.execute(
            "UPDATE messages SET send_at = send_at - ? WHERE disposition = 'scheduled'", (seconds * 1000,)
        )
    connection.close()


async def test_a_text_waits_for_its_time_and_shows_what_it_waits_for(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        await fill(dana, w, "See you", int(time.time()) + 3)
        card = await w.card_of()
        (shown,) = await w.sees(lambda: w.thread(card["ts"]))
        assert texts_of(shown).startswith("🕒 Scheduled by dana for ")
        await w.sees(lambda: "clock3" in w.reactions(shown["ts"], thread_ts=card["ts"]))
        phone = w.phone(ANN)
        assert [text.text for text in await w.sees(lambda: phone.inbox)] == ["See you"]
        await w.sees(lambda: texts_of(w.thread(card["ts"])[0]) == "↪️ Sent by dana\nSee you")
        await w.sees(lambda: "vibration_mode" in w.reactions(shown["ts"], thread_ts=card["ts"]))


async def test_a_text_survives_a_power_cut_and_goes_out_a_little_late(tmp_path):
    async with world(tmp_path) as w:
        await fill(Person(w, "dana"), w, "See you", int(time.time()) + FAR)
        await w.daemon.kill()
        shift(w, FAR + 50 * 60)
        await w.daemon.start()
        await w.daemon.ready()
        phone = w.phone(ANN)
        assert [text.text for text in await w.sees(lambda: phone.inbox)] == ["See you"]


async def test_a_text_that_is_too_late_asks_a_person(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        await fill(dana, w, "Good morning", int(time.time()) + FAR)
        card = await w.card_of()
        await w.daemon.kill()
        shift(w, FAR + 70 * 60)
        await w.daemon.start()
        await w.daemon.ready()
        asked = await w.sees(lambda: [one for one in w.thread(card["ts"]) if buttons_of(one)])
        assert "its time passed while clerkd was not running. Send it now?" in texts_of(asked[0])
        assert list(buttons_of(asked[0])) == ["Send now", "Cancel"]
        phone = w.phone(ANN)
        assert phone.inbox == []
        await dana.connected()
        await w.slack.workspace.user_clicks("sam", CHANNEL, asked[0]["ts"], buttons_of(asked[0])["Send now"])
        assert [text.text for text in await w.sees(lambda: phone.inbox)] == ["Good morning"]
        await w.sees(lambda: [one for one in w.thread(card["ts"]) if "Sent by sam" in texts_of(one)])


async def test_the_list_sends_edits_and_cancels(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        for text in ("First", "Second"):
            await fill(dana, w, text, int(time.time()) + FAR)
        await dana.runs("scheduled")
        await dana.sees(scheduled.CALLBACK, "First", "Second")
        await dana.presses("Edit")
        await dana.sees(send_text.CALLBACK)
        await dana.types(send_text.TEXT, "First, amended")
        assert await dana.submits() == {}
        await dana.sees(scheduled.CALLBACK, "Saved.", "First, amended")
        await dana.presses("Send now")
        phone = w.phone(ANN)
        assert [text.text for text in await w.sees(lambda: phone.inbox)] == ["First, amended"]
        await dana.sees(scheduled.CALLBACK, "It is being sent now")
        await dana.presses("Cancel")
        await dana.sees(scheduled.CALLBACK, "Nothing is scheduled")


async def test_a_text_repeats_until_they_answer(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        await fill(dana, w, "Still interested?", int(time.time()) + FAR, repeat="daily:1", unless_they_text=True)
        phone = w.phone(ANN)
        for turn in range(2):
            await dana.runs("scheduled")
            await dana.sees(scheduled.CALLBACK, "every day at", "unless they text first")
            await dana.presses("Send now")
            await w.sees(lambda wanted=turn + 1: len(phone.inbox) == wanted)
            await w.sees_messages(turn + 2)
            await w.slack.workspace.user_closes_view("dana")
        phone.send(LINE_NUMBER, "Yes!")
        card = await w.card_of()
        await w.sees(lambda: [one for one in w.thread(card["ts"]) if "they texted first" in texts_of(one)])
        await dana.runs("scheduled")
        await dana.sees(scheduled.CALLBACK, "Nothing is scheduled")
