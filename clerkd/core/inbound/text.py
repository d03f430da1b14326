"""The text of a message from the parts that arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from clerkd.core.inbound.reassembly import sequence_of, total_of
from clerkd.model.inbound import InboundSegment, KeptPart
from clerkd.model.message import Encoding

_SHOWN_OCTETS = 140  # one segment's worth; the rest is in the raw PDUs


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of some parts."""

    text: str
    encoding: Encoding
    missing: tuple[int, ...]
    detail: dict[str, Any]


def tell(parts: Sequence[KeptPart]) -> Told:
    """Put parts of one message together, in order; gaps are marked in the text.

    Halves of surrogate pairs meet before they are decoded; one that lost its partner, and NUL, which no sink takes,
    become U+FFFD.
    """
    total = total_of(parts[0])
    present = {sequence_of(part): part.segment for part in sorted(parts, key=sequence_of)}
    missing = tuple(number for number in range(1, total + 1) if number not in present)
    runs = [
        _run([present[number] for number in numbers])
        if there
        else " ".join(f"[part {number} of {total} missing]" for number in numbers)
        for there, numbers in groupby(range(1, total + 1), key=present.__contains__)
    ]
    encodings = {segment.encoding for segment in present.values()}
    encoding = next(kind for kind in (Encoding.OCTETS, Encoding.UCS2, Encoding.GSM7) if kind in encodings)
    return Told(" ".join(runs), encoding, missing, _detail(list(present.values()), missing, total))


def _run(segments: list[InboundSegment]) -> str:
    octets = b"".join(segment.octets for segment in segments if segment.encoding is Encoding.OCTETS)
    shown = f"[{len(octets)} octets: {octets[:_SHOWN_OCTETS].hex()}{'…' if len(octets) > _SHOWN_OCTETS else ''}]"
    text = join("".join(segment.text for segment in segments))
    return text + shown if octets else text


def join(text: str) -> str:
    """Return a text whose surrogate halves found each other, and which holds nothing that cannot be stored."""
    units = text.encode("utf-16-be", "surrogatepass")
    return units.decode("utf-16-be", "replace").replace("\0", "\ufffd")


def _detail(segments: list[InboundSegment], missing: tuple[int, ...], total: int) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if missing:
        detail |= {"missing": list(missing), "total": total}
    if any(segment.truncated for segment in segments):
        detail["truncated"] = True
    if segments[0].message_class is not None:
        detail["class"] = segments[0].message_class
    if segments[0].destination_port is not None:
        detail["port"] = segments[0].destination_port
    return detail
