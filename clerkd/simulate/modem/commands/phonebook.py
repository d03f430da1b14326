"""The phone book (27.007 §8.11 to §8.14): the SIM's entries and its own numbers."""

from __future__ import annotations

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.numbers import number_of, type_of_address
from clerkd.simulate.modem.results import DONE, Cme, ParameterFault, Reply
from clerkd.simulate.modem.sim import Entry
from clerkd.simulate.modem.text import from_terminal, to_terminal

_NUMBER_DIGITS, _TEXT_CHARACTERS = 40, 20  # <nlength>, <tlength>
_CONTACTS, _OWN = "SM", "ON"


class PhoneBook:
    """Entries of the chosen memory, by index from 1."""

    def __init__(self, board: Board) -> None:
        self._sim = board.sim
        self._settings = board.settings
        self._memory = _CONTACTS

    def commands(self) -> list[Command]:
        """Return the commands."""
        return [
            Command("+CPBS", read=self._read_memory, write=self._choose, test=lambda: ('+CPBS: ("SM","ON")',)),
            Command("+CPBR", write=self._read, test=self._test_read),
            Command("+CPBF", write=self._find, test=lambda: (f"+CPBF: {_NUMBER_DIGITS},{_TEXT_CHARACTERS}",)),
            Command("+CPBW", write=self._write, test=self._test_write),
        ]

    @property
    def _entries(self) -> dict[int, Entry]:
        if self._memory == _CONTACTS:
            return self._sim.contacts
        return {1: Entry(self._sim.number, "")} if self._sim.number else {}

    @property
    def _slots(self) -> int:
        return self._sim.contact_slots if self._memory == _CONTACTS else 1

    def _read_memory(self) -> Reply:
        return (f'+CPBS: "{self._memory}",{len(self._entries)},{self._slots}',)

    def _choose(self, values: Values) -> Reply:
        values.at_most(1)
        name = values.text(0).upper()
        if name not in {_CONTACTS, _OWN}:
            raise Cme(4)
        self._memory = name
        return DONE

    def _read(self, values: Values) -> Reply:
        values.at_most(2)
        first = self._index(values, 0)
        last = self._index(values, 1) if values.has(1) else first
        return tuple(self._line("+CPBR", index) for index in range(first, last + 1) if index in self._entries)

    def _find(self, values: Values) -> Reply:
        values.at_most(1)
        wanted = self._typed(values.text(0)).casefold()
        found = [index for index, entry in self._entries.items() if entry.text.casefold().startswith(wanted)]
        return tuple(self._line("+CPBF", index) for index in sorted(found))

    def _write(self, values: Values) -> Reply:
        values.at_most(4)
        if self._memory != _CONTACTS:
            raise Cme(3)
        contacts = self._sim.contacts
        free = next((index for index in range(1, self._slots + 1) if index not in contacts), None)
        if not values.has(0) and free is None:
            raise Cme(20)
        index = self._index(values, 0) if values.has(0) else free or 0
        if not values.has(1):
            contacts.pop(index, None)
            return DONE
        number = number_of(values.text(1), values.integer(2, range(256)) if values.has(2) else None)
        text = self._typed(values.text(3, ""))
        if len(number) > _NUMBER_DIGITS or len(text) > _TEXT_CHARACTERS:
            raise ParameterFault
        contacts[index] = Entry(number, text)
        return DONE

    def _index(self, values: Values, position: int) -> int:
        index = values.integer(position, range(1 << 16))
        if not 1 <= index <= self._slots:
            raise Cme(21)
        return index

    def _typed(self, text: str) -> str:
        try:
            return from_terminal(text.encode("latin-1"), self._settings.character_set)
        except ValueError as error:
            raise ParameterFault from error

    def _line(self, name: str, index: int) -> str:
        entry = self._entries[index]
        text = to_terminal(entry.text, self._settings.character_set)
        return f'{name}: {index},"{entry.number}",{type_of_address(entry.number)},"{text}"'

    def _test_read(self) -> Reply:
        return (f"+CPBR: (1-{self._slots}),{_NUMBER_DIGITS},{_TEXT_CHARACTERS}",)

    def _test_write(self) -> Reply:
        return (f"+CPBW: (1-{self._slots}),{_NUMBER_DIGITS},(129,145),{_TEXT_CHARACTERS}",)
