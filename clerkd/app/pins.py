"""Remember PINs that a SIM refused, across restarts: after three wrong ones a SIM is locked."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from pathlib import Path

import structlog

FILE = "pins.json"

log = structlog.get_logger()


class PinFile:
    """A `PinLedger` in the state directory. It holds digests of refused PINs only, those of no use to anybody.

    An attempt is on the disk before it is made, so that a daemon killed in between does not make it twice.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE
        self._tried: set[str] | None = None

    def tried(self, place: str, pin: str) -> bool:
        """Tell whether the PIN was tried there in vain; raise `OSError` if the file is damaged."""
        return _mark(place, pin) in self._read()

    def note(self, places: Collection[str], pin: str) -> None:
        """Keep the attempt."""
        tried = self._read() | {_mark(place, pin) for place in places}
        self._write(tried)
        self._tried = tried

    def accepted(self, places: Collection[str], pin: str) -> None:
        """Forget the attempt."""
        tried = self._read() - {_mark(place, pin) for place in places}
        try:
            self._write(tried)
        except OSError as reason:
            # Then the PIN is not given after the next power-up, which a person can mend.
            log.warning("pins.not-kept", error=str(reason))
            return
        self._tried = tried

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
        directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)  # else a power cut may bring the old file back
        finally:
            os.close(directory)


def _mark(place: str, pin: str) -> str:
    return hashlib.sha256(f"{place}\0{pin}".encode()).hexdigest()
