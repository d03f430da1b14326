"""The schema's SQL files, and whether a database has them all.

Kept apart from `clerkd.store.migrations` because that needs sqlite-utils, and the daemon does not: see
docs/adr/0006-migrations-in-a-process-of-their-own.md.
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from importlib.resources.abc import Traversable

MIGRATION_SET = "clerkd"


def schema_files() -> list[Traversable]:
    """Return the SQL files that SQLite needs, in order."""
    folder = files("clerkd.store").joinpath("schema")
    return sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)


def step_name(file: Traversable) -> str:
    """Return the name under which a file's migration is remembered."""
    return file.name.removesuffix(".sql")


def is_pending(connection: sqlite3.Connection) -> bool:
    """Tell whether a migration is still to be applied, from the table that sqlite-utils keeps."""
    try:
        rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,))
        applied = {row[0] for row in rows}
    except sqlite3.OperationalError:  # a new file has no such table
        return True
    return not {step_name(file) for file in schema_files()} <= applied
