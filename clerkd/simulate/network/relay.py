"""Store and forward: what waits for whom, when it is tried again, and who is told about it (23.040 §3, §10)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from clerkd.codec.tpdu import StatusReport, Submit
from clerkd.simulate.network.station import Cause, Station
from clerkd.simulate.network.transfer import lifetime_s

# TP-ST, 23.040 §9.2.3.15
DELIVERED = 0x00
PENDING_NO_RESPONSE = 0x22  # still trying: no response from SME
INCOMPATIBLE_DESTINATION = 0x41
NOT_OBTAINABLE = 0x43
VALIDITY_EXPIRED = 0x46

_NO_MORE_MESSAGES = 0x04  # TP-MMS
_RETRIED = {Cause.OUT_OF_SERVICE, Cause.PROTOCOL_ERROR, Cause.NETWORK_OUT_OF_ORDER}


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom to tell what became of a text."""

    sender: str
    submit: Submit
    accepted: datetime


@dataclass(slots=True, eq=False)
class Held:
    """A DELIVER or STATUS-REPORT on its way. A report has no origin: nobody reports on reports."""

    tpdu: bytes
    origin: Origin | None = None
    pending_told: bool = False
    expiry: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Mailbox:
    """One number's queue. Only its head is under way."""

    number: str
    queue: deque[Held] = field(default_factory=deque)
    delayed: int = 0  # accepted, and not in the queue yet
    under_way: bool = False
    memory_exceeded: bool = False  # waits for RP-SMMA, 23.040 §10.2
    deferred: bool = False  # waits for the retry after a temporary failure
    generation: int = 0  # of the station behind it; answers of an earlier one do not count


class Relay:
    """The SMSC's queues. `refill_s` passes between a freed slot and the next try, `retry_s` after other failures."""

    def __init__(
        self,
        stations: Mapping[str, Station],
        *,
        now: Callable[[], datetime],
        reported: Callable[[StatusReport], None],
        refill_s: float,
        retry_s: float,
    ) -> None:
        self._stations = stations
        self._now = now
        self._reported = reported
        self._mailboxes: dict[str, _Mailbox] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self.refill_s = refill_s
        self.retry_s = retry_s

    def enqueue(self, number: str, held: Held, delay_s: float = 0.0) -> None:
        """Page `number` with it, after a delay, as soon as it is its turn."""
        mailbox = self._mailbox(number)
        mailbox.delayed += 1
        self._later(delay_s, partial(self._enqueue, mailbox, held))

    def holds(self, number: str, sender: str, submit: Submit) -> bool:
        """Tell whether the same SUBMIT still waits: same sender, TP-MR and TP-DA (TP-RD, 23.040 §9.2.3.25)."""
        return any(
            held.origin is not None
            and held.origin.sender == sender
            and held.origin.submit.reference == submit.reference
            and held.origin.submit.destination == submit.destination
            for held in self._mailbox(number).queue
        )

    def waiting(self, number: str) -> int:
        """How many short messages wait for `number` or are under way to it."""
        mailbox = self._mailbox(number)
        return mailbox.delayed + len(mailbox.queue)

    def expire(self, number: str) -> None:
        """End the validity of everything that waits for `number`."""
        mailbox = self._mailbox(number)
        for held in tuple(mailbox.queue):
            self._expire(mailbox, held)

    def arrived(self, number: str) -> None:
        """Hear that a station can be paged again."""
        mailbox = self._mailbox(number)
        mailbox.memory_exceeded = mailbox.deferred = False
        self._page(mailbox)

    def left(self, number: str) -> None:
        """Hear that a station is no more; what was under way to it waits again."""
        mailbox = self._mailbox(number)
        mailbox.under_way = False
        mailbox.generation += 1

    def memory_available(self, number: str) -> None:
        """Hear RP-SMMA: the station has room again."""
        mailbox = self._mailbox(number)
        if mailbox.memory_exceeded:
            self._later(self.refill_s, partial(self._try_again, mailbox))

    def report(self, origin: Origin, status: int) -> None:
        """Tell the sender of a text what became of it, if a report was asked for."""
        if origin.submit.status_report:
            report = StatusReport(
                origin.submit.reference, origin.submit.destination, origin.accepted, self._now(), status
            )
            self._reported(report)
            self.enqueue(origin.sender, Held(report.encode()))

    def close(self) -> None:
        """Stop everything that is under way."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _mailbox(self, number: str) -> _Mailbox:
        mailbox = self._mailboxes.get(number)
        if mailbox is None:
            mailbox = self._mailboxes[number] = _Mailbox(number)
        return mailbox

    def _enqueue(self, mailbox: _Mailbox, held: Held) -> None:
        mailbox.delayed -= 1
        mailbox.queue.append(held)
        self._page(mailbox)
        if held.origin is not None and held in mailbox.queue:
            lifetime = lifetime_s(held.origin.submit, held.origin.accepted)
            if lifetime is not None:
                held.expiry = self._later(lifetime, partial(self._expire, mailbox, held))

    def _page(self, mailbox: _Mailbox) -> None:
        if mailbox.under_way or mailbox.memory_exceeded or mailbox.deferred or not mailbox.queue:
            return
        station = self._stations.get(mailbox.number)
        if station is None or not station.reachable:
            for held in mailbox.queue:
                self._tell_pending(held)
            return
        mailbox.under_way = True
        held = mailbox.queue[0]
        octets = held.tpdu
        if len(mailbox.queue) > 1:
            octets = bytes((octets[0] & ~_NO_MORE_MESSAGES,)) + octets[1:]
        station.deliver(octets, partial(self._paged, mailbox, held, mailbox.generation))

    def _paged(self, mailbox: _Mailbox, held: Held, generation: int, cause: Cause | None) -> None:
        if generation != mailbox.generation:
            return
        mailbox.under_way = False
        if cause is Cause.MEMORY_EXCEEDED:
            mailbox.memory_exceeded = True
            self._tell_pending(held)
        elif cause in _RETRIED:
            mailbox.deferred = True
            self._tell_pending(held)
            self._later(self.retry_s, partial(self._try_again, mailbox))
        else:
            self._discharge(mailbox, held, DELIVERED if cause is None else NOT_OBTAINABLE)
            if mailbox.queue:
                self._later(0, partial(self._page, mailbox))

    def _try_again(self, mailbox: _Mailbox) -> None:
        mailbox.memory_exceeded = mailbox.deferred = False
        self._page(mailbox)

    def _expire(self, mailbox: _Mailbox, held: Held) -> None:
        under_way = mailbox.under_way and mailbox.queue and mailbox.queue[0] is held
        if held.origin is not None and held in mailbox.queue and not under_way:
            self._discharge(mailbox, held, VALIDITY_EXPIRED)

    def _discharge(self, mailbox: _Mailbox, held: Held, status: int) -> None:
        mailbox.queue.remove(held)
        if held.expiry is not None:
            held.expiry.cancel()
            self._timers.discard(held.expiry)
        if held.origin is not None:
            self.report(held.origin, status)

    def _tell_pending(self, held: Held) -> None:
        if held.origin is not None and not held.pending_told:
            held.pending_told = True
            self.report(held.origin, PENDING_NO_RESPONSE)

    def _later(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        def run() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(delay_s, run)
        self._timers.add(timer)
        return timer
