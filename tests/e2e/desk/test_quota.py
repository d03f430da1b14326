"""A line's quota, its packs, and what people can do about it, through the real process (C5)."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import yaml
from fakes.slack_room import buttons_of, texts_of
from fakes.tickets import ANN, Desk
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.simulate.modem import VirtualModem

OTHER_NUMBER = "+14155550101"
OTHER_CHANNEL = "clerk-sales"


def said(w, root, words, channel=CHANNEL):
    return [one for one in w.thread(root, channel) if words in texts_of(one) + one["text"]]


async def quota_of(w):
    return (await w.daemon.get("/v1/lines"))["lines"][0]["quota"]


async def start_conversation(w):
    desk = Desk(w)
    await desk.texts("Hello")
    return desk, (await desk.root())["ts"]


@asynccontextmanager
async def two_lines(tmp_path, **other):
    """A world with a second line, of its own modem and channel."""
    async with world(tmp_path, start=False) as w:
        w.slack.workspace.add_channel(OTHER_CHANNEL, "dana", "sam")
        settings = yaml.safe_load(w.daemon.config.read_text())
        settings["lines"]["support"]["quota"] = {"segments": 1}
        settings["modems"]["second"] = {"port": str(tmp_path / "second")}
        settings["lines"]["sales"] = {
            "number": OTHER_NUMBER, "modem": "second", "channel": f"#{OTHER_CHANNEL}", "countries": ["US", "GB"],
            "quota": {"segments": 50}, **other,
        }  # fmt: skip
        w.daemon.config.write_text(yaml.safe_dump(settings))
        async with VirtualModem(tmp_path / "second", w.network, OTHER_NUMBER):
            await w.daemon.start()
            await w.daemon.ready()
            yield w


async def test_a_quota_is_kept_and_shown_with_what_was_used_and_when_it_resets(tmp_path):
    quota = {"segments": 3, "reset_day": 1, "time_zone": "Europe/London"}
    async with world(tmp_path, line={"quota": quota}) as w:
        for text in ("One", "Two", "x" * 161):
            last = await w.daemon.send(ANN, text)
        assert await w.daemon.becomes(last, {"held"}) == "held"
        await w.sees(lambda: len(w.phone(ANN).inbox) == 2)
        found = await quota_of(w)
        resets = datetime.fromisoformat(found["resets_at"])
        assert (found["segments"], found["used"], found["packs"]) == (3, 2, 0)
        assert datetime.now(UTC) < resets
        message = await w.daemon.get(f"/v1/messages/{last}")
        assert message["error"]["code"] == "quota.exhausted"
        assert [(one["event"], one.get("actor")) for one in message["history"]] == [
            ("created", None),
            ("held", "quota"),
        ]


async def test_people_are_warned_once_and_what_waits_goes_out_with_a_pack_in_order(tmp_path):
    async with world(tmp_path, line={"quota": {"segments": 5}}) as w:
        desk, root = await start_conversation(w)
        for number in range(7):
            await w.slack.workspace.user_says("dana", CHANNEL, f"Text {number}", root)
        prompts = await w.sees(
            lambda: len(found := said(w, root, "the quota of line support is used up")) == 2 and found
        )
        assert [text.text for text in w.phone(ANN).inbox] == [f"Text {number}" for number in range(5)]
        assert list(buttons_of(prompts[0]))[:1] == ["Add pack"]
        assert list(buttons_of(prompts[0]))[1].startswith("Wait until 1 ")
        warnings = [texts_of(one).split(" %")[0] for one in w.cards() if texts_of(one).startswith("⚠️ Line support")]
        assert warnings == ["⚠️ Line support has reached 80", "⚠️ Line support has reached 95"]

        await w.slack.workspace.user_clicks("dana", CHANNEL, prompts[0]["ts"], buttons_of(prompts[0])["Add pack"])
        await desk.fill("dana", segments="many")
        refused = await w.slack.workspace.user_submits_view("dana")
        assert "whole number" in str(refused)
        await desk.fill("dana", segments="2")
        await w.slack.workspace.user_submits_view("dana")
        await w.sees(lambda: len(w.phone(ANN).inbox) == 7)
        assert [text.text for text in w.phone(ANN).inbox[5:]] == ["Text 5", "Text 6"]
        found = await quota_of(w)
        assert (found["used"], found["packs"]) == (7, 2)
        await w.sees(lambda: not said(w, root, "is used up"))


async def test_waiting_is_a_choice_and_survives_a_restart(tmp_path):
    async with world(tmp_path, line={"quota": {"segments": 1}}) as w:
        _, root = await start_conversation(w)
        for text in ("One", "Two"):
            await w.slack.workspace.user_says("dana", CHANNEL, text, root)
        [prompt] = await w.sees(lambda: said(w, root, "is used up"))
        wait = next(action for label, action in buttons_of(prompt).items() if label.startswith("Wait until"))
        await w.slack.workspace.user_clicks("dana", CHANNEL, prompt["ts"], wait)
        [waits] = await w.sees(lambda: said(w, root, "lets it wait"))
        assert buttons_of(waits) == {}
        await w.daemon.kill()
        settings = yaml.safe_load(w.daemon.config.read_text())
        settings["lines"]["support"]["quota"]["segments"] = 9
        w.daemon.config.write_text(yaml.safe_dump(settings))
        await w.daemon.start()
        await w.daemon.ready()
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["One", "Two"])


async def test_another_line_sends_what_waits_and_nothing_goes_twice(tmp_path):
    async with two_lines(tmp_path) as w:
        desk, root = await start_conversation(w)
        for text in ("One", "Two"):
            await w.slack.workspace.user_says("dana", CHANNEL, text, root)
        [prompt] = await w.sees(lambda: said(w, root, "is used up"))
        await w.slack.workspace.user_clicks("dana", CHANNEL, prompt["ts"], buttons_of(prompt)["Use another line"])
        view = await w.sees(lambda: w.slack.workspace.top_view("dana"))
        assert "50 segments left" in str(view)
        await desk.fill("dana", line="sales")
        await w.slack.workspace.user_submits_view("dana")
        await w.sees(lambda: [(text.sender, text.text) for text in w.phone(ANN).inbox] == [
            (LINE_NUMBER, "One"), (OTHER_NUMBER, "Two"),
        ])  # fmt: skip
        await w.sees(lambda: [one for one in w.cards(OTHER_CHANNEL) if "📱" in texts_of(one)])
        await w.sees(lambda: said(w, root, "It was cancelled"))


async def test_what_the_other_line_refuses_goes_on_waiting_and_the_reason_is_told(tmp_path):
    async with two_lines(tmp_path, countries=["US"]) as w:
        desk, root = await start_conversation(w)
        for text in ("One", "Two"):
            await w.slack.workspace.user_says("dana", CHANNEL, text, root)
        [prompt] = await w.sees(lambda: said(w, root, "is used up"))
        await w.slack.workspace.user_clicks("dana", CHANNEL, prompt["ts"], buttons_of(prompt)["Use another line"])
        await desk.fill("dana", line="sales")
        outcome = await w.slack.workspace.user_submits_view("dana")

        assert "The text still waits" in outcome.payload["errors"]["line"]
        assert [one["state"] for one in await w.daemon.all_messages() if one["text"] == "Two"] == ["held"]
        assert said(w, root, "cancelled") == []
