"""The long proofs as rows: weeks on a simulated clock, and power cuts. Each takes minutes and can be run alone."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Any

Row = dict[str, Any]

TESTS = Path(__file__).parents[1]
SEEDS, DAYS = 200, 7
CUTS = 4000
JOBS = max(1, os.cpu_count() or 1)


async def _said(*arguments: str) -> tuple[str, float]:
    """Run a proof to its end; return its output and how long it took. A broken promise is a row, not an error."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, stderr=STDOUT)
    out, _ = await process.communicate()
    return out.decode(), time.monotonic() - began


def _number(pattern: str, said: str) -> float:
    found = re.search(pattern, said)
    if found is None:
        raise RuntimeError(f"the proof did not come to its end:\n{said[-2000:]}")
    return float(found[1])


async def simulation(_directory: Path) -> list[Row]:
    """Two hundred seeds, a week each."""
    said, took = await _said(str(TESTS / "simulation"), "--seeds", str(SEEDS), "--days", str(DAYS), "--jobs", str(JOBS))
    broken = _number(r"(\d+) seeds with a broken promise", said)
    return [
        {"name": f"simulation, {SEEDS} seeds × {DAYS} days: seeds with a broken promise", "value": broken, "unit": "",
         "goal": 0, "better": "<="},
        {"name": f"simulation, {SEEDS} seeds × {DAYS} days", "value": took, "unit": "s", "goal": 300},
    ]  # fmt: skip


async def power_cuts(_directory: Path) -> list[Row]:
    """Power cuts of the real ops."""
    said, took = await _said(str(TESTS / "powercut"), "--cuts", str(CUTS), "--jobs", str(JOBS))
    return [
        {"name": "power cuts", "value": _number(r"(\d+) cuts in", said), "unit": "", "goal": CUTS, "better": ">="},
        {"name": "power cuts: promises broken", "value": _number(r"looked at, (\d+) broken", said), "unit": "",
         "goal": 0, "better": "<="},
        {"name": "power cuts: files corrupt", "value": _number(r"(\d+) files corrupt", said), "unit": "", "goal": 0,
         "better": "<="},
        {"name": "power cuts: all of them", "value": took, "unit": "s"},
    ]  # fmt: skip


ROWS = {"simulation": simulation, "power-cuts": power_cuts}
