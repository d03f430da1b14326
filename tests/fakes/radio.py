"""A small real line: it plans like a GSM line, puts segments on a list instead of the air, and fails when told to."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from clerkd.errors import ClerkdError
from clerkd.model.line import LineState, LineStatus, Measure, Outgoing, Plan, PlannedSegment, Receipt
from clerkd.model.message import Encoding

_SIM = "8944500000000000001"


class ManualClock:
    """A clock that only a test moves."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return self.now / 1000

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


@dataclass
class Radio:
    """`clerkd.ports.line.Line`. `air` is what went out; `script` says what becomes of the next submits: an error to
    raise, an error to raise after the segment went out (`("lost", error)`), or None for a receipt."""

    name: str = "support"
    number: str = "+14155550100"
    sim: str | None = _SIM
    air: list[tuple[str, int, int, str]] = field(default_factory=list)  # peer, part, of, text
    mores: list[bool] = field(default_factory=list)
    script: deque[ClerkdError | tuple[str, BaseException] | None] = field(default_factory=deque)
    first_reference: int = 0

    def __post_init__(self) -> None:
        self._ready = asyncio.Event()
        self._ready.set()
        self._door = asyncio.Event()
        self._door.set()
        self._changed = asyncio.Condition()
        self.submitting = 0  # submits that have begun
        self._busy = False
        self._reference = self.first_reference

    def status(self) -> LineStatus:
        state = LineState.READY if self._ready.is_set() else LineState.SEARCHING
        return LineStatus(self.name, self.number, state, sim=self.sim)

    def plan(self, outgoing: Outgoing) -> Plan:
        ascii_only = outgoing.text.isascii()
        single, several = (160, 153) if ascii_only else (70, 67)
        text = outgoing.text
        cut = single if len(text) <= single else several
        pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
        segments = tuple(
            PlannedSegment(part, len(pieces), f"{outgoing.peer}|{outgoing.reference}|{piece}".encode())
            for part, piece in enumerate(pieces, 1)
        )
        return Plan(Encoding.GSM7 if ascii_only else Encoding.UCS2, segments)

    def measure(self, text: str) -> Measure:
        plan = self.plan(Outgoing("+14155550123", text, 0, report=False))
        odd = next((letter for letter in text if not letter.isascii()), None)
        single, several = (160, 153) if odd is None else (70, 67)
        room = single if len(plan.segments) <= 1 else several * len(plan.segments)
        return Measure(plan.encoding, len(text), len(text), max(1, len(plan.segments)), room - len(text), odd)

    async def wait_ready(self) -> None:
        await self._ready.wait()

    async def submit(self, segment: PlannedSegment, *, more: bool) -> Receipt:
        assert not self._busy, "a line is never asked to send two segments at once"
        self._busy = True
        try:
            await self._note_begin()
            await self._door.wait()
            return await self._outcome(segment, more)
        finally:
            self._busy = False

    async def _note_begin(self) -> None:
        async with self._changed:
            self.submitting += 1
            self._changed.notify_all()

    async def _outcome(self, segment: PlannedSegment, more: bool) -> Receipt:
        step = self.script.popleft() if self.script else None
        if isinstance(step, ClerkdError):
            raise step
        peer, _, text = segment.payload.decode().split("|", 2)
        async with self._changed:
            self.air.append((peer, segment.part, segment.of, text))
            self.mores.append(more)
            self._changed.notify_all()
        if step is not None:
            raise step[1]
        self._reference = (self._reference + 1) % 256
        return Receipt(self._reference)

    # For tests ------------------------------------------------------------------------------------------

    def go(self, *, ready: bool) -> None:
        """Lose or find the network."""
        (self._ready.set if ready else self._ready.clear)()

    def hold(self) -> None:
        """Keep the next submit waiting for the network's answer."""
        self._door.clear()

    def let_go(self) -> None:
        self._door.set()

    async def wait_air(self, count: int) -> None:
        """Return when `count` segments went out."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.air) >= count)

    async def wait_begun(self, count: int) -> None:
        """Return when `count` submits have begun."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: self.submitting >= count)

    @property
    def texts(self) -> list[str]:
        return [text for _, _, _, text in self.air]
