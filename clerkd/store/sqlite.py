"""SQLite: one writer behind group commit, a few read-only connections, everything durable.

WAL with `synchronous=FULL`: a COMMIT that returned survives loss of power on a disk that honours flushes.
`NORMAL` would be quicker and lose acknowledged commits.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from clerkd.errors import StoreBusy, StoreClosed, StoreFull, Temporary
from clerkd.ports.store import Row, Tx
from clerkd.store.engine import GroupCommit
from clerkd.store.schema_files import is_pending
from clerkd.store.space import Ballast

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2
BUSY_TIMEOUT_S = 5.0  # for a backup or a person's sqlite3 shell that holds the lock for a moment
STATEMENT_CACHE = 512  # more than there are statements in the ops, so none is compiled twice
JOURNAL_SIZE_LIMIT = 64 << 20  # octets the WAL file may keep after a checkpoint
CACHE_KIB = 16 * 1024

_PRIMARY = 0xFF  # an extended result code's low octet is its family


class TxSqlite:
    """`clerkd.ports.store.Tx` on one connection."""

    __slots__ = ("_execute", "topics")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self.topics: list[str] = []

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Return the first row or None."""
        cursor = self._execute(sql, params)
        row = cursor.fetchone()
        cursor.close()  # an unfinished statement would keep the transaction from committing
        return cast("Row | None", row)

    def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Return all rows."""
        return cast("list[Row]", self._execute(sql, params).fetchall())

    def run(self, sql: str, /, **params: Any) -> int:
        """Execute and return the number of rows touched."""
        return self._execute(sql, params).rowcount

    def announce(self, topic: str) -> None:
        """Have whoever waits for a topic woken after the COMMIT."""
        self.topics.append(topic)


def explain(error: Exception) -> Exception:
    """Return `StoreFull` for what a full or failing disk makes SQLite say, `StoreBusy` for another program's lock, and
    any other error as it is.
    """
    if not isinstance(error, sqlite3.Error):
        return error
    family = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    name = getattr(error, "sqlite_errorname", "")
    explained: Temporary
    if family in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        explained = StoreFull(f"the disk takes no more: {error}", sqlite=name)
    elif family in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        explained = StoreBusy(f"another program holds the database: {error}", sqlite=name)
    else:
        return error
    explained.__cause__ = error
    return explained


class SqliteSession:
    """The writer's connection (`clerkd.store.engine.Session`); opens and migrates the file."""

    def __init__(self, path: Path, on_full: Callable[[], None]) -> None:
        self._on_full = on_full
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, cached_statements=STATEMENT_CACHE
        )
        try:
            _configure_writer(self._connection)
            if is_pending(self._connection):
                # Imported by name: sqlite-utils is 5 MB that a daemon whose schema is up to date need not carry.
                import_module("clerkd.store.migrations").apply(self._connection)
            self._connection.row_factory = sqlite3.Row
        except BaseException:
            self._connection.close()
            raise
        self._execute = self._connection.execute
        self.tx = TxSqlite(self._connection)
        self._marked = 0

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    @property
    def topics(self) -> list[str]:
        """What was announced since `begin` and not undone."""
        return self.tx.topics

    def begin(self) -> None:
        """Open a transaction that may write, so that no later statement meets another writer."""
        self.tx.topics.clear()
        self._execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make it durable."""
        self._execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction."""
        if self._connection.in_transaction:
            self._execute("ROLLBACK")

    def mark(self) -> None:
        """Set a savepoint."""
        self._execute("SAVEPOINT op")
        self._marked = len(self.tx.topics)

    def keep(self) -> None:
        """Release the savepoint."""
        self._execute("RELEASE op")

    def undo(self) -> None:
        """Go back to the savepoint and release it."""
        self._execute("ROLLBACK TO op")
        self._execute("RELEASE op")
        del self.tx.topics[self._marked :]

    def explain(self, error: Exception) -> Exception:
        """Return clerkd's error for one of SQLite's; give up the ballast when the disk is full."""
        explained = explain(error)
        if isinstance(explained, StoreFull):
            self._on_full()
        return explained

    def close(self) -> None:
        """Fold the WAL into the file and close."""
        self._connection.close()


