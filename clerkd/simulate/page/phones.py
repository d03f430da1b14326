"""The phones of the page: who they belong to, what they sent and received, and whether it arrived."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clerkd.clock import Clock
from clerkd.codec.errors import EncodeError
from clerkd.model.number import is_e164, national, region_of
from clerkd.simulate.network import Network, Phone, Rejected, Text
from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.server import Command, CommandRefused

Json = dict[str, Any]

_CHECK_S = 0.2
_FAILED_FROM = 0x40  # TP-ST: from here on the SMSC has given up, 23.040 §9.2.3.15
_TEXT_LIMIT = 1600


@dataclass(slots=True)
class _Sent:
    """A text that a phone's owner wrote. `references` are the TP-MRs still without a report."""

    serial: int
    text: str
    at: int
    to: str
    state: str = "waiting"
    references: set[int] = field(default_factory=set)
    parts: int = 1


class Phones:
    """Keep the mirror's `phone/` and `text/` documents true."""

    def __init__(self, network: Network, mirror: Mirror, clock: Clock, *, owners: Mapping[str, str], line: str) -> None:
        self._network = network
        self._mirror = mirror
        self._clock = clock
        self._line = line
        self._owners = dict(owners)
        self._sent: dict[str, list[_Sent]] = {}
        self._reports_read: dict[str, int] = {}
        self._serials = itertools.count(1)
        for number in owners:
            self._show(network.phone(number))
        self._unlisten = network.listen(self._heard)

    def commands(self) -> dict[str, Command]:
        """Return what the page may ask for."""
        return {"phone.text": self._text, "phone.power": self._power}

    def write(self, number: str, text: str, *, to: str | None = None) -> None:
        """Have a phone's owner text the line, or another number; without signal it waits."""
        sent = _Sent(next(self._serials), text, self._clock.now_ms(), to or self._line)
        self._sent.setdefault(number, []).append(sent)
        self._try(self._network.phone(number), sent)

    async def run(self) -> None:
        """Notice delivery reports as they come to the phones."""
        try:
            while True:
                await asyncio.sleep(_CHECK_S)
                for number in self._sent:
                    self._read_reports(self._network.phone(number))
        finally:
            self._unlisten()

    # From the page -------------------------------------------------------------------------------------

    async def _text(self, request: Json) -> None:
        text = str(request["text"])
        if not text.strip() or len(text) > _TEXT_LIMIT:
            raise CommandRefused(f"a text has 1 to {_TEXT_LIMIT} characters")
        self.write(self._known(request["phone"]), text)

    async def _power(self, request: Json) -> None:
        phone = self._network.phone(self._known(request["phone"]))
        phone.on = bool(request["on"])
        self._show(phone)
        if phone.on:
            for sent in self._sent.get(phone.number, ()):
                if sent.state == "waiting":
                    self._try(phone, sent)

    def _known(self, number: str) -> str:
        if number not in self._owners:
            raise CommandRefused(f"there is no phone {number}")
        return number

    # From the network ----------------------------------------------------------------------------------

    def _heard(self, event: object) -> None:
        match event:
            case (Phone() as phone, Text() as text):
                self._received(phone, text)
            case _:
                pass

    def _received(self, phone: Phone, text: Text) -> None:
        if phone.number not in self._owners:
            self._owners[phone.number] = "Another phone"
            self._show(phone)
        self._show_text(
            phone.number,
            next(self._serials),
            {"direction": "in", "text": text.text, "at": text.at, "state": None, "parts": len(text.parts)},
        )

    def _try(self, phone: Phone, sent: _Sent) -> None:
        if phone.on:
            try:
                references = phone.send(sent.to, sent.text, report=True)
            except (Rejected, EncodeError):
                sent.state = "failed"
            else:
                sent.references, sent.parts, sent.state = set(references), len(references), "sent"
        self._show_sent(phone.number, sent)

    def _read_reports(self, phone: Phone) -> None:
        reports = phone.reports[self._reports_read.get(phone.number, 0) :]
        self._reports_read[phone.number] = len(phone.reports)
        for report in reports:
            for sent in self._sent[phone.number]:
                if sent.state == "sent" and report.reference in sent.references:
                    sent.references.discard(report.reference)
                    if report.status >= _FAILED_FROM:
                        sent.state = "failed"
                    elif not sent.references:
                        sent.state = "delivered"
                    self._show_sent(phone.number, sent)
                    break

    # To the page ---------------------------------------------------------------------------------------

    def _show(self, phone: Phone) -> None:
        number = phone.number
        home = region_of(self._line)
        shown = national(number, home) if is_e164(number) else number
        document = {"number": number, "label": self._owners[number], "shown": shown, "on": phone.on}
        self._mirror.put(f"phone/{list(self._owners).index(number):02d}/{number}", document)

    def _show_sent(self, number: str, sent: _Sent) -> None:
        document = {"direction": "out", "text": sent.text, "at": sent.at, "state": sent.state, "parts": sent.parts}
        self._show_text(number, sent.serial, document)

    def _show_text(self, number: str, serial: int, document: Json) -> None:
        self._mirror.put(f"text/{number}/{serial:08d}", {"id": str(serial), **document})
