"""Compare what was promised with what happened: accept log, air log, SIM contents, store, and what was told."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from simulation.desk import Day
from simulation.history import Accepted
from simulation.machine import CARRIER_NUMBER, LIMIT, LINES
from simulation.people import LEAVING, PEERS
from simulation.week import START_MS, Week

from clerkd.codec.segment import split
from clerkd.model.message import OutcomePolicy
from clerkd.store.ops.messages import STATE_SQL

ENDED = {"submitted", "delivered", "failed", "expired", "unknown", "held", "cancelled"}
IN_FLIGHT_S = 300.0  # what was claimed before may be on its way so long
CLOCK_MS = 2 * 3_600_000 + 300_000  # by how much the daemon's clock may be wrong, and some
MONTH_ENDS_MS = 1_772_323_200_000  # 1 March 2026, 00:00 UTC
_LINE_NUMBERS = set(LINES.values())


@dataclass(frozen=True, slots=True)
class Copy:
    """One part of a text on air, whoever carried it."""

    sender: str
    recipient: str
    part: str
    at: float  # simulated seconds


def check(week: Week) -> list[str]:
    """Return every broken promise, in words."""
    copies = _on_air(week)
    return [*_outbound(week, copies), *_left(week, copies), *_quota(week, copies), *inbound(week), *told(week)]


def _on_air(week: Week) -> list[Copy]:
    """Return everything that went out, in order of time."""
    copies = [
        Copy(one.sender, one.recipient, one.submit.user_data.text, (one.at - START_MS) / 1000)
        for one in week.network.air.records
        if one.sender in _LINE_NUMBERS
    ]
    copies += [
        Copy(CARRIER_NUMBER, one.to, part, (one.at - START_MS) / 1000)
        for one in week.carrier.log
        for part in parts_of(one.text)
    ]
    return copies


def parts_of(text: str) -> list[str]:
    """Return what a text says in each of its segments. No two texts of a history share one."""
    return [part.text for part in split(text, reference=0).parts]


def _outbound(week: Week, copies: list[Copy]) -> Iterator[str]:
    history = week.history
    stored = {
        row["text"]: row
        for row in week.machine.read(
            f"SELECT m.*, {STATE_SQL} AS state, (SELECT count(*) FROM attempts a WHERE a.message_seq = m.seq"
            " AND a.outcome = 'lost_sight') AS doubts, EXISTS (SELECT 1 FROM events e WHERE e.message_seq = m.seq"
            " AND e.event = 'moved') AS moved FROM messages m WHERE direction = 'outbound'"
        )
    }
    air = Counter(copy.part for copy in copies)
    times: dict[str, list[float]] = defaultdict(list)
    for copy in copies:
        times[copy.part].append(copy.at)
    read = Counter(text.text for _, text in history.read) + Counter(one.text for one in week.carrier.log)
    for text, accepted in history.accepted.items():
        row = stored.get(text)
        if row is None:
            yield f"{text[:12]}: accepted and lost"
            continue
        parts = parts_of(text)
        for fault in (
            *_outcome(row, accepted, [air[part] for part in parts]),
            *_in_time(week, accepted, sorted(at for part in parts for at in times[part])),
        ):
            yield f"{text[:12]}: {fault}"
        if row["state"] == "delivered" and not read[text]:
            yield f"{text[:12]}: delivered, and no phone has it"
    for text, row in stored.items():
        if text not in history.offered and not (row["origin_kind"] == "rule" and row["peer"] in LEAVING):
            yield f"{text[:12]}: nobody asked for it"
    yield from _order(week, copies, {text for text, row in stored.items() if row["moved"]})


def _outcome(row: sqlite3.Row, accepted: Accepted, copies: list[int]) -> Iterator[str]:
    """Every state is true of what went on air, and no policy is overstepped."""
    state = row["state"]
    if state not in ENDED:
        yield f"still {state} after days of calm"
    if max(copies) > 1 and accepted.policy is not OutcomePolicy.AT_LEAST_ONCE:
        yield f"{copies} copies on air under {accepted.policy}"
    if max(copies) > 1 + row["doubts"]:
        yield f"{copies} copies on air after {row['doubts']} doubts"
    if state in {"submitted", "delivered"} and min(copies) < 1:
        yield f"{state}, and on air {copies}"
    if max(copies) and state in {"expired", "held", "cancelled"} and len(copies) == 1 and not row["doubts"]:
        yield f"{state}, and on air {copies}"
    if accepted.message.peer not in {*PEERS, *LEAVING}:
        yield f"goes to {accepted.message.peer}"


def _in_time(week: Week, accepted: Accepted, times: list[float]) -> Iterator[str]:
    """Nothing goes before its time, nor begins after its time to live."""
    if not times:
        return
    due, first = accepted.request.send_at, times[0]
    if due is not None and week.history.latest_clock(accepted.at, first, START_MS) < due:
        yield "went out before its time"
    if accepted.request.ttl_ms is None or not week.history.clock_was_right(accepted.at - 1, first):
        return
    begin = accepted.at if due is None else (due - START_MS) / 1000 + 60  # a clock that was set is noticed in a minute
    if due is None and first > begin + accepted.request.ttl_ms / 1000 + IN_FLIGHT_S:
        yield "went out after its time to live"


def _order(week: Week, copies: list[Copy], moved: set[str]) -> Iterator[str]:
    """One peer's texts on one line go out in the order in which they were accepted, those of one lane.

    A second copy that its sender asked for comes when it comes, and so do texts that another line had to send.
    """
    first: dict[str, int] = {}
    for place, copy in enumerate(copies):
        first.setdefault(copy.part, place)
    places: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for text, accepted in week.history.accepted.items():
        request, message = accepted.request, accepted.message
        if accepted.policy is OutcomePolicy.AT_LEAST_ONCE or request.send_at is not None or text in moved:
            continue
        way = (message.line, message.peer, str(request.lane))
        places[way] += [first[part] for part in parts_of(text) if part in first]
    for (line, peer, _), order in places.items():
        if order != sorted(order):
            yield f"{line} to {peer}: out of order"


def _left(week: Week, copies: list[Copy]) -> Iterator[str]:
    """Who said STOP is texted no more, but for the one answer."""
    answers = _answers(week)
    for peer, _line in week.history.stops:
        rows = week.machine.read(
            f"SELECT id FROM messages WHERE direction = 'inbound' AND peer = '{peer}'"
            " AND upper(text) IN ('STOP', 'UNSUBSCRIBE') ORDER BY seq LIMIT 1"
        )
        heard = week.machine.heard_at.get(rows[0]["id"]) if rows else None
        after = [one for one in copies if one.recipient == peer and heard is not None and one.at > heard + IN_FLIGHT_S]
        if extra := [one.part[:12] for one in after if not _is_of(one, answers)]:
            yield f"{peer} said STOP and was sent {extra}"
        if (many := sum(_is_of(one, answers) for one in after)) > 1:
            yield f"{peer} said STOP once and was answered {many} times"


def _answers(week: Week) -> list[str]:
    """Return what the daemon said to keywords."""
    return [row["text"] for row in week.machine.read("SELECT text FROM messages WHERE origin_kind = 'rule'")]


def _is_of(copy: Copy, texts: list[str]) -> bool:
    return any(copy.part in text for text in texts)


def _quota(week: Week, copies: list[Copy]) -> Iterator[str]:
    """No month takes more than its limit, but for what people who said STOP are answered: that is owed to them.

    Near its end the daemon's clock may be in the other month.
    """
    if week.machine.settings.lines["sales"].quota is None:
        return
    end_s, unsure_s = (MONTH_ENDS_MS - START_MS) / 1000, CLOCK_MS / 1000
    answers = _answers(week)
    sent = [one.at for one in copies if one.sender == LINES["sales"] and not _is_of(one, answers)]
    for month, count in (
        ("first", sum(at < end_s - unsure_s for at in sent)),
        ("second", sum(at > end_s + unsure_s for at in sent)),
    ):
        if count > LIMIT:
            yield f"{count} segments of {LIMIT} in the {month} month"


def inbound(week: Week | Day) -> Iterator[str]:
    """What phones sent came in once, and nothing is left on its way."""
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
    (unreadable,) = week.machine.read("SELECT count(*) AS found FROM unreadable")
    if unreadable["found"] != history.unreadable:
        yield f"{history.unreadable} unreadable PDUs came, {unreadable['found']} were kept"
    for name, modem in week.modems.items():
        if left := modem.firmware.storage.stores["MT"].used:
            yield f"{name}: {left} texts left in the modem"


def told(week: Week | Day) -> Iterator[str]:
    """What came in was told once."""
    heard = Counter((kind, message) for _, kind, message in {*week.machine.told} if kind == "message.received")
    for row in week.machine.read("SELECT id, text FROM messages WHERE direction = 'inbound'"):
        times = heard["message.received", row["id"]]
        if times != 1:
            yield f"{row['text'][:12]}: told {times} times"
