"""Which command does what, and with which error it fails."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command
from clerkd.simulate.modem.grammar import Form, Instruction, Values
from clerkd.simulate.modem.results import (
    CME_TEXTS,
    CMS_TEXTS,
    Cme,
    Cms,
    CommandFailed,
    Final,
    ParameterFault,
    Reply,
    Silence,
    SyntaxFault,
)

_SIM_CMS = {10: 310, 11: 311, 12: 316, 13: 313, 14: 314}  # the same conditions in 27.005 §3.2.5


class Interpreter:
    """The commands of one modem: `letters` by V.250's basic names, `commands` by their extended ones."""

    def __init__(
        self,
        board: Board,
        letters: Mapping[str, Callable[[Instruction], Reply]],
        commands: Iterable[Command],
        hang: Callable[[], None],
    ) -> None:
        self._board = board
        self._letters = letters
        self._hang = hang
        self._commands = {command.name: command for command in commands}
        self._commands["+CLAC"] = Command("+CLAC", self._list, needs_sim=False)

    def execute(self, instruction: Instruction) -> Reply:
        """Run one command; raise `CommandFailed`."""
        board = self._board
        too_soon = board.clock.monotonic() < board.unlocked_at + board.habits.after_pin_s
        if instruction.name == board.faults.hang_on or too_soon:
            board.unlocked_at = -math.inf
            self._hang()
            return Silence()
        reply = self._reply(instruction)
        form = instruction.name + instruction.form.value
        if isinstance(reply, tuple) and reply and form in board.habits.without_ok:
            return Silence(reply)
        return reply

    def _reply(self, instruction: Instruction) -> Reply:
        if (letter := self._letters.get(instruction.name)) is not None:
            return letter(instruction)
        command = self._commands.get(instruction.name)
        if command is None:
            raise SyntaxFault(instruction.name)
        if instruction.form is not Form.TEST:
            self._require(command)
        if instruction.form is Form.WRITE:
            if command.write is None:
                raise SyntaxFault(instruction.name)
            return command.write(Values(instruction.text))
        form = {Form.EXECUTE: command.execute, Form.READ: command.read, Form.TEST: command.test}[instruction.form]
        if form is None:
            raise SyntaxFault(instruction.name)
        return form()

    def translate(self, error: CommandFailed, instruction: Instruction | None) -> str:
        """Return the final result line for an error, as +CMEE wants it."""
        if isinstance(error, ParameterFault):
            command = self._commands.get(instruction.name) if instruction else None
            if command is None or not command.message:
                error = Cme(50)
            else:
                error = Cms(305 if self._board.settings.text_mode else 304)
        cmee = self._board.settings.cmee
        if isinstance(error, Cme) and cmee:
            return f"+CME ERROR: {error.code if cmee == 1 else CME_TEXTS.get(error.code, 'unknown')}"
        if isinstance(error, Cms) and (cmee or not self._board.habits.cms_follows_cmee):
            return f"+CMS ERROR: {CMS_TEXTS.get(error.code, 'unknown error') if cmee == 2 else error.code}"
        return self._board.habits.unknown_command if isinstance(error, SyntaxFault) else Final.ERROR

    def _require(self, command: Command) -> None:
        if command.needs_sim and (code := self._sim_fault()) is not None:
            raise Cms(_SIM_CMS[code]) if command.message else Cme(code)
        if command.message and self._too_early:
            early = self._board.habits.sms_early
            raise Cms(early) if early else SyntaxFault(command.name)
        if command.needs_radio and not self._board.radio.on:
            raise Cme(30)

    @property
    def _too_early(self) -> bool:
        board = self._board
        return board.clock.monotonic() < board.started_at + board.habits.sms_ready_s

    def _sim_fault(self) -> int | None:
        """Return why the SIM cannot be used now, as a CME number."""
        board = self._board
        if board.clock.monotonic() < board.started_at + board.habits.sim_ready_s:
            return 14
        return board.sim.require()

    def _list(self) -> Reply:
        return tuple(sorted(self._commands))
