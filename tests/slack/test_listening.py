"""Whatever happens to the sockets, what people write is heard once."""

import asyncio
import random
import time

import pytest
from fakes.slack_room import CHANNEL, open_room

from clerkd.errors import StoreFull
from clerkd.simulate.slack import SocketFault
from clerkd.slack import catch_up, hearing, socket, sockets
from clerkd.store.ops.slack_places import note_seen_ts


async def test_a_burnt_ticket_a_refused_upgrade_and_a_missing_hello_only_cost_time(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "HELLO_TIMEOUT_S", 0.2)
    async with open_room(tmp_path, start=False) as room:
        for fault in (SocketFault.BURN_TICKET, SocketFault.REFUSE_UPGRADE, SocketFault.NO_HELLO):
            room.slack.faults.next_socket(fault)
        await room.start()
        await room.workspace.user_says("dana", CHANNEL, "send 4155550123 Hello")
        await room.office.radio.wait_air(1)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_socket_that_slack_wants_back_is_replaced_before_it_closes(tmp_path, monkeypatch, reason):
    monkeypatch.setattr(sockets, "WORKED_S", 0.0)
    async with open_room(tmp_path) as room:
        closed: list[int] = []
        room.workspace.listen(lambda change: closed.append(len(room.slack.sockets.connections)))
        await room.workspace.disconnect(reason, grace_s=0.5)
        await room.workspace.user_says("dana", CHANNEL, "send 4155550123 Hello")
        await room.office.radio.wait_air(1)
        await room.sees(lambda: len(room.slack.sockets.connections) == 2)

        assert min(closed) >= 2, "there was a moment without the full number of sockets"


async def test_a_dead_peer_is_noticed_and_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(socket, "DEAD_AFTER_S", 0.2)
    async with open_room(tmp_path, start=False, stand_in={"ping_interval_s": 3600}) as room:
        room.slack.faults.next_socket(SocketFault.NO_PONG)
        await room.start()
        first = {connection.number for connection in room.slack.sockets.connections}
        await room.sees(lambda: {one.number for one in room.slack.sockets.connections} - first)


async def test_garbage_and_a_connection_that_dies_inside_a_frame_lose_nothing(tmp_path):
    async with open_room(tmp_path) as room:
        room.slack.faults.next_socket(SocketFault.GARBAGE)
        await room.workspace.user_says("dana", CHANNEL, "send 4155550123 one")
        await room.office.radio.wait_air(1)
        room.slack.faults.next_socket(SocketFault.CLOSE_MID_FRAME)
        await room.workspace.user_says("dana", CHANNEL, "send 4155550123 two")
        await room.office.radio.wait_air(2)

        assert room.office.radio.texts == ["one", "two"]


async def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(tmp_path):
    async with open_room(tmp_path, stand_in={"retry_delays_s": (0.1, 0.2, 0.3), "ack_deadline_s": 0.2}) as room:
        write, refusals = room.office.store.write, []

        async def full(op, /, *args, **kwargs):
            if op.__name__ == "keep_received" and not refusals:
                refusals.append(op)
                raise StoreFull("no room")
            return await write(op, *args, **kwargs)

        room.office.store.write = full
        await room.workspace.user_says("dana", CHANNEL, "send 4155550123 Hello")
        await room.office.radio.wait_air(1)
        await room.quiet()

        assert refusals
        assert room.office.radio.texts == ["Hello"]


async def test_every_event_delivered_twice_in_any_order_is_acted_on_once(tmp_path):
    async with open_room(tmp_path, stand_in={"seed": 7}) as room:
        await room.text("Hi")
        root = await room.card()
        publish = room.slack.feed.publish

        def twice(event, channel=None, *, own=False):
            publish(event, channel, own=own)
            if not own:
                room.slack.feed.repeat(event, channel)

        room.slack.feed.publish = twice
        for number in range(50):
            await room.workspace.user_says("dana", CHANNEL, f"text {number}", root)
        await room.office.radio.wait_air(50)
        await room.quiet()

        assert sorted(room.office.radio.texts, key=lambda text: int(text[5:])) == [f"text {n}" for n in range(50)]


async def test_sockets_that_come_and_go_all_the_time_lose_and_double_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sockets, "WORKED_S", 0.05)
    chance = random.Random(4)
    async with open_room(tmp_path, stand_in={"retry_delays_s": (0.05, 0.5, 2.0)}) as room:
        await room.text("Hi")
        root = await room.card()
        for number in range(60):
            await room.workspace.user_says("dana", CHANNEL, f"text {number}", root)
            if number % 6 == 0:
                kind = chance.choice(["warning", "refresh_requested", "abort"])
                if kind == "abort":
                    room.slack.sockets.abort_all()
                else:
                    await room.workspace.disconnect(kind, sockets=1, grace_s=0.1)
            await asyncio.sleep(0.01)
        await room.office.radio.wait_air(60)
        await room.quiet()

        assert sorted(room.office.radio.texts, key=lambda text: int(text[5:])) == [f"text {n}" for n in range(60)]
        assert room.slack.feed.lost == []


