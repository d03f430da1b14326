"""PDUs as AT+CMGS takes and +CMT gives them, 27.005 §3.1: the SMSC's address, then the TPDU."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.codec import address, tpdu
from clerkd.codec.address import Address
from clerkd.codec.reader import Reader
from clerkd.codec.tpdu import Tpdu


@dataclass(frozen=True, slots=True)
class Pdu:
    """A TPDU and the SMSC that it came or goes through; None leaves the choice to the SIM."""

    smsc: Address | None
    tpdu: Tpdu


def decode(octets: bytes) -> Pdu:
    """Read a PDU; raise `DecodeError` and nothing else, whatever the octets are."""
    reader = Reader(octets)
    smsc = address.decode_smsc(reader)
    return Pdu(smsc, tpdu.decode(reader))


def encode(unit: Tpdu, smsc: Address | None = None) -> bytes:
    """Return the octets, the SMSC's first (`00` for None); raise `EncodeError`.

    The number for AT+CMGS counts the TPDU alone: `len(unit.encode())`.
    """
    return (smsc.encode_smsc() if smsc else b"\0") + unit.encode()
