"""Socket Mode, frame by frame."""

import asyncio

import aiohttp
import pytest
from fakes.facts import fact
from fakes.raw_socket import RawSocket
from fakes.slack_app import Listener

from clerkd.simulate.slack import Fate, SlackStandIn, SocketFault


async def test_a_ticket_is_good_for_one_connection(slack):
    async with RawSocket(slack) as first:
        assert (await first.frame())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with RawSocket(slack, first._url):
                pass
        assert caught.value.status == 403


async def test_a_ticket_expires(slow_slack, clock):
    url = slow_slack.sockets.issue_url()
    clock.advance(61)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with RawSocket(slow_slack, url):
            pass


async def test_hello_counts_the_connections_and_the_eleventh_is_sent_away(slack):
    async with asyncio.TaskGroup() as _:
        sockets = [RawSocket(slack) for _ in range(11)]
        for number, socket in enumerate(sockets[:10], start=1):
            await socket.__aenter__()
            hello = await socket.frame()
            assert hello["num_connections"] == number
            assert hello["connection_info"] == {"app_id": slack.state.app_id}
        await sockets[10].__aenter__()
        goodbye = await sockets[10].frame()
        assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "too_many_websockets")
        with pytest.raises(ConnectionError):
            await sockets[10].frame()
        for socket in sockets:
            await socket.__aexit__(None, None, None)


async def test_each_envelope_goes_to_one_of_the_sockets(slack, work):
    async with Listener(slack) as one, Listener(slack) as two:
        await slack.sockets.until_open(2)
        for number in range(30):
            await work.user_says("alice", "#clerk-sms", str(number))
        assert await slack.feed.quiet()
        ids = {request.envelope_id for app in (one, two) for request in app.everything()}
        assert len(ids) == 30
        assert [connection.acknowledged > 5 for connection in slack.sockets.connections] == [True, True]


async def test_an_event_is_retried_at_once_after_a_minute_and_after_five_then_lost(slow_slack, clock):
    async with RawSocket(slow_slack) as socket:
        await socket.frame()
        await slow_slack.workspace.user_says("alice", "#clerk-sms", "hi")
        seen = [await socket.frame()]
        for wait_s in (0, 60, 300):
            clock.advance(3)  # the deadline of the one before
            await _passes(slow_slack, clock, wait_s)
            seen.append(await socket.frame())
        assert [frame["retry_attempt"] for frame in seen] == [0, 1, 2, 3]
        assert [frame["retry_reason"] for frame in seen] == ["", "timeout", "timeout", "timeout"]
        assert len({frame["payload"]["event_id"] for frame in seen}) == 1
        clock.advance(3)
        lost = await fact(lambda: slow_slack.feed.lost)
        assert lost[0].type == "message"


async def _passes(stand_in: SlackStandIn, clock, seconds: float) -> None:
    """Let time pass once the stand-in has begun to wait for it."""
    if seconds:
        await fact(lambda: stand_in.feed.resting)
        retries = stand_in.feed.retries
        clock.advance(seconds)
        await fact(lambda: stand_in.feed.retries > retries)


async def test_events_wait_for_a_socket_as_long_as_the_retries_last(slow_slack, clock):
    await slow_slack.workspace.user_says("alice", "#clerk-sms", "while nobody listened")
    await _passes(slow_slack, clock, 60)
    async with Listener(slow_slack) as app:
        await slow_slack.sockets.until_open()
        await _passes(slow_slack, clock, 300)
        request = await app.next()
        assert (request.retry_attempt, request.retry_reason) == (3, "connection_failed")
        assert request.payload["event"]["text"] == "while nobody listened"
        assert await slow_slack.feed.quiet()
    await slow_slack.workspace.user_says("alice", "#clerk-sms", "and longer")
    for wait_s in (60, 300):
        await _passes(slow_slack, clock, wait_s)
    assert [lost.type for lost in await fact(lambda: slow_slack.feed.lost)] == ["message"]


async def test_a_retry_sometimes_comes_under_the_first_envelope_id(work, slack):
    repeated = []
    async with SlackStandIn(ack_deadline_s=0.01, retry_delays_s=[0.0], rate_limits=False) as hasty:
        hasty.workspace.add_user("alice")
        hasty.workspace.add_channel("clerk-sms", "alice")
        async with RawSocket(hasty) as socket:
            await socket.frame()
            for number in range(20):
                await hasty.workspace.user_says("alice", "clerk-sms", str(number))
                first, second = await socket.frame(), await socket.frame()
                repeated.append(first["envelope_id"] == second["envelope_id"])
    assert {True, False} == set(repeated)


async def test_odd_acknowledgements_are_recorded(slack, work):
    async with RawSocket(slack) as one, RawSocket(slack) as two:
        assert (await one.frame())["type"] == (await two.frame())["type"] == "hello"
        await slack.sockets.until_open(2)
        await work.user_says("alice", "#clerk-sms", "hi")
        mine, other, frame = await _first_frame(one, two)
        await other.acknowledge(frame["envelope_id"])
        assert await slack.feed.quiet()
        await mine.acknowledge(frame["envelope_id"])
        await mine.acknowledge("made-up")
        await fact(lambda: len(slack.sockets.odd_acks) == 3)
        assert [odd.kind for odd in slack.sockets.odd_acks] == ["wrong_socket", "duplicate", "unknown"]
        assert slack.violations == ["an acknowledgement names an envelope that was never sent"]
        slack.violations.clear()
        await mine.socket.send_str("hello?")
        await fact(lambda: slack.violations)


