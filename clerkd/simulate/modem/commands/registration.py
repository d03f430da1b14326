"""Power, registration, operator and signal (27.007 §7.2, §7.3, §8.2, §8.5, §8.69, §10.1.9)."""

from __future__ import annotations

import asyncio
from functools import partial

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.radio import AIRPLANE, DENIED, FULL, GSM, MINIMUM, NOT_SEARCHING, SEARCHING, Operator
from clerkd.simulate.modem.results import DONE, Cme, Final, ParameterFault, Reply, Wait

_AUTOMATIC, _MANUAL, _DEREGISTERED, _FORMAT_ONLY, _MANUAL_AUTOMATIC = range(5)


class Registration:
    """The radio as the terminal sees it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._radio = board.radio
        self._settings = board.settings

    def commands(self) -> list[Command]:
        """Return the commands."""
        return [
            Command(
                "+CFUN",
                read=lambda: (f"+CFUN: {self._radio.functionality}",),
                write=self._functionality,
                test=says("+CFUN: (0,1,4),(0,1)"),
                needs_sim=False,
            ),
            *(
                Command(
                    name,
                    read=partial(self._read_registration, name),
                    write=partial(self._report_registration, name),
                    test=says(f"{name}: (0-2)"),
                    needs_sim=False,
                )
                for name in self._board.habits.registrations
            ),
            Command("+COPS", read=self._read_operator, write=self._select, test=self._search, needs_radio=True),
            Command("+COPN", self._names, test=says()),
            Command("+CSQ", self._signal, test=says("+CSQ: (0-31,99),(0-7,99)"), needs_sim=False),
            Command("+CESQ", self._extended_signal, test=says(_CESQ_RANGES), needs_sim=False),
            Command(
                "+CGATT",
                read=lambda: (f"+CGATT: {int(self._radio.registered)}",),
                write=self._attach,
                test=says("+CGATT: (0,1)"),
            ),
        ]

    def announce(self) -> None:
        """Tell a change of registration to a terminal that asked for it (+CREG=1 or 2)."""
        for name in self._board.habits.registrations:
            mode = self._settings.registration[name]
            if mode and self._carries(name):
                self._board.announce(f"{name}: {self._registration(mode, name)}")

    def _functionality(self, values: Values) -> Reply:
        values.at_most(2)
        level = values.integer(0, range(5))
        if level not in {MINIMUM, FULL, AIRPLANE}:
            raise ParameterFault
        if values.integer(1, range(2), 0):
            self._board.restart()
            return DONE
        if self._board.habits.reset_flag and level == FULL and not values.has(1):
            raise Cme(4)
        if level == MINIMUM:
            self._board.sim.power_on()  # the card loses power, and asks again when it is back
        self._radio.functionality = level
        return DONE

    def _carries(self, name: str) -> bool:
        """Tell whether the domain of `name` exists on the radio technology in use."""
        return name != "+CEREG" if self._radio.technology == GSM else name != "+CGREG"

    def _registration(self, mode: int, name: str) -> str:
        stat = self._radio.stat if self._carries(name) else NOT_SEARCHING
        if mode < 2 or stat in {NOT_SEARCHING, SEARCHING, DENIED}:
            return str(stat)
        area, cell = self._radio.location
        return f'{stat},"{area}","{cell}",{self._radio.technology}'

    def _read_registration(self, name: str) -> Reply:
        mode = self._settings.registration[name]
        return (f"{name}: {mode},{self._registration(mode, name)}",)

    def _report_registration(self, name: str, values: Values) -> Reply:
        values.at_most(1)
        self._settings.registration[name] = values.integer(0, range(3))
        return DONE

    def _read_operator(self) -> Reply:
        operator = self._radio.operator
        if operator is None:
            return (f"+COPS: {self._radio.selection}",)
        form = self._radio.name_format
        return (f'+COPS: {self._radio.selection},{form},"{_name(operator, form)}",{self._radio.technology}',)

    def _select(self, values: Values) -> Reply:
        values.at_most(4)
        mode = values.integer(0, range(5))
        if mode == _FORMAT_ONLY:
            self._radio.name_format = values.integer(1, range(3))
            return DONE
        if mode in {_MANUAL, _MANUAL_AUTOMATIC}:
            form, wanted = values.integer(1, range(3)), values.text(2)
            match = next((one for one in self._radio.operators if _name(one, form) == wanted), None)
            if match is None or match.status == 3:
                raise Cme(30 if match is None else 32)
            if match.status != 2 and mode == _MANUAL:
                raise Cme(32)  # the SIM's subscription is good for its own network only
        self._radio.selection = _AUTOMATIC if mode == _MANUAL_AUTOMATIC else mode
        self._radio.stat = NOT_SEARCHING if mode == _DEREGISTERED else 1
        return DONE

    def _search(self) -> Reply:
        return Wait(self._found, aborted=Final.OK)

    async def _found(self) -> Reply:
        await asyncio.sleep(self._board.habits.operator_search_s)
        found = ",".join(
            f'({one.status},"{one.long_name}","{one.short_name}","{one.code}",{self._radio.technology})'
            for one in self._radio.operators
        )
        return (f"+COPS: {found},,(0-4),(0-2)",)

    def _names(self) -> Reply:
        return tuple(f'+COPN: "{one.code}","{one.long_name}"' for one in self._radio.operators)

    def _signal(self) -> Reply:
        return (f"+CSQ: {self._radio.rssi if self._radio.on else 99},99",)

    def _extended_signal(self) -> Reply:
        if not self._radio.on:
            return ("+CESQ: 99,99,255,255,255,255",)
        if self._radio.technology == GSM:
            return (f"+CESQ: {self._radio.rssi * 2},0,255,255,255,255",)
        return (f"+CESQ: 99,99,255,255,20,{self._radio.rssi * 2}",)

    def _attach(self, values: Values) -> Reply:
        values.at_most(1)
        values.integer(0, range(2))
        return DONE


_CESQ_RANGES = "+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"


def _name(operator: Operator, form: int) -> str:
    return (operator.long_name, operator.short_name, operator.code)[form]
