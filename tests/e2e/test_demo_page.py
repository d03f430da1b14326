"""The demo as a person uses it: a real daemon, a real browser."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest
from fakes.browser import NARROW, WIDE, browsing, running_demo
from fakes.facts import blocking_fact

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

CUSTOMER, COURIER = "+14155550142", "+14155550177"
LAST_OF_SCENE = "two parcels"
THREAD = ".thread .message"
REPLY = ".thread .composer textarea"
LONG = "Ünïcode 👩‍🚒 all the way — " + "a text that needs several short messages to travel. " * 4 + "🎉"


@pytest.fixture(scope="module")
def demo():
    with running_demo() as demo:
        yield demo


@pytest.fixture(scope="module")
def browser(demo):
    with browsing(demo.url) as page:
        page.find(f"{page.phone(COURIER)} .bubble", LAST_OF_SCENE)
        blocking_fact(lambda: len(page.texts(".channel .thread-link")) == 2)  # the opening scene is over
        yield page


@pytest.fixture
def page(browser):
    browser.resize(WIDE)
    browser.driver.refresh()
    browser.find(".channel .message")
    yield browser
    assert browser.errors() == []


def open_thread(page, shown_number):
    find = (
        "return [...document.querySelectorAll('.channel .message')]"
        ".find(m => m.textContent.includes(arguments[0])).querySelector('.thread-link')"
    )
    page.run(find, shown_number).click()
    page.find(".thread .message", shown_number)


def reactions_of(page, text):
    """Return the names of the reactions of the thread's message with that text."""
    return set(
        page.run(
            "return [...document.querySelectorAll('.thread .message')]"
            ".filter(m => m.textContent.includes(arguments[0]))"
            ".flatMap(m => [...m.querySelectorAll('.reaction')].map(r => r.dataset.name))",
            text,
        )
    )


def test_a_text_becomes_a_thread_and_the_answer_reaches_the_phone(page):
    phone = page.phone(COURIER)
    page.write(f"{phone} textarea", "Which door is yours?")
    page.find(f"{phone} .bubble.mine", "Which door is yours?")

    open_thread(page, "(415) 555-0177")
    page.find(THREAD, "Which door is yours?")
    page.write(REPLY, "The green one, please ring twice")

    page.find(f"{phone} .bubble:not(.mine)", "The green one, please ring twice")
    blocking_fact(
        lambda: {"heavy_check_mark", "vibration_mode"} <= reactions_of(page, "The green one, please ring twice"), 15
    )
    assert "AT+CMGS=" in "".join(page.texts(".trace .tx code"))
    assert any("The green one" in text for text in page.texts(".trace em"))


def test_emoji_and_long_texts_travel_whole_both_ways(page):
    phone = page.phone(CUSTOMER)
    page.write(f"{phone} textarea", LONG)
    open_thread(page, "(415) 555-0142")
    page.find(THREAD, LONG[-40:])
    assert any(LONG in text for text in page.texts(".thread .b-rich"))

    page.write(REPLY, LONG)
    bubble = page.find(f"{phone} .bubble:not(.mine)", LONG[:30])
    assert LONG in bubble.get_property("textContent")
    assert "parts" in bubble.text


def test_what_a_stranger_writes_is_never_markup(page):
    hostile = "<b>bold</b> <!channel> <http://evil.example|bank> *not bold* :tada:"
    page.write(f"{page.phone(CUSTOMER)} textarea", hostile)
    open_thread(page, "(415) 555-0142")

    found = page.find(THREAD, "bank")
    assert hostile in found.get_property("textContent")
    inside = "return arguments[0].querySelectorAll('.body b, .body a, .body strong, .body .mention').length"
    assert page.run(inside, found) == 0


def test_a_phone_without_signal_gets_its_text_when_it_has_signal_again(page):
    phone = page.phone(CUSTOMER)
    page.click(f"{phone} .switch")
    page.find(f"{phone}.off")
    open_thread(page, "(415) 555-0142")
    page.write(REPLY, "Are you there?")
    blocking_fact(lambda: "heavy_check_mark" in reactions_of(page, "Are you there?"), 15)
    assert "vibration_mode" not in reactions_of(page, "Are you there?")
    assert not any("Are you there?" in text for text in page.texts(f"{phone} .bubble"))

    page.click(f"{phone} .switch")

    page.find(f"{phone} .bubble", "Are you there?")
    blocking_fact(lambda: "vibration_mode" in reactions_of(page, "Are you there?"), 15)


