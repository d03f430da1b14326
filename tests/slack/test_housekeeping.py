"""What is kept, for how long, and what happens when nothing helps."""

import asyncio

from fakes.desk import Office
from fakes.slack_room import CHANNEL, open_room

from clerkd.slack import inbox, sockets
from clerkd.store.ops.slack_inbox import finish_received, keep_received, purge_received, was_seen
from clerkd.store.ops.slack_posts import (
    Action,
    NewPost,
    add_post,
    claim_post,
    count_waiting,
    drop_post,
    find_posts,
    finish_post,
    get_post,
    next_post,
    purge_posts,
)

DAY = 86_400_000


async def test_keys_outlive_what_was_acted_on_and_both_are_forgotten_in_time(tmp_path):
    office = Office(tmp_path / "clerkd.db")
    await office.store.open()
    kept = await office.store.write(
        keep_received, "r1", keys=["event:Ev1", "wrote:C1:1.0"], lane="C1:1.0", sort_ts="1.0", payload={}, now=0
    )
    again = await office.store.write(
        keep_received, "r2", keys=["event:Ev2", "wrote:C1:1.0"], lane="C1:1.0", sort_ts="1.0", payload={}, now=1
    )
    assert (kept, again) == (True, False)

    assert await office.store.write(purge_received, acted_before=DAY, seen_before=0) == 0, "it was not acted on"
    await office.store.write(finish_received, "r1")
    assert await office.store.write(purge_received, acted_before=DAY, seen_before=0) == 1
    assert await office.store.read(was_seen, "event:Ev1")
    await office.store.write(purge_received, acted_before=DAY, seen_before=DAY)
    assert not await office.store.read(was_seen, "event:Ev1")
    await office.store.close()


async def test_texts_and_cards_are_remembered_and_the_rest_of_the_queue_is_not(tmp_path):
    office = Office(tmp_path / "clerkd.db")
    await office.store.open()

    def fill(tx):
        add_post(tx, "text", NewPost("line:a", Action.POST, {"text": "x"}, subject="message:m1", line="a"), now=0)
        add_post(tx, "mark", NewPost("touch:a", Action.REACT, {"name": "x"}, target_id="text"), now=0)
        add_post(tx, "lost", NewPost("line:a", Action.POST, {"text": "y"}, line="a"), now=0)
        add_post(tx, "later", NewPost("line:a", Action.POST, {"text": "z"}, line="a", due_at=50), now=0)
        assert next_post(tx, "touch:a", now=1) is None, "its target is not posted yet"
        claim_post(tx, "text", now=1)
        finish_post(tx, "text", channel="C1", ts="1.0")
        mark = next_post(tx, "touch:a", now=1)
        assert mark is not None
        assert (mark.channel, mark.target_ts) == ("C1", "1.0")
        finish_post(tx, "mark", channel="C1", ts=None)
        drop_post(tx, "lost", error="nowhere to go")
        assert next_post(tx, "line:a", now=1) is None, "its time has not come"
        assert count_waiting(tx) == 1

    await office.store.write(fill)
    assert await office.store.write(purge_posts, before=DAY) == 2
    assert [post.ts for post in await office.store.read(find_posts, "message:m1")] == ["1.0"]
    assert (await office.store.read(get_post, "text")).payload == {}, "no text is kept twice"
    await office.store.close()


async def test_what_waits_for_a_post_that_will_never_be_made_is_dropped_with_it(tmp_path):
    office = Office(tmp_path / "clerkd.db")
    await office.store.open()

    def fill(tx):
        add_post(tx, "text", NewPost("line:a", Action.POST, {"text": "x"}, subject="message:m1"), now=0)
        add_post(tx, "mark", NewPost("touch:a", Action.REACT, {"name": "x"}, target_id="text"), now=0)
        drop_post(tx, "text", error="gone")
        return count_waiting(tx)

    assert await office.store.write(fill) == 0
    await office.store.close()


async def test_what_fails_again_and_again_is_given_up_with_a_word_and_blocks_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr("clerkd.slack.lanes.Backoff.next_s", lambda self, at_least=None: 0.01)
    async with open_room(tmp_path) as room:
        await room.text("Hi")
        root = await room.card()
        accept, attempts = room.office.outbox.accept, []

        async def broken(request):
            if request.text == "cursed":
                attempts.append(request)
                raise ZeroDivisionError
            return await accept(request)

        room.office.outbox.accept = broken
        await room.workspace.user_says("dana", CHANNEL, "cursed", root)
        await room.workspace.user_says("dana", CHANNEL, "fine", root)
        said = await room.whispered("dana")
        await room.office.radio.wait_air(1)
        await room.quiet()

        assert "something went wrong inside clerkd" in said
        assert len(attempts) == inbox.MOST_ATTEMPTS
        assert room.office.radio.texts == ["fine"]


async def test_socket_mode_switched_off_is_said_and_waited_out(tmp_path, monkeypatch):
    monkeypatch.setattr(sockets, "NO_OVERLAP_PAUSE_S", 0.1)
    async with open_room(tmp_path) as room:
        room.slack.sockets.enabled = False
        await room.workspace.disconnect("link_disabled", grace_s=0.0)
        await room.sees(lambda: not room.slack.sockets.connections)
        ok, code, _ = await room.sees(lambda: not room.desk.health()[0] and room.desk.health())
        assert not ok
        assert code in {"slack.connection-lost", "slack.link_disabled"}

        room.slack.sockets.enabled = True
        await room.sees(lambda: room.desk.health()[0])


async def test_without_slack_the_desk_says_so_and_ends_when_told(tmp_path):
    async with open_room(tmp_path, start=False, api_url="http://127.0.0.1:1/api/") as room:
        assert room.desk.health() == (False, "slack.stopped", "the Slack side is not running")
        running = asyncio.create_task(room.desk.run())
        await room.sees(lambda: "unreachable" in room.desk.health()[2])
        await room.text("kept for later")
        running.cancel()
        await asyncio.wait({running})

        assert running.cancelled()


async def test_a_post_in_doubt_is_looked_for_from_its_first_attempt_on(tmp_path):
    office = Office(tmp_path / "clerkd.db")
    await office.store.open()

    def claim_twice(tx):
        add_post(tx, "text", NewPost("line:a", Action.POST, {"text": "x"}, line="a"), now=0)
        claim_post(tx, "text", now=5)
        claim_post(tx, "text", now=9_000_000)
        return get_post(tx, "text")

    post = await office.store.write(claim_twice)
    assert (post.claimed_at, post.attempts, post.state) == (5, 2, "sending")
    await office.store.close()
