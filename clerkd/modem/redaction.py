"""A transcript that may be shown to anybody: no numbers, texts, identities, places or secrets, and still a dialogue.

What is taken out is replaced by fiction of the same length, so that a command still announces the length of its PDU
and the transcript can be replayed. A PDU keeps its kind, coding, header, references and times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clerkd.at.transcript import Direction, Entry
from clerkd.codec import gsm7, pdu, udh
from clerkd.codec.address import Address, TypeOfNumber
from clerkd.codec.errors import DecodeError, EncodeError
from clerkd.codec.tpdu import Deliver, StatusReport, Submit, Tpdu
from clerkd.codec.userdata import UserData
from clerkd.model.message import Encoding

_NOBODY = "14155550123"  # a number of the range that is reserved for fiction
_BLANK = Address(_NOBODY[:2])
_SUBMIT = Submit(_BLANK, UserData(dcs=0xF5))  # 8-bit data, 23.038 §4: any length of it can be read
_DELIVER = Deliver(_BLANK, None, UserData(dcs=0xF5))

# A PDU has 15 octets at least: what is shorter is a piece of one, an identity or a place.
_TOKEN = re.compile(
    r"(?<![0-9A-Za-z])(?P<pdu>(?:[0-9A-Fa-f]{2}){15,})(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{8,}(?![0-9A-Za-z])"
    r"|\d{5,}"
)
_SECRET = re.compile(r"(\+C(?:PIN|PWD|LCK|PIN2)=)([^\r\n]*)", re.IGNORECASE)
# What stands in quotes behind these is a name, a number, a text or a place.
_PRIVATE = re.compile(
    r"(\+(?:CUSD|CLIP|CLCC|CCWA|COLP|CCFC|CNUM|CPB[RFWS]|CMG[LRWS]|CMSS|CMT|CDS|CBM|CSCA|C5?G?E?REG)\b[^\"\r\n]*)"
    r"(\"[^\r\n]*)",
    re.IGNORECASE,
)
_BODY_FOLLOWS = re.compile(r"\s*\+(?:CMG[LR]|CMT|CDS|CBM):", re.IGNORECASE)
_CHARACTERS = re.compile(r"[^\x00-\x20\"]")
_KNOWN_ELEMENTS = {udh.CONCAT_8, udh.CONCAT_16, udh.PORTS_8, udh.PORTS_16, udh.NATIONAL_SINGLE, udh.NATIONAL_LOCKING}


def redacted(entries: Sequence[Entry]) -> list[Entry]:
    """Return the dialogue without anything private, one entry a line that the modem said."""
    body, quoted = False, False
    shown = []
    for entry in _lines(entries):
        text = entry.octets.decode("latin-1")
        if entry.direction is Direction.SENT:
            text = _sent(text)
        elif entry.direction is Direction.RECEIVED and text.strip():
            closes = text.count('"') % 2 == 1
            if quoted:  # a text that goes on over several lines
                text, quoted = _crossed(text), not closes
            elif body and not re.fullmatch(r"[0-9A-Fa-f\s\x1a]*", text):
                text = _crossed(text)
            else:
                quoted = closes and _PRIVATE.search(text) is not None
                text = _said(text, sent=False)
            body = _BODY_FOLLOWS.match(text) is not None
        shown.append(replace(entry, octets=text.encode("latin-1")))
    return shown


def _lines(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries with each line that was heard in one piece, or its pieces could not be recognised."""
    lines: list[Entry] = []
    growing: int | None = None
    for entry in entries:
        if entry.direction is not Direction.RECEIVED:
            # A prompt has no end of line; what has letters goes on behind what was sent meanwhile.
            if growing is not None and not re.search(rb"[0-9A-Za-z]", lines[growing].octets):
                growing = None
            lines.append(entry)
            continue
        for piece in entry.octets.splitlines(keepends=True):
            if growing is None:
                growing = len(lines)
                lines.append(replace(entry, octets=b""))
            whole = lines[growing].octets + piece
            lines[growing] = replace(lines[growing], octets=whole)
            if whole.strip() and whole.endswith(b"\n"):
                growing = None
    return lines


