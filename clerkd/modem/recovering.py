"""Climbing the ladder (`clerkd.modem.recovery`): the steps themselves, and the account that is kept of them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from clerkd.at.commands import Command, Deadline
from clerkd.clock import Clock
from clerkd.model.line import LineState
from clerkd.modem import bringup
from clerkd.modem.flight import LINES, NO_FLIGHTS, Flight, FlightLog
from clerkd.modem.link import Link
from clerkd.modem.power import undervoltage
from clerkd.modem.profile import Profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.recovery import RESETS, Ladder, Limits, Rung
from clerkd.modem.session import PortLost, Session
from clerkd.modem.usb import NoUsb, UsbReset

log = structlog.get_logger()

DISCONNECT_S = 10.0  # so long after a reset that was answered its port may take to vanish
QUIET_S = 30.0  # of a cool-down, in which not even its own words wake the modem's keeper
UNOPENED_S = 1.0  # between two openings of a port that is there and cannot be opened
DAY_S = 86_400.0  # between two warnings of the power supply
VAIN_SUBMITS = 3  # messages in a row without a result, though everything else is answered

_DOING: dict[Rung, str] = {
    Rung.REOPEN: "clerkd opens its port anew",
    Rung.RADIO: "clerkd switches its radio off and on",
    Rung.RESET: "clerkd restarts it",
    Rung.USB: "clerkd takes it off the USB bus and back",
    Rung.COOL_DOWN: "clerkd has restarted it in vain and now looks every {minutes:g} minutes",
}
_TODO = "If it stays away, pull it out, count to ten and put it back; look at its power supply and cable too"


@dataclass(slots=True)
class Tally:
    """What a modem cost since the daemon started."""

    unanswered: int = 0  # commands without an answer in their time
    lost: int = 0  # times that a line in service went
    steps: Counter[Rung] = field(default_factory=Counter)
    state_s: defaultdict[LineState, float] = field(default_factory=lambda: defaultdict(float))  # seconds


Power = Callable[[], str | None]  # what is wrong with the power supply, in words


@dataclass(frozen=True, slots=True)
class Care:
    """What a modem's keeper may do, and where it writes what it did."""

    limits: Limits = field(default_factory=Limits)
    flights: FlightLog = NO_FLIGHTS
    usb: UsbReset | None = None
    power: Power = undervoltage


CARE = Care()


