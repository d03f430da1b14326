import pytest

from clerkd.simulate.slack import SlackStandIn
from clerkd.simulate.slack.tokens import BASE_SCOPES


async def test_people_are_described_with_their_zone_and_standing(slack, web, work, refused):
    guest = work.add_user("guest", "Gil Guest", is_restricted=True, tz="Asia/Tokyo")
    stranger = work.add_user("stranger", is_stranger=True)

    shown = (await web.users_info(user=guest.id))["user"]
    assert (shown["real_name"], shown["tz"], shown["tz_offset"]) == ("Gil Guest", "Asia/Tokyo", 9 * 3600)
    assert (shown["is_restricted"], shown["is_stranger"]) == (True, False)
    shown = (await web.users_info(user=stranger.id))["user"]
    assert shown["is_stranger"]
    assert shown["team_id"] != slack.state.team.id
    assert await refused(web.users_info(user="U0NOBODY")) == "user_not_found"


async def test_a_strangers_message_says_which_team_they_are_of(work, app, room):
    stranger = work.add_user("stranger", is_stranger=True)
    await work.join_channel("stranger", room)
    await work.user_says("stranger", room, "hello")

    event = (await app.next()).payload["event"]
    while event.get("subtype") or event["type"] != "message":
        event = (await app.next()).payload["event"]
    assert event["user_team"] == event["source_team"] == stranger.team_id


async def test_everybody_is_listed_by_page(slack, web):
    names, cursor = [], None
    while cursor != "":
        answer = await web.users_list(limit=2, cursor=cursor)
        names += [user["name"] for user in answer["members"]]
        cursor = answer["response_metadata"]["next_cursor"]

    assert names == ["clerk", "alice", "bob"]


async def test_the_sdk_pages_by_itself(web):
    pages = [page async for page in await web.users_list(limit=1)]

    assert [len(page["members"]) for page in pages] == [1, 1, 1]


async def test_user_groups_and_the_team_are_described(slack, web, work, refused):
    group = work.add_usergroup("alice", "bob")

    assert len((await web.usergroups_users_list(usergroup=group))["users"]) == 2
    assert await refused(web.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"
    assert await refused(web.team_info()) == "missing_scope"
    async with SlackStandIn(scopes=[*BASE_SCOPES, "team:read"], team="Acme Ltd") as named:
        web.base_url = named.api_url
        assert (await web.team_info())["team"]["domain"] == "acme-ltd"
        assert await refused(web.team_info(team="T0OTHER")) == "team_not_found"


async def test_api_test_says_what_it_was_asked(web, refused):
    assert (await web.api_test())["ok"]
    assert await refused(web.api_test(error="my_error")) == "my_error"


@pytest.mark.parametrize("method", ["users.info", "reactions.add", "views.publish", "bookmarks.add", "files.info"])
async def test_a_missing_argument_is_named(web, refused, method):
    assert await refused(web.api_call(method, params={})) == "invalid_arguments"


async def test_uploads_must_come_as_announced(slack, web, app, refused):
    reserved = await web.files_getUploadURLExternal(filename="a.txt", length=5)
    session = app.client.aiohttp_client_session
    done = web.files_completeUploadExternal(files=[{"id": reserved["file_id"]}])

    assert await refused(done) == "file_not_found"
    async with session.post(reserved["upload_url"], data=b"too long") as answer:
        assert answer.status == 400
    async with session.post(reserved["upload_url"], data=b"right") as answer:
        assert await answer.text() == "OK - 5"
    assert (await web.files_completeUploadExternal(files=[{"id": reserved["file_id"], "title": "A"}]))["ok"]
    assert await refused(web.files_info(file="F0NONE")) == "file_not_found"
