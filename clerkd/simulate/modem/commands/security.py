"""PIN and PUK (27.007 §8.3), facility locks and their passwords (§7.4, §7.5)."""

from __future__ import annotations

from collections.abc import Callable

from clerkd.simulate.modem.board import Board
from clerkd.simulate.modem.command import Command, says
from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.results import DONE, Cme, ParameterFault, Reply
from clerkd.simulate.modem.sim import Lock

_BARRING = frozenset({"AO", "OI", "OX", "AI", "IR", "AB", "AG", "AC"})


class Security:
    """Everything that asks for a password. `unlocked` is called when the SIM becomes usable."""

    def __init__(self, board: Board, unlocked: Callable[[], None]) -> None:
        self._board = board
        self._sim = board.sim
        self._retries_name = board.habits.pin_retries
        self._settle_s = board.habits.pin_settle_s
        self._unlocked = unlocked

    def commands(self) -> list[Command]:
        """Return the commands."""
        commands = [
            Command("+CPIN", read=self._read_pin, write=self._pin, test=says(), needs_sim=False),
            Command("+CLCK", write=self._lock, test=says('+CLCK: ("SC","AO","OI","OX","AI","IR","AB","AG","AC")')),
            Command("+CPWD", write=self._password, test=says('+CPWD: ("SC",8)')),
        ]
        if self._retries_name:
            commands.append(
                Command(
                    self._retries_name,
                    self._retries,
                    self._retries,
                    lambda _values: self._retries(),
                    self._retries,
                    needs_sim=False,
                )
            )
        return commands

    def _read_pin(self) -> Reply:
        lock = self._sim.lock
        if lock is Lock.ABSENT:
            raise Cme(10)
        if lock is Lock.BLOCKED:
            raise Cme(13)
        if lock is Lock.READY and self._board.clock.monotonic() - self._board.unlocked_at < self._settle_s:
            lock = Lock.PIN
        return (f"+CPIN: {lock.value}",)

    def _pin(self, values: Values) -> Reply:
        values.at_most(2)
        lock = self._sim.lock
        secret = values.word(0)
        if lock is Lock.PUK:
            self._sim.unblock(secret, _pin_of(values, 1))
        elif lock is not Lock.PIN:
            raise Cme({Lock.ABSENT: 10, Lock.BLOCKED: 13}.get(lock, 3))
        elif len(values) == 2:
            raise Cme(16)  # PUK and new PIN given while only the PIN is wanted
        else:
            self._sim.verify(secret)
        self._board.unlocked_at = self._board.clock.monotonic()
        self._unlocked()
        return DONE

    def _retries(self) -> Reply:
        facts = {
            "name": self._retries_name,
            "state": self._sim.lock.value,
            "pin": self._sim.pin_attempts,
            "puk": self._sim.puk_attempts,
        }
        return tuple(line.format(**facts) for line in self._board.habits.pin_retries_says)

    def _lock(self, values: Values) -> Reply:
        values.at_most(4)
        facility, mode = values.text(0).upper(), values.integer(1, range(3))
        if facility in _BARRING:
            if mode == 2:
                return ("+CLCK: 0",)
            raise Cme(4)
        if facility != "SC":
            raise ParameterFault
        if mode == 2:
            return (f"+CLCK: {int(bool(self._sim.pin))}",)
        secret = values.word(2)
        if mode == 1:
            if self._sim.pin:
                self._sim.verify(secret)
            else:
                self._sim.pin, self._sim.verified = _valid_pin(secret), True
        elif self._sim.pin:
            self._sim.verify(secret)
            self._sim.pin = ""
        return DONE

    def _password(self, values: Values) -> Reply:
        values.at_most(3)
        if values.text(0).upper() != "SC":
            raise ParameterFault
        if not self._sim.pin:
            raise Cme(3)
        new = _pin_of(values, 2)
        self._sim.verify(values.word(1))
        self._sim.pin = new
        return DONE


def _pin_of(values: Values, position: int) -> str:
    return _valid_pin(values.word(position))


def _valid_pin(pin: str) -> str:
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):  # 11.11 §10.1
        raise ParameterFault
    return pin
