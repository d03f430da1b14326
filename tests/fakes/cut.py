"""A store that dies at a chosen commit, as a process does, and what is left of its files."""

import asyncio
import shutil


class CutStore:
    """Passes everything on to a store until the n-th write; then nothing returns any more.

    `kept` tells whether that write was committed before its caller could hear of it.
    """

    def __init__(self, store, at: int, *, kept: bool) -> None:
        self._store = store
        self._left = at
        self._kept = kept
        self.dead = asyncio.Event()

    async def write(self, op, /, *args, **kwargs):
        self._left -= 1
        if self._left < 0 or (self._left == 0 and not self._kept):
            await self._die()
        result = await self._store.write(op, *args, **kwargs)
        if self._left == 0:
            await self._die()
        return result

    async def read(self, op, /, *args, **kwargs):
        return await self._store.read(op, *args, **kwargs)

    async def _die(self):
        self.dead.set()
        await asyncio.Event().wait()

    async def open(self):
        await self._store.open()

    async def close(self):
        await self._store.close()

    @property
    def path(self):
        return self._store.path

    def copy_to(self, target):
        """Copy what a dead process leaves behind: the file and its write-ahead log."""
        for suffix in ("", "-wal"):
            source = self.path.with_name(self.path.name + suffix)
            if source.exists():
                shutil.copy(source, target.with_name(target.name + suffix))
