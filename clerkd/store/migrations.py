"""The schema's history: numbered SQL files, each applied once, in one transaction, in order of their names.

`0001_core.sql` is portable and meant for every engine: an engine that is not SQLite reads `INTEGER PRIMARY KEY`
as its identity column and `BLOB` as its octets. `0001_search.sqlite.sql` is for SQLite alone.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator

from sqlite_utils import Database, Migrations

from clerkd.store.schema_files import MIGRATION_SET, schema_files, step_name


def statements(script: str) -> Iterator[str]:
    """Cut a script into statements; `executescript` would commit the migration's transaction."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in pending.splitlines()):
        msg = f"the script ends inside a statement: {pending.strip()[:60]!r}"
        raise ValueError(msg)


def migrations() -> Migrations:
    """Return the set of migrations, named after their files."""
    history = Migrations(MIGRATION_SET)
    for file in schema_files():
        history(name=step_name(file))(_migration(file.read_text(encoding="utf-8")))
    return history


def _migration(script: str) -> Callable[[Database], None]:
    def migrate(database: Database) -> None:
        for statement in statements(script):
            database.execute(statement)

    return migrate


def apply(connection: sqlite3.Connection) -> None:
    """Bring a database up to date; raise `sqlite3.Error`."""
    migrations().apply(Database(connection))


def main(path: str) -> None:
    """Bring the database at `path` up to date: `python -m clerkd.store.migrations PATH`."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Must precede the first table; pages that retention frees can then be given back step by step.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        apply(connection)
    finally:
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
