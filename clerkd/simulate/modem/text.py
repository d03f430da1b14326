"""Text mode: messages as fields and characters instead of octets (27.005 §3.1, §3.4, §3.5)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from clerkd.codec import gsm7, pdu, timestamp, ucs2
from clerkd.codec.dcs import CODINGS
from clerkd.codec.errors import DecodeError, EncodeError
from clerkd.codec.pdu import Pdu
from clerkd.codec.reader import Reader
from clerkd.codec.tpdu import SUBMIT, Deliver, StatusReport, Submit
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import ABSOLUTE, RELATIVE, Absolute, Relative, Validity
from clerkd.codec.validity import decode as decode_validity
from clerkd.model.message import Encoding
from clerkd.simulate.modem.numbers import type_of_address
from clerkd.simulate.modem.results import Cms
from clerkd.simulate.modem.storage import TEXT_STATUS, Stored

UNICODE = "UCS2"
_VALIDITY_OCTETS = (0, 7, 1, 7)  # by TP-VPF: absent, enhanced, relative, absolute


def read_text(typed: bytes, dcs: int, character_set: str) -> UserData:
    """Return user data for what was typed at `> `; +CMS ERROR: 305 if it does not fit the coding.

    UCS-2 and 8-bit data are typed as hexadecimal digits, 27.005 §3.1 <data>.
    """
    encoding = CODINGS[dcs].encoding
    try:
        if encoding is Encoding.OCTETS:
            user_data = UserData(octets=bytes.fromhex(typed.decode("ascii")), dcs=dcs)
        elif encoding is Encoding.UCS2:
            user_data = UserData(_units(typed), dcs=dcs)
        else:
            user_data = UserData(from_terminal(typed, character_set), dcs=dcs)
        user_data.encode()
    except (ValueError, EncodeError) as error:
        raise Cms(305) from error
    return user_data


def from_terminal(typed: bytes, character_set: str) -> str:
    """Return characters written in the +CSCS character set; raise `ValueError`."""
    if character_set == "GSM":
        if max(typed, default=0) > 0x7F:
            raise ValueError("not a septet")
        return gsm7.DEFAULT.decode(typed)
    if character_set == UNICODE:
        return _units(typed)
    return typed.decode("ascii" if character_set == "IRA" else "latin-1")


def _units(typed: bytes) -> str:
    """Return the characters of UCS-2 in hexadecimal digits; raise `ValueError`."""
    octets = bytes.fromhex(typed.decode("ascii"))
    if len(octets) % 2:
        raise ValueError("half a UCS-2 unit")
    return ucs2.decode(octets)


def to_terminal(text: str, character_set: str) -> str:
    """Return characters as the +CSCS character set writes them; what it lacks becomes `?`."""
    if character_set == "GSM":
        return "".join(gsm7.DEFAULT.encode(one if one in gsm7.DEFAULT else "?").decode("latin-1") for one in text)
    if character_set == UNICODE:
        return text.encode("utf-16-be", "surrogatepass").hex().upper()
    return text.encode("ascii" if character_set == "IRA" else "latin-1", "replace").decode("latin-1")


def _data(octets: bytes, user_data: UserData, character_set: str) -> str:
    """Return <data>: characters, or hexadecimal digits for UCS-2, 8-bit data and anything with a header."""
    if _is_characters(user_data):
        return to_terminal(user_data.text, character_set)
    return _user_data_octets(octets).hex().upper()


def _length(octets: bytes, user_data: UserData) -> int:
    """Return <length>: characters of text, octets of anything else."""
    return len(user_data.text) if _is_characters(user_data) else len(_user_data_octets(octets))


def _is_characters(user_data: UserData) -> bool:
    return user_data.encoding is Encoding.GSM7 and not user_data.header


def _user_data_octets(octets: bytes) -> bytes:
    """Return TP-UD as it came, whatever a decoder makes of it (23.040 §9.2.2.1, §9.2.2.2)."""
    start = 1 + octets[0]
    first = octets[start]
    if first & 3 == SUBMIT:
        address, behind = start + 2, 2 + _VALIDITY_OCTETS[first >> 3 & 3]
    else:
        address, behind = start + 1, 2 + timestamp.OCTETS
    return octets[address + 2 + (octets[address] + 1) // 2 + behind + 1 :]


def clock(moment: datetime | None) -> str:
    """Return <scts> or <dt>, 27.005 §3.1."""
    if moment is None:
        return "00/00/00,00:00:00+00"
    quarters = round((moment.utcoffset() or timedelta()) / timedelta(minutes=15))
    return f"{moment:%y/%m/%d,%H:%M:%S}{quarters:+03d}"


def validity_of(first: int, validity: int | str) -> Validity | None:
    """Return what +CSMP says about the validity period; +CMS ERROR: 305 if it is no time."""
    vpf = first >> 3 & 3
    if vpf == RELATIVE and isinstance(validity, int):
        return decode_validity(vpf, Reader(bytes((validity,))))
    if vpf == ABSOLUTE and isinstance(validity, str):
        try:
            zone = timezone(timedelta(minutes=15 * int(validity[17:])))
            moment = datetime.strptime(validity[:17], "%y/%m/%d,%H:%M:%S").replace(tzinfo=zone)
        except ValueError as error:
            raise Cms(305) from error
        return Absolute(moment)
    if vpf == 0:
        return None
    raise Cms(305)


def list_lines(index: int, stored: Stored, character_set: str, *, details: bool) -> tuple[str, ...]:
    """Return an entry of +CMGL, 27.005 §3.4.2."""
    unit = _read(stored)
    if unit is None:
        return (f'+CMGL: {index},"{TEXT_STATUS[stored.status]}","",,', stored.pdu.hex().upper())
    return _entry(f"+CMGL: {index},", stored, unit, character_set, details=details, single=False)


def read_lines(stored: Stored, character_set: str, *, details: bool) -> tuple[str, ...]:
    """Return what +CMGR gives, 27.005 §3.4.3."""
    unit = _read(stored)
    if unit is None:
        return (f'+CMGR: "{TEXT_STATUS[stored.status]}","",,', stored.pdu.hex().upper())
    return _entry("+CMGR: ", stored, unit, character_set, details=details, single=True)


def _read(stored: Stored) -> Pdu | None:
    try:
        return pdu.decode(stored.pdu)
    except DecodeError:
        return None


def _entry(head: str, stored: Stored, unit: Pdu, character_set: str, *, details: bool, single: bool) -> tuple[str, ...]:
    head += f'"{TEXT_STATUS[stored.status]}",'
    tpdu = unit.tpdu
    if isinstance(tpdu, StatusReport):
        return (head + report_fields(stored.pdu, tpdu),)
    number = tpdu.address.number
    moment = f',"{clock(tpdu.timestamp)}"' if isinstance(tpdu, Deliver) else ("" if single else ",")
    line = f'{head}"{to_terminal(number, character_set)}",{moment}'
    if details:
        line += f",{type_of_address(number)}"
        line += _details(stored.pdu, unit, tpdu) if single else f",{_length(stored.pdu, tpdu.user_data)}"
    return (line, _data(stored.pdu, tpdu.user_data, character_set))


def _details(octets: bytes, unit: Pdu, tpdu: Deliver | Submit) -> str:
    first = octets[1 + octets[0]]
    centre = unit.smsc.number if unit.smsc else ""
    validity = ""
    if isinstance(tpdu, Submit):
        validity = f",{tpdu.validity.encode()[0]}" if isinstance(tpdu.validity, Relative) else ","
    fields = f",{first},{tpdu.protocol},{tpdu.user_data.dcs}{validity}"
    return f'{fields},"{centre}",{type_of_address(centre)},{_length(octets, tpdu.user_data)}'


def deliver_lines(octets: bytes, unit: Pdu, deliver: Deliver, character_set: str, *, details: bool) -> tuple[str, str]:
    """Return +CMT, 27.005 §3.4.1."""
    number = deliver.originator.number
    line = f'+CMT: "{to_terminal(number, character_set)}",,"{clock(deliver.timestamp)}"'
    if details:
        line += f",{type_of_address(number)}{_details(octets, unit, deliver)}"
    return line, _data(octets, deliver.user_data, character_set)


def report_fields(octets: bytes, report: StatusReport) -> str:
    """Return the fields of +CDS and of a stored status report, 27.005 §3.4.1."""
    first = octets[1 + octets[0]]
    number = report.recipient.number
    times = f'"{clock(report.timestamp)}","{clock(report.discharge_time)}"'
    return f'{first},{report.reference},"{number}",{type_of_address(number)},{times},{report.status}'
