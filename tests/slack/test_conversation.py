"""The main job: a text becomes a thread, the answer becomes a text."""

from fakes.desk import OTHER, PEER
from fakes.slack_room import CHANNEL, buttons_of, open_room, texts_of

from clerkd.errors import Permanent


async def test_the_first_text_of_a_number_is_a_card_with_the_text_below(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        (reply,) = await room.thread(root, 1)

        assert "Is my bike ready?" in texts_of(reply)
        card = texts_of(room.cards()[0])
        assert "(415) 555-0123" in card
        assert PEER in card
        assert "Replies in this thread are texted" in card


async def test_later_texts_go_to_the_same_thread_and_other_numbers_to_their_own(tmp_path):
    async with open_room(tmp_path) as room:
        for text in ("one", "two", "three"):
            await room.text(text)
        root = await room.card()
        replies = await room.thread(root, 3)
        await room.text("me too", OTHER)
        other = await room.card(2)

        assert [one["text"] for one in replies] == ["one", "two", "three"]
        assert [one["text"] for one in await room.thread(other, 1)] == ["me too"]


async def test_what_is_written_in_the_thread_is_texted_and_marked_sent(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes, *come* by :smile: & <ask> for Sam", root)
        await room.office.radio.wait_air(1)
        await room.reacted(ts, "heavy_check_mark", root)
        await room.quiet()

        assert room.office.radio.air[0][0] == PEER
        assert room.office.radio.texts == ["Yes, come by 😄 & <ask> for Sam"]
        assert len(room.replies(root)) == 2, "what was typed in the thread is not shown a second time"


async def test_a_note_stays_internal_and_is_locked(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        for note in ("// is it?", "note: ask Sam", "🔒 he is a VIP"):
            ts = await room.workspace.user_says("dana", CHANNEL, note, root)
            await room.reacted(ts, "lock", root)
        await room.quiet()

        assert room.office.radio.air == []


async def test_send_at_top_level_texts_through_the_channels_line_and_opens_the_thread(tmp_path):
    async with open_room(tmp_path) as room:
        ts = await room.workspace.user_says("dana", CHANNEL, "send 4155550123 Hello from Clerk")
        await room.office.radio.wait_air(1)
        await room.reacted(ts, "heavy_check_mark")
        root = await room.card()
        (mirror,) = await room.thread(root, 1)

        assert room.office.radio.air == [(PEER, 1, 1, "Hello from Clerk")]
        assert "Sent by dana" in texts_of(mirror)
        assert mirror["text"] == "Hello from Clerk"


async def test_a_text_sent_over_the_api_is_mirrored_with_who_sent_it(tmp_path):
    async with open_room(tmp_path) as room:
        await room.office.send("Backup failed")
        root = await room.card()
        (mirror,) = await room.thread(root, 1)
        await room.reacted(mirror["ts"], "heavy_check_mark", root)

        assert "Sent by the API" in texts_of(mirror)


async def test_ordinary_talk_in_the_channel_is_nobodys_text(tmp_path):
    async with open_room(tmp_path) as room:
        await room.workspace.user_says("dana", CHANNEL, "Sending my regards")
        ts = await room.workspace.user_says("dana", CHANNEL, "who sends 4155550123 an answer?")
        await room.workspace.user_says("sam", CHANNEL, "me", ts)
        await room.quiet()

        assert room.office.radio.air == []
        assert room.workspace.ephemerals("dana") == []


async def test_a_failure_says_its_cause_and_retry_sends_it_again(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.script.append(Permanent("the recipient cannot receive texts"))
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.reacted(ts, "x", root)
        prompt = (await room.thread(root, 3))[-1]

        assert "the recipient cannot receive texts" in texts_of(prompt)
        assert buttons_of(prompt) == {"Retry": "clerk.message.retry"}

        await room.workspace.user_clicks("sam", CHANNEL, prompt["ts"], "clerk.message.retry")
        await room.office.radio.wait_air(1)
        await room.reacted(ts, "heavy_check_mark", root)
        await room.quiet()
        after = room.replies(root)[-1]

        assert buttons_of(after) == {}
        assert "Retried by sam" in texts_of(after)


async def test_people_who_are_mentioned_are_named_in_the_text(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Who has it?")
        root = await room.card()
        await room.workspace.user_says("dana", CHANNEL, "ask @sam in #clerk-sms", root)
        await room.office.radio.wait_air(1)

        assert room.office.radio.texts == ["ask @sam in #clerk-sms"]
