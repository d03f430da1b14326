"""The Send Text form in the workspace: suggestions, the live line, templates, errors, and what submitting does."""

import asyncio
import time

import pytest
from fakes.desk import PEER
from fakes.slack_room import open_room, texts_of

from clerkd.model.contact import ContactFields
from clerkd.model.line import LineState, LineStatus
from clerkd.model.quota import QuotaStatus
from clerkd.model.rules import DndEntry, DndKind, OptOut
from clerkd.model.template import Template, TemplateScope
from clerkd.simulate.slack.sockets import Fate
from clerkd.slack.lines import DeskLine
from clerkd.slack.screens import send_text as screen
from clerkd.store.ops.contacts import add_contact, remove_contact
from clerkd.store.ops.dnd import put_dnd
from clerkd.store.ops.messages import list_messages
from clerkd.store.ops.optouts import opt_out
from clerkd.store.ops.schedules import list_scheduled
from clerkd.store.ops.templates import delete_template, get_template, save_template

ANN = "+14155550142"
TO = f"n:{PEER}"


@pytest.fixture
async def room(tmp_path):
    async with open_room(tmp_path) as room:
        await room.office.store.write(
            add_contact, "c-ann", ContactFields(name="Ann Lee", numbers=(ANN,), company="Lee & Co"), now=1
        )
        yield room


async def opened(room, text: str = "", user: str = "dana"):
    """Open the form and wait until it is more than a skeleton."""
    outcome = await room.workspace.user_runs(user, "/clerk", f"send {text}".strip(), channel="clerk-sms")
    assert outcome.fate is Fate.ACKNOWLEDGED, outcome
    return await room.sees(lambda: filled(room, user))


def filled(room, user: str = "dana"):
    view = room.workspace.top_view(user)
    return view if view is not None and view["callback_id"] == screen.CALLBACK else None


def block(view, block_id: str):
    return next((one for one in view["blocks"] if one["block_id"] == block_id), None)


def cost(room, user: str = "dana") -> str:
    return str(block(room.workspace.top_view(user), "cost")["elements"][0]["text"])


def typed_text(room, user: str = "dana") -> str:
    view = room.workspace.top_view(user)
    held = next(entry for name, entry in view["state"]["values"].items() if name.startswith("text:"))
    return held[screen.TEXT]["value"] or ""


async def choose(room, query: str, number: str, user: str = "dana"):
    await room.workspace.user_searches(user, screen.TO, query)
    await room.workspace.user_enters(user, screen.TO, f"n:{number}")


async def submit(room, user: str = "dana"):
    outcome = await room.workspace.user_submits_view(user)
    return outcome.payload or {} if outcome is not None else None


async def fill_text(room, text: str, user: str = "dana"):
    view = room.workspace.top_view(user)
    name = next(one["block_id"] for one in view["blocks"] if one["block_id"].startswith("text:"))
    await room.workspace.user_fills(user, screen.TEXT, text, block_id=name, view_id=view["id"])


async def tick(room, action: str, user: str = "dana"):
    await room.workspace.user_enters(user, action, [screen.YES])


async def messages(room):
    return await room.office.store.read(list_messages)


async def test_a_text_to_a_contact_found_by_name_goes_out_and_shows_in_its_thread(room):
    await opened(room)
    options = await room.workspace.user_searches("dana", screen.TO, "an")
    assert [one["text"]["text"] for one in options] == ["Ann Lee · (415) 555-0142"]
    await room.workspace.user_enters("dana", screen.TO, f"n:{ANN}")
    await fill_text(room, "Your bike is ready")
    assert await submit(room) == {}
    await room.office.radio.wait_air(1)
    assert room.office.radio.air[0][:1] + room.office.radio.air[0][3:] == (ANN, "Your bike is ready")
    root = await room.card()
    shown = await room.thread(root, 1)
    assert "Sent by dana" in texts_of(shown[0])
    assert "Your bike is ready" in texts_of(shown[0])
    await room.reacted(shown[0]["ts"], "heavy_check_mark", root)
    assert room.workspace.top_view("dana") is None
    told = await room.whispered("dana")
    assert told.startswith("✅ Sent to Ann Lee.")
    links = [part for one in room.workspace.ephemerals("dana") for part in _links(one["blocks"])]
    assert links
    assert root.replace(".", "") in links[0]["url"]


