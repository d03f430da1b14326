"""Getting messages out of a modem: read, hand over, delete after the commit.

The modem's storage is the safe place until the core has committed, so nothing is deleted before, and what could
not be handed over is offered again at the next sweep. Notifications only make it quicker: the sweep finds what
they missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from clerkd.at import commands
from clerkd.at.answers import StoredMessage, listed, read_at
from clerkd.at.commands import Command, Deadline
from clerkd.at.errors import NoSuchMessage
from clerkd.clock import Clock
from clerkd.errors import ClerkdError, Permanent
from clerkd.model.inbound import DeliveryReport, Inbound, InboundSegment
from clerkd.modem.bringup import Setup
from clerkd.modem.profile import Acknowledgement, Profile
from clerkd.modem.reading import read_pdu
from clerkd.modem.room import Room
from clerkd.modem.session import PortLost, Session
from clerkd.ports.line import Receiver

log = structlog.get_logger()

_LIST_FROM = 3  # so many waiting messages are quicker listed than read one by one
_EVERYWHERE = 60  # sweeps: every hour the storages that no message is expected in
LOOK_AGAIN_S = (0.25, 1.0, 4.0)  # after messages were found that the modem had not announced
_AGAIN_S = 10.0  # after a message could not be kept: a disk that was full may have room again
Crowded = Callable[[str | None], None]  # what is wrong with the storage, in words
Slot = tuple[str | None, int]  # storage (None: the modem's own choice) and index


@dataclass(frozen=True, slots=True)
class StoredEnvelope:
    """A message in the modem's storage."""

    payload: Inbound
    reception: Reception
    slot: Slot

    async def acknowledge(self) -> None:
        """Delete it from the storage."""
        await self.reception.delete(self.slot)


@dataclass(frozen=True, slots=True)
class HandedEnvelope:
    """A message that the modem handed over (+CMT, +CDS)."""

    payload: Inbound
    reception: Reception

    async def acknowledge(self) -> None:
        """Tell the network, if that is our duty."""
        await self.reception.confirm()


