"""One command at a time over a stream of octets that also carries everything else a modem says.

A modem speaks without being asked, in the middle of answers, between a prompt and the result, and sometimes
long after we gave up. Each line is therefore one of: the echo of what we wrote, the final result, information
text of the command in flight, or unsolicited. Nothing here reads, waits or looks at a clock: octets and expired
deadlines come in, values come out.

    IDLE ── begin ──────────────► AWAITING_RESULT ── final result ──► IDLE
      └──── begin, with a PDU ──► AWAITING_PROMPT ── prompt ──► AWAITING_RESULT
    AWAITING_* ── give up ──► DRAINING ── owed result, or the answer of a mark ──► IDLE
    IDLE ── suspect ──► DRAINING

DRAINING exists because some firmware answers late, and that OK would end the next command. It ends with the one
result that is owed, or with a mark: a question whose answer cannot be mistaken, and behind which nothing old can
come, because a modem answers in order.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from clerkd.at.assembly import Assembly
from clerkd.at.commands import END_OF_PDU, ESCAPE, Command
from clerkd.at.events import LateReference, Noise
from clerkd.at.fields import is_hex
from clerkd.at.outcome import Answer, Drained, Output, Stale, Trailing, Write
from clerkd.at.results import OK, FinalResult, read_final
from clerkd.at.splitter import Prompt, Splitter
from clerkd.at.urc import URCS, Shape, head_of, quote_open


class State(Enum):
    """Where the exchange is."""

    IDLE = auto()
    AWAITING_RESULT = auto()
    AWAITING_PROMPT = auto()
    DRAINING = auto()


class Step(Enum):
    """What moves it."""

    BEGUN = auto()
    BEGUN_WITH_PDU = auto()
    PROMPTED = auto()
    FINISHED = auto()
    GIVEN_UP = auto()
    SUSPECTED = auto()
    DRAINED = auto()


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.IDLE, Step.BEGUN): State.AWAITING_RESULT,
    (State.IDLE, Step.BEGUN_WITH_PDU): State.AWAITING_PROMPT,
    (State.AWAITING_PROMPT, Step.PROMPTED): State.AWAITING_RESULT,
    (State.AWAITING_PROMPT, Step.FINISHED): State.IDLE,
    (State.AWAITING_RESULT, Step.FINISHED): State.IDLE,
    (State.AWAITING_PROMPT, Step.GIVEN_UP): State.DRAINING,
    (State.AWAITING_RESULT, Step.GIVEN_UP): State.DRAINING,
    (State.IDLE, Step.SUSPECTED): State.DRAINING,
    (State.DRAINING, Step.DRAINED): State.IDLE,
}


class OutOfTurn(RuntimeError):
    """A step that the exchange's state does not allow: a fault of the caller."""


