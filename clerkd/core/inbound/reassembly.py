"""Which parts make one message. Pure: parts in, decisions out.

The reference that joins parts is 8 bits on most phones, often the same for hours on some, so equal keys do not mean
one message. What tells messages apart is the SMSC's time stamp: parts of one message are stamped within seconds.

- Parts stamped within `CLOSE_MS` of each other belong together, unless their numbers collide.
- A complete set is told at once. One that is complete only if parts stamped further apart are put together is told
  after `DOUBT_MS` without news, since a better partner may be on its way.
- What is still incomplete `PATIENCE_MS` after its last part arrived is told with its gaps marked; a late part amends
  it. Sets stamped more than `APART_MS` apart are never put together.
- The same part again, in a set that has it, is a repetition, and so is an incomplete set that repeats one told before.

Nothing is ever dropped but repetitions: what fits nowhere is told by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clerkd.model.inbound import InboundSegment, KeptPart, PartKey

CLOSE_MS = 60_000
APART_MS = 3_600_000
DOUBT_MS = 120_000
PATIENCE_MS = 600_000
LATE_MS = 72 * 3_600_000  # how long after a message was told in part a late part is looked for


@dataclass(frozen=True, slots=True)
class Decisions:
    """What to do with the waiting parts of one key."""

    tell: tuple[tuple[KeptPart, ...], ...] = ()  # new messages, whole or in part
    amend: tuple[tuple[int, tuple[KeptPart, ...]], ...] = ()  # (message_seq, parts that it gains)
    repeated: tuple[KeptPart, ...] = ()
    next_at: int | None = None  # epoch ms: when to decide again


def key_of(segment: InboundSegment) -> PartKey | None:
    """Return what joins a segment to others, or None if it is a message by itself.

    A total or number of 0 and a number beyond the total make the element meaningless, 23.040 §9.2.3.24.1.
    """
    concat = segment.concat
    if concat is None or concat.total <= 1 or not 1 <= concat.sequence <= concat.total:
        return None
    return PartKey(segment.line, segment.sim, segment.sender, concat.reference, concat.bits, concat.total)


def sequence_of(part: KeptPart) -> int:
    """Return which part of its message a part is; 1 if it is all of it."""
    concat = part.segment.concat
    return 1 if concat is None or key_of(part.segment) is None else concat.sequence


def total_of(part: KeptPart) -> int:
    """Return how many parts its message has."""
    concat = part.segment.concat
    return 1 if concat is None or key_of(part.segment) is None else concat.total


@dataclass(slots=True)
class _Set:
    """Parts that belong together; `message_seq` if they were told already."""

    total: int
    message_seq: int | None = None
    parts: dict[int, KeptPart] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return len(self.parts) == self.total

    @property
    def new(self) -> tuple[KeptPart, ...]:
        return tuple(part for _, part in sorted(self.parts.items()) if part.message_seq is None)

    def gap(self, other: Iterable[KeptPart]) -> int:
        return min(abs(_stamp(one) - _stamp(two)) for one in self.parts.values() for two in other)

    def has(self, part: KeptPart) -> bool:
        mine = self.parts.get(sequence_of(part))
        return mine is not None and _content(mine) == _content(part)

    def fits(self, other: _Set) -> bool:
        return self.parts.keys().isdisjoint(other.parts) and self.gap(other.parts.values()) <= APART_MS

    def ready_at(self) -> int:
        last = max(part.segment.received_at for part in self.new)
        return last + (DOUBT_MS if self.complete else PATIENCE_MS)


def decide(parts: Sequence[KeptPart], now: int) -> Decisions:
    """Decide about all parts of one key: those that wait, and those of messages told lately."""
    sets, repeated = _gather(parts)
    tell: list[tuple[KeptPart, ...]] = []
    amend: list[tuple[int, tuple[KeptPart, ...]]] = []
    open_sets: list[_Set] = []
    for one in sets:
        if one.message_seq is not None:
            if one.new:
                amend.append((one.message_seq, one.new))
        elif one.complete:
            tell.append(one.new)
        else:
            open_sets.append(one)
    next_at: int | None = None
    for merged in _merge(open_sets, [one for one in sets if one.message_seq is not None and not one.complete]):
        if not merged.new:
            continue
        if merged.ready_at() > now:
            next_at = min(next_at or merged.ready_at(), merged.ready_at())
        elif _repeats(merged, sets):
            repeated += merged.new
        elif merged.message_seq is not None:
            amend.append((merged.message_seq, merged.new))
        else:
            tell.append(merged.new)
    return Decisions(tuple(tell), tuple(amend), tuple(repeated), next_at)


def _gather(parts: Sequence[KeptPart]) -> tuple[list[_Set], list[KeptPart]]:
    """Put parts stamped close to each other together; return the sets, and the parts that repeat one."""
    sets: dict[int, _Set] = {}
    found: list[_Set] = []
    repeated: list[KeptPart] = []
    for part in parts:
        if part.message_seq is not None:
            told = sets.setdefault(part.message_seq, _Set(total_of(part), part.message_seq))
            told.parts[sequence_of(part)] = part
    found.extend(sets.values())
    waiting = [part for part in parts if part.message_seq is None]
    for part in sorted(waiting, key=lambda part: (_stamp(part), sequence_of(part), part.seq)):
        near = [one for one in found if one.gap([part]) <= CLOSE_MS]
        if any(one.has(part) for one in near):
            repeated.append(part)
            continue
        free = [one for one in near if sequence_of(part) not in one.parts]
        if free:
            home = min(free, key=lambda one: one.gap([part]))
        else:
            home = _Set(total_of(part))
            found.append(home)
        home.parts[sequence_of(part)] = part
    return found, repeated


def _merge(open_sets: Sequence[_Set], told: Sequence[_Set]) -> list[_Set]:
    """Put incomplete sets together where their numbers allow it, the nearest first; told ones may gain parts too."""
    merged = [_Set(one.total, one.message_seq, dict(one.parts)) for one in told]
    for one in open_sets:
        homes = [home for home in merged if home.fits(one)]
        if homes:
            min(homes, key=lambda home: home.gap(one.parts.values())).parts.update(one.parts)
        else:
            merged.append(_Set(one.total, None, dict(one.parts)))
    return merged


def _repeats(merged: _Set, sets: Sequence[_Set]) -> bool:
    return any(
        told.message_seq is not None
        and told.gap(merged.new) <= APART_MS
        and all(told.has(part) and told.parts[sequence_of(part)] is not part for part in merged.new)
        for told in sets
    )


def _stamp(part: KeptPart) -> int:
    return part.segment.received_at if part.segment.sent_at is None else part.segment.sent_at


def _content(part: KeptPart) -> tuple[str, bytes]:
    return part.segment.text, part.segment.octets
