"""SQLite keeps the contract."""

import pytest
from contract.store_contract import StoreContract

from clerkd.store.sqlite import SqliteStore


class TestSqlite(StoreContract):
    @pytest.fixture
    async def store(self, tmp_path):
        store = SqliteStore(tmp_path / "clerkd.db")
        await store.open()
        yield store
        await store.close()
