"""Who goes first: replies, notifications, bulk; and nobody waits for ever."""

import pytest
from fakes.desk import OTHER, PEER, open_office

from clerkd.core.outbound.dispatcher import ELDEST_EVERY
from clerkd.model.message import Lane, Origin, OriginKind

THIRD = "+14155550167"


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        yield office


async def queue(office, *messages):
    """Let messages wait for the line, all together, then let them go; return the order in which they went."""
    office.radio.go(ready=False)
    sent = [await office.send(text, to, **wish) for text, to, wish in messages]
    office.radio.go(ready=True)
    await office.radio.wait_air(len(sent))
    return office.radio.texts


async def test_replies_go_before_notifications_and_those_before_bulk(office):
    order = await queue(
        office,
        ("bulk", PEER, {"lane": Lane.BULK}),
        ("notification", OTHER, {}),
        ("reply", THIRD, {"origin": Origin(OriginKind.SLACK)}),
    )
    assert order == ["reply", "notification", "bulk"]


async def test_texts_to_one_peer_keep_their_order_whatever_their_lanes(office):
    order = await queue(
        office,
        ("bulk", PEER, {"lane": Lane.BULK}),
        ("notification", OTHER, {}),
        ("reply", PEER, {"lane": Lane.REPLY}),
    )
    assert order == ["bulk", "reply", "notification"]


async def test_a_text_released_late_keeps_its_place_before_later_ones_to_its_peer(office):
    office.radio.go(ready=False)
    first = await office.send("first", send_at=office.clock.now + 3_600_000, lane=Lane.BULK)
    await office.send("other", OTHER)
    await office.send("second", lane=Lane.REPLY)
    await office.outbox.release(first.id)
    office.radio.go(ready=True)
    await office.radio.wait_air(3)
    assert office.radio.texts == ["first", "second", "other"]


async def test_bulk_is_not_starved_by_what_goes_before_it(office):
    peers = [f"+1415555{number:04}" for number in range(100, 100 + 2 * ELDEST_EVERY)]
    order = await queue(
        office,
        ("bulk 1", PEER, {"lane": Lane.BULK}),
        ("bulk 2", OTHER, {"lane": Lane.BULK}),
        *[("reply", peer, {"lane": Lane.REPLY}) for peer in peers if peer not in {PEER, OTHER}],
    )
    assert [order.index("bulk 1"), order.index("bulk 2")] == [ELDEST_EVERY - 1, 2 * ELDEST_EVERY - 1]
