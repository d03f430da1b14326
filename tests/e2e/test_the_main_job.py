"""The main job through the real process: a text becomes a thread, the reply reaches the phone."""

import pytest
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.model.line import LineState

ANN = "+447700900123"
LONG = "Bonjour 👩‍👩‍👧 ! " + "Voici une réponse plus longue avec des émojis 🙂🙃 et des accents éàü. " * 3


async def test_a_text_becomes_a_thread_and_the_reply_reaches_the_phone_with_its_report(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "Is my bike ready?")

        card = await w.card_of()
        replies = await w.sees(lambda: [m for m in w.thread(card["ts"]) if "Is my bike ready?" in m["text"]])
        assert "7700 900123" in card["text"]
        assert len(replies) == 1

        ts = await w.slack.workspace.user_says("dana", CHANNEL, "Yes, since noon & it's <clean>!", thread_ts=card["ts"])
        texts = await w.sees(lambda: ann.inbox)
        assert [text.text for text in texts] == ["Yes, since noon & it's <clean>!"]
        assert texts[0].sender == LINE_NUMBER
        await w.sees(lambda: {"heavy_check_mark", "vibration_mode"} <= w.reactions(ts, thread_ts=card["ts"]))

        ann.send(LINE_NUMBER, "Thank you")
        await w.sees(lambda: [m for m in w.thread(card["ts"]) if m["text"].endswith("Thank you")])
        assert len(w.cards()) == 1


async def test_emoji_and_long_texts_go_both_ways_whole(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, LONG)
        card = await w.card_of()
        await w.sees(lambda: [m for m in w.thread(card["ts"]) if LONG.strip() in m["text"]])

        ts = await w.slack.workspace.user_says("sam", CHANNEL, LONG, thread_ts=card["ts"])
        texts = await w.sees(lambda: ann.inbox)
        assert texts[0].text == LONG.strip()
        assert len(texts[0].parts) > 3
        await w.sees(lambda: "vibration_mode" in w.reactions(ts, thread_ts=card["ts"]))
        messages = await w.daemon.all_messages(peer=ANN)
        outbound = next(m for m in messages if m["direction"] == "outbound")
        assert [s["state"] for s in outbound["segments"]] == ["delivered"] * len(texts[0].parts)
        assert all(s["report"]["status"] == "delivered" for s in outbound["segments"])


async def test_send_in_the_channel_texts_a_number_that_was_never_heard_of(tmp_path):
    async with world(tmp_path) as w:
        ts = await w.slack.workspace.user_says("dana", CHANNEL, "send 4155550142 Hello from the shop :wave:")
        phone = w.phone("+14155550142")
        texts = await w.sees(lambda: phone.inbox)
        assert texts[0].text == "Hello from the shop 👋"
        await w.sees(lambda: "vibration_mode" in w.reactions(ts))
        card = await w.card_of()
        await w.sees(lambda: [m for m in w.thread(card["ts"]) if "Hello from the shop" in m["text"]])

        await w.slack.workspace.user_says("dana", CHANNEL, "send 12 Hello")
        await w.sees(lambda: [e for e in w.slack.workspace.ephemerals("dana") if "12" in e["text"]])


async def test_an_internal_note_stays_internal(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "Hello")
        card = await w.card_of()
        ts = await w.slack.workspace.user_says("dana", CHANNEL, "// she is nice", thread_ts=card["ts"])
        await w.sees(lambda: "lock" in w.reactions(ts, thread_ts=card["ts"]))
        await w.slack.workspace.user_says("dana", CHANNEL, "Hello Ann", thread_ts=card["ts"])
        await w.sees(lambda: ann.inbox)
        assert [text.text for text in ann.inbox] == ["Hello Ann"]


