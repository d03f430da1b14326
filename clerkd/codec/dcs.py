"""TP-DCS, the data coding scheme, 23.038 §4: what one octet says about the user data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from clerkd.codec.errors import EncodeError
from clerkd.model.message import Encoding


class Waiting(IntEnum):
    """What waits, bits 1-0 of a message waiting indication."""

    VOICEMAIL = 0
    FAX = 1
    MAIL = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class Indication:
    """A message waiting indication: switch a symbol on the phone on or off."""

    waiting: Waiting
    active: bool
    store: bool  # False: the text may be discarded after it was shown


@dataclass(frozen=True, slots=True)
class DataCoding:
    """The octet and its meaning."""

    octet: int
    encoding: Encoding
    message_class: int | None = None  # 0 flash, 1 mobile, 2 SIM, 3 terminal
    compressed: bool = False  # the user data is opaque octets then
    automatic_deletion: bool = False
    indication: Indication | None = None
    reserved: bool = False  # no release gives it a meaning: kept as octets, since a guess could lose text


_ALPHABETS = (Encoding.GSM7, Encoding.OCTETS, Encoding.UCS2, Encoding.OCTETS)  # bits 3-2; 3 is reserved
_COMPRESSED = 0x20
_HAS_CLASS = 0x10


def _general(octet: int) -> DataCoding:
    """Groups 00xx (general) and 01xx (marked for automatic deletion)."""
    compressed = bool(octet & _COMPRESSED)
    return DataCoding(
        octet,
        Encoding.OCTETS if compressed else _ALPHABETS[octet >> 2 & 3],
        message_class=octet & 3 if octet & _HAS_CLASS else None,
        compressed=compressed,
        automatic_deletion=octet >= 0x40,
        reserved=octet & 0x0C == 0x0C,
    )


def _waiting(octet: int) -> DataCoding:
    """Groups 1100 (discard), 1101 (store) and 1110 (store, UCS-2)."""
    indication = Indication(Waiting(octet & 3), active=bool(octet & 8), store=octet >= 0xD0)
    return DataCoding(octet, Encoding.UCS2 if octet >= 0xE0 else Encoding.GSM7, indication=indication)


def _coding(octet: int) -> DataCoding:
    if octet < 0x80:
        return _general(octet)
    if octet < 0xC0:
        return DataCoding(octet, Encoding.OCTETS, reserved=True)
    if octet < 0xF0:
        return _waiting(octet)
    return DataCoding(octet, Encoding.OCTETS if octet & 4 else Encoding.GSM7, message_class=octet & 3)


CODINGS = tuple(_coding(octet) for octet in range(256))
_PLAIN = {Encoding.GSM7: 0x00, Encoding.OCTETS: 0x04, Encoding.UCS2: 0x08}


def octet_of(encoding: Encoding, message_class: int | None = None) -> int:
    """Return the octet of the general group that says it; raise `EncodeError` for a class not within 0..3."""
    if message_class is None:
        return _PLAIN[encoding]
    if not 0 <= message_class <= 3:
        raise EncodeError("TP-DCS", f"message class {message_class} is not within 0..3")
    return _PLAIN[encoding] | _HAS_CLASS | message_class
