"""What one PDU costs: median microseconds to read or write it, and the ratio to a floor measured in the same run.

The floor reads the same number of octets from hexadecimal into a number, which no codec in Python can undercut.

    python tests/bench/bench_codec.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from clerkd.codec import pdu, segment
from clerkd.codec.address import Address
from clerkd.codec.tpdu import Deliver, StatusReport, Submit, Tpdu

GOAL_US = 40.0  # for a segment of 153 septets
ROUNDS = 101
CALLS = 100  # in a round
PANGRAM = "The quick brown fox jumps over the lazy dog. "


def median_us(call: Callable[[], object]) -> float:
    """Return the median over rounds of the mean time of one call."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        times.append((time.perf_counter() - start) / CALLS)
    return statistics.median(times) * 1e6


def samples() -> list[tuple[str, Tpdu, float | None]]:
    """Return a name, a TPDU and its goal."""
    peer = Address.of("+14155550100")
    moment = datetime(2024, 3, 9, 14, 5, 7, tzinfo=UTC)
    plain = segment.split((PANGRAM * 7)[:306], reference=7).parts[0]
    escaped = segment.split("{[€]} " * 50, reference=7).parts[0]
    wide = segment.split("Съешь ещё этих мягких французских булок. "[:35] * 2, reference=7).parts[0]
    return [
        ("deliver, 153 septets", Deliver(peer, moment, plain), GOAL_US),
        ("submit, 153 septets", Submit(peer, plain, status_report=True), GOAL_US),
        ("deliver, 153 septets with escapes", Deliver(peer, moment, escaped), GOAL_US),
        ("deliver, 70 units of UCS-2", Deliver(peer, moment, wide), None),
        ("status report", StatusReport(7, peer, moment, moment, 0), None),
    ]


def run() -> dict[str, Any]:
    """Measure everything."""
    rows = []
    for name, tpdu, goal in samples():
        octets = pdu.encode(tpdu)
        digits = octets.hex()
        floor = median_us(lambda digits=digits: int.from_bytes(bytes.fromhex(digits), "little"))  # type: ignore[misc]
        for verb, call in (
            ("decode", lambda octets=octets: pdu.decode(octets)),
            ("encode", lambda tpdu=tpdu: pdu.encode(tpdu)),
        ):
            value = median_us(call)
            rows.append(
                {"name": f"{verb} {name}", "value": value, "unit": "µs", "goal": goal, "floor": floor}
                | {"ratio": value / floor}
            )
    text = (PANGRAM * 7)[:306]
    floor = median_us(lambda: text.encode("ascii"))
    for name, call in (
        ("split 306 septets", lambda: segment.split(text, reference=7)),
        ("measure 306 septets", lambda: segment.measure(text)),
    ):
        value = median_us(call)
        rows.append({"name": name, "value": value, "unit": "µs", "goal": None, "floor": floor, "ratio": value / floor})
    return {"name": "codec", "rows": rows}


def main() -> None:
    """Print a table."""
    print(f"{'':45} {'value':>9} {'goal':>7} {'floor':>8} {'ratio':>7}")
    for row in run()["rows"]:
        goal = f"≤ {row['goal']:.0f}" if row["goal"] else ""
        print(f"{row['name']:45} {row['value']:6.2f} {row['unit']} {goal:>7} {row['floor']:8.3f} {row['ratio']:7.1f}")


if __name__ == "__main__":
    main()
