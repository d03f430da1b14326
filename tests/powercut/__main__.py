"""Cut the power many times: `python tests/powercut [--cuts N] [--jobs N]`."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from powercut.work import trial

CUTS_A_TRIAL = 20


def main() -> int:
    """Print what was lost; the exit status says whether something was."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cuts", type=int, default=4000)
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args()
    began = time.monotonic()
    with ProcessPoolExecutor(given.jobs) as pool:
        results = list(pool.map(trial, range(-(-given.cuts // CUTS_A_TRIAL)), chunksize=4))
    lost = [what for result in results for what in result.lost]
    print("\n".join(lost))
    print(
        f"{sum(result.cuts for result in results)} cuts in {time.monotonic() - began:.0f} s:"
        f" {sum(result.told for result in results)} promises looked at, {len(lost)} broken,"
        f" {sum(result.corrupt for result in results)} files corrupt"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
