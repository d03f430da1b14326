"""USSD (+CUSD, 27.007 §7.15)."""

from __future__ import annotations

import asyncio

from clerkd.codec import gsm7
from clerkd.codec.errors import EncodeError
from clerkd.codec.ussd import pack_ussd, unpack_ussd
from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.results import DONE, Cme, ParameterFault, Reply
from clerkd.simulate.modem.text import from_terminal, to_terminal
from clerkd.simulate.network import UssdAnswer

_CANCEL = 2  # <n>
_DONE, _REPLY_WANTED, _NOT_SUPPORTED = 0, 1, 4  # <m>
_GSM, _UCS2 = 15, 72  # <dcs>, 23.038 §5: default alphabet with no language said; UCS-2


class Ussd:
    """One session at a time; the answer comes as +CUSD after the OK."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = board.settings
        self._timer: asyncio.TimerHandle | None = None

    def commands(self) -> list[Command]:
        """Return the command."""
        return [
            Command(
                "+CUSD",
                read=lambda: (f"+CUSD: {self._settings.ussd_result}",),
                write=self._ask,
                test=says("+CUSD: (0-2)"),
            )
        ]

    def reset(self) -> None:
        """Forget a session, as after power-on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._board.network.ussd.cancel(self._board.number)

    def _ask(self, values: Values) -> Reply:
        values.at_most(3)
        mode = values.integer(0, range(3), self._settings.ussd_result)
        if mode == _CANCEL:
            self.reset()
            return DONE
        self._settings.ussd_result = mode
        if not values.has(1):
            return DONE
        values.integer(2, range(256), _GSM)
        text = self._typed(values.text(1))
        if not self._board.radio.registered:
            raise Cme(30)
        if self._timer is not None:
            raise Cme(3)  # one is under way
        self._timer = asyncio.get_running_loop().call_later(self._board.habits.ussd_s, self._answered, text)
        return DONE

    def _typed(self, text: str) -> str:
        try:
            if self._board.habits.ussd_packed:
                return unpack_ussd(bytes.fromhex(text))
            return from_terminal(text.encode("latin-1"), self._settings.character_set)
        except ValueError as error:
            raise ParameterFault from error

    def _answered(self, text: str) -> None:
        self._timer = None
        answer = self._board.network.ussd.ask(self._board.number, text)
        if self._settings.ussd_result != 1:
            return
        if answer is None:
            self._board.announce(f"+CUSD: {_NOT_SUPPORTED}")
            return
        self.announce(answer)

    def announce(self, answer: UssdAnswer) -> None:
        """Tell an answer, or what the network says by itself."""
        shown, dcs = self._shown(answer.text)
        kind = _REPLY_WANTED if answer.wants_reply else _DONE
        self._board.announce(f'+CUSD: {kind},"{shown}",{dcs}')

    def _shown(self, text: str) -> tuple[str, int]:
        try:
            gsm7.DEFAULT.encode(text)
        except EncodeError:
            return to_terminal(text, "UCS2"), _UCS2
        if self._board.habits.ussd_packed:
            return pack_ussd(text).hex().upper(), _GSM
        return to_terminal(text, self._settings.character_set), _GSM
