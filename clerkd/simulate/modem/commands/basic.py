"""V.250: the session's parameters, identification of the product, S-parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Form, Instruction, Values
from clerkd.simulate.modem.results import DONE, ParameterFault, Reply, SyntaxFault

# Parameters of a real line or UART: a value out of the range is refused, one inside changes nothing here.
_WITHOUT_EFFECT = {"X": 4, "L": 3, "M": 3, "&C": 1, "&D": 2, "&K": 6, "&S": 1, "P": 0, "T": 0, "N": 1, "&W": 1, "&Y": 1}
_S_LIMIT = 255


class Basic:
    """Commands of one letter, and the extended commands of V.250 itself."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = board.settings

    def letters(self) -> dict[str, Callable[[Instruction], Reply]]:
        """Return the basic commands."""
        numbered: dict[str, Callable[[int], Reply]] = {
            "E": self._echo,
            "Q": self._quiet,
            "V": self._verbose,
            "Z": self._reset,
            "&F": self._reset,
            "I": self._identify,
        }
        return {
            "S": self._s_parameter,
            **dict.fromkeys(_WITHOUT_EFFECT, _without_effect),
            **{name: partial(_numbered, form) for name, form in numbered.items()},
        }

    def commands(self) -> list[Command]:
        """Return the extended ones."""
        habits = self._board.habits
        return [
            Command("+GMI", says(habits.manufacturer), test=says(), needs_sim=False),
            Command("+GMM", says(habits.model), test=says(), needs_sim=False),
            Command("+GMR", says(habits.revision), test=says(), needs_sim=False),
            Command("+GSN", says(self._board.imei), test=says(), needs_sim=False),
            Command("+GCAP", says("+GCAP: +CGSM"), test=says(), needs_sim=False),
            *(self._number(*parameter) for parameter in _SERIAL),
        ]

    def _number(self, name: str, default: str, allowed: str, valid: tuple[frozenset[int], ...]) -> Command:
        """Return a parameter of the serial line, which is remembered and has no effect on a pty."""
        kept = [default]

        def write(values: Values) -> Reply:
            values.at_most(len(valid))
            kept[0] = ",".join(
                str(_member(values, position, choices))
                for position, choices in enumerate(valid)
                if position < len(values)
            )
            return DONE

        return Command(
            name, read=lambda: (f"{name}: {kept[0]}",), write=write, test=says(f"{name}: {allowed}"), needs_sim=False
        )

    def _echo(self, number: int) -> Reply:
        self._settings.echo = _flag(number)
        return DONE

    def _quiet(self, number: int) -> Reply:
        self._settings.quiet = _flag(number)
        return DONE

    def _verbose(self, number: int) -> Reply:
        self._settings.verbose = _flag(number)
        return DONE

    def _reset(self, number: int) -> Reply:
        _flag(number)
        self._settings.reset(self._board.habits)
        return DONE

    def _identify(self, number: int) -> Reply:
        habits = self._board.habits
        if number == 0:
            return (habits.manufacturer, habits.model, f"Revision: {habits.revision}", f"IMEI: {self._board.imei}")
        if number <= 9:
            return (f"{habits.manufacturer} {habits.model} {habits.revision}",)
        raise SyntaxFault("I")

    def _s_parameter(self, instruction: Instruction) -> Reply:
        number, _, value = instruction.text.partition("=")
        parameter = int(number)
        if instruction.form is Form.READ:
            if parameter not in self._settings.s:
                raise SyntaxFault("S")
            return (f"{self._settings.s[parameter]:03d}",)
        if parameter > _S_LIMIT or int(value or 0) > _S_LIMIT:
            raise SyntaxFault("S")
        if parameter in {3, 4, 5} and int(value or 0) > 127:  # V.250 §6.2.1: 0 to 127
            raise SyntaxFault("S")
        if instruction.form is Form.WRITE:
            self._settings.s[parameter] = int(value or 0)
        return DONE


_RATES = frozenset({0, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600})
_SERIAL = (
    ("+IPR", "115200", "(" + ",".join(map(str, sorted(_RATES))) + ")", (_RATES,)),
    ("+ICF", "3,3", "(0-6),(0-3)", (frozenset(range(7)), frozenset(range(4)))),
    ("+IFC", "2,2", "(0-2),(0-2)", (frozenset(range(3)), frozenset(range(3)))),
)


def _member(values: Values, position: int, choices: frozenset[int]) -> int:
    number = values.integer(position, range(max(choices) + 1))
    if number not in choices:
        raise ParameterFault
    return number


def _numbered(form: Callable[[int], Reply], instruction: Instruction) -> Reply:
    return form(int(instruction.text or 0))


def _without_effect(instruction: Instruction) -> Reply:
    if int(instruction.text or 0) > _WITHOUT_EFFECT[instruction.name]:
        raise SyntaxFault(instruction.name)
    return DONE


def _flag(number: int) -> bool:
    if number > 1:
        raise SyntaxFault(str(number))
    return bool(number)
