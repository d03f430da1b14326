"""Message stores: slots with a status each (27.005 §3.1), and which of them does what (+CPMS)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from clerkd.simulate.modem.faults import Faults
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.results import Cms

ALL = 4
DUMMY = bytes.fromhex("00FF") + b"\xff" * 18  # what some fill slots with that hold nothing


class Status(IntEnum):
    """<stat> in PDU mode, 27.005 §3.1."""

    REC_UNREAD = 0
    REC_READ = 1
    STO_UNSENT = 2
    STO_SENT = 3


TEXT_STATUS = {
    Status.REC_UNREAD: "REC UNREAD",
    Status.REC_READ: "REC READ",
    Status.STO_UNSENT: "STO UNSENT",
    Status.STO_SENT: "STO SENT",
}


@dataclass(slots=True)
class Stored:
    """A message in a slot: SMSC address and TPDU, as +CMGR gives them."""

    status: Status
    pdu: bytes
    since: float = -math.inf  # on the monotonic clock; when it came

    @property
    def tpdu_octets(self) -> int:
        """The length that +CMGR and +CMGL tell: without the SMSC address, 27.005 §3.1 <length>."""
        return len(self.pdu) - 1 - self.pdu[0]


class Store:
    """One memory with numbered slots."""

    def __init__(self, name: str, slots: int, first_index: int) -> None:
        self.name = name
        self._first = first_index
        self._slots: list[Stored | None] = [None] * slots

    @property
    def total(self) -> int:
        """How many slots there are."""
        return len(self._slots)

    @property
    def used(self) -> int:
        """How many slots are taken."""
        return sum(slot is not None for slot in self._slots)

    def has(self, index: int) -> bool:
        """Tell whether there is such a slot."""
        return 0 <= index - self._first < len(self._slots)

    def put(self, message: Stored) -> int | None:
        """Take the first free slot and return its index; None when there is none."""
        for position, slot in enumerate(self._slots):
            if slot is None:
                self._slots[position] = message
                return position + self._first
        return None

    def get(self, index: int) -> Stored:
        """Return the message at `index`; +CMS ERROR: 321 when there is no such slot or it is empty."""
        message = self._slots[self._position(index)]
        if message is None:
            raise Cms(321)
        return message

    def delete(self, index: int) -> bool:
        """Free a slot; tell whether it was taken. +CMS ERROR: 321 when there is no such slot."""
        position = self._position(index)
        taken = self._slots[position] is not None
        self._slots[position] = None
        return taken

    def items(self) -> list[tuple[int, Stored]]:
        """Return the messages with their indexes."""
        return [(position + self._first, slot) for position, slot in enumerate(self._slots) if slot is not None]

    def _position(self, index: int) -> int:
        if not self.has(index):
            raise Cms(321)
        return index - self._first


class BothStores:
    """MT: the phone's memory and the SIM's seen as one; the SIM's indexes follow the phone's."""

    name = "MT"

    def __init__(self, phone: Store, sim: Store) -> None:
        self._phone = phone
        self._sim = sim

    @property
    def total(self) -> int:
        """Slots of both."""
        return self._phone.total + self._sim.total

    @property
    def used(self) -> int:
        """Slots taken in both."""
        return self._phone.used + self._sim.used

    def put(self, message: Stored) -> int | None:
        """Store in the phone's memory, in the SIM's when that is full."""
        index = self._phone.put(message)
        if index is not None:
            return index
        index = self._sim.put(message)
        return None if index is None else index + self._phone.total

    def get(self, index: int) -> Stored:
        """As `Store.get`."""
        store, index = self._find(index)
        return store.get(index)

    def delete(self, index: int) -> bool:
        """As `Store.delete`."""
        store, index = self._find(index)
        return store.delete(index)

    def items(self) -> list[tuple[int, Stored]]:
        """The phone's messages, then the SIM's."""
        offset = self._phone.total
        return self._phone.items() + [(index + offset, message) for index, message in self._sim.items()]

    def _find(self, index: int) -> tuple[Store, int]:
        if self._phone.has(index):
            return self._phone, index
        return self._sim, index - self._phone.total


AnyStore = Store | BothStores


class Storage:
    """All memories of a modem and the three that +CPMS chose. It survives a restart, the choice too."""

    def __init__(self, sim: Store, habits: Habits, faults: Faults) -> None:
        phone = Store("ME", habits.me_slots, habits.first_index)
        for _ in range(habits.dummy_slots):
            phone.put(Stored(Status.REC_READ, DUMMY))
        self.reports = Store("SR", habits.report_slots, habits.first_index)
        self.stores: dict[str, AnyStore] = {
            "SM": sim,
            "ME": phone,
            "MT": BothStores(phone, sim),
            "SR": self.reports,
        }
        self._faults = faults
        self.reading: AnyStore = sim  # <mem1>
        self.writing: AnyStore = sim  # <mem2>
        self.receiving: AnyStore = sim  # <mem3>

    def put(self, store: AnyStore, message: Stored) -> int | None:
        """Store and return the index, None when full or said to be."""
        return None if self._faults.storage_full else store.put(message)

    def usage(self, store: AnyStore) -> tuple[int, int]:
        """Return the used and total numbers as +CPMS tells them."""
        return (store.total if self._faults.storage_full else store.used), store.total
