"""What every engine has to do the same way. An engine's tests inherit this class and give it a `store` fixture."""

import asyncio
from collections.abc import Iterable
from itertools import combinations_with_replacement

import pytest

from clerkd.errors import Conflict, NotFound
from clerkd.model.dispatch import Draft, Lease, Verdict
from clerkd.model.lifecycle import Disposition, MessageState, SegmentEvent, SegmentState, message_state
from clerkd.model.line import Plan, PlannedSegment
from clerkd.model.message import Encoding, Failure, Message, Origin, OriginKind, OutcomePolicy
from clerkd.model.notice import NoticeKind
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.conversations import find_conversation, get_conversation, list_conversations
from clerkd.store.ops.dispatch import claim_due, claim_or_wait, settle
from clerkd.store.ops.due import next_time
from clerkd.store.ops.inbound import forget_pdus, see_pdu
from clerkd.store.ops.leases import Fenced, acquire_lease, release_lease, renew_lease, require_lease
from clerkd.store.ops.lines import lost_lines, tell_back, tell_lost
from clerkd.store.ops.messages import STATE_SQL, find_message, get_message, list_messages, message_history
from clerkd.store.ops.notices import KEPT, advance_sink, prune_notices, read_notices, register_sink, write_notice
from clerkd.store.ops.outbound import accept_message, cancel_message
from clerkd.store.ops.search import search_messages

AT = 1_700_000_000_000
PEER = "+14155550123"


def draft(name: str, **changes) -> Draft:
    parts = changes.pop("parts", 1)
    values = {
        "id": name,
        "conversation_id": f"conversation of {name}",
        "key": None,
        "line": "support",
        "peer": PEER,
        "text": f"text of {name}",
        "plan": Plan(Encoding.GSM7, tuple(PlannedSegment(part + 1, parts, b"\0\xff") for part in range(parts))),
        "disposition": Disposition.ACTIVE,
        "at": AT,
        "send_at": None,
        "ttl_ms": 86_400_000,
        "outcome_policy": OutcomePolicy.HOLD,
        "origin": Origin(OriginKind.API, "tests"),
    }
    return Draft(**values | changes)


async def accept(store: Store, name: str, **changes) -> Message:
    return (await store.write(accept_message, draft(name, **changes)))[0]


async def lease_of(store: Store, owner: str = "node", now: int = AT) -> Lease:
    lease = await store.write(acquire_lease, "support", owner, now=now, until=now + 30_000)
    assert lease is not None
    return lease


def ids(messages: Iterable[Message]) -> list[str]:
    return [message.id for message in messages]


