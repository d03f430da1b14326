"""Who the modem and its SIM are (27.007 §5, §7.1), and the small parameters around them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.numbers import type_of_address
from clerkd.simulate.modem.results import DONE, Cme, ParameterFault, Reply

CHARACTER_SETS = ("GSM", "IRA", "UCS2", "8859-1")
_CLOCK_FORMAT = "%y/%m/%d,%H:%M:%S"


class Identity:
    """Identification, error reporting, character set, clock, battery."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._settings = board.settings
        self._clock_offset = timedelta()
        self._zone = timezone(timedelta(0))

    def commands(self) -> list[Command]:
        """Return the commands."""
        habits, sim = self._board.habits, self._board.sim
        return [
            Command("+CGMI", says(habits.manufacturer), test=says(), needs_sim=False),
            Command("+CGMM", says(habits.model), test=says(), needs_sim=False),
            Command("+CGMR", says(habits.revision), test=says(), needs_sim=False),
            Command("+CGSN", says(self._board.imei), write=self._serial, test=says("+CGSN: (0-3)"), needs_sim=False),
            Command("+CIMI", lambda: (sim.imsi,), test=says()),
            Command("+CCID", self._iccid, self._iccid, test=says(), needs_sim=False),
            Command("+CNUM", self._own_number, test=says()),
            Command("+CMEE", read=self._read_cmee, write=self._cmee, test=says("+CMEE: (0-2)"), needs_sim=False),
            Command(
                "+CSCS",
                read=lambda: (f'+CSCS: "{self._settings.character_set}"',),
                write=self._character_set,
                test=says("+CSCS: (" + ",".join(f'"{name}"' for name in CHARACTER_SETS) + ")"),
                needs_sim=False,
            ),
            Command("+CCLK", read=self._time, write=self._set_time, test=says(), needs_sim=False),
            Command("+CBC", says("+CBC: 0,100"), test=says("+CBC: (0-3),(1-100)"), needs_sim=False),
        ]

    def _serial(self, values: Values) -> Reply:
        values.at_most(1)
        kind = values.integer(0, range(4))  # 27.007 §5.4: serial number, IMEI, IMEISV, software version
        if kind == 0:
            return (self._board.imei,)
        text = {1: self._board.imei, 2: self._board.imei[:14] + "01", 3: "01"}[kind]
        return (f'+CGSN: "{text}"',)

    def _iccid(self) -> Reply:
        if not self._board.sim.inserted:
            raise Cme(10)
        return (f"+CCID: {self._board.sim.iccid}",)

    def _own_number(self) -> Reply:
        number = self._board.sim.number
        return (f'+CNUM: "","{number}",{type_of_address(number)}',) if number else DONE

    def _read_cmee(self) -> Reply:
        return (f"+CMEE: {self._settings.cmee}",)

    def _cmee(self, values: Values) -> Reply:
        values.at_most(1)
        self._settings.cmee = values.integer(0, range(3))
        return DONE

    def _character_set(self, values: Values) -> Reply:
        values.at_most(1)
        name = values.text(0).upper()
        if name not in CHARACTER_SETS:
            raise ParameterFault
        self._settings.character_set = name
        return DONE

    def _time(self) -> Reply:
        moment = datetime.fromtimestamp(self._board.clock.now_ms() / 1000, self._zone) + self._clock_offset
        return (f'+CCLK: "{moment.strftime(_CLOCK_FORMAT)}{quarters(moment):+03d}"',)

    def _set_time(self, values: Values) -> Reply:
        values.at_most(1)
        text = values.text(0)
        try:
            zone = timezone(timedelta(minutes=15 * int(text[17:] or 0)))
            moment = datetime.strptime(text[:17], _CLOCK_FORMAT).replace(tzinfo=zone)
        except ValueError as error:
            raise ParameterFault from error
        now = datetime.fromtimestamp(self._board.clock.now_ms() / 1000, zone)
        self._zone, self._clock_offset = zone, moment - now
        return DONE


def quarters(moment: datetime) -> int:
    """Return the zone in quarters of an hour, as 27.005 and 27.007 write it after the time."""
    return round((moment.utcoffset() or timedelta()) / timedelta(minutes=15))
