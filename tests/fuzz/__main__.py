"""Fuzz for a while: `python tests/fuzz [TARGET …] [--seconds N] [--seed N]`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.mutation import mutated
from fuzz.targets import TARGETS, corpus


def main() -> int:
    """Print every input that is neither read nor refused; the exit status says whether there was one."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    asked.add_argument("--seconds", type=float, default=60.0, help="for each target")
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    faults = 0
    for name in given.targets or TARGETS:
        chance, seeds, inputs = random.Random(f"{name} {given.seed}"), corpus(name), 0
        until = time.monotonic() + given.seconds
        while time.monotonic() < until:
            octets = mutated(seeds, chance)
            inputs += 1
            try:
                TARGETS[name](octets)
            except Exception as error:  # noqa: BLE001  any of them is a finding
                faults += 1
                print(f"{name}: {error!r} on {octets.hex()}")
        print(f"{name}: {inputs} inputs")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
