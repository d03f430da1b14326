"""A modem as a line: from a port that may be there or not to messages sent and received."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from clerkd.at.commands import asks_for_text, changes_settings, typed
from clerkd.at.errors import NetworkTimeout, NoNetworkService, StorageFull, Unanswered
from clerkd.clock import Clock
from clerkd.errors import Held, Refused
from clerkd.model.call import Forwarding, Reason
from clerkd.model.line import LineState, LineStatus, Measure, Outgoing, Plan, PlannedSegment, Receipt
from clerkd.model.overheard import Overheard
from clerkd.model.ussd import UssdReply
from clerkd.modem import planning
from clerkd.modem.discovery_finders import PathFinder, PortFinder
from clerkd.modem.duty import Duty
from clerkd.modem.forwarding import CallForwarding
from clerkd.modem.lifecycle import Event, State, advance
from clerkd.modem.link import Link, PortAbsent, PortBroken
from clerkd.modem.listening import Listening
from clerkd.modem.open import open_link
from clerkd.modem.pin import PinLedger, SessionLedger
from clerkd.modem.profile import Profile, load_profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.recovering import CARE, Care, Recovery, Tally
from clerkd.modem.room import Room
from clerkd.modem.session import PortLost
from clerkd.modem.submission import Doubt
from clerkd.ports.line import Receiver, SimBook

log = structlog.get_logger()

REOPEN_S = (0.05, 0.1, 0.25, 0.5, 1.0)  # before the next opening of a port that was there and failed
STEADY_S = 10.0  # so long in service, and the next failure begins with the shortest pause again

_SHOWN = {
    State.ABSENT: LineState.ABSENT,
    State.PROBING: LineState.ABSENT,
    State.WEDGED: LineState.ABSENT,
    State.LOCKED: LineState.LOCKED,
    State.CONFIGURING: LineState.SEARCHING,
    State.SEARCHING: LineState.SEARCHING,
    State.QUARANTINED: LineState.QUARANTINED,
    State.READY: LineState.READY,
}


class AnySim:
    """A `SimBook` for lines that remember no SIM."""

    async def admit(self, line: str, sim: str | None) -> str | None:
        """Let every SIM through."""
        del line, sim
        return None


ANY_SIM = AnySim()

Opener = Callable[[str, int], Awaitable[Link]]


class ModemLine:
    """A `ports.line.Line` over one modem. `run` is its life; everything else works whether or not it runs."""

    def __init__(
        self,
        *,
        name: str,
        number: str,
        port: str,
        receiver: Receiver,
        clock: Clock,
        profile: str | Profile = "auto",
        pin: str | None = None,
        calls: str = "drop",
        forward_to: str | None = None,
        reports: bool = True,
        validity: timedelta = timedelta(hours=24),
        languages: Sequence[int] = (),
        ledger: PinLedger | None = None,
        sims: SimBook = ANY_SIM,
        smsc: str | None = None,
        sweep: timedelta = timedelta(seconds=60),
        care: Care = CARE,
        opener: Opener = open_link,
        finder: PortFinder | None = None,
    ) -> None:
        self._name = name
        self._port = port
        self._finder = finder or PathFinder(port)
        self._receiver = receiver
        self._clock = clock
        self._profile = load_profile(profile) if isinstance(profile, str) else profile
        self._pin = pin
        self._drops_calls = calls != "ring"  # one to be forwarded that comes all the same is for nobody
        self._forward_to = forward_to
        self._reports = reports
        self._validity = validity
        self._languages = tuple(languages)
        self._ledger = ledger or SessionLedger()
        self._sims = sims
        self._smsc = smsc
        self._sweep = sweep
        self._opener = opener
        self._status = LineStatus(name, number, LineState.ABSENT, reason="starting")
        self._state = State.ABSENT
        self._duty: Duty | None = None
        self._doubt = Doubt()
        self._ready = asyncio.Event()
        self._since = clock.monotonic()  # in this state
        self._ready_at: float | None = None
        self.recorder = FlightRecorder()
        self.room = Room(name)
        self._listening = Listening(self.recorder)
        self.recovery = Recovery(
            line=name,
            profile=self._profile,
            clock=clock,
            recorder=self.recorder,
            care=care,
        )

    # Line ----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The line's name in the configuration."""
        return self._name

    def status(self) -> LineStatus:
        """Return a snapshot."""
        return self._status

    def plan(self, outgoing: Outgoing) -> Plan:
        """Cut and encode a text; raise `Permanent` if it cannot be sent."""
        return planning.plan(outgoing, validity=self._validity, reports=self._reports, languages=self._languages)

    def measure(self, text: str) -> Measure:
        """Return what a text costs; raise `Permanent` if it cannot be sent."""
        return planning.measured(text, languages=self._languages)

    async def wait_ready(self) -> None:
        """Return when the modem is registered, set up and in step: whatever was not answered is behind it."""
        while True:
            await self._ready.wait()
            session = None if self._duty is None else self._duty.session
            if session is None or not session.unsettled.is_set():
                return
            try:
                await session.settle()
            except PortLost:
                self._ready.clear()

    async def submit(self, segment: PlannedSegment, *, more: bool) -> Receipt:
        """Put one segment on the air; see `ports.line.Line`."""
        duty = self._duty
        if duty is None or not self._ready.is_set():
            raise NoNetworkService(self._status.reason or f"{self._name} is {self._status.state}")
        try:
            receipt = await duty.submission.submit(segment.payload, more=more, storage=duty.reception)
        except Unanswered as unanswered:
            self.recovery.submitted(duty.session, result=False)
            unanswered.later = self._doubt.begin()
            raise
        except (NoNetworkService, NetworkTimeout):
            duty.watch.look()
            raise
        except StorageFull:
            if duty.reception is not None:
                duty.reception.sweep()
            raise
        else:
            self.recovery.submitted(duty.session, result=True)
            self._doubt.end()
            return receipt
        finally:
            if duty.session.ended:
                self._ready.clear()  # before the caller can ask again

    def take_up_sim(self) -> None:
        """Begin anew with the SIM that is in the modem: it may be the line's now."""
        if self._duty is not None:
            self._duty.set_up_again()

    def tally(self) -> Tally:
        """Return what the modem cost so far."""
        self._account()
        return self.recovery.tally

    # For people ----------------------------------------------------------------------------------------------

    async def at(self, command: str) -> list[str]:
        """Execute a command line as typed and return what the modem said, the final result last.

        The line sets the modem up anew after a command that changes what it had set.
        Raise `Refused` for control characters and for commands that wait for a text, `Temporary` if the modem
        is absent or does not answer.
        """
        text = command.strip()
        if re.fullmatch(r"[Aa][Tt][\x20-\x7e]*", text) is None:
            raise Refused("a command is one line of printable ASCII that begins with AT")
        if asks_for_text(text):
            raise Refused("commands that wait for a text are not for the command line: use `clerkd send`")
        if self._duty is None:
            raise PortAbsent(f"{self._name}: {self._status.reason or 'the modem is absent'}", port=self._port)
        duty = self._duty
        answer = await duty.session.execute(typed(text))
        if changes_settings(text):
            duty.set_up_again()
        return [*answer.lines, answer.final.text if answer.final is not None else "no answer"]

    async def ussd(self, code: str) -> UssdReply:
        """Ask the network by USSD, as *100#; raise `Refused`, `Permanent` or `Temporary`."""
        if self._duty is None or not self._ready.is_set():
            raise NoNetworkService(self._status.reason or f"{self._name} is {self._status.state}")
        return await self._duty.ussd.ask(code.strip())

    async def end_ussd(self) -> None:
        """End a menu that waits for a choice, if there is one."""
        if self._duty is not None:
            await self._duty.ussd.end()

    async def overhear(self, for_s: float) -> Overheard:
        """Listen in on the dialogue for so long, whatever state the modem is in; raise `Conflict`."""
        return await self._listening.overhear(load_profile(self._status.profile or self._profile.name), for_s)

    def end_overhearing(self) -> None:
        """Let who listens in have what there is."""
        self._listening.end()

    async def forwarding(self) -> list[Forwarding]:
        """Return where the network forwards calls, by its own word; raise `Permanent` or `Temporary`."""
        return await self._calls_of_network().read()

    async def forward_calls(self, reason: Reason, number: str, after_s: int | None = None) -> list[Forwarding]:
        """Have the network forward calls, and return its word on it; raise `Permanent` or `Temporary`."""
        return await self._calls_of_network().register(reason, number, after_s)

    async def stop_forwarding(self, reason: Reason | None) -> list[Forwarding]:
        """Have it forward calls no more, for a reason or for any; return and raise as `forward_calls`."""
        return await self._calls_of_network().erase(reason)

    def _calls_of_network(self) -> CallForwarding:
        if self._duty is None or not self._ready.is_set():
            raise NoNetworkService(self._status.reason or f"{self._name} is {self._status.state}")
        return self._duty.forwarding

    # Life ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the modem in service for ever. Raise only `Held`, and only at the first opening."""
        link = await self._open(first=True)
        failures = 0
        # What outlives a port, as the keeping of a message that was just read, belongs to this group.
        async with asyncio.TaskGroup() as tasks:
            while True:
                began = self._clock.monotonic()
                if link is not None and self.recovery.resting:
                    await self.recovery.rest(link)
                elif link is not None:
                    lost = await self._serve(link, tasks)
                    took_s = self._clock.monotonic() - began
                    failures = 0 if took_s > STEADY_S else min(failures + 1, len(REOPEN_S) - 1)
                    # One that is silent was waited for while it was asked.
                    waited_s = took_s if lost.silent else 0.0
                    await asyncio.sleep(max(REOPEN_S[failures] - waited_s, REOPEN_S[0]))
                link = await self._open(first=False)

    async def _open(self, *, first: bool) -> Link | None:
        """Return the open port, or None after a pause if it cannot be had."""
        try:
            self._port = await self._finder.find(self._missing)
            return await self._opener(self._port, self._profile.baud)
        except Held as held:
            if first:
                raise
            self._missing(held.message)
            await asyncio.sleep(REOPEN_S[-1])
        except PortBroken as broken:
            self._missing(self.recovery.words or broken.message)
            pause_s = await self.recovery.unopened(broken.message, self._port)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._finder.changed()
        except PortAbsent as absent:
            self._missing(absent.message)
            await self._finder.changed()
        return None

    def _missing(self, reason: str) -> None:
        """There is no port to open; say so once."""
        if reason != self._status.reason:
            log.warning("modem.absent", line=self._name, port=self._port, reason=reason)
        self._show(Event.PORT_LOST, reason)

    async def _serve(self, link: Link, tasks: asyncio.TaskGroup) -> PortLost:
        """Use an open port until it is lost; return why it was."""
        self._learn(port=link.port)
        self._show(Event.PORT_OPENED, self.recovery.words or "the modem has not answered yet")
        duty = Duty(
            link,
            self._profile,
            self._receiver,
            self._clock,
            line=self._name,
            pin=self._pin,
            ledger=self._ledger,
            drop_calls=self._drops_calls,
            forward_to=self._forward_to,
            sweep_s=self._sweep.total_seconds(),
            recorder=self.recorder,
            recovery=self.recovery,
            moved=self._show,
            learned=self._learn,
            doubt=self._doubt,
            sims=self._sims,
            room=self.room,
            smsc=self._smsc,
            tasks=tasks,
        )
        self._duty = duty
        try:
            lost = await duty.run()
        finally:
            self._duty = None
            self._ready.clear()
            await duty.session.close()
        served_s = 0.0 if self._ready_at is None else self._clock.monotonic() - self._ready_at
        self._ready_at = None
        self._show(Event.SILENT if lost.silent else Event.PORT_LOST, lost.message)
        await self.recovery.ended(lost, self._port, served_s=served_s)
        if lost.silent:
            self._show(Event.SILENT, self.recovery.words)
        return lost

    def _show(self, event: Event, reason: str | None = None) -> None:
        """Take a step of the life cycle and tell those who want to know."""
        before = self._state
        self._state = advance(before, event)
        if before is self._state is State.QUARANTINED and event is not Event.STRANGE_SIM:
            return  # whether it has a network changes nothing
        state = _SHOWN[self._state]
        if state is LineState.READY and reason is not None:
            state = LineState.DEGRADED
        if self._state is State.READY and self._ready_at is None:
            self._ready_at = self._clock.monotonic()
        if before is State.READY and self._state in {State.ABSENT, State.WEDGED}:
            log.warning("modem.lost", line=self._name, port=self._port, reason=reason)
        elif self._state is State.READY and before is not State.READY:
            log.info("modem.ready", line=self._name, port=self._port)
        if self._state is State.READY:
            self._ready.set()
        else:
            self._ready.clear()
        absent = self._state in {State.ABSENT, State.WEDGED}
        self._tell(
            replace(
                self._status,
                state=state,
                reason=reason,
                signal_dbm=None if absent else self._status.signal_dbm,
                operator=None if absent else self._status.operator,
                port=None if absent else self._status.port,
            )
        )

    def _learn(self, **facts: object) -> None:
        """Note what is known of the modem, by the names in `LineStatus`; raise `PortLost` if it is another one's."""
        status = replace(self._status, **facts)  # type: ignore[arg-type]
        if facts.keys() & {"imei", "sim"}:
            self._finder.confirm(self._port, imei=status.imei, sim=status.sim)
        self._tell(status)

    def _tell(self, status: LineStatus) -> None:
        before, self._status = self._status, status
        if before.state is not status.state:
            self._account(before.state)
        if replace(before, signal_dbm=status.signal_dbm) != status:  # the signal changes all the time
            self._receiver.line_changed(status)

    def _account(self, state: LineState | None = None) -> None:
        """Add the time since the last account to what was spent in a state, the present one by default."""
        now = self._clock.monotonic()
        self.recovery.tally.state_s[state or self._status.state] += now - self._since
        self._since = now