def advance(state: State, step: Step) -> State:
    """Return the next state; raise `OutOfTurn` for a step that the table does not hold."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        msg = f"{step.name} in {state.name}"
        raise OutOfTurn(msg) from None


_SERIAL_NOISE = re.compile(r".*[^\x20-\x7e]", re.DOTALL)


class Exchange:
    """The dialogue with one modem, sans I/O."""

    def __init__(self, noise: tuple[str, ...] = (), without_ok: tuple[str, ...] = ()) -> None:
        self.adopt(noise, without_ok)
        self._splitter = Splitter()
        self._assembly: Assembly | None = None
        self.state = State.IDLE
        self._reset_command(None)

    def adopt(self, noise: tuple[str, ...], without_ok: tuple[str, ...]) -> None:
        """Know a vendor: how the lines begin that mean nothing to us, and the commands that may end without OK."""
        self._noise = noise
        self._without_ok = without_ok

    def _reset_command(self, command: Command | None) -> None:
        self._command = command
        self._lines: list[str] = []
        self._handed_over = False
        self._escaped = False
        self._mark: Command | None = None
        self._marked = False

    @property
    def referenced(self) -> bool:
        """Whether the submission in flight has its reference already."""
        return self._handed_over and bool(self._lines)

    @property
    def _may_lack_ok(self) -> bool:
        return self._command is not None and self._command.text.startswith(self._without_ok)

    @property
    def handed_over(self) -> bool:
        """Whether the PDU of the command in flight was written."""
        return self._handed_over and self.state is State.AWAITING_RESULT

    def begin(self, command: Command) -> bytes:
        """Start a command; return the octets to write. Only when IDLE."""
        self.state = advance(self.state, Step.BEGUN if command.pdu is None else Step.BEGUN_WITH_PDU)
        self._reset_command(command)
        self._splitter.expect_prompt = command.pdu is not None
        return command.text.encode("latin-1") + b"\r"

    def suspect(self) -> None:
        """Doubt that the line is in step, as after opening a port that another program used. Only when IDLE."""
        self.state = advance(self.state, Step.SUSPECTED)
        self._escaped = True
        self._mark, self._marked = None, False

    def mark(self, command: Command, *, escape: bool) -> bytes:
        """Ask a question whose answer ends the draining; return the octets to write. Only when DRAINING.

        Each question may be asked once per draining: the late answer of the first would look like that of the
        second. With `escape` a prompt that is still open is left first.
        """
        if self.state is not State.DRAINING:
            msg = f"mark in {self.state.name}"
            raise OutOfTurn(msg)
        self._escaped = True
        self._mark, self._marked = command, False
        return (ESCAPE if escape else b"") + command.text.encode("latin-1") + b"\r"

    def give_up(self) -> list[Output]:
        """End the command in flight without its final result: its deadline passed, or nobody waits for it.

        A submission whose reference came counts as done, and so does an answer of a modem that says no OK behind it.
        """
        command, done = self._command, self.referenced or (bool(self._lines) and self._may_lack_ok)
        awaited_prompt = self.state is State.AWAITING_PROMPT
        self.state = advance(self.state, Step.GIVEN_UP)
        assert command is not None  # noqa: S101  # the table allows this step only with a command in flight
        answer = Answer(command, OK if done else None, tuple(self._lines), self._handed_over)
        if not awaited_prompt:
            return [answer]
        # The prompt may still come; whatever is written then would be taken for a PDU.
        self._escaped = True
        return [Write(ESCAPE), answer]

    def reset(self) -> None:
        """Forget everything: the port was opened anew, or the line has been silent for long enough."""
        self.state = State.IDLE
        self._splitter.clear()
        self._assembly = None
        self._reset_command(None)

    def receive(self, octets: bytes) -> list[Output]:
        """Take octets from the modem; return what they mean, in order."""
        out: list[Output] = []
        for item in self._splitter.feed(octets):
            if isinstance(item, Prompt):
                self._prompted(out)
            else:
                self._line(item.text, out)
        return out

    def _prompted(self, out: list[Output]) -> None:
        command = self._command
        if self.state is not State.AWAITING_PROMPT or command is None or command.pdu is None:
            out.append(Write(ESCAPE))  # a prompt that comes after its command was given up
            return
        self.state = advance(self.state, Step.PROMPTED)
        self._handed_over = True
        out.append(Write((command.pdu + END_OF_PDU).encode("latin-1"), pdu=True))

    # Lines ---------------------------------------------------------------------------------------------------

    def _line(self, text: str, out: list[Output]) -> None:
        if self._noise and text.startswith(self._noise) and not self._asked_for(text):
            out.append(Noise(text))
            return
        if self._assembly is not None and self._continued(self._assembly, text, out):
            return
        if not " " <= text[0] <= "~":
            clean = _SERIAL_NOISE.sub("", text)  # noise of the wire sticks to the line behind it
            if not clean:
                out.append(Noise(text))
                return
            text = clean
        command = self._command
        if self.state is State.IDLE or command is None:
            self._unsolicited(text, out)
        elif self.state is State.DRAINING:
            self._drain(command, text, out)
        else:
            self._in_flight(command, text, out)

    def _in_flight(self, command: Command, text: str, out: list[Output]) -> None:
        if text in (command.text, command.pdu):
            return  # echo: ATE0 is not in force yet, or not obeyed
        final = read_final(text, calls=command.calls, numeric=command.numeric)
        if final is not None:
            self._finish(command, final, out)
        elif command.answers and text.startswith(command.answers):
            self._answered(command, text, out)
        elif not self._unsolicited(text, out, known_only=True):
            self._unprefixed(command, text, out)

    def _asked_for(self, text: str) -> bool:
        return self.state is not State.IDLE and self._command is not None and text.startswith(self._command.answers)

    def _finish(self, command: Command, final: FinalResult, out: list[Output]) -> None:
        if final.ok and self.state is State.AWAITING_PROMPT:
            return  # no OK can come before the prompt: this one is somebody else's
        self._splitter.expect_prompt = False
        self.state = advance(self.state, Step.FINISHED)
        out.append(Answer(command, final, tuple(self._lines), self._handed_over))

    def _answered(self, command: Command, text: str, out: list[Output]) -> None:
        if command.pdu is not None and not self._handed_over:
            out.append(_late_reference(text))
            return
        self._lines.append(text)
        if command.pdu is not None or self._may_lack_ok:
            out.append(Trailing())
        head, parameters = head_of(text)
        urc = URCS.get(head)
        if urc is None:
            return
        if urc.shape is Shape.QUOTED and quote_open(parameters):
            self._assembly = Assembly(urc, head, parameters, mine=True)
        elif urc.ambiguous:
            out.append(urc.read(head, parameters))

    def _unprefixed(self, command: Command, text: str, out: list[Output]) -> None:
        """Sort a line that is neither a result nor known to be unsolicited nor prefixed as an answer."""
        if text.startswith("+CMGS"):
            out.append(_late_reference(text))
        elif command.free or (self._lines and is_hex(text) and command.pdu is None):
            self._lines.append(text)
        else:
            out.append(Noise(text))

    def _drain(self, command: Command, text: str, out: list[Output]) -> None:
        mark = self._mark
        if mark is not None and text.startswith(mark.answers):
            self._marked = True
            return
        final = read_final(text, calls=command.calls, numeric=command.numeric)
        if final is None:
            if text not in (command.text, command.pdu, mark and mark.text):
                self._unsolicited(text, out)
        elif self._marked or not self._escaped:
            # An ESC can be answered too, so after one a result alone proves nothing.
            self._splitter.expect_prompt = False
            self.state = advance(self.state, Step.DRAINED)
            out.append(Drained())
        else:
            out.append(Stale())

    # Unsolicited ---------------------------------------------------------------------------------------------

    def _unsolicited(self, text: str, out: list[Output], *, known_only: bool = False) -> bool:
        """Route a line away; with `known_only` only if it is in the table."""
        head, parameters = head_of(text)
        urc = URCS.get(head)
        if urc is None:
            if known_only:
                return False
            out.append(_late_reference(text) if head == "+CMGS" else Noise(text))
        elif urc.shape is Shape.PDU_FOLLOWS or (urc.shape is Shape.QUOTED and quote_open(parameters)):
            self._assembly = Assembly(urc, head, parameters)
        else:
            out.append(urc.read(head, parameters))
        return True

    def _continued(self, assembly: Assembly, text: str, out: list[Output]) -> bool:
        """Offer a line to the notification that has begun; return whether it took it."""
        contested = self._awaits_pdu_line
        taken, event = assembly.take(text, contested=contested)
        if taken and assembly.mine:
            self._lines[-1] += "\n" + text
        if assembly.done:
            self._assembly = None
        if event is not None:
            out.append(event)
        return taken

    @property
    def _awaits_pdu_line(self) -> bool:
        """Whether the command in flight has said a message's header and not yet its PDU."""
        return bool(self._lines) and self._lines[-1].startswith(("+CMGL", "+CMGR"))


def _late_reference(text: str) -> LateReference:
    number = head_of(text)[1].split(",")[0].strip()
    return LateReference(int(number) if number.isdecimal() else None)