def test_a_daemon_that_is_killed_loses_nothing(page):
    phone = page.phone(COURIER)
    open_thread(page, "(415) 555-0177")
    page.click("#break > button")
    page.click("#break [role=menuitem]", "kill -9")
    page.write(f"{phone} textarea", "Written while nobody listens")

    page.find(THREAD, "Written while nobody listens", 30)
    page.write(REPLY, "Heard all the same")
    page.find(f"{phone} .bubble:not(.mine)", "Heard all the same", 30)


def test_a_person_becomes_another_one_and_reacts(page):
    open_thread(page, "(415) 555-0142")
    page.click(".person[aria-checked=false]")
    page.point_at(".thread .message:last-child")
    page.click(".thread .message:last-child [aria-label='Add reaction']")
    page.click(".emoji-menu [aria-label=tada]")

    page.find(".reaction.mine[data-name=tada]")
    page.click(".person[aria-checked=false]")
    page.find(".reaction:not(.mine)[data-name=tada]")


def test_the_api_that_the_page_shows_sends_a_text(page):
    page.click("#api-button")
    url = page.find("#api p:first-child code").text
    token = page.find("#api pre").text.split("Bearer ")[1].split('"')[0]
    body = json.dumps({"to": CUSTOMER, "text": "Hello from a script"}).encode()
    request = urllib.request.Request(f"{url}/v1/messages", body, {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202

    page.find(f"{page.phone(CUSTOMER)} .bubble:not(.mine)", "Hello from a script")


def test_a_narrow_screen_shows_one_thing_at_a_time_and_nothing_sticks_out(page):
    page.resize(NARROW)
    for pane in ("phones", "workspace", "trace"):
        page.click(f".tabs [data-pane={pane}]")
        page.find(f".{pane}")
        assert page.run("return document.documentElement.scrollWidth") == NARROW[0], pane
        assert (
            page.run("return [...document.querySelectorAll('.stage > section')].filter(s => s.offsetParent).length")
            == 1
        )

    page.click(".tabs [data-pane=phones]")
    page.click(".phone-tabs [role=tab]", "Courier")
    page.write(f"{page.phone(COURIER)} textarea", "Written on a small screen")
    page.click(".tabs [data-pane=workspace]")
    open_thread(page, "(415) 555-0177")
    page.find(THREAD, "Written on a small screen")
    page.write(REPLY, "Read on a small screen")
    page.click(".tabs [data-pane=phones]")
    page.find(f"{page.phone(COURIER)} .bubble", "Read on a small screen")


def test_everything_that_can_be_used_has_a_name_and_is_reached_by_keyboard(page):
    open_thread(page, "(415) 555-0142")
    nameless = page.run(
        "return [...document.querySelectorAll('button, input, textarea, select, [role=log]')].filter(n => "
        "!(n.getAttribute('aria-label') || n.labels?.length || n.textContent.trim())).map(n => n.outerHTML)"
    )
    assert nameless == []
    reached = page.run(
        "return [...document.querySelectorAll('button, textarea')].filter(n => n.offsetParent && n.tabIndex < 0).length"
    )
    assert reached == 0


def test_another_site_cannot_use_the_page(demo):
    for header in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        request = urllib.request.Request(demo.url, headers=header)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)
        assert refused.value.code in {403, 421}
        refused.value.close()


def test_ctrl_c_ends_everything():
    with running_demo() as demo:
        children = psutil.Process(demo.process.pid).children(recursive=True)
        assert any("run" in child.cmdline() for child in children)
        assert demo.end(signal.SIGINT) == 0

        assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
        assert not demo.directory.exists()


def test_a_demo_for_some_seconds_ends_by_itself():
    with running_demo("--for", "2") as demo:
        demo.process.communicate(timeout=20)
        assert demo.process.returncode == 0


def test_a_port_that_is_taken_is_said_at_once_with_status_75():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "clerkd", "demo", "--port", str(port), "--no-browser"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=10, env=os.environ, check=False)

    assert ended.returncode == 75
    assert str(port) in ended.stderr
