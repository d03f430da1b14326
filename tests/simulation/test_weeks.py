"""A few seeds of the simulation; `python tests/simulation` lives many weeks."""

from collections import Counter
from dataclasses import replace
from operator import attrgetter

import pytest
from msgspec import structs
from simulation.checker import check
from simulation.machine import LIMIT, LINES
from simulation.people import LEAVING
from simulation.week import START_MS, live

from clerkd.app.settings import Quota
from clerkd.model.message import OutcomePolicy
from clerkd.simulate.modem.storage import Status, Stored
from clerkd.store.ops.messages import STATE_SQL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("seed", [101, 102, 103, 104])
def test_whatever_happens_no_promise_is_broken(seed):
    history, found = live(seed, 2.0, check)
    assert found == []
    assert len(history.accepted) > 30
    assert len(history.sent_in) > 20
    assert sum(history.faults.values()) > 30


def test_one_seed_has_one_history():
    first, _ = live(7, 0.5, check)
    again, _ = live(7, 0.5, check)
    other, _ = live(8, 0.5, check)
    assert first.events == again.events
    assert first.digest == again.digest != other.digest


def doubled_on_air(week):
    week.network.air.records.append(_plain(week)[0])


def passed_on_air(week):
    records, way = week.network.air.records, attrgetter("sender", "recipient")
    busiest, _ = Counter(way(record) for record in _plain(week)).most_common(1)[0]
    first, *_, last = [record for record in _plain(week) if way(record) == busiest]
    one, other = records.index(first), records.index(last)
    records[one], records[other] = last, first


def lost_on_air(week):
    delivered = next(iter(week.machine.read(f"SELECT m.text FROM messages m WHERE {STATE_SQL} = 'delivered'")))["text"]
    week.network.air.records[:] = [r for r in week.network.air.records if r.submit.user_data.text not in delivered]


def accepted_and_gone(week):
    week.history.accepted["out 999"] = next(iter(week.history.accepted.values()))


def come_in_and_gone(week):
    week.history.sent_in["in 999"] = ("+447700900100", "support")


def told_twice(week):
    seq, kind, message = next(told for told in week.machine.told if told[1] == "message.received")
    week.machine.told.append((seq + 10**6, kind, message))


def sent_too_early(week):
    record = _plain(week)[0]
    accepted = week.history.accepted[record.submit.user_data.text]
    request = replace(accepted.request, send_at=record.at + 10**8)
    week.history.accepted[record.submit.user_data.text] = replace(accepted, request=request)


def sent_too_late(week):
    record = next(one for one in _plain(week) if _accepted(week, one).request.send_at is None)
    accepted = _accepted(week, record)
    at = (record.at - START_MS) / 1000 - 1000
    week.history.clocks[:] = [(0.0, 0)]
    late = replace(accepted, at=at, request=replace(accepted.request, ttl_ms=1000))
    week.history.accepted[record.submit.user_data.text] = late


def texted_after_stop(week):
    record = next(one for one in week.network.air.records if one.sender in LINES.values())
    week.network.air.records.append(replace(record, recipient=LEAVING[0], at=record.at + 10**9))


def beyond_the_quota(week):
    lines = week.machine.settings.lines
    lines["sales"] = structs.replace(lines["sales"], quota=Quota(segments=LIMIT))
    record = next(one for one in week.network.air.records if one.sender == LINES["sales"])
    week.network.air.records += [record] * LIMIT


def unreadable_and_gone(week):
    week.history.unreadable += 1


def left_in_the_network(week):
    week.network.phone("+447700900100").send(LINES["support"], "in 1000")


def left_in_the_modem(week):
    week.modems["support"].sim.messages.put(Stored(Status.REC_UNREAD, bytes(20)))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (doubled_on_air, "copies on air"),
        (lost_on_air, "and on air"),
        (passed_on_air, "out of order"),
        (accepted_and_gone, "accepted and lost"),
        (come_in_and_gone, "came in 0 times"),
        (told_twice, "told 2 times"),
        (sent_too_early, "before its time"),
        (sent_too_late, "after its time to live"),
        (texted_after_stop, "said STOP and was sent"),
        (beyond_the_quota, "segments of 60 in the first month"),
        (unreadable_and_gone, "unreadable PDUs came"),
        (left_in_the_network, "the network still holds"),
        (left_in_the_modem, "left in the modem"),
    ],
)
def test_the_checker_sees_every_broken_promise(harm, words):
    def check_harmed(week):
        assert check(week) == []
        harm(week)
        return check(week)

    _, found = live(7, 1.5, check_harmed)
    assert any(words in what for what in found), found


def _plain(week):
    """Return what went on air of texts in one segment that go once and in their order."""
    return [
        record
        for record in week.network.air.records
        if (accepted := _accepted(week, record)) is not None
        and accepted.policy is OutcomePolicy.HOLD
        and (accepted.request.send_at, accepted.request.lane) == (None, None)
    ]


def _accepted(week, record):
    return week.history.accepted.get(record.submit.user_data.text)
