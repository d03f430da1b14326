"""The modem's end of the AT dialogue: from octets to commands, and their answers (V.250 §5, 27.005 §3.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import cache
from typing import Protocol

from clerkd.simulate.modem.faults import Faults
from clerkd.simulate.modem.grammar import Instruction, instructions
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.results import CommandFailed, Final, Prompt, Reply, Silence, Wait
from clerkd.simulate.modem.settings import Settings
from clerkd.simulate.modem.voice import Voice

CTRL_Z, ESC, SLASH = 0x1A, 0x1B, 0x2F
LINE_OCTETS = 2048  # longer command lines are an ERROR; V.250 §5.2.1 lets a modem have such a limit
TEXT_OCTETS = 4096  # what text entry keeps; the rest of a babbling terminal is dropped


@cache
def _one_of(*codes: int) -> re.Pattern[bytes]:
    """Return what finds the next of these octets; S3 and S5 can be anything from 0 to 127."""
    return re.compile(b"[" + re.escape(bytes(codes)) + b"]")


class Executor(Protocol):
    """Who knows the commands."""

    def execute(self, instruction: Instruction) -> Reply:
        """Run one command; raise `CommandFailed`."""
        ...

    def translate(self, error: CommandFailed, instruction: Instruction | None) -> str:
        """Return the final result line for an error."""
        ...


class Pace(Protocol):
    """What takes time, done by the owner of the event loop."""

    def run(self, wait: Wait, resume: Callable[[Reply | CommandFailed], None]) -> Callable[[], None]:
        """Run a slow command's reply and call `resume` with its outcome; the result abandons it."""
        ...

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` later."""
        ...


class State(Enum):
    """What the next octet from the terminal means."""

    COMMAND = auto()  # part of a command line
    EXECUTING = auto()  # an interruption, or nothing
    TEXT = auto()  # part of the text that `> ` asked for
    DEAF = auto()  # nothing: the firmware hangs


class Dialogue:
    """One terminal talking to one modem. Unsolicited lines wait while a line is answered or text is entered."""

    def __init__(
        self,
        executor: Executor,
        voice: Voice,
        pace: Pace,
        *,
        settings: Settings,
        habits: Habits,
        faults: Faults,
    ) -> None:
        self._executor = executor
        self._voice = voice
        self._pace = pace
        self._settings = settings
        self._habits = habits
        self._faults = faults
        self._state = State.COMMAND
        self._typed = bytearray()
        self._typed_ahead = bytearray()
        self._last_line = ""
        self._steps: Iterator[Instruction] = iter(())
        self._instruction: Instruction | None = None
        self._information: list[str] = []
        self._answering = False
        self._prompt = Prompt(lambda _typed: ())
        self._prompts = 0
        self._wait: Wait | None = None
        self._abandon: Callable[[], None] | None = None
        self._waiting_urcs: list[tuple[str, ...]] = []

    @property
    def state(self) -> State:
        """What the dialogue is doing."""
        return self._state

    def feed(self, octets: bytes) -> None:
        """Take what the terminal wrote."""
        while octets and self._state is not State.DEAF:
            if self._state is State.COMMAND:
                octets = self._take_line(octets)
            elif self._state is State.TEXT:
                octets = self._take_text(octets)
            else:
                octets = self._interrupt(octets)

    def announce(self, *lines: str) -> None:
        """Say something nobody asked for; the lines stay together."""
        if self._state is State.DEAF:
            return
        if self._answering or self._state is State.TEXT:
            self._waiting_urcs.append(lines)
        else:
            self._voice.unsolicited(lines)

    # Command lines -------------------------------------------------------------------------------------------

    def _take_line(self, octets: bytes) -> bytes:
        """Take octets up to the next one that means something; return the rest."""
        match = _one_of(self._settings.terminator, self._settings.s[5], SLASH).search(octets)
        start, end = match.span() if match else (len(octets), len(octets))
        self._voice.echo(octets[:end])
        self._typed += octets[: min(start, LINE_OCTETS + 1 - len(self._typed))]
        if match:
            octet = octets[start]
            if octet == self._settings.terminator:
                self._run(bytes(self._typed))
            elif octet == self._settings.s[5]:
                del self._typed[-1:]
            elif bytes(self._typed).lstrip().upper() == b"A":  # "A/" needs no CR, V.250 §5.2.4
                self._begin(self._last_line)
            elif len(self._typed) <= LINE_OCTETS:
                self._typed.append(octet)
        return octets[end:]

    def _run(self, line: bytes) -> None:
        # Whatever precedes "AT" is no command line and gets no answer, V.250 §5.2.1.
        text = line.decode("latin-1")
        start = text.upper().find("AT")
        if start < 0:
            self._typed.clear()
        elif len(line) > LINE_OCTETS:
            self._begin("?")
        else:
            self._last_line = text[start + 2 :]
            self._begin(self._last_line)

    def _begin(self, body: str) -> None:
        self._typed.clear()
        self._steps = instructions(body)
        self._information = []
        self._instruction = None
        self._continue()

    def _continue(self) -> None:
        self._answering = True
        try:
            for instruction in self._steps:
                self._instruction = instruction
                if not self._take_reply(self._executor.execute(instruction)):
                    return
        except CommandFailed as error:
            self._fail(error)
        else:
            self._finish(Final.OK)

    def _take_reply(self, reply: Reply) -> bool:
        """Act on what a command gave; True when the next command of the line may run."""
        if isinstance(reply, tuple):
            self._information.extend(reply)
            return True
        if isinstance(reply, Prompt):
            self._ask(reply)
        elif isinstance(reply, Wait):
            self._state, self._wait, self._answering = State.EXECUTING, reply, False
            self._abandon = self._pace.run(reply, self._resume)
            self._say_waiting()
        else:
            self._information.extend(reply.lines)
            self._finish(None if isinstance(reply, Silence) else reply.result)
        return False

    def _resume(self, outcome: Reply | CommandFailed) -> None:
        """Go on after a slow command."""
        self._state, self._wait, self._abandon = State.COMMAND, None, None
        if isinstance(outcome, CommandFailed):
            self._fail(outcome)
        elif self._take_reply(outcome):
            self._continue()
        typed, self._typed_ahead = bytes(self._typed_ahead), bytearray()
        self.feed(typed)

    def _interrupt(self, octets: bytes) -> bytes:
        if self._wait is not None and self._wait.aborted is not None and self._abandon is not None:
            result, abandon = self._wait.aborted, self._abandon
            self._state, self._wait, self._abandon = State.COMMAND, None, None
            abandon()
            self._finish(result)
            return octets[1:]  # the octet that interrupts is lost, V.250 §5.6.1
        if self._habits.type_ahead:
            self._typed_ahead += octets
        return b""

    def _fail(self, error: CommandFailed) -> None:
        self._finish(self._executor.translate(error, self._instruction))

    def _finish(self, result: str | None) -> None:
        """End the command line. A firmware that began to hang in the middle of it says nothing."""
        lines, self._information = self._information, []
        self._steps = iter(())
        self._answering = False
        if self._state is not State.DEAF:
            self._voice.answer(lines, result)
            self._say_waiting()

    def _say_waiting(self) -> None:
        waiting, self._waiting_urcs = self._waiting_urcs, []
        for lines in waiting:
            self.announce(*lines)

    # Text entry ----------------------------------------------------------------------------------------------

    def _ask(self, prompt: Prompt) -> None:
        self._state, self._prompt, self._answering = State.TEXT, prompt, False
        self._prompts += 1
        if self._faults.strikes("no_prompt"):
            return
        number = self._prompts

        def say() -> None:
            if self._state is State.TEXT and self._prompts == number:
                self._voice.prompt()
                if self._faults.strikes("urc_in_prompt"):
                    self._voice.noise()

        if self._faults.slow_prompt:
            self._pace.after(self._faults.slow_prompt, say)
        else:
            say()

    def _take_text(self, octets: bytes) -> bytes:
        """Take octets up to the next one that means something; return the rest."""
        line_end = self._settings.terminator if self._prompt.lines else CTRL_Z
        match = _one_of(CTRL_Z, ESC, line_end, self._settings.s[5]).search(octets)
        start, end = match.span() if match else (len(octets), len(octets))
        self._voice.echo(octets[:start])
        self._typed += octets[: min(start, TEXT_OCTETS - len(self._typed))]
        if match:
            octet = octets[start]
            if octet in {CTRL_Z, ESC}:
                self._end_text(cancelled=octet == ESC)
            elif octet == line_end:
                self._typed += b"\n"[: TEXT_OCTETS - len(self._typed)]
                self._voice.prompt()
            else:
                del self._typed[-1:]
        return octets[end:]

    def _end_text(self, *, cancelled: bool) -> None:
        typed = bytes(self._typed)
        self._typed.clear()
        self._state, self._answering = State.COMMAND, True
        try:
            if cancelled or self._take_reply(self._prompt.entered(typed)):
                self._continue()
        except CommandFailed as error:
            self._fail(error)

    # From the firmware ---------------------------------------------------------------------------------------

    def port_closed(self) -> None:
        """Forget a half-typed command line; text entry goes on unless the modem's habit is to leave it."""
        if self._state is State.COMMAND:
            self._typed.clear()
        elif self._state is State.TEXT and not self._habits.keeps_prompt:
            self._typed.clear()
            self._state = State.COMMAND
            self._say_waiting()

    def restart(self) -> None:
        """Start as after power-on; a command that runs is forgotten."""
        abandon, self._abandon = self._abandon, None
        if abandon is not None:
            abandon()
        self._state, self._wait, self._answering = State.COMMAND, None, False
        self._steps, self._information = iter(()), []
        self._typed.clear()
        self._typed_ahead.clear()
        self._waiting_urcs.clear()

    def hang(self) -> None:
        """Stop listening and talking until `restart`."""
        self.restart()
        self._state = State.DEAF
