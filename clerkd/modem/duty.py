"""One tour of duty: what is done with an open port until it is lost."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import structlog

from clerkd.at import events
from clerkd.at.errors import ModemBusy, NoSim, SimLocked, WrongPin
from clerkd.clock import Clock
from clerkd.errors import ClerkdError
from clerkd.modem import bringup
from clerkd.modem.bringup import Setup
from clerkd.modem.calls import Calls
from clerkd.modem.forwarding import CallForwarding
from clerkd.modem.lifecycle import Event, Learned, Moved
from clerkd.modem.link import Link
from clerkd.modem.pin import PinLedger, Slot, sim_state, unlock
from clerkd.modem.profile import AUTO, Profile, choose_profile
from clerkd.modem.reception import Reception
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.recovering import Recovery
from clerkd.modem.room import Room
from clerkd.modem.session import PortLost, Session
from clerkd.modem.submission import Doubt, Submission
from clerkd.modem.ussd import Ussd
from clerkd.modem.watch import Watch
from clerkd.ports.line import Receiver, SimBook

log = structlog.get_logger()

E = TypeVar("E", bound=Exception)

LOCKED_S = 30.0  # between looks at a locked SIM
SIM_PAUSES_S = (0.1, 0.4, 1.0)  # before a SIM that tells neither ICCID nor IMSI is asked again


class _Restarted(Exception):
    """The modem started anew: everything has to be set again."""


class Duty:
    """Brings an open port into service and keeps it there."""

    def __init__(
        self,
        link: Link,
        profile: Profile,
        receiver: Receiver,
        clock: Clock,
        *,
        line: str,
        pin: str | None,
        ledger: PinLedger,
        drop_calls: bool,
        forward_to: str | None,
        sweep_s: float,
        recorder: FlightRecorder,
        recovery: Recovery,
        moved: Moved,
        learned: Learned,
        doubt: Doubt,
        sims: SimBook,
        room: Room,
        smsc: str | None,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._profile = profile
        self._receiver = receiver
        self._clock = clock
        self._line = line
        self._pin = pin
        self._ledger = ledger
        self._forward_to = forward_to
        self._recovery = recovery
        self._moved = moved
        self._learned = learned
        self._doubt = doubt
        self._sims = sims
        self._room = room
        self._smsc = smsc
        self._strange: str | None = None  # why nothing may be sent through the SIM that is there
        self._served = False  # had a network since it was set up
        self._returning = False  # had none in between: its SIM is asked for before it sends again
        self._tasks = tasks  # owns what outlives the port: a message that is being kept is kept to the end
        self._sim_changed = asyncio.Event()
        self._restarted = asyncio.Event()
        self._early: list[bytes] = []  # handed over before there was somebody to receive
        self.session = Session(link, profile, self._heard, recorder)
        self.submission = Submission(self.session, profile)
        self.ussd = Ussd(self.session, profile)
        self.forwarding = CallForwarding(self.session)
        self.reception: Reception | None = None
        self.watch = Watch(
            self.session, profile, line=line, sweep_s=sweep_s, moved=self._network, learned=learned, tasks=tasks
        )
        self._calls = Calls(self.session, receiver, clock, line=line, drop=drop_calls, tasks=tasks)

    async def run(self) -> PortLost:
        """Serve; return why it ended. The port is still to be closed then."""
        lost = PortLost("closed")
        try:
            async with asyncio.TaskGroup() as serving:
                serving.create_task(self._until_lost(), name=f"{self._line}: port")
                serving.create_task(self._settle(), name=f"{self._line}: settle")
                while True:
                    await self._serve()
        except* PortLost as ends:
            lost = _first(ends)
        except* ClerkdError as faults:
            # Nothing that a modem answers may end the line: begin anew.
            lost = PortLost(str(_first(faults)), silent=True)
        _obey_cancellation()
        return lost

    async def _until_lost(self) -> None:
        raise await self.session.wait_lost()

    async def _settle(self) -> None:
        """Get back into step as soon as a command was not answered, so that the next one need not wait."""
        while True:
            await self.session.unsettled.wait()
            await self._recovery.suspect()
            await self.session.settle()
            self._recovery.answered()

    async def _serve(self) -> None:
        """Bring the modem up and keep it until it restarts by itself."""
        self._restarted.clear()
        self._served = self._returning = False
        try:
            async with asyncio.TaskGroup() as serving:
                serving.create_task(self._until_restarted(), name=f"{self._line}: restarts")
                setup = await self._bring_up()
                reception = self._start_reception(setup)
                serving.create_task(reception.run(), name=f"{self._line}: reception")
                if self._strange is None:
                    self._moved(Event.CONFIGURED, "no network yet")
                else:
                    self._moved(Event.STRANGE_SIM, self._strange)
                if self._forward_to is not None:
                    keeping = self.forwarding.keep(self._forward_to, self.watch.in_service, self.watch.falls_short)
                    serving.create_task(keeping, name=f"{self._line}: call forwarding")
                await self.watch.run(setup, reception)
        except* _Restarted:
            log.info("modem.restarted", line=self._line)
            self.watch.forget()
            self.submission = Submission(self.session, self._profile)
        _obey_cancellation()

    async def _until_restarted(self) -> None:
        await self._restarted.wait()
        raise _Restarted

    # Bringing up ---------------------------------------------------------------------------------------------

    async def _bring_up(self) -> Setup:
        session = self.session
        await self._recovery.begin(session)
        await bringup.probe(session)
        identity = await bringup.identify(session)
        self._choose_profile(identity)
        profile = self._profile
        self._learned(imei=identity.imei, model=identity.model, profile=profile.name)
        sim = await bringup.sim_id(session, profile)
        self._strange = None
        if sim is not None:  # before a PIN is tried: it may be another line's SIM
            self._learned(sim=sim)
            self._strange = await self._sims.admit(self._line, sim)
        waited = await self._unlock(Slot(sim, identity.imei or self._line))
        if sim is None or waited:  # a person may have put another one in
            sim = await self._readable_sim()
            self._learned(sim=sim)
            self._strange = await self._sims.admit(self._line, sim)
        self._sim = sim or self._line
        self._moved(Event.UNLOCKED, "the modem is being set up")
        setup = await bringup.configure(session, profile, self._smsc)
        log.info(
            "modem.configured",
            line=self._line,
            model=identity.model,
            profile=profile.name,
            storage=setup.storage,
            notifications=setup.notifications,
        )
        return setup

    def _choose_profile(self, identity: bringup.Identity) -> None:
        """With the profile `auto` take that of the modem's family, now that it has said who it is."""
        if self._profile.name != AUTO:
            return
        self._profile = choose_profile(identity.manufacturer, identity.model)
        log.info(
            "modem.profile-chosen",
            line=self._line,
            profile=self._profile.name,
            manufacturer=identity.manufacturer,
            model=identity.model,
        )
        self.session.adopt(self._profile)
        self.watch.adopt(self._profile)
        self._recovery.adopt(self._profile)
        self.submission = Submission(self.session, self._profile)
        self.ussd = Ussd(self.session, self._profile)

    async def _readable_sim(self) -> str | None:
        """Return which SIM is there, though it may need a moment after it was opened."""
        for pause_s in (*SIM_PAUSES_S, None):
            sim = await bringup.sim_id(self.session, self._profile)
            if sim is not None or pause_s is None:
                return sim
            await asyncio.sleep(pause_s)
        return None

    async def _unlock(self, slot: Slot) -> bool:
        """Return when the SIM is open, with our PIN or a person's; tell whether that took a person."""
        try:
            if self._strange is not None:
                await self._keep_closed(self._strange)
                return False
            await unlock(self.session, self._profile, self._pin, slot, self._ledger)
        except (SimLocked, NoSim, WrongPin, ModemBusy) as locked:
            log.warning("modem.locked", line=self._line, code=locked.code, reason=locked.message)
            self._moved(Event.PIN_REQUIRED, locked.message)
        else:
            return False
        while True:
            self._sim_changed.clear()
            try:
                async with asyncio.timeout(LOCKED_S):
                    await self._sim_changed.wait()
            except TimeoutError:
                log.debug("modem.still-locked", line=self._line)
            try:
                if await sim_state(self.session) == "READY":
                    return True
            except (SimLocked, NoSim, ModemBusy):
                continue

    async def _keep_closed(self, strange: str) -> None:
        """Give no PIN to a SIM that is not the line's: return if it needs none, else wait for whoever decides."""
        if await sim_state(self.session) != "READY":
            self._moved(Event.STRANGE_SIM, f"{strange}. Its PIN was not tried")
            await asyncio.Event().wait()  # ends with the port, or with `set_up_again`

    def _start_reception(self, setup: Setup) -> Reception:
        self.reception = Reception(
            self.session,
            self._profile,
            setup,
            self._receiver,
            self._clock,
            line=self._line,
            sim=self._sim,
            tasks=self._tasks,
            room=self._room,
            crowded=self.watch.crowded,
        )
        for pdu in self._early:
            self.reception.handed(pdu)
        self._early.clear()
        return self.reception

    def _network(self, event: Event, reason: str | None = None) -> None:
        """Hear whether there is a network. While there was none, the SIM may have become another one."""
        if event is Event.DEREGISTERED:
            self._returning = self._served
        elif self._returning:
            self._tasks.create_task(self._return(event, reason), name=f"{self._line}: return")
            return
        else:
            self._served = True
        self._moved(event, reason)

    async def _return(self, event: Event, reason: str | None) -> None:
        self._returning = False
        try:
            sim = await self._readable_sim()
        except PortLost:
            return
        if self._returning:
            return  # gone again: what was heard is out of date
        if (sim or self._line) == self._sim:
            self._moved(event, reason)
        else:
            self.set_up_again()

    def set_up_again(self) -> None:
        """Begin anew with the open port: the modem has lost its settings. Nothing is sent before they are back."""
        self.session.interrupt()
        self._moved(Event.RESTARTED, "the modem started anew")
        self._restarted.set()

    # What the modem says unasked -----------------------------------------------------------------------------

    def _heard(self, event: events.Event) -> None:  # noqa: C901, PLR0912  # one line a kind of event
        reception = self.reception
        match event:
            case events.MessageStored(storage, index) | events.ReportStored(storage, index):
                if reception is not None:
                    reception.announced(storage, index, report=isinstance(event, events.ReportStored))
            case events.MessageArrived(pdu) | events.ReportArrived(pdu):
                if reception is not None:
                    reception.handed(pdu)
                else:
                    self._early.append(pdu)  # the modem has forgotten it already
            case events.Ringing():
                self._calls.rang()
            case events.CallerNumber(number):
                self._calls.caller(number)
            case events.CallEnded():
                self._calls.ended()
            case events.Signal(dbm):
                self._learned(signal_dbm=dbm)
            case events.Registration():
                self.watch.registered(event)
            case events.StorageFilled():
                if reception is not None:
                    reception.filled()
            case events.SimState(state):
                self._sim_changed.set()
                if self._served and state != "READY":  # not at a start, in the middle of giving the PIN
                    self.set_up_again()  # it was taken out: whatever comes next is asked who it is
            case events.Restarted():
                self.set_up_again()
            case events.SmsReady():
                self._ready_for_messages()
            case events.Noise(text) if text.startswith(self._profile.restart_words):
                self.set_up_again()
            case events.Noise(text) if text.startswith(self._profile.ready_words):
                self._ready_for_messages()
            case events.UssdAnswer():
                self.ussd.heard(event)
            case events.LateReference(reference):
                known = self._doubt.settle(reference)
                log.warning("modem.late-reference", line=self._line, reference=reference, known=known)
            case events.Garbled(text):
                log.warning("modem.garbled", line=self._line, prefix=text.partition(":")[0])
            case _:
                pass

    def _ready_for_messages(self) -> None:
        if self.reception is not None:
            self.reception.sweep()


def _obey_cancellation() -> None:
    """Raise `CancelledError` if this task was cancelled while a group of its own ended with errors.

    Before Python 3.13 a task group then forgets the cancellation, and the line could not be stopped.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _first(group: BaseExceptionGroup[E]) -> E:
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError
