"""The PDUs of SMPP 3.4 that an ESME needs, between octets and values. Pure.

Clauses are those of the SMPP Protocol Specification v3.4, issue 1.2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

# command_id, §5.1.2.1
GENERIC_NACK = 0x80000000
SUBMIT_SM = 0x00000004
DELIVER_SM = 0x00000005
UNBIND = 0x00000006
BIND_TRANSCEIVER = 0x00000009
ENQUIRE_LINK = 0x00000015
RESPONSE = 0x80000000  # the bit of an answer

ESME_ROK = 0x00
ESME_RINVCMDID = 0x03
ESME_RX_T_APPN = 0x64  # temporary error of the receiver: deliver again later

UDHI = 0x40  # esm_class, §5.2.12
RECEIPT = 0x04
_MESSAGE_TYPE = 0x3C
RECEIPTED_MESSAGE_ID, MESSAGE_STATE, MESSAGE_PAYLOAD = 0x001E, 0x0427, 0x0424  # optional parameters, §5.3.2

HEADER_OCTETS = 16
LONGEST_PDU = 70_000  # message_payload holds 64 KiB
_HEADER = struct.Struct(">IIII")
_VERSION = 0x34
_INTERNATIONAL, _ISDN = 1, 1  # ton and npi, §5.2.5 and §5.2.6
_ALPHANUMERIC = 5


class MalformedPdu(ValueError):
    """Octets that are no PDU of SMPP."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """A header and what follows."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def encode(self) -> bytes:
        """Return the octets."""
        return _HEADER.pack(HEADER_OCTETS + len(self.body), self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Delivered:
    """A deliver_sm, §4.6.1."""

    sender: str  # a peer
    esm_class: int
    data_coding: int
    message: bytes
    optional: dict[int, bytes] = field(default_factory=dict)

    @property
    def is_receipt(self) -> bool:
        """Whether it says what became of a message."""
        return self.esm_class & _MESSAGE_TYPE == RECEIPT


def read_length(header: bytes) -> int:
    """Return the length of the PDU that begins with four octets; raise `MalformedPdu`."""
    length = int.from_bytes(header, "big")
    if not HEADER_OCTETS <= length <= LONGEST_PDU:
        raise MalformedPdu(f"a PDU of {length} octets")
    return length


def decode(octets: bytes) -> Pdu:
    """Read a whole PDU."""
    _, command, status, sequence = _HEADER.unpack_from(octets)
    return Pdu(command, status, sequence, octets[HEADER_OCTETS:])


def bind(system_id: str, password: str) -> bytes:
    """Return the body of a bind_transceiver, §4.1.5."""
    return _text(system_id) + _text(password) + _text("") + bytes((_VERSION, 0, 0)) + _text("")


def submit(*, sender: str, recipient: str, esm_class: int, data_coding: int, report: bool, message: bytes) -> bytes:
    """Return the body of a submit_sm, §4.4.1. Numbers are E.164."""
    address = bytes((_INTERNATIONAL, _ISDN))
    return b"".join(
        (
            _text(""),
            address + _text(sender.removeprefix("+")),
            address + _text(recipient.removeprefix("+")),
            bytes((esm_class, 0, 0)),
            _text("") * 2,  # now, and as long as the carrier keeps it
            bytes((int(report), 0, data_coding, 0, len(message))),
            message,
        )
    )


def read_deliver(body: bytes) -> Delivered:
    """Read the body of a deliver_sm; raise `MalformedPdu`."""
    try:
        position = body.index(0) + 1
        ton = body[position]
        sender, position = _read_text(body, position + 2)
        _, position = _read_text(body, position + 2)
        esm_class = body[position]
        _, position = _read_text(body, position + 3)
        _, position = _read_text(body, position)
        data_coding, length = body[position + 2], body[position + 4]
        message = body[position + 5 : position + 5 + length]
        optional = _read_optional(body[position + 5 + length :])
    except (ValueError, IndexError, struct.error) as reason:
        raise MalformedPdu("a deliver_sm that ends too early") from reason
    return Delivered(_peer(sender, ton), esm_class, data_coding, optional.get(MESSAGE_PAYLOAD, message), optional)


def _read_optional(octets: bytes) -> dict[int, bytes]:
    found = {}
    position = 0
    while position + 4 <= len(octets):
        tag, length = struct.unpack_from(">HH", octets, position)
        found[tag] = octets[position + 4 : position + 4 + length]
        position += 4 + length
    return found


def _peer(address: str, ton: int) -> str:
    if ton == _ALPHANUMERIC or not address.isdecimal():
        return address
    return f"+{address}" if ton == _INTERNATIONAL or len(address) > 8 else address


def _text(value: str) -> bytes:
    return value.encode("latin-1", "replace") + b"\0"


def _read_text(octets: bytes, start: int) -> tuple[str, int]:
    end = octets.index(0, start)
    return octets[start:end].decode("latin-1"), end + 1


def read_text(octets: bytes) -> str:
    """Return the first C-octet string of a body, the message_id of a submit_sm_resp (§4.4.2)."""
    return octets.split(b"\0", 1)[0].decode("latin-1")
