"""A virtual phone: sends texts as real phones do, puts received parts together, reports what it has."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clerkd.codec import tpdu
from clerkd.codec.address import Address
from clerkd.codec.concat import join
from clerkd.codec.reader import Reader
from clerkd.codec.segment import split
from clerkd.codec.tpdu import Deliver, StatusReport, Submit
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Validity
from clerkd.simulate.network.station import Call, CallState, Cause, Done


class Carrier(Protocol):
    """The network as a phone sees it."""

    def now_ms(self) -> int:
        """Return the network's time."""
        ...

    def submit(self, sender: str, octets: bytes) -> datetime:
        """Take a SUBMIT or raise `Rejected`."""
        ...

    def arrived(self, number: str) -> None:
        """Hear that a station can be paged again."""
        ...

    def call(self, caller: str, callee: str, *, withheld: bool = False) -> Call:
        """Set up a call."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A complete text in a phone's inbox."""

    sender: str
    text: str
    at: int  # epoch ms: when its last part arrived
    parts: tuple[bytes, ...]  # DELIVER TPDUs in order
    octets: bytes = b""  # instead of text when the coding is 8-bit data


@dataclass(slots=True)
class _Pending:
    total: int
    parts: dict[int, tuple[bytes, UserData]]


class Phone:
    """One phone. `on` may be switched; what comes meanwhile waits in the network."""

    def __init__(
        self,
        network: Carrier,
        number: str,
        *,
        landline: bool = False,
        heard: Callable[[Phone, Text], None],
    ) -> None:
        self._network = network
        self._number = number
        self._heard = heard
        self._on = True
        self._references = itertools.cycle(range(256))  # TP-MR, 23.040 §9.2.3.6
        self._concat_references = itertools.count(1)
        self._pending: dict[tuple[str, int, int, int], _Pending] = {}
        self.landline = landline
        self.answers = False  # whether it takes calls; otherwise they ring until the caller gives up
        self.inbox: list[Text] = []
        self.reports: list[StatusReport] = []
        self.calls: list[Call] = []

    @property
    def number(self) -> str:
        """Its number."""
        return self._number

    @property
    def reachable(self) -> bool:
        """Whether it is on."""
        return self._on

    @property
    def on(self) -> bool:
        """Whether it is on."""
        return self._on

    @on.setter
    def on(self, on: bool) -> None:
        self._on = on
        if on:
            self._network.arrived(self._number)

    def send(
        self,
        to: str,
        text: str,
        *,
        report: bool = False,
        reference_bits: int = 8,
        message_class: int | None = None,
        validity: Validity | None = None,
        order: Callable[[list[UserData]], list[UserData]] = list,
    ) -> list[int]:
        """Send a text, in as many segments as it needs, and return their TP-MRs. `order` may shuffle them."""
        reference = next(self._concat_references) % (1 << reference_bits)
        segments = split(text, reference=reference, reference_bits=reference_bits, message_class=message_class)
        references = []
        for user_data in order(list(segments.parts)):
            submit = Submit(
                Address.of(to),
                user_data,
                reference=next(self._references),
                validity=validity,
                status_report=report,
            )
            self._network.submit(self._number, submit.encode())
            references.append(submit.reference)
        return references

    def call(self, to: str, *, withheld: bool = False) -> Call:
        """Ring somebody. Ending the call before it is answered makes it a missed one."""
        return self._network.call(self._number, to, withheld=withheld)

    # From the network ----------------------------------------------------------------------------------------

    def deliver(self, tpdu_octets: bytes, done: Done) -> None:
        """Take a DELIVER or STATUS-REPORT."""
        if not self._on:
            done(Cause.OUT_OF_SERVICE)
            return
        unit = tpdu.decode(Reader(tpdu_octets))
        if isinstance(unit, StatusReport):
            self.reports.append(unit)
        elif isinstance(unit, Deliver):
            self._receive(tpdu_octets, unit)
        done(None)

    def _receive(self, octets: bytes, deliver: Deliver) -> None:
        user_data, concat = deliver.user_data, deliver.user_data.concat
        if concat is None:
            self._complete(deliver.originator.number, [(octets, user_data)])
            return
        key = (deliver.originator.number, concat.reference, concat.bits, concat.total)
        pending = self._pending.setdefault(key, _Pending(concat.total, {}))
        pending.parts[concat.sequence] = (octets, user_data)  # the same part again replaces the first copy
        if len(pending.parts) == pending.total:
            del self._pending[key]
            self._complete(deliver.originator.number, [part for _, part in sorted(pending.parts.items())])

    def _complete(self, sender: str, parts: list[tuple[bytes, UserData]]) -> None:
        text = Text(
            sender,
            join(user_data.text for _, user_data in parts),
            self._network.now_ms(),
            tuple(octets for octets, _ in parts),
            b"".join(user_data.octets for _, user_data in parts),
        )
        self.inbox.append(text)
        self._heard(self, text)

    def call_changed(self, call: Call) -> None:
        """Answer at once, or let it ring."""
        if call.state is CallState.RINGING and call.callee == self._number:
            self.calls.append(call)
            if not self._on:
                call.end(CallState.UNANSWERED)
            elif self.answers:
                call.answer()
