"""Two days of a busy line: references wrap every few dozen minutes, some phones are off for a day, reports repeat."""

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import SegmentState
from clerkd.model.report import WINDOW_MS, Candidate, choose, zone_ms

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PEERS = [f"+1415555{number:04}" for number in range(100, 600)]


@pytest.mark.parametrize("zone", [0, 7 * HOUR, -5 * HOUR - 30 * MINUTE], ids=["right zone", "+7 h", "-5:30"])
@pytest.mark.parametrize("per_minute", [6, 15])
def test_no_report_is_given_to_the_wrong_message(per_minute, zone):
    chance = random.Random(per_minute + zone)
    events = []  # (when, kind, message)
    sent = []
    for number in range(2 * 24 * 60 * per_minute):
        at = 10 * DAY + number * MINUTE // per_minute + chance.randrange(2000)
        submitted = at + chance.randrange(800, 6000)
        sent.append(Candidate(number, 1, SegmentState.SUBMITTED, chance.choice(PEERS), at, submitted))
        events.append((submitted, "sent", number))
        away = chance.randrange(DAY) if chance.random() < 0.03 else chance.randrange(2000, 30_000)
        copies = 2 if chance.random() < 0.02 else 1
        events += [(submitted + away + chance.randrange(1000), "report", number) for _ in range(copies)]
    known = defaultdict(list)
    wrong = unmatched = matched = 0
    usual = None
    for when, kind, number in sorted(events):
        message = sent[number]
        key = (number % 256, message.peer[-8:])
        if kind == "sent":
            known[key].append(message)
            continue
        accepted = (message.submitted_at - chance.randrange(0, 2500)) // 1000 * 1000 + zone
        report = DeliveryReport("l", "s", b"", when, key[0], message.peer, accepted, when, ReportStatus.DELIVERED, 0)
        candidates = [one for one in known[key] if when - WINDOW_MS <= one.submitted_at]
        chosen = choose(report, candidates, usual)
        if chosen is None:
            unmatched += 1
        elif chosen.message_seq == number:
            matched += 1
            usual = zone_ms(accepted, message.submitted_at)
            known[key] = [replace(one, state=SegmentState.DELIVERED) if one is chosen else one for one in known[key]]
        else:
            wrong += 1
    assert (wrong, unmatched) == (0, 0)
    assert matched >= len(sent)
