import asyncio

import pytest
from fakes.desk import OTHER, PEER, Reader, open_office

from clerkd.core.desk.quota import NoQuota, PackInvalid
from clerkd.errors import Permanent, Temporary
from clerkd.model.message import Lane
from clerkd.model.quota import Quota
from clerkd.store.ops.messages import message_history
from clerkd.store.ops.quota import held_until

SMALL = Quota(5)
DAY_S = 86_400.0


class Busy(Temporary):
    code = "modem.network-busy"


class NoSuchNumber(Permanent):
    code = "modem.unassigned-number"


async def status(office):
    return (await office.quotas.status())["support"]


async def used_becomes(office, number):
    """Wait until so many segments are counted."""
    async with asyncio.timeout(10):
        while (await status(office)).used != number:
            await asyncio.sleep(0.005)


async def histories(office, message):
    return [entry.event for entry in await office.store.read(message_history, message.id)]


async def test_what_goes_on_the_air_is_counted(tmp_path):
    async with open_office(tmp_path / "c.db", quota=SMALL) as office:
        await office.send("one")
        await office.send("x" * 200)
        await office.radio.wait_air(3)
        found = await status(office)
        assert (found.segments, found.used, found.packs, found.left) == (5, 3, 0, 2)


async def test_what_was_refused_is_not_counted_but_what_is_unknown_is(tmp_path):
    async with open_office(tmp_path / "c.db", quota=SMALL) as office:
        office.radio.script.extend([NoSuchNumber("no"), ("lost", ConnectionResetError()), Busy("later"), None])
        for text, state in (("refused", "failed"), ("lost", "unknown")):
            await office.wait_state((await office.send(text)).id, state)
        deferred = await office.send("deferred", OTHER)
        await office.radio.wait_begun(3)
        await used_becomes(office, 1)
        await office.elapse(60)
        await office.wait_state(deferred.id, "submitted")
        assert (await status(office)).used == 2