class Recovery:
    """Decides after every tour of duty that failed what is done next, and does it."""

    def __init__(
        self,
        *,
        line: str,
        profile: Profile,
        clock: Clock,
        recorder: FlightRecorder,
        care: Care = CARE,
    ) -> None:
        self._line = line
        self._profile = profile
        self._clock = clock
        self._recorder = recorder
        self._limits = care.limits
        self._flights = care.flights
        self._usb = care.usb
        self._power = care.power
        self._weak: str | None = None  # what is wrong with the power supply
        self._warned_at: float | None = None
        self._ladder = Ladder(care.limits)
        self._due: Rung | None = None  # to be taken at the next opening
        self._vain_submits = 0
        self._recalled = False  # what the flights remember of resets
        self.tally = Tally()

    @property
    def rung(self) -> Rung:
        """How far up the ladder the modem is."""
        return self._ladder.rung

    @property
    def words(self) -> str | None:
        """What is being done about a modem that does not answer, and what a person can do; None if nothing is."""
        doing = _DOING.get(self._ladder.rung)
        if doing is None:
            return None
        weak = f" ({self._weak})" if self._weak else ""
        return f"the modem does not answer{weak}: {doing.format(minutes=self._limits.cool_down_s / 60)}. {_TODO}"

    # While the port is open ----------------------------------------------------------------------------------

    def adopt(self, profile: Profile) -> None:
        """Know the modem better than at the opening: how its vendor restarts it."""
        self._profile = profile

    async def suspect(self) -> None:
        """Hear that a command was not answered; the session is about to get back into step."""
        self.tally.unanswered += 1
        if self._ladder.suspect():
            await self._tell("a command was not answered", level="info")

    def answered(self) -> None:
        """Hear that the modem is in step again."""
        self._ladder.answered()

    def submitted(self, session: Session, *, result: bool) -> None:
        """Hear whether a message got a result. A modem that gives none and answers all else is not well either."""
        self._vain_submits = 0 if result else self._vain_submits + 1
        if self._vain_submits >= VAIN_SUBMITS:
            self._vain_submits = 0
            session.give_up(f"{VAIN_SUBMITS} messages in a row had no result")

    async def begin(self, session: Session) -> None:
        """Take the step that is due with this opening, before the modem is set up. Raise `PortLost`."""
        due, self._due = self._due, None
        if due is Rung.RESET:
            # Nothing is asked first: firmware that says nothing may still obey.
            if (await session.order(Command(self._profile.reset))).ok:
                await self._wait_lost(session)
        elif due is Rung.RADIO:
            await bringup.probe(session)
            for text in ("AT+CFUN=4", self._profile.radio_on):
                await bringup.optional(session, text, deadline=Deadline.RADIO)

    async def _wait_lost(self, session: Session) -> None:
        """Give a modem that obeyed the time to vanish; what is said to one about to restart is said in vain."""
        try:
            async with asyncio.timeout(DISCONNECT_S):
                raise await session.wait_lost()
        except TimeoutError:
            return  # on a serial line it never vanishes

    # Between two openings ------------------------------------------------------------------------------------

    async def ended(self, lost: PortLost, port: str, *, served_s: float) -> None:
        """Judge a tour of duty. `served_s` is how long the line was in service, 0 if it never was."""
        self._ladder.served(served_s)
        if served_s:
            self.tally.lost += 1
        if not lost.silent:
            return
        await self._recall()
        await self._climb(self._ladder.failed(self._clock.monotonic()), lost.message, port)
        if self._due is Rung.COOL_DOWN and served_s:
            self._due = None  # it works in between: a pause would only keep it from that

    async def unopened(self, reason: str, port: str) -> float:
        """Judge a port that is there and cannot be opened; return how long to leave it alone, in seconds.

        Nothing can be said to its modem: of the steps above a new opening only that of the bus is left.
        """
        await self._recall()
        now = self._clock.monotonic()
        rung = self._ladder.failed(now)
        while rung in {Rung.RADIO, Rung.RESET}:
            rung = self._ladder.vain(now)
        await self._climb(rung, reason, port)
        resting, self._due = self.resting, None
        return self._limits.cool_down_s if resting else UNOPENED_S

    async def _climb(self, rung: Rung | None, reason: str, port: str) -> None:
        await self._step(rung, reason)
        if rung in RESETS:
            await self._note_resets()
        if rung is Rung.USB and (problem := await self._reset_usb(port)) is not None:
            await self._step(self._ladder.vain(self._clock.monotonic()), problem)
            await self._note_resets()

    async def _recall(self) -> None:
        """Know what an earlier life spent of the hour's resets. A time to come is now: the clock was set."""
        if self._recalled:
            return
        self._recalled = True
        wall, now = self._clock.now_ms(), self._clock.monotonic()
        spent = await self._flights.resets(self._line)
        self._ladder.remember(now - max(wall - at, 0) / 1000 for at in spent)

    async def _note_resets(self) -> None:
        wall, now = self._clock.now_ms(), self._clock.monotonic()
        await self._flights.keep_resets(self._line, [wall - round((now - at) * 1000) for at in self._ladder.resets])

    async def _step(self, rung: Rung | None, reason: str) -> None:
        self._due = rung
        if rung is not None:
            self._look_at_power()
            await self._tell(f"{reason}; {self._weak}" if self._weak else reason)

    def _look_at_power(self) -> None:
        self._weak, now = self._power(), self._clock.monotonic()
        if self._weak and (self._warned_at is None or now - self._warned_at >= DAY_S):
            self._warned_at = now
            log.warning("modem.undervoltage", line=self._line, reason=self._weak)

    async def _reset_usb(self, port: str) -> str | None:
        """Have the device authorised anew; return why that was not possible."""
        if self._usb is None:
            return "USB resets are not set up"
        try:
            await self._usb.reset(port)
        except NoUsb as problem:
            return problem.message
        return None

    @property
    def resting(self) -> bool:
        """Whether the modem is to be left alone now."""
        return self._due is Rung.COOL_DOWN

    async def rest(self, link: Link) -> None:
        """Leave the modem alone for a while; return early if it vanishes or says something by itself."""
        self._due = None
        spoke, lost = asyncio.Event(), asyncio.Event()
        link.start(lambda _octets: spoke.set(), lambda _reason: lost.set())
        quiet_s = min(QUIET_S, self._limits.cool_down_s)
        if not await _within(lost, quiet_s):
            link.start(lambda _octets: spoke.set(), lambda _reason: spoke.set())
            await _within(spoke, self._limits.cool_down_s - quiet_s)
        link.abort()
        await _within_closed(link)

    # The account ---------------------------------------------------------------------------------------------

    async def _tell(self, reason: str, *, level: str = "warning") -> None:
        rung = self._ladder.rung
        self.tally.steps[rung] += 1
        said: Sequence[str] = self._recorder.lines()[-LINES:]
        getattr(log, level)("modem.recovery", line=self._line, step=rung.value, reason=reason, said=said)
        await self._flights.keep(self._line, Flight(self._clock.now_ms(), rung.value, reason, tuple(said)))


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _within_closed(link: Link) -> None:
    try:
        async with asyncio.timeout(1.0):
            await link.closed()
    except TimeoutError:
        log.warning("modem.close-hangs", port=link.port)
