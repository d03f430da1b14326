"""Acts: found, allowed, run, answered; once, also when pressed twice, killed in between, or too late."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.slack_room import CHANNEL, open_room, texts_of

from clerkd.errors import Conflict, Temporary
from clerkd.slack.ids import button_value
from clerkd.slack.interactions import (
    Act,
    Clash,
    Door,
    Errors,
    Interactions,
    Options,
    Permission,
    Push,
    Said,
    Update,
)
from clerkd.slack.render import context
from clerkd.slack.screens import hint
from clerkd.slack.screens.skeleton import loading, modal, notice


def button(action, value=""):
    return {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": "Press"}} | (
        {"value": value} if value else {}
    )


def form(*, first="", callback="test.form"):
    name = {
        "type": "input", "block_id": "name", "label": {"type": "plain_text", "text": "Name"},
        "element": {"type": "plain_text_input", "action_id": "name"},
    }  # fmt: skip
    who = {
        "type": "input", "block_id": "who", "optional": True, "label": {"type": "plain_text", "text": "To"},
        "element": {"type": "external_select", "action_id": "test.who", "min_query_length": 0},
    }  # fmt: skip
    row = {"type": "actions", "elements": [button("test.more", button_value(conversation="c1"))]}
    head = [context(first)] if first else []
    return modal(
        "Form", [*head, name, who, row], callback=callback, submit="Send", carried=button_value(line="support")
    )


class Acts:
    """Small acts that remember what they were given."""

    def __init__(self):
        self.seen = []
        self.submitted = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.answers = {}
        self.accident = None

    def table(self, _settings):
        return Interactions(
            words={"": Act(self.show), "form": Act(self.open_form), "slow": Act(self.open_slowly)},
            actions={"test.press": Act(self.press), "test.more": Act(self.press), "test.manage": Act(self.press)},
            views={"test.form": Act(self.submit)},
            options={"test.who": Act(self.suggest)},
            reactions={"eyes": Act(self.react)},
            shortcuts={"test.shortcut": Act(self.react)},
        )

    async def show(self, payload, desk):
        self.seen.append((payload, desk.person.name, desk.person.zone))
        row = {"type": "actions", "elements": [button("test.press", button_value(line="support"))]}
        shown = hint.told(f"Hello {desk.person.name}")
        return Said(show=type(shown)(shown.text, (*shown.blocks, row)))

    async def open_form(self, payload, desk):
        await desk.screens.open(payload.trigger, form())

    async def open_slowly(self, payload, desk):
        async def fill():
            await self.gate.wait()
            if self.accident is not None:
                raise self.accident
            return form(first="Filled")

        await desk.screens.open_then(payload.trigger, loading("Form", callback="test.form"), fill)

    async def press(self, payload, desk):
        self.seen.append((payload, desk.key))
        if self.accident is not None:
            accident, self.accident = self.accident, None
            raise accident
        return Said(show=hint.told("Pressed"))

    async def submit(self, payload, desk):
        self.submitted.append(desk.key)
        await self.gate.wait()
        answer = self.answers.get(payload.view.entered.text("name"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def suggest(self, payload, desk):
        if self.accident is not None:
            raise self.accident
        text = {"type": "plain_text", "text": f"Text {payload.typed}"}
        return Options([{"text": text, "value": "n:" + payload.typed}])

    async def react(self, payload, desk):
        self.seen.append(payload)


@asynccontextmanager
async def acting(path, **options):
    acts = Acts()
    async with open_room(path, acts=acts.table, **options) as room:
        yield room, acts


async def opened(room, user="dana"):
    await room.workspace.user_runs(user, "/clerk", "form", CHANNEL)
    return await room.sees(lambda: room.workspace.top_view(user))


async def test_a_command_is_answered_where_the_bot_is_not_a_member_and_only_to_who_asked(tmp_path):
    async with acting(tmp_path) as (room, acts):
        room.workspace.add_channel("elsewhere", "dana", with_bot=False)
        outcome = await room.workspace.user_runs("dana", "/clerk", "", "elsewhere")
        said = await room.whispered("dana")
        await room.quiet()

        assert outcome.payload is None
        assert said == "Hello dana"
        assert [(name, zone) for _, name, zone in acts.seen] == [("dana", "America/Los_Angeles")]
        assert room.workspace.ephemerals("sam") == []


async def test_a_mention_is_answered_to_who_said_it_and_is_never_texted(tmp_path):
    async with acting(tmp_path) as (room, acts):
        await room.text("Is my bike ready?")
        root = await room.card()
        await room.workspace.user_mentions("dana", CHANNEL)
        await room.whispered("dana")
        await room.workspace.user_mentions("dana", CHANNEL, thread_ts=root)
        await room.whispered("dana", 2)
        await room.quiet()

        assert [payload.place.thread_ts for payload, *_ in acts.seen] == [None, root]
        assert room.office.radio.air == []


async def test_a_button_of_an_ephemeral_message_is_answered(tmp_path):
    async with acting(tmp_path) as (room, acts):
        await room.workspace.user_runs("dana", "/clerk", "", CHANNEL)
        await room.whispered("dana")
        shown = room.workspace.ephemerals("dana")[-1]
        await room.workspace.user_clicks("dana", CHANNEL, shown["ts"], "test.press")
        said = await room.whispered("dana", 2)

        assert said == "Pressed"
        assert acts.seen[-1][0].value == {"line": "support"}


async def test_a_modal_is_opened_typed_into_and_submitted(tmp_path):
    async with acting(tmp_path) as (room, acts):
        await opened(room)
        await room.workspace.user_enters("dana", "name", "Ann")
        options = await room.workspace.user_searches("dana", "test.who", "4155550123")
        await room.workspace.user_enters("dana", "test.who", "n:4155550123")
        await room.workspace.user_submits_view("dana")

        assert [option["value"] for option in options] == ["n:4155550123"]
        assert len(acts.submitted) == 1
        assert room.workspace.top_view("dana") is None


async def test_a_skeleton_is_there_before_its_content_is_known(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.gate.clear()
        await room.workspace.user_runs("dana", "/clerk", "slow", CHANNEL)
        first = await room.sees(lambda: room.workspace.top_view("dana"))
        acts.gate.set()
        await room.sees(lambda: "Filled" in texts_of(room.workspace.top_view("dana")))

        assert "Loading" in texts_of(first)


async def test_a_skeleton_whose_content_cannot_be_found_says_so(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.accident = ValueError("nobody foresaw this")
        await room.workspace.user_runs("dana", "/clerk", "slow", CHANNEL)
        await room.sees(lambda: hint.ACT_BROKEN in texts_of(room.workspace.top_view("dana") or {}))


async def test_a_click_that_was_kept_is_acted_on_after_a_crash(tmp_path):
    async with acting(tmp_path) as (room, acts):
        await room.workspace.user_runs("dana", "/clerk", "", CHANNEL)
        await room.whispered("dana")
        shown = room.workspace.ephemerals("dana")[-1]
        acts.accident = Temporary("the store is busy", retry_after_s=0.2)
        await room.workspace.user_clicks("dana", CHANNEL, shown["ts"], "test.press")
        await room.sees(lambda: len(acts.seen) == 2)
        await room.crash()
        await room.start()
        said = await room.whispered("dana", 2)

        assert said == "Pressed"
        assert len({key for _, key, *more in acts.seen[1:] if not more}) == 1


async def test_what_is_wrong_stands_under_its_field_and_what_was_typed_stays(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.answers["Ann"] = Errors({"name": "There are two of them."})
        await opened(room)
        await room.workspace.user_enters("dana", "name", "Ann")
        await room.workspace.user_submits_view("dana")
        await room.workspace.user_submits_view("dana")
        view = room.slack.state.view_stacks[room.slack.state.user("dana").id][-1]

        assert view.errors == {"name": "There are two of them."}
        assert len(acts.submitted) == 2  # nothing was done, so it is looked at anew


@pytest.mark.parametrize(
    ("accident", "words"),
    [
        (Conflict("the message is on the air"), "Not done: the message is on the air"),
        (Temporary("the disk is busy"), "Not now: the disk is busy. Please try again in a moment."),
        (ValueError("nobody foresaw this"), hint.ACT_BROKEN),
    ],
)
async def test_an_accident_in_a_submission_is_said_under_the_first_field(tmp_path, accident, words):
    async with acting(tmp_path) as (room, acts):
        acts.answers["Ann"] = accident
        await opened(room)
        await room.workspace.user_enters("dana", "name", "Ann")
        await room.workspace.user_submits_view("dana")

        view = room.slack.state.view_stacks[room.slack.state.user("dana").id][-1]
        assert view.errors == {"name": words}


async def test_a_submission_pressed_twice_is_carried_out_once_and_answered_alike(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.answers["Ann"] = Push(notice("Sent", "It was sent"))
        await opened(room)
        await room.workspace.user_enters("dana", "name", "Ann")
        acts.gate.clear()
        both = [asyncio.ensure_future(press_submit(room)) for _ in range(2)]
        await room.sees(lambda: acts.submitted)
        acts.gate.set()
        outcomes = await asyncio.gather(*both)
        await room.crash()
        await room.start()
        later = await press_submit(room)

        assert len(acts.submitted) == 1
        assert {outcome.payload["response_action"] for outcome in [*outcomes, later]} == {"push"}


async def press_submit(room):
    """Press Submit, whatever came of it before: what the client does when it heard nothing."""
    person = room.slack.state.user("dana")
    view = room.slack.state.view_stacks[person.id][0]
    interactivity = room.workspace._interactivity
    return await interactivity._send("interactive", interactivity.payloads.submission(person, view, "1"), accepts=True)


async def test_a_submission_that_takes_long_shows_its_result_when_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("clerkd.slack.acting.ANSWER_WITHIN_S", 0.05)
    async with acting(tmp_path) as (room, acts):
        acts.answers["Ann"] = Update(notice("Done", "118 new, 4 merged"))
        await opened(room)
        await room.workspace.user_enters("dana", "name", "Ann")
        acts.gate.clear()
        await room.workspace.user_submits_view("dana")
        first = texts_of(room.workspace.top_view("dana"))
        acts.gate.set()
        await room.sees(lambda: "118 new" in texts_of(room.workspace.top_view("dana")))

        assert "Still working" in first


async def test_options_that_cannot_be_found_are_none(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.accident = ValueError("nobody foresaw this")
        await opened(room)

        assert await room.workspace.user_searches("dana", "test.who", "ann") == []


async def test_a_form_of_an_earlier_version_says_so(tmp_path):
    async with acting(tmp_path) as (room, _):
        await opened(room)
        stack = room.slack.state.view_stacks[room.slack.state.user("dana").id]
        stack[-1].definition["callback_id"] = "clerk.gone"
        await room.workspace.user_enters("dana", "name", "Ann")
        await room.workspace.user_submits_view("dana")

        assert "earlier version" in texts_of(room.workspace.top_view("dana"))


async def test_a_button_in_a_modal_is_answered_on_top_of_it(tmp_path):
    async with acting(tmp_path) as (room, acts):
        view = await opened(room)
        await room.workspace.user_enters("dana", "name", "Ann")
        await room.workspace.user_clicks_in_view("dana", "test.more")
        top = await room.sees(lambda: (now := room.workspace.top_view("dana"))["id"] != view["id"] and now)

        assert "Pressed" in texts_of(top)
        assert acts.seen[-1][0].view.entered.text("name") == "Ann"
        assert acts.seen[-1][0].view.carried == {"line": "support"}


async def test_a_click_that_fails_is_said_and_not_repeated(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.accident = ValueError("nobody foresaw this")
        await room.workspace.user_runs("dana", "/clerk", "", CHANNEL)
        await room.whispered("dana")
        shown = room.workspace.ephemerals("dana")[-1]
        await room.workspace.user_clicks("dana", CHANNEL, shown["ts"], "test.press")
        said = await room.whispered("dana", 2)
        await room.quiet()

        assert said == hint.ACT_BROKEN
        assert len(acts.seen) == 2


async def test_a_click_that_must_wait_is_acted_on_later_under_the_same_key(tmp_path):
    async with acting(tmp_path) as (room, acts):
        acts.accident = Temporary("not now", retry_after_s=0.01)
        await room.workspace.user_runs("dana", "/clerk", "", CHANNEL)
        await room.whispered("dana")
        shown = room.workspace.ephemerals("dana")[-1]
        await room.workspace.user_clicks("dana", CHANNEL, shown["ts"], "test.press")
        said = await room.whispered("dana", 2)

        assert said == "Pressed"
        assert len({key for _, key, *more in acts.seen[1:] if not more}) == 1
        assert len(acts.seen) == 3


async def test_a_trigger_that_is_spent_is_said(tmp_path):
    async with acting(tmp_path) as (room, _):
        for trigger in room.slack._desk.screens._triggers.values():
            trigger.used = True
        real = room.slack._desk.screens.issue_trigger

        def spent(user, *, in_view=False):
            trigger = real(user, in_view=in_view)
            room.slack._desk.screens._triggers[trigger].used = True
            return trigger

        room.slack._desk.screens.issue_trigger = spent
        await room.workspace.user_runs("dana", "/clerk", "form", CHANNEL)

        assert await room.whispered("dana") == hint.PRESS_AGAIN


@pytest.mark.parametrize("facts", [{"is_restricted": True}, {"is_stranger": True}])
async def test_outsiders_are_refused_before_any_act(tmp_path, facts):
    async with acting(tmp_path) as (room, acts):
        room.workspace.add_user("eve", **facts)
        await room.workspace.join_channel("eve", CHANNEL)
        await room.workspace.user_runs("eve", "/clerk", "", CHANNEL)
        said = await room.whispered("eve")

        assert said == hint.NOT_YOURS
        assert acts.seen == []


async def test_only_reactions_that_mean_something_are_kept(tmp_path):
    async with acting(tmp_path) as (room, acts):
        await room.text("Is my bike ready?")
        root = await room.card()
        await room.workspace.user_reacts("dana", CHANNEL, root, "tada")
        await room.workspace.user_reacts("dana", CHANNEL, root, "eyes")
        await room.workspace.user_unreacts("dana", CHANNEL, root, "eyes")
        await room.sees(lambda: len(acts.seen) == 2)
        await room.quiet()

        assert [(one.name, one.added) for one in acts.seen] == [("eyes", True), ("eyes", False)]


async def test_a_message_shortcut_knows_its_message(tmp_path):
    async with acting(tmp_path) as (room, acts):
        await room.text("Is my bike ready?")
        root = await room.card()
        await room.workspace.user_chooses_shortcut("dana", "test.shortcut", CHANNEL, root)
        await room.sees(lambda: acts.seen)

        assert acts.seen[0].place.ts == root


def test_two_acts_for_the_same_thing_and_doors_that_lead_nowhere_are_mistakes():
    one = Interactions(actions={"a": Act(Acts.press)})
    with pytest.raises(Clash, match="two acts"):
        Interactions.merged(one, one)
    with pytest.raises(Clash, match="lead nowhere"):
        Interactions.merged(Interactions(doors=[Door("b", lambda tx, now: "B", 10)]))


def test_doors_come_in_their_order():
    doors = [Door("a", lambda tx, now: "A", order, needs=Permission.SEND) for order in (20, 10)]
    merged = Interactions.merged(Interactions(actions={"a": Act(Acts.press)}, doors=doors))

    assert [door.order for door in merged.doors] == [10, 20]
