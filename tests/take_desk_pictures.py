"""Take the pictures of the desk's screens that docs/slack.md shows: `python tests/take_desk_pictures.py`.

Everything in them was clicked, typed and texted in the real demo.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fakes.browser import Demo, Page, browsing, running_demo
from fakes.facts import blocking_fact
from selenium.webdriver.common.keys import Keys
from take_pictures import STAGE, calm, settle

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LIMIT = 200 * 1024
CUSTOMER = "+14155550142"
MODAL = "#modals .modal"
CSV = (
    "Name;Phone;Company;Tags\n"
    "Zoë Müller;(415) 555-0151;Bikes & Co;wholesale\n"
    "Ann Lee;+1 415 555 0142;Lee Plumbing;regular\n"
    "Front door;12;;\n"
)  # fmt: skip


class Visit:
    """Somebody in the demo's workspace who takes pictures."""

    def __init__(self, demo: Demo, page: Page) -> None:
        self._demo = demo
        self.page = page

    def take(self, selector: str, name: str, height: int = 1500) -> None:
        """Write a picture of one element, without a cursor or an open menu."""
        page = self.page
        page.run("document.activeElement.blur()")
        page.resize((STAGE[0], height), scale=1.3)
        page.run("for (const modal of document.querySelectorAll(arguments[0])) modal.style.maxHeight = 'none'", MODAL)
        calm(page)
        path = PICTURES / f"slack-{name}.png"
        page.find(selector).screenshot(str(path))
        page.resize(STAGE)
        if path.stat().st_size > LIMIT:
            sys.exit(f"{path} has {path.stat().st_size} octets, more than {LIMIT}")
        print(f"{path.name}: {path.stat().st_size // 1024} KB")

    def runs(self, words: str) -> None:
        """Run a command in the channel."""
        self.page.write(".channel .composer textarea", f"/clerk {words}".strip())

    def presses(self, label: str, where: str = MODAL) -> None:
        """Press a button."""
        self.page.click(f"{where} button", label)

    def chooses(self, label: str, message: str) -> None:
        """Choose from a message's menus."""
        for opener in self.page.driver.find_elements("css selector", f"{message} .b-button.more"):
            opener.click()
            found = [one for one in opener.find_elements("xpath", "..//*[@role='menuitem']") if label in one.text]
            if found:
                return found[0].click()
            opener.send_keys(Keys.ESCAPE)
        raise AssertionError(label)

    def field(self, label: str):
        """Return the field that a label is for."""
        found = (
            "[...document.querySelectorAll('#modals .b-label')].findLast(n => n.textContent.startsWith(arguments[0]))"
        )
        node = blocking_fact(lambda: self.page.run(f"return {found}?.htmlFor", label))
        return self.page.find(f"#{node}")

    def fills(self, label: str, text: str) -> None:
        """Type into a field; what was there goes."""
        field = self.field(label)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)

    def picks(self, label: str, text: str) -> None:
        """Type into a menu, and take what it offers first."""
        self.field(label).send_keys(text)
        self.page.find(f"{MODAL} [role=option]", text)
        self.field(label).send_keys(Keys.ENTER)

    def ticks(self, label: str) -> None:
        """Tick a box or take a choice."""
        self.page.click(f"{MODAL} .b-boxes label", label)

    def closes(self) -> None:
        """Close the form."""
        close = "const top = document.querySelector('#modals header button'); top?.click(); return top === null"
        blocking_fact(lambda: self.page.run(close))

    def schedules(self, to: str, text: str, after: timedelta) -> None:
        """Have a text wait, as a script would."""
        url, token = re.search(r"HTTP API +(\S+) +token (\S+)", self._demo.said).groups()
        url += "/v1/messages"
        body = {"to": to, "text": text, "send_at": (datetime.now(UTC) + after).isoformat()}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10).close()


def look_round(visit: Visit) -> None:
    """The dashboard, the lists, the search."""
    visit.schedules(CUSTOMER, "Your van is ready. We are open until 6.", timedelta(days=1))
    visit.runs("")
    visit.page.find(".message.ephemeral button", "Scheduled (1)")
    visit.take(".message.ephemeral", "dashboard")
    visit.runs("scheduled")
    visit.page.find(f"{MODAL} button", "Send now")
    visit.take(MODAL, "scheduled")
    visit.closes()
    visit.presses("Inbox", ".message.ephemeral")
    visit.page.find(f"{MODAL} button", "Find")
    visit.take(MODAL, "inbox")
    visit.closes()
    visit.runs("find brakes")
    visit.page.find(f"{MODAL} a", "Open")
    visit.take(MODAL, "find")
    visit.closes()


