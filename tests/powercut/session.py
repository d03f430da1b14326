"""The writer's connection as the daemon configures it, on a disk whose power can go."""

from __future__ import annotations

from itertools import count
from typing import Any

import apsw
from powercut.disk import Disk, DiskVfs

from clerkd.ports.store import Tx

DATABASE = "/clerkd.db"
_names = count()


class _Tx:
    """`clerkd.ports.store.Tx` on APSW."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.topics: list[str] = []

    def announce(self, topic: str) -> None:
        self.topics.append(topic)

    def _rows(self, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        cursor = self._connection.execute(sql, params)
        try:
            columns = [name for name, _ in cursor.get_description()]
        except apsw.ExecutionCompleteError:
            return []
        return [dict(zip(columns, row, strict=True)) for row in cursor]

    def one(self, sql: str, /, **params: Any) -> Any:
        return next(iter(self._rows(sql, params)), None)

    def all(self, sql: str, /, **params: Any) -> Any:
        return self._rows(sql, params)

    def run(self, sql: str, /, **params: Any) -> int:
        self._connection.execute(sql, params).fetchall()
        return int(self._connection.changes())


class CutSession:
    """`clerkd.store.engine.Session` with the same pragmas as `clerkd.store.sqlite`; `synchronous` may be weakened."""

    def __init__(self, disk: Disk, *, synchronous: str = "FULL") -> None:
        self._vfs = DiskVfs(f"disk-{next(_names)}", disk)
        self._connection = apsw.Connection(DATABASE, vfs=self._vfs.name)
        for pragma in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
            "secure_delete = ON",
            "wal_autocheckpoint = 40",  # often, so that cuts fall into the moving of the log, too
        ):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        self.tx: Tx = _Tx(self._connection)
        self.topics: list[str] = []  # nobody here waits for anything

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def mark(self) -> None:
        self._connection.execute("SAVEPOINT op")

    def keep(self) -> None:
        self._connection.execute("RELEASE op")

    def undo(self) -> None:
        self._connection.execute("ROLLBACK TO op")
        self._connection.execute("RELEASE op")

    def explain(self, error: Exception) -> Exception:
        return error

    def close(self) -> None:
        self._connection.close()
