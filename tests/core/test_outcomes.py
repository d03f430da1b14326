"""What becomes of messages whose result is lost: by policy, by a late receipt, by a report; never by guessing."""

import asyncio
import os
import random
from collections import Counter

import pytest
from fakes.desk import OTHER, open_office
from fakes.facts import fact
from fakes.post import open_post, report_of
from fakes.radio import Radio

from clerkd.errors import Conflict, Indeterminate
from clerkd.model.lifecycle import MessageState
from clerkd.model.line import Receipt
from clerkd.model.message import OutcomePolicy, SendRequest
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.messages import list_messages

MANY = int(os.environ.get("CLERKD_TEST_MANY", "1000"))  # 10000 for a long look
PEERS = [f"+1415555{number:04}" for number in range(100, 200)]


class Silence(Indeterminate):
    code = "modem.unanswered"


class BadRadio(Radio):
    """Loses the result of 5 % of all segments, of which half went out, and the port with another 1 %."""

    def __post_init__(self):
        super().__post_init__()
        self.chance = random.Random(7)
        self.doubtful = []

    async def _outcome(self, segment, more):
        fate = self.chance.random()
        text = segment.payload.decode().split("|", 2)[2]
        if fate < 0.06:
            self.doubtful.append(text)
            self.script.append(("lost", Silence()) if fate < 0.03 else Silence())
        return await super()._outcome(segment, more)


async def send_many(office, policy):
    """Queue many messages at once and return how often each is on the air when all have an outcome."""
    office.radio.go(ready=False)
    for start in range(0, MANY, 100):
        requests = [
            SendRequest(to=PEERS[number % 100], text=f"m{number}", outcome_policy=policy)
            for number in range(start, min(start + 100, MANY))
        ]
        await asyncio.gather(*(office.outbox.accept(request) for request in requests))
    office.radio.go(ready=True)
    await fact(lambda: office.radio.submitting == MANY, 60)
    await fact(lambda: len(office.radio.air) + len(office.radio.doubtful) >= MANY, 60)


async def states(office):
    messages = await office.store.read(list_messages, limit=MANY)
    return {message.text: message.state for message in messages}


@pytest.fixture
async def bad(tmp_path):
    async with open_office(tmp_path / "clerkd.db", radio=BadRadio()) as office:
        yield office


async def test_hold_sends_nothing_twice_and_shows_every_doubt(bad):
    await send_many(bad, OutcomePolicy.HOLD)
    await bad.elapse(3600)
    doubtful = set(bad.radio.doubtful)
    last = await states(bad)

    assert {text for text, state in last.items() if state is MessageState.UNKNOWN} == doubtful
    assert set(Counter(bad.radio.texts).values()) == {1}
    assert {f"m{number}" for number in range(MANY)} <= set(bad.radio.texts) | doubtful
    assert len(doubtful) > MANY // 40


async def test_at_least_once_is_on_the_air_and_twice_only_if_it_was_in_doubt(bad):
    await send_many(bad, OutcomePolicy.AT_LEAST_ONCE)
    first = list(bad.radio.doubtful)
    bad.radio.chance = random.Random(0)
    bad.radio.chance.random = lambda: 1.0
    await bad.elapse(121)
    await fact(lambda: bad.radio.submitting == MANY + len(first), 30)
    times = Counter(bad.radio.texts)

    assert times.keys() == {f"m{number}" for number in range(MANY)}
    assert {text for text, number in times.items() if number > 1} <= set(first)
    assert max(times.values()) == 2
    repeated = next(one for one in await bad.store.read(list_messages, limit=MANY) if one.text == first[0])
    assert repeated.maybe_duplicate


async def test_at_most_once_is_never_repeated_by_anybody(bad):
    await send_many(bad, OutcomePolicy.AT_MOST_ONCE)
    await bad.elapse(3600)
    messages = await bad.store.read(list_messages, limit=MANY)
    for message in messages:
        if message.state is MessageState.UNKNOWN:
            with pytest.raises(Conflict):
                await bad.outbox.resend(message.id, actor="U1")
    assert set(Counter(bad.radio.texts).values()) == {1}
    assert bad.radio.submitting == MANY


