"""Many virtual modems in a process of their own, so that what the daemon costs can be told from what they cost.

    python tests/bench/modem_farm.py DIRECTORY FIRST COUNT SUBMIT_DELAY_S EXPECTED

Prints "ready", then "done" when EXPECTED segments were accepted; at the end of its standard input, what it saw as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.rig import TimedModem

from clerkd.clock import SystemClock
from clerkd.simulate.modem import Habits
from clerkd.simulate.network import AirRecord, Network


def number_of(index: int) -> str:
    """Return the number of the modem with that index, 0 to 99."""
    return f"+1415555{100 + index:04}"


def link_of(directory: Path, index: int) -> Path:
    """Return where its port appears."""
    return directory / f"modem{index}"


def imei_of(index: int) -> str:
    """Return its IMEI."""
    return f"4901542032{index:05}"


async def farm(directory: Path, first: int, count: int, delay_s: float, expected: int) -> dict[str, Any]:
    """Host the modems until standard input ends, and return what they saw."""
    network = Network(SystemClock())
    times: list[float] = []
    texts: Counter[str] = Counter()

    def accepted(event: object) -> None:
        if isinstance(event, AirRecord):
            times.append(time.monotonic())
            texts[event.submit.user_data.text] += 1
            if len(times) == expected:
                print("done", flush=True)

    network.listen(accepted)
    async with AsyncExitStack() as stack:
        stack.callback(network.close)
        modems = [
            await stack.enter_async_context(
                TimedModem(
                    link_of(directory, index), network, number_of(index), submit_delay_s=delay_s,
                    habits=Habits(sim_slots=20), imei=imei_of(index), iccid=f"89001010000000{index:05}",
                )
            )
            for index in range(first, first + count)
        ]  # fmt: skip
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        return {
            "began": min((modem.times_of(b"AT+CMGS")[:1] or [0.0])[0] for modem in modems),
            "times": times,
            "twice": sum(n > 1 for n in texts.values()),
            "lines": [[at for at, _ in modem.lines_in] for modem in modems],
        }


def main() -> None:
    """Run as the first lines say."""
    directory, first, count, delay_s, expected = sys.argv[1:]
    print(json.dumps(asyncio.run(farm(Path(directory), int(first), int(count), float(delay_s), int(expected)))))


if __name__ == "__main__":
    main()
