"""From what was typed at `> ` to a SUBMIT, in both modes; as strict as an SMSC."""

from __future__ import annotations

from dataclasses import replace

from clerkd.codec import tpdu
from clerkd.codec.address import Address
from clerkd.codec.errors import DecodeError
from clerkd.codec.reader import Reader
from clerkd.codec.tpdu import Submit
from clerkd.simulate.modem.results import Cms
from clerkd.simulate.modem.settings import Settings
from clerkd.simulate.modem.text import read_text, validity_of
from clerkd.simulate.network.station import Rejected
from clerkd.simulate.network.transfer import decode_submit

LONGEST_TPDU = 164  # octets of a SUBMIT: 24 before TP-UD with the longest address and TP-VP, 140 of TP-UD
_HEADER, _STATUS_REPORT, _REJECT_DUPLICATES, _REPLY_PATH = 0x40, 0x20, 0x04, 0x80  # 23.040 §9.2.2.2


def of_pdu(typed: bytes, length: int) -> bytes:
    """Return SMSC address and TPDU; +CMS ERROR: 304 unless the TPDU has `length` octets, 27.005 §3.5.1."""
    try:
        octets = bytes.fromhex(typed.decode("ascii").strip())
    except ValueError as error:
        raise Cms(304) from error
    if not octets or octets[0] == 1 or len(octets) - 1 - octets[0] != length:
        raise Cms(304)
    return octets


def read_submit(octets: bytes) -> Submit:
    """Read the SUBMIT behind an SMSC address; +CMS ERROR: 304 for everything else."""
    try:
        return decode_submit(octets[1 + octets[0] :])
    except Rejected as rejected:
        raise Cms(304) from rejected


def read_any(octets: bytes, *, submit: bool) -> None:
    """Check a message for storage: a SUBMIT, or anything else; +CMS ERROR: 304 if it is not."""
    try:
        unit = tpdu.decode(Reader(octets, 1 + octets[0]))
    except DecodeError as error:
        raise Cms(304) from error
    if isinstance(unit, Submit) is not submit:
        raise Cms(304)


def of_text(typed: bytes, number: str, settings: Settings) -> bytes:
    """Return SMSC address (none) and TPDU of a text, with +CSMP's parameters; +CMS ERROR: 305 if it cannot be."""
    first, validity, protocol, dcs = settings.csmp
    if first & _HEADER:
        raise Cms(305)  # a header in text mode is optional in 27.005 and offered by hardly any modem
    submit = Submit(
        Address.of(number),
        read_text(typed, dcs, settings.character_set),
        protocol=protocol,
        validity=validity_of(first, validity),
        status_report=bool(first & _STATUS_REPORT),
        reject_duplicates=bool(first & _REJECT_DUPLICATES),
        reply_path=bool(first & _REPLY_PATH),
    )
    return b"\0" + submit.encode()


def readdressed(octets: bytes, number: str) -> bytes:
    """Return a stored SUBMIT with another destination, for +CMSS with <da>."""
    submit = replace(read_submit(octets), destination=Address.of(number))
    return octets[: 1 + octets[0]] + submit.encode()
