"""From a press to its acknowledgement, with the commit done, and to the changed screen, against the local stand-in."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from fakes.slack_room import CHANNEL, open_room, texts_of

from clerkd.core.desk.notifications import REST_S
from clerkd.slack.screens import find, inbox

ACKNOWLEDGED_P99_MS = 150
CHANGED_P99_MS = 400


def figures(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        "p50": round(ordered[len(ordered) // 2], 1),
        "p99": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
    }


async def press(presses: int) -> dict[str, list[float]]:
    acknowledged, changed, submitted = [], [], []
    with tempfile.TemporaryDirectory() as directory:
        async with open_room(Path(directory)) as room:
            for number in range(30):
                await room.text(f"Is bicycle {number} ready?", f"+141555501{number:02}")
            await asyncio.sleep(2 * REST_S)  # until every conversation is a ticket
            await room.workspace.user_runs("dana", "/clerk", "", CHANNEL)
            board = (await room.sees(lambda: room.workspace.ephemerals("dana")))[-1]
            await room.workspace.user_clicks("dana", CHANNEL, board["ts"], inbox.OPEN)
            await room.sees(lambda: "conversations" in texts_of(room.workspace.top_view("dana") or {}))
            for number in range(presses):
                before = room.workspace.top_view("dana")["hash"]
                page = f"{inbox.PAGE}:{'older' if number % 2 == 0 else 'newest'}"
                begun = time.perf_counter()
                await room.workspace.user_clicks_in_view("dana", page)
                acknowledged.append((time.perf_counter() - begun) * 1000)
                while room.workspace.top_view("dana")["hash"] == before:
                    await asyncio.sleep(0.001)
                changed.append((time.perf_counter() - begun) * 1000)
            await room.workspace.user_clicks_in_view("dana", inbox.FIND)
            await room.sees(lambda: room.workspace.top_view("dana")["callback_id"] == find.CALLBACK)
            for number in range(presses):
                await room.workspace.user_enters("dana", find.QUERY, f"bicycle {number % 30}")
                begun = time.perf_counter()
                await room.workspace.user_submits_view("dana")
                submitted.append((time.perf_counter() - begun) * 1000)
    return {"acknowledged": acknowledged, "screen changed": changed, "search submitted": submitted}


def run(presses: int = 300) -> dict[str, Any]:
    """Measure and return rows as the other benchmarks do."""
    goals = {"acknowledged": ACKNOWLEDGED_P99_MS, "screen changed": CHANGED_P99_MS}
    rows = []
    for name, took in asyncio.run(press(presses)).items():
        found = figures(took)
        rows.append({"name": f"{name}, median", "value": found["p50"], "unit": "ms"})
        rows.append({"name": f"{name}, p99", "value": found["p99"], "unit": "ms", "goal": goals.get(name)})
    return {"name": "clicks", "rows": rows}
