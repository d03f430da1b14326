"""Play a support team's afternoon in the demo and take a picture at each step: `python tests/afternoon.py DIRECTORY`.

Nothing is asserted: the pictures are for people to look at. What each step relies on has its test in `tests/e2e/desk`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from fakes.browser import Page, browsing
from fakes.slack_room import texts_of
from take_pictures import STAGE

from clerkd.cli.demo import _token
from clerkd.simulate.demo import NUMBER, Addresses, Demo, bind
from clerkd.simulate.scene import CHANNEL
from clerkd.slack.ids import CardAction
from clerkd.slack.screens import contact_import, contacts, inbox, quota

ANN, COURIER = "+14155550142", "+14155550177"
CUSTOMERS = {  # who texts first, and what
    "+14155550151": "Hello, do you repair e-bikes too?",
    "+14155550152": "Sorry, wrong number!",
    "+14155550153": "שלום, האופניים מוכנים? 🚲",
    "+14155550154": "Is this the shop on Pier 7? " * 12,
    "+14155550155": "Stop",
    "+14155550156": "please stop texting me",
    "+14155550157": "WIN A PRIZE!!! http://prize.example",
    "+14155550158": "<!channel> *free* <https://evil.example|bank>",
    "+14155550159": "When do you open tomorrow?",
    "+14155550160": "My chain broke again 😢",
}
CSV = (
    "Name;Phone;Company\n"
    'Zoë Müller;(415) 555-0151;"=HYPERLINK(""http://x"")"\n'
    "Bo Berg;(415) 555-0159;+cmd\n"
    "Nobody;12;\n"
)  # fmt: skip
WITHIN_S = 60.0


class Afternoon:
    """The demo, its workspace, and a browser that looks on as Dana."""

    def __init__(self, demo: Demo, addresses: Addresses, page: Page, directory: Path) -> None:
        self.demo = demo
        self.people = demo._slack.workspace
        self._addresses = addresses
        self._page = page
        self._directory = directory
        self._taken = 0

    async def picture(self, name: str) -> None:
        """Take what Dana sees now."""
        await asyncio.sleep(2.5)  # what was said appears, and nothing glows any more
        self._taken += 1
        path = self._directory / f"{self._taken:02}-{name}.png"
        await asyncio.to_thread(self._page.driver.save_screenshot, str(path))
        print(path)

    async def opens_thread(self, words: str) -> None:
        """Open the thread whose card says some words."""
        script = (
            "[...document.querySelectorAll('.channel .message')].find(m => m.textContent.includes(arguments[0])"
            " && m.querySelector('.thread-link'))?.querySelector('.thread-link').click()"
        )
        await asyncio.to_thread(self._page.run, script, words)

    async def shows_channel(self, name: str) -> None:
        """Go to a channel."""
        await asyncio.to_thread(self._page.click, ".places button", name)

    def texts(self, number: str, text: str) -> None:
        """Have a customer text the shop."""
        self.demo._network.phone(number).send(NUMBER, text)

    async def card(self, words: str) -> str:
        """Wait for the card that says some words and return its ts."""
        return str((await self.message(lambda one: "📱" in texts_of(one) and words in texts_of(one)))["ts"])

    async def message(self, wanted: Callable[[dict[str, Any]], bool], thread: str | None = None) -> dict[str, Any]:
        """Wait for a message of the channel, or of a thread, and return the newest."""
        return await self.fact(
            lambda: next((one for one in reversed(self.people.messages(CHANNEL, thread)) if wanted(one)), None)
        )

    async def view(self, *words: str, user: str = "dana") -> dict[str, Any]:
        """Wait for a form that says some words."""
        return await self.fact(
            lambda: (view := self.people.top_view(user)) and all(one in texts_of(view) for one in words) and view
        )

    async def fact(self, check: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        async with asyncio.timeout(WITHIN_S):
            while not (found := check()):
                await asyncio.sleep(0.05)
        return found

    async def says(self, user: str, text: str, thread: str | None = None) -> str:
        """Write in the channel or in a thread."""
        return str(await self.people.user_says(user, CHANNEL, text, thread))

    async def runs(self, words: str = "") -> None:
        """Run a command as Dana."""
        await self.people.user_runs("dana", "/clerk", words, CHANNEL)

    async def chooses(self, ts: str, action: CardAction, user: str = "dana") -> None:
        """Choose from a card's menu."""
        [card] = [one for one in self.people.messages(CHANNEL) if one["ts"] == ts]
        for block in card["blocks"]:
            for element in block.get("elements", ()):
                for option in element.get("options", ()):
                    if f'"do":"{action.value}"' in option["value"]:
                        await self.people.user_clicks(user, CHANNEL, ts, element["action_id"], choice=option["value"])

    async def closes(self) -> None:
        """Close every form."""
        while self.people.top_view("dana") is not None:
            await self.people.user_closes_view("dana")
            await asyncio.sleep(0.1)

    async def sends(self, **wish: Any) -> None:
        """Have a program ask for a text."""
        headers = {"Authorization": f"Bearer {self._addresses.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self._addresses.api}/v1/messages", json=wish) as answer,
        ):
            if answer.status >= 400:
                print(await answer.text())


