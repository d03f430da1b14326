"""The stock AsyncWebClient against the stand-in."""


async def test_auth_test_names_the_bot_and_the_scopes(slack, web):
    answer = await web.auth_test()

    assert answer["user_id"] == slack.state.bot.id
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_a_post_is_seen_with_its_thread_and_reactions(slack, web, work, room):
    root = await web.chat_postMessage(channel="#clerk-sms", text="card")
    reply = await web.chat_postMessage(channel=room, text="first", thread_ts=root["ts"])
    await web.reactions_add(channel=room, timestamp=reply["ts"], name="x")

    shown = next(one for one in work.snapshot("alice")["channels"] if one["id"] == room)
    (message,) = shown["messages"]
    assert (message["text"], message["reply_count"]) == ("card", 1)
    assert message["replies"][0]["reactions"] == [{"name": "x", "users": [slack.state.bot.id], "count": 1}]
    assert slack.violations == []


async def test_channels_are_listed_by_page(web):
    first = await web.conversations_list(limit=1)
    second = await web.conversations_list(limit=1, cursor=first["response_metadata"]["next_cursor"])

    assert [one["channels"][0]["name"] for one in (first, second)] == ["general", "clerk-sms"]
    assert second["response_metadata"]["next_cursor"] == ""
