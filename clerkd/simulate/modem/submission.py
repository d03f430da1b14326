"""One message on its way to the SMSC: how long it takes, its TP-MR, and what can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from clerkd.codec.tpdu import Submit
from clerkd.simulate.modem import composing
from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.results import Cms, Reply, Silence, Wait
from clerkd.simulate.network.station import Cause, Rejected

REPORT_WAIT_S = 5.0  # how long a report that is to overtake its +CMGS may keep it back
FALLS_BACK = 1  # the mode of +CMMS that ends with the link; 2 stays, 27.005 §3.5.6


@dataclass(frozen=True, slots=True)
class _Transfer:
    """What has to be remembered while a message is on its way."""

    command: str
    tpdu: bytes
    submit: Submit
    sent: Callable[[], None]
    keep_link: bool


class Submission:
    """The relay layer towards the network. It sends one message at a time, 24.011 §5.

    A message takes `delay_s` from Ctrl-Z to its result, `linked_delay_s` while +CMMS keeps the link open. `hang` is
    called when a message is swallowed by a firmware that hangs.
    """

    def __init__(self, board: Board, *, delay_s: float, linked_delay_s: float, hang: Callable[[], None]) -> None:
        self._board = board
        self._faults = board.faults
        self._hang = hang
        self.delay_s = delay_s
        self.linked_delay_s = linked_delay_s
        self._reference = 255  # the last TP-MR used; the first is 0, 23.040 §9.2.3.6
        self._more_messages = 0
        self._fallback_at = 0.0
        self._linked_until = 0.0
        self._report_event: tuple[int, asyncio.Event] | None = None

    @property
    def more_messages(self) -> int:
        """The mode of +CMMS; 1 falls back to 0 when nothing was sent for so long that the link is let go."""
        if self._more_messages == FALLS_BACK and self._board.clock.monotonic() > self._fallback_at:
            self._more_messages = 0
        return self._more_messages

    @more_messages.setter
    def more_messages(self, mode: int) -> None:
        self._more_messages = mode
        self._fallback_at = self._board.clock.monotonic() + self._board.habits.linked_s
        if not mode:
            self._linked_until = 0.0

    def submit(self, command: str, octets: bytes, sent: Callable[[], None] = lambda: None) -> Reply:
        """Send SMSC address and TPDU; the answer to `command` carries the TP-MR. `sent` is called if it went out."""
        submit = composing.read_submit(octets)
        if not octets[0] and not self._board.sim.smsc:
            raise Cms(330)
        if not self._board.radio.registered:
            raise Cms(331)
        if self._faults.hang_on == "text":
            self._hang()
            return Silence()
        tpdu = octets[1 + octets[0] :]
        if not self._board.habits.keeps_message_reference:
            self._reference = (self._reference + 1) % 256
            tpdu = bytes((tpdu[0], self._reference)) + tpdu[2:]
            submit = replace(submit, reference=self._reference)
        transfer = _Transfer(command, tpdu, submit, sent, keep_link=self.more_messages > 0)
        linked = self._board.clock.monotonic() < self._linked_until
        delay = self.linked_delay_s if linked else self.delay_s
        if self._faults.strikes("late_result"):
            delay += self._faults.late_by
        report_first = submit.status_report and self._faults.strikes("early_report")
        if delay or report_first:
            return Wait(partial(self._take_time, delay, transfer, report_first=report_first))
        return self._transfer(transfer)

    def reported(self, reference: int) -> None:
        """Hear that a status report was passed to the terminal."""
        if self._report_event is not None and self._report_event[0] == reference:
            self._report_event[1].set()

    async def _take_time(self, delay: float, transfer: _Transfer, *, report_first: bool) -> Reply:
        if report_first:
            self._report_event = (transfer.submit.reference, asyncio.Event())
        await asyncio.sleep(delay)
        reply = self._transfer(transfer)
        if self._report_event is not None:
            try:
                async with asyncio.timeout(REPORT_WAIT_S):
                    await self._report_event[1].wait()
            except TimeoutError:
                pass  # the report does not come, the result must
            self._report_event = None
        return reply

    def _transfer(self, transfer: _Transfer) -> Reply:
        faults = self._faults
        if faults.strikes("cms_error"):
            raise Cms(faults.random.choice(faults.cms_code))
        if faults.strikes("lost_message"):
            return Silence()
        try:
            self._board.network.submit(self._board.number, transfer.tpdu, transfer.submit)
        except Rejected as rejected:
            raise Cms(304 if rejected.cause == Cause.INVALID_MANDATORY else rejected.cause) from rejected
        transfer.sent()
        if transfer.keep_link:
            self._linked_until = self._fallback_at = self._board.clock.monotonic() + self._board.habits.linked_s
        line = f"{transfer.command}: {transfer.submit.reference}"
        if faults.strikes("lost_result"):
            return Silence()
        if faults.strikes("lost_ok"):
            return Silence((line,))
        return (line,)
