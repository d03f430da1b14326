"""A few seeds of the simulation; `python tests/simulation` lives many weeks."""

from collections import Counter
from dataclasses import replace
from operator import attrgetter

import pytest
from simulation.checker import check
from simulation.week import LINES, live

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
    message = next(iter(week.history.accepted.values()))
    week.history.accepted["out 999"] = replace(message, text="out 999")
    week.history.policies["out 999"] = next(iter(week.history.policies.values()))


def come_in_and_gone(week):
    week.history.sent_in["in 999"] = ("+447700900100", "support")


def told_twice(week):
    seq, kind, message = next(told for told in week.machine.told if told[1] == "message.received")
    week.machine.told.append((seq + 10**6, kind, message))


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
        (left_in_the_network, "the network still holds"),
        (left_in_the_modem, "left in the modem"),
    ],
)
def test_the_checker_sees_every_broken_promise(harm, words):
    def check_harmed(week):
        assert check(week) == []
        harm(week)
        return check(week)

    _, found = live(7, 0.5, check_harmed)
    assert any(words in what for what in found), found


def _plain(week):
    """Return what went on air of texts in one segment that nobody may send again."""
    policies = week.history.policies
    return [r for r in week.network.air.records if policies.get(r.submit.user_data.text) is OutcomePolicy.HOLD]
