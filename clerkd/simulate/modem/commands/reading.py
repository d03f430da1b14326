"""Reading and deleting stored messages (27.005 §3.4.2, §3.4.3, §3.5.4 and §4.1 to §4.3)."""

from __future__ import annotations

from collections.abc import Callable

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.results import DONE, Cms, ParameterFault, Reply
from clerkd.simulate.modem.storage import ALL, TEXT_STATUS, AnyStore, Status, Stored
from clerkd.simulate.modem.text import list_lines, read_lines

_STATUS_OF_TEXT = {text: int(status) for status, text in TEXT_STATUS.items()} | {"ALL": ALL}
# <delflag>, 27.005 §3.5.4: which messages go; 0 means the one at <index>
_DELETED = {
    1: {Status.REC_READ},
    2: {Status.REC_READ, Status.STO_SENT},
    3: {Status.REC_READ, Status.STO_SENT, Status.STO_UNSENT},
    4: set(Status),
}


class Reading:
    """What lies in the chosen memory. `freed` is called when slots become free."""

    def __init__(self, board: Board, freed: Callable[[], None]) -> None:
        self._board = board
        self._settings = board.settings
        self._storage = board.storage
        self._faults = board.faults
        self._freed = freed

    def commands(self) -> list[Command]:
        """Return the commands."""
        return [
            Command("+CMGL", self._list_default, write=self._list, test=self._test_list, message=True),
            Command("+CMGR", write=self._read, test=says(), message=True),
            Command("+CMGD", write=self._delete, test=self._test_delete, message=True),
        ]

    @property
    def _store(self) -> AnyStore:
        return self._storage.reading

    def _list_default(self) -> Reply:
        return self._list_status(Status.REC_UNREAD)

    def _list(self, values: Values) -> Reply:
        values.at_most(1)
        if not self._settings.text_mode:
            return self._list_status(values.integer(0, range(ALL + 1)))
        status = _STATUS_OF_TEXT.get(values.text(0))
        if status is None:
            raise ParameterFault
        return self._list_status(status)

    def _list_status(self, status: int) -> Reply:
        lines: list[str] = []
        for index, stored in self._store.items():
            if status not in {ALL, stored.status} or not self._readable(stored):
                continue
            if self._settings.text_mode:
                character_set, details = self._settings.character_set, self._settings.show_header
                lines += list_lines(index, stored, character_set, details=details)
            else:
                lines.append(f"+CMGL: {index},{stored.status.value},,{stored.tpdu_octets}")
                lines.append(stored.pdu.hex().upper())
            _mark_read(stored)
        return tuple(lines)

    def _test_list(self) -> Reply:
        if self._settings.text_mode:
            return ("+CMGL: (" + ",".join(f'"{text}"' for text in _STATUS_OF_TEXT) + ")",)
        return (f"+CMGL: (0-{ALL})",)

    def _read(self, values: Values) -> Reply:
        values.at_most(1)
        stored = self._store.get(values.integer(0, range(1 << 16)))
        if not self._readable(stored):
            raise Cms(321)
        if self._settings.text_mode:
            lines = read_lines(stored, self._settings.character_set, details=self._settings.show_header)
        else:
            status = "" if self._board.habits.stat_left_out else stored.status.value
            lines = (f"+CMGR: {status},,{stored.tpdu_octets}", stored.pdu.hex().upper())
        _mark_read(stored)
        return lines

    def _readable(self, stored: Stored) -> bool:
        return self._board.clock.monotonic() >= stored.since + self._board.habits.read_late_s

    def _delete(self, values: Values) -> Reply:
        values.at_most(1 if self._board.habits.deletes_one else 2)
        index, flag = values.integer(0, range(1 << 16)), values.integer(1, range(5), 0)
        if self._faults.strikes("delete_fails"):
            raise Cms(320)
        if not flag:
            freed = self._store.delete(index)
        else:
            gone = [index for index, stored in self._store.items() if stored.status in _DELETED[flag]]
            freed = sum(map(self._store.delete, gone)) > 0
        if freed:
            self._freed()
        return DONE

    def _test_delete(self) -> Reply:
        indexes = ",".join(str(index) for index, _ in self._store.items())
        return (f"+CMGD: ({indexes}),(0-4)",)


def _mark_read(stored: Stored) -> None:
    if stored.status is Status.REC_UNREAD:
        stored.status = Status.REC_READ
