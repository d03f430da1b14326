"""What a modem says without being asked, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageStored:
    """+CMTI: a short message waits in the modem, 27.005 §3.4.1."""

    storage: str
    index: int


@dataclass(frozen=True, slots=True)
class ReportStored:
    """+CDSI: a delivery report waits in the modem."""

    storage: str
    index: int


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """+CMT: a short message, handed over and not kept by the modem."""

    pdu: bytes


@dataclass(frozen=True, slots=True)
class ReportArrived:
    """+CDS: a delivery report, handed over and not kept by the modem."""

    pdu: bytes


@dataclass(frozen=True, slots=True)
class BroadcastArrived:
    """+CBM: a cell broadcast page."""

    pdu: bytes


@dataclass(frozen=True, slots=True)
class Ringing:
    """RING or +CRING: somebody calls."""


@dataclass(frozen=True, slots=True)
class CallerNumber:
    """+CLIP: who calls, 27.007 §7.6; None when the number is withheld."""

    number: str | None


@dataclass(frozen=True, slots=True)
class CallEnded:
    """NO CARRIER and its like outside a command of ours that dials."""


@dataclass(frozen=True, slots=True)
class Registration:
    """+CREG, +CGREG, +CEREG or +C5GREG: how the modem stands with one kind of network, 27.007 §7.2."""

    domain: str  # "CREG", "CGREG", "CEREG" or "C5GREG"
    state: int

    @property
    def registered(self) -> bool:
        """Whether short messages can be sent: home or roaming, SMS only (6, 7) and CSFB not preferred (9, 10) too."""
        return self.state in {1, 5, 6, 7, 9, 10}


@dataclass(frozen=True, slots=True)
class Signal:
    """+CSQ: received strength in dBm, 27.007 §8.5; None when the modem does not know."""

    dbm: int | None


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """+CUSD: what the network says, 27.007 §7.15; `text` is as coded by the modem, `dcs` says how (23.038 §5)."""

    mode: int
    text: str = ""
    dcs: int | None = None


@dataclass(frozen=True, slots=True)
class Restarted:
    """RDY and its like: the modem has just started and forgot every setting."""

    text: str


@dataclass(frozen=True, slots=True)
class SmsReady:
    """SMS READY and its like: from now on commands on messages work."""


@dataclass(frozen=True, slots=True)
class StorageFilled:
    """^SMMEMFULL or +SMS FULL: a message did not fit; the network keeps it until there is room."""


@dataclass(frozen=True, slots=True)
class SimState:
    """+CPIN unasked: what the SIM waits for, or READY."""

    text: str


@dataclass(frozen=True, slots=True)
class LateReference:
    """+CMGS when no submission waits for one: the receipt of a submission that was given up."""

    reference: int | None


@dataclass(frozen=True, slots=True)
class Garbled:
    """A two-line notification whose second line never came as hexadecimal."""

    text: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that means nothing to us."""

    text: str


Event = (
    MessageStored
    | ReportStored
    | MessageArrived
    | ReportArrived
    | BroadcastArrived
    | Ringing
    | CallerNumber
    | CallEnded
    | Registration
    | Signal
    | UssdAnswer
    | Restarted
    | SmsReady
    | StorageFilled
    | SimState
    | LateReference
    | Garbled
    | Noise
)