class Reception:
    """Receives through one session."""

    def __init__(
        self,
        session: Session,
        profile: Profile,
        setup: Setup,
        receiver: Receiver,
        clock: Clock,
        *,
        line: str,
        sim: str,
        tasks: asyncio.TaskGroup,
        room: Room,
        crowded: Crowded,
    ) -> None:
        self._session = session
        self._profile = profile
        self._room = room
        self._crowded = crowded
        self._looked: set[str | None] = set()  # storages that were listed before
        self._missed: dict[Slot, bytes] = {}  # at the last look
        self._looks = len(LOOK_AGAIN_S)  # since more was found than the modem had told
        self._dummy = bytes.fromhex(profile.dummy_pdu)
        self._setup = setup
        self._receiver = receiver
        self._clock = clock
        self._line = line
        self._sim = sim
        self._tasks = tasks
        self._selected = setup.storage
        self._aliases: set[str] = set()  # names in notifications that AT+CPMS does not know
        self._waiting: dict[Slot, bool] = {}  # announced and not read; True: read once and found empty
        self._offered: dict[Slot, bytes] = {}  # handed to the core, not yet forgotten by the modem
        self._to_sweep: list[str | None] = [setup.storage, *setup.others]
        self._sweeps = 0
        self._said: set[Slot] = set()  # slots without a readable PDU that the log knows already
        self._wake = asyncio.Event()
        self._wake.set()
        # One command on the storage at a time, so that an index always means the message that was read there.
        # It also lets sends pass: never more than one of these waits for the session.
        self._storage = asyncio.Lock()

    # What the modem says -------------------------------------------------------------------------------------

    def announced(self, storage: str, index: int, *, report: bool = False) -> None:
        """Hear of a stored message or report (+CMTI, +CDSI). Reports have a storage of their own in some modems."""
        name = self._name(storage)
        if name != self._setup.storage and not report:
            self._room.note_misplaced(storage)
        self._waiting[name, index] = False
        self._wake.set()

    def handed(self, pdu: bytes) -> None:
        """Take a message or report that is not stored (+CMT, +CDS)."""
        envelope = HandedEnvelope(self._read(pdu), self)
        self._tasks.create_task(self._hand_over(envelope, None), name=f"{self._line}: receive")

    def sweep(self) -> None:
        """Look at what is stored, soon: where messages come in, and once in a while everywhere."""
        self._sweeps += 1
        everywhere = self._sweeps % _EVERYWHERE == 0
        self._look_at(self._setup.storage, *(self._setup.others if everywhere else ()))

    def filled(self) -> None:
        """Hear that a message did not fit: make room, wherever it is that is full."""
        self._room.note_filled()
        self._look_at(self._setup.storage, *self._setup.others)

    def _look_at(self, *storages: str | None) -> None:
        self._to_sweep += [storage for storage in storages if storage not in self._to_sweep]
        self._wake.set()

    def _name(self, storage: str) -> str | None:
        # "MT" and "" are the modem's view of all its storages: what is selected is part of it.
        return self._setup.storage if storage in {"", "MT", self._setup.storage, *self._aliases} else storage

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """Keep the storage in which messages come in selected, and nobody else at it, in the meantime.

        Raise the refusal if it cannot be selected.
        """
        async with self._storage:
            await self._select(self._setup.storage)
            yield

    # Reading -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Read whatever waits, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._read_waiting()

    async def _read_waiting(self) -> None:
        while self._to_sweep:
            await self._list(self._to_sweep.pop(0))
        await self._come_back()
        by_storage: dict[str | None, list[Slot]] = {}
        for slot in self._waiting:
            if slot not in self._offered:  # else it is a new message behind one that is being deleted: later
                by_storage.setdefault(slot[0], []).append(slot)
        for storage, slots in by_storage.items():
            if len(slots) >= _LIST_FROM:
                await self._list(storage)
            else:
                for slot in slots:
                    await self._read_slot(slot)

    async def _come_back(self) -> None:
        """Select the storage in which messages come in, so that the next one is read without a further command."""
        async with self._storage:
            try:
                await self._select(self._setup.storage)
            except ClerkdError as refused:
                log.debug("modem.select-failed", line=self._line, error=str(refused))

    async def _list(self, storage: str | None) -> None:
        async with self._storage:
            announced = [slot for slot in self._waiting if slot[0] == storage and slot not in self._offered]
            empty_before = {slot for slot in announced if self._waiting.pop(slot)}
            lines = await self._ask(storage, commands.LIST_ALL)
            found = [message for message in listed(lines) if self._came_in(message)]
            meanwhile = [slot for slot in self._waiting if slot[0] == storage and slot not in announced]
            # Slots are filled wherever one is free. The order of the announcements is that of the arrivals; what was
            # announced to nobody lay there before, and only the SMSC's time tells its order.
            known = {*announced, *meanwhile}
            order = {index: position for position, (_storage, index) in enumerate([*announced, *meanwhile], 1)}
            found.sort(key=lambda message: (order.get(message.index, 0), self._sent_at(message)))
            self._miss(storage, [message for message in found if (storage, message.index) not in known])
            for message in found:
                self._offer(storage, message)
            for slot in set(announced) - empty_before - {(storage, message.index) for message in found}:
                self._read_later(slot)
        if storage == self._setup.storage:
            self._crowded(self._room.judge(len(found), self._setup.capacity))

    def _miss(self, storage: str | None, found: list[StoredMessage]) -> None:
        """Take note of messages that nobody had announced. Behind them others may wait for room."""
        told = self._waiting.keys() | self._offered.keys()
        missed = {(storage, one.index): one.pdu for one in found if one.pdu and (storage, one.index) not in told}
        fresh = len(missed.items() - self._missed.items())  # what could not be kept is met again and again
        if fresh and storage in self._looked:
            self._room.note_unannounced(fresh)
        if fresh:
            self._looks = 0
        if self._looks < len(LOOK_AGAIN_S):
            # The modem does not tell, and what it had no room for comes in when there is some.
            asyncio.get_running_loop().call_later(LOOK_AGAIN_S[self._looks], self._look_at, storage)
            self._looks += 1
        self._missed = missed
        self._looked.add(storage)

    def _came_in(self, message: StoredMessage) -> bool:
        """Tell whether a slot holds something from the network, not a draft or what a vendor fills empty slots with."""
        dummy = self._dummy and message.pdu is not None and message.pdu.startswith(self._dummy)
        return message.received and not dummy

    def _sent_at(self, message: StoredMessage) -> int:
        """Return when the SMSC took a message, epoch ms; 0 if it does not say."""
        if message.pdu is None:
            return 0
        match self._read(message.pdu):
            case InboundSegment(sent_at=int(at)) | DeliveryReport(discharged_at=int(at)):
                return at
            case _:
                return 0

    async def _read_slot(self, slot: Slot) -> None:
        storage, index = slot
        async with self._storage:
            found_empty = self._waiting.pop(slot, False)
            message = read_at(index, await self._ask(storage, commands.read_message(index)))
            if message is not None and self._came_in(message):
                self._offer(storage, message)
            elif message is None and not found_empty:
                self._read_later(slot)

    def _read_later(self, slot: Slot) -> None:
        # Some modems announce a message before it can be read.
        asyncio.get_running_loop().call_later(self._profile.read_again_s, self._read_again, slot)

    def _read_again(self, slot: Slot) -> None:
        self._waiting.setdefault(slot, True)
        self._wake.set()

    async def _ask(self, storage: str | None, command: Command) -> list[str]:
        """Return the answer of a command on a storage; nothing if it is refused. Holding the storage's lock."""
        try:
            await self._select(storage)
            return await self._session.ask(command)
        except (PortLost, NoSuchMessage):
            return []  # the loss is told by the session; the message is gone
        except ClerkdError as refused:
            log.warning("modem.read-failed", line=self._line, command=command.text, code=refused.code)
            return []

    async def _select(self, storage: str | None) -> None:
        if storage is not None and storage != self._selected:
            self._selected = None
            try:
                await self._session.ask(Command(f'AT+CPMS="{storage}"', ("+CPMS",), Deadline.STORAGE))
            except Permanent:
                self._aliases.add(storage)  # then it is where all the others are
                self.sweep()
                raise
            self._selected = storage

    # Handing over --------------------------------------------------------------------------------------------

    def _offer(self, storage: str | None, message: StoredMessage) -> None:
        slot = (storage, message.index)
        if slot in self._offered:
            if self._offered[slot] != message.pdu:
                self._waiting[slot] = False
            return
        if message.pdu is None:
            if slot not in self._said:
                self._said.add(slot)
                log.warning("modem.slot-unreadable", line=self._line, index=message.index)
            return
        self._offered[slot] = message.pdu
        envelope = StoredEnvelope(self._read(message.pdu), self, slot)
        self._tasks.create_task(self._hand_over(envelope, slot, message.pdu), name=f"{self._line}: receive")

    def _read(self, pdu: bytes) -> Inbound:
        return read_pdu(pdu, line=self._line, sim=self._sim, now=self._clock.now_ms())

    async def _hand_over(
        self, envelope: StoredEnvelope | HandedEnvelope, slot: Slot | None, pdu: bytes | None = None
    ) -> None:
        try:
            await self._receiver.receive(envelope)
        except Exception as reason:  # noqa: BLE001  # whatever it was, nothing was kept: the modem still has it
            log.warning("modem.inbound-deferred", line=self._line, error=str(reason), kind=type(reason).__name__)
            asyncio.get_running_loop().call_later(_AGAIN_S, self.sweep)
        finally:
            if slot is not None:
                # The core goes on after its acknowledgement, and by now another message may be offered from the slot.
                if self._offered.get(slot) is pdu:
                    del self._offered[slot]
                if slot in self._waiting:
                    self._wake.set()

    async def delete(self, slot: Slot) -> None:
        """Delete a message whose content is committed. Never raises: the next sweep offers it again."""
        storage, index = slot
        async with self._storage:
            try:
                await self._select(storage)
                await self._session.ask(commands.delete_message(index))
            except (PortLost, NoSuchMessage):
                pass
            except ClerkdError as refused:
                log.warning("modem.delete-failed", line=self._line, index=index, code=refused.code)
            self._offered.pop(slot, None)

    async def confirm(self) -> None:
        """Acknowledge a message that was handed over (AT+CNMA). Never raises."""
        style = self._profile.acknowledgement
        if not self._setup.acknowledged or style is Acknowledgement.NONE:
            return
        text = "AT+CNMA" if style is Acknowledgement.BARE else "AT+CNMA=1"
        try:
            answer = await self._session.execute(Command(text))
        except PortLost:
            return
        if not answer.ok:
            log.info("modem.acknowledgement-refused", line=self._line, result=answer.final and answer.final.text)
