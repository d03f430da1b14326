"""Take what only one daemon may have, before anything heavy is loaded: who is second is told within a second."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clerkd.app.config import Config, ConfigMistakes
from clerkd.app.ports import require_free
from clerkd.app.yamlfile import Mistake
from clerkd.store.lock import LOCK_NAME, StateLock


@dataclass(frozen=True, slots=True)
class Claim:
    """What is held, and how it was found. `unclean`: the last daemon here did not end by itself."""

    state_dir: Path
    unclean: bool


@contextmanager
def claim(config: Config) -> Iterator[Claim]:
    """Hold the state directory, which is made if need be, once no other program holds a modem's port.

    Raise `Held`, or `ConfigMistakes` when the directory cannot be used.
    """
    state_dir = _prepare(config)
    unclean = _was_left(state_dir / LOCK_NAME)
    with StateLock(state_dir):
        require_free(modem.port for modem in config.settings.modems.values() if modem.port.startswith("/"))
        yield Claim(state_dir, unclean)


def _was_left(lock: Path) -> bool:
    """Tell whether the lock file still names an owner: whoever ends in order takes the name out."""
    try:
        return lock.stat().st_size > 0
    except FileNotFoundError:
        return False


def _prepare(config: Config) -> Path:
    """Make the state directory if it is not there; it is nobody else's."""
    state_dir = Path(config.settings.state_dir)
    os.umask(0o077)
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(state_dir, os.W_OK | os.X_OK)
    except OSError as reason:
        words = f"{state_dir} cannot be made: {os.strerror(reason.errno or 0)}"
        raise ConfigMistakes(str(config.path), [Mistake(("state_dir",), words)]) from reason
    if not writable:
        words = f"{state_dir} belongs to somebody else: it must be writable for the daemon's user"
        raise ConfigMistakes(str(config.path), [Mistake(("state_dir",), words)])
    return state_dir
