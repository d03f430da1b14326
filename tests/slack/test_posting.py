"""Everything is said once: whatever Slack answers, whenever the daemon is killed, wherever the channel went."""

import asyncio

import pytest
from fakes.desk import OTHER
from fakes.slack_room import CHANNEL, open_room, texts_of

from clerkd.errors import Permanent
from clerkd.simulate.slack import ErrorAnswer, Lost, Meanwhile, RateLimitStorm, RawAnswer
from clerkd.slack.lines import DeskLine


@pytest.mark.parametrize("committed", [True, False])
async def test_a_post_whose_answer_is_lost_is_found_or_made_again(tmp_path, committed):
    async with open_room(tmp_path) as room:
        room.slack.faults.next_call(Lost(committed=committed), method="chat.postMessage", times=2)
        await room.text("one")
        await room.text("two")
        root = await room.card()
        replies = await room.thread(root, 2)

        assert [one["text"] for one in replies] == ["one", "two"]
        assert len(room.cards()) == 1


@pytest.mark.parametrize("fault", [RawAnswer(500), RawAnswer(200, "text/plain", "ok"), ErrorAnswer("internal_error")])
async def test_an_answer_that_means_nothing_delays_and_doubles_nothing(tmp_path, fault):
    async with open_room(tmp_path) as room:
        room.slack.faults.next_call(fault, method="chat.postMessage")
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)


