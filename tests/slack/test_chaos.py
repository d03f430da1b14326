"""Everything at once: lost answers, outages, kills, sockets that go, people who write meanwhile."""

import asyncio
import random

import pytest
from fakes.slack_room import CHANNEL, open_room

from clerkd.simulate.slack import ErrorAnswer, Lost, RawAnswer
from clerkd.slack import backoff

PEERS = [f"+141555501{n:02}" for n in range(10, 16)]
FAULTS = [Lost(committed=True), Lost(committed=False), RawAnswer(502), ErrorAnswer("internal_error")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(backoff.Backoff, "next_s", lambda self, at_least=None: at_least or 0.05)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_all_is_told_once_and_in_order(tmp_path, seed):
    chance = random.Random(seed)
    async with open_room(tmp_path, stand_in={"seed": seed, "retry_delays_s": (0.05, 0.5, 2.0)}) as room:
        room.slack.faults.by_chance(0.15, FAULTS, methods=["chat.postMessage", "chat.update", "reactions.add"])
        written = 0
        for number in range(120):
            await room.text(f"text {number // len(PEERS)}", PEERS[number % len(PEERS)])
            roots = [one["ts"] for one in room.cards()]
            if roots and number % 5 == 0:
                await room.workspace.user_says("dana", CHANNEL, f"answer {written}", chance.choice(roots))
                written += 1
            if chance.random() < 0.06:
                await room.crash()
                await asyncio.sleep(chance.uniform(0, 0.05))
                await room.start()
            if chance.random() < 0.05:
                room.slack.sockets.abort_all()
            await asyncio.sleep(chance.uniform(0, 0.02))
        room.slack.faults.clear()
        await room.office.radio.wait_air(written)
        await room.quiet()
        await room.sees(lambda: sum(len(room.replies(one["ts"])) for one in room.cards()) == 120 + written, 20)

        assert sorted(room.office.radio.texts) == sorted(f"answer {n}" for n in range(written))
        assert len(room.cards()) == len(PEERS)
        for card in room.cards():
            told = [one["text"] for one in room.replies(card["ts"]) if one["user"] == room.bot]
            assert told == [f"text {n}" for n in range(20)]