async def test_the_policy_of_a_line_is_that_of_messages_that_ask_for_none(tmp_path):
    async with open_office(tmp_path / "clerkd.db", outcome_policy=OutcomePolicy.AT_MOST_ONCE) as office:
        message = await office.send("code")
        chosen = await office.send("alert", outcome_policy=OutcomePolicy.HOLD)
        assert (message.outcome_policy, chosen.outcome_policy) == (OutcomePolicy.AT_MOST_ONCE, OutcomePolicy.HOLD)


async def in_doubt(office, text="hi", **wish):
    later = asyncio.get_running_loop().create_future()
    office.radio.script.append(("lost", Silence(later=later)))
    message = await office.send(text, **wish)
    await office.wait_state(message.id, "unknown")
    return message, later


async def test_a_late_receipt_settles_a_doubt_and_lets_the_rest_go(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        message, later = await in_doubt(office, "x" * 200)
        later.set_result(Receipt(77))
        sent = await office.wait_state(message.id, "submitted")
        assert (sent.segments[0].reference, sent.error, sent.maybe_duplicate) == (77, None, False)
        assert [len(text) for text in office.radio.texts] == [153, 47]


async def test_a_late_receipt_finds_the_report_that_came_before_it(tmp_path):
    async with open_post(tmp_path / "clerkd.db") as office:
        other, other_later = await in_doubt(office, "other")
        message, later = await in_doubt(office)
        await office.arrive(report_of(office, 77))
        assert (await office.message(message.id)).state is MessageState.UNKNOWN  # it may be about either
        later.set_result(Receipt(77))
        await office.wait_state(message.id, "delivered")
        assert (await office.message(other.id)).state is MessageState.UNKNOWN
        other_later.cancel()


async def test_a_late_receipt_of_a_copy_that_was_sent_again_changes_nothing(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        message, later = await in_doubt(office)
        await office.outbox.resend(message.id, actor="U1")
        again = await office.wait_state(message.id, "submitted")
        later.set_result(Receipt(77))
        after = await office.send("after", OTHER)
        await office.wait_state(after.id, "submitted")
        assert (await office.message(message.id)).segments == again.segments
        assert again.maybe_duplicate


async def test_what_the_network_took_late_is_not_repeated_by_policy(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        message, later = await in_doubt(office, outcome_policy=OutcomePolicy.AT_LEAST_ONCE)
        later.set_result(Receipt(77))
        await office.wait_state(message.id, "submitted")
        await office.elapse(600)
        after = await office.send("after", OTHER)
        await office.wait_state(after.id, "submitted")
        assert office.radio.texts == ["hi", "after"]


async def test_what_was_to_go_soon_or_not_at_all_is_not_repeated_when_its_time_is_over(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        policy = OutcomePolicy.AT_LEAST_ONCE
        late, _ = await in_doubt(office, "code", outcome_policy=policy, ttl_ms=60_000)
        soon, _ = await in_doubt(office, "alarm", outcome_policy=policy, ttl_ms=600_000)
        await office.elapse(130)
        await office.wait_state(soon.id, "submitted")
        assert (await office.message(late.id)).state is MessageState.UNKNOWN
        assert office.radio.texts == ["code", "alarm", "alarm"]


def held_until(tx):
    return tx.one("SELECT until FROM leases")["until"]


async def test_a_lease_is_renewed_while_something_is_being_sent_and_not_while_nothing_is(tmp_path):
    async with open_office(tmp_path / "clerkd.db", renew_s=0.02) as office:
        office.radio.hold()
        await office.send("slow")
        await office.radio.wait_begun(1)
        for _ in range(4):
            office.clock.advance(20)
            async with asyncio.timeout(15):
                while await office.store.read(held_until) < office.clock.now_ms() + 30_000:
                    await asyncio.sleep(0.005)
        now = office.clock.now_ms()
        stolen = await office.store.write(acquire_lease, "support", "other", now=now, until=now + 30_000)
        assert stolen is None
        office.radio.let_go()
        await office.radio.wait_air(1)
        await asyncio.sleep(0.1)
        office.clock.advance(31)
        await asyncio.sleep(0.1)
        now = office.clock.now_ms()
        assert await office.store.write(acquire_lease, "support", "other", now=now, until=now + 30_000) is not None
