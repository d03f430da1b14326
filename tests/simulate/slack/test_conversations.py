import pytest


async def test_private_channels_and_dms_are_listed_only_with_the_bot_and_the_scope(slack, web, work, refused):
    work.add_channel("seen", "alice", private=True)
    work.add_channel("unseen", "alice", private=True, with_bot=False)

    listed = await web.conversations_list(types="public_channel,private_channel")
    assert [one["name"] for one in listed["channels"]] == ["general", "clerk-sms", "seen"]
    assert await refused(web.conversations_list(types="im")) == "missing_scope"
    assert await refused(web.conversations_list(types="elsewhere")) == "invalid_types"
    assert slack.violations == []


async def test_archived_channels_can_be_left_out(web, work):
    await work.archive_channel("clerk-sms")

    listed = await web.conversations_list(exclude_archived=True)
    assert [one["name"] for one in listed["channels"]] == ["general"]


async def test_history_comes_newest_first_by_page_and_without_replies(web, work, room):
    stamps = [await work.user_says("alice", room, str(number)) for number in range(5)]
    await work.user_says("bob", room, "reply", thread_ts=stamps[0])

    seen, cursor = [], ""
    while True:
        answer = await web.conversations_history(channel=room, limit=2, cursor=cursor or None)
        seen += [one["text"] for one in answer["messages"]]
        cursor = answer.get("response_metadata", {}).get("next_cursor", "")
        assert answer["has_more"] == bool(cursor)
        if not cursor:
            break
    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("inclusive", "texts"), [(False, ["2"]), (True, ["3", "2", "1"])], ids=["exclusive", "inclusive"]
)
async def test_history_ends_at_oldest_and_latest(web, work, room, inclusive, texts):
    stamps = [await work.user_says("alice", room, str(number)) for number in range(5)]

    answer = await web.conversations_history(channel=room, oldest=stamps[1], latest=stamps[3], inclusive=inclusive)
    assert [one["text"] for one in answer["messages"]] == texts


async def test_replies_begin_with_the_root_and_may_be_asked_by_any_of_them(web, work, room, refused):
    root = await work.user_says("alice", room, "root")
    replies = [await work.user_says("bob", room, str(number), thread_ts=root) for number in range(3)]

    for ts in (root, replies[1]):
        thread = (await web.conversations_replies(channel=room, ts=ts))["messages"]
        assert [one["text"] for one in thread] == ["root", "0", "1", "2"]
    later = (await web.conversations_replies(channel=room, ts=root, oldest=replies[1]))["messages"]
    assert [one["text"] for one in later] == ["root", "2"]
    assert thread[0]["reply_count"] == 3
    assert await refused(web.conversations_replies(channel=room, ts="1.000001")) == "thread_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"limit": 1000}, "invalid_limit"),
        ({"cursor": "x"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "tomorrow"}, "invalid_ts_latest"),
        ({"limit": "many"}, "invalid_arguments"),
    ],
)
async def test_a_bad_range_is_refused(web, room, refused, arguments, error):
    assert await refused(web.conversations_history(channel=room, **arguments)) == error


async def test_reading_needs_membership(slack, web, refused):
    general = slack.state.channel("general").id

    assert await refused(web.conversations_history(channel=general)) == "not_in_channel"
    joined = await web.conversations_join(channel=general)
    assert joined["channel"]["is_member"]
    assert (await web.conversations_join(channel=general))["warning"] == "already_in_channel"
    assert (await web.conversations_history(channel=general))["messages"][0]["subtype"] == "channel_join"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("---", "invalid_name_punctuation"),
        ("Clerk", "invalid_name_specials"),
        ("a b", "invalid_name_specials"),
        ("a.b", "invalid_name_specials"),
        ("clerk-sms", "name_taken"),
    ],
)
async def test_a_bad_channel_name_is_refused(web, refused, name, error):
    assert await refused(web.conversations_create(name=name)) == error