async def test_killed_between_keeping_and_acting_it_acts_after_the_restart(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Hi")
        root = await room.card()
        await room.thread(root, 1)
        accept = room.office.outbox.accept
        begun = asyncio.Event()

        async def hang(request):
            begun.set()
            await asyncio.Event().wait()

        room.office.outbox.accept = hang
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await begun.wait()
        await room.crash()
        room.office.outbox.accept = accept
        await room.start()
        await room.reacted(ts, "heavy_check_mark", root)

        assert room.office.radio.texts == ["Yes"]


async def test_what_was_written_while_nobody_listened_is_found_in_the_history(tmp_path):
    async with open_room(tmp_path, stand_in={"retry_delays_s": ()}) as room:
        await room.text("Hi")
        root = await room.card()
        await room.thread(root, 1)
        await room.quiet()
        await room.crash()
        await room.workspace.user_says("dana", CHANNEL, "in the thread", root)
        await room.workspace.user_says("dana", CHANNEL, "send 4155550145 at the top")
        await room.workspace.user_says("dana", CHANNEL, "// a note", root)
        await room.start()
        await room.office.radio.wait_air(2)
        await room.quiet()

        assert sorted(room.office.radio.texts) == ["at the top", "in the thread"]
        assert len(room.slack.feed.lost) == 3


async def test_a_moment_yet_to_come_that_a_wrong_clock_noted_keeps_nobody_from_looking_back(tmp_path):
    async with open_room(tmp_path, stand_in={"retry_delays_s": ()}) as room:
        await room.text("Hi")
        root = await room.card()
        await room.thread(root, 1)
        await room.quiet()
        tomorrow = f"{time.time() + 86_400:.6f}"
        await room.office.store.write(note_seen_ts, room.slack.state.channel(CHANNEL).id, tomorrow)
        await room.crash()
        await room.workspace.user_says("dana", CHANNEL, "in the thread", root)
        await room.start()
        await room.office.radio.wait_air(1)

        assert room.office.radio.texts == ["in the thread"]


async def test_catching_up_again_finds_nothing_new(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Hi")
        root = await room.card()
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.office.radio.wait_air(1)
        await room.quiet()
        for _ in range(2):
            before = len(room.slack.api.calls)
            await room.crash()
            await room.start()
            await room.sees(
                lambda n=before: any(one.method == "conversations.replies" for one in list(room.slack.api.calls)[n:])
            )
        await room.quiet()

        assert room.office.radio.texts == ["Yes"]


async def test_what_is_found_too_late_is_sent_only_if_somebody_wants_it(tmp_path, monkeypatch):
    async with open_room(tmp_path, stand_in={"retry_delays_s": ()}) as room:
        await room.text("Hi")
        root = await room.card()
        await room.thread(root, 1)
        await room.quiet()
        await room.crash()
        await room.workspace.user_says("dana", CHANNEL, "send it", root)
        await room.workspace.user_says("dana", CHANNEL, "drop it", root)
        monkeypatch.setattr(hearing, "STALE_S", -10)
        await room.start()
        asked = (await room.thread(root, 5))[-2:]
        assert room.office.radio.air == []

        await room.workspace.user_clicks("sam", CHANNEL, asked[0]["ts"], "clerk.written.send_now")
        await room.workspace.user_clicks("sam", CHANNEL, asked[1]["ts"], "clerk.written.discard")
        await room.office.radio.wait_air(1)
        await room.quiet()

        assert room.office.radio.texts == ["send it"]
        after = [one["text"] for one in room.replies(root)[-2:]]
        assert after == ["🔁 Sent by sam.", "Not sent, sam decided."]


async def test_a_gap_longer_than_slacks_patience_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(catch_up, "GAP_S", 0.2)
    async with open_room(tmp_path, stand_in={"retry_delays_s": ()}) as room:
        await room.text("Hi")
        root = await room.card()
        await room.thread(root, 1)
        await room.quiet()
        room.slack.sockets.enabled = False
        room.slack.sockets.abort_all()
        await room.sees(lambda: not room.slack.sockets.connections)
        await room.workspace.user_says("dana", CHANNEL, "Hello?", root)
        await asyncio.sleep(0.3)
        room.slack.sockets.enabled = True
        await room.office.radio.wait_air(1)

        assert room.office.radio.texts == ["Hello?"]
