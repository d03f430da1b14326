"""The user data header, 23.040 §9.2.3.24: elements of identifier, length and octets. Unknown ones are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clerkd.codec.errors import EncodeError, octet
from clerkd.model.inbound import Concat

# Information element identifiers, 23.040 §9.2.3.24
CONCAT_8: Final = 0x00
PORTS_8: Final = 0x04
PORTS_16: Final = 0x05
CONCAT_16: Final = 0x08
NATIONAL_SINGLE: Final = 0x24
NATIONAL_LOCKING: Final = 0x25


@dataclass(frozen=True, slots=True)
class Element:
    """One information element."""

    identifier: int
    octets: bytes


Header = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Ports:
    """Application ports, 23.040 §9.2.3.24.3 and §9.2.3.24.4."""

    destination: int
    source: int
    bits: int = 16  # 8 or 16


def decode(octets: bytes) -> Header | None:
    """Read the elements behind UDHL; None if the last one does not end where the header does.

    The standard wants such a header ignored as a whole (§9.2.3.24).
    """
    elements = []
    position = 0
    while position < len(octets):
        start = position + 2
        if start > len(octets) or start + octets[position + 1] > len(octets):
            return None
        position = start + octets[start - 1]
        elements.append(Element(octets[start - 2], octets[start:position]))
    return tuple(elements)


def encode(header: Header) -> bytes:
    """Return UDHL and the elements; nothing for no elements; raise `EncodeError`."""
    if not header:
        return b""
    elements = bytearray()
    for element in header:
        elements.append(octet("IEI", element.identifier))
        elements.append(octet("IEIDL", len(element.octets)))
        elements += element.octets
    return bytes((octet("TP-UDHL", len(elements)), *elements))


def of_concat(concat: Concat) -> Element:
    """Return the element that says which part it is; raise `EncodeError` for what cannot be."""
    if concat.bits not in {8, 16}:
        raise EncodeError("concatenation", f"a reference has 8 or 16 bits, not {concat.bits}")
    if not 1 <= concat.sequence <= concat.total <= 255:
        raise EncodeError("concatenation", f"part {concat.sequence} of {concat.total} cannot be")
    octet("concatenation", concat.reference, (1 << concat.bits) - 1)
    reference = concat.reference.to_bytes(concat.bits // 8, "big")
    return Element(CONCAT_16 if concat.bits == 16 else CONCAT_8, reference + bytes((concat.total, concat.sequence)))


def concat(header: Header) -> Concat | None:
    """Return which part the header says it is. The last such element holds; one that cannot be is ignored."""
    found = None
    for element in header:
        if (element.identifier, len(element.octets)) not in {(CONCAT_8, 3), (CONCAT_16, 4)}:
            continue
        *reference, total, sequence = element.octets
        if 1 <= sequence <= total:
            found = Concat(int.from_bytes(reference, "big"), 8 * len(reference), total, sequence)
    return found


def of_ports(ports: Ports) -> Element:
    """Return the element that addresses an application; raise `EncodeError`."""
    if ports.bits not in {8, 16}:
        raise EncodeError("ports", f"a port has 8 or 16 bits, not {ports.bits}")
    limit = (1 << ports.bits) - 1
    value = b"".join(
        octet("ports", port, limit).to_bytes(ports.bits // 8, "big") for port in (ports.destination, ports.source)
    )
    return Element(PORTS_16 if ports.bits == 16 else PORTS_8, value)


def ports(header: Header) -> Ports | None:
    """Return the application ports, the last ones given."""
    found = None
    for element in header:
        if (element.identifier, len(element.octets)) in {(PORTS_8, 2), (PORTS_16, 4)}:
            half = len(element.octets) // 2
            destination, source = element.octets[:half], element.octets[half:]
            found = Ports(int.from_bytes(destination, "big"), int.from_bytes(source, "big"), 8 * half)
    return found


def of_languages(locking: int, single: int) -> Header:
    """Return the elements that choose national tables; 0 chooses the default and needs none."""
    chosen = ((NATIONAL_LOCKING, locking), (NATIONAL_SINGLE, single))
    return tuple(Element(identifier, bytes((octet("language", code),))) for identifier, code in chosen if code)


def languages(header: Header) -> tuple[int, int]:
    """Return the national language identifiers of the locking and the single-shift table, 0 for the default."""
    locking = single = 0
    for element in header:
        if len(element.octets) == 1:
            if element.identifier == NATIONAL_LOCKING:
                locking = element.octets[0]
            elif element.identifier == NATIONAL_SINGLE:
                single = element.octets[0]
    return locking, single
