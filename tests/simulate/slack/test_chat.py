import pytest
from fakes.block_samples import actions, button, mrkdwn, plain, rich_text, section

NEVER = "1600000000.000100"


async def test_text_is_stored_as_slack_stores_it(web, work, room):
    await web.chat_postMessage(channel=room, text="a & b < c > d &amp; <https://example.com|e> <@U1>")

    assert work.messages(room)[0]["text"] == "a &amp; b &lt; c &gt; d &amp; <https://example.com|e> <@U1>"


async def test_ts_are_unique_and_rise(web, work, room):
    stamps = [(await web.chat_postMessage(channel=room, text="x"))["ts"] for _ in range(5)]
    stamps.append(await work.user_says("alice", room, "y"))

    assert stamps == sorted(set(stamps))


async def test_a_text_over_the_limit_is_cut_when_posted_and_refused_when_updated(web, room, refused):
    posted = await web.chat_postMessage(channel=room, text="x" * 40_001)

    assert len(posted["message"]["text"]) == 40_000
    assert await refused(web.chat_update(channel=room, ts=posted["ts"], text="x" * 4_001)) == "msg_too_long"


async def test_metadata_is_kept_and_shown_on_request(web, room):
    metadata = {"event_type": "clerkd", "event_payload": {"id": "1"}}
    await web.chat_postMessage(channel=room, text="x", metadata=metadata)

    plainly = await web.conversations_history(channel=room)
    fully = await web.conversations_history(channel=room, include_all_metadata=True)
    assert "metadata" not in plainly["messages"][0]
    assert fully["messages"][0]["metadata"] == metadata