def _links(node):
    if isinstance(node, dict):
        if node.get("type") == "link":
            yield node
        for value in node.values():
            yield from _links(value)
    elif isinstance(node, list):
        for value in node:
            yield from _links(value)


async def test_a_typed_number_is_offered_first_in_national_form(room):
    await opened(room)
    options = await room.workspace.user_searches("dana", screen.TO, "4155550123")
    assert options[0]["text"]["text"] == "Text (415) 555-0123"
    options = await room.workspace.user_searches("dana", screen.TO, "415 555 0142")
    assert [one["text"]["text"] for one in options] == ["Text Ann Lee · (415) 555-0142"]
    assert await room.workspace.user_searches("dana", screen.TO, "zzz") == []


async def test_a_command_with_a_number_and_a_text_fills_the_form(room):
    view = await opened(room, "4155550142 Hello there")
    assert block(view, "to")["element"]["initial_option"]["value"] == f"n:{ANN}"
    assert typed_text(room) == "Hello there"
    assert await submit(room) == {}
    await room.office.radio.wait_air(1)


async def test_a_command_with_a_name_chooses_who_is_meant(room):
    view = await opened(room, "ann")
    assert block(view, "to")["element"]["initial_option"]["text"]["text"] == "Ann Lee · (415) 555-0142"


async def test_the_live_line_counts_and_never_loses_what_is_typed(room):
    await opened(room)
    hashes = set()  # a view has another one after each update
    room.workspace.listen(lambda _change: hashes.add((filled(room) or {}).get("hash")))
    text = "It’s " + "x" * 30
    await room.workspace.user_enters("dana", screen.TEXT, text)
    await room.sees(lambda: cost(room) == "35 characters · 1 segment · Unicode because of ’")
    assert typed_text(room) == text
    assert len(hashes) < 8, "every character was answered with a call of its own"
    await fill_text(room, "y" * 1700)
    await room.sees(lambda: "12 segments, at most 10" in cost(room))


async def test_a_form_submitted_twice_sends_once(room):
    await opened(room, "4155550142 Hello")
    view = room.workspace.top_view("dana")
    first, second = await asyncio.gather(
        room.workspace.user_submits_view("dana", view["id"]), room.workspace.user_submits_view("dana", view["id"])
    )
    assert {first.fate, second.fate} == {Fate.ACKNOWLEDGED}
    await room.quiet()
    assert len(await messages(room)) == 1


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("+33639980001 Bonjour", ("to", "may not text numbers of FR")),
        ("4155550142 " + "x" * 1700, ("text:0", "Too long: 12 segments, at most 10")),
    ],
)
async def test_what_cannot_be_sent_is_said_under_its_field_and_nothing_is_lost(room, start, words):
    await opened(room, start)
    answer = await submit(room)
    field, said = words
    assert answer["response_action"] == "errors"
    assert said in answer["errors"][field]
    assert await messages(room) == []
    assert filled(room) is not None


async def test_who_opted_out_is_not_texted_and_the_form_says_since_when(room):
    await room.office.store.write(opt_out, OptOut(ANN, 1_700_000_000_000, keyword="STOP"), line="support")
    await opened(room, "4155550142 Hello")
    said = (await submit(room))["errors"]["to"]
    assert "opted out on 14 Nov 2023 (STOP); only they can rejoin" in said
    assert await messages(room) == []


async def test_who_must_not_be_disturbed_is_not_texted(room):
    entry = DndEntry("d-1", ANN, DndKind.EXACT, 1_700_000_000_000)
    await room.office.store.write(put_dnd, entry)
    await opened(room, "4155550142 Hello")
    assert "Do Not Disturb list" in (await submit(room))["errors"]["to"]


async def test_what_is_left_of_the_quota_stands_there_and_a_text_beyond_it_is_said_to_wait(tmp_path):
    quota = QuotaStatus(segments=100, used=100, packs=0, resets_at=1_900_000_000_000)
    async with open_room(tmp_path, quota_of=lambda tx, line, now: quota) as room:
        await opened(room, "4155550142 Hello")
        assert cost(room) == "5 characters · 1 segment · quota left 0"
        await submit(room)
        assert (await room.whispered("dana")).startswith("⏳ Kept for (415) 555-0142: the quota of the line is used up")


