"""Live many weeks, or many days at the desk.

`python tests/simulation [--seeds N] [--from SEED] [--days N] [--jobs N] [--events]`, and with `--desk [--hours N]`
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.checker import check
from simulation.desk import live_day
from simulation.desk_checker import check_day
from simulation.history import History
from simulation.week import live


def a_week(days: float, seed: int) -> tuple[History, int, list[str]]:
    """Live one seed; return its history, how many texts there were, and what is wrong."""
    history, found = live(seed, days, check)
    return history, len(history.accepted) + len(history.sent_in), found


def at_the_desk(hours: float, seed: int) -> tuple[History, int, list[str]]:
    """Do the same for the world with Slack."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it says what is cut on purpose
    history, found = live_day(seed, hours, check_day)
    return history, len(history.said) + len(history.sent_in), found


Life = Callable[[int], tuple[History, int, list[str]]]


def one(life: Life, seed: int) -> tuple[int, list[str], Counter[str], int, int]:
    """Live one seed; return what is left of it when it crosses to another process."""
    history, texts, found = life(seed)
    return seed, found, history.faults, texts, history.lives


def main() -> int:
    """Print a line for every seed that breaks a promise; the exit status says whether one did."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=200)
    asked.add_argument("--from", dest="first", type=int, default=1)
    asked.add_argument("--days", type=float, default=7.0)
    asked.add_argument("--desk", action="store_true", help="with Slack: replies, and everything that fails there")
    asked.add_argument("--hours", type=float, default=3.0, help="at the desk")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--events", action="store_true", help="live the first seed alone and print its history")
    given = asked.parse_args()
    began = time.monotonic()
    life: Life = partial(at_the_desk, given.hours) if given.desk else partial(a_week, given.days)
    if given.events:
        history, _, found = life(given.first)
        return show(history, found)
    bad, texts, lives, faults = 0, 0, 0, Counter[str]()
    with ProcessPoolExecutor(given.jobs) as pool:
        seeds = range(given.first, given.first + given.seeds)
        for seed, found, struck, some, lived in pool.map(partial(one, life), seeds):
            faults += struck
            texts += some
            lives += lived
            bad += bool(found)
            for what in found:
                print(f"seed {seed}: {what}", flush=True)
    took = time.monotonic() - began
    length = f"{given.hours:g} hours" if given.desk else f"{given.days:g} days"
    print(
        f"{given.seeds} seeds of {length} in {took:.0f} s: {texts} texts, {sum(faults.values())} faults,"
        f" {lives} lives of the daemon; {bad} seeds with a broken promise"
    )
    print("  ".join(f"{name} {count}" for name, count in sorted(faults.items())))
    return 1 if bad else 0


def show(history: History, found: list[str]) -> int:
    """Print one history."""
    print("\n".join(history.events))
    print(f"digest {history.digest}")
    print("\n".join(found) or "no promise was broken")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
