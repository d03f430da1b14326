"""What comes from the network: stored and announced, or passed on at once (27.005 §3.4.1, §3.4.4)."""

from __future__ import annotations

import asyncio

from clerkd.codec import pdu
from clerkd.codec.address import Address
from clerkd.codec.errors import DecodeError
from clerkd.codec.pdu import Pdu
from clerkd.codec.tpdu import STATUS_REPORT, StatusReport, Submit
from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.results import DONE, Cms, ParameterFault, Prompt, Reply, SyntaxFault
from clerkd.simulate.modem.storage import AnyStore, Status, Stored
from clerkd.simulate.modem.submission import Submission
from clerkd.simulate.modem.text import deliver_lines, report_fields
from clerkd.simulate.network.station import Cause, Done

_STORE, _PASS_ON, _PASS_ON_CLASS_3 = 1, 2, 3  # <mt>
_DIRECT, _KEEP = 1, 2  # <ds>
_HELD_LINES = 64  # indications that +CNMI=0 keeps; older ones are dropped


class Receiving:
    """The terminal's end of the mobile-terminated path. Only one message is under way at a time."""

    def __init__(self, board: Board, submission: Submission) -> None:
        self._board = board
        self._settings = board.settings
        self._storage = board.storage
        self._faults = board.faults
        self._submission = submission
        self._unacknowledged: Done | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held: list[tuple[str, ...]] = []

    def commands(self) -> list[Command]:
        """Return the commands."""
        return [
            Command("+CNMA", self._acknowledge, write=self._acknowledge_with, test=says("+CNMA: (0-2)"), message=True),
        ]

    def deliver(self, tpdu: bytes, done: Done) -> None:
        """Take a DELIVER or STATUS-REPORT from the network; `done` is called when somebody is responsible for it."""
        octets = Address.of(self._board.network.smsc).encode_smsc() + tpdu
        try:
            unit = pdu.decode(octets)
        except DecodeError:
            unit = None
        if tpdu and tpdu[0] & 3 == STATUS_REPORT:
            self._report(octets, unit, done)
        else:
            self._message(octets, unit, done)

    def release(self, *, show: bool) -> None:
        """Say, or forget, what +CNMI=0 held back."""
        held, self._held = self._held, []
        if show:
            for lines in held:
                self._board.announce(*lines)

    def reset(self) -> None:
        """Forget everything under way, as after power-on; the network tries again."""
        self._held.clear()
        self._settle(Cause.OUT_OF_SERVICE)

    # Messages ------------------------------------------------------------------------------------------------

    def _message(self, octets: bytes, unit: Pdu | None, done: Done) -> None:
        message_class = None
        if unit is not None and not isinstance(unit.tpdu, StatusReport) and unit.tpdu.user_data is not None:
            message_class = unit.tpdu.user_data.message_class
        mt = self._settings.cnmi[1]
        direct = (mt == _PASS_ON and message_class != 2) or (mt == _PASS_ON_CLASS_3 and message_class == 3)
        if direct or (mt == _PASS_ON_CLASS_3 and message_class == 0):
            self._pass_on(self._message_lines(octets, unit), done)
            return
        store = self._storage.stores["SM"] if message_class == 2 else self._storage.receiving
        index = self._storage.put(store, Stored(Status.REC_UNREAD, octets, self._board.clock.monotonic()))
        if index is None:
            if self._board.habits.full_urc:
                self._board.announce(self._board.habits.full_urc)
            done(Cause.MEMORY_EXCEEDED)
            return
        if mt:
            self._indicate(store, index)
        done(None)

    def _indicate(self, store: AnyStore, index: int) -> None:
        if self._faults.strikes("mute_cmti"):
            return
        line = f'+CMTI: "{store.name}",{index}'
        self._say(line)
        if self._faults.strikes("duplicate_cmti"):
            self._say(line)

    def _message_lines(self, octets: bytes, unit: Pdu | None) -> tuple[str, ...]:
        if self._settings.text_mode and unit is not None and not isinstance(unit.tpdu, StatusReport | Submit):
            character_set, details = self._settings.character_set, self._settings.show_header
            return deliver_lines(octets, unit, unit.tpdu, character_set, details=details)
        return f"+CMT: ,{len(octets) - 1 - octets[0]}", octets.hex().upper()

    # Status reports ------------------------------------------------------------------------------------------

    def _report(self, octets: bytes, unit: Pdu | None, done: Done) -> None:
        ds = self._settings.cnmi[3]
        twice = self._faults.strikes("duplicate_report")
        if ds == _DIRECT:
            lines = self._report_lines(octets, unit)
            if twice:
                self._say(*lines)
            self._pass_on(lines, done)
        elif ds == _KEEP:
            index = self._storage.put(self._storage.reports, Stored(Status.REC_UNREAD, octets))
            if index is None:
                done(Cause.MEMORY_EXCEEDED)
                return
            for _ in range(2 if twice else 1):
                self._say(f'+CDSI: "{self._board.habits.report_memory}",{index}')
            done(None)
        else:
            done(None)
        if unit is not None and isinstance(unit.tpdu, StatusReport):
            self._submission.reported(unit.tpdu.reference)

    def _report_lines(self, octets: bytes, unit: Pdu | None) -> tuple[str, ...]:
        if self._settings.text_mode and unit is not None and isinstance(unit.tpdu, StatusReport):
            return (f"+CDS: {report_fields(octets, unit.tpdu)}",)
        comma = "," if self._board.habits.report_comma else ""
        return f"+CDS: {comma}{len(octets) - 1 - octets[0]}", octets.hex().upper()

    # Acknowledgement -----------------------------------------------------------------------------------------

    def _pass_on(self, lines: tuple[str, ...], done: Done) -> None:
        """Give the message to the terminal. With +CSMS=1 it is responsible for it from +CNMA on."""
        self._say(*lines)
        if not self._settings.service:
            done(None)
            return
        self._unacknowledged = done
        self._timer = asyncio.get_running_loop().call_later(self._board.habits.acknowledge_s, self._not_acknowledged)

    def _not_acknowledged(self) -> None:
        # 27.005 §3.4.4: the network gets RP-ERROR, and <mt> and <ds> become 0 until the terminal sets them again.
        mode, _, bm, _, bfr = self._settings.cnmi
        self._settings.cnmi = (mode, 0, bm, 0, bfr)
        self._settle(Cause.PROTOCOL_ERROR)

    def _settle(self, cause: Cause | None) -> None:
        done, self._unacknowledged = self._unacknowledged, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if done is not None:
            done(cause)

    def _acknowledge(self) -> Reply:
        self._require("bare")
        if self._unacknowledged is None:
            raise Cms(340)
        self._settle(None)
        return DONE

    def _require(self, form: str) -> None:
        if form not in self._board.habits.acknowledge_forms:
            raise SyntaxFault("+CNMA")

    def _acknowledge_with(self, values: Values) -> Reply:
        self._require("numbered")
        values.at_most(2)
        kind = values.integer(0, range(3))
        if self._settings.text_mode:
            raise ParameterFault
        if self._unacknowledged is None:
            raise Cms(340)
        if values.has(1) and values.integer(1, range(1, 256)):
            return Prompt(lambda _typed: self._answer(kind))
        return self._answer(kind)

    def _answer(self, kind: int) -> Reply:
        if self._unacknowledged is None:
            raise Cms(340)  # the time ran out while the acknowledgement was typed
        self._settle(Cause.PROTOCOL_ERROR if kind == 2 else None)
        return DONE

    def _say(self, *lines: str) -> None:
        if self._settings.cnmi[0]:
            self._board.announce(*lines)
        else:
            self._held = [*self._held[1 - _HELD_LINES :], lines]