async def test_a_text_over_a_line_that_is_down_is_said_to_wait(tmp_path):
    down = LineStatus("support", "+14155550100", LineState.ABSENT)
    async with open_room(tmp_path, statuses=lambda: [down]) as room:
        await opened(room, "4155550142 Hello")
        await submit(room)
        assert (await room.whispered("dana")).startswith("⏳ Kept for (415) 555-0142: line support is down")


async def test_a_blank_text_is_asked_for(room):
    await opened(room, "4155550142 x")
    await fill_text(room, "   ")
    assert (await submit(room))["errors"] == {"text:0": "Write what is to be texted."}


async def test_a_text_at_a_later_time_waits_and_is_in_the_list(room):
    await opened(room, "4155550142 See you")
    await tick(room, screen.LATER)
    await room.sees(lambda: block(room.workspace.top_view("dana"), "at"))
    at = int(time.time()) + 7200
    await room.workspace.user_enters("dana", screen.AT, at - at % 60)
    await tick(room, screen.CANCEL_IF_ANSWERED)
    assert typed_text(room) == "See you"
    assert await submit(room) == {}
    (one,) = await room.office.store.read(list_scheduled)
    assert (one.message.send_at, one.cancel_if_answered) == ((at - at % 60) * 1000, True)
    assert (await room.whispered("dana")).startswith("🕒 Scheduled for Ann Lee, ")
    root = await room.card()
    (shown,) = await room.thread(root, 1)
    assert texts_of(shown).startswith("🕒 Scheduled by dana")
    await room.reacted(shown["ts"], "clock3", root)
    await room.office.outbox.release(one.message.id)
    await room.office.radio.wait_air(1)
    await room.sees(lambda: texts_of(room.replies(root)[0]).startswith("↪️ Sent by dana"))


async def test_a_time_that_has_passed_is_refused_and_a_missing_one_asked_for(room):
    await opened(room, "4155550142 See you")
    await tick(room, screen.LATER)
    await room.sees(lambda: block(room.workspace.top_view("dana"), "at"))
    await room.workspace.user_enters("dana", screen.AT, 1_600_000_000)
    assert "has passed" in (await submit(room))["errors"]["at"]