async def test_killed_while_slack_is_posting_it_posts_nothing_twice(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        room.slack.faults.next_call(Lost(committed=True, hang_s=5), method="chat.postMessage")
        await room.text("two")
        await room.sees(lambda: len(room.replies(root)) == 2)
        await room.crash()
        await room.text("three")
        await room.start()
        replies = await room.thread(root, 3)

        assert [one["text"] for one in replies] == ["one", "two", "three"]


async def test_texts_that_come_while_the_desk_is_away_are_told_in_order(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("zero")
        root = await room.card()
        await room.crash()
        for number in range(1, 30):
            await room.text(str(number))
        await room.start()
        replies = await room.thread(root, 30)

        assert [one["text"] for one in replies] == ["zero", *map(str, range(1, 30))]


async def test_a_rate_limit_is_obeyed(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        room.slack.faults.next_call(RateLimitStorm(1), method="chat.postMessage")
        for text in ("two", "three", "four"):
            await room.text(text)
        await room.thread(root, 4)


async def test_slacks_own_limits_are_kept_without_being_told(tmp_path):
    async with open_room(tmp_path, stand_in={"rate_limits": True}, pace=1.0) as room:
        for number in range(6):
            await room.text(str(number))
        root = await room.card()
        await room.thread(root, 6)

        assert [made for made in room.slack.api.calls if made.error == "ratelimited"] == []


async def test_blocks_that_slack_refuses_become_plain_text(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        room.slack.faults.next_call(ErrorAnswer("msg_blocks_too_long"), method="chat.postMessage")
        await room.text("two <!channel>")
        replies = await room.thread(root, 2)

        assert replies[-1]["text"] == "two &lt;!channel&gt;"
        assert all(block["type"] != "actions" for block in replies[-1].get("blocks", []))


async def test_a_very_long_text_is_split_and_whole(tmp_path):
    async with open_room(tmp_path) as room:
        text = " ".join(f"word{number}" for number in range(3000))
        await room.text(text)
        root = await room.card()
        replies = await room.sees(
            lambda: "word2999" in texts_of(room.replies(root)[-1] if room.replies(root) else {}) and room.replies(root)
        )

        assert "".join(texts_of(one) for one in replies) == text


async def test_a_deleted_card_is_replaced_and_the_old_thread_still_counts(tmp_path):
    async with open_room(tmp_path) as room:
        room.workspace.add_user("ada", is_admin=True)
        channel = room.slack.state.channel(CHANNEL)
        channel.members.append(room.slack.state.user("ada").id)
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.workspace.user_deletes("ada", CHANNEL, root)
        await room.quiet()
        await room.text("two")
        new = await room.sees(lambda: [one["ts"] for one in room.cards() if one.get("subtype") != "tombstone"])
        await room.thread(new[0], 1)
        await room.workspace.user_says("dana", CHANNEL, "I am still in the old thread", root)
        await room.office.radio.wait_air(1)

        assert new[0] != root
        assert room.office.radio.texts == ["I am still in the old thread"]


async def test_a_thread_that_vanishes_under_a_post_gets_a_new_root(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        channel = room.slack.state.channel(CHANNEL)
        vanish = Meanwhile(lambda: channel.messages.pop(root))
        room.slack.faults.next_call(vanish, method="chat.postMessage")
        await room.text("two")
        new = await room.sees(lambda: [one["ts"] for one in room.cards() if one["ts"] != root])
        replies = await room.thread(new[0], 1)

        assert replies[0]["text"] == "two"


async def test_an_archived_channel_parks_its_line_and_says_so_until_it_is_back(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.workspace.archive_channel(CHANNEL)
        await room.text("two")
        await room.sees(lambda: room.desk.health()[1] == "slack.is_archived")
        assert "unarchive it" in room.desk.health()[2]

        await room.workspace.unarchive_channel(CHANNEL)
        await room.workspace.invite_bot(CHANNEL)
        await room.thread(root, 2)
        await room.sees(lambda: room.desk.health()[0])


async def test_thrown_out_of_a_public_channel_it_joins_again(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.workspace.kick_bot(CHANNEL)
        await room.text("two")
        await room.thread(root, 2)


async def test_a_renamed_channel_stays_the_lines_channel_over_a_restart(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.workspace.rename_channel(CHANNEL, "texts")
        await room.crash()
        await room.start()
        await room.text("two")
        await room.sees(lambda: len(room.replies(root, "texts")) == 2)
        await room.workspace.user_says("dana", "texts", "send 4155550145 Hello")
        await room.office.radio.wait_air(1)

        assert room.office.radio.air[0][0] == OTHER


async def test_a_channel_id_that_changes_is_followed(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.workspace.change_channel_id(CHANNEL)
        await room.quiet()
        await room.text("two")
        await room.thread(root, 2)
        await room.workspace.user_says("dana", CHANNEL, "three", root)
        await room.office.radio.wait_air(1)


async def test_a_channel_made_later_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("clerkd.slack.channels.LOOK_AGAIN_S", 0.05)
    lines = [DeskLine("support", "+14155550100", "#late")]
    async with open_room(tmp_path, lines=lines) as room:
        await room.text("one")
        await room.sees(lambda: room.desk.health()[1] == "slack.channel_not_found")
        assert "#late" in room.desk.health()[2]
        room.workspace.add_channel("late", "dana")
        await room.sees(lambda: room.cards("late"))
        await room.sees(lambda: room.desk.health()[0])


async def test_slack_down_for_a_while_loses_nothing_and_hurts_nobody(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        room.slack.faults.by_chance(1.0, [RawAnswer(503)])
        for number in range(20):
            await room.text(str(number))
        await room.office.send("still sending")
        await room.office.radio.wait_air(1)
        await asyncio.sleep(0)
        room.slack.faults.clear()
        replies = await room.sees(lambda: len(room.replies(root)) == 22 and room.replies(root), 30)

        assert [one["text"] for one in replies[1:21]] == [str(number) for number in range(20)]


async def test_a_revoked_token_is_reported_and_everything_is_told_after_it_works_again(tmp_path, monkeypatch):
    monkeypatch.setattr("clerkd.slack.access.PROBE_EVERY_S", 0.1)
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.workspace.revoke_tokens()
        await room.text("two")
        await room.sees(lambda: room.desk.health()[1] in {"slack.token_revoked", "slack.tokens_revoked"})
        await room.workspace.restore_app()
        await room.thread(root, 2)
        await room.sees(lambda: room.desk.health()[0])


async def test_a_conversation_moves_when_its_channel_is_archived_and_another_is_configured(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.quiet()
        await room.crash()
        room.workspace.add_channel("new-texts", "dana")
        await room.workspace.archive_channel(CHANNEL)
        room.reconfigure(lines=[DeskLine("support", "+14155550100", "#new-texts")])
        await room.start()
        await room.text("two")
        (card,) = await room.sees(lambda: room.cards("new-texts"))
        await room.sees(lambda: [one["text"] for one in room.replies(card["ts"], "new-texts")] == ["two"])
        await room.workspace.user_says("dana", "new-texts", "three", card["ts"])
        await room.office.radio.wait_air(1)


async def test_a_thread_stays_where_it_is_when_another_channel_is_configured(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        await room.quiet()
        await room.crash()
        room.workspace.add_channel("new-texts", "dana")
        room.reconfigure(lines=[DeskLine("support", "+14155550100", "#new-texts")])
        await room.start()
        await room.office.send("two")
        replies = await room.thread(root, 2)
        await room.reacted(replies[-1]["ts"], "heavy_check_mark", root)

        assert room.cards("new-texts") == []


async def test_two_lines_may_share_a_channel_or_have_their_own(tmp_path):
    lines = [DeskLine("support", "+14155550100", f"#{CHANNEL}"), DeskLine("sales", "+447700900100", "sales")]
    async with open_room(tmp_path, start=False, lines=lines) as room:
        room.workspace.add_channel("sales", "dana")
        await room.start()
        await room.text("to support")
        await room.text("to sales", OTHER, line="sales")
        await room.card()
        (card,) = await room.sees(lambda: room.cards("sales"))

        assert "line sales" in card["text"]


async def test_an_answer_under_a_card_whose_own_answer_was_lost_waits_and_is_texted(tmp_path):
    async with open_room(tmp_path) as room:
        room.slack.faults.next_call(Lost(committed=True, hang_s=0.5), method="chat.postMessage")
        await room.text("one")
        root = await room.card()
        await room.workspace.user_says("dana", CHANNEL, "two", root)
        await room.office.radio.wait_air(1)

        assert room.office.radio.texts == ["two"]


async def test_a_button_whose_message_is_not_known_yet_works(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        room.office.radio.script.append(Permanent("no"))
        room.slack.faults.next_call(Lost(committed=True, hang_s=0.5), method="chat.postMessage")
        await room.workspace.user_says("dana", CHANNEL, "two", root)
        prompt = (await room.thread(root, 3))[-1]
        await room.workspace.user_clicks("dana", CHANNEL, prompt["ts"], "clerk.message.retry")
        await room.office.radio.wait_air(1)
        await room.sees(lambda: "Retried by dana" in texts_of(room.replies(root)[-1]))


async def test_a_post_stays_in_doubt_while_slack_cannot_say_whether_it_is_there(tmp_path):
    async with open_room(tmp_path) as room:
        room.slack.faults.next_call(Lost(committed=True), method="chat.postMessage")
        room.slack.faults.next_call(RawAnswer(503), method="conversations.history", times=3)
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)

        assert len(room.cards()) == 1


async def test_thrown_out_while_a_post_is_in_doubt_it_looks_again_before_posting(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        bot, channel = room.bot, room.slack.state.channel(CHANNEL)
        room.slack.faults.next_call(Lost(committed=True), method="chat.postMessage")
        room.slack.faults.next_call(Meanwhile(lambda: channel.members.remove(bot)), method="conversations.replies")
        await room.text("two")
        await room.text("three")
        replies = await room.thread(root, 3)

        assert [one["text"] for one in replies] == ["one", "two", "three"]
