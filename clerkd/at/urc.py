"""Unsolicited result codes: which lines they are, how many, and what they mean.

A table of prefixes decides. What a vendor adds without meaning for us comes as plain prefixes from its profile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from clerkd.at.events import (
    BroadcastArrived,
    CallEnded,
    CallerNumber,
    Event,
    Garbled,
    MessageArrived,
    MessageStored,
    Noise,
    Registration,
    ReportArrived,
    ReportStored,
    Restarted,
    Ringing,
    Signal,
    SimState,
    SmsReady,
    StorageFilled,
    UssdAnswer,
)
from clerkd.at.fields import fields, octets_of


class Shape(Enum):
    """How many lines a notification has."""

    ONE_LINE = 1
    PDU_FOLLOWS = 2  # the next line is its PDU, taken verbatim
    QUOTED = 3  # runs on until its quote is closed: USSD texts hold line ends


@dataclass(frozen=True, slots=True)
class Urc:
    """One entry of the table."""

    shape: Shape
    read: Callable[[str, str], Event]  # head and the text after the colon (joined lines for longer shapes)
    ambiguous: bool = False  # also the answer of a command of ours: goes to both


def pdu_announced(parameters: str) -> int | None:
    """Return the TPDU length that `+CMT: [alpha],<length>` or `+CDS: <length>` announces."""
    last = fields(parameters)[-1] if parameters else ""
    return int(last) if last.isdecimal() else None


def pdu_fits(pdu: bytes, announced: int | None) -> bool:
    """Tell whether octets are the announced ones: SMSC length, SMSC, `announced` octets of TPDU."""
    return announced is None or (bool(pdu) and len(pdu) == 1 + pdu[0] + announced)


_USSD_COMPLETE = re.compile(r'\s*(\d+)\s*(?:,\s*"(.*)"\s*(?:,\s*(\d*)\s*)?|,\s*([^",]*)(?:,\s*(\d*)\s*)?)?', re.DOTALL)


def quote_open(parameters: str) -> bool:
    """Tell whether a quoted notification goes on in the next line."""
    return '"' in parameters and _USSD_COMPLETE.fullmatch(parameters) is None


def _stored(head: str, parameters: str) -> Event:
    match fields(parameters):
        case [storage, index, *_] if index.isdecimal():
            kind = MessageStored if head == "+CMTI" else ReportStored
            return kind(storage, int(index))
    return Noise(f"{head}: {parameters}")


_ARRIVED: dict[str, type[MessageArrived | ReportArrived | BroadcastArrived]] = {
    "+CMT": MessageArrived,
    "+CDS": ReportArrived,
    "+CBM": BroadcastArrived,
}


def _arrived(head: str, digits: str) -> Event:
    pdu = octets_of(digits)
    return Garbled(f"{head}: {digits}") if pdu is None else _ARRIVED[head](pdu)


def _caller(_head: str, parameters: str) -> Event:
    number, *rest = fields(parameters) or [""]
    international = bool(rest) and rest[0] == "145" and number.isdecimal()  # 24.008 §10.5.4.7
    return CallerNumber(("+" + number if international else number) or None)


def _registration(head: str, parameters: str) -> Event:
    """Read `<stat>[,…]` and, since the answer of the read command looks alike, `<n>,<stat>[,…]`."""
    values = fields(parameters, quoted=True)
    position = 1 if len(values) > 1 and re.fullmatch(r"\d{1,2}", values[1]) else 0
    if not values or not values[position].isdecimal():
        return Noise(f"{head}: {parameters}")
    return Registration(head[1:], int(values[position]))


def _signal(head: str, parameters: str) -> Event:
    strength = (fields(parameters) or [""])[0]
    if not strength.isdecimal():
        return Noise(f"{head}: {parameters}")
    rssi = int(strength)
    return Signal(-113 + 2 * rssi if rssi <= 31 else None)


def _ussd(head: str, parameters: str) -> Event:
    match = _USSD_COMPLETE.fullmatch(parameters)
    if match is None:
        return Garbled(f"{head}: {parameters}")
    mode, text, dcs, bare, bare_dcs = match.groups()
    coding = dcs or bare_dcs
    return UssdAnswer(int(mode), text if text is not None else (bare or "").strip(), int(coding) if coding else None)


def _one(event: Event) -> Urc:
    return Urc(Shape.ONE_LINE, lambda _head, _parameters: event)


def _restart(head: str, parameters: str) -> Event:
    return Restarted(f"{head}: {parameters}" if parameters else head)


def _noise(head: str, parameters: str) -> Event:
    return Noise(f"{head}: {parameters}" if parameters else head)


_RESTART = Urc(Shape.ONE_LINE, _restart)
_NOISE = Urc(Shape.ONE_LINE, _noise)
_REGISTRATION = Urc(Shape.ONE_LINE, _registration, ambiguous=True)

# Standard ones, and vendors' words that no answer of any command can be.
URCS: dict[str, Urc] = {
    "+CMTI": Urc(Shape.ONE_LINE, _stored),
    "+CDSI": Urc(Shape.ONE_LINE, _stored),
    "+CMT": Urc(Shape.PDU_FOLLOWS, _arrived),
    "+CDS": Urc(Shape.PDU_FOLLOWS, _arrived),
    "+CBM": Urc(Shape.PDU_FOLLOWS, _arrived),
    "+CBMI": _NOISE,
    "RING": _one(Ringing()),
    "+CRING": _one(Ringing()),
    "+CLIP": Urc(Shape.ONE_LINE, _caller),
    "NO CARRIER": _one(CallEnded()),
    "BUSY": _one(CallEnded()),
    "NO ANSWER": _one(CallEnded()),
    "+CREG": _REGISTRATION,
    "+CGREG": _REGISTRATION,
    "+CEREG": _REGISTRATION,
    "+C5GREG": _REGISTRATION,
    "+CSQ": Urc(Shape.ONE_LINE, _signal, ambiguous=True),
    "+CUSD": Urc(Shape.QUOTED, _ussd, ambiguous=True),
    "+CLCC": Urc(Shape.ONE_LINE, _noise, ambiguous=True),
    "+CPIN": Urc(Shape.ONE_LINE, lambda _head, parameters: SimState(parameters)),
    "+CFUN": _NOISE,
    "+CIEV": _NOISE,
    "+CTZV": _NOISE,
    "+CTZE": _NOISE,
    "+CCWA": _NOISE,
    "+CSSI": _NOISE,
    "+CSSU": _NOISE,
    "+CGEV": _NOISE,
    "RDY": _RESTART,
    "^SYSSTART": _RESTART,
    "*ATREADY": _RESTART,
    "+AT": _RESTART,  # u-blox "+AT: READY"
    "Call Ready": _NOISE,
    "PB DONE": _NOISE,
    "^SMMEMFULL": _one(StorageFilled()),  # Huawei; it comes in place of +CMTI
    "+SMS FULL": _one(StorageFilled()),  # SIMCom
    "SMS Ready": _one(SmsReady()),
    "SMS READY": _one(SmsReady()),
    "SMS DONE": _one(SmsReady()),
}


def head_of(text: str) -> tuple[str, str]:
    """Cut a line at its colon: `+CMTI: "SM",3` is `+CMTI` and `"SM",3`."""
    head, _colon, parameters = text.partition(":")
    return head.rstrip(), parameters.strip()