async def test_the_time_is_read_on_a_clock_of_the_chosen_zone(room):
    await opened(room, "4155550142 See you")
    await tick(room, screen.LATER)
    await room.sees(lambda: block(room.workspace.top_view("dana"), "zone"))
    zones = await room.workspace.user_searches("dana", screen.ZONE, "kathm")
    assert [zone["value"] for zone in zones] == ["Asia/Kathmandu"]
    await room.workspace.user_enters("dana", screen.ZONE, "Asia/Kathmandu")
    at = int(time.time() // 60 * 60) + 10 * 86_400
    await room.workspace.user_enters("dana", screen.AT, at)
    assert await submit(room) == {}
    (one,) = await room.office.store.read(list_scheduled)
    assert abs(one.message.send_at - at * 1000) > 3_600_000
    assert one.message.send_at % 900_000 == at * 1000 % 900_000


async def test_a_repeating_text_shows_its_next_dates_and_becomes_a_series(room):
    await opened(room, "4155550142 Pills")
    await tick(room, screen.LATER)
    await room.sees(lambda: block(room.workspace.top_view("dana"), "repeat"))
    await room.workspace.user_enters("dana", screen.AT, int(time.time() // 60 * 60) + 7200)
    await room.workspace.user_enters("dana", screen.REPEAT, "weekly:1")
    view = await room.sees(lambda: block(room.workspace.top_view("dana"), "next") and room.workspace.top_view("dana"))
    assert block(view, "next")["elements"][0]["text"].count("·") == 4
    await room.workspace.user_enters("dana", screen.TIMES, "3")
    assert await submit(room) == {}
    (one,) = await room.office.store.read(list_scheduled)
    assert (one.series.rule.count, one.series.rule.frequency.value) == (3, "weekly")


async def test_a_last_day_before_the_first_is_refused_under_its_field(room):
    await opened(room, "4155550142 Pills")
    await tick(room, screen.LATER)
    await room.sees(lambda: block(room.workspace.top_view("dana"), "repeat"))
    await room.workspace.user_enters("dana", screen.AT, int(time.time() // 60 * 60) + 7200)
    await room.workspace.user_enters("dana", screen.REPEAT, "daily:1")
    await room.sees(lambda: block(room.workspace.top_view("dana"), "until"))
    await room.workspace.user_enters("dana", screen.UNTIL, "2020-01-01")
    assert "until" in (await submit(room))["errors"]


GREETING = Template("t-1", "Greeting", "Hello {first_name}, {my_name} here")


async def with_template(room, template=GREETING):
    await room.office.store.write(save_template, template, at=1)
    await opened(room)


async def test_a_template_is_filled_in_for_whom_it_goes_to(room):
    await with_template(room)
    await choose(room, "ann", ANN)
    await room.workspace.user_enters("dana", screen.TEMPLATE, "t-1")
    await room.sees(lambda: typed_text(room) == "Hello Ann, dana here")
    await room.sees(lambda: cost(room) == "20 characters · 1 segment")
    assert await submit(room) == {}
    await room.office.radio.wait_air(1)
    assert room.office.radio.texts == ["Hello Ann, dana here"]
    assert (await room.office.store.read(get_template, "t-1")).uses == 1


async def test_a_template_chosen_first_is_filled_in_when_somebody_is(room):
    await with_template(room)
    await room.workspace.user_enters("dana", screen.TEMPLATE, "t-1")
    await room.sees(lambda: typed_text(room) == "Hello {first_name}, {my_name} here")
    await choose(room, "ann", ANN)
    await room.sees(lambda: typed_text(room) == "Hello Ann, dana here")


async def test_what_a_template_lacks_blocks_with_words(room):
    await with_template(room)
    await choose(room, "4155550123", PEER)
    await room.workspace.user_enters("dana", screen.TEMPLATE, "t-1")
    warning = await room.sees(lambda: block(room.workspace.top_view("dana"), "warning"))
    assert "first name ({first_name}) is not known" in warning["elements"][0]["text"]
    (said,) = (await submit(room))["errors"].values()
    assert "first name" in said
    assert await messages(room) == []


async def test_nobody_gets_a_text_that_was_filled_in_for_somebody_else(room):
    await room.office.store.write(add_contact, "c-bob", ContactFields(name="Bob Ray", numbers=(PEER,)), now=1)
    await with_template(room)
    await choose(room, "ann", ANN)
    await room.workspace.user_enters("dana", screen.TEMPLATE, "t-1")
    await room.sees(lambda: typed_text(room) == "Hello Ann, dana here")
    await choose(room, "bob", PEER)
    await room.sees(lambda: typed_text(room) == "Hello Bob, dana here")
    await fill_text(room, "Dear Bob!")
    await choose(room, "ann", ANN)
    warning = await room.sees(lambda: block(room.workspace.top_view("dana"), "warning"))
    assert "filled in for Bob Ray" in warning["elements"][0]["text"]
    assert typed_text(room) == "Dear Bob!"


async def test_personal_templates_are_offered_to_their_owner_alone(room):
    dana = room.slack.state.user("dana").id
    await room.office.store.write(
        save_template, Template("t-9", "Mine", "Hi", TemplateScope.PERSONAL, owner=dana), at=1
    )
    assert block(await opened(room), "template") is not None
    assert block(await opened(room, user="sam"), "template") is None


async def test_a_message_can_be_texted_from_its_menu(room):
    ts = await room.workspace.user_says("dana", "clerk-sms", "Door code is 1234 :smile:")
    await room.quiet()
    await room.workspace.user_chooses_shortcut("dana", "clerk.send_as_sms", "clerk-sms", ts)
    await room.sees(lambda: filled(room))
    assert typed_text(room) == "Door code is 1234 😄"


async def test_the_thread_begins_where_replies_are_to_go_and_stays_there(tmp_path):
    lines = [DeskLine("support", "+14155550100", "#clerk-sms"), DeskLine("sales", "+14155550101", "#sales")]
    async with open_room(tmp_path, start=False, lines=lines) as room:
        room.workspace.add_channel("sales", "dana", "sam")
        await room.start()
        for reply in ("sales", "clerk-sms"):
            view = await opened(room, "4155550123 Hello")
            element = block(view, "reply")["element"]
            assert [one["text"]["text"] for one in element["options"]] == ["#clerk-sms", "#sales"]
            assert element["initial_option"]["text"]["text"] == "#clerk-sms"
            await room.workspace.user_enters("dana", screen.REPLY, room.slack.state.channel(reply).id)
            await submit(room)
            await room.quiet()
        (card,) = room.cards("sales")
        assert len(await room.sees(lambda: room.replies(card["ts"], "sales"))) == 2
        assert room.cards() == []
        await room.text("Hi", PEER)
        await room.sees(lambda: len(room.replies(card["ts"], "sales")) == 3)
        await room.workspace.user_says("dana", "sales", "Reply", card["ts"])
        await room.office.radio.wait_air(3)


async def test_where_replies_go_is_not_asked_where_there_is_one_channel(room):
    assert block(await opened(room), "reply") is None


async def test_the_global_shortcut_answers_in_the_form_itself(room):
    await room.workspace.user_chooses_shortcut("dana", "clerk.send_text")
    await room.sees(lambda: filled(room))
    await choose(room, "ann", ANN)
    await fill_text(room, "Hello")
    answer = await submit(room)
    assert answer["response_action"] == "update"
    assert texts_of(answer["view"]).startswith("✅ Sent to Ann Lee.")


async def test_a_mention_offers_a_button_that_opens_the_form(room):
    await room.workspace.user_mentions("dana", "clerk-sms", "send")
    shown = await room.sees(lambda: room.workspace.ephemerals("dana"))
    await room.workspace.user_clicks("dana", "clerk-sms", shown[0]["ts"], screen.OPEN)
    await room.sees(lambda: filled(room))


async def test_suggestions_from_ten_thousand_contacts_come_within_300_ms(room):
    await room.office.store.write(_many)
    await opened(room)
    slowest = 0.0
    for query in ("a", "person 99", "415556", "person", "lee", "+1 415 556 01"):
        begun = time.perf_counter()
        await room.workspace.user_searches("dana", screen.TO, query)
        slowest = max(slowest, time.perf_counter() - begun)
    assert slowest < 0.3


def _many(tx):
    for index in range(10_000):
        number = f"+1415{5560000 + index}"
        add_contact(tx, f"c-{index}", ContactFields(name=f"Person {index}", numbers=(number,)), now=1)


async def test_a_form_outlives_its_contact_a_restart_and_a_template(room):
    await with_template(room)
    await choose(room, "ann", ANN)
    await room.workspace.user_enters("dana", screen.TEMPLATE, "t-1")
    await room.sees(lambda: typed_text(room) == "Hello Ann, dana here")
    await room.office.store.write(remove_contact, "c-ann")
    await room.office.store.write(delete_template, "t-1")
    await room.crash()
    await room.start()
    await fill_text(room, "Hello Ann, dana was here")
    await room.sees(lambda: cost(room) == "24 characters · 1 segment")
    assert await submit(room) == {}
    await room.office.radio.wait_air(1)
    assert room.office.radio.texts == ["Hello Ann, dana was here"]
    assert (await room.whispered("dana")).startswith("✅ Sent to (415) 555-0142.")


async def test_what_waits_too_long_in_a_form_is_not_sent_at_a_time_that_has_passed(room):
    await opened(room, "4155550142 See you")
    await tick(room, screen.LATER)
    await room.sees(lambda: block(room.workspace.top_view("dana"), "at"))
    await room.workspace.user_enters("dana", screen.AT, int(time.time()) - 7 * 86_400)
    assert list((await submit(room))["errors"]) == ["at"]
    assert typed_text(room) == "See you"


async def test_guests_get_no_form(room):
    room.workspace.add_user("gus", is_restricted=True)
    await room.workspace.join_channel("gus", "clerk-sms")
    await room.workspace.user_runs("gus", "/clerk", "send 4155550142 Hello", channel="clerk-sms")
    await room.sees(lambda: room.workspace.ephemerals("gus"))
    assert room.workspace.top_view("gus") is None
