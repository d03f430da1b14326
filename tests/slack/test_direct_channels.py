"""A conversation in a channel of its own: made once, followed through everything that can happen to it."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.desk import PEER
from fakes.slack_room import CHANNEL, buttons_of, open_room, texts_of

from clerkd.model.contact import ContactFields
from clerkd.simulate.slack.faults import ErrorAnswer, Lost
from clerkd.simulate.slack.tokens import BASE_SCOPES
from clerkd.slack import direct_steps
from clerkd.slack.addressing import _places
from clerkd.slack.direct_steps import NAMES_TRIED
from clerkd.slack.ids import CardAction
from clerkd.slack.screens.direct import channel_base
from clerkd.store.ops.contacts import add_contact, change_contact
from clerkd.store.ops.slack_direct import current_direct

DIRECT = "sms-0123"


async def begun(room, text="Is my bike ready?", peer=PEER):
    """Have a text come in and return the thread's root."""
    await room.text(text, peer)
    return await room.card()


async def create(room, root, user="dana"):
    await room.workspace.user_clicks(user, CHANNEL, root, CardAction.CREATE_CHANNEL)


def channels_named(room, beginning):
    return [one for one in room.slack.state.channels.values() if (one.name or "").startswith(beginning)]


def made(room, method):
    """Return how often a method was called."""
    return len([one for one in room.slack.api.calls if one.method == method])


def said_in(room, channel):
    return [texts_of(one) or one["text"] for one in room.workspace.messages(channel)]


@asynccontextmanager
async def moved(path, **options):
    """A room in which Dana moved the conversation to a channel."""
    async with open_room(path, **options) as room:
        root = await begun(room)
        await room.thread(root, 1)
        await create(room, root)
        await room.sees(lambda: channels_named(room, DIRECT))
        await room.quiet()
        yield room, root


async def choose(room, channel, ts, action, user="dana"):
    """Choose an entry of a card's menus."""
    for message in room.workspace.messages(channel):
        if message["ts"] != ts:
            continue
        for block in message["blocks"]:
            for element in block.get("elements", ()):
                for option in element.get("options", ()):
                    if action in option["value"]:
                        await room.workspace.user_clicks(
                            user, channel, ts, element["action_id"], choice=option["value"]
                        )
                        return
    raise AssertionError(f"no menu offers {action}")


async def test_reply_leads_to_the_channel_in_which_the_conversation_is_held(tmp_path):
    async with moved(tmp_path) as (room, root):
        conversation = await room.office.store.read(
            lambda tx: tx.one("SELECT id FROM conversations WHERE peer = :peer", peer=PEER)["id"]
        )
        first = await room.office.store.read(_places, "", conversation)
        await room.text("And now?")
        await room.quiet()
        then = await room.office.store.read(_places, "", conversation)
        own = channels_named(room, DIRECT)[0].id

        assert [channel for channel, _ in first + then] == [own, own]
        assert root not in {ts for _, ts in first + then}


async def test_create_channel_makes_a_channel_with_the_card_pinned_and_tells_the_thread(tmp_path):
    async with moved(tmp_path) as (room, root):
        channel = channels_named(room, DIRECT)[0]
        card = next(one for one in channel.messages.values() if one.pinned)

        assert channel.name == DIRECT
        assert room.slack.state.user("dana").id in channel.members
        assert "Every message here is texted" in channel.topic
        assert "Every message here is texted" in texts_of({"blocks": card.blocks})
        assert any("channel of its own" in text for text in map(texts_of, room.replies(root)))
        assert "goes on in" in texts_of(room.cards()[0])
        assert "Create Channel" not in buttons_of(room.cards()[0])


async def test_top_level_messages_are_texts_in_their_order_and_threads_are_internal(tmp_path):
    async with moved(tmp_path) as (room, _):
        sent = [f"text {number}" for number in range(5)]
        stamps = [await room.workspace.user_says("dana", DIRECT, text) for text in sent]
        await room.workspace.user_says("dana", DIRECT, "who is this?", stamps[0])
        await room.workspace.user_says("dana", DIRECT, "// a note")
        await room.office.radio.wait_air(5)
        await room.quiet()

        assert room.office.radio.texts == sent
        assert {peer for peer, *_ in room.office.radio.air} == {PEER}
        for ts in stamps:
            assert "heavy_check_mark" in room.reactions(ts, channel=DIRECT)
        assert len([text for text in said_in(room, DIRECT) if text == "text 0"]) == 1, "nothing is mirrored there"