def _sent(text: str) -> str:
    if text.endswith("\x1a") and re.fullmatch(r"[0-9A-Fa-f]+\x1a", text) is None:
        return _crossed(text[:-1]) + "\x1a"
    return _said(text, sent=True)


def _said(text: str, *, sent: bool) -> str:
    text = _SECRET.sub(lambda match: match[1] + re.sub(r"[^\",]", "0", match[2]), text)
    text = _PRIVATE.sub(lambda match: match[1] + re.sub(r'"[^"]*("|$)', _quoted, match[2]), text)
    return _TOKEN.sub(lambda match: _token(match, sent=sent), text)


def _token(match: re.Match[str], *, sent: bool) -> str:
    if match["pdu"] is not None:
        return _redacted_pdu(bytes.fromhex(match["pdu"]), sent=sent).hex().upper()
    return "0" * len(match[0])


def _quoted(match: re.Match[str]) -> str:
    text = match[0]
    number_or_code = re.fullmatch(r'"\+?[0-9A-Fa-f]{2,}"', text) is not None
    return re.sub("[0-9A-Fa-f]", "0", text) if number_or_code else _crossed(text)


def _crossed(text: str) -> str:
    return _CHARACTERS.sub("x", text)


# PDUs ------------------------------------------------------------------------------------------------------


def _redacted_pdu(octets: bytes, *, sent: bool) -> bytes:
    """Return a PDU of the same length with nobody's number and no text; one without content if it cannot be read."""
    try:
        told = pdu.decode(octets)
        fiction = pdu.encode(_fiction(told.tpdu), None if told.smsc is None else _nobody(told.smsc))
    except (DecodeError, EncodeError):
        fiction = b""
    return fiction if len(fiction) == len(octets) else _empty(len(octets), sent=sent)


def _empty(length: int, *, sent: bool) -> bytes:
    """Return a readable PDU of so many octets that says nothing."""
    unit = _SUBMIT if sent else _DELIVER
    content = min(max(0, length - len(pdu.encode(unit))), 140)
    octets = pdu.encode(replace(unit, user_data=replace(unit.user_data, octets=bytes(content))))
    return octets[:length].ljust(length, b"\0")


def _fiction(unit: Tpdu) -> Tpdu:
    match unit:
        case Deliver():
            return replace(unit, originator=_nobody(unit.originator), user_data=_wordless(unit.user_data))
        case Submit():
            return replace(unit, destination=_nobody(unit.destination), user_data=_wordless(unit.user_data))
        case StatusReport():
            said = None if unit.user_data is None else _wordless(unit.user_data)
            return replace(unit, recipient=_nobody(unit.recipient), user_data=said)


def _nobody(address: Address) -> Address:
    if address.type_of_number is TypeOfNumber.ALPHANUMERIC:
        return replace(address, number="x" * len(address.number))
    length = len(address.number.removeprefix("+"))
    return replace(address, number=_NOBODY[:length].ljust(length, "0"))


def _wordless(content: UserData) -> UserData:
    """Return user data of the same length; raise `EncodeError` where a header may hold more than numbers of parts."""
    if content.truncated or content.header_ignored or {one.identifier for one in content.header} - _KNOWN_ELEMENTS:
        raise EncodeError("TP-UD", "what cannot be read to its end cannot be rewritten")
    if content.encoding is Encoding.GSM7:
        widths = gsm7.tables(*udh.languages(content.header)).widths(content.text)
        if widths is None:
            raise EncodeError("TP-UD", "characters without a septet")
        return replace(content, text="".join("x€"[width - 1] for width in widths))
    return replace(
        content,
        text="".join("😀" if ord(one) > 0xFFFF else "ж" for one in content.text),
        octets=bytes(len(content.octets)),
    )
