"""Voice calls: V.250 D, A, H and 27.007 §6 and §7.6, §7.18; the sound is left out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Instruction, Values
from clerkd.simulate.modem.numbers import type_of_address
from clerkd.simulate.modem.results import DONE, Cme, Ends, Final, ParameterFault, Reply, SyntaxFault
from clerkd.simulate.network import Call, CallState

_VOICE = re.compile(r"[IiGg]*(\+?[0-9*#ABCDabcd]+)[IiGg]*;")
_WITHHELD, _UNKNOWN_KIND = 1, 128  # <CLI validity> and <type> of a number that is not told, 27.007 §7.6
_OUTGOING, _INCOMING = 0, 1  # <dir>, 27.007 §7.18
_ACTIVE, _ALERTING, _RINGING = 0, 3, 4  # <stat>
_ENDINGS = {
    CallState.ENDED: Final.NO_CARRIER,
    CallState.BUSY: Final.BUSY,
    CallState.UNANSWERED: Final.NO_ANSWER,
}
_TONE = re.compile(r"[0-9*#A-D]")


class Calls:
    """At most one call at a time; a second caller hears that the line is busy."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = board.settings
        self._call: Call | None = None
        self._hanging_up = False
        self._rings = 0
        self._timer: asyncio.TimerHandle | None = None

    def commands(self) -> list[Command]:
        """Return the extended commands."""
        return [
            Command("+CHUP", self._hang_up, test=says()),
            Command("+CPAS", self._activity, test=says("+CPAS: (0,3,4)"), needs_sim=False),
            Command("+CLCC", self._list, test=says()),
            Command("+CLIP", read=self._read_clip, write=self._clip, test=says("+CLIP: (0,1)")),
            Command("+CRC", read=self._read_crc, write=self._crc, test=says("+CRC: (0,1)"), needs_sim=False),
            Command("+VTS", write=self._tone, test=says("+VTS: (0-9,*,#,A-D)")),
        ]

    def letters(self) -> dict[str, Callable[[Instruction], Reply]]:
        """Return the basic commands."""
        return {"D": self._dial, "A": self._answer, "H": self._hook}

    def changed(self, call: Call) -> None:
        """Hear of a call from or to this modem."""
        if call.callee == self._board.number and call.state is CallState.RINGING:
            if self._call is not None:
                call.end(CallState.BUSY)
                return
            self._call, self._rings = call, 0
            self._ring()
        elif call is self._call and call.over:
            self._stop_ringing()
            self._call = None
            if not self._hanging_up:
                self._board.announce(_ENDINGS[call.state])
        elif call is self._call:
            self._stop_ringing()

    def reset(self) -> None:
        """Lose the call, as when power is cut."""
        self._hang_up()

    def _activity(self) -> Reply:
        if self._call is None:
            return ("+CPAS: 0",)
        ringing = self._call.state is CallState.RINGING and self._call.callee == self._board.number
        return ("+CPAS: 3" if ringing else "+CPAS: 4",)

    def _ring(self) -> None:
        call = self._call
        if call is None or call.state is not CallState.RINGING:
            return
        self._rings += 1
        lines = ["+CRING: VOICE" if self._settings.cellular_result_codes else "RING"]
        if self._settings.clip:
            caller, kind = ("", _UNKNOWN_KIND) if call.withheld else (call.caller, type_of_address(call.caller))
            # Both go out in one burst, and drivers count on it; the empty line is the frame between two messages.
            lines += ["", f'+CLIP: "{caller}",{kind},,,,{_WITHHELD if call.withheld else 0}']
        self._board.announce(*lines)
        if self._settings.s[0] and self._rings >= self._settings.s[0]:
            call.answer()
            return
        self._timer = asyncio.get_running_loop().call_later(self._board.habits.ring_every_s, self._ring)

    def _stop_ringing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _dial(self, instruction: Instruction) -> Reply:
        match = _VOICE.fullmatch(instruction.text)
        sim_code = self._board.sim.require()
        if sim_code is not None:
            raise Cme(sim_code)
        if match is None:
            # Without a semicolon it is a data call, which no network of today takes.
            return Ends(Final.NO_CARRIER)
        if self._call is not None:
            raise Cme(3)
        if not self._board.radio.registered:
            raise Cme(30)
        self._board.network.call(self._board.number, match[1], begun=self._begun)
        return DONE

    def _begun(self, call: Call) -> None:
        self._call = call

    def _answer(self, instruction: Instruction) -> Reply:
        if instruction.text:
            raise SyntaxFault(instruction.name)
        call = self._call
        if call is None or call.state is not CallState.RINGING or call.callee != self._board.number:
            return Ends(Final.NO_CARRIER)
        call.answer()
        return DONE

    def _hook(self, instruction: Instruction) -> Reply:
        if instruction.text not in {"", "0", "1"}:
            raise SyntaxFault(instruction.name)
        return self._hang_up()

    def _hang_up(self) -> Reply:
        call = self._call
        if call is not None:
            self._hanging_up = True
            try:
                call.end()
            finally:
                self._hanging_up = False
        return DONE

    def _list(self) -> Reply:
        call = self._call
        if call is None:
            return DONE
        outgoing = call.caller == self._board.number
        other = call.callee if outgoing else call.caller
        stat = _ACTIVE if call.state is CallState.ACTIVE else _ALERTING if outgoing else _RINGING
        number = "" if call.withheld and not outgoing else other
        direction = _OUTGOING if outgoing else _INCOMING
        return (f'+CLCC: 1,{direction},{stat},0,0,"{number}",{type_of_address(number) if number else 128}',)

    def _read_clip(self) -> Reply:
        return (f"+CLIP: {int(self._settings.clip)},1",)

    def _clip(self, values: Values) -> Reply:
        values.at_most(1)
        self._settings.clip = bool(values.integer(0, range(2)))
        return DONE

    def _read_crc(self) -> Reply:
        return (f"+CRC: {int(self._settings.cellular_result_codes)}",)

    def _crc(self, values: Values) -> Reply:
        values.at_most(1)
        self._settings.cellular_result_codes = bool(values.integer(0, range(2), 0))
        return DONE

    def _tone(self, values: Values) -> Reply:
        values.at_most(2)
        tone = values.word(0)
        if not _TONE.fullmatch(tone):
            raise ParameterFault
        if self._call is None or self._call.state is not CallState.ACTIVE:
            raise Cme(3)
        return DONE