async def _first_frame(one: RawSocket, two: RawSocket) -> tuple[RawSocket, RawSocket, dict]:
    try:
        return one, two, await one.frame(0.3)
    except TimeoutError:
        return two, one, await two.frame()


async def test_a_late_acknowledgement_is_recorded_and_does_not_count(slow_slack, clock):
    async with RawSocket(slow_slack) as socket:
        await socket.frame()
        click = asyncio.ensure_future(slow_slack.workspace.user_runs("alice", "/clerk", channel="clerk-sms"))
        frame = await socket.frame()
        clock.advance(3.1)
        assert (await click).fate is Fate.TIMED_OUT
        await socket.acknowledge(frame["envelope_id"])
        await fact(lambda: [odd.kind for odd in slow_slack.sockets.odd_acks] == ["late"])
        with pytest.raises(TimeoutError):
            await socket.frame(0.1)  # interactions are sent once
    assert "operation_timeout" in slow_slack.workspace.ephemerals("alice")[0]["text"]


async def test_an_event_acknowledged_with_a_payload_is_a_violation(slack, work, app):
    app.answers["event_callback"] = {"text": "thanks"}
    await work.user_says("alice", "#clerk-sms", "hi")
    await app.next()

    assert await slack.feed.quiet()
    assert slack.violations == ["the acknowledgement of events_api carries a payload"]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_the_stock_client_comes_back_after_a_refresh(slack, work, app, reason):
    first = slack.sockets.connections[0]
    await slack.workspace.disconnect(reason, grace_s=0)
    await fact(lambda: slack.sockets.connections and slack.sockets.connections[0] is not first)
    await slack.sockets.until_open()
    await work.user_says("alice", "#clerk-sms", "still there?")

    assert (await app.next()).payload["event"]["text"] == "still there?"


async def test_a_disabled_link_refuses_new_connections(slack, work, refused):
    async with RawSocket(slack) as socket:
        await socket.frame()
        await work.disconnect("link_disabled")
        assert (await socket.frame())["reason"] == "link_disabled"
        answer = Listener(slack)
        assert await refused(answer.client.web_client.apps_connections_open(app_token="xapp-test")) == "link_disabled"
        await answer.client.close()


async def test_a_client_that_answers_no_ping_is_cut_off():
    async with SlackStandIn(ping_interval_s=0.02) as slack, RawSocket(slack, ponging=False) as mute:
        await mute.frame()
        await fact(lambda: not slack.sockets.connections)


# Faults ------------------------------------------------------------------------------------------------


async def test_a_burnt_ticket_and_a_refused_upgrade_end_before_the_socket(slack):
    for fault, status in ((SocketFault.BURN_TICKET, 403), (SocketFault.REFUSE_UPGRADE, 503)):
        slack.faults.next_socket(fault)
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with RawSocket(slack):
                pass
        assert caught.value.status == status
    async with RawSocket(slack) as socket:
        assert (await socket.frame())["type"] == "hello"


async def test_a_hello_can_fail_to_come(slack):
    slack.faults.next_socket(SocketFault.NO_HELLO)
    async with RawSocket(slack) as socket:
        with pytest.raises(TimeoutError):
            await socket.frame(0.1)


async def test_a_pong_can_fail_to_come(slack):
    for fault in (SocketFault.NO_PONG, SocketFault.HALF_OPEN):
        slack.faults.next_socket(fault)
        async with RawSocket(slack, ponging=False) as socket:
            if fault is SocketFault.NO_PONG:
                await socket.frame()
            await socket.socket.ping(b"are you there")
            with pytest.raises(TimeoutError):
                await socket.frame(0.1)


async def test_half_open_sockets_swallow_envelopes(slack, work):
    slack.faults.next_socket(SocketFault.HALF_OPEN)
    async with RawSocket(slack) as socket:
        await slack.sockets.until_open()
        await work.user_says("alice", "#clerk-sms", "into the void")
        with pytest.raises(TimeoutError):
            await socket.frame(0.1)


async def test_a_connection_can_die_inside_a_frame(slack, work):
    async with RawSocket(slack) as socket:
        await socket.frame()
        slack.faults.next_socket(SocketFault.CLOSE_MID_FRAME)
        await work.user_says("alice", "#clerk-sms", "hi")
        with pytest.raises(ConnectionError):
            await socket.frame()
        await fact(lambda: not slack.sockets.connections)


async def test_the_stock_client_survives_garbage(slack, work, app):
    slack.faults.next_socket(SocketFault.GARBAGE)
    await work.user_says("alice", "#clerk-sms", "after the noise")

    assert (await app.next()).payload["event"]["text"] == "after the noise"
