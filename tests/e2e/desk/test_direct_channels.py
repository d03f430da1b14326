"""Direct channels through the real process: A6, A8 and A9."""

from fakes.slack_room import buttons_of, texts_of
from fakes.tickets import ANN, Desk
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.simulate.slack.faults import Lost
from clerkd.slack.ids import CardAction

DIRECT = "sms-0123"


def named(w, name=DIRECT):
    return [one for one in w.slack.state.channels.values() if one.name == name]


def said(w, channel):
    return [texts_of(one) + one["text"] for one in w.slack.workspace.messages(channel)]


async def begun(w):
    desk = Desk(w)
    await desk.texts("Is my bike ready?")
    root = (await desk.root())["ts"]
    return desk, root


async def test_a_conversation_moves_to_a_channel_and_back(tmp_path):
    async with world(tmp_path) as w:
        desk, root = await begun(w)
        await desk.form("dana", root, people=[desk.user("sam")])
        await desk.root("Assigned to")
        await desk.press("dana", root, CardAction.CREATE_CHANNEL.value)
        await desk.root("goes on in")
        [channel] = named(w)
        await w.sees(lambda: {desk.user("dana"), desk.user("sam")} <= set(channel.members))
        pinned = await w.sees(lambda: next((one for one in channel.messages.values() if one.pinned), None))
        assert "Every message here is texted" in texts_of({"blocks": pinned.blocks})

        ts = await w.slack.workspace.user_says("dana", DIRECT, "Yes :tada: https://example.com/map")
        await w.slack.workspace.user_says("sam", DIRECT, "between us", ts)
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["Yes 🎉 https://example.com/map"])
        await w.sees(lambda: {"heavy_check_mark", "vibration_mode"} <= w.reactions(ts, channel=DIRECT))
        file = await w.slack.workspace.user_shares_file("dana", DIRECT, "a.png", b"png", mimetype="image/png")
        await w.sees(lambda: "x" in w.reactions(file, channel=DIRECT))
        w.phone(ANN).send(LINE_NUMBER, "Thank you")
        await w.sees(lambda: any("Thank you" in text for text in said(w, DIRECT)))

        w.slack.workspace.add_user("kim")
        await desk.form("dana", root, people=[desk.user("sam"), desk.user("kim")])
        await w.sees(lambda: desk.user("kim") in channel.members)

        await desk.choose("dana", root, CardAction.BACK_TO_THREAD)
        await desk.root("Replies in this thread are texted")
        w.phone(ANN).send(LINE_NUMBER, "One more thing")
        await w.sees(lambda: any("One more thing" in one["text"] for one in w.thread(root)))
        await desk.press("sam", root, CardAction.CREATE_CHANNEL.value)
        await desk.root("goes on in")
        assert len(w.phone(ANN).inbox) == 1
        assert len(named(w)) == 1


async def test_killed_while_the_channel_is_made_there_is_one_channel(tmp_path):
    async with world(tmp_path) as w:
        desk, root = await begun(w)
        w.slack.faults.next_call(Lost(committed=True, hang_s=30), method="conversations.create")
        await desk.press("dana", root, CardAction.CREATE_CHANNEL.value)
        await w.sees(lambda: named(w))
        await w.daemon.kill()
        await desk._start()
        await desk.root("goes on in")
        await w.slack.workspace.join_channel("sam", DIRECT)
        await w.slack.workspace.user_says("sam", DIRECT, "Yes")
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["Yes"])

        assert len([one for one in w.slack.state.channels.values() if one.name.startswith("sms-")]) == 1


async def test_a_workspace_that_forbids_it_and_a_channel_that_goes_away_lose_nothing(tmp_path):
    async with world(tmp_path) as w:
        desk, root = await begun(w)
        w.slack.workspace.allow_channel_creation(allowed=False)
        await desk.press("dana", root, CardAction.CREATE_CHANNEL.value)
        await w.sees(lambda: any("doesn't have the necessary permission" in texts_of(one) for one in w.thread(root)))

        w.slack.workspace.allow_channel_creation(allowed=True)
        await desk.press("dana", root, CardAction.CREATE_CHANNEL.value)
        await desk.root("goes on in")
        await w.slack.workspace.archive_channel(DIRECT, "dana")
        w.phone(ANN).send(LINE_NUMBER, "Anybody there?")
        await w.sees(lambda: any("was archived" in texts_of(one) for one in w.thread(root)))
        await w.sees(lambda: any("Anybody there?" in one["text"] for one in w.thread(root)))
        card = await desk.root("Replies in this thread are texted")
        assert "Create Channel" in buttons_of(card)
        await w.slack.workspace.user_says("dana", CHANNEL, "Yes", root)
        await w.sees(lambda: [text.text for text in w.phone(ANN).inbox] == ["Yes"])