async def first_texts(day: Afternoon) -> None:
    for number, text in CUSTOMERS.items():
        day.texts(number, text)
    await day.fact(lambda: sum("📱" in texts_of(one) for one in day.people.messages(CHANNEL)) >= len(CUSTOMERS))
    await day.picture("first-texts")
    await day.runs()
    await day.picture("dashboard")


async def answers(day: Afternoon) -> None:
    ebike, wrong = await day.card("555-0151"), await day.card("555-0152")
    await day.says("dana", "Yes, all brands. Bring it any time before 6.", ebike)
    await day.says("sam", "// a wholesale customer, I think", ebike)
    await day.says("sam", "Which brand is it? " + "Прекрасный день для поездки на велосипеде. " * 6, ebike)
    await day.opens_thread("555-0151")
    await day.picture("answers-collision")
    await day.people.user_reacts("sam", CHANNEL, wrong, "white_check_mark")
    stop = await day.card("555-0155")
    await day.says("dana", "Are you sure?", stop)
    await day.opens_thread("555-0155")
    await day.picture("stop")
    await day.opens_thread("555-0156")
    await day.picture("perhaps-stop")
    await day.opens_thread("evil")
    await day.opens_thread("555-0158")
    await day.picture("hostile")


async def rules(day: Afternoon) -> None:
    spam = await day.card("555-0157")
    await day.chooses(spam, CardAction.MORE)
    await day.view("Text nothing to this number")
    await day.picture("more")
    await day.people.user_clicks_in_view("dana", CardAction.DO_NOT_DISTURB.value)
    await day.picture("do-not-disturb")
    await day.people.user_submits_view("dana")
    await day.closes()
    day.texts("+14155550157", "LAST CHANCE!!!")
    await day.runs("dnd")
    await day.picture("do-not-disturb-list")
    await day.closes()


async def work(day: Afternoon) -> None:
    chain = await day.card("555-0160")
    await day.people.user_clicks("dana", CHANNEL, chain, CardAction.ASSIGN.value)
    await day.view("Subject")
    await day.picture("assign")
    await day.closes()
    await day.people.user_reacts("dana", CHANNEL, chain, "eyes")
    await day.chooses(await day.card("555-0159"), CardAction.SNOOZE)
    await day.picture("snooze")
    await day.closes()
    await day.runs()
    board = day.people.ephemerals("dana")[-1]
    await day.people.user_clicks("dana", CHANNEL, board["ts"], inbox.OPEN)
    await day.view("conversations")
    await day.picture("inbox")
    await day.people.user_clicks_in_view("dana", f"{inbox.FILTER}:status", choice=f"{inbox.CHOICE}new")
    await asyncio.sleep(1)
    await day.people.user_clicks_in_view("dana", inbox.FIND)
    await day.view("Only among")
    await day.people.user_enters("dana", "query", "o")
    await day.people.user_submits_view("dana")
    await day.picture("find-in-inbox")
    await day.closes()


async def later(day: Afternoon) -> None:
    monday = (datetime.now(UTC) + timedelta(days=3)).replace(minute=0, second=0, microsecond=0).isoformat()
    weekly = {"frequency": "weekly", "zone": "America/New_York", "count": 10}
    await day.sends(to=ANN, text="Bins go out tonight", send_at=monday, recurrence=weekly)
    await day.sends(to="+14155550160", text="Still waiting for that chain?", send_at=monday, cancel_if_answered=True)
    await day.runs("scheduled")
    await day.picture("scheduled")
    await day.closes()


