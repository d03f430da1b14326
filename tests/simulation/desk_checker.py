"""Compare what phones sent and people wrote with what threads show and what went on air."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator

from simulation.checker import ENDED, inbound, parts_of, told
from simulation.desk import CHANNEL, NUMBER, Day, Said

from clerkd.simulate.slack.records import Json
from clerkd.slack.ids import Reaction
from clerkd.store.ops.messages import STATE_SQL

FIRST_WORD = re.compile(r"\bin\d{4}\b(?!\.)")  # of a text, by which it is known wherever it is shown
SEEN = {"submitted": Reaction.SENT, "delivered": Reaction.RECEIVED, "failed": Reaction.FAILED,
        "expired": Reaction.FAILED, "unknown": Reaction.UNKNOWN}  # fmt: skip


def check_day(day: Day) -> list[str]:
    """Return every broken promise, in words."""
    return [*inbound(day), *told(day), *_shown(day), *_replies(day), *_manners(day)]


def _shown(day: Day) -> Iterator[str]:
    """Every text is shown once, in its conversation's thread, and there in the order in which they came."""
    shown: dict[str, list[str]] = defaultdict(list)
    for peer, ts in day.cards():
        for one in day.slack.workspace.messages(CHANNEL, ts):
            if one.get("bot_id"):
                shown[peer] += FIRST_WORD.findall(one["text"])
    for text, (peer, _) in day.history.sent_in.items():
        word = text.partition(" ")[0]
        if (times := shown[peer].count(word)) != 1:
            yield f"{word}: shown {times} times in the threads of {peer}"
        if elsewhere := [other for other, words in shown.items() if other != peer and word in words]:
            yield f"{word} of {peer}: shown to those who answer {elsewhere}"
    rows = day.machine.read("SELECT peer, text FROM messages WHERE direction = 'inbound' ORDER BY seq")
    for peer, words in shown.items():
        came = [row["text"].partition(" ")[0] for row in rows if row["peer"] == peer]
        if words != came and Counter(words) == Counter(came):
            first = next(word for word, other in zip(words, came, strict=True) if word != other)
            yield f"{peer}: shown out of order, first {first}"


def _replies(day: Day) -> Iterator[str]:
    """Every reply went out once, to whom it was for; or its writer sees that it did not, or that nobody knows."""
    rows = day.machine.read(f"SELECT m.*, {STATE_SQL} AS state FROM messages m WHERE direction = 'outbound'")
    stored: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in rows:
        stored[row["text"]].append(row)
    records = [one for one in day.network.air.records if one.sender == NUMBER]
    air = Counter((one.submit.user_data.text, one.recipient) for one in records)
    marks = _marks(day)
    for text, said in day.history.said.items():
        word, found = text.partition(" ")[0], stored.pop(text, [])
        if not found and Reaction.ASKED.value in marks.get(said.ts, set()):
            continue  # its writer was asked whether to send it, and did not say
        if len(found) != 1:
            yield f"{word}: written once, taken {len(found)} times"
            continue
        copies = [air.pop((part, said.peer), 0) for part in parts_of(text)]
        for fault in _outcome(found[0], said, copies, marks.get(said.ts, set())):
            yield f"{word}: {fault}"
    for text in stored:
        yield f"{text[:12]}: nobody wrote it"
    for part, peer in air:
        yield f"{part[:12]}: on air to {peer}, and nobody wrote that"


def _outcome(row: sqlite3.Row, said: Said, copies: list[int], marks: set[str]) -> Iterator[str]:
    state = row["state"]
    if row["peer"] != said.peer:
        yield f"for {said.peer}, and taken for {row['peer']}"
    if state not in ENDED:
        yield f"still {state} after the calm"
    if max(copies) > 1:
        yield f"{copies} copies on air"
    if state in {"submitted", "delivered"} and min(copies) < 1:
        yield f"{state}, and on air {copies}"
    if state in SEEN and SEEN[state].value not in marks:
        yield f"{state}, and its writer sees {sorted(marks)}"


def _marks(day: Day) -> dict[str, set[str]]:
    """Return the reactions to every message in a thread."""
    found: dict[str, set[str]] = {}
    for _, ts in day.cards():
        for one in day.slack.workspace.messages(CHANNEL, ts):
            found[one["ts"]] = _names(one)
    return found


def _names(message: Json) -> set[str]:
    return {reaction["name"] for reaction in message.get("reactions", [])}


def _manners(day: Day) -> Iterator[str]:
    """Slack was used as it asks to be."""
    for violation in day.slack.violations:
        yield f"Slack says: {violation}"
    for key, count in day.slack.duplicates().items():
        yield f"{key}: posted {count} times"
