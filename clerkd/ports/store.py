"""The store as its users see it: op functions run in transactions.

An op is a plain function `op(tx, …)` in `clerkd.store.ops`. It holds SQL in the portable dialect
(docs/architecture.md §5) and no waiting. `write` runs it in a transaction of its own or, under load, in a
savepoint of a larger one, and returns after the COMMIT. An op that raises undoes itself and nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Row(Protocol):
    """One row, by column name."""

    def __getitem__(self, column: str, /) -> Any: ...

    def keys(self) -> Sequence[str]:
        """Return the column names in order."""
        ...


class Tx(Protocol):
    """An open transaction. Parameters are named: `tx.one("SELECT … WHERE id = :id", id=message_id)`."""

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Return the first row or None."""
        ...

    def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Return all rows."""
        ...

    def run(self, sql: str, /, **params: Any) -> int:
        """Execute and return the number of rows touched."""
        ...

    def announce(self, topic: str) -> None:
        """Have whoever waits for a topic (`clerkd.model.notice`) woken after the COMMIT; not if the op is undone."""
        ...


class Store(Protocol):
    """Durable state. `write` is atomic and durable when it returns; `read` sees the newest commit."""

    async def write(self, op: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `op` in a transaction and return its result after the commit.

        Raise what the op raised (undone), `StoreFull` when the disk is, `StoreBusy` while another program holds the
        database, `StoreClosed` when stopping.
        A cancelled caller's op may or may not have been committed.
        """
        ...

    async def read(self, op: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a read-only `op` on a snapshot."""
        ...
