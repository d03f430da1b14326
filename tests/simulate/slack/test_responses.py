"""response_urls: where they show, and when they end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from fakes.block_samples import actions, button, section
from fakes.raw_socket import RawSocket

from clerkd.simulate.slack import SlackStandIn


@pytest.fixture
async def respond(slack, work, web, app, room):
    """Bob has clicked on a message; the fixture posts to the response_url of that click."""
    posted = await web.chat_postMessage(channel=room, text="card", blocks=[actions(button())])
    await app.next()
    await work.user_clicks("bob", room, posted["ts"], "go")
    url = (await app.next()).payload["response_url"]

    async def post(**body: Any) -> tuple[int, str]:
        async with app.client.aiohttp_client_session.post(url, json=body) as answer:
            return answer.status, await answer.text()

    return post


async def test_an_answer_is_for_one_or_for_all(work, respond, room):
    assert await respond(text="for you") == (200, "ok")
    assert await respond(text="for all", response_type="in_channel") == (200, "ok")

    assert [one["text"] for one in work.ephemerals("bob")] == ["for you"]
    assert [one["text"] for one in work.messages(room)] == ["card", "for all"]


async def test_the_original_is_replaced_or_deleted(work, respond, room):
    await respond(text="done", blocks=[section()], replace_original=True)
    (message,) = work.messages(room)
    assert (message["text"], message["blocks"][0]["type"]) == ("done", "section")
    await respond(delete_original=True)
    assert work.messages(room) == []


async def test_bad_answers_are_refused_and_do_not_count(slack, respond):
    assert await respond(text="x", channel="C1") == (400, "invalid_payload")
    assert await respond(text="x", blocks=[{"type": "no"}]) == (400, "invalid_blocks")
    assert slack.violations == ["response_url: unknown argument channel"]
    slack.watch_for("<!here>")
    assert await respond(text="oh <!here>") == (200, "ok")
    assert "hostile" in slack.violations[1]


async def test_a_response_url_ends_after_half_an_hour(slow_slack, clock):
    async with RawSocket(slow_slack) as socket, aiohttp.ClientSession() as session:
        await socket.frame()
        async with _running(slow_slack, socket) as frame:
            url = frame["payload"]["response_url"]
        clock.advance(30 * 60 + 1)
        for target, text in ((url, "expired_url"), (f"{slow_slack.url}/commands/none", "no_service")):
            async with session.post(target, json={"text": "x"}) as answer:
                assert (answer.status, await answer.text()) == (404, text)
        async with session.post(url, data="{", headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, await answer.text()) == (400, "invalid_payload")


@asynccontextmanager
async def _running(stand_in: SlackStandIn, socket: RawSocket) -> AsyncIterator[dict]:
    """Alice runs a command: its frame, acknowledged when the block ends."""
    command = asyncio.ensure_future(stand_in.workspace.user_runs("alice", "/clerk", channel="clerk-sms"))
    frame = await socket.frame()
    yield frame
    await socket.acknowledge(frame["envelope_id"])
    await command