async def test_inbound_texts_come_to_the_channel_and_what_is_written_in_the_thread_is_texted_and_shown_there(tmp_path):
    async with moved(tmp_path) as (room, root):
        before = len(room.replies(root))
        await room.text("And my helmet?")
        await room.sees(lambda: "And my helmet?" in said_in(room, DIRECT))
        await room.workspace.user_says("sam", CHANNEL, "Also ready", root)
        await room.office.radio.wait_air(1)
        await room.quiet()

        assert room.office.radio.texts == ["Also ready"]
        assert any("Sent by sam" in text for text in said_in(room, DIRECT))
        assert len(room.replies(root)) == before + 1


async def test_emoji_and_links_go_through_and_files_are_refused_with_the_reason(tmp_path):
    async with moved(tmp_path) as (room, _):
        await room.workspace.user_says("dana", DIRECT, "See https://example.com/map :smile:")
        await room.office.radio.wait_air(1)
        ts = await room.workspace.user_shares_file(
            "dana", DIRECT, "bike.png", b"png", mimetype="image/png", text="your bike"
        )
        await room.sees(lambda: "x" in room.reactions(ts, channel=DIRECT))
        await room.quiet()

        assert room.office.radio.texts == ["See https://example.com/map 😄"]
        assert any("files cannot be texted" in text for text in map(texts_of, room.replies(ts, DIRECT)))


async def test_two_who_press_at_once_get_one_channel(tmp_path):
    async with open_room(tmp_path) as room:
        root = await begun(room)
        await asyncio.gather(create(room, root), create(room, root, "sam"))
        await room.sees(lambda: channels_named(room, DIRECT))
        await room.quiet()

        assert len(channels_named(room, "sms-")) == 1


async def test_a_name_that_is_taken_gets_a_number(tmp_path):
    async with open_room(tmp_path) as room:
        room.workspace.add_channel(DIRECT, "sam", with_bot=False)
        room.workspace.add_channel(f"{DIRECT}-2", "sam", with_bot=False)
        root = await begun(room)
        await create(room, root)
        await room.sees(lambda: channels_named(room, f"{DIRECT}-3"))
        await room.quiet()
        await room.workspace.user_says("dana", f"{DIRECT}-3", "Hello")
        await room.office.radio.wait_air(1)


async def test_when_every_name_is_taken_the_thread_says_so(tmp_path):
    async with open_room(tmp_path) as room:
        for number in range(1, NAMES_TRIED + 1):
            room.workspace.add_channel(DIRECT if number == 1 else f"{DIRECT}-{number}", "sam", with_bot=False)
        root = await begun(room)
        await create(room, root)
        reply = (await room.thread(root, 2))[-1]

        assert "is taken" in texts_of(reply)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("restricted_action", "People who can create channels"),
        ("no_permission", "necessary permission"),
        ("user_is_restricted", "necessary permission"),
        ("invalid_name_specials", "Slack refused"),
    ],
)
async def test_a_refusal_is_explained_with_the_setting_to_change_and_the_thread_goes_on(tmp_path, code, words):
    async with open_room(tmp_path) as room:
        root = await begun(room)
        room.slack.faults.next_call(ErrorAnswer(code), method="conversations.create")
        await create(room, root)
        reply = (await room.thread(root, 2))[-1]
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.office.radio.wait_air(1)
        await room.quiet()

        assert words in texts_of(reply)
        assert "Create Channel" in buttons_of(room.cards()[0])
        assert room.desk.health()[0]

        await create(room, root)
        await room.sees(lambda: channels_named(room, DIRECT))
        await room.quiet()
        assert channels_named(room, "sms-")[0].name == DIRECT


async def test_without_the_scope_the_thread_names_it_and_all_else_works(tmp_path):
    async with open_room(tmp_path, stand_in={"scopes": BASE_SCOPES}) as room:
        root = await begun(room)
        await create(room, root)
        reply = (await room.thread(root, 2))[-1]
        await room.quiet()

        assert "channels:manage" in texts_of(reply)
        assert "Reinstall" in texts_of(reply)
        assert room.desk.health()[0]


@pytest.mark.parametrize("committed", [True, False])
async def test_a_lost_answer_makes_no_second_channel(tmp_path, committed):
    async with open_room(tmp_path) as room:
        root = await begun(room)
        room.slack.faults.next_call(Lost(committed=committed), method="conversations.create")
        await create(room, root)
        await room.sees(lambda: channels_named(room, DIRECT))
        await room.sees(lambda: any("channel of its own" in text for text in map(texts_of, room.replies(root))))
        await room.quiet()

        assert len(channels_named(room, "sms-")) == 1
        await room.workspace.user_says("dana", DIRECT, "Hello")
        await room.office.radio.wait_air(1)


