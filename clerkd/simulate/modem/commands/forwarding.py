"""Call forwarding (+CCFC, 27.007 §7.11), kept as the network would keep it. Of the reasons, unconditional is obeyed."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.numbers import number_of, type_of_address
from clerkd.simulate.modem.results import DONE, Cme, Reply

UNCONDITIONAL, BUSY, NO_REPLY, NOT_REACHABLE = range(4)  # <reason>; 4 means all, 5 all conditional ones
_REASONS = {4: (UNCONDITIONAL, BUSY, NO_REPLY, NOT_REACHABLE), 5: (BUSY, NO_REPLY, NOT_REACHABLE)}
_DISABLE, _ENABLE, _QUERY, _REGISTER, _ERASE = range(5)  # <mode>
_VOICE, _ALL_CLASSES = 1, 7  # <classx>: a sum of bits
_DEFAULT_TIME_S = 20


@dataclass(slots=True)
class Forwarding:
    """Where calls go for one reason."""

    number: str
    active: bool
    time_s: int


class CallForwarding:
    """The subscriber's forwardings. They outlive the modem's restart, as they are the network's."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.forwardings: dict[int, Forwarding] = {}

    def commands(self) -> list[Command]:
        """Return the command."""
        return [Command("+CCFC", write=self._control, test=says("+CCFC: (0-5)"), needs_radio=True)]

    def _control(self, values: Values) -> Reply:
        values.at_most(8)
        reason, mode = values.integer(0, range(6)), values.integer(1, range(5))
        if not self._board.radio.registered:
            raise Cme(30)
        reasons = _REASONS.get(reason, (reason,))
        if mode == _QUERY:
            return tuple(self._line(one) for one in reasons) if len(reasons) == 1 else self._all(reasons)
        for one in reasons:
            self._change(one, mode, values)
        always = self.forwardings.get(UNCONDITIONAL)
        self._board.network.forward_calls(
            self._board.number, always.number if always is not None and always.active else None
        )
        return DONE

    def _change(self, reason: int, mode: int, values: Values) -> None:
        if mode == _ERASE:
            self.forwardings.pop(reason, None)
            return
        if mode == _REGISTER:
            number = number_of(values.text(2), values.integer(3, range(256)) if values.has(3) else None)
            values.integer(4, range(256), _ALL_CLASSES)
            # 22.082: a no-reply condition timer of 5 to 30 seconds, in steps of 5
            time_s = values.integer(7, range(1, 31), _DEFAULT_TIME_S)
            self.forwardings[reason] = Forwarding(number, active=True, time_s=time_s)
            return
        forwarding = self.forwardings.get(reason)
        if forwarding is None:
            raise Cme(3)  # nothing is registered that could be switched
        forwarding.active = mode == _ENABLE

    def _all(self, reasons: tuple[int, ...]) -> Reply:
        registered = [reason for reason in reasons if reason in self.forwardings]
        return tuple(self._line(reason) for reason in registered) or (f"+CCFC: 0,{_ALL_CLASSES}",)

    def _line(self, reason: int) -> str:
        forwarding = self.forwardings.get(reason)
        if forwarding is None:
            return f"+CCFC: 0,{_ALL_CLASSES}"
        number = forwarding.number
        line = f'+CCFC: {int(forwarding.active)},{_VOICE},"{number}",{type_of_address(number)}'
        return f"{line},,,{forwarding.time_s}" if reason == NO_REPLY else line
