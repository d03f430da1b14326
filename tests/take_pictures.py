"""Take the pictures of the demo that README and docs show: `python tests/take_pictures.py`.

They show the real daemon between simulated phones and a simulated workspace, in Debian's Chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fakes.browser import NARROW, Page, browsing, running_demo
from fakes.facts import blocking_fact

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LIMIT = 300 * 1024
COURIER = "+14155550177"
STAGE = (1600, 1000)
FLEET = (1320, 840)


def settle(page: Page) -> None:
    """Wait until the opening scene is over and nothing glows any more."""
    page.find(f"{page.phone(COURIER)} .bubble", "two parcels")
    blocking_fact(lambda: len(page.texts(".channel .thread-link")) == 2)
    page.find(".path li")
    calm(page)


def calm(page: Page) -> None:
    """Wait until the path of a message is quiet and no animation runs."""
    quiet = "return !document.querySelector('.busy') && document.getAnimations().length === 0"
    blocking_fact(lambda: page.run(quiet))


def open_customer(page: Page) -> None:
    page.run(
        "[...document.querySelectorAll('.channel .message')].find(m => m.textContent.includes('555-0142'))"
        ".querySelector('.thread-link').click()"
    )
    page.find(".thread .message")


def take(page: Page, name: str, size: tuple[int, int], *, scale: float = 1, dark: bool = False) -> None:
    """Write one picture; fail if it is too large for a document."""
    page.resize(size, scale=scale, dark=dark)
    calm(page)
    path = PICTURES / f"demo-{name}.png"
    page.driver.save_screenshot(str(path))
    if path.stat().st_size > LIMIT:
        sys.exit(f"{path} has {path.stat().st_size} octets, more than {LIMIT}")
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


def take_fleet(page: Page) -> None:
    """Unplug one modem, deafen another, and show what became of them when both were told."""
    page.resize(FLEET)
    page.click(".thread [aria-label='Close the thread']")
    page.click("#fleet-button")
    page.click(".modem[data-line=workshop] [data-act=unplug]")
    page.click(".modem[data-line=front-desk] [data-act=deaf-until-reopened]")
    page.find(".channel .message", "Line workshop is down", 60)
    page.find(".modem[data-line=front-desk] .told", "closes the port and opens it again", 60)
    page.find(".modem[data-line=front-desk] .state", "ready", 60)
    take(page, "fleet", FLEET)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_demo() as demo, browsing(demo.url, STAGE) as page:
        settle(page)
        open_customer(page)
        page.write(".thread .composer textarea", "10 it is, see you then 👍")
        page.find(f"{page.phone('+14155550142')} .bubble", "see you then")
        page.find(".thread .message:last-child .reaction[data-name=vibration_mode]")
        take(page, "wide", STAGE)
        take(page, "dark", STAGE, dark=True)
        take(page, "thread", (1100, 860))
        page.resize(NARROW)
        page.click(".tabs [data-pane=workspace]")
        take(page, "narrow-thread", NARROW, scale=2)
        page.click(".tabs [data-pane=phones]")
        take(page, "narrow-phone", NARROW, scale=2)
        take_fleet(page)


if __name__ == "__main__":
    main()
