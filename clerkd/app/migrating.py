"""Bring the database's schema up to date before the daemon opens it, in a process of its own (ADR 0006)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from clerkd.store.schema_files import is_pending

DEADLINE_S = 600.0  # a large database on an SD card


def bring_up_to_date(database: Path) -> None:
    """Apply what is pending. What goes wrong here is found again, and told, when the store is opened."""
    try:
        connection = sqlite3.connect(database)
        try:
            pending = is_pending(connection)
        finally:
            connection.close()
    except sqlite3.Error:
        return
    if pending:
        command = [sys.executable, "-m", "clerkd.store.migrations", str(database)]
        subprocess.run(command, check=False, timeout=DEADLINE_S, capture_output=True)  # noqa: S603  our own module
