"""The stock Socket Mode client against the stand-in."""


async def test_what_a_person_says_reaches_the_app_and_is_acknowledged(slack, work, app):
    ts = await work.user_says("alice", "#clerk-sms", "hello <b> :smile:")

    request = await app.next()
    assert request.type == "events_api"
    event = request.payload["event"]
    assert (event["type"], event["text"], event["ts"]) == ("message", "hello &lt;b&gt; :smile:", ts)
    assert event["blocks"][0]["elements"][0]["elements"][-1] == {"type": "emoji", "name": "smile", "unicode": "1f604"}
    assert await slack.feed.quiet()
    assert slack.feed.acknowledged == 1
    assert slack.violations == []


async def test_a_mention_comes_twice_as_message_and_as_app_mention(work, app):
    await work.user_mentions("bob", "#clerk-sms", "hi")

    kinds = {(await app.next()).payload["event"]["type"] for _ in range(2)}
    assert kinds == {"message", "app_mention"}


async def test_an_app_hears_its_own_posts(app, web, room):
    posted = await web.chat_postMessage(channel=room, text="hi")

    event = (await app.next()).payload["event"]
    assert (event["ts"], event["bot_id"]) == (posted["ts"], posted["message"]["bot_id"])
