"""The user data of a TPDU: header, coding and content together, 23.040 §9.2.3.16 and §9.2.3.24."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.codec import gsm7, septets, ucs2, udh
from clerkd.codec.dcs import CODINGS, DataCoding
from clerkd.codec.errors import DecodeError, EncodeError, octet
from clerkd.codec.reader import Reader
from clerkd.model.inbound import Concat
from clerkd.model.message import Encoding

USER_DATA_OCTETS = 140  # 23.040 §9.2.3.24


@dataclass(frozen=True, slots=True)
class UserData:
    """What one short message carries.

    `dcs` decides which of `text` (GSM 7-bit, UCS-2) and `octets` (8-bit data, compressed, reserved) is set. A text
    cut by its sender may begin or end with half a surrogate pair: `clerkd.codec.concat` joins them.
    """

    text: str = ""
    octets: bytes = b""
    header: udh.Header = ()
    dcs: int = 0
    truncated: bool = False  # there were fewer octets than TP-UDL promised, or half a UCS-2 unit
    header_ignored: bool = False  # there was a header whose elements did not add up

    @property
    def coding(self) -> DataCoding:
        """What `dcs` means."""
        return CODINGS[self.dcs]

    @property
    def encoding(self) -> Encoding:
        """Whether it is GSM 7-bit, UCS-2 or octets."""
        return CODINGS[self.dcs].encoding

    @property
    def message_class(self) -> int | None:
        """The message class, 0 being flash."""
        return CODINGS[self.dcs].message_class

    @property
    def concat(self) -> Concat | None:
        """Which part of a longer message it is."""
        return udh.concat(self.header)

    @property
    def ports(self) -> udh.Ports | None:
        """The application ports, if any."""
        return udh.ports(self.header)

    def encode(self) -> bytes:
        """Return TP-UDL and TP-UD; raise `EncodeError` for what does not fit or is not in the alphabet."""
        octet("TP-DCS", self.dcs)
        header = udh.encode(self.header)
        encoding = self.encoding
        if (self.text and encoding is Encoding.OCTETS) or (self.octets and encoding is not Encoding.OCTETS):
            raise EncodeError("TP-UD", f"TP-DCS {self.dcs:02X} does not go with {'text' if self.text else 'octets'}")
        if encoding is Encoding.GSM7:
            codes = gsm7.tables(*udh.languages(self.header)).encode(self.text)
            fill_bits = septets.fill_bits_after(len(header))
            content = header + septets.pack(codes, fill_bits)
            length = (len(header) * 8 + fill_bits) // 7 + len(codes)
        else:
            content = header + (ucs2.encode(self.text) if encoding is Encoding.UCS2 else self.octets)
            length = len(content)
        if len(content) > USER_DATA_OCTETS:
            raise EncodeError("TP-UD", f"{len(content)} octets are more than {USER_DATA_OCTETS}")
        return bytes((length,)) + content


def decode(reader: Reader, dcs: int, *, has_header: bool) -> UserData:
    """Read TP-UDL and TP-UD. Missing octets are flagged, not refused; a header that cannot be is refused."""
    start = reader.position
    length = reader.octet("TP-UDL")
    encoding = CODINGS[dcs].encoding
    promised = (length * 7 + 7) // 8 if encoding is Encoding.GSM7 else length
    content = reader.octets[start + 1 : start + 1 + promised]
    reader.position += len(content)
    truncated = len(content) < promised
    header: udh.Header = ()
    skip = 0
    header_ignored = False
    if has_header and length:
        skip, elements = _header(content, start + 1, truncated=truncated)
        header_ignored = elements is None
        header = elements or ()
    if encoding is Encoding.GSM7:
        text = _septets(content, length, skip, header, start)
        return UserData(text, b"", header, dcs, truncated, header_ignored)
    body = content[skip:]
    if encoding is Encoding.UCS2:
        return UserData(ucs2.decode(body), b"", header, dcs, truncated or bool(len(body) % 2), header_ignored)
    return UserData("", body, header, dcs, truncated, header_ignored)


def _header(content: bytes, start: int, *, truncated: bool) -> tuple[int, udh.Header | None]:
    """Return how many octets the header takes, UDHL included, and its elements."""
    if not content:
        return 0, None
    skip = content[0] + 1
    if skip > len(content):
        if not truncated:
            raise DecodeError("TP-UDHL", start, f"a header of {skip} octets in {len(content)} octets of user data")
        return len(content), None
    return skip, udh.decode(content[1:skip])


def _septets(content: bytes, length: int, skip: int, header: udh.Header, start: int) -> str:
    fill_bits = septets.fill_bits_after(skip)
    count = length - (skip * 8 + fill_bits) // 7
    if count < 0:
        raise DecodeError("TP-UDL", start, f"{length} septets cannot hold a header of {skip} octets")
    there = max(0, (len(content) - skip) * 8 - fill_bits) // 7
    codes = septets.unpack(content[skip:], min(count, there), fill_bits)
    return gsm7.tables(*udh.languages(header)).decode(codes)
