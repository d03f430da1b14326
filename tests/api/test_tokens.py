import pytest

from clerkd.clock import SystemClock
from clerkd.errors import Conflict, NotFound
from clerkd.ids import Ids
from clerkd.model.token import Scope, digest_of, mint, prefix_of
from clerkd.store.ops.tokens import create_token, find_token, list_tokens, revoke_token, touch_token
from clerkd.store.sqlite import SqliteStore

NOW = 1_800_000_000_000


@pytest.fixture
async def store(tmp_path):
    store = SqliteStore(tmp_path / "clerkd.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def ids():
    return Ids(SystemClock())


async def create(store, ids, name, *scopes, now=NOW):
    minted = mint()
    record = await store.write(create_token, token_id=ids.new(), name=name, minted=minted, scopes=scopes, now=now)
    return minted.token, record


def test_a_token_carries_256_random_bits_and_says_whose_it_is():
    minted = mint()

    assert minted.token.startswith("clk_")
    assert len(minted.token) == len("clk_") + 43  # ⌈256 / 6⌉ characters
    assert minted.token != mint().token
    assert minted.prefix == minted.token[:12] == prefix_of(minted.token)
    assert minted.digest == digest_of(minted.token)


async def test_only_prefix_and_digest_reach_the_disk(store, ids, tmp_path):
    token, _ = await create(store, ids, "monitoring", Scope.SEND)
    await store.close()

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert token.encode() not in written
    assert prefix_of(token).encode() in written


async def test_a_token_is_found_by_its_prefix_with_what_it_allows(store, ids):
    token, made = await create(store, ids, "monitoring", Scope.READ, Scope.SEND)

    found = await store.read(find_token, prefix_of(token))

    assert found == made
    assert found.scopes == (Scope.SEND, Scope.READ)
    assert found.digest == digest_of(token)
    assert await store.read(find_token, "clk_nobody00") is None


async def test_a_name_is_taken_until_its_token_is_revoked(store, ids):
    first, _ = await create(store, ids, "monitoring", Scope.SEND)
    with pytest.raises(Conflict):
        await create(store, ids, "monitoring", Scope.SEND)

    revoked = await store.write(revoke_token, "monitoring", now=NOW + 1)
    second, _ = await create(store, ids, "monitoring", Scope.SEND, now=NOW + 2)

    assert revoked.revoked_at == NOW + 1
    listed = await store.read(list_tokens)
    assert [(one.prefix, one.revoked_at) for one in listed] == [(prefix_of(first), NOW + 1), (prefix_of(second), None)]


async def test_revoking_what_is_not_in_force_says_so(store):
    with pytest.raises(NotFound):
        await store.write(revoke_token, "monitoring", now=NOW)


async def test_the_last_use_never_goes_back(store, ids):
    token, record = await create(store, ids, "monitoring", Scope.SEND)

    await store.write(touch_token, record.id, now=NOW + 5)
    await store.write(touch_token, record.id, now=NOW + 4)

    assert (await store.read(find_token, prefix_of(token))).last_used_at == NOW + 5