async def test_posting_to_a_user_opens_the_dm(web, work):
    posted = await web.chat_postMessage(channel=work.im("alice").members[0], text="hi")

    assert posted["channel"] == work.im("alice").id


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "#general", "text": "x"}, "not_in_channel"),
        ({"channel": "#clerk-sms"}, "no_text"),
        ({"channel": "#clerk-sms", "text": " "}, "no_text"),
        ({"channel": "#clerk-sms", "text": "x", "thread_ts": NEVER}, "message_not_found"),
        ({"channel": "#clerk-sms", "text": "x", "blocks": [{"type": "no"}]}, "invalid_blocks"),
        ({"channel": "#clerk-sms", "text": "", "blocks": [section()]}, "invalid_blocks"),
        (
            {"channel": "#clerk-sms", "text": "x", "blocks": [section(text=plain("x" * 3000))] * 5},
            "msg_blocks_too_long",
        ),
        ({"channel": "#clerk-sms", "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {
                "channel": "#clerk-sms",
                "text": "x",
                "metadata": {"event_type": "x", "event_payload": {"a": "b" * 10_000}},
            },
            "metadata_too_large",
        ),
        ({"channel": "#clerk-sms", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": "#clerk-sms", "text": "x", "blocks": "{"}, "invalid_arguments"),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
async def test_a_bad_post_is_refused(slack, web, refused, arguments, error):
    assert await refused(web.api_call("chat.postMessage", json=arguments)) == error
    assert slack.state.channel("clerk-sms").messages == {}


async def test_invalid_blocks_say_what_and_where(web, room):
    answer = slackless = await web.api_call("api.test", json={"foo": "bar"})
    assert slackless["args"] == {"foo": "bar"}
    try:
        await web.chat_postMessage(channel=room, text="x", blocks=[section(text=mrkdwn(""))])
    except Exception as error:  # noqa: BLE001  the stock client's error
        answer = error.response
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_closed_doors_are_named(slack, web, work, room, refused):
    root = await work.user_says("alice", room, "root")
    reply = await work.user_says("alice", room, "reply", thread_ts=root)

    assert await refused(web.chat_postMessage(channel=room, text="x", thread_ts=reply)) == "cannot_reply_to_message"
    work.set_channel_rules(room, locked_thread=root)
    assert (
        await refused(web.chat_postMessage(channel=room, text="x", thread_ts=root)) == "restricted_action_thread_locked"
    )
    assert await refused(web.reactions_add(channel=room, timestamp=reply, name="x")) == "thread_locked"
    work.set_channel_rules(room, thread_only=True)
    assert await refused(web.chat_postMessage(channel=room, text="x")) == "restricted_action_thread_only_channel"
    work.set_channel_rules(room, read_only=True)
    assert await refused(web.chat_postMessage(channel=room, text="x")) == "restricted_action_read_only_channel"
    await work.archive_channel(room)
    assert await refused(web.chat_postMessage(channel=room, text="x")) == "is_archived"


async def test_a_private_channel_without_the_bot_does_not_exist(web, work, refused):
    secret = work.add_channel("secret", "alice", private=True, with_bot=False)

    assert await refused(web.chat_postMessage(channel=secret.id, text="x")) == "channel_not_found"
    assert await refused(web.conversations_info(channel=secret.id)) == "channel_not_found"
    await work.invite_bot(secret.id)
    assert (await web.chat_postMessage(channel=secret.id, text="x"))["ok"]


async def test_own_messages_can_be_changed_and_others_not(web, work, room, refused):
    posted = await web.chat_postMessage(channel=room, text="x", blocks=[section(), actions(button())])
    spoken = await work.user_says("alice", room, "mine")

    await web.chat_update(channel=room, ts=posted["ts"], text="y")
    message = work.messages(room)[0]
    assert (message["text"], "blocks" in message, "edited" in message) == ("y", False, True)
    assert await refused(web.chat_update(channel=room, ts=spoken, text="y")) == "cant_update_message"
    assert await refused(web.chat_delete(channel=room, ts=spoken)) == "cant_delete_message"
    assert await refused(web.chat_update(channel=room, ts=NEVER, text="y")) == "message_not_found"
    await web.chat_delete(channel=room, ts=posted["ts"])
    assert [one["text"] for one in work.messages(room)] == ["mine"]


async def test_rich_text_cannot_become_something_else(web, room, refused):
    posted = await web.chat_postMessage(channel=room, text="x", blocks=[rich_text()])

    assert (
        await refused(web.chat_update(channel=room, ts=posted["ts"], text="y", blocks=[section()])) == "block_mismatch"
    )


async def test_a_deleted_root_with_replies_leaves_a_tombstone(web, work, room):
    root = await web.chat_postMessage(channel=room, text="root")
    await work.user_says("alice", room, "reply", thread_ts=root["ts"])

    await web.chat_delete(channel=room, ts=root["ts"])
    thread = (await web.conversations_replies(channel=room, ts=root["ts"]))["messages"]
    assert [one.get("subtype") for one in thread] == ["tombstone", None]


async def test_an_ephemeral_is_seen_by_its_reader_only(slack, web, work, room, refused):
    alice = slack.state.user("alice").id
    await web.chat_postEphemeral(channel=room, user=alice, text="psst")

    assert [one["text"] for one in work.ephemerals("alice")] == ["psst"]
    assert work.ephemerals("bob") == []
    assert work.messages(room) == []
    stranger = work.add_user("eve").id
    assert await refused(web.chat_postEphemeral(channel=room, user=stranger, text="x")) == "user_not_in_channel"


async def test_permalinks_lead_into_threads(web, work, room):
    root = await work.user_says("alice", room, "root")
    reply = await work.user_says("alice", room, "reply", thread_ts=root)

    link = (await web.chat_getPermalink(channel=room, message_ts=reply))["permalink"]
    assert link == f"https://acme.slack.com/archives/{room}/p{reply.replace('.', '')}?thread_ts={root}&cid={room}"


async def test_posts_are_counted_by_the_apps_own_keys(slack, web, room):
    block = section(block_id="clerk:7")
    for _ in range(2):
        await web.chat_postMessage(channel=room, text="x", blocks=[block])
    await web.chat_postMessage(channel=room, text="y", metadata={"event_type": "clerkd", "event_payload": {"id": 1}})

    assert slack.duplicates() == {"block_id clerk:7": 2}


async def test_a_thread_ends_with_its_last_reply(web, work, room):
    root = await work.user_says("alice", room, "root")
    reply = await work.user_says("bob", room, "reply", thread_ts=root)
    assert work.messages(room)[0]["thread_ts"] == root
    await work.user_deletes("bob", room, reply)
    assert "thread_ts" not in work.messages(room)[0]

    reply = await work.user_says("bob", room, "again", thread_ts=root)
    await work.user_deletes("alice", room, root)
    assert work.messages(room)[0]["subtype"] == "tombstone"
    await work.user_deletes("bob", room, reply)
    assert work.messages(room) == []


async def test_a_broadcast_reply_is_in_the_thread_and_in_the_channel(web, work, app, room):
    root = await work.user_says("alice", room, "root")
    await work.user_says("bob", room, "for all", thread_ts=root, also_to_channel=True)
    await web.chat_postMessage(channel=room, text="too", thread_ts=root, reply_broadcast=True)

    history = (await web.conversations_history(channel=room))["messages"]
    assert [one["text"] for one in history] == ["too", "for all", "root"]
    assert [one["subtype"] for one in work.messages(room, root)] == ["thread_broadcast"] * 2


async def test_a_look_of_its_own_needs_a_scope(web, room, refused):
    assert await refused(web.chat_postMessage(channel=room, text="x", username="Bank")) == "missing_scope"
    many = [{"text": "x"}] * 101
    assert await refused(web.chat_postMessage(channel=room, text="x", attachments=many)) == "too_many_attachments"


async def test_a_dm_with_the_app_is_a_room_of_its_own(slack, web, work, app):
    im = work.im("alice").id
    await work.user_says("alice", im, "hello @clerk")

    event = (await app.next()).payload["event"]
    assert (event["channel"], event["channel_type"]) == (im, "im")
    assert await slack.feed.quiet()
    assert slack.feed.acknowledged == 1  # no app_mention in a DM
    seen = next(one for one in work.snapshot("alice")["channels"] if one["id"] == im)
    assert (seen["is_im"], seen["user"]) == (True, slack.state.user("alice").id)
