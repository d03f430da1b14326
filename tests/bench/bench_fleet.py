"""Modems on bad days and many at once, against the figures of docs/performance.md. A file of rows each; see `ROWS`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench import fleet_crash, fleet_faults, fleet_many, fleet_proofs

Row = dict[str, Any]

ROWS: dict[str, Callable[[Path], Awaitable[list[Row]]]] = {
    **fleet_many.ROWS,
    **fleet_faults.ROWS,
    **fleet_crash.ROWS,
    **fleet_proofs.ROWS,
}


def run(names: list[str] | None = None) -> dict[str, Any]:
    """Measure the named rows, or all."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="clerkd-bench-") as directory:
        for name in names or list(ROWS):
            rows += asyncio.run(ROWS[name](Path(directory) / name))
            print(".", end="", file=sys.stderr, flush=True)
    return {"name": "fleet", "rows": rows}