async def test_a_message_from_the_api_is_told_in_the_thread_and_its_id_makes_it_once(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        first = await w.daemon.send(ANN, "Your table is ready", id="order-17")
        again = await w.daemon.send(ANN, "Your table is ready", id="order-17")
        assert first == again
        assert await w.daemon.becomes(first, {"delivered"}) == "delivered"
        assert [text.text for text in ann.inbox] == ["Your table is ready"]
        card = await w.card_of()
        mirrored = await w.sees(lambda: [m for m in w.thread(card["ts"]) if "Your table is ready" in m["text"]])
        await w.sees(lambda: "vibration_mode" in w.reactions(mirrored[0]["ts"], thread_ts=card["ts"]))


async def test_a_refused_message_says_why_and_can_be_retried(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "Hello")
        card = await w.card_of()
        w.modem.faults.apply("cms_code", 21)
        w.modem.faults.apply("cms_error", "next:1")
        ts = await w.slack.workspace.user_says("dana", CHANNEL, "Hello Ann", thread_ts=card["ts"])
        await w.sees(lambda: "x" in w.reactions(ts, thread_ts=card["ts"]))
        told = await w.sees(lambda: [m for m in w.thread(card["ts"]) if "Retry" in str(m["blocks"])])
        assert not ann.inbox

        button = next(e for b in told[0]["blocks"] if b["type"] == "actions" for e in b["elements"])
        await w.slack.workspace.user_clicks("dana", CHANNEL, told[0]["ts"], button["action_id"])
        texts = await w.sees(lambda: ann.inbox)
        assert [text.text for text in texts] == ["Hello Ann"]


async def test_a_pdu_that_cannot_be_read_is_shown_and_blocks_nothing(tmp_path):
    async with world(tmp_path) as w:
        w.network.deliver(LINE_NUMBER, bytes.fromhex("040C9144770009103200"))
        w.phone(ANN).send(LINE_NUMBER, "Still here")
        await w.sees(
            lambda: [m for m in w.slack.workspace.messages(CHANNEL) if "040C9144770009" in str(m["blocks"]).upper()]
        )
        await w.sees(lambda: [m for card in w.cards() for m in w.thread(card["ts"]) if "Still here" in m["text"]])


async def test_a_lost_result_is_unknown_and_never_sent_twice_by_itself(tmp_path):
    async with world(tmp_path, line={"delivery_reports": False}) as w:
        w.modem.faults.apply("lost_result", "next:1")
        ann = w.phone(ANN)
        first = await w.daemon.send(ANN, "One")
        await w.sees(lambda: ann.inbox)
        await w.daemon.kill()  # the result would be awaited for a minute; a crash asks the same question at once
        await w.daemon.start()
        await w.daemon.ready()
        assert await w.daemon.becomes(first, {"unknown"}) == "unknown"
        second = await w.daemon.send(ANN, "Two")
        await w.daemon.becomes(second, {"submitted", "delivered"})
        assert [text.text for text in ann.inbox] == ["One", "Two"]
        assert [m["id"] for m in await w.daemon.all_messages(state="unknown")] == [first]
        told = await w.sees(
            lambda: [m for c in w.cards() for m in w.thread(c["ts"]) if "Mark sent" in str(m["blocks"])]
        )
        buttons = {
            e["text"]["text"]: e["action_id"]
            for b in told[0]["blocks"]
            if b["type"] == "actions"
            for e in b["elements"]
        }
        assert {"Resend", "Mark sent"} <= set(buttons)
        await w.slack.workspace.user_clicks("sam", CHANNEL, told[0]["ts"], buttons["Mark sent"])
        assert await w.daemon.becomes(first, {"submitted"}) == "submitted"
        assert [text.text for text in ann.inbox] == ["One", "Two"]


async def test_the_thread_is_found_again_after_a_restart(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "Before")
        card = await w.card_of()
        await w.sees(lambda: w.thread(card["ts"]))
        assert await w.daemon.stop() == 0
        ann.send(LINE_NUMBER, "While away")
        await w.slack.workspace.user_says("dana", CHANNEL, "Said while away", thread_ts=card["ts"])
        await w.daemon.start()
        await w.sees(lambda: [m for m in w.thread(card["ts"]) if m["text"].endswith("While away")])
        await w.sees(lambda: [text for text in ann.inbox if text.text == "Said while away"])
        assert len(w.cards()) == 1


async def test_a_modem_that_goes_and_comes_back_is_in_service_again_by_itself(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        first = await w.daemon.send(ANN, "One")
        await w.daemon.becomes(first, {"delivered"})
        w.modem.gone(0.5)
        await w.sees(lambda: not w.modem.is_open)
        second = await w.daemon.send(ANN, "Two")
        await w.daemon.becomes(second, {"delivered"})
        assert [text.text for text in ann.inbox] == ["One", "Two"]


async def test_without_a_modem_the_line_is_absent_and_nothing_is_lost(tmp_path):
    async with world(tmp_path, modem=False) as w:
        waiting = await w.daemon.send(ANN, "Later")
        lines = (await w.daemon.get("/v1/lines"))["lines"]
        assert [line["state"] for line in lines] == [LineState.ABSENT]
        assert await w.daemon.state_of(waiting) == "accepted"


@pytest.mark.parametrize("who", ["guest", "stranger"])
async def test_guests_and_strangers_cannot_text(tmp_path, who):
    async with world(tmp_path) as w:
        facts = {"guest": {"is_restricted": True}, "stranger": {"is_stranger": True}}[who]
        w.slack.workspace.add_user("eve", **facts)
        await w.slack.workspace.join_channel("eve", CHANNEL)
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "Hello")
        card = await w.card_of()
        await w.slack.workspace.user_says("eve", CHANNEL, "I am Dana", thread_ts=card["ts"])
        await w.slack.workspace.user_says("dana", CHANNEL, "I am", thread_ts=card["ts"])
        await w.sees(lambda: ann.inbox)
        assert [text.text for text in ann.inbox] == ["I am"]
