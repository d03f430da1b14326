"""What people do in the workspace, and what the app and a page see of it."""

import json

import pytest
from fakes.block_samples import actions, button, element, modal, options, section
from fakes.facts import fact
from fakes.raw_socket import RawSocket

from clerkd.simulate.slack import Change, Fate, NotPossible, SlackStandIn


async def heard(app, kind: str) -> dict:
    """Return the next event of a type, skipping others."""
    while True:
        event = (await app.next()).payload["event"]
        if event["type"] == kind:
            return event


async def test_edits_and_deletions_arrive_with_what_was_before(work, app, room):
    ts = await work.user_says("alice", room, "helo")
    await work.user_edits("alice", room, ts, "hello")
    await work.user_deletes("alice", room, ts)

    await app.next()
    edited, deleted = (await app.next()).payload["event"], (await app.next()).payload["event"]
    if edited["subtype"] != "message_changed":
        edited, deleted = deleted, edited
    assert (edited["message"]["text"], edited["previous_message"]["text"]) == ("hello", "helo")
    assert edited["message"]["edited"]["user"] == edited["message"]["user"]
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert work.messages(room) == []


async def test_an_edit_that_changes_nothing_is_no_event(slack, work, app, room):
    ts = await work.user_says("alice", room, "hello")
    await work.user_edits("alice", room, ts, "hello")

    await app.next()
    assert await slack.feed.quiet()
    assert slack.feed.acknowledged == 1


async def test_reactions_of_people_are_events(work, app, room):
    ts = await work.user_says("alice", room, "hello")
    await work.user_reacts("bob", room, ts, "eyes")
    event = await heard(app, "reaction_added")
    assert (event["reaction"], event["item"]) == ("eyes", {"type": "message", "channel": room, "ts": ts})
    await work.user_unreacts("bob", room, ts, "eyes")
    assert (await heard(app, "reaction_removed"))["reaction"] == "eyes"


async def test_a_file_comes_as_file_share_and_is_fetched_with_the_token(slack, web, work, app, room):
    await work.user_shares_file("alice", room, "cat.png", b"\x89PNG", mimetype="image/png", text="look")

    event = (await app.next()).payload["event"]
    assert (event["subtype"], event["text"], event["files"][0]["mimetype"]) == ("file_share", "look", "image/png")
    url = event["files"][0]["url_private"]
    async with app.client.aiohttp_client_session.get(url) as answer:
        assert answer.content_type == "text/html"  # the sign-in page
    bearer = {"Authorization": f"Bearer {slack.bot_token}"}
    async with app.client.aiohttp_client_session.get(url, headers=bearer) as answer:
        assert await answer.read() == b"\x89PNG"
    assert (await web.files_info(file=event["files"][0]["id"]))["file"]["name"] == "cat.png"


async def test_the_sdk_uploads_a_file(web, work, room):
    done = await web.files_upload_v2(channel=room, filename="a.txt", content="hello", initial_comment="here")

    assert done["files"][0]["title"] == "Uploaded file" or done["files"][0]["id"]
    assert work.messages(room)[0]["files"][0]["size"] == 5


async def test_a_click_in_a_message_brings_who_where_and_what(slack, web, work, app, room):
    posted = await web.chat_postMessage(
        channel=room, text="card", blocks=[actions(button(value="c:1", action_id="retry"))]
    )
    await heard(app, "message")
    outcome = await work.user_clicks("bob", room, posted["ts"], "retry")

    payload = (await app.next()).payload
    assert outcome.fate is Fate.ACKNOWLEDGED
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == slack.state.user("bob").id
    assert payload["container"]["message_ts"] == posted["ts"]
    assert [(one["action_id"], one["value"]) for one in payload["actions"]] == [("retry", "c:1")]
    opened = await web.views_open(trigger_id=payload["trigger_id"], view=modal())
    assert work.top_view("bob")["id"] == opened["view"]["id"]


async def test_a_choice_in_an_overflow_menu_names_the_option(web, work, app, room):
    menu = section(accessory=element("overflow", options=options()))
    posted = await web.chat_postMessage(channel=room, text="card", blocks=[menu])
    await heard(app, "message")
    await work.user_clicks("bob", room, posted["ts"], "an.overflow", choice="o:2")

    assert (await app.next()).payload["actions"][0]["selected_option"]["value"] == "o:2"
    with pytest.raises(ValueError, match="o:9"):
        await work.user_clicks("bob", room, posted["ts"], "an.overflow", choice="o:9")


async def test_a_response_url_serves_five_answers(slack, web, work, app, room):
    await work.user_runs("alice", "/clerk", "help", channel=room)
    payload = (await app.next()).payload
    assert (payload["command"], payload["text"], payload["channel_id"]) == ("/clerk", "help", room)
    answers = []
    for number in range(6):
        body = {"text": f"answer {number}", "response_type": "ephemeral"}
        async with app.client.aiohttp_client_session.post(payload["response_url"], json=body) as answer:
            answers.append((answer.status, await answer.text()))
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert [one["text"] for one in work.ephemerals("alice")] == [f"answer {number}" for number in range(5)]


