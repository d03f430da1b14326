"""Command lines (V.250 §5.2, §5.3, §5.4) and their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from clerkd.simulate.modem.results import ParameterFault, SyntaxFault


class Form(Enum):
    """The four ways to call an extended command, V.250 §5.4.3 and §5.4.4."""

    EXECUTE = ""
    READ = "?"
    TEST = "=?"
    WRITE = "="


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command of a line. `text` is what follows `=`, a basic command's number, or the dial string."""

    name: str
    form: Form
    text: str = ""


# basic-command = ["&"] letter [number]; S-parameters are S number ("=" [number] / "?")
_S_PARAMETER = re.compile(r"[Ss]([0-9]+)(?:(=)([0-9]*)|(\?))?")
_BASIC = re.compile(r"(&?[A-Za-z])([0-9]*)")
# extended-command = ("+" / vendor's mark) name; a name starts with a letter
_EXTENDED = re.compile(r"([+^#$*%@!_][A-Za-z][A-Za-z0-9!%\-./:_]*)(=\?|\?|=)?")


def instructions(body: str) -> Iterator[Instruction]:
    """Yield the commands after `AT` one by one, so that those before a fault are executed.

    Raise `SyntaxFault` where the line stops making sense.
    """
    rest = _without_spaces(body)
    while rest:
        if rest[0] in "Dd":
            dialled, semicolon, rest = rest[1:].partition(";")
            yield Instruction("D", Form.EXECUTE, dialled + semicolon)
        elif rest[0].isascii() and (rest[0].isalpha() or rest[0] == "&"):
            instruction, rest = _basic(rest)
            yield instruction
        else:
            instruction, rest = _extended(rest)
            yield instruction


def _basic(text: str) -> tuple[Instruction, str]:
    if text[0] in "Ss":
        match = _S_PARAMETER.match(text)
        if match is None:
            raise SyntaxFault(text)
        form = Form.READ if match[4] else Form.WRITE if match[2] else Form.EXECUTE
        return Instruction("S", form, f"{match[1]}={match[3] or ''}"), text[match.end() :]
    match = _BASIC.match(text)
    if match is None:
        raise SyntaxFault(text)
    return Instruction(match[1].upper(), Form.EXECUTE, match[2]), text[match.end() :]


def _extended(text: str) -> tuple[Instruction, str]:
    match = _EXTENDED.match(text)
    if match is None:
        raise SyntaxFault(text)
    form = Form(match[2] or "")
    end = _end_of_command(text, match.end()) if form is Form.WRITE else match.end()
    if end < len(text) and text[end] != ";":
        raise SyntaxFault(text)
    return Instruction(match[1].upper(), form, text[match.end() : end]), text[end + 1 :]


def _end_of_command(text: str, start: int) -> int:
    quoted = False
    for position in range(start, len(text)):
        if text[position] == '"':
            quoted = not quoted
        elif text[position] == ";" and not quoted:
            return position
    if quoted:
        raise SyntaxFault(text)
    return len(text)


def _without_spaces(body: str) -> str:
    """Drop spaces and control characters, which V.250 §5.2.1 ignores outside quoted strings."""
    if '"' not in body:
        return "".join(character for character in body if character > " ")
    parts = body.split('"')
    parts[::2] = ["".join(character for character in part if character > " ") for part in parts[::2]]
    return '"'.join(parts)


class Quoted(str):
    """A string constant, V.250 §5.4.2.2."""

    __slots__ = ()


class Digits(int):
    """A numeric constant, V.250 §5.4.2.1, that remembers how it was written."""

    written: str

    @classmethod
    def read(cls, text: str) -> Digits:
        """Return the number."""
        digits = cls(text)
        digits.written = text
        return digits


class Values:
    """The values after `=`, read one at a time by position; a wrong one raises `ParameterFault`."""

    def __init__(self, text: str) -> None:
        self._values = _split(text)

    def __len__(self) -> int:
        return len(self._values)

    def at_most(self, count: int) -> None:
        """Refuse more than `count` values."""
        if len(self._values) > count:
            raise ParameterFault

    def has(self, position: int) -> bool:
        """Tell whether a value stands at `position`; an empty one does not count."""
        return position < len(self._values) and self._values[position] is not None

    def integer(self, position: int, allowed: range, default: int | None = None) -> int:
        """Return a number out of `allowed`; `default` stands for an absent one, without it the value is needed."""
        value = self._values[position] if position < len(self._values) else None
        if value is None and default is not None:
            return default
        if not isinstance(value, Digits) or value not in allowed:
            raise ParameterFault
        return int(value)

    def word(self, position: int) -> str:
        """Return what stands there as written, quoted or not."""
        value = self._values[position] if position < len(self._values) else None
        if value is None:
            raise ParameterFault
        return value.written if isinstance(value, Digits) else str(value)

    def text(self, position: int, default: str | None = None) -> str:
        """Return a quoted string; `default` stands for an absent one."""
        value = self._values[position] if position < len(self._values) else None
        if value is None and default is not None:
            return default
        if not isinstance(value, Quoted):
            raise ParameterFault
        return str(value)


def _split(text: str) -> list[Digits | Quoted | None]:
    values: list[Digits | Quoted | None] = []
    position = 0
    while True:
        value, position = _value(text, position)
        values.append(value)
        if position >= len(text):
            return values
        if text[position] != ",":
            raise ParameterFault
        position += 1


def _value(text: str, start: int) -> tuple[Digits | Quoted | None, int]:
    if text.startswith('"', start):
        end = text.index('"', start + 1)
        return Quoted(text[start + 1 : end]), end + 1
    end = text.find(",", start)
    end = len(text) if end < 0 else end
    token = text[start:end]
    if not token:
        return None, end
    if not (token.isascii() and token.isdigit()):
        raise ParameterFault
    return Digits.read(token), end
