"""What the information text of our own questions says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clerkd.at.events import Registration
from clerkd.at.fields import fields, numbers_in, octets_of
from clerkd.at.urc import URCS, head_of


def value_of(lines: Iterable[str], *prefixes: str) -> str | None:
    """Return the text after the first of `prefixes` that a line begins with, or None."""
    for line in lines:
        head, parameters = head_of(line)
        if head in prefixes:
            return parameters
    return None


def word_of(lines: Sequence[str], *prefixes: str) -> str | None:
    """Return the answer of an identification command, which may come with or without its prefix and quotes."""
    text = value_of(lines, *prefixes)
    if text is None:
        text = next((line for line in lines if ":" not in line), None)
    return text.strip('" ') or None if text is not None else None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One entry of AT+CMGL or AT+CMGR in PDU mode."""

    index: int
    status: int  # 0 received unread, 1 received read, 2 stored unsent, 3 stored sent, 27.005 §3.1
    pdu: bytes | None  # None: its line is missing or no hexadecimal

    @property
    def received(self) -> bool:
        """Whether it came from the network; the others were written by the modem's owner."""
        return self.status in {0, 1}


_RECEIVED = 0  # some modems leave the status out


def listed(lines: Iterable[str]) -> list[StoredMessage]:
    """Return the messages of an AT+CMGL answer: `+CMGL: <index>,<stat>,[<alpha>],<length>` and a PDU each."""
    found = []
    for header, pdu in _with_pdu(lines, "+CMGL"):
        match fields(header):
            case [index, status, *_] if index.isdecimal():
                found.append(StoredMessage(int(index), int(status) if status.isdecimal() else _RECEIVED, pdu))
    return found


def read_at(index: int, lines: Iterable[str]) -> StoredMessage | None:
    """Return the message of an AT+CMGR answer, `+CMGR: <stat>,[<alpha>],<length>`; None if the slot is empty."""
    for header, pdu in _with_pdu(lines, "+CMGR"):
        status = (fields(header) or [""])[0]
        if pdu is not None or header:
            return StoredMessage(index, int(status) if status.isdecimal() else _RECEIVED, pdu)
    return None


def _with_pdu(lines: Iterable[str], prefix: str) -> Iterator[tuple[str, bytes | None]]:
    header: str | None = None
    for line in lines:
        head, parameters = head_of(line)
        if head == prefix:
            if header is not None:
                yield header, None
            header = parameters
        elif header is not None:
            yield header, octets_of(line)
            header = None
    if header is not None:
        yield header, None


def registration_of(lines: Iterable[str]) -> list[Registration]:
    """Return what +CREG, +CGREG, +CEREG and +C5GREG lines say."""
    found = []
    for line in lines:
        head, parameters = head_of(line)
        if head in {"+CREG", "+CGREG", "+CEREG", "+C5GREG"}:
            event = URCS[head].read(head, parameters)
            if isinstance(event, Registration):
                found.append(event)
    return found


@dataclass(frozen=True, slots=True)
class Capacity:
    """How full a message storage is."""

    used: int
    total: int


def capacity_of(lines: Iterable[str]) -> Capacity | None:
    """Return the receiving storage of an AT+CPMS=… answer: the last `<used>,<total>` pair, 27.005 §3.2.2."""
    values = [int(value) for value in fields(value_of(lines, "+CPMS") or "") if value.isdecimal()]
    return Capacity(values[-2], values[-1]) if len(values) >= 2 else None


def storages_of(lines: Iterable[str]) -> list[frozenset[str]]:
    """Return, for each of the three uses, the storages that AT+CPMS=? offers."""
    text = value_of(lines, "+CPMS") or ""
    return [frozenset(re.findall(r"[A-Z]{2}", group)) for group in fields(text) if group.startswith("(")]


@dataclass(frozen=True, slots=True)
class NotificationModes:
    """What AT+CNMI=? offers for each of <mode>, <mt>, <bm>, <ds> and <bfr>, 27.005 §3.4.1."""

    allowed: tuple[frozenset[int], ...]

    def allow(self, setting: Sequence[int]) -> bool:
        """Tell whether a setting is offered; a field that the modem does not mention is not judged."""
        return all(value in allowed for value, allowed in zip(setting, self.allowed, strict=False) if allowed)


def notification_modes_of(lines: Iterable[str]) -> NotificationModes:
    """Return what AT+CNMI=? offers."""
    text = value_of(lines, "+CNMI") or ""
    return NotificationModes(tuple(numbers_in(group) for group in fields(text)))


def setting_of(lines: Iterable[str], prefix: str) -> tuple[int, ...]:
    """Return the numbers of a read answer such as `+CNMI: 2,1,0,1,0`."""
    return tuple(int(value) for value in fields(value_of(lines, prefix) or "") if value.isdecimal())


def operator_of(lines: Iterable[str]) -> str | None:
    """Return the operator of an AT+COPS? answer, `+COPS: <mode>[,<format>,<oper>[,<AcT>]]`."""
    values = fields(value_of(lines, "+COPS") or "")
    return (values[2] or None) if len(values) > 2 else None


_INCOMING, _RINGING = "1", {"4", "5"}  # <dir>; <stat> of +CLCC: incoming, waiting


def incoming_caller(lines: Iterable[str]) -> str | None:
    """Return who rings, of an AT+CLCC answer: `<id>,<dir>,<stat>,<mode>,<mpty>[,<number>,<type>]`, 27.007 §7.18."""
    for line in lines:
        head, parameters = head_of(line)
        match fields(parameters) if head == "+CLCC" else []:
            case [_, direction, state, _, _, number, kind, *_] if direction == _INCOMING and state in _RINGING:
                return ("+" + number.lstrip("+") if kind == "145" else number) or None
    return None