async def test_an_ephemeral_with_buttons_can_be_clicked_and_replaced(slack, web, work, app, room):
    alice = slack.state.user("alice").id
    posted = await web.chat_postEphemeral(channel=room, user=alice, text="sure?", blocks=[actions(button())])
    await work.user_clicks("alice", room, posted["message_ts"], "go")

    payload = (await app.next()).payload
    assert payload["container"]["is_ephemeral"]
    body = {"delete_original": True}
    async with app.client.aiohttp_client_session.post(payload["response_url"], json=body) as answer:
        assert answer.status == 200
    assert work.ephemerals("alice") == []


async def test_the_answer_to_a_command_is_shown_to_the_one_who_asked(slack, work, app, room):
    app.answers[""] = {"text": "here you are"}  # a slash command's payload has no type
    await work.user_runs("bob", "/clerk", channel=room)

    assert [one["text"] for one in work.ephemerals("bob")] == ["here you are"]
    assert slack.violations == []


async def test_a_command_that_nobody_answers_says_so(work, room):
    outcome = await work.user_runs("bob", "/clerk", channel=room)

    assert outcome.fate is Fate.NO_SOCKET
    assert work.ephemerals("bob")[0]["text"] == '/clerk failed with the error "dispatch_failed"'


# Administration ----------------------------------------------------------------------------------------


async def test_what_happens_to_channels_is_told(work, app, room):
    await work.rename_channel(room, "texts")
    assert (await heard(app, "channel_rename"))["channel"]["name"] == "texts"
    await work.change_channel_id(room)
    changed = await heard(app, "channel_id_changed")
    assert changed["old_channel_id"] == room
    new = changed["new_channel_id"]
    await work.share_channel_externally(new)
    await heard(app, "channel_shared")
    await work.archive_channel(new)
    assert (await heard(app, "channel_archive"))["channel"] == new
    await work.unarchive_channel(new)
    await heard(app, "channel_unarchive")
    await work.kick_bot(new)
    assert (await heard(app, "channel_left"))["channel"] == new
    await work.invite_bot(new)
    assert (await heard(app, "member_joined_channel"))["user"] == work.snapshot("alice")["bot_user"]
    await work.delete_channel(new)
    assert (await heard(app, "channel_deleted"))["channel"] == new


async def test_uninstalling_ends_everything(slack, work):
    # By hand: the stock client leaves a task behind that goes on connecting after its close().
    async with RawSocket(slack) as socket:
        await socket.frame()
        await work.uninstall_app()
        assert (await socket.frame())["payload"]["event"]["type"] == "app_uninstalled"
        assert (await socket.frame())["reason"] == "link_disabled"
    await fact(lambda: not slack.sockets.connections)


async def test_the_app_hears_nothing_from_rooms_without_it(slack, work, app):
    await work.user_says("alice", "#general", "hello?")
    await work.user_says("alice", "#clerk-sms", "hello!")

    assert (await app.next()).payload["event"]["text"] == "hello!"
    assert await slack.feed.quiet()
    assert slack.feed.acknowledged == 1


async def test_people_cannot_do_what_their_client_would_not_offer(work, room):
    work.add_user("eve")
    ts = await work.user_says("alice", room, "mine")
    for attempt in (
        work.user_says("eve", room, "let me in"),
        work.user_edits("bob", room, ts, "yours"),
        work.user_deletes("bob", room, ts),
    ):
        with pytest.raises(NotPossible):
            await attempt
    work.set_channel_rules(room, read_only=True)
    with pytest.raises(NotPossible):
        await work.user_says("bob", room, "hello?")
    await work.archive_channel(room)
    with pytest.raises(NotPossible):
        await work.user_says("alice", room, "hello?")


async def test_a_page_is_told_of_every_change_and_reads_what_its_user_may_see(slack, web, work, room):
    changes: list[Change] = []
    stop = work.listen(changes.append)
    work.add_channel("secret", "bob", private=True, with_bot=False)
    await web.chat_postMessage(channel=room, text="hi")
    stop()
    await web.chat_postMessage(channel=room, text="unheard")

    assert [change.what for change in changes] == ["channel", "message"]
    assert [change.version for change in changes] == sorted({change.version for change in changes})
    seen = work.snapshot("alice")
    assert json.loads(json.dumps(seen)) == seen
    assert seen["version"] == work.version
    assert [channel["name"] for channel in seen["channels"]] == ["general", "clerk-sms"]
    assert [channel["name"] for channel in work.snapshot("bob")["channels"]] == ["general", "clerk-sms", "secret"]


async def test_the_same_seed_makes_the_same_workspace():
    def ids(seed: int) -> list[str]:
        work = SlackStandIn(seed=seed).workspace
        return [work.add_user("alice").id, work.add_channel("room").id]

    assert ids(1) == ids(1) != ids(2)


async def test_a_link_preview_is_a_change_without_an_edit(slack, work, app, room):
    ts = await work.user_says("alice", room, "https://example.com")
    await work.slack_unfurls(room, ts, {"title": "Example", "title_link": "https://example.com"})

    events = [(await app.next()).payload["event"] for _ in range(2)]
    changed = next(event for event in events if event.get("subtype") == "message_changed")
    assert "edited" not in changed["message"]
    assert changed["message"]["attachments"][0]["title"] == "Example"


async def test_a_port_that_is_taken_is_said_at_once(slack):
    with pytest.raises(OSError, match="in use"):
        async with SlackStandIn(port=slack._port):
            pass
