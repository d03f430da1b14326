"""Work on the state directory itself: as whom, and through the daemon's own store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clerkd.cli.exits import fail

if TYPE_CHECKING:
    from clerkd.store.sqlite import SqliteStore

DATABASE = "clerkd.db"


def own(state_dir: Path) -> None:
    """Become the owner of the state directory when root runs the verb: what root made, the daemon could not open.

    A directory that is not there yet is made.
    """
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = state_dir.stat()
    except OSError as reason:
        fail(
            f"{state_dir} cannot be used: {os.strerror(reason.errno or 0)}; it is for the daemon's user and root (sudo)"
        )
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.umask(0o077)
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)


@asynccontextmanager
async def opened(state_dir: Path) -> AsyncIterator[SqliteStore]:
    """Open the store next to the daemon, if one runs; SQLite's own locks keep the two apart."""
    from clerkd.store.sqlite import SqliteStore

    path = state_dir / DATABASE
    store = SqliteStore(path)
    try:
        await store.open()
    except (sqlite3.Error, OSError) as reason:
        if isinstance(reason, PermissionError) or not os.access(state_dir, os.R_OK | os.W_OK | os.X_OK):
            fail(f"{path} is for the daemon's own user and root: try again with sudo")
        fail(f"{path} cannot be opened: {reason}")
    try:
        yield store
    finally:
        await store.close()