def _configure_writer(connection: sqlite3.Connection) -> None:
    # Must precede the first table; pages that retention frees can then be given back step by step.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        msg = f"the file system cannot hold a write-ahead log (journal mode {mode!r})"
        raise sqlite3.OperationalError(msg)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased at somebody's wish is overwritten
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


class _Readers:
    """Read-only connections, one to a thread."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.absolute().as_uri()}?mode=ro"
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader", initializer=self._connect)

    def _connect(self) -> None:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            cached_statements=STATEMENT_CACHE,
            check_same_thread=False,  # closed by the thread that closes the store
        )
        connection.row_factory = sqlite3.Row
        self._connections.append(connection)
        self._local.connection = connection

    def _read(self, op: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        connection: sqlite3.Connection = self._local.connection
        connection.execute("BEGIN")  # one snapshot for all statements of the op
        try:
            return op(TxSqlite(connection), *args, **kwargs)
        finally:
            connection.execute("COMMIT")

    async def read(self, op: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, op, args, kwargs)

    async def vacuum_into(self, target: Path) -> None:
        def copy() -> None:
            self._local.connection.execute("VACUUM INTO :target", {"target": str(target)})

        await asyncio.get_running_loop().run_in_executor(self._pool, copy)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._connections:
            connection.close()


class SqliteStore:
    """`clerkd.ports.store.Store` in one SQLite file.

    The directory must exist. Whoever opens a daemon's file for writing holds its `StateLock`.
    `ballast` is given up when the disk is full, so that what frees space can still be written.
    """

    def __init__(self, path: Path, *, ballast: Ballast | None = None) -> None:
        self.path = path
        self._ballast = ballast
        self._writer = GroupCommit(self._open_session)
        self._readers: _Readers | None = None

    def _open_session(self) -> SqliteSession:
        return SqliteSession(self.path, self._give_up_ballast)

    def _give_up_ballast(self) -> None:
        if self._ballast is not None:
            self._ballast.release()

    async def open(self) -> None:
        """Create or migrate the file and start; raise what SQLite raises if it cannot be used."""
        await self._writer.start()
        self._readers = _Readers(self.path)

    async def close(self) -> None:
        """Run what is queued, then close everything."""
        await self._writer.stop()
        readers, self._readers = self._readers, None
        if readers is not None:
            await readers.close()

    async def write(self, op: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `op` in a transaction and return its result after the commit."""
        return await self._writer.write(op, *args, **kwargs)

    async def read(self, op: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read-only `op` on a snapshot of the newest commit."""
        return await self._open_readers().read(op, args, kwargs)

    def listen(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Have the topics of each commit that announced any (`Tx.announce`) told to `listener`, in the event loop."""
        self._writer.listen(listener)

    @property
    def commits(self) -> int:
        """How many transactions the writer has ended, for metrics: each one that wrote cost a flush of the disk."""
        return self._writer.commits

    async def check(self) -> list[str]:
        """Return what is wrong with the file, in SQLite's words; nothing when it is sound."""
        return await self.read(_quick_check)

    async def backup(self, target: Path) -> None:
        """Write a complete, compact copy to a file that does not exist yet, while everything goes on."""
        await self._open_readers().vacuum_into(target)

    async def fold_log(self) -> None:
        """Move the log into the file and empty it, so that it holds nothing of what was deleted.

        Raise `StoreBusy` if another program reads what only the log has.
        """
        await asyncio.to_thread(self._fold_log)

    def _fold_log(self) -> None:
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            raise explain(error) from error
        finally:
            connection.close()
        if busy:
            raise StoreBusy("another program reads the database: its log could not be folded away")

    def _open_readers(self) -> _Readers:
        if self._readers is None:
            raise StoreClosed("the store is not open")
        return self._readers


def _quick_check(tx: Tx) -> list[str]:
    found = [str(row["quick_check"]) for row in tx.all("PRAGMA quick_check")]
    broken = [
        f"{row['table']}: a reference to {row['parent']} is dangling" for row in tx.all("PRAGMA foreign_key_check")
    ]
    return [line for line in found if line != "ok"] + broken
