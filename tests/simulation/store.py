"""The real ops on a real SQLite file, without threads; the process may die before or after any commit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clerkd.errors import StoreClosed, StoreFull
from clerkd.store.sqlite import SqliteSession

SLOWEST_COMMIT_S = 0.02


class InlineStore:
    """What `clerkd.store.sqlite.SqliteStore` does, one op to a commit.

    Time passes before a commit and between the commit and its answer; a process that dies meanwhile (`dead`) has
    lost the op in the first case and its answer in the second.
    """

    def __init__(self, path: Path, source: random.Random) -> None:
        self.path = path
        self.dead = False
        self.full = False
        self.commits = 0
        self._source = source
        self._session: SqliteSession | None = None
        self._listeners: list[Callable[[frozenset[str]], None]] = []

    def listen(self, listener: Callable[[frozenset[str]], None]) -> None:
        self._listeners.append(listener)

    async def open(self) -> None:
        self._session = SqliteSession(self.path, lambda: None)

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    async def write(self, op: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        await self._pass_time()
        session = self._usable()
        if self.full:
            raise StoreFull("the disk takes no more: simulated")
        session.begin()
        try:
            result = op(session.tx, *args, **kwargs)
        except BaseException:
            session.rollback()
            raise
        topics = frozenset(session.topics)
        session.commit()
        self.commits += 1
        await self._pass_time()
        self._usable()
        for listener in self._listeners if topics else ():
            listener(topics)
        return result

    async def read(self, op: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return op(self._usable().tx, *args, **kwargs)

    async def check(self) -> list[str]:
        return []

    async def fold_log(self) -> None:
        return

    def _usable(self) -> SqliteSession:
        if self.dead or self._session is None:
            raise StoreClosed("the store is not open")
        return self._session

    async def _pass_time(self) -> None:
        await asyncio.sleep(self._source.uniform(0, SLOWEST_COMMIT_S))