class StoreContract:
    """Reads see commits, ops are atomic, and the ops mean what they say."""

    async def test_what_was_written_is_read_back_whole(self, store):
        message = await accept(store, "m", parts=3, key="k", send_at=AT + 5, disposition=Disposition.SCHEDULED)
        assert await store.read(get_message, "m") == message
        assert await store.read(find_message, "k") == message
        assert await store.read(find_message, "other") is None
        with pytest.raises(NotFound):
            await store.read(get_message, "other")

    async def test_an_op_that_raises_leaves_nothing_behind_and_its_neighbours_alone(self, store):
        def accept_and_fail(tx: Tx) -> None:
            accept_message(tx, draft("bad"))
            raise LookupError

        answers = await asyncio.gather(
            accept(store, "a"), store.write(accept_and_fail), accept(store, "b"), return_exceptions=True
        )
        assert isinstance(answers[1], LookupError)
        assert sorted(ids(await store.read(list_messages))) == ["a", "b"]
        assert len(await store.read(read_notices, "sink", 10)) == 2

    async def test_a_read_is_one_snapshot(self, store):
        await accept(store, "a")
        loop = asyncio.get_running_loop()

        def read_twice(tx: Tx) -> tuple[int, int]:
            first = tx.one("SELECT count(*) AS n FROM messages")["n"]
            asyncio.run_coroutine_threadsafe(accept(store, "b"), loop).result(10)
            return first, tx.one("SELECT count(*) AS n FROM messages")["n"]

        assert await store.read(read_twice) == (1, 1)
        assert len(await store.read(list_messages)) == 2

    async def test_a_key_makes_accepting_idempotent(self, store):
        first = await store.write(accept_message, draft("a", key="k"))
        again = await store.write(accept_message, draft("b", key="k"))
        assert (first[1], again) == (True, (first[0], False))

    async def test_the_state_of_a_message_in_sql_is_the_one_derived_in_the_model(self, store):
        combinations = [
            (disposition, states)
            for disposition in Disposition
            for count in (1, 2, 3)
            for states in combinations_with_replacement(SegmentState, count)
        ]

        def compare(tx: Tx) -> None:
            for number, (disposition, states) in enumerate(combinations):
                accept_message(tx, draft(f"m{number}", disposition=disposition, parts=len(states)))
                seq = tx.one("SELECT seq FROM messages WHERE id = :id", id=f"m{number}")["seq"]
                for part, state in enumerate(states, 1):
                    tx.run(
                        "UPDATE segments SET state = :state WHERE message_seq = :seq AND part = :part",
                        state=state.value,
                        seq=seq,
                        part=part,
                    )
            derived = {row["id"]: row["state"] for row in tx.all(f"SELECT m.id, {STATE_SQL} AS state FROM messages m")}
            for number, (disposition, states) in enumerate(combinations):
                assert derived[f"m{number}"] == message_state(disposition, states).value, (disposition, states)

        await store.write(compare)
        for state in set(MessageState) - {MessageState.RECEIVED}:
            found = await store.read(list_messages, state=state, limit=1000)
            assert found
            assert {message.state for message in found} == {state}

    async def test_lists_are_pages_that_neither_repeat_nor_omit(self, store):
        for number in range(7):
            await accept(store, f"m{number}", peer=PEER if number % 2 else "+14155550145")
        pages = [await store.read(list_messages, oldest_first=True, limit=3)]
        while page := await store.read(list_messages, after=pages[-1][-1].id, limit=3):
            pages.append(page)
        assert [ids(page) for page in pages] == [["m0", "m1", "m2"], ["m3", "m4", "m5"], ["m6"]]
        assert ids(await store.read(list_messages, limit=2)) == ["m5", "m6"]
        assert ids(await store.read(list_messages, before="m5", limit=2)) == ["m3", "m4"]
        assert ids(await store.read(list_messages, peer=PEER)) == ["m1", "m3", "m5"]
        with pytest.raises(NotFound):
            await store.read(list_messages, after="nobody")

    async def test_conversations_count_their_messages_and_come_newest_first(self, store):
        first = await accept(store, "a")
        await accept(store, "b", at=AT + 5)
        await accept(store, "c", peer="+14155550145", at=AT + 9)
        newest, older = await store.read(list_conversations)
        assert (older.id, older.messages, older.created_at, older.last_at) == (first.conversation_id, 2, AT, AT + 5)
        assert await store.read(get_conversation, newest.id) == newest
        assert await store.read(list_conversations, before=(newest.last_at, newest.id)) == [older]
        assert await store.read(list_conversations, line="support", peer=PEER) == [older]
        assert await store.read(find_conversation, "sales", PEER) is None

    async def test_words_are_found_without_case_or_accents_and_when_only_begun(self, store):
        await accept(store, "a", text="Die Straße nach Córdoba")
        await accept(store, "b", text="CORDOBA is far", peer="+14155550145")
        assert ids(await store.read(search_messages, "cordoba")) == ["b", "a"]
        assert ids(await store.read(search_messages, "córd far")) == []
        assert ids(await store.read(search_messages, "far córd")) == ["b"]
        assert ids(await store.read(search_messages, "cordoba", peer=PEER)) == ["a"]
        assert ids(await store.read(search_messages, "cordoba", before="b")) == ["a"]
        for odd in ("", '"', "*", "AND", 'a" OR "b', "-", "NEAR(", "text:x"):
            await store.read(search_messages, odd)

    async def test_a_segment_is_claimed_once(self, store):
        lease = await lease_of(store)
        await accept(store, "a")
        claims = await asyncio.gather(*(store.write(claim_due, lease, now=AT, sim="sim") for _ in range(20)))
        assert [claim.message_id for claim in claims if claim is not None] == ["a"]

    async def test_a_conversation_waits_behind_a_deferred_message_and_others_do_not(self, store):
        lease = await lease_of(store)
        for name, peer in (("a", PEER), ("b", PEER), ("c", "+14155550145")):
            await accept(store, name, peer=peer)
        claimed = await store.write(claim_due, lease, now=AT, sim="sim")
        busy = Failure("modem.network-busy", "busy")
        await store.write(settle, lease, claimed, Verdict(SegmentEvent.DEFERRED, AT, failure=busy, retry_at=AT + 1000))
        assert (await store.write(claim_due, lease, now=AT, sim="sim")).message_id == "c"
        assert await store.write(claim_or_wait, lease, now=AT, sim="sim") == AT + 1000
        assert (await store.write(claim_due, lease, now=AT + 1000, sim="sim")).message_id == "a"
        history = await store.read(message_history, "a")
        assert [(entry.event, entry.detail) for entry in history] == [("created", None), ("deferred", "busy")]

    async def test_a_cancelled_or_scheduled_message_is_not_claimed(self, store):
        lease = await lease_of(store)
        await accept(store, "a")
        await accept(store, "b", disposition=Disposition.SCHEDULED, send_at=AT + 5)
        await store.write(cancel_message, "a", at=AT)
        assert await store.write(claim_due, lease, now=AT + 10, sim="sim") is None
        assert await store.read(next_time) == AT + 5
        with pytest.raises(Conflict):
            await store.write(cancel_message, "a", at=AT)

    async def test_a_lease_has_one_holder_and_every_new_one_a_higher_epoch(self, store):
        first = await lease_of(store)
        assert await store.write(acquire_lease, "support", "other", now=AT, until=AT + 1) is None
        again = await lease_of(store)
        assert again.epoch == first.epoch + 1
        with pytest.raises(Fenced):
            await store.write(require_lease, first)
        with pytest.raises(Fenced):
            await store.write(renew_lease, first, until=AT + 90_000)
        await store.write(renew_lease, again, until=AT + 60_000)
        assert await store.write(acquire_lease, "support", "other", now=AT + 50_000, until=AT + 99_000) is None
        await store.write(release_lease, again)
        other = await lease_of(store, "other", AT + 50_000)
        assert other.epoch == again.epoch + 1
        with pytest.raises(Fenced):
            await store.write(claim_due, again, now=AT, sim="sim")

    async def test_sinks_read_notices_in_order_at_their_own_pace(self, store):
        for number in range(5):
            await store.write(write_notice, NoticeKind.LINE_BACK, at=AT + number, line="support")
        notices = await store.read(read_notices, "slack", 3)
        assert [notice.at - AT for notice in notices] == [0, 1, 2]
        await store.write(advance_sink, "slack", notices[-1].seq)
        await store.write(advance_sink, "slack", notices[0].seq)
        assert [notice.at - AT for notice in await store.read(read_notices, "slack", 9)] == [3, 4]

    async def test_a_sink_that_is_new_is_not_told_the_past(self, store):
        await store.write(write_notice, NoticeKind.LINE_BACK, at=AT, line="support")
        await store.write(register_sink, "webhook")
        assert await store.read(read_notices, "webhook", 9) == []
        await store.write(write_notice, NoticeKind.LINE_BACK, at=AT + 1, line="support", detail={"a": ["é"]})
        await store.write(register_sink, "webhook")
        [notice] = await store.read(read_notices, "webhook", 9)
        assert notice.detail == {"a": ["é"]}

    async def test_old_notices_go_and_their_numbers_are_never_given_again(self, store):
        def write_many(tx: Tx) -> None:
            for number in range(KEPT + 10):
                write_notice(tx, NoticeKind.LINE_BACK, at=AT + number, line="support")

        await store.write(write_many)
        last = (await store.read(read_notices, "slack", KEPT + 10))[-1].seq
        assert await store.write(prune_notices, AT + 5) == 5
        await store.write(advance_sink, "slack", last)
        assert len(await store.read(read_notices, "new", KEPT + 10)) == KEPT
        await store.write(write_notice, NoticeKind.LINE_BACK, at=AT, line="support")
        assert [notice.seq for notice in await store.read(read_notices, "slack", 9)] == [last + 1]

    async def test_a_pdu_is_seen_once_until_it_is_forgotten(self, store):
        assert await store.write(see_pdu, "sim", b"\1" * 32, now=AT, horizon=AT - 7)
        assert not await store.write(see_pdu, "sim", b"\1" * 32, now=AT + 5, horizon=AT - 2)
        assert await store.write(see_pdu, "other sim", b"\1" * 32, now=AT, horizon=AT - 7)
        assert await store.write(see_pdu, "sim", b"\1" * 32, now=AT + 9, horizon=AT + 1)
        assert await store.write(forget_pdus, AT + 9) == 1

    async def test_the_loss_of_a_line_is_told_once_and_so_is_its_return(self, store):
        for _ in range(2):
            await store.write(tell_lost, "support", state="absent", reason=None, at=AT)
        assert await store.read(lost_lines) == {"support"}
        for _ in range(2):
            await store.write(tell_back, "support", at=AT)
        kinds = [notice.kind for notice in await store.read(read_notices, "slack", 9)]
        assert kinds == [NoticeKind.LINE_LOST, NoticeKind.LINE_BACK]
