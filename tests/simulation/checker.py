"""Compare what was promised with what happened: accept log, air log, SIM contents, store, and what was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from simulation.week import LINES, PEERS, Week

from clerkd.codec.segment import split
from clerkd.model.message import OutcomePolicy
from clerkd.store.ops.messages import STATE_SQL

ENDED = {"submitted", "delivered", "failed", "expired", "unknown", "held"}
_LINE_NUMBERS = set(LINES.values())


def check(week: Week) -> list[str]:
    """Return every broken promise, in words."""
    return [*_outbound(week), *_inbound(week), *_told(week)]


def _outbound(week: Week) -> Iterator[str]:
    history = week.history
    stored = {
        row["text"]: row
        for row in week.machine.read(f"SELECT m.*, {STATE_SQL} AS state FROM messages m WHERE direction = 'outbound'")
    }
    air = Counter(_on_air(week))
    read = Counter(text.text for _, text in history.read)
    for text, message in history.accepted.items():
        row, policy = stored.get(text), history.policies[text]
        copies = [air[part] for part in _parts(text)]
        short = text[:12]
        if row is None:
            yield f"{short}: accepted and lost"
            continue
        state = row["state"]
        if state not in ENDED:
            yield f"{short}: still {state} after days of calm"
        if max(copies) > 1 and policy is not OutcomePolicy.AT_LEAST_ONCE:
            yield f"{short}: {copies} copies on air under {policy}"
        if state in {"submitted", "delivered"} and min(copies) < 1:
            yield f"{short}: {state}, and on air {copies}"
        if state == "delivered" and not read[text]:
            yield f"{short}: delivered, and no phone has it"
        if message.peer not in PEERS:
            yield f"{short}: goes to {message.peer}"
    for text in set(stored) - history.offered:
        yield f"{text[:12]}: nobody asked for it"
    yield from _order(week)


def _on_air(week: Week) -> Iterator[str]:
    return (record.submit.user_data.text for record in week.network.air.records if record.sender in _LINE_NUMBERS)


def _parts(text: str) -> list[str]:
    """Return what a text says in each of its segments. No two texts of a history share one."""
    return [part.text for part in split(text, reference=0).parts]


def _order(week: Week) -> Iterator[str]:
    """One peer's texts on one line go out in the order in which they were accepted.

    A second copy that its sender asked for comes when it comes.
    """
    first: dict[str, int] = {}
    for place, said in enumerate(_on_air(week)):
        first.setdefault(said, place)
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for text, message in week.history.accepted.items():
        if week.history.policies[text] is OutcomePolicy.AT_LEAST_ONCE:
            continue
        places[message.line, message.peer] += [first[part] for part in _parts(text) if part in first]
    for (line, peer), order in places.items():
        if order != sorted(order):
            yield f"{line} to {peer}: out of order"


def _inbound(week: Week) -> Iterator[str]:
    history = week.history
    stored = Counter(row["text"] for row in week.machine.read("SELECT text FROM messages WHERE direction = 'inbound'"))
    waiting = {line: week.network.waiting(number) for line, number in LINES.items()}
    if any(waiting.values()):
        yield f"the network still holds {waiting}"
    for text in history.sent_in:
        if stored[text] != 1:
            yield f"{text[:12]}: came in {stored[text]} times"
    for text in set(stored) - set(history.sent_in):
        yield f"{text[:40]!r}: nobody wrote it"
    for name, modem in week.modems.items():
        if left := modem.firmware.storage.stores["MT"].used:
            yield f"{name}: {left} texts left in the modem"


def _told(week: Week) -> Iterator[str]:
    told = Counter((kind, message) for _, kind, message in {*week.machine.told} if kind == "message.received")
    for row in week.machine.read("SELECT id, text FROM messages WHERE direction = 'inbound'"):
        times = told["message.received", row["id"]]
        if times != 1:
            yield f"{row['text'][:12]}: told {times} times"
