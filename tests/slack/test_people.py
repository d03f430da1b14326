"""Only full members of our own workspace text from Slack, whatever kind of message or click it is."""

import pytest
from fakes.slack_room import CHANNEL, open_room

from clerkd.errors import Permanent

OUTSIDERS = {
    "a single-channel guest": {"is_restricted": True, "is_ultra_restricted": True},
    "a guest": {"is_restricted": True},
    "a stranger": {"is_stranger": True},
    "another app": {"is_bot": True, "bot_id": "B0OTHER0001"},
}


@pytest.mark.parametrize("facts", [OUTSIDERS[key] for key in ("a single-channel guest", "a guest", "a stranger")])
async def test_an_outsiders_reply_is_refused_and_they_are_told(tmp_path, facts):
    async with open_room(tmp_path) as room:
        room.workspace.add_user("gus", **facts)
        room.slack.state.channel(CHANNEL).members.append(room.slack.state.user("gus").id)
        await room.text("Is my bike ready?")
        root = await room.card()
        await room.workspace.user_says("gus", CHANNEL, "Sure", root)
        said = await room.whispered("gus")
        await room.workspace.user_says("gus", CHANNEL, "send 4155550123 Sure")
        await room.whispered("gus", 2)
        await room.quiet()

        assert said == "Not sent: only full members of this workspace can text from here."
        assert room.office.radio.air == []


async def test_another_apps_message_is_nobodys(tmp_path):
    async with open_room(tmp_path) as room:
        room.workspace.add_user("robo", **OUTSIDERS["another app"])
        robo = room.slack.state.user("robo")
        channel = room.slack.state.channel(CHANNEL)
        channel.members.append(robo.id)
        await room.text("Is my bike ready?")
        root = await room.card()
        room.slack._desk.posting.post(channel, robo, "Beep", thread_ts=root, bot_id=robo.bot_id, subtype="bot_message")
        room.slack._desk.posting.post(channel, robo, "Boop", thread_ts=root)
        await room.quiet()

        assert room.office.radio.air == []


async def test_somebody_who_was_deactivated_meanwhile_cannot_click_an_old_button(tmp_path):
    async with open_room(tmp_path) as room:
        room.office.radio.script.append(Permanent("no"))
        await room.text("Is my bike ready?")
        root = await room.card()
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        prompt = (await room.thread(root, 3))[-1]
        room.slack.state.user("sam").is_restricted = True
        await room.workspace.user_clicks("sam", CHANNEL, prompt["ts"], "clerk.message.retry")
        said = await room.whispered("sam")
        await room.quiet()

        assert said == "Only full members of this workspace can do this."
        assert room.office.radio.air == []


async def test_nothing_is_texted_from_a_channel_that_others_read(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.slack.state.channel(CHANNEL).is_ext_shared = True
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        said = await room.whispered("dana")
        await room.quiet()

        assert "shared with another organisation" in said
        assert room.office.radio.air == []