async def test_beyond_the_quota_messages_are_held_with_their_rule(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        await office.wait_state((await office.send("first")).id, "submitted")
        held = await office.wait_state((await office.send("second")).id, "held")
        assert held.error is not None
        assert held.error.code == "quota.exhausted"
        entry = (await office.store.read(message_history, held.id))[-1]
        assert (entry.event, entry.actor, entry.detail) == ("held", "quota", "all 1 segments of support are used")
        assert await office.store.read(held_until, held.id) == (await status(office)).resets_at
        assert office.radio.texts == ["first"]


async def test_a_text_that_does_not_fit_as_a_whole_is_held_as_a_whole_and_others_go_on(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(2)) as office:
        long = await office.wait_state((await office.send("y" * 400)).id, "held")
        behind = await office.wait_state((await office.send("behind it")).id, "held")
        other = await office.wait_state((await office.send("to another", OTHER)).id, "submitted")
        assert office.radio.texts == ["to another"]
        assert [long.peer, behind.peer, other.peer] == [PEER, PEER, OTHER]


async def test_what_is_held_goes_out_in_order_at_the_reset(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(2)) as office:
        for number in range(5):
            await office.send(f"text {number}")
        await office.radio.wait_air(2)
        last = await office.send("last")
        await office.wait_state(last.id, "held")
        before = await status(office)
        await office.elapse((before.resets_at - office.clock.now_ms()) / 1000)
        await office.radio.wait_air(4)
        assert office.radio.texts == ["text 0", "text 1", "text 2", "text 3"]
        after = await status(office)
        assert (after.used, after.resets_at > before.resets_at) == (2, True)
        await office.elapse((after.resets_at - office.clock.now_ms()) / 1000)
        await office.radio.wait_air(6)
        assert office.radio.texts[4:] == ["text 4", "last"]
        assert (await histories(office, last))[-2:] == ["held", "released"]


async def test_a_pack_lets_go_as_many_as_it_pays_for_once(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        messages = [await office.send(f"text {number}") for number in range(4)]
        await office.wait_state(messages[3].id, "held")
        for _ in range(2):  # a click that is repeated buys once
            await office.quotas.add_pack("support", 2, pack_id="click", actor="U1")
        await office.radio.wait_air(3)
        await office.wait_state(messages[2].id, "submitted")
        assert (await office.message(messages[3].id)).state.value == "held"
        found = await status(office)
        assert (found.used, found.packs, found.left) == (3, 2, 0)
        assert office.radio.texts == ["text 0", "text 1", "text 2"]


async def test_a_pack_ends_with_its_period(tmp_path):
    async with open_office(tmp_path / "c.db", quota=SMALL) as office:
        found = await office.quotas.add_pack("support", 7, pack_id="p")
        assert found.total == 12
        await office.elapse((found.resets_at - office.clock.now_ms()) / 1000)
        assert (await status(office)).total == 5


async def test_packs_are_refused_where_there_is_no_quota_or_no_sense(tmp_path):
    async with open_office(tmp_path / "c.db", quota=SMALL, running=False) as office:
        with pytest.raises(NoQuota):
            await office.quotas.add_pack("sales", 1, pack_id="p")
        for segments in (0, -5, 10**9):
            with pytest.raises(PackInvalid):
                await office.quotas.add_pack("support", segments, pack_id="p")


async def test_warnings_are_given_once_each(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(20)) as office:
        for number in range(20):
            await office.send(f"text {number}")
        await office.radio.wait_air(20)
        await office.wait_state((await office.send("too much")).id, "held")
        await office.elapse(40 * DAY_S)
        for number in range(15):
            await office.send(f"next period {number}")
        await office.radio.wait_air(36)
        notices = await Reader(office.store, "another").take()
        warned = [notice.detail for notice in notices if notice.kind.value == "quota.warned"]
        assert [(one["percent"], one["used"], one["segments"]) for one in warned] == [
            (80, 16, 20), (95, 19, 20), (80, 16, 20),
        ]  # fmt: skip


async def test_a_quota_that_was_taken_away_lets_everything_go(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        await office.wait_state((await office.send("one")).id, "submitted")
        await office.wait_state((await office.send("two")).id, "held")
    async with open_office(tmp_path / "c.db") as office:
        await office.radio.wait_air(1)
        assert office.radio.texts == ["two"]


async def test_more_than_one_transaction_s_worth_is_held_and_let_go(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        office.radio.go(ready=False)
        for number in range(250):
            last = await office.send(f"text {number}")
        office.radio.go(ready=True)
        office.dispatcher.wake()
        await office.wait_state(last.id, "held")
        await office.quotas.add_pack("support", 500, pack_id="p")
        await office.radio.wait_air(250)
        assert office.radio.texts == [f"text {number}" for number in range(250)]


async def test_a_cancelled_message_is_not_let_go(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        await office.wait_state((await office.send("one")).id, "submitted")
        held = await office.wait_state((await office.send("two")).id, "held")
        await office.outbox.cancel(held.id)
        await office.quotas.add_pack("support", 5, pack_id="p")
        third = await office.send("three")
        await office.wait_state(third.id, "submitted")
        assert office.radio.texts == ["one", "three"]


async def test_a_text_that_has_begun_keeps_what_it_needs_of_the_quota(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(2)) as office:
        office.radio.script.extend([None, Busy("later")])
        long = await office.send("x" * 200)
        await office.radio.wait_begun(2)
        await office.wait_state((await office.send("in between", OTHER)).id, "held")
        await office.elapse(60)
        await office.wait_state(long.id, "submitted")
        assert (await status(office)).used == 2
        assert "in between" not in office.radio.texts


async def test_a_text_that_was_to_go_soon_or_not_at_all_does_not_go_at_the_reset(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        await office.wait_state((await office.send("first")).id, "submitted")
        code = await office.wait_state((await office.send("your code", OTHER, ttl_ms=60_000)).id, "held")
        news = await office.wait_state((await office.send("news")).id, "held")
        await office.elapse((await status(office)).resets_at / 1000 - office.clock.monotonic() + 1)
        await office.wait_state(code.id, "expired")
        await office.wait_state(news.id, "submitted")
        assert office.radio.texts == ["first", "news"]


async def test_what_is_let_go_goes_in_its_order_though_some_of_it_was_hurried_before_it_was_held(tmp_path):
    async with open_office(tmp_path / "c.db", quota=Quota(1)) as office:
        await office.wait_state((await office.send("first", OTHER)).id, "submitted")
        await office.wait_state((await office.send("one")).id, "held")
        office.radio.go(ready=False)
        waiting = [await office.send("two"), await office.send("three", lane=Lane.REPLY)]
        office.radio.go(ready=True)
        for message in waiting:
            await office.wait_state(message.id, "held")
        await office.quotas.add_pack("support", 3, pack_id="p1")
        await office.radio.wait_air(4)
        assert office.radio.texts == ["first", "one", "two", "three"]
