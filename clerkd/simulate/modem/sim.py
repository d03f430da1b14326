"""The SIM card: identity, PIN and PUK, phone book, stored messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from clerkd.simulate.modem.results import Cme
from clerkd.simulate.modem.storage import Store

PIN_ATTEMPTS = 3
PUK_ATTEMPTS = 10


class Lock(Enum):
    """What +CPIN? says, 27.007 §8.3."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    BLOCKED = "blocked"  # the PUK was wrong ten times: the card is dead
    ABSENT = "absent"


@dataclass(slots=True)
class Entry:
    """A phone book entry."""

    number: str
    text: str


@dataclass(slots=True)
class SimCard:
    """One card. PIN counters live on the card, so no restart of the modem refills them."""

    number: str  # E.164, or empty for a card that does not know its own
    iccid: str
    imsi: str
    messages: Store
    pin: str = ""  # empty: no PIN is asked for
    puk: str = "12345678"
    smsc: str = ""
    inserted: bool = True
    pin_attempts: int = PIN_ATTEMPTS
    puk_attempts: int = PUK_ATTEMPTS
    verified: bool = False
    tries: list[str] = field(default_factory=list)  # every PIN and PUK ever presented
    contacts: dict[int, Entry] = field(default_factory=dict)
    contact_slots: int = 100

    @property
    def lock(self) -> Lock:
        """What the card waits for."""
        if not self.inserted:
            return Lock.ABSENT
        if not self.puk_attempts:
            return Lock.BLOCKED
        if not self.pin_attempts:
            return Lock.PUK
        return Lock.PIN if self.pin and not self.verified else Lock.READY

    def power_on(self) -> None:
        """Ask for the PIN again."""
        self.verified = False

    def verify(self, pin: str) -> None:
        """Present the PIN; CME 16 when wrong, CME 12 when that was the last attempt (11.11 §9.2.9)."""
        self.tries.append(pin)
        if pin == self.pin:
            self.pin_attempts, self.verified = PIN_ATTEMPTS, True
            return
        self.pin_attempts -= 1
        raise Cme(16 if self.pin_attempts else 12)

    def unblock(self, puk: str, pin: str) -> None:
        """Present the PUK with a new PIN; CME 16 when wrong, CME 13 when the card died of it."""
        self.tries.append(puk)
        if puk == self.puk:
            self.pin, self.verified = pin, True
            self.pin_attempts, self.puk_attempts = PIN_ATTEMPTS, PUK_ATTEMPTS
            return
        self.puk_attempts -= 1
        raise Cme(16 if self.puk_attempts else 13)

    def require(self) -> int | None:
        """Return why the card cannot be used, as a CME number; None when it can."""
        return {Lock.ABSENT: 10, Lock.PIN: 11, Lock.PUK: 12, Lock.BLOCKED: 13}.get(self.lock)