async def test_the_bot_makes_fills_describes_renames_and_archives_a_channel(slack, web, refused):
    made = (await web.conversations_create(name="sms-4155550100", is_private=True))["channel"]
    people = [slack.state.user(name).id for name in ("alice", "bob")]
    await web.conversations_invite(channel=made["id"], users=people)
    assert (await web.conversations_members(channel=made["id"]))["members"] == [slack.state.bot.id, *people]
    assert await refused(web.conversations_invite(channel=made["id"], users=people[:1])) == "already_in_channel"

    described = await web.conversations_setTopic(channel=made["id"], topic="Ann")
    assert described["channel"]["topic"]["value"] == "Ann"
    assert await refused(web.conversations_setPurpose(channel=made["id"], purpose="x" * 251)) == "too_long"
    renamed = await web.conversations_rename(channel=made["id"], name="sms-ann")
    assert renamed["channel"]["previous_names"] == ["sms-4155550100"]
    await web.conversations_archive(channel=made["id"])
    assert await refused(web.conversations_archive(channel=made["id"])) == "already_archived"
    assert await refused(web.conversations_create(name="sms-ann")) == "name_taken"
    assert await refused(web.api_call("conversations.unarchive", params={"channel": made["id"]})) == "unknown_method"


async def test_the_workspace_may_forbid_new_channels(web, work, refused):
    work.allow_channel_creation(allowed=False)

    assert await refused(web.conversations_create(name="new")) == "restricted_action"


async def test_invitations_name_the_user_who_cannot_come(slack, web, work, room):
    gone = work.add_user("gone", deleted=True)
    new = work.add_user("new")

    answer = await web.api_call(
        "conversations.invite", params={"channel": room, "users": f"{gone.id},{new.id}", "force": True}
    )
    assert answer["ok"]
    assert slack.state.channel(room).members[-1] == new.id


async def test_opening_a_dm_gives_the_same_one_each_time(slack, web, work, refused):
    alice = slack.state.user("alice").id
    first = (await web.conversations_open(users=alice))["channel"]["id"]

    assert (await web.conversations_open(users=[alice]))["channel"]["id"] == first == work.im("alice").id
    assert await refused(web.conversations_open(users="U0NOBODY")) == "user_not_found"


async def test_a_channel_can_be_followed_through_rename_and_change_of_id(web, work, room, refused):
    await work.rename_channel(room, "texts")
    assert (await web.conversations_info(channel=room))["channel"]["name"] == "texts"
    new = await work.change_channel_id(room)
    assert await refused(web.conversations_info(channel=room)) == "channel_not_found"
    info = await web.conversations_info(channel=new, include_num_members=True)
    assert info["channel"]["num_members"] == 3
    await work.delete_channel(new)
    assert await refused(web.conversations_info(channel=new)) == "channel_not_found"


async def test_dms_and_people_that_cannot_be(slack, web, work, room, refused):
    gone = work.add_user("gone", deleted=True).id
    im = work.im("alice").id
    bot = slack.state.bot.id

    assert await refused(web.conversations_open(users=gone)) == "user_disabled"
    assert await refused(web.conversations_open(users="")) == "users_list_not_supplied"
    assert await refused(web.conversations_open(users=f"{gone},{bot}")) == "missing_scope"
    assert await refused(web.conversations_open(channel=room)) == "method_not_supported_for_channel_type"
    assert (await web.conversations_open(channel=im, return_im=True))["channel"]["user"]
    assert await refused(web.conversations_join(channel=im)) == "method_not_supported_for_channel_type"
    assert await refused(web.conversations_invite(channel=room, users="")) == "invalid_arguments"
    assert await refused(web.conversations_invite(channel=room, users=",")) == "no_user"
    assert await refused(web.conversations_invite(channel=room, users=",".join([gone] * 101))) == "too_many_users"
    assert await refused(web.conversations_invite(channel=room, users=bot)) == "cant_invite_self"
    stranger = work.add_user("stranger", is_stranger=True).id
    assert await refused(web.conversations_invite(channel=room, users=stranger)) == "user_team_not_in_channel"


async def test_only_its_own_channels_can_the_bot_rename(slack, web, work, room, refused):
    assert await refused(web.conversations_rename(channel=room, name="x")) == "not_authorized"
    assert await refused(web.conversations_archive(channel=slack.state.channel("general").id)) == "not_in_channel"
    await work.invite_bot("general")
    archive = web.conversations_archive(channel=slack.state.channel("general").id)
    assert await refused(archive) == "cant_archive_general"
    await work.archive_channel(room)
    assert await refused(web.conversations_join(channel=room)) == "is_archived"
    assert await refused(web.conversations_setTopic(channel=room, topic="x")) == "is_archived"
