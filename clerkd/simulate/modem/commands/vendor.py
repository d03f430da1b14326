"""Commands of a vendor's own: what a model accepts, and the three of them that matter to others."""

from __future__ import annotations

from functools import partial

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.results import DONE, Reply

_URC_PORT = "+QURCCFG"


class Vendor:
    """Takes the commands that the model's habits name."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = board.settings

    def commands(self) -> list[Command]:
        """Return the commands."""
        habits = self._board.habits
        names = {text.partition("=")[0] for text in (habits.hush, habits.online, *habits.accepts) if text}
        commands = [
            Command(name, lambda: DONE, lambda: DONE, partial(self._take, name), lambda: DONE, needs_sim=False)
            for name in sorted(names)
        ]
        if habits.urc_port:
            commands.append(Command(_URC_PORT, read=self._read_urc_port, write=self._set_urc_port, needs_sim=False))
        return commands

    def _take(self, name: str, values: Values) -> Reply:
        text = f"{name}={values.word(0)}"
        if text == self._board.habits.hush:
            self._settings.hushed = True
        if text == self._board.habits.online:
            self._settings.online = self._board.radio.online = True
        return DONE

    def _read_urc_port(self) -> Reply:
        return (f'{_URC_PORT}: "urcport","{self._settings.urc_port}"',)

    def _set_urc_port(self, values: Values) -> Reply:
        values.at_most(2)
        if values.text(0) == "urcport" and values.has(1):
            self._settings.urc_port = values.text(1)
            return DONE
        return self._read_urc_port()
