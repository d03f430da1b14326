"""The page's server: documents to every browser, commands from them, nothing to other sites."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from clerkd.clock import SystemClock
from clerkd.simulate.network import Network
from clerkd.simulate.page.mirror import BACKLOG_FRAMES, Mirror
from clerkd.simulate.page.phones import Phones
from clerkd.simulate.page.server import CommandRefused, build_page
from clerkd.simulate.page.workspace import WorkspaceCommands, WorkspaceMirror
from clerkd.simulate.slack import SlackStandIn

LINE, PHONE = "+14155550100", "+14155550142"


@asynccontextmanager
async def serving(mirror, commands):
    runner = web.AppRunner(build_page(mirror, commands), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with asyncio.timeout(10), aiohttp.ClientSession(url) as session:
            yield session
    finally:
        await runner.cleanup()


class Browser:
    """The other end of the WebSocket: keeps the documents as the page does."""

    def __init__(self, socket):
        self.socket = socket
        self.documents = {}
        self.trace = []

    async def frame(self):
        frame = json.loads((await self.socket.receive(timeout=5)).data)
        if frame.get("all"):
            self.documents.clear()
        self.documents |= dict(frame.get("put", []))
        for key in frame.get("drop", []):
            del self.documents[key]
        self.trace += frame.get("trace", [])
        return frame

    async def until(self, check):
        """Take frames until a fact shows, and return it."""
        while not (found := check(self.documents)):
            await self.frame()
        return found

    async def ask(self, command, **arguments):
        await self.socket.send_str(json.dumps({"id": 1, "do": command, **arguments}))
        while "answer" not in (frame := await self.frame()):
            pass
        return frame


async def test_a_browser_gets_everything_first_and_then_what_changes():
    mirror = Mirror()
    mirror.put("a/1", {"x": 1})
    mirror.put("a/2", {"x": 2})
    mirror.trace({"text": "AT"})
    async with serving(mirror, {}) as session, session.ws_connect("/live") as socket:
        browser = Browser(socket)
        await browser.frame()
        assert browser.documents == {"a/1": {"x": 1}, "a/2": {"x": 2}}

        mirror.put("a/1", {"x": 1})  # the same again is no change
        mirror.replace("a/", {"a/2": {"x": 3}})
        mirror.trace({"text": "OK"})
        frame = await browser.frame()

    assert frame["put"] == [["a/2", {"x": 3}]]
    assert browser.documents == {"a/2": {"x": 3}}
    assert [line["text"] for line in browser.trace] == ["AT", "OK"]


async def test_commands_are_answered_in_order_and_refusals_say_why():
    async def double(request):
        return request["x"] * 2

    async def refuse(request):
        raise CommandRefused("not today")

    async with (
        serving(Mirror(), {"double": double, "refuse": refuse}) as session,
        session.ws_connect("/live") as socket,
    ):
        browser = Browser(socket)
        assert (await browser.ask("double", x=4))["value"] == 8
        assert (await browser.ask("refuse"))["error"] == "not today"
        assert "does not know" in (await browser.ask("unheard-of"))["error"]
        assert "did not work" in (await browser.ask("double"))["error"]
        assert (await browser.ask("double", x=5))["value"] == 10


async def test_a_browser_that_does_not_read_is_let_go():
    mirror = Mirror()
    viewer = mirror.join()
    for number in range(BACKLOG_FRAMES + 10):
        mirror.put("a", number)
        await asyncio.sleep(0)  # one frame a turn

    frames = [viewer.frames.get_nowait() for _ in range(viewer.frames.qsize())]
    assert len(frames) == BACKLOG_FRAMES + 1
    assert frames[-1] is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200),
    ],
)
async def test_only_this_machine_under_its_own_name_may_look(headers, status):
    async with serving(Mirror(), {}) as session:
        for path in ("/", "/live"):
            async with session.get(path, headers=headers) as answer:
                assert answer.status in ({200, 400} if status == 200 else {status})


@pytest.mark.parametrize(
    "path", ["/server.py", "/mirror.py", "/../demo.py", "/%2e%2e/demo.py", "/nothing.js", "/__init__.py"]
)
async def test_only_the_page_is_served(path):
    async with serving(Mirror(), {}) as session, session.get(path) as answer:
        assert answer.status == 404


async def test_the_page_may_run_only_its_own_scripts():
    async with serving(Mirror(), {}) as session, session.get("/") as answer:
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_a_phones_text_is_shown_until_it_is_delivered():
    clock, mirror = SystemClock(), Mirror()
    network = Network(clock)
    phones = Phones(network, mirror, clock, owners={PHONE: "Customer"}, line=LINE)
    shop = network.phone(LINE)  # another phone stands in for the modem here
    running = asyncio.create_task(phones.run())
    try:
        async with serving(mirror, phones.commands()) as session, session.ws_connect("/live") as socket:
            browser = Browser(socket)
            shop.on = False
            await browser.ask("phone.text", phone=PHONE, text="Hello")
            mine = await browser.until(
                lambda docs: next((doc for key, doc in docs.items() if key.startswith("text/")), None)
            )
            assert (mine["direction"], mine["text"], mine["state"]) == ("out", "Hello", "sent")

            shop.on = True
            await browser.until(lambda docs: any(doc.get("state") == "delivered" for doc in docs.values()))
            assert [text.text for text in shop.inbox] == ["Hello"]

            await browser.ask("phone.power", phone=PHONE, on=False)
            await browser.ask("phone.text", phone=PHONE, text="Later")
            await browser.until(lambda docs: any(doc.get("state") == "waiting" for doc in docs.values()))
            await browser.ask("phone.power", phone=PHONE, on=True)
            await browser.until(
                lambda docs: any(doc.get("text") == "Later" and doc["state"] == "delivered" for doc in docs.values())
            )
            assert "no phone" in (await browser.ask("phone.text", phone="+14155550199", text="x"))["error"]
    finally:
        running.cancel()
        network.close()


async def test_the_workspace_is_mirrored_and_acted_upon():
    async with SlackStandIn() as slack:
        for name in ("dana", "sam"):
            slack.workspace.add_user(name)
        slack.workspace.add_channel("clerk-sms", "dana", "sam")
        mirror = Mirror()
        workspace = WorkspaceMirror(slack, mirror, playable=["dana"], main_channel="clerk-sms")
        dana, channel = slack.state.user("dana").id, slack.state.channel("clerk-sms").id
        commands = WorkspaceCommands(slack.workspace).commands()
        async with serving(mirror, commands) as session, session.ws_connect("/live") as socket:
            browser = Browser(socket)
            ts = (await browser.ask("chat.say", user=dana, channel=channel, text="Hello :wave:"))["value"]
            await browser.ask("chat.react", user=dana, channel=channel, ts=ts, name="tada", on=True)
            message = f"message/{channel}/{ts}"
            await browser.until(lambda docs: docs.get(message, {}).get("reactions") == {"tada": [dana]})
            assert browser.documents[message]["user"] == dana
            assert [user["playable"] for key, user in browser.documents.items() if key == f"user/{dana}"] == [True]

            await browser.ask("chat.edit", user=dana, channel=channel, ts=ts, text="Goodbye")
            await browser.until(lambda docs: docs[message]["edited"])
            sam = slack.state.user("sam").id
            assert "error" in await browser.ask("chat.edit", user=sam, channel=channel, ts=ts, text="Not mine")
            assert "error" in await browser.ask("chat.say", user=dana, channel="C0NOWHERE", text="x")

            await browser.ask("chat.delete", user=dana, channel=channel, ts=ts)
            await browser.until(lambda docs: message not in docs)
        workspace.close()