@pytest.mark.parametrize(
    "method", ["conversations.create", "conversations.setTopic", "conversations.invite", "pins.add", "chat.postMessage"]
)
async def test_killed_at_any_step_of_the_making_there_is_one_channel_with_one_card(tmp_path, method):
    async with open_room(tmp_path) as room:
        root = await begun(room)
        await room.quiet()
        room.slack.faults.next_call(Lost(committed=True, hang_s=5), method=method)
        calls = made(room, method)
        await create(room, root)
        await room.sees(lambda: made(room, method) > calls)
        await room.crash()
        room.slack.faults.clear()
        await room.start()
        await room.sees(lambda: channels_named(room, DIRECT))
        await room.sees(lambda: any("channel of its own" in text for text in map(texts_of, room.replies(root))))
        await room.quiet()

        (channel,) = channels_named(room, "sms-")
        assert len([one for one in channel.messages.values() if one.blocks]) == 1
        assert room.slack.state.user("dana").id in channel.members


async def close_archive(room):
    await room.workspace.archive_channel(DIRECT, "dana")


async def close_delete(room):
    await room.workspace.delete_channel(DIRECT)


async def close_kick(room):
    await room.workspace.kick_bot(DIRECT, "dana")


async def close_share(room):
    await room.workspace.share_channel_externally(DIRECT)


@pytest.mark.parametrize(
    ("close", "words"),
    [
        (close_archive, "was archived"),
        (close_delete, "was deleted"),
        (close_kick, "/invite @clerk"),
        (close_share, "another organisation"),
    ],
)
async def test_a_channel_that_goes_away_is_explained_in_the_thread_and_no_text_is_lost(tmp_path, close, words):
    async with moved(tmp_path) as (room, root):
        await close(room)
        await room.sees(lambda: any(words in text for text in map(texts_of, room.replies(root))))
        await room.text("Still there?")
        await room.sees(lambda: "Still there?" in [one["text"] for one in room.replies(root)])
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.office.radio.wait_air(1)
        await room.quiet()

        assert room.office.radio.texts == ["Yes"]
        assert "Create Channel" in buttons_of(room.cards()[0])


async def test_a_text_that_meets_an_archived_channel_goes_to_the_thread(tmp_path):
    async with moved(tmp_path) as (room, root):
        room.slack.faults.next_call(ErrorAnswer("is_archived"), method="chat.postMessage")
        await room.text("Still there?")
        await room.sees(lambda: "Still there?" in [one["text"] for one in room.replies(root)])
        await room.quiet()

        assert "Still there?" not in said_in(room, DIRECT)
        assert any("was archived" in text for text in map(texts_of, room.replies(root)))


async def test_a_text_in_doubt_is_looked_for_where_it_was_sent_even_if_the_conversation_moved(tmp_path):
    async with open_room(tmp_path) as room:
        root = await begun(room)
        await room.thread(root, 1)
        room.slack.faults.next_call(Lost(committed=True, hang_s=0.3), method="chat.postMessage")
        await room.text("Hello?")
        await create(room, root)
        await room.sees(lambda: channels_named(room, DIRECT))
        await room.quiet()

        everywhere = [one["text"] for one in room.replies(root)] + said_in(room, DIRECT)
        assert everywhere.count("Hello?") == 1


async def test_unarchived_the_conversation_goes_on_in_the_channel(tmp_path):
    async with moved(tmp_path) as (room, root):
        await close_archive(room)
        await room.sees(lambda: any("was archived" in text for text in map(texts_of, room.replies(root))))
        await room.workspace.unarchive_channel(DIRECT, "dana")
        await room.sees(lambda: any("in its channel again" in text for text in map(texts_of, room.replies(root))))
        await room.text("Back?")
        await room.sees(lambda: "Back?" in said_in(room, DIRECT))


async def test_after_an_archive_create_channel_makes_a_new_one(tmp_path):
    async with moved(tmp_path) as (room, root):
        await close_archive(room)
        await room.sees(lambda: "Create Channel" in buttons_of(room.cards()[0]))
        await create(room, root, "sam")
        await room.sees(lambda: channels_named(room, f"{DIRECT}-2"))
        await room.quiet()
        await room.text("Hello?")
        await room.sees(lambda: "Hello?" in said_in(room, f"{DIRECT}-2"))