def write_to_somebody(visit: Visit) -> None:
    """The form that sends a text, filled in."""
    visit.runs("send")
    visit.picks("To", "Ann")
    visit.fills("Text", "The pads have arrived: shall we say Tuesday? It’s an hour’s work.")
    visit.page.find(f"{MODAL} .b-context", "characters")
    visit.take(MODAL, "send-text")
    visit.closes()


def keep_templates(visit: Visit) -> None:
    """A template in the making, and the list."""
    visit.runs("")
    visit.page.find(".message.ephemeral button", "Inbox")
    visit.chooses("Templates", ".message.ephemeral:last-child")
    visit.presses("New template")
    visit.fills("Name", "Ready to collect")
    visit.fills("Text", "Hello {first_name|there}, your vehicle is ready. We are open until 6.")
    visit.presses("Save")
    visit.page.find(MODAL, "Ready to collect")
    visit.page.find(f"{MODAL} button", "Edit")
    visit.take(MODAL, "templates")
    visit.closes()


def keep_contacts(visit: Visit) -> None:
    """An import, and the list."""
    visit.runs("contacts")
    visit.presses("Import…")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "contacts.csv"
        file.write_text(CSV, encoding="utf-8")
        visit.field("File").send_keys(str(file))
        visit.page.find(f"{MODAL} .b-hint", "contacts")
        visit.presses("Read the file")
        visit.page.find(MODAL, "1 new")
    visit.take(MODAL, "contacts-import")
    visit.page.click(f"{MODAL} footer .primary")
    visit.page.find(MODAL, "Done")
    visit.closes()
    visit.runs("contacts")
    visit.page.find(MODAL, "Zoë Müller")
    visit.take(MODAL, "contacts")
    visit.closes()


def keep_out(visit: Visit) -> None:
    """The list of what is not heard of."""
    visit.runs("dnd")
    visit.presses("Add…")
    visit.fills("Number, beginning or sender", "+1900*")
    visit.fills("Reason", "Premium numbers")
    visit.page.click(f"{MODAL} footer .primary")
    visit.page.find(MODAL, "Premium numbers")
    visit.take(MODAL, "dnd")
    visit.closes()


def card(page: Page, words: str) -> str:
    """Return a selector of the card that says these words."""
    key = blocking_fact(
        lambda: page.run(
            "return [...document.querySelectorAll('.channel .message')].find(m => m.textContent.includes(arguments[0])"
            " && m.querySelector('.b-button.more'))?.dataset.key",
            words,
        )
    )
    return f".channel .message[data-key='{key}']"


def work(visit: Visit) -> None:
    """A card, its form, the notification that follows from it, a channel of its own."""
    page = visit.page
    ann = card(page, "Ann Lee")
    visit.presses("Assign", ann)
    visit.fills("Subject", "Brakes of the blue van")
    visit.ticks("Urgent")
    visit.take(MODAL, "assign")
    visit.presses("Save")
    page.find(ann, "Urgent")
    visit.take(ann, "card")
    page.write(f"{page.phone(CUSTOMER)} textarea", "It got worse: there is a light on the dashboard now")
    page.find(".channel .message button", "Hide")
    notice = page.find(".channel .message:last-child", "worse").get_attribute("data-key")
    visit.take(f".channel .message[data-key='{notice}']", "notification")
    visit.presses("Create Channel", ann)
    page.click(".places button", "sms-ann-lee")
    page.write(".channel .composer textarea", "Please do not drive it. We can collect it this afternoon.")
    page.find(".channel .message:last-child .reaction[data-name=vibration_mode]")
    visit.take(".channel .messages", "direct-channel", height=860)
    page.click(".places button", "clerk-sms")


def use_it_up(visit: Visit) -> None:
    """What the thread says when a text waits for its line's quota."""
    page = visit.page
    for _ in range(4):
        page.write(".channel .composer textarea", f"send 4155550133 {'A long story. ' * 108}")
    page.find(".channel .message", "80 % of its quota", within_s=50)
    page.run(f'document.querySelector("{card(page, "555-0133")} .thread-link").click()')
    held = page.find(".thread .message", "quota of line", within_s=30).get_attribute("data-key")
    visit.take(f".thread .message[data-key='{held}']", "quota")


def main() -> None:
    with running_demo() as demo, browsing(demo.url, STAGE) as page:
        settle(page)
        visit = Visit(demo, page)
        for part in (look_round, write_to_somebody, keep_templates, keep_contacts, keep_out, work, use_it_up):
            part(visit)


if __name__ == "__main__":
    main()
