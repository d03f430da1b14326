"""Deleting and editing take back what has not gone out, and say so when it is too late."""

import pytest
from fakes.slack_room import CHANNEL, open_room


@pytest.fixture
async def waiting(tmp_path):
    """A reply that waits, because the line has no network."""
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.go(ready=False)
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.reacted(ts, "hourglass_flowing_sand", root)
        yield room, root, ts


async def test_deleting_a_message_that_waits_cancels_it(waiting):
    room, _, ts = waiting
    await room.workspace.user_deletes("dana", CHANNEL, ts)
    said = await room.whispered("dana")
    room.office.radio.go(ready=True)
    await room.quiet()

    assert said == "Cancelled: nothing was sent."
    assert room.office.radio.air == []


async def test_editing_a_message_that_waits_sends_the_new_text_instead(waiting):
    room, root, ts = waiting
    await room.workspace.user_edits("dana", CHANNEL, ts, "Yes, since noon")
    await room.quiet()
    room.office.radio.go(ready=True)
    await room.reacted(ts, "heavy_check_mark", root)

    assert room.office.radio.texts == ["Yes, since noon"]


async def test_editing_it_into_a_note_cancels_it(waiting):
    room, root, ts = waiting
    await room.workspace.user_edits("dana", CHANNEL, ts, "// Yes")
    await room.reacted(ts, "lock", root)
    room.office.radio.go(ready=True)
    await room.quiet()

    assert room.office.radio.air == []


async def test_what_went_out_can_be_neither_changed_nor_recalled(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.reacted(ts, "heavy_check_mark", root)
        await room.workspace.user_edits("dana", CHANNEL, ts, "No")
        edited = await room.whispered("dana")
        await room.workspace.user_deletes("dana", CHANNEL, ts)
        deleted = await room.whispered("dana", 2)
        await room.quiet()

        assert edited == "That text is on the air already or has been sent: editing changes it here only."
        assert deleted == "That text is on the air already or has been sent: it cannot be recalled."
        assert room.office.radio.texts == ["Yes"]


async def test_a_link_preview_is_not_an_edit(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Where?")
        root = await room.card()
        ts = await room.workspace.user_says("dana", CHANNEL, "https://example.com/map", root)
        await room.reacted(ts, "heavy_check_mark", root)
        channel = room.slack.state.channel(CHANNEL)
        room.slack._desk.posting.unfurl(channel, channel.messages[ts], {"title": "Map"})
        await room.quiet()

        assert room.workspace.ephemerals("dana") == []
        assert room.office.radio.texts == ["https://example.com/map"]


async def test_editing_a_note_sends_nothing(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        ts = await room.workspace.user_says("dana", CHANNEL, "// ask Sam", root)
        await room.reacted(ts, "lock", root)
        await room.workspace.user_edits("dana", CHANNEL, ts, "ask Sam")
        await room.quiet()

        assert room.office.radio.air == []