async def test_back_to_thread_and_there_again(tmp_path):
    async with moved(tmp_path) as (room, root):
        await choose(room, CHANNEL, root, CardAction.BACK_TO_THREAD.value)
        await room.sees(
            lambda: any("moved this conversation back" in text for text in map(texts_of, room.replies(root)))
        )
        await room.quiet()
        await room.text("Hello?")
        await room.sees(lambda: "Hello?" in [one["text"] for one in room.replies(root)])
        await room.workspace.user_says("dana", DIRECT, "Is this still texted?")
        said = await room.whispered("dana")

        assert "nothing written in this channel is texted" in said
        assert any("not texted any more" in text for text in said_in(room, DIRECT))
        card = next(one for one in channels_named(room, DIRECT)[0].messages.values() if one.pinned)
        assert "What is written here is not texted" in texts_of({"blocks": card.blocks})
        assert room.office.radio.air == []

        await create(room, root)
        await room.sees(lambda: any("in its channel again" in text for text in map(texts_of, room.replies(root))))
        await room.quiet()
        await room.workspace.user_says("dana", DIRECT, "Now it is")
        await room.office.radio.wait_air(1)

        assert len(channels_named(room, "sms-")) == 1


async def test_a_name_that_people_gave_is_followed_and_kept(tmp_path):
    async with moved(tmp_path) as (room, _root):
        await room.workspace.rename_channel(DIRECT, "ann-and-her-bike", "dana")
        await room.quiet()
        await room.workspace.user_says("dana", "ann-and-her-bike", "Hello")
        await room.office.radio.wait_air(1)
        conversation_id = (await room.office.message(await room.office.store.read(_newest))).conversation_id
        direct = await room.office.store.read(current_direct, conversation_id)

        assert direct is not None
        assert (direct.name, direct.renamed) == ("ann-and-her-bike", True)


async def test_what_was_written_in_the_channel_while_nobody_listened_is_sent_afterwards(tmp_path):
    async with moved(tmp_path) as (room, _):
        await room.crash()
        await room.workspace.user_says("dana", DIRECT, "Written meanwhile")
        await room.slack.feed.quiet()
        await room.start()
        await room.office.radio.wait_air(1)

        assert room.office.radio.texts == ["Written meanwhile"]


async def test_conversations_of_the_same_name_get_channels_of_their_own(tmp_path):
    async with open_room(tmp_path) as room:
        first = await begun(room)
        await room.text("hi", "+447700900123")
        second = await room.card(2)
        await create(room, first)
        await create(room, second)
        await room.sees(lambda: len(channels_named(room, "sms-")) == 2)
        await room.quiet()

        assert {one.name for one in channels_named(room, "sms-")} == {DIRECT, f"{DIRECT}-2"}


def _newest(tx):
    row = tx.one("SELECT id FROM messages ORDER BY seq DESC LIMIT 1")
    return row["id"]


@pytest.mark.parametrize(
    ("name", "peer", "base"),
    [
        ("Ann Lee", PEER, "sms-ann-lee"),
        ("  Ünal & Söhne GmbH ", PEER, "sms-unal-sohne-gmbh"),
        (None, PEER, "sms-0123"),
        ("דנה", PEER, "sms-0123"),
        ("12", PEER, "sms-0123"),
        ("🚲🚲", PEER, "sms-0123"),
        ("x" * 200, PEER, "sms-" + "x" * 60),
        (None, "MyBank", "sms-mybank"),
    ],
)
def test_a_channel_is_named_after_the_contact_or_the_last_four_digits(name, peer, base):
    assert channel_base(name, peer) == base


async def test_the_channel_is_renamed_with_its_contact_once_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(direct_steps, "RENAME_AFTER_MS", 300)
    async with moved(tmp_path) as (room, _root):
        office = room.office
        contact = office.ids.new()
        await office.store.write(add_contact, contact, ContactFields(name="An Le", numbers=(PEER,)), now=1)
        await office.store.write(change_contact, contact, ContactFields(name="Ann Lee", numbers=(PEER,)), now=2)
        office.publisher.wake()
        channel = await room.sees(lambda: next(iter(channels_named(room, "sms-ann-lee")), None))
        await room.quiet()
        await room.workspace.user_says("dana", "sms-ann-lee", "Hello Ann")
        await office.radio.wait_air(1)

        assert channel.previous_names == [DIRECT], "once, and not after every correction"
        card = next(one for one in channel.messages.values() if one.pinned)
        assert "Ann Lee" in texts_of({"blocks": card.blocks})


async def test_a_channel_that_people_named_keeps_its_name_when_the_contact_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(direct_steps, "RENAME_AFTER_MS", 0)
    async with moved(tmp_path) as (room, _root):
        office = room.office
        await room.workspace.rename_channel(DIRECT, "vip", "dana")
        await room.quiet()
        await office.store.write(add_contact, office.ids.new(), ContactFields(name="Ann", numbers=(PEER,)), now=1)
        office.publisher.wake()
        await room.sees(lambda: "Ann" in texts_of(room.cards()[0]))
        await room.quiet()

        assert channels_named(room, "vip")
