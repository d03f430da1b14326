"""Remember PINs that a SIM refused, across restarts: after three wrong ones a SIM is locked."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

FILE = "pins.json"


class PinFile:
    """A `PinLedger` in the state directory. It holds digests of refused PINs only, those of no use to anybody.

    An attempt is on the disk before it is made, so that a daemon killed in between does not make it twice.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE
        self._tried: set[str] | None = None

    def may_try(self, sim: str, pin: str) -> bool:
        """Tell whether the PIN was not tried there in vain, and note the attempt."""
        tried, mark = self._read(), _mark(sim, pin)
        if mark in tried:
            return False
        tried.add(mark)
        self._write(tried)
        return True

    def accepted(self, sim: str, pin: str) -> None:
        """Forget the attempt."""
        tried = self._read()
        tried.discard(_mark(sim, pin))
        self._write(tried)

    def _read(self) -> set[str]:
        if self._tried is None:
            try:
                self._tried = set(json.loads(self._path.read_text(encoding="ascii")))
            except FileNotFoundError:
                self._tried = set()
            except ValueError:
                # Torn by a power cut: a PIN too many is worse than one that a person has to enter again.
                msg = f"{self._path} is damaged: remove it if you are sure that the PINs in the configuration are right"
                raise OSError(msg) from None
        return self._tried

    def _write(self, tried: set[str]) -> None:
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(sorted(tried), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _mark(sim: str, pin: str) -> str:
    return hashlib.sha256(f"{sim}\0{pin}".encode()).hexdigest()
