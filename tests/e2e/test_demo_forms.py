"""Block Kit on the page: an app of ours, on Slack's own client, opens a form; a person fills it in a real browser."""

import asyncio
import contextlib
import json
import threading

import pytest
from aiohttp import web
from fakes.browser import NARROW, WIDE, browsing
from fakes.slack_app import web_client_of
from selenium.webdriver.common.keys import Keys
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse

from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.server import build_page
from clerkd.simulate.page.workspace import WorkspaceCommands, WorkspaceMirror
from clerkd.simulate.slack import SlackStandIn

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


def plain(text):
    return {"type": "plain_text", "text": text}


def option(value, text):
    return {"value": value, "text": plain(text)}


def form(count):
    """Return a modal with most kinds of inputs; the context tells how long the text is."""
    return {
        "type": "modal",
        "callback_id": "send",
        "title": plain("Send Text"),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": "to",
                "label": plain("To"),
                "element": {"type": "external_select", "action_id": "to", "min_query_length": 0},
            },
            {
                "type": "input",
                "block_id": "text",
                "dispatch_action": True,
                "label": plain("Text"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
                },
            },
            {"type": "context", "block_id": "count", "elements": [plain(f"{count} characters")]},
            {
                "type": "input",
                "block_id": "urgency",
                "label": plain("Urgency"),
                "element": {
                    "type": "radio_buttons",
                    "action_id": "urgency",
                    "options": [option("low", "Low"), option("high", "High")],
                    "initial_option": option("low", "Low"),
                },
            },
            {
                "type": "input",
                "block_id": "notify",
                "optional": True,
                "label": plain("Notify"),
                "element": {"type": "multi_users_select", "action_id": "notify"},
            },
            {
                "type": "input",
                "block_id": "on",
                "optional": True,
                "label": plain("On"),
                "element": {"type": "datepicker", "action_id": "on"},
            },
        ],
    }


HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Clerk")},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*Lines* and `codes` for <!here> &lt;b&gt;"},
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [option("a", "First"), option("b", "Second")],
            },
        },
        {"type": "actions", "elements": [{"type": "button", "action_id": "open", "text": plain("Send Text")}]},
    ],
}


class App:
    """The app: opens the form at `/clerk` and at the home's button, counts, offers people, posts what is sent."""

    def __init__(self, stand_in):
        self.web = web_client_of(stand_in)
        self.client = SocketModeClient(stand_in.app_token, web_client=self.web, ping_interval=1)
        self.client.socket_mode_request_listeners.append(self.take)
        self.submitted = []
        self.acted = []

    async def take(self, client, request):
        payload = request.payload
        answer = await self.answer(request.type, payload)
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))
        await self.act(request.type, payload)

    async def answer(self, kind, payload):
        if payload.get("type") == "block_suggestion":
            names = ["Ada's shop", "Bert's garage"]
            return {"options": [option(n, n) for n in names if payload["value"].lower() in n.lower()]}
        if payload.get("type") == "view_submission":
            values = payload["view"]["state"]["values"]
            if "!" in values["text"]["text"]["value"]:
                return {"response_action": "errors", "errors": {"text": "No shouting, please"}}
            self.submitted.append(values)
        return None

    async def act(self, kind, payload):
        if kind == "slash_commands":
            await self.web.views_open(trigger_id=payload["trigger_id"], view=form(0))
        elif kind == "events_api" and payload["event"]["type"] == "app_home_opened":
            await self.web.views_publish(user_id=payload["event"]["user"], view=HOME)
        elif payload.get("type") == "block_actions":
            action = payload["actions"][0]
            self.acted.append(action)
            if action["action_id"] == "open":
                await self.web.views_open(trigger_id=payload["trigger_id"], view=form(0))
            elif action["action_id"] == "text":
                await self.web.views_update(view_id=payload["view"]["id"], view=form(len(action["value"] or "")))


