"""AT over a link: one command at a time, each with its deadline.

The exchange (clerkd.at.exchange) decides what octets mean; the session gives it octets, time and an order. A
deadline that passes leaves the exchange draining, and the next command first finds the place where late answers
end, so that what the modem says is never taken for the answer of something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import cycle

import structlog

from clerkd.at.commands import ESCAPE, MARKS, Command, Deadline
from clerkd.at.errors import refusal
from clerkd.at.events import Event
from clerkd.at.exchange import Exchange, State
from clerkd.at.outcome import Answer, Drained, Stale, Trailing, Write
from clerkd.errors import Temporary
from clerkd.modem.link import Link
from clerkd.modem.profile import Profile
from clerkd.modem.recorder import FlightRecorder

log = structlog.get_logger()

_SLOW_MARKS = 3  # times as long for the answer of a mark when the modem says something
_REFUSED_S = 0.3  # a final result, and so long nothing behind it: a mark was refused, not delayed


class PortLost(Temporary):
    """The port went away or was given up; details: `handed_over` tells whether a PDU had been written."""

    code = "modem.lost"

    def __init__(self, reason: str, *, handed_over: bool = False, silent: bool = False) -> None:
        super().__init__(reason)
        self.handed_over = handed_over
        self.silent = silent  # it is still there and does not answer


class Silent(Temporary):
    """A command that hands nothing over was not answered in its time."""

    code = "modem.silent"


class Session:
    """The dialogue with one modem, from the opening of its port to its loss."""

    def __init__(
        self, link: Link, profile: Profile, on_event: Callable[[Event], None], recorder: FlightRecorder
    ) -> None:
        self._link = link
        self._profile = profile
        self._on_event = on_event
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._exchange = Exchange(profile.noise, profile.without_ok)
        self._turn = asyncio.Lock()  # first come, first served
        self._answer: asyncio.Future[Answer] | None = None
        self._drained = asyncio.Event()
        self.interruptions = 0  # times that the modem lost its settings
        self.unsettled = asyncio.Event()  # a command was not answered: `settle` is due
        self._drain_until = 0.0
        self._marks = cycle(MARKS)  # never the same twice in a row, even if a draining is cancelled
        self._refused_at = 0.0  # when a result came that was nobody's
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._last_octets = 0.0
        self._end: PortLost | None = None
        self._ended: asyncio.Future[PortLost] = self._loop.create_future()
        link.start(self._received, self._lost)

    # For its users -------------------------------------------------------------------------------------------

    def adopt(self, profile: Profile) -> None:
        """Know the modem better than at the opening: its noise and its deadlines from now on."""
        self._profile = profile
        self._exchange.adopt(profile.noise, profile.without_ok)

    async def execute(self, command: Command, *, within_s: float | None = None) -> Answer:
        """Return how the command ended; its `final` is None when the deadline passed. Raise `PortLost`.

        A call that is cancelled leaves the command to the modem; the next one waits until its answer is past.
        """
        async with self._turn:
            if self._end is None and self._exchange.state is State.DRAINING:
                await self._drain()
            if self._end is not None:
                raise PortLost(self._end.message, silent=self._end.silent)
            answer: asyncio.Future[Answer] = self._loop.create_future()
            self._answer = answer
            deadline = command.deadline if command.pdu is None else Deadline.PROMPT
            self._arm(self._profile.seconds(deadline) if within_s is None else within_s)
            self._write(self._exchange.begin(command))
            try:
                return await answer
            except asyncio.CancelledError:
                self._abandon()
                raise
            finally:
                self._answer = None

    async def order(self, command: Command) -> Answer:
        """Execute a command whatever state the modem is in, a prompt left open included. Raise `PortLost`."""
        async with self._turn:
            if self._end is None and self._exchange.state is State.IDLE:
                self._write(ESCAPE)
        return await self.execute(command)

    async def ask(self, command: Command) -> list[str]:
        """Return the information text of a command; raise the refusal, `Silent` or `PortLost`."""
        answer = await self.execute(command)
        if answer.final is None:
            raise Silent(f"no answer to {command.text.partition('=')[0]}")
        if not answer.ok:
            raise refusal(answer.final)
        return list(answer.lines)

    async def synchronise(self) -> None:
        """Find the place where answers to an earlier owner of the port end. Raise `PortLost` if nobody answers."""
        async with self._turn:
            if self._exchange.state is State.IDLE:
                self._drained.clear()
                self._exchange.suspect()
                await self._drain(escape=False)
        if self._end is not None:
            raise PortLost(self._end.message, silent=self._end.silent)

    async def settle(self) -> None:
        """Get back into step after an unanswered command. Raise `PortLost` if the modem says nothing."""
        async with self._turn:
            if self._end is None and self._exchange.state is State.DRAINING:
                await self._drain()
            self.unsettled.clear()
        if self._end is not None:
            raise PortLost(self._end.message, silent=self._end.silent)

    def interrupt(self) -> None:
        """Give the command in flight up: the modem has started anew and will not answer it."""
        self.interruptions += 1
        if self._exchange.state in {State.AWAITING_RESULT, State.AWAITING_PROMPT}:
            self._give_up_command()
        self._drain_until = 0.0

    @property
    def ended(self) -> bool:
        """Whether the port is lost or given up."""
        return self._end is not None

    async def wait_lost(self) -> PortLost:
        """Return why the session ended, when it has."""
        return await asyncio.shield(self._ended)

    def give_up(self, reason: str) -> None:
        """End the session because the modem does not answer."""
        self._finish(PortLost(reason, silent=True))

    async def close(self) -> None:
        """Close the port; return when it is closed, or after a second if it does not want to."""
        self._finish(PortLost("closed"))
        try:
            async with asyncio.timeout(1.0):
                await self._link.closed()
        except TimeoutError:
            log.warning("modem.close-hangs", port=self._link.port)

    # Octets and time -----------------------------------------------------------------------------------------

    def _write(self, octets: bytes) -> None:
        self._recorder.sent(octets, self._loop.time())
        self._link.write(octets)

    def _received(self, octets: bytes) -> None:
        self._last_octets = self._loop.time()
        self._recorder.received(octets, self._last_octets)
        for output in self._exchange.receive(octets):
            match output:
                case Answer():
                    self._resolve(output)
                case Write():
                    self._write(output.octets)
                    if output.pdu:
                        self._arm(self._profile.seconds(Deadline.SUBMIT))
                case Trailing():
                    self._arm(self._profile.seconds(Deadline.TRAILER))
                case Stale():
                    self._refused_at = self._last_octets
                case Drained():
                    self._drained.set()
                case event:
                    self._tell(event)

    def _tell(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            # What the modem says behind this line, an answer perhaps, must not be lost with it.
            log.exception("modem.event-failed", port=self._link.port, event_kind=type(event).__name__)

    def _resolve(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _arm(self, seconds: float) -> None:
        """Set the deadline of the command in flight. One timer serves them all and looks again when it is early."""
        self._due = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._expire)

    def _expire(self) -> None:
        self._timer = None
        if self._exchange.state not in {State.AWAITING_RESULT, State.AWAITING_PROMPT}:
            return
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._expire)
            return
        self._give_up_command()

    def _give_up_command(self) -> None:
        self._drained.clear()
        self.unsettled.set()
        self._drain_until = 0.0
        for output in self._exchange.give_up():
            if isinstance(output, Write):
                self._write(output.octets)
            elif isinstance(output, Answer):
                if output.final is None:
                    log.warning("modem.unanswered", port=self._link.port, command=output.command.text.partition("=")[0])
                self._resolve(output)

    def _abandon(self) -> None:
        state, due = self._exchange.state, self._due
        if state in {State.AWAITING_RESULT, State.AWAITING_PROMPT}:
            self._give_up_command()
        if state is State.AWAITING_RESULT:
            self._drain_until = due  # the modem still works on it

    async def _drain(self, *, escape: bool = True) -> None:
        """Find the end of late answers; give the session up if the modem says nothing at all."""
        if await self._wait_drained(self._drain_until - self._loop.time()):
            return
        mark_s = self._profile.seconds(Deadline.MARK)
        for _ in MARKS:
            self._refused_at = 0.0
            asked_at = self._loop.time()
            self._write(self._exchange.mark(next(self._marks), escape=escape))
            if await self._wait_drained(mark_s):
                return
            if self._last_octets > asked_at and await self._wait_drained((_SLOW_MARKS - 1) * mark_s):
                return
        if self._refused_at:
            self._exchange.reset()  # it answers and knows none of the questions: silence has to do
        else:
            self.give_up("the modem does not answer")

    async def _wait_drained(self, seconds: float) -> bool:
        """Wait for the end of the draining; not longer than `seconds`, and not for a mark that was refused."""
        until = self._loop.time() + seconds
        while not self._drained.is_set() and (now := self._loop.time()) < until:
            if self._refused_at and now - self._refused_at >= _REFUSED_S:
                return False
            try:
                async with asyncio.timeout(min(until - now, _REFUSED_S)):
                    await self._drained.wait()
            except TimeoutError:
                continue
        return self._drained.is_set()

    def _lost(self, reason: str) -> None:
        self._finish(PortLost(reason))

    def _finish(self, end: PortLost) -> None:
        if self._end is not None:
            return
        self._end = end
        handed_over = self._exchange.handed_over
        self._link.abort()
        if self._timer is not None:
            self._timer.cancel()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(PortLost(end.message, handed_over=handed_over, silent=end.silent))
        self._exchange.reset()
        self._drained.set()
        self._ended.set_result(end)
