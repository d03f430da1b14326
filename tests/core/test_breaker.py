"""A SIM that the network refuses: one alarm, and a try now and then."""

import asyncio

from fakes.desk import open_office
from fakes.facts import fact

from clerkd.core.inbound.lines import LineWatch
from clerkd.errors import Permanent
from clerkd.model.line import LineState
from clerkd.model.notice import NoticeKind

PEERS = [f"+1415555{number:04}" for number in range(120, 150)]


class Barred(Permanent):
    code = "modem.barred"


class Alarm:
    """`clerkd.core.outbound.breaker.Told`."""

    def __init__(self):
        self.heard = []

    def line_blocked(self, line, reason):
        self.heard.append(reason)


async def refused_five_times(office):
    office.radio.script.extend([Barred("CMS 10")] * 5)
    messages = [await office.send("hi", peer) for peer in PEERS[:5]]
    for message in messages[:4]:
        await office.wait_state(message.id, "failed")
    await office.wait_history(messages[4].id, ["created", "deferred"])
    return messages[4]


async def test_five_peers_refused_block_the_line_until_a_try_succeeds(tmp_path):
    alarm = Alarm()
    async with open_office(tmp_path / "clerkd.db", told=alarm) as office:
        fifth = await refused_five_times(office)
        later = [await office.send("later", peer) for peer in PEERS[5:]]
        await office.elapse(899)
        assert office.radio.submitting == 5
        shown = office.dispatcher.shown(office.radio.status())
        assert (shown.state, "CMS 10" in shown.reason) == (LineState.BLOCKED, True)

        office.radio.script.append(Barred("CMS 10"))
        await office.elapse(1)
        await office.wait_history(fifth.id, ["created", "deferred", "deferred"])
        await office.elapse(899)
        assert office.radio.submitting == 6

        await office.elapse(1)
        for message in [fifth, *later]:
            await office.wait_state(message.id, "submitted")
        assert office.dispatcher.shown(office.radio.status()).state is LineState.READY
        assert [reason is None for reason in alarm.heard] == [False, True]


async def test_a_blocked_line_is_blocked_after_a_restart(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        await refused_five_times(office)
        clock = office.clock
    alarm = Alarm()
    async with open_office(tmp_path / "clerkd.db", clock=clock, told=alarm) as office:
        await fact(lambda: len(alarm.heard) == 1, 15)
        await office.elapse(899)
        assert office.radio.submitting == 0
        await office.elapse(1)
        await office.radio.wait_air(1)


async def test_one_peer_refused_again_and_again_blocks_nothing(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        office.radio.script.extend([Barred()] * 8)
        for _ in range(8):
            message = await office.send("hi")
            await office.wait_state(message.id, "failed")
        message = await office.send("hi", PEERS[0])
        await office.wait_state(message.id, "submitted")


async def test_refusals_of_longer_ago_do_not_count(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        office.radio.script.extend([Barred()] * 8)
        for peer in PEERS[:8]:
            message = await office.send("hi", peer)
            await office.wait_state(message.id, "failed")
            await office.elapse(151)


async def test_people_are_told_once_that_a_line_is_blocked_and_once_that_it_is_not(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        watch = LineWatch(office.store, office.clock, grace_s=0)
        watching = asyncio.create_task(watch.run())
        watch.changed(office.radio.status())
        watch.blocked("support", "no credit")
        told = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.LINE_LOST)
        assert told[-1].detail == {"state": "blocked", "reason": "no credit"}
        watch.changed(office.radio.status())  # its modem is well, and says so
        office.clock.advance(60)
        watch.blocked("support", None)
        office.clock.advance(60)
        watch.changed(office.radio.status())
        told = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.LINE_BACK)
        assert [notice.kind for notice in told] == [NoticeKind.LINE_BACK]
        watching.cancel()
