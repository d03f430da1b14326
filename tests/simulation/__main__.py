"""Live many weeks: `python tests/simulation [--seeds N] [--from SEED] [--days N] [--jobs N] [--events]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.checker import check
from simulation.history import History
from simulation.week import live


def one(days: float, seed: int) -> tuple[int, list[str], Counter[str], int, int, str]:
    """Live one seed; return what is left of it when it crosses to another process."""
    history, found = live(seed, days, check)
    texts = len(history.accepted) + len(history.sent_in)
    return seed, found, history.faults, texts, history.lives, history.digest


def main() -> int:
    """Print a line for every seed that breaks a promise; the exit status says whether one did."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=200)
    asked.add_argument("--from", dest="first", type=int, default=1)
    asked.add_argument("--days", type=float, default=7.0)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--events", action="store_true", help="live the first seed alone and print its history")
    given = asked.parse_args()
    began = time.monotonic()
    if given.events:
        history, found = live(given.first, given.days, check)
        return show(history, found)
    bad, texts, lives, faults = 0, 0, 0, Counter[str]()
    with ProcessPoolExecutor(given.jobs) as pool:
        seeds = range(given.first, given.first + given.seeds)
        for seed, found, struck, some, lived, _ in pool.map(partial(one, given.days), seeds):
            faults += struck
            texts += some
            lives += lived
            bad += bool(found)
            for what in found:
                print(f"seed {seed}: {what}", flush=True)
    took = time.monotonic() - began
    print(
        f"{given.seeds} seeds of {given.days:g} days in {took:.0f} s: {texts} texts, {sum(faults.values())} faults,"
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