async def book(day: Afternoon) -> None:
    await day.runs("contacts")
    await day.view("Import…")
    await day.people.user_clicks_in_view("dana", contacts.IMPORT)
    await day.view("Nothing is taken in")
    dana = day.demo._slack.state.user("dana").id
    file = day.demo._slack._desk.uploads.add("customers.csv", CSV.encode(), dana, "text/csv")
    await day.people.user_enters("dana", "chosen", [{"id": file.id}], block_id=contact_import.FILE)
    await day.people.user_submits_view("dana")
    await day.picture("import-check")
    await day.people.user_submits_view("dana")
    await day.picture("import-done")
    await day.closes()
    await day.runs("contacts")
    await day.view("Zoë")
    await day.people.user_clicks_in_view("dana", contacts.EXPORT)
    await day.view("direct messages")
    await day.picture("export")
    await day.people.user_clicks_in_view("dana", "clerk.contacts.take:csv")
    await day.view("is in your")
    await day.picture("exported")
    await day.closes()
    await day.picture("names-on-cards")


async def trouble(day: Afternoon) -> None:
    day.demo._modem.gone(40)
    await asyncio.sleep(5)
    await day.sends(to=ANN, text="Your van is ready")
    await day.runs()
    await day.picture("line-down")
    await day.message(lambda one: "is back" in texts_of(one))
    await day.runs()
    await day.picture("line-back")


async def own_channel(day: Afternoon) -> None:
    ann = await day.card("Ann Lee")
    await day.people.user_clicks("dana", CHANNEL, ann, CardAction.CREATE_CHANNEL.value)
    await day.shows_channel("sms-ann-lee")
    await day.people.user_says("dana", "sms-ann-lee", "Here we are by ourselves.")
    day.texts(ANN, "Good! When can I come?")
    await day.picture("direct-channel")
    await day.shows_channel(CHANNEL)


async def used_up(day: Afternoon) -> None:
    for _ in range(5):
        await day.says("dana", f"send 4155550133 {'A long story. ' * 108}")
    root = await day.card("555-0133")
    held = await day.message(lambda one: "is used up" in texts_of(one), root)
    await day.opens_thread("555-0133")
    await day.picture("quota-used-up")
    await day.people.user_clicks("dana", CHANNEL, held["ts"], quota.ADD_PACK)
    await day.view("Segments to add")
    await day.picture("add-pack")
    await day.people.user_submits_view("dana")
    await day.picture("pack-added")
    await day.closes()
    await day.runs()
    await day.picture("end-of-the-day")


STEPS: tuple[Callable[[Afternoon], Awaitable[None]], ...] = (
    first_texts, answers, rules, work, later, book, trouble, own_channel, used_up,
)  # fmt: skip


async def play(directory: Path) -> None:
    """Run the demo and play every step; one that fails is told, and the next one follows."""
    with tempfile.TemporaryDirectory(prefix="clerkd-afternoon-") as state:
        demo = Demo(bind(0), Path(state), await _token(Path(state)))
        ready: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()

        async def told(addresses: Addresses) -> None:
            ready.set_result(addresses)

        running = asyncio.create_task(demo.run(told))
        addresses = await ready
        looking = browsing(addresses.page, STAGE)
        page = await asyncio.to_thread(looking.__enter__)  # it loads what this very loop serves
        try:
            await asyncio.sleep(8)  # the demo plays its opening scene
            await _play(Afternoon(demo, addresses, page, directory))
        finally:
            await asyncio.to_thread(looking.__exit__, None, None, None)
            running.cancel()
            await asyncio.wait({running})


async def _play(day: Afternoon) -> None:
    for step in STEPS:
        try:
            await step(day)
        except (TimeoutError, AssertionError, LookupError, ValueError) as error:
            print(f"{step.__name__}: {error!r}")
            await day.picture(f"failed-{step.__name__}")
            await day.closes()


def main() -> None:
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(play(directory))


if __name__ == "__main__":
    main()
