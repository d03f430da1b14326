"""`kill -9` at random moments, with traffic both ways: nothing is lost, nothing happens twice."""

import asyncio
import random
from collections import Counter
from itertools import pairwise

import aiohttp
import pytest
from fakes.world import CHANNEL, LINE_NUMBER, World, world

KILLS = 10
MESSAGES = 100  # each way
PHONES = [f"+4477009001{n:02}" for n in range(10)]
SETTLED = {"submitted", "delivered", "unknown"}


async def text_in(w: World, pause_s: float) -> None:
    """Let phones text the line, one after the other."""
    for n in range(MESSAGES):
        w.phone(PHONES[n % len(PHONES)]).send(LINE_NUMBER, f"in {n}")
        await asyncio.sleep(pause_s)


async def send_one(w: World, n: int) -> str:
    """Send through the API as a careful script does: the same id again until there is an answer."""
    while True:
        try:
            return await w.daemon.send(PHONES[n % len(PHONES)], f"out {n}", id=f"script-{n}")
        except (aiohttp.ClientError, OSError):
            await asyncio.sleep(0.05)


async def text_out(w: World, pause_s: float) -> None:
    """Send from a script and, every other message, from a thread in Slack."""
    for n in range(MESSAGES):
        card = next((c for c in w.cards() if f"in {n % len(PHONES)}" in str(w.thread(c["ts"]))), None)
        if n % 2 and card:
            await w.slack.workspace.user_says("dana", CHANNEL, f"out {n}", thread_ts=card["ts"])
        else:
            await send_one(w, n)
        await asyncio.sleep(pause_s)


async def kill_again_and_again(w: World, chance: random.Random) -> None:
    """Kill and restart the daemon, sometimes before it has come up."""
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 2.0))
        await w.daemon.kill()
        await w.daemon.start()
    await w.daemon.ready(60)


async def all_settled(w: World, within_s: float) -> dict[str, str]:
    """Wait until every outbound message has an outcome and return their states by text.

    A report may still resolve an `unknown` between two questions, so both are asked until they agree.
    """
    states: dict[str, str] = {}
    try:
        async with asyncio.timeout(within_s):
            while True:
                unknown = {m["text"] for m in await w.daemon.all_messages(state="unknown")}
                outbound = [m for m in await w.daemon.all_messages() if m["direction"] == "outbound"]
                states = {m["text"]: m["state"] for m in outbound}
                settled = len(outbound) == MESSAGES and set(states.values()) <= SETTLED
                if settled and unknown == {text for text, state in states.items() if state == "unknown"}:
                    return states
                await asyncio.sleep(0.1)
    except TimeoutError:
        open_ones = {text: state for text, state in states.items() if state not in SETTLED}
        pytest.fail(f"{len(states)} of {MESSAGES} messages; without an outcome: {open_ones}\n{w.daemon.tail()}")


def told_in_slack(w: World) -> Counter[str]:
    """Count what threads say, by its last two words: `in 17`, `out 3`."""
    replies = [m for card in w.cards() for m in w.thread(card["ts"])]
    bot = w.slack.state.bot.id
    return Counter(" ".join(m["text"].split()[-2:]) for m in replies if m.get("user") == bot)


@pytest.mark.slow
@pytest.mark.timeout(420)
@pytest.mark.parametrize("seed", [1])
async def test_nothing_is_lost_and_nothing_happens_twice(tmp_path, seed):
    chance = random.Random(seed)
    async with world(tmp_path, submit_delay_s=0.05) as w:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(text_in(w, 0.1))
            tasks.create_task(text_out(w, 0.1))
            tasks.create_task(kill_again_and_again(w, chance))

        states = await all_settled(w, 120)
        on_air = Counter(
            record.submit.user_data.text for record in w.network.air.records if record.sender == LINE_NUMBER
        )
        assert {text: n for text, n in on_air.items() if n > 1} == {}, w.daemon.tail(200)
        assert set(states) == {f"out {n}" for n in range(MESSAGES)}
        lost = [text for text, state in states.items() if state != "unknown" and on_air[text] != 1]
        assert lost == [], w.daemon.tail(200)
        assert len([text for text, state in states.items() if state == "unknown"]) <= KILLS

        expected = {f"in {n}" for n in range(MESSAGES)}
        await w.sees(lambda: expected <= told_in_slack(w).keys(), 120)
        assert {text: n for text, n in told_in_slack(w).items() if text in expected and n != 1} == {}
        assert len(w.cards()) == len(PHONES)
        # One peer's texts are in the order in which they were sent.
        for card in w.cards():
            numbers = [int(m["text"].split()[-1]) for m in w.thread(card["ts"]) if m["text"].split()[-2:-1] == ["in"]]
            assert all(a < b for a, b in pairwise(numbers))
