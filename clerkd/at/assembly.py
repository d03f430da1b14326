"""Notifications of more than one line, put together from lines that others may interrupt."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.at.events import Event, Garbled
from clerkd.at.fields import octets_of
from clerkd.at.results import read_final
from clerkd.at.urc import Shape, Urc, pdu_announced, pdu_fits, quote_open

PATIENCE = 2  # lines of others between a notification and its PDU
QUOTED_LINES = 30  # the most that one USSD text has


@dataclass(slots=True)
class Assembly:
    """A notification that has begun. `mine` when the command in flight asked for its prefix."""

    urc: Urc
    head: str
    parameters: str
    mine: bool = False
    lines: int = 0
    done: bool = False

    def take(self, text: str, *, contested: bool) -> tuple[bool, Event | None]:
        """Take a line; return whether it belongs here, and the event once it is complete or given up.

        `contested` says that the command in flight waits for a PDU as well.
        """
        if self.urc.shape is Shape.PDU_FOLLOWS:
            return self._take_pdu(text, contested=contested)
        if self.lines >= QUOTED_LINES or read_final(text) is not None:
            return False, self._give_up()
        self.lines += 1
        self.parameters += "\n" + text
        if quote_open(self.parameters):
            return True, None
        self.done = True
        return True, self.urc.read(self.head, self.parameters)

    def _take_pdu(self, text: str, *, contested: bool) -> tuple[bool, Event | None]:
        pdu = octets_of(text)
        # The first hexadecimal line is it, whatever the header counts: vendors miscount. One that comes later, or
        # that a command waits for as well, must have the announced length.
        if pdu is not None and ((self.lines == 0 and not contested) or pdu_fits(pdu, pdu_announced(self.parameters))):
            self.done = True
            return True, self.urc.read(self.head, text)
        self.lines += 1
        if self.lines > PATIENCE or (pdu is not None and not contested):
            return False, self._give_up()
        return False, None

    def _give_up(self) -> Event:
        self.done = True
        return Garbled(f"{self.head}: {self.parameters}")
