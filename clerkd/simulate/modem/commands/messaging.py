"""How messages are shown, stored and announced: the settings of 27.005 §3.2 to §3.4."""

from __future__ import annotations

from collections.abc import Callable

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.numbers import INTERNATIONAL, number_of, type_of_address
from clerkd.simulate.modem.results import DONE, Cms, ParameterFault, Reply

_OCTET = range(256)
_FIRST_OCTET_TYPES = {0: "DELIVER", 1: "SUBMIT", 2: "COMMAND"}


class Messaging:
    """Session settings of the message service. `released` is called when +CNMI lets held indications go."""

    def __init__(self, board: Board, released: Callable[[bool], None]) -> None:
        self._board = board
        self._settings = board.settings
        self._storage = board.storage
        self._released = released

    def commands(self) -> list[Command]:
        """Return the commands."""
        return [
            Command(
                "+CSMS", None, self._read_service, self._service, says("+CSMS: (0,1)"), message=True, needs_sim=False
            ),
            Command(
                "+CMGF", None, self._read_format, self._format, says("+CMGF: (0,1)"), message=True, needs_sim=False
            ),
            Command(
                "+CSDH", None, self._read_header, self._header, says("+CSDH: (0,1)"), message=True, needs_sim=False
            ),
            Command(
                "+CSMP", read=self._read_parameters, write=self._parameters, test=says(), message=True, needs_sim=False
            ),
            Command("+CSCA", read=self._read_centre, write=self._centre, test=says(), message=True),
            Command("+CPMS", read=self._read_memories, write=self._memories, test=self._test_memories, message=True),
            Command(
                "+CNMI", self._default_cnmi, self._read_cnmi, self._cnmi, self._test_cnmi, message=True, needs_sim=False
            ),
        ]

    def _read_service(self) -> Reply:
        service = f"{self._settings.service}," if self._board.habits.service_named else ""
        return (f"+CSMS: {service}1,1,1",)

    def _service(self, values: Values) -> Reply:
        values.at_most(1)
        self._settings.service = values.integer(0, range(2))
        return ("+CSMS: 1,1,1",)

    def _read_format(self) -> Reply:
        return (f"+CMGF: {int(self._settings.text_mode)}",)

    def _format(self, values: Values) -> Reply:
        values.at_most(1)
        self._settings.text_mode = bool(values.integer(0, range(2)))
        return DONE

    def _read_header(self) -> Reply:
        return (f"+CSDH: {int(self._settings.show_header)}",)

    def _header(self, values: Values) -> Reply:
        values.at_most(1)
        self._settings.show_header = bool(values.integer(0, range(2), 0))
        return DONE

    def _read_parameters(self) -> Reply:
        first, validity, protocol, dcs = self._settings.csmp
        shown = f'"{validity}"' if isinstance(validity, str) else validity
        return (f"+CSMP: {first},{shown},{protocol},{dcs}",)

    def _parameters(self, values: Values) -> Reply:
        values.at_most(4)
        first, validity, protocol, dcs = self._settings.csmp
        first = values.integer(0, _OCTET, first)
        if first & 3 not in _FIRST_OCTET_TYPES:
            raise ParameterFault
        if values.has(1):
            # An absolute period (TP-VPF 3) is a quoted time, a relative one a number; 27.005 §3.1 <vp>.
            validity = values.text(1) if first >> 3 & 3 == 3 else values.integer(1, _OCTET)
        self._settings.csmp = (first, validity, values.integer(2, _OCTET, protocol), values.integer(3, _OCTET, dcs))
        return DONE

    def _read_centre(self) -> Reply:
        centre = self._board.sim.smsc
        return (f'+CSCA: "{centre}",{type_of_address(centre)}',)

    def _centre(self, values: Values) -> Reply:
        values.at_most(2)
        text = values.text(0)
        kind = values.integer(1, _OCTET) if values.has(1) else None
        if kind == INTERNATIONAL and not text.startswith("+"):
            text = "+" + text
        self._board.sim.smsc = number_of(text, kind)
        return DONE

    # Memories ------------------------------------------------------------------------------------------------

    def _chosen(self) -> tuple[str, str, str]:
        return self._storage.reading.name, self._storage.writing.name, self._storage.receiving.name

    def _offered(self, position: int) -> tuple[str, ...]:
        """Return the storages for one of the uses; that of reports is only read."""
        return (*self._board.habits.storages, "SR") if position == 0 else self._board.habits.storages

    def _read_memories(self) -> Reply:
        shown = (
            f'"{name}",{used},{total}' for name, (used, total) in ((name, self._usage(name)) for name in self._chosen())
        )
        return ("+CPMS: " + ",".join(shown),)

    def _usage(self, name: str) -> tuple[int, int]:
        return self._storage.usage(self._storage.stores[name])

    def _memories(self, values: Values) -> Reply:
        values.at_most(self._board.habits.storage_uses)
        names = list(self._chosen())
        for position in range(len(values)):
            name = values.text(position, names[position]).upper()
            if name not in self._offered(position):
                raise Cms(303)
            names[position] = name
        values.text(0)  # <mem1> may not be left out
        stores = self._storage.stores
        self._storage.reading, self._storage.writing, self._storage.receiving = (stores[name] for name in names)
        return ("+CPMS: " + ",".join(f"{used},{total}" for used, total in map(self._usage, names)),)

    def _test_memories(self) -> Reply:
        uses = map(self._offered, range(self._board.habits.storage_uses))
        lists = ("(" + ",".join(f'"{name}"' for name in names) + ")" for names in uses)
        return ("+CPMS: " + ",".join(lists),)

    # Indications ---------------------------------------------------------------------------------------------

    def _read_cnmi(self) -> Reply:
        return ("+CNMI: " + ",".join(map(str, self._settings.cnmi)),)

    def _test_cnmi(self) -> Reply:
        fields = self._cnmi_choices()
        return ("+CNMI: " + ",".join("(" + ",".join(map(str, choices)) + ")" for choices in fields),)

    def _cnmi_choices(self) -> tuple[tuple[int, ...], ...]:
        habits = self._board.habits
        return habits.cnmi_modes, habits.cnmi_mt, (0, 2), habits.cnmi_ds, habits.cnmi_bfr

    def _cnmi(self, values: Values) -> Reply:
        values.at_most(5)
        chosen = list(self._settings.cnmi)
        for position, choices in enumerate(self._cnmi_choices()):
            chosen[position] = values.integer(position, range(10), chosen[position])
            if chosen[position] not in choices:
                raise Cms(303) if values.has(position) else ParameterFault
        mode, mt, bm, ds, bfr = chosen
        if mode in self._board.habits.refused_modes or ds in self._board.habits.refused_ds:
            raise Cms(303)
        self._settings.cnmi = (mode, mt, bm, ds, bfr)
        if mode:
            self._released(not bfr)
        return DONE

    def _default_cnmi(self) -> Reply:
        self._settings.cnmi = self._board.habits.cnmi_default
        return DONE
