"""How long the desk's own screens take with 10,000 conversations, 10,000 contacts and 1,000,000 messages.

And how much memory the daemon takes with them, next to one with an empty store.
"""

import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.rig import Cpu, rig
from fakes.world import CHANNEL, LINE_NUMBER, World

from clerkd.clock import SystemClock
from clerkd.model.contact import ContactFields
from clerkd.slack.acts.find import results_of
from clerkd.slack.acts.inbox import page_of
from clerkd.slack.board import Boards
from clerkd.slack.interactions import Door, Everybody
from clerkd.slack.lines import DeskLine, DeskLines
from clerkd.slack.people import Person, Standing
from clerkd.slack.screens import dashboard, find, inbox
from clerkd.slack.settings import no_quota
from clerkd.store.ops.contacts import add_contact
from clerkd.store.sqlite import SqliteStore

CONVERSATIONS = 10_000
LINES = ("support", "sales", "alerts")
ROUNDS = 60
MORE_MB = 10
LIMITS_MS = {"search": 50, "screen": 100}


def peer(number: int) -> str:
    return f"+1415{5_000_000 + number:07}"


def vocabulary(rng: random.Random) -> tuple[list[str], list[float]]:
    """Return words as frequent as in a language: the nth one n times rarer than the first."""
    common = [
        *("the", "is", "you", "your", "ready", "bike", "thanks", "please", "can", "when", "tomorrow", "order"),
        *("parcel", "hello", "call", "back", "yes", "no"),
    ]
    rare = {"".join(rng.choices("etaoinshrdlucmfw", k=rng.randint(3, 10))) for _ in range(40_000)}
    words = [*common, *sorted(rare)]
    return words, list(itertools.accumulate(1 / (rank + 1) for rank in range(len(words))))


def fill(tx, messages: int, words, weights, *, rng, now: int) -> None:
    for number in range(CONVERSATIONS):
        line = LINES[number % 3]
        tx.run(
            "INSERT INTO conversations (id, line, peer, created_at, last_at, messages)"
            " VALUES (:id, :line, :peer, :now, :now, 100)",
            id=f"c{number}", line=line, peer=peer(number), now=now - number * 1000,
        )  # fmt: skip
        waits = number % 4 == 0
        tx.run(
            "INSERT INTO tickets (conversation_id, status, waiting_since, unanswered, received, activity_at,"
            " changed_at) VALUES (:id, :status, :since, 1, 1, :now, :now)",
            id=f"c{number}", status=("new", "open", "pending", "solved")[number % 4],
            since=now - number * 1000 if waits else None, now=now - number * 1000,
        )  # fmt: skip
        tx.run("INSERT INTO ticket_assignees VALUES (:id, :person, 0)", id=f"c{number}", person=f"U{number % 20}")
        tx.run(
            "INSERT INTO slack_threads (channel, root_ts, conversation_id, current, created_at)"
            " VALUES ('C1', :ts, :id, 1, 0)",
            ts=f"{number}.000001", id=f"c{number}",
        )  # fmt: skip
        fields = ContactFields(
            name=f"{words[number % 300].title()} {words[number % 5000].title()}", numbers=(peer(number),)
        )
        add_contact(tx, f"k{number}", fields, now=now)
    for number in range(messages):
        at = number % CONVERSATIONS
        text = " ".join(rng.choices(words, cum_weights=weights, k=rng.randint(3, 25)))
        tx.run(
            "INSERT INTO messages (seq, id, direction, line, peer, conversation_id, text, encoding, disposition,"
            " created_at, changed_at) VALUES (:seq, :id, 'inbound', :line, :peer, :conversation, :text, 'gsm7',"
            " 'received', :at, :at)",
            seq=number + 1, id=f"m{number}", line=LINES[at % 3], peer=peer(at), conversation=f"c{at}", text=text,
            at=now - (messages - number) * 1000,
        )  # fmt: skip
        tx.run("INSERT INTO message_words (rowid, text) VALUES (:seq, :text)", seq=number + 1, text=text)


class Known:
    async def find(self, user):
        return Person(user, f"Colleague {user}", Standing.MEMBER)