@contextlib.asynccontextmanager
async def world():
    async with SlackStandIn(rate_limits=False) as slack:
        for name in ("dana", "sam"):
            slack.workspace.add_user(name)
        slack.workspace.add_channel("clerk-sms", "dana", "sam")
        mirror = Mirror()
        workspace = WorkspaceMirror(slack, mirror, playable=["dana", "sam"], main_channel="clerk-sms")
        runner = web.AppRunner(build_page(mirror, WorkspaceCommands(slack.workspace).commands()), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        app = App(slack)
        await app.client.connect()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/", app
        finally:
            await app.client.close()
            await runner.cleanup()
            workspace.close()


@pytest.fixture(scope="module")
def served():
    """The world in a loop of its own: the browser's driver blocks this thread."""
    ready, stop, found = threading.Event(), None, {}

    async def main():
        nonlocal stop
        stop = asyncio.Event()
        async with world() as (found["url"], found["app"]):
            found["loop"] = asyncio.get_running_loop()
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),), name="workspace")
    thread.start()
    assert ready.wait(20)
    yield found["url"], found["app"]
    found["loop"].call_soon_threadsafe(stop.set)
    thread.join(20)


@pytest.fixture(scope="module")
def browser(served):
    with browsing(served[0]) as page:
        yield page


@pytest.fixture
def page(browser):
    browser.resize(WIDE)
    browser.driver.refresh()
    browser.find(".channel .composer textarea")
    yield browser
    if browser.driver.find_elements("css selector", ".modal"):
        browser.click(".modal > header button")
        browser.gone(".modal")
    assert browser.errors() == []


@pytest.fixture
def app(served):
    served[1].submitted.clear()
    served[1].acted.clear()
    return served[1]


def test_a_form_is_filled_counted_refused_and_sent(page, app):
    page.write(".channel .composer textarea", "/clerk")
    page.find(".modal h2", "Send Text")
    page.click(".modal .b-input:nth-child(1) .chooser-input")
    page.click(".modal [role=option]", "Bert's garage")
    text = ".modal textarea"
    page.find(text).send_keys("Hello there!")
    page.find(".modal .b-context", "12 characters")
    assert page.find(text).get_property("value") == "Hello there!"  # updates take nothing away
    page.click(".modal label", "High")
    page.find(".modal .b-input:nth-child(5) .chooser-input").send_keys("sa", Keys.ENTER)
    page.find(".modal .chip", "Sam")

    page.click(".modal [type=submit]")
    page.find(".modal .b-error", "No shouting, please")
    page.find(text).send_keys(Keys.BACKSPACE, ".")
    page.find(".modal .b-context", "12 characters")
    page.click(".modal [type=submit]")
    page.gone(".modal")

    [values] = app.submitted
    assert values["to"]["to"]["selected_option"]["value"] == "Bert's garage"
    assert values["text"]["text"]["value"] == "Hello there."
    assert values["urgency"]["urgency"]["selected_option"]["value"] == "high"
    assert len(values["notify"]["notify"]["selected_users"]) == 1


def test_required_fields_are_asked_for_without_asking_the_app(page, app):
    page.write(".channel .composer textarea", "/clerk")
    page.click(".modal [type=submit]")

    page.find(".modal .b-error", "required")
    assert app.submitted == []


def test_a_form_keeps_the_focus_and_escape_closes_it(page, app):
    page.write(".channel .composer textarea", "/clerk")
    page.find(".modal h2")
    for _ in range(25):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        assert page.run("return document.querySelector('.modal').contains(document.activeElement)")
    page.click(".modal textarea")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.gone(".modal")


def test_the_home_shows_its_blocks_and_its_button_opens_the_form(page, app):
    page.click(".place", "Clerk home")
    page.find(".home .b-header", "Clerk")
    section = page.find(".home .b-section-text")
    assert section.text == "Lines and codes for @here <b>"

    page.click(".home .more")
    page.click(".home [role=menuitem]", "Second")
    page.click(".home .b-button", "Send Text")
    page.find(".modal h2", "Send Text")
    assert app.acted[0]["selected_option"]["value"] == "b"


def test_a_form_fits_a_narrow_screen(page, app):
    page.resize(NARROW)
    page.click(".tabs [data-pane=workspace]")
    page.write(".channel .composer textarea", "/clerk")
    page.find(".modal textarea").send_keys("Hi")
    page.find(".modal .b-context", "2 characters")

    assert page.run("return document.documentElement.scrollWidth") == NARROW[0]
    box = page.run("return JSON.stringify(document.querySelector('.modal').getBoundingClientRect())")
    assert json.loads(box)["right"] <= NARROW[0]
