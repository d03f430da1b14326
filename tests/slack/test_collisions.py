"""Two who answer at once, time to take a text back, and cards that follow what is known."""

import pytest
from fakes.desk import PEER
from fakes.slack_room import CHANNEL, buttons_of, open_room, texts_of

from clerkd.model.contact import ContactFields
from clerkd.slack import asking
from clerkd.slack.hearing import COLLISION_S
from clerkd.slack.ids import ButtonAction
from clerkd.store.ops.contacts import add_contact


async def answered(room):
    """Have a text come in and Dana answer it; return the root."""
    await room.text("Is my bike ready?")
    root = await room.card()
    ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
    await room.reacted(ts, "heavy_check_mark", root)
    return root


async def asked_ephemeral(room, user="sam", number=1):
    await room.sees(lambda: len(room.workspace.ephemerals(user)) >= number)
    return room.workspace.ephemerals(user)[-1]


async def test_the_second_of_two_who_answer_is_told_before_the_text_goes(tmp_path):
    async with open_room(tmp_path) as room:
        root = await answered(room)
        ts = await room.workspace.user_says("sam", CHANNEL, "No", root)
        question = await asked_ephemeral(room)
        await room.reacted(ts, "warning", root)

        assert "dana answered a moment ago" in texts_of(question)
        assert list(buttons_of(question)) == ["Send anyway", "Discard"]
        assert room.office.radio.texts == ["Yes"]

        await room.workspace.user_clicks("sam", CHANNEL, question["ts"], ButtonAction.SEND_NOW)
        await room.reacted(ts, "heavy_check_mark", root)
        await room.quiet()

        assert room.office.radio.texts == ["Yes", "No"]
        assert all("answered a moment ago" not in texts_of(one) for one in room.replies(root))


async def test_discarded_it_is_never_sent(tmp_path):
    async with open_room(tmp_path) as room:
        root = await answered(room)
        await room.workspace.user_says("sam", CHANNEL, "No", root)
        question = await asked_ephemeral(room)
        await room.workspace.user_clicks("sam", CHANNEL, question["ts"], ButtonAction.DISCARD)
        await room.workspace.user_clicks("sam", CHANNEL, question["ts"], ButtonAction.SEND_NOW)
        await room.quiet()

        assert room.office.radio.texts == ["Yes"]


async def test_nobody_is_asked_about_their_own_texts(tmp_path):
    async with open_room(tmp_path) as room:
        root = await answered(room)
        await room.workspace.user_says("dana", CHANNEL, "Since noon", root)
        await room.office.radio.wait_air(2)
        await room.quiet()

        assert room.workspace.ephemerals("dana") == []


async def test_a_minute_later_nobody_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "seconds_between", lambda place, other: COLLISION_S)
    async with open_room(tmp_path) as room:
        root = await answered(room)
        await room.workspace.user_says("sam", CHANNEL, "No", root)
        await room.office.radio.wait_air(2)


async def test_the_question_survives_a_kill_and_is_asked_openly_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "ASK_OPENLY_AFTER_MS", 300)
    async with open_room(tmp_path) as room:
        root = await answered(room)
        ts = await room.workspace.user_says("sam", CHANNEL, "No", root)
        await room.reacted(ts, "warning", root)
        await room.crash()
        await room.start()
        openly = (await room.thread(root, 4))[-1]
        await room.workspace.user_clicks("dana", CHANNEL, openly["ts"], ButtonAction.SEND_NOW)
        await room.reacted(ts, "heavy_check_mark", root)
        await room.quiet()

        assert room.office.radio.texts == ["Yes", "No"]
        assert "Sent by dana" in texts_of(room.replies(root)[-1])


async def test_edited_while_it_waits_for_the_decision_the_new_text_is_sent(tmp_path):
    async with open_room(tmp_path) as room:
        root = await answered(room)
        ts = await room.workspace.user_says("sam", CHANNEL, "No", root)
        question = await asked_ephemeral(room)
        await room.workspace.user_edits("sam", CHANNEL, ts, "Not yet, sorry")
        await room.quiet()
        await room.workspace.user_clicks("sam", CHANNEL, question["ts"], ButtonAction.SEND_NOW)
        await room.office.radio.wait_air(2)

        assert room.office.radio.texts == ["Yes", "Not yet, sorry"]


async def test_deleted_while_it_waits_for_the_decision_nothing_is_sent(tmp_path):
    async with open_room(tmp_path) as room:
        root = await answered(room)
        ts = await room.workspace.user_says("sam", CHANNEL, "No", root)
        question = await asked_ephemeral(room)
        await room.workspace.user_deletes("sam", CHANNEL, ts)
        await room.quiet()
        await room.workspace.user_clicks("sam", CHANNEL, question["ts"], ButtonAction.SEND_NOW)
        await room.quiet()

        assert room.office.radio.texts == ["Yes"]


@pytest.mark.parametrize("undo_s", [1.0])
async def test_within_the_time_to_take_back_deleting_and_editing_are_in_time(tmp_path, undo_s):
    async with open_room(tmp_path, undo_s=undo_s) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        first = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.reacted(first, "hourglass_flowing_sand", root)
        await room.workspace.user_deletes("dana", CHANNEL, first)
        assert await room.whispered("dana") == "Cancelled: nothing was sent."
        second = await room.workspace.user_says("dana", CHANNEL, "No", root)
        await room.reacted(second, "hourglass_flowing_sand", root)
        await room.workspace.user_edits("dana", CHANNEL, second, "Tomorrow")
        await room.reacted(second, "heavy_check_mark", root)
        await room.quiet()

        assert room.office.radio.texts == ["Tomorrow"]


async def test_the_card_follows_the_contact_in_place(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        office = room.office
        await office.store.write(
            add_contact, office.ids.new(), ContactFields(name="Ann Lee", numbers=(PEER,)), now=office.clock.now_ms()
        )
        office.publisher.wake()
        await room.sees(lambda: "Ann Lee" in texts_of(room.cards()[0]))
        await room.quiet()
        (card,) = room.cards()

        assert card["ts"] == root
        assert "(415) 555-0123" in texts_of(card)
        assert PEER not in texts_of(card), "the same number does not stand there twice"
