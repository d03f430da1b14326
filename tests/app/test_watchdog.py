from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from clerkd.app.watchdog import Pulse, Watchdog
from clerkd.errors import StoreFull
from clerkd.model.line import LineState, LineStatus, Outgoing, PlannedSegment, Receipt
from clerkd.store.sqlite import SqliteStore

STUCK_S = 600.0


class HandClock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.seconds = 1_000_000.0

    def now_ms(self):
        return round(self.seconds * 1000)

    def monotonic(self):
        return self.seconds


class Notified:
    """systemd's end, as far as the watchdog needs it."""

    watchdog_s = 30.0

    def __init__(self):
        self.feeds = 0
        self.told = []

    def feed(self):
        self.feeds += 1

    def status(self, status):
        self.told.append(status)


class Radio:
    """A line that takes a submit and never answers."""

    name = "support"

    def __init__(self):
        self.state = LineState.READY
        self.answer = asyncio.Event()

    def status(self):
        return LineStatus(self.name, "+14155550100", self.state)

    def plan(self, outgoing):
        raise NotImplementedError(outgoing)

    def measure(self, text):
        raise NotImplementedError(text)

    async def wait_ready(self):
        return

    async def submit(self, segment, *, more):
        await self.answer.wait()
        return Receipt(1)


class Disk:
    def __init__(self):
        self.full = False

    def require(self):
        if self.full:
            raise StoreFull("full")


@pytest.fixture
async def rig(tmp_path):
    store = SqliteStore(tmp_path / "clerkd.db")
    await store.open()

    class Rig:
        pass

    one = Rig()
    one.store, one.clock, one.radio, one.disk, one.systemd = store, HandClock(), Radio(), Disk(), Notified()
    one.words = "lines: 1 ready"
    one.pulse = Pulse(one.radio, one.clock)
    one.watchdog = Watchdog(
        one.systemd, store, {"support": one.pulse}, one.disk, one.clock, summary=lambda: one.words, stuck_s=STUCK_S
    )
    yield one
    await store.close()


def queue_a_segment(tx, at):
    tx.run("INSERT INTO conversations VALUES ('c', 'support', '+14155550123', :at, :at, 1, 0)", at=at)
    tx.run(
        "INSERT INTO messages"
        " (seq, id, direction, line, peer, conversation_id, text, encoding, disposition, created_at, changed_at)"
        " VALUES (1, 'm', 'outbound', 'support', '+14155550123', 'c', 'x', 'gsm7', 'active', :at, :at)",
        at=at,
    )
    tx.run(
        "INSERT INTO segments (message_seq, part, parts, line, state, queued, payload, expires_at, changed_at)"
        " VALUES (1, 1, 1, 'support', 'pending', 1, x'00', :at + 86400000, :at)",
        at=at,
    )


def hold_the_conversation(tx, until):
    tx.run("UPDATE conversations SET held_until = :until", until=until)


async def test_an_idle_daemon_is_fed_for(rig):
    rig.clock.seconds += 10 * STUCK_S

    assert await rig.watchdog.look(5)
    assert rig.systemd.feeds == 1


async def test_a_ready_line_that_leaves_its_work_is_not(rig):
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    assert await rig.watchdog.look(5)

    rig.clock.seconds += STUCK_S + 1
    with capture_logs() as events:
        assert not await rig.watchdog.look(5)
        assert not await rig.watchdog.look(5)

    assert rig.systemd.feeds == 1
    assert [event["event"] for event in events] == ["watchdog.starving"]
    assert "support has sent nothing for" in events[0]["reason"]


async def test_a_line_that_rests_on_purpose_may_leave_its_work_and_shows_why(rig):
    class Driver:
        resting, blocked = True, False

        def rests(self):
            return self.resting

        def shown(self, status):
            return replace(status, state=LineState.BLOCKED) if self.blocked else status

    driver = Driver()
    rig.pulse.driven_by(driver)
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    rig.clock.seconds += STUCK_S + 1
    assert await rig.watchdog.look(5)
    driver.resting = False
    assert not await rig.watchdog.look(5)
    driver.blocked = True
    assert await rig.watchdog.look(5)
    assert rig.pulse.status().state is LineState.BLOCKED


async def test_a_line_that_is_absent_may_leave_its_work(rig):
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    rig.clock.seconds += STUCK_S + 1
    rig.radio.state = LineState.ABSENT

    assert await rig.watchdog.look(5)


async def test_work_that_came_a_moment_ago_is_no_reason(rig):
    rig.clock.seconds += STUCK_S + 1
    await rig.store.write(queue_a_segment, rig.clock.now_ms())

    assert await rig.watchdog.look(5)


async def test_a_retry_that_is_not_due_is_no_reason(rig):
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    await rig.store.write(hold_the_conversation, rig.clock.now_ms() + 3_600_000)
    rig.clock.seconds += STUCK_S + 1

    assert await rig.watchdog.look(5)


async def test_a_line_that_moves_is_fed_for_whatever_waits(rig):
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    rig.clock.seconds += STUCK_S + 1
    rig.radio.answer.set()
    await rig.pulse.submit(PlannedSegment(1, 1, b""), more=False)

    assert await rig.watchdog.look(5)


async def test_a_submit_that_never_ends_is_noticed_even_if_the_line_says_it_is_gone(rig):
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    submitting = asyncio.create_task(rig.pulse.submit(PlannedSegment(1, 1, b""), more=False))
    await asyncio.sleep(0)
    rig.radio.state = LineState.ABSENT
    rig.clock.seconds += STUCK_S + 1

    assert not await rig.watchdog.look(5)
    submitting.cancel()


async def test_a_full_disk_is_not_cured_by_a_restart(rig):
    await rig.store.write(queue_a_segment, rig.clock.now_ms())
    rig.clock.seconds += STUCK_S + 1
    rig.disk.full = True

    assert await rig.watchdog.look(5)


async def test_a_store_that_does_not_commit_is_noticed(rig):
    await rig.store.close()

    assert not await rig.watchdog.look(5)
    assert rig.systemd.feeds == 0


async def test_a_pulse_is_the_line_that_it_is_made_of(rig):
    assert (rig.pulse.name, rig.pulse.status()) == ("support", rig.radio.status())
    with pytest.raises(NotImplementedError):
        rig.pulse.plan(Outgoing("+14155550123", "x", 1, report=True))


async def test_systemd_is_told_how_the_daemon_is_when_that_is_news(rig):
    await rig.watchdog.look(5)
    await rig.watchdog.look(5)
    rig.words = "lines: 1 absent"
    await rig.watchdog.look(5)

    assert rig.systemd.told == ["lines: 1 ready", "lines: 1 absent"]
