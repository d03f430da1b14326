"""Send Text through the real process: from the form to the phone, and back to where the team sees it."""

from fakes.forms import Person, links_in
from fakes.slack_room import texts_of
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.slack.screens import send_text as screen

ANN = "+14155550142"


async def test_a_text_from_the_form_reaches_the_phone_and_shows_in_the_channel(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        await dana.runs("send")
        await dana.sees(screen.CALLBACK)
        options = await dana.searches(screen.TO, "415 555 0142")
        assert options[0]["text"]["text"] == "Text (415) 555-0142"
        await dana.enters(screen.TO, options[0]["value"])
        await dana.types(screen.TEXT, "It’s ready")
        await w.sees(lambda: "10 characters · 1 segment · Unicode because of ’" in dana.reads())
        assert await dana.submits() == {}

        phone = w.phone(ANN)
        texts = await w.sees(lambda: phone.inbox)
        assert (texts[0].text, texts[0].sender) == ("It’s ready", LINE_NUMBER)
        card = await w.card_of()
        (reply,) = await w.sees(lambda: w.thread(card["ts"]))
        assert texts_of(reply) == "↪️ Sent by dana\nIt’s ready"
        await w.sees(lambda: {"heavy_check_mark", "vibration_mode"} <= w.reactions(reply["ts"], thread_ts=card["ts"]))
        (told,) = await w.sees(lambda: w.slack.workspace.ephemerals("dana"))
        assert told["text"].startswith("✅ Sent to (415) 555-0142.")
        assert card["ts"].replace(".", "") in links_in(told)[0]

        phone.send(LINE_NUMBER, "Thanks")
        await w.sees(lambda: [one for one in w.thread(card["ts"]) if one["text"] == "Thanks"])


async def test_the_form_submitted_twice_and_refused_numbers(tmp_path):
    async with world(tmp_path) as w:
        dana = Person(w, "dana")
        await dana.runs("send +33639980001 Bonjour")
        await dana.sees(screen.CALLBACK)
        answer = await dana.submits()
        assert "may not text numbers of FR" in answer["errors"]["to"]

        await dana.searches(screen.TO, "4155550142")
        await dana.enters(screen.TO, f"n:{ANN}")
        view = w.slack.workspace.top_view("dana")
        await dana.submits(view["id"])
        phone = w.phone(ANN)
        await w.sees(lambda: phone.inbox)
        assert len(await w.daemon.all_messages()) == 1


async def test_a_message_of_the_channel_is_texted_from_its_menu(tmp_path):
    async with world(tmp_path) as w:
        ts = await w.slack.workspace.user_says("sam", CHANNEL, "Door code 1234")
        dana = Person(w, "dana")
        await dana.connected()
        await w.slack.workspace.user_chooses_shortcut("dana", "clerk.send_as_sms", CHANNEL, ts)
        await dana.sees(screen.CALLBACK)
        await dana.searches(screen.TO, "4155550142")
        await dana.enters(screen.TO, f"n:{ANN}")
        assert await dana.submits() == {}
        phone = w.phone(ANN)
        assert [text.text for text in await w.sees(lambda: phone.inbox)] == ["Door code 1234"]