async def timed(act, times=ROUNDS) -> dict[str, float]:
    took = []
    for number in range(times):
        begun = time.perf_counter()
        await act(number)
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()

    def rank(share: float) -> float:
        return took[min(len(took) - 1, int(share * len(took)))]

    return {"p50": round(statistics.median(took), 1), "p95": round(rank(0.95), 1), "p99": round(rank(0.99), 1)}


async def resident_mb(world: World) -> float:
    """Start the daemon, have it do a little of everything that reads, and return its resident memory."""
    await world.daemon.start()
    await world.daemon.ready(60)
    async with asyncio.timeout(60):
        await world.slack.sockets.until_open(2)
    assert world.daemon.process is not None
    for number in range(20):
        world.phone(f"+4477009001{number:02}").send(LINE_NUMBER, "Is the bicycle ready?")
    await world.sees(lambda: len(world.cards()) >= 20, 60)
    for words in ("", "find bicycle", "find ready", "find the"):
        await world.slack.workspace.user_runs("dana", "/clerk", words, CHANNEL)
    await asyncio.sleep(5)  # until what was for the moment is given back, if it is
    return Cpu(world.daemon.process.pid).rss_mb


async def measure(messages: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        async with rig(Path(directory) / "empty", slack=True) as world:
            empty_mb = await resident_mb(world)
        async with rig(Path(directory) / "full", slack=True) as world:
            found = await measure_screens(messages, world.daemon.state_dir / "clerkd.db")
            full_mb = await resident_mb(world)
    return found | {"empty_mb": empty_mb, "full_mb": full_mb}


async def measure_screens(messages: int, path: Path) -> dict[str, Any]:
    rng, clock = random.Random(7), SystemClock()
    words, weights = vocabulary(rng)
    store = SqliteStore(path)
    await store.open()
    try:
        begun = time.perf_counter()
        await store.write(fill, messages, words, weights, rng=rng, now=clock.now_ms())
        print(f"filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        desk = SimpleNamespace(
            store=store, clock=clock, people=Known(), statuses=tuple, team_url=lambda: "https://acme.slack.com/",
                slack=lambda: "connected",
            lines=DeskLines([DeskLine(line, "+14155550100", "#clerk-sms") for line in LINES]),
            person=Person("U1", "Dana", Standing.MEMBER, "Europe/Berlin"),
        )  # fmt: skip
        boards = Boards(lambda: [Door("a", lambda _tx, _now: "A", 1)], no_quota, Everybody())
        queries = [
            *("the", "th", "the bi", "ready parcel", "he", "hello", "call back tom", "bicy", "zz", "4155000", "500 12"),
            *(words[n][:k] for n in range(20, 3000, 100) for k in (2, 3, 4, 5)),
        ]

        async def search(number):
            find.view(await results_of(desk, queries[number % len(queries)]))

        async def board(_):
            dashboard.home(await boards.of(desk))

        async def listed(number):
            chosen = ({}, {"status": "=open"}, {"assignee": "=U3", "line": "=sales"}, {"show": "=waiting"})
            inbox.view(await page_of(desk, chosen[number % 4]))

        found = {
            "messages": messages,
            "search": await timed(search, 3 * len(queries)),
            "dashboard": await timed(board),
            "inbox": await timed(listed),
        }
    finally:
        await store.close()
    return found


def run(messages: int = 1_000_000) -> dict[str, Any]:
    """Measure and return rows as the other benchmarks do."""
    found = asyncio.run(measure(messages))
    rows = [{"name": "search, p95", "value": found["search"]["p95"], "unit": "ms", "goal": LIMITS_MS["search"]}]
    rows += [
        {"name": f"{name}, p99", "value": found[name]["p99"], "unit": "ms", "goal": LIMITS_MS["screen"]}
        for name in ("dashboard", "inbox")
    ]
    more_mb = found["full_mb"] - found["empty_mb"]
    rows.append({"name": "resident memory, empty store", "value": found["empty_mb"], "unit": "MB"})
    rows.append({"name": "more with this store", "value": more_mb, "unit": "MB", "goal": MORE_MB, "better": "<="})
    return {"name": "desk", "rows": rows}
