import pytest

from clerkd.simulate.slack import SlackStandIn, emoji
from clerkd.simulate.slack.tokens import BASE_SCOPES


async def test_reactions_are_added_once_and_removed_once(slack, web, work, room, refused):
    ts = await work.user_says("alice", room, "hi")

    await web.reactions_add(channel=room, timestamp=ts, name="heavy_check_mark")
    again = web.reactions_add(channel=room, timestamp=ts, name="heavy_check_mark")
    assert await refused(again) == "already_reacted"
    got = await web.reactions_get(channel=room, timestamp=ts)
    assert got["message"]["reactions"] == [{"name": "heavy_check_mark", "users": [slack.state.bot.id], "count": 1}]
    await web.reactions_remove(channel=room, timestamp=ts, name="heavy_check_mark")
    again = web.reactions_remove(channel=room, timestamp=ts, name="heavy_check_mark")
    assert await refused(again) == "no_reaction"
    assert "reactions" not in work.messages(room)[0]


@pytest.mark.parametrize("name", ["white check mark", ":x:", "Check", "no_such_emoji"])
async def test_a_reaction_has_a_name_without_colons(web, work, room, refused, name):
    ts = await work.user_says("alice", room, "hi")

    assert await refused(web.reactions_add(channel=room, timestamp=ts, name=name)) == "invalid_name"
    assert await refused(web.reactions_add(channel=room, timestamp="1.000001", name="x")) == "message_not_found"


async def test_nobody_adds_more_than_23_reactions_to_a_message(web, work, room, refused):
    ts = await work.user_says("alice", room, "hi")
    for name in [*emoji.CHARACTERS][:23]:
        await web.reactions_add(channel=room, timestamp=ts, name=name)

    assert await refused(web.reactions_add(channel=room, timestamp=ts, name="x")) == "too_many_reactions"


async def test_archived_channels_take_no_reactions(web, work, room, refused):
    ts = await work.user_says("alice", room, "hi")
    await work.archive_channel(room)

    assert await refused(web.reactions_add(channel=room, timestamp=ts, name="x")) == "is_archived"


async def test_pins_need_their_scope_and_are_listed(web, refused):
    async with SlackStandIn(scopes=BASE_SCOPES) as bare:
        bare.workspace.add_user("alice")
        channel = bare.workspace.add_channel("clerk-sms", "alice").id
        ts = await bare.workspace.user_says("alice", channel, "hi")
        web.base_url = bare.api_url
        assert await refused(web.pins_add(channel=channel, timestamp=ts)) == "missing_scope"

    async with SlackStandIn(scopes=[*BASE_SCOPES, "pins:write", "pins:read"]) as pinning:
        pinning.workspace.add_user("alice")
        channel = pinning.workspace.add_channel("clerk-sms", "alice").id
        ts = await pinning.workspace.user_says("alice", channel, "hi")
        web.base_url = pinning.api_url
        await web.pins_add(channel=channel, timestamp=ts)
        assert await refused(web.pins_add(channel=channel, timestamp=ts)) == "already_pinned"
        assert [item["message"]["ts"] for item in (await web.pins_list(channel=channel))["items"]] == [ts]


async def test_bookmarks_are_links(web, work, room, refused):
    added = await web.bookmarks_add(channel_id=room, title="Docs", type="link", link="https://example.com")

    assert added["bookmark"]["link"] == "https://example.com"
    assert next(c for c in work.snapshot("alice")["channels"] if c["id"] == room)["bookmarks"] == [added["bookmark"]]
    assert await refused(web.bookmarks_add(channel_id=room, title="x", type="page")) == "invalid_bookmark_type"
    assert await refused(web.bookmarks_add(channel_id=room, title="x", type="link", link="x")) == "invalid_link"
