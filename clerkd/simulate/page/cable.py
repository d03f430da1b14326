"""The cable between daemon and modem as lines: octets in, what the trace shows out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clerkd.clock import Clock
from clerkd.codec import pdu
from clerkd.codec.errors import DecodeError
from clerkd.codec.status_report import StatusReport
from clerkd.codec.submit import Submit
from clerkd.codec.tpdu import Deliver
from clerkd.codec.userdata import UserData

LINE_OCTETS = 4096  # more without an end is noise: shown in pieces
_ENDS = re.compile(rb"[\r\n\x1a\x1b]")
_MARKS = {b"\x1a": "^Z", b"\x1b": "ESC"}
_PROMPT = b"> "
_PDU = re.compile(r"(?:[0-9A-F]{2}){12,}")
_SHOWN_CHARACTERS = 60
_FAILED_FROM = 0x40  # TP-ST, 23.040 §9.2.3.15


class Cable:
    """Cut what passes in each direction into lines and hand them on."""

    def __init__(self, clock: Clock, show: Callable[[dict[str, Any]], None]) -> None:
        self._clock = clock
        self._show = show
        self._buffers = {"tx": bytearray(), "rx": bytearray()}

    def tapped(self, direction: str, octets: bytes) -> None:
        """Take octets; `tx` is towards the modem."""
        buffer = self._buffers[direction]
        buffer += octets
        while found := _ENDS.search(buffer):
            mark = _MARKS.get(found[0], "")
            self._tell(direction, bytes(buffer[: found.start()]), mark)
            del buffer[: found.end()]
        if len(buffer) > LINE_OCTETS or (direction == "rx" and buffer == _PROMPT):
            self._tell(direction, bytes(buffer))
            buffer.clear()

    def note(self, text: str) -> None:
        """Put a remark between the lines."""
        self._show({"at": self._clock.now_ms(), "dir": "note", "text": text})

    def _tell(self, direction: str, line: bytes, mark: str = "") -> None:
        text = line.decode("latin-1").strip()
        if not text and mark != "ESC":
            return
        shown = {"at": self._clock.now_ms(), "dir": direction, "text": f"{text} {mark}".strip()}
        if _PDU.fullmatch(text):
            shown["note"] = explain(bytes.fromhex(text))
        self._show(shown)


def explain(octets: bytes) -> str:
    """Say in a few words what a PDU is."""
    try:
        unit = pdu.decode(octets).tpdu
    except DecodeError as reason:
        return f"cannot be read: {reason}"
    match unit:
        case Submit():
            return f"to {unit.destination.number}{_content(unit.user_data)}"
        case Deliver():
            return f"from {unit.originator.number}{_content(unit.user_data)}"
        case StatusReport():
            verdict = "did not get" if unit.status >= _FAILED_FROM else "got"
            return f"{unit.recipient.number} {verdict} number {unit.reference}"


def _content(user_data: UserData) -> str:
    part = user_data.concat
    of = "" if part is None else f", part {part.sequence} of {part.total}"
    text = " ".join(user_data.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split())
    return f"{of}: “{text[:_SHOWN_CHARACTERS]}{'…' if len(text) > _SHOWN_CHARACTERS else ''}”"
