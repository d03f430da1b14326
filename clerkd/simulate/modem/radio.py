"""The radio half of the modem: on or off, registered or not, and what it hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FULL, AIRPLANE, MINIMUM = 1, 4, 0  # +CFUN, 27.007 §8.2
HOME, ROAMING, SEARCHING, DENIED, NOT_SEARCHING = 1, 5, 2, 3, 0  # <stat>, 27.007 §7.2
LTE, GSM = 7, 0  # <AcT>, 27.007 §7.2


@dataclass(frozen=True, slots=True)
class Operator:
    """A public land mobile network as +COPS names it."""

    long_name: str
    short_name: str
    code: str  # MCC and MNC
    status: int = 1  # 1 available, 2 current, 3 forbidden


class Radio:
    """State that commands read and faults change; `changed` is called whenever the modem can be paged or no longer."""

    def __init__(
        self,
        operators: tuple[Operator, ...],
        changed: Callable[[], None],
        *,
        technology: int = LTE,
        functionality: int = FULL,
        online: bool = True,
    ) -> None:
        self.operators = operators
        self.technology = technology
        self.rssi = 23  # +CSQ, 27.007 §8.5: -113 dBm + 2 dB a step; 99 unknown
        self.location = ("1A2B", "01C3D4E5")  # tracking area and cell
        self.selection = 0  # +COPS mode
        self.name_format = 0  # +COPS format: long, short, numeric
        self._functionality = functionality
        self._online = online
        self._stat = HOME
        self._changed = changed

    @property
    def functionality(self) -> int:
        """What +CFUN? says."""
        return self._functionality

    @functionality.setter
    def functionality(self, functionality: int) -> None:
        if functionality != self._functionality:
            self._functionality = functionality
            self._changed()

    @property
    def stat(self) -> int:
        """What +CREG? says."""
        return self._stat if self.on else NOT_SEARCHING

    @stat.setter
    def stat(self, stat: int) -> None:
        if stat != self._stat:
            self._stat = stat
            self._changed()

    @property
    def registered(self) -> bool:
        """Whether the network can be used."""
        return self.stat in {HOME, ROAMING}

    @property
    def on(self) -> bool:
        """Whether the radio is switched on."""
        return self._functionality == FULL and self._online

    @property
    def online(self) -> bool:
        """Whether the vendor's own switch lets it search for a network."""
        return self._online

    @online.setter
    def online(self, online: bool) -> None:
        if online != self._online:
            self._online = online
            self._changed()

    @property
    def operator(self) -> Operator | None:
        """Where it is registered."""
        if not self.registered or self.selection == 2:
            return None
        return next((operator for operator in self.operators if operator.status == 2), None)
