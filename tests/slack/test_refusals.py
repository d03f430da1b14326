"""What cannot be sent is said so, with the reason, and nothing of it goes out."""

import pytest
from fakes.slack_room import CHANNEL, open_room, texts_of


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("send Bob hello", "Couldn't read a phone number in “Bob”. Try: send 4155550123 Hello"),
        ("send 415 hello", "Couldn't read a phone number in “415”. Try: send 4155550123 Hello"),
        ("send 4155550123", "Not sent: there is no text. Example: send 4155550123 Hello"),
        ("send +49 30 901820 Guten Tag", "Not sent: "),
        ("send 4155550123 @channel come here", "Not sent: @here, @channel"),
    ],
)
async def test_a_wish_that_cannot_be_carried_out_is_explained_to_its_writer(tmp_path, typed, words):
    async with open_room(tmp_path) as room:
        await room.workspace.user_says("dana", CHANNEL, typed)
        said = await room.whispered("dana")
        await room.quiet()

        assert said.startswith(words)
        assert room.office.radio.air == []
        assert room.cards() == []


async def test_a_file_is_refused_in_the_thread_and_its_words_are_not_sent_alone(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        ts = await room.workspace.user_shares_file(
            "dana", CHANNEL, "bike.png", b"\x89PNG", mimetype="image/png", text="Here it is", thread_ts=root
        )
        replies = await room.thread(root, 3)
        await room.reacted(ts, "x", root)
        await room.quiet()

        assert "files cannot be texted yet, and the text was not sent without them" in texts_of(replies[-1])
        assert room.office.radio.air == []


async def test_what_policy_refuses_is_told_in_the_thread(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Hallo", "+493090182000")
        root = await room.card()
        ts = await room.workspace.user_says("dana", CHANNEL, "Hallo zurück", root)
        await room.reacted(ts, "x", root)
        replies = await room.thread(root, 3)

        assert texts_of(replies[-1]).startswith("Not sent: ")
        assert room.office.radio.air == []


async def test_a_call_to_colleagues_is_never_texted(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        await room.workspace.user_says("dana", CHANNEL, "@here who knows?", root)
        said = await room.whispered("dana")
        await room.quiet()

        assert said.startswith("Not sent: @here")
        assert room.office.radio.air == []
