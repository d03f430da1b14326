"""What group commit promises, on the engine that ships."""

import asyncio
import sqlite3

import pytest

from clerkd.errors import StoreBusy, StoreClosed, StoreFull
from clerkd.ports.store import Tx
from clerkd.store import sqlite
from clerkd.store.sqlite import SqliteStore


@pytest.fixture
async def store(tmp_path):
    store = SqliteStore(tmp_path / "clerkd.db")
    await store.open()
    await store.write(lambda tx: tx.run("CREATE TABLE facts (name TEXT PRIMARY KEY, value BIGINT)"))
    yield store
    await store.close()


def put(tx: Tx, name: str, value: int) -> str:
    tx.run("INSERT INTO facts (name, value) VALUES (:name, :value)", name=name, value=value)
    return name


def count(tx: Tx) -> int:
    return tx.one("SELECT count(*) AS n FROM facts")["n"]


async def test_a_write_returns_what_its_op_returned_and_a_read_sees_it(store):
    assert await store.write(put, "a", value=1) == "a"
    assert await store.read(count) == 1


async def test_a_failing_op_undoes_itself_and_none_of_the_ops_committed_with_it(store):
    def fail(tx: Tx) -> None:
        put(tx, "half", 1)
        raise LookupError("no")

    outcomes = await asyncio.gather(
        *(store.write(put, f"n{n}", n) if n % 3 else store.write(fail) for n in range(60)), return_exceptions=True
    )

    assert [isinstance(outcome, LookupError) for outcome in outcomes] == [n % 3 == 0 for n in range(60)]
    assert await store.read(count) == 40


async def test_many_callers_share_a_transaction(store):
    def transaction(tx: Tx) -> int:  # the number of commits that this connection has seen from itself
        return tx.one("PRAGMA data_version")["data_version"]

    before = sqlite3.connect(store.path)
    commits = []
    seen = before.execute("PRAGMA data_version").fetchone()[0]
    writes = asyncio.gather(*(store.write(put, f"n{n}", n) for n in range(200)))
    while not writes.done():
        now = before.execute("PRAGMA data_version").fetchone()[0]
        if now != seen:
            commits.append(now)
            seen = now
        await asyncio.sleep(0)
    await writes
    before.close()

    assert len(commits) < 50
    assert await store.read(count) == 200


async def test_an_op_that_ends_the_transaction_fails_its_whole_batch_and_only_that(store):
    def lose(tx: Tx) -> None:
        tx.run("ROLLBACK")
        raise sqlite3.OperationalError("the database gave up")

    gate = asyncio.gather(store.write(put, "a", 1), store.write(lose), store.write(put, "b", 2), return_exceptions=True)
    outcomes = await gate

    kept = {name for name in ("a", "b") if name in outcomes}
    stored = {row["name"] for row in await store.read(lambda tx: tx.all("SELECT name FROM facts"))}
    assert stored == kept
    assert isinstance(outcomes[1], sqlite3.OperationalError)
    assert await store.write(put, "c", 3) == "c"


async def test_a_commit_that_fails_fails_every_caller_and_the_next_one_works(store):
    await store.write(lambda tx: tx.run("CREATE TABLE parents (id TEXT PRIMARY KEY)"))
    await store.write(
        lambda tx: tx.run(
            "CREATE TABLE children (id TEXT PRIMARY KEY, "
            "parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    )

    with pytest.raises(sqlite3.IntegrityError):
        await store.write(lambda tx: tx.run("INSERT INTO children (id, parent) VALUES ('c', 'nobody')"))

    assert await store.write(put, "after", 1) == "after"


async def test_a_full_disk_is_store_full_and_what_frees_space_still_works(store):
    await store.write(lambda tx: tx.run("CREATE TABLE heap (id BIGINT PRIMARY KEY, octets BLOB)"))
    pages = await store.write(lambda tx: tx.one("PRAGMA page_count")["page_count"])
    await store.write(lambda tx: tx.one(f"PRAGMA max_page_count = {pages + 8}"))

    with pytest.raises(StoreFull):
        await store.write(lambda tx: tx.run("INSERT INTO heap (id, octets) VALUES (1, zeroblob(100000))"))

    assert await store.write(put, "small", 1) == "small"


async def test_another_program_that_holds_the_database_is_waited_for_and_then_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    store = SqliteStore(tmp_path / "clerkd.db")
    await store.open()
    await store.write(lambda tx: tx.run("CREATE TABLE facts (name TEXT PRIMARY KEY, value BIGINT)"))
    shell = sqlite3.connect(store.path, isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        await store.write(put, "a", 1)
    shell.execute("ROLLBACK")
    shell.close()
    assert await store.write(put, "a", 1) == "a"
    await store.close()


async def test_a_closed_store_says_so_and_what_was_queued_before_is_done(tmp_path):
    store = SqliteStore(tmp_path / "clerkd.db")
    with pytest.raises(StoreClosed):
        await store.write(count)
    await store.open()
    await store.write(lambda tx: tx.run("CREATE TABLE facts (name TEXT PRIMARY KEY, value BIGINT)"))
    writes = [asyncio.ensure_future(store.write(put, f"n{n}", n)) for n in range(100)]
    await asyncio.sleep(0)
    await store.close()

    assert len(await asyncio.gather(*writes)) == 100
    with pytest.raises(StoreClosed):
        await store.write(put, "late", 1)
    with pytest.raises(StoreClosed):
        await store.read(count)


async def test_a_cancelled_caller_does_not_stop_the_writer(store):
    task = asyncio.ensure_future(store.write(put, "a", 1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await store.write(put, "b", 2) == "b"


async def test_readers_cannot_write(store):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(put, "a", 1)


async def test_opening_a_file_that_is_no_database_fails_and_leaves_it_alone(tmp_path):
    path = tmp_path / "clerkd.db"
    path.write_bytes(b"not a database, much longer than a header of one hundred octets" * 10)
    with pytest.raises(sqlite3.DatabaseError):
        await SqliteStore(path).open()
    assert path.read_bytes().startswith(b"not a database")


async def test_the_writer_is_durable_and_strict(store):
    def pragma(tx: Tx, name: str) -> object:
        row = tx.one(f"PRAGMA {name}")
        return row[row.keys()[0]]

    assert await store.write(pragma, "journal_mode") == "wal"
    assert await store.write(pragma, "synchronous") == 2  # FULL
    assert await store.write(pragma, "foreign_keys") == 1


async def test_a_backup_is_a_whole_database_and_checks_clean(store, tmp_path):
    await store.write(put, "a", 1)
    await store.backup(tmp_path / "copy.db")
    assert await store.check() == []

    copy = SqliteStore(tmp_path / "copy.db")
    await copy.open()
    assert await copy.read(count) == 1
    await copy.close()


async def test_what_an_op_announced_is_told_after_its_commit_and_not_if_it_was_undone(store):
    heard = []
    store.listen(heard.append)

    def announce(tx: Tx, topic: str, *, fail: bool = False) -> None:
        put(tx, topic, 1)
        tx.announce(topic)
        if fail:
            raise LookupError(topic)

    await asyncio.gather(
        store.write(announce, "kept"),
        store.write(announce, "undone", fail=True),
        store.write(announce, "kept too"),
        return_exceptions=True,
    )
    await store.write(put, "nothing to tell", 1)

    assert frozenset().union(*heard) == {"kept", "kept too"}
    assert all(heard), "a commit that announced nothing wakes nobody"
