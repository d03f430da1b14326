"""The demo's modems as a person watches them break and come back: a real daemon, a real browser."""

import pytest
from fakes.browser import NARROW, WIDE, browsing, running_demo
from fakes.facts import blocking_fact
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def browser():
    with running_demo("--modems", "3") as demo, browsing(f"{demo.url}#modems") as page:
        for line in ("front-desk", "workshop", "warehouse"):
            page.find(f"{modem(line)} .state", "ready", 40)
        page.find(f"{page.phone('+14155550142')} .bubble", "blue van", 30)  # the opening scene is nearly over
        yield page


@pytest.fixture
def page(browser):
    browser.resize(WIDE)
    yield browser
    assert browser.errors() == []


def modem(line):
    return f".modem[data-line='{line}']"


def do(page, line, act):
    page.click(f"{modem(line)} [data-act='{act}']")


def test_one_modem_is_unplugged_another_is_deaf_and_both_come_back_in_sight(page):
    do(page, "workshop", "unplug")
    do(page, "front-desk", "deaf-until-reopened")

    page.find(f"{modem('workshop')} .state", "absent")
    page.find(f"{modem('workshop')} .told", "waits: there is no port")
    page.find("#fleet-button", "down")
    page.find(f"{modem('front-desk')} .told", "leaves what may be half done", 40)
    page.find(f"{modem('front-desk')} .told", "closes the port and opens it again", 40)
    page.find(f"{modem('front-desk')} .state", "ready", 40)
    page.find(".channel .message", "Line workshop is down", 60)
    page.find(f"{modem('workshop')} .told", "tells it in Slack: the line is down")

    page.click(f"{modem('workshop')} [data-act='unplug'][aria-pressed='true']", "Plug in")
    page.find(f"{modem('workshop')} .state", "ready", 40)
    page.find(".channel .message", "Line workshop is back", 40)


def test_without_network_a_text_waits_and_goes_when_there_is_one(page):
    do(page, "warehouse", "no-network")
    page.find(f"{modem('warehouse')} .state", "searching", 40)
    do(page, "warehouse", "text-out")
    page.find(f"{modem('warehouse')} .facts", "1 queued", 30)

    do(page, "warehouse", "no-network")

    page.find(f"{modem('warehouse')} .state", "ready", 40)
    page.find(f"{modem('warehouse')} .at", "+C", 30)
    blank = f"return document.querySelector(\"{modem('warehouse')} .facts b\").textContent === ''"
    blocking_fact(lambda: page.run(blank), 40)


def test_a_text_for_a_full_sim_arrives_when_there_is_room(page):
    do(page, "warehouse", "sim-full")
    do(page, "warehouse", "text-in")
    page.click(f"{modem('warehouse')} [data-act='sim-full'][aria-pressed='true']", "Make room")

    page.find(".channel .message", "warehouse", 40)


def test_the_panel_is_opened_used_and_closed_with_the_keyboard(page):
    page.run("document.getElementById('fleet-button').focus()")
    press = ActionChains(page.driver)
    press.send_keys(Keys.ENTER, Keys.ENTER).perform()  # closed, and open again
    assert page.run("return document.activeElement.dataset.act") == "text-out"
    ActionChains(page.driver).send_keys(Keys.TAB, Keys.TAB).perform()
    assert page.run("return document.activeElement.dataset.act") == "unplug"

    ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()

    assert page.run("return document.activeElement.id") == "fleet-button"
    assert page.run("return document.getElementById('fleet').offsetParent") is None
    page.click("#fleet-button")


def test_every_act_has_a_name_and_nothing_sticks_out_of_a_narrow_screen(page):
    unnamed = (
        "return [...document.querySelectorAll('.fleet button')].filter(n => !(n.ariaLabel || n.textContent.trim()))"
    )
    assert page.run(unnamed) == []
    page.resize(NARROW)
    page.click(".tabs [data-pane=fleet]")

    assert page.run("return document.documentElement.scrollWidth") == NARROW[0]
    small = "return [...document.querySelectorAll('.act')].filter(n => n.offsetHeight < 44).length"
    assert page.run(small) == 0
    page.click(".tabs [data-pane=workspace]")
