"""Bad days of one modem under the whole daemon, with shipped defaults: how soon texts go again, and how often."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bench.rig import PEER, TimedModem, World, rig
from fakes.facts import fact

Row = dict[str, Any]

RESULT_S = 60.0  # the deadline of a submission as shipped, clerkd.at.commands.Deadline.SUBMIT


async def start(w: World) -> TimedModem:
    """Start the daemon, wait until its line is in service, and return the modem."""
    await w.daemon.start()
    await w.daemon.ready(60)
    async with asyncio.timeout(60):
        while (await w.daemon.get("/v1/lines"))["lines"][0]["state"] != "ready":
            await asyncio.sleep(0.02)
    assert isinstance(w.modem, TimedModem)
    return w.modem


def arrived(w: World, text: str) -> int:
    """Return how often a text reached the phone."""
    return [one.text for one in w.phone(PEER).inbox].count(text)


async def deaf_for(directory: Path, seconds: float) -> float:
    """Be deaf for so long with a text in the queue; return the time from the modem's return to the text on the air."""
    async with rig(directory) as w:
        modem = await start(w)
        back = time.monotonic() + seconds
        modem.hang(seconds)
        await w.daemon.send(PEER, "waited")
        await fact(lambda: arrived(w, "waited"), seconds + 60)
        return time.monotonic() - back


async def deaf_for_a_minute(directory: Path) -> list[Row]:
    """Deaf for a minute, and the worst of five, because a modem may return at any moment of a step of recovery."""
    took = await asyncio.gather(*(deaf_for(directory / f"{n}", 60 + 0.3 * n) for n in range(5)))
    return [{"name": "deaf for 60 s: next send after return, worst of 5", "value": max(took), "unit": "s", "goal": 1.5}]


async def deaf_until_reopened(directory: Path) -> list[Row]:
    """Deaf in the middle of a text, until the port is opened anew: from the result's deadline to the next text."""
    async with rig(directory) as w:
        modem = await start(w)
        modem.faults.apply("hang_on", "text")
        began = time.monotonic()
        doubtful = await w.daemon.send(PEER, "doubtful")
        await w.daemon.send(PEER, "next")
        await fact(lambda: arrived(w, "next"), RESULT_S + 60)
        took = time.monotonic() - began - RESULT_S
        assert await w.daemon.state_of(doubtful) == "unknown"
        assert arrived(w, "doubtful") == 0
    return [{"name": "deaf until reopened: next send after the deadline", "value": took, "unit": "s", "goal": 20}]


async def lost_result(directory: Path) -> list[Row]:
    """The first of ten texts goes out and its result is never told: how long after its deadline the others go."""
    async with rig(directory) as w:
        modem = await start(w)
        modem.faults.apply("lost_result", "next:1")
        began = time.monotonic()
        texts = [f"text {number}" for number in range(10)]
        messages = [await w.daemon.send(PEER, text) for text in texts]
        await fact(lambda: arrived(w, texts[-1]), RESULT_S + 60)
        took = time.monotonic() - began - RESULT_S
        assert await w.daemon.state_of(messages[0]) in {"unknown", "delivered"}
        twice = sum(arrived(w, text) > 1 for text in texts)
    return [
        {"name": "lost result: the other nine after its deadline", "value": took, "unit": "s", "goal": 2},
        {"name": "lost result: texts that went twice", "value": twice, "unit": "", "goal": 0, "better": "<="},
    ]


async def lost_ok(directory: Path) -> list[Row]:
    """`+CMGS` comes, its OK does not: how long until the text counts as sent."""
    async with rig(directory) as w:
        modem = await start(w)
        modem.faults.apply("lost_ok", "next:1")
        message = await w.daemon.send(PEER, "once", outcome_policy="hold")
        await fact(lambda: arrived(w, "once"))
        began = time.monotonic()
        await w.daemon.becomes(message, {"submitted", "delivered"}, 20)
        took = time.monotonic() - began
    return [{"name": "+CMGS without OK: counted as sent after", "value": took, "unit": "s", "goal": 2}]


async def every_noise(directory: Path) -> list[Row]:
    """Every kind of noise at once, echo on, one octet at a time: how many of 50 texts arrive once."""
    async with rig(directory) as w:
        modem = await start(w)
        knobs = {
            "noise": 0.3, "noise_inside": 0.3, "urc_in_prompt": 0.3, "garbage": 0.3, "echo": True, "dribble": 1,
            "dribble_pause": 0, "early_report": 0.3, "duplicate_report": 0.3,
        }  # fmt: skip
        for knob, value in knobs.items():
            modem.faults.apply(knob, value)
        texts = [f"text {number}" for number in range(50)]
        began = time.monotonic()
        for text in texts:
            await w.daemon.send(PEER, text)
        await fact(lambda: all(arrived(w, text) for text in texts), 180)
        took = time.monotonic() - began
        once = sum(arrived(w, text) == 1 for text in texts)
    return [
        {"name": "every noise at once: arrived once of 50", "value": once, "unit": "", "goal": 50, "better": ">="},
        {"name": "every noise at once: 50 texts", "value": took, "unit": "s"},
    ]


ROWS = {
    "deaf": deaf_for_a_minute,
    "deaf-until-reopened": deaf_until_reopened,
    "lost-result": lost_result,
    "lost-ok": lost_ok,
    "noise": every_noise,
}
