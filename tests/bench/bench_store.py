"""Durable message lifecycles a second, against a bare sqlite3 loop on the same disk in the same run.

A lifecycle is three durable facts about one message: accepted, claimed, receipt. In the daemon the receipt of one
segment and the claim of the next share a commit; `drain` measures that. The floor makes, right after each run and on
the same disk, as many commits with as many rows as the store made, with nothing around them.

    python tests/bench/bench_store.py
"""

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from clerkd.clock import SystemClock
from clerkd.ids import Ids
from clerkd.model.dispatch import Draft, Verdict
from clerkd.model.lifecycle import Disposition, SegmentEvent
from clerkd.model.line import Plan, PlannedSegment
from clerkd.model.message import Encoding, Origin, OriginKind, OutcomePolicy
from clerkd.store.ops.dispatch import claim_due, settle, settle_and_claim
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.outbound import accept_message
from clerkd.store.sqlite import SqliteStore

CLOCK = SystemClock()
IDS = Ids(CLOCK)
TEXT = "Your parcel is at the desk until six. Bring a photo ID, please."
PAYLOAD = bytes(range(150))
ROWS = 8  # a lifecycle writes: conversation, message, its words, segment three times, notice, attempt
TURNS = 3


def draft(number: int) -> Draft:
    return Draft(
        id=IDS.new(),
        conversation_id=IDS.new(),
        key=None,
        line="support",
        peer=f"+1415555{number % 100 + 100:04}",
        text=TEXT,
        plan=Plan(Encoding.GSM7, (PlannedSegment(1, 1, PAYLOAD),)),
        disposition=Disposition.ACTIVE,
        at=CLOCK.now_ms(),
        send_at=None,
        ttl_ms=86_400_000,
        outcome_policy=OutcomePolicy.HOLD,
        origin=Origin(OriginKind.API, "bench"),
    )


def receipt(reference: int) -> Verdict:
    return Verdict(SegmentEvent.ACCEPTED, CLOCK.now_ms(), reference=reference % 256)


async def lifecycles(path: Path, messages: int, callers: int) -> dict[str, float]:
    """Each caller accepts a message, claims one and gives it its receipt, as fast as the store lets it."""
    store = SqliteStore(path)
    await store.open()
    lease = await store.write(acquire_lease, "support", "bench", now=0, until=1 << 60)
    assert lease is not None
    numbers = iter(range(messages))
    latencies: list[float] = []

    async def caller() -> None:
        for number in numbers:
            began = time.perf_counter()
            await store.write(accept_message, draft(number))
            claimed = await store.write(claim_due, lease, now=CLOCK.now_ms(), sim="sim")
            assert claimed is not None
            await store.write(settle, lease, claimed, receipt(number))
            latencies.append(time.perf_counter() - began)

    began, cpu, before = time.perf_counter(), time.process_time(), store.commits
    await asyncio.gather(*(caller() for _ in range(callers)))
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    commits = store.commits - before
    await _expect_all_sent(store, messages)
    await store.close()
    latencies.sort()
    return {
        "rate": messages / took,
        "commits": commits,
        "cpu_ms": spent / messages * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
    }


async def drain(path: Path, messages: int) -> dict[str, float]:
    """One dispatcher empties a queue: receipt and next claim in one commit."""
    store = SqliteStore(path)
    await store.open()
    lease = await store.write(acquire_lease, "support", "bench", now=0, until=1 << 60)
    assert lease is not None
    await asyncio.gather(*(store.write(accept_message, draft(number)) for number in range(messages)))
    began, cpu, before = time.perf_counter(), time.process_time(), store.commits
    claimed = await store.write(claim_due, lease, now=CLOCK.now_ms(), sim="sim")
    sent = 0
    while claimed is not None:
        sent += 1
        claimed = await store.write(settle_and_claim, lease, claimed, receipt(sent), now=CLOCK.now_ms(), sim="sim")
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    commits = store.commits - before
    assert sent == messages
    await _expect_all_sent(store, messages)
    await store.close()
    return {"rate": messages / took, "commits": commits, "cpu_ms": spent / messages * 1000}


async def _expect_all_sent(store: SqliteStore, messages: int) -> None:
    counted = await store.read(
        lambda tx: tx.one("SELECT count(*) AS n FROM segments WHERE state = 'submitted' AND attempts = 1")["n"]
    )
    assert counted == messages, f"{counted} of {messages} sent"


def bare(path: Path, messages: int, commits: int) -> float:
    """The rows of `messages` lifecycles in `commits` commits: messages a second of plain sqlite3."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, message INTEGER, kind TEXT, at INTEGER, body BLOB)")
    body = TEXT.encode()
    rows = messages * ROWS
    began = time.perf_counter()
    for commit in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        for row in range(rows * commit // commits, rows * (commit + 1) // commits):
            connection.execute(
                "INSERT INTO facts (message, kind, at, body) VALUES (?, ?, ?, ?)",
                (row // ROWS, "fact", CLOCK.now_ms(), body),
            )
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return messages / took


def repeated(root: Path, name: str, messages: int, measure) -> dict[str, float]:
    """Measure and its floor by turns; the median of each figure."""
    results = []
    for turn in range(TURNS):
        result = asyncio.run(measure(root / f"{name}{turn}.db"))
        result["floor"] = bare(root / f"{name}{turn}.floor.db", messages, int(result["commits"]))
        results.append(result)
    return {figure: statistics.median(result[figure] for result in results) for figure in results[0]}


def run() -> dict[str, object]:
    """Measure and return rows of figures, each with its goal and the floor of this run."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        root = Path(folder)
        many = repeated(root, "many", 6_000, lambda path: lifecycles(path, 6_000, 64))
        one = repeated(root, "one", 400, lambda path: lifecycles(path, 400, 1))
        drained = repeated(root, "drain", 1_000, lambda path: drain(path, 1_000))
    return {
        "name": "store",
        "rows": [
            _row("lifecycles, 64 callers", many["rate"], "msg/s", 2000, many["floor"]),
            _row("lifecycles, 64 callers, p99", many["p99_ms"], "ms", None, None),
            _row("lifecycles, 64 callers, CPU", many["cpu_ms"], "ms/msg", 0.4, None) | {"better": "<="},
            _row("lifecycles, 1 caller", one["rate"], "msg/s", None, one["floor"]),
            _row("queue drained by one dispatcher", drained["rate"], "msg/s", None, drained["floor"]),
            _row("queue drained by one dispatcher, CPU", drained["cpu_ms"], "ms/msg", None, None),
        ],
    }


def _row(name: str, value: float, unit: str, goal: float | None, floor: float | None) -> dict[str, object]:
    ratio = None if floor is None else value / floor
    return {"name": name, "value": value, "unit": unit, "goal": goal, "floor": floor, "ratio": ratio}


def main() -> None:
    """Print the figures; as JSON with --json."""
    result = run()
    if "--json" in sys.argv:
        print(json.dumps(result))
        return
    for row in result["rows"]:
        floor = "" if row["floor"] is None else f"  floor {row['floor']:8.1f}  ratio {row['ratio']:.2f}"
        goal = "" if row["goal"] is None else f"  goal {row['goal']}"
        print(f"{row['name']:40} {row['value']:9.2f} {row['unit']:7}{floor}{goal}")


if __name__ == "__main__":
    main()
