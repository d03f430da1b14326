"""Take a picture of every golden screen, to look at: `python tests/take_gallery.py DIRECTORY [SCREEN …]`.

They are drawn by the demo's own page, light and dark, and stay out of the repository: `clerkd demo --gallery
tests/slack/snapshots` shows the same at `/gallery`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fakes.browser import Page, browsing, running_demo
from fakes.facts import blocking_fact
from fakes.golden import SNAPSHOTS

WIDTH, ROOM = 1440, 9_000


def drawn(page: Page) -> None:
    """Wait until the screens are there."""
    blocking_fact(lambda: page.run("return document.body.dataset.drawn"))


def main() -> None:
    directory, *wanted = sys.argv[1:]
    Path(directory).mkdir(parents=True, exist_ok=True)
    with running_demo("--gallery", str(SNAPSHOTS)) as demo, browsing(f"{demo.url}gallery") as page:
        for dark in (False, True):
            page.resize((WIDTH, ROOM), dark=dark)
            drawn(page)
            for section in page.driver.find_elements("css selector", "section[data-screen]"):
                name = section.get_attribute("data-screen")
                if not wanted or name in wanted:
                    section.screenshot(str(Path(directory) / f"{name}{'-dark' if dark else ''}.png"))


if __name__ == "__main__":
    main()
