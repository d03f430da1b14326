"""Group commit: one thread, one connection, as many operations to a COMMIT as happen to be waiting.

A durable commit costs one flush of the disk, whatever is in it. So the writer takes whatever is queued when it
gets round to it, up to `BATCH` operations, runs each in a savepoint of one transaction, commits once and only
then answers the callers. Nobody waits for a batch to fill: a single caller gets a transaction of its own, and
sixty-four callers share their flushes because the others queue while one is being written.

The thread knows nothing of SQL. A `Session` (`clerkd.store.sqlite`) is the connection that belongs to it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import structlog

from clerkd.errors import StoreClosed
from clerkd.ports.store import Tx

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 256  # bounds how long the first caller of a batch waits for the last one's work

log = structlog.get_logger()


class Session(Protocol):
    """The writer's connection. Used by the writer thread alone, from `open` to `close`."""

    @property
    def tx(self) -> Tx:
        """What operations are given."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open: some errors end it without being asked to."""
        ...

    @property
    def topics(self) -> Collection[str]:
        """What the transaction's operations announced, those that were undone apart."""
        ...

    def begin(self) -> None:
        """Open a transaction that may write."""
        ...

    def commit(self) -> None:
        """Make it durable; when this returns it survives loss of power."""
        ...

    def rollback(self) -> None:
        """Undo the transaction; does nothing when none is open."""
        ...

    def mark(self) -> None:
        """Set a savepoint."""
        ...

    def keep(self) -> None:
        """Release the savepoint, keeping what was done since."""
        ...

    def undo(self) -> None:
        """Go back to the savepoint and release it."""
        ...

    def explain(self, error: Exception) -> Exception:
        """Return clerkd's error for one of the driver's, or the same."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class _Call:
    """An operation, its arguments and whoever waits for it."""

    __slots__ = ("args", "future", "kwargs", "op")

    def __init__(
        self, op: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], future: asyncio.Future[Any]
    ) -> None:
        self.op = op
        self.args = args
        self.kwargs = kwargs
        self.future = future


class _Raised:
    """An outcome that is an exception; any other outcome is a result."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class _TransactionLostError(Exception):
    """The database ended the transaction by itself; nothing of the batch was kept."""


def _resolve(outcomes: Iterable[tuple[_Call, Any]]) -> None:
    for call, outcome in outcomes:
        if call.future.cancelled():
            continue
        if isinstance(outcome, _Raised):
            call.future.set_exception(outcome.error)
        else:
            call.future.set_result(outcome)


class GroupCommit:
    """The writer thread. Start and stop it in the loop whose tasks call `write`."""

    def __init__(self, open_session: Callable[[], Session], *, name: str = "store-writer") -> None:
        self._open_session = open_session
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._accepting = False
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self.commits = 0  # transactions so far, each with one flush of the disk if it wrote anything

    def listen(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Have the topics of each commit that announced any told to `listener`, in the event loop."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Open the session in the thread; raise what opening it raised."""
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._thread.start()
        await self._opened
        self._accepting = True

    async def stop(self) -> None:
        """Run what is queued, close the session, end the thread. Later calls raise `StoreClosed`."""
        if not self._accepting:
            return
        self._accepting = False
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)

    async def write(self, op: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `op` and return its result after the COMMIT (`clerkd.ports.store.Store.write`)."""
        if not self._accepting:
            raise StoreClosed("the store is not open")
        future: asyncio.Future[T] = self._loop.create_future()
        self._calls.put(_Call(op, args, kwargs, future))
        return await future

    # In the thread from here on --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            session = self._open_session()
        except Exception as error:  # noqa: BLE001 - told to whoever starts the store
            self._loop.call_soon_threadsafe(self._opened.set_exception, error)
            return
        self._loop.call_soon_threadsafe(self._opened.set_result, None)
        going_on = True
        while going_on:
            batch, going_on = self._next_batch()
            if batch:
                outcomes, topics = _execute(session, batch)
                self.commits += 1
                self._loop.call_soon_threadsafe(self._answer, outcomes, topics)
        session.close()

    def _answer(self, outcomes: Iterable[tuple[_Call, Any]], topics: frozenset[str]) -> None:
        """Answer a batch and tell what it announced; runs in the event loop."""
        _resolve(outcomes)
        if topics:
            for listener in self._listeners:
                listener(topics)

    def _next_batch(self) -> tuple[list[_Call], bool]:
        """Wait for a call, take all that wait with it; False with it once the thread shall end."""
        batch: list[_Call] = []
        call = self._calls.get()
        while call is not None:
            batch.append(call)
            if len(batch) == BATCH or self._calls.empty():
                return batch, True
            call = self._calls.get_nowait()
        return batch, False


def _execute(session: Session, batch: list[_Call]) -> tuple[list[tuple[_Call, Any]], frozenset[str]]:
    """Run a batch in one transaction; return what the disk has of every call, and what was announced."""
    try:
        session.begin()
        outcomes = [(call, _execute_one(session, call)) for call in batch]
        session.commit()
    except Exception as error:  # noqa: BLE001 - every caller of the batch is told
        cause = error.__cause__ if isinstance(error, _TransactionLostError) else error
        reason = session.explain(cause if isinstance(cause, Exception) else error)
        log.warning("store.transaction-failed", ops=len(batch), error=repr(reason))
        session.rollback()
        return [(call, _Raised(reason)) for call in batch], frozenset()
    return outcomes, frozenset(session.topics)


def _execute_one(session: Session, call: _Call) -> Any:
    session.mark()
    try:
        result = call.op(session.tx, *call.args, **call.kwargs)
    except Exception as error:
        if not session.in_transaction:
            raise _TransactionLostError from error
        session.undo()
        return _Raised(session.explain(error))
    session.keep()
    return result
