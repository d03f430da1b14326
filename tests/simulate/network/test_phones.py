"""Texts between phones: encodings, parts, reports, phones that are off."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fakes.facts import fact
from hypothesis import given
from hypothesis import strategies as st

from clerkd.clock import SystemClock
from clerkd.codec.reader import Reader
from clerkd.codec.tpdu import Deliver, decode
from clerkd.codec.validity import Absolute, Enhanced, Relative
from clerkd.simulate.network import CallState, Network, Rejected
from clerkd.simulate.network.relay import (
    DELIVERED,
    INCOMPATIBLE_DESTINATION,
    NOT_OBTAINABLE,
    PENDING_NO_RESPONSE,
    VALIDITY_EXPIRED,
)
from clerkd.simulate.network.transfer import decode_submit, lifetime_s

ANN, BOB = "+447700900123", "+447700900124"


@pytest.fixture
def ann(network):
    return network.phone(ANN)


@pytest.fixture
def bob(network):
    return network.phone(BOB)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello", 1),
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("{" * 80, 1),
        ("Привет", 1),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("Grüße und 😀 " * 50, 10),
    ],
)
async def test_a_text_arrives_as_it_was_written(ann, bob, text, parts):
    assert len(ann.send(BOB, text)) == parts

    await fact(lambda: bob.inbox)
    assert (bob.inbox[0].sender, bob.inbox[0].text, len(bob.inbox[0].parts)) == (ANN, text, parts)


async def test_parts_in_any_order_and_twice_make_one_text(network, ann, bob):
    text = "one two three four five six seven " * 12
    shuffled = random.Random(3)

    def order(parts):
        parts = parts + parts[:1]
        shuffled.shuffle(parts)
        return parts

    ann.send(BOB, text, reference_bits=16, order=order)

    await fact(lambda: bob.inbox)
    assert bob.inbox[0].text == text
    await fact(lambda: not network.waiting(BOB))
    assert len(bob.inbox) == 1


async def test_references_count_up(ann):
    assert [ann.send(BOB, "x")[0] for _ in range(258)][254:] == [254, 255, 0, 1]


async def test_a_report_tells_when_it_was_accepted_and_delivered(ann, bob):
    ann.send(BOB, "x", report=True)

    await fact(lambda: ann.reports)
    (report,) = ann.reports
    assert (report.status, report.reference, report.recipient.number) == (DELIVERED, 0, BOB)
    assert abs(report.timestamp - datetime.now(UTC)) < timedelta(seconds=5)
    assert report.discharge_time >= report.timestamp
    assert decode(Reader(bob.inbox[0].parts[0])).status_report


async def test_a_phone_that_is_off_gets_its_texts_in_order_when_it_is_on(network, ann, bob):
    bob.on = False
    for number in range(3):
        ann.send(BOB, f"n {number}", report=True)
    await fact(lambda: len(ann.reports) == 3)
    assert {report.status for report in ann.reports} == {PENDING_NO_RESPONSE}
    assert network.waiting(BOB) == 3

    bob.on = True

    await fact(lambda: len(ann.reports) == 6)
    assert [text.text for text in bob.inbox] == ["n 0", "n 1", "n 2"]
    assert {report.status for report in ann.reports[3:]} == {DELIVERED}
    more = [decode(Reader(text.parts[0])).more_messages for text in bob.inbox]
    assert more == [True, True, False]


async def test_a_landline_can_never_be_texted(network, ann):
    network.phone(BOB, landline=True)

    ann.send(BOB, "x", report=True)

    await fact(lambda: ann.reports)
    assert ann.reports[0].status == INCOMPATIBLE_DESTINATION


async def test_a_number_that_nobody_has_finds_a_phone_unless_that_is_switched_off(network, ann):
    ann.send("+447700900999", "x")
    await fact(lambda: network.phone("+447700900999").inbox)

    network.makes_phones = False
    ann.send("+447700900998", "x", report=True)
    await fact(lambda: ann.reports)
    assert ann.reports[0].status == NOT_OBTAINABLE


async def test_a_validity_period_that_ends_is_reported(network, ann, bob):
    bob.on = False
    ann.send(BOB, "short-lived", report=True, validity=Enhanced.seconds(1))
    ann.send(BOB, "long-lived", report=True)

    await fact(lambda: [report for report in ann.reports if report.status == VALIDITY_EXPIRED])
    assert network.waiting(BOB) == 1

    network.expire(BOB)
    await fact(lambda: len([report for report in ann.reports if report.status == VALIDITY_EXPIRED]) == 2)
    bob.on = True
    assert network.waiting(BOB) == 0
    assert bob.inbox == []


async def test_national_numbers_find_their_station(network, ann, bob):
    ann.send("07700900124", "national")
    await fact(lambda: bob.inbox)

    assert network.resolve("900124") == "900124"  # too short to mean anybody
    assert network.air.records[0].recipient == BOB


async def test_delivery_takes_its_delay(ann, bob, network):
    network.delivery_delay_s = 0.1
    ann.send(BOB, "x")

    assert network.waiting(BOB) == 1
    assert bob.inbox == []
    await fact(lambda: bob.inbox)


async def test_time_stamps_are_in_the_networks_zone(bob):
    network = Network(SystemClock(), zone=timezone(timedelta(hours=-8)))
    phone = network.phone(BOB)
    network.phone(ANN).send(BOB, "x")
    await fact(lambda: phone.inbox)

    deliver = decode(Reader(phone.inbox[0].parts[0]))
    assert isinstance(deliver, Deliver)
    assert deliver.timestamp.utcoffset() == timedelta(hours=-8)
    network.close()


async def test_listeners_hear_what_happens_until_they_stop(network, ann, bob):
    heard = []
    stop = network.listen(heard.append)

    ann.send(BOB, "x", report=True)
    await fact(lambda: ann.reports)
    stop()
    ann.send(BOB, "y")

    record, (phone, text), report = heard
    assert (record.sender, record.recipient, record.submit.user_data.text) == (ANN, BOB, "x")
    assert (phone, text.text) == (bob, "x")
    assert report.status == DELIVERED


async def test_two_stations_cannot_have_one_number(network, ann):
    class Impostor:
        number = ANN
        reachable = True

    with pytest.raises(ValueError, match="taken"):
        network.attach(Impostor())
    network.detach(Impostor())  # it never had it
    assert network.phone(ANN) is ann


async def test_what_waits_survives_a_station_that_leaves(network, ann):
    bob = network.phone(BOB)
    network.detach(bob)
    network.makes_phones = True
    ann.send(BOB, "x")

    await fact(lambda: network.phone(BOB).inbox)
    assert network.phone(BOB) is not bob


async def test_a_call_is_answered_missed_or_never_rings(network, ann, bob):
    bob.answers = True
    assert ann.call(BOB).state is CallState.ACTIVE

    bob.answers = False
    call = ann.call(BOB)
    assert call.state is CallState.RINGING
    call.end()
    call.end()
    assert (call.state, call.over) == (CallState.ENDED, True)

    bob.on = False
    assert ann.call(BOB).state is CallState.UNANSWERED
    assert ann.call("+447700900999").state is CallState.UNANSWERED


@pytest.mark.parametrize(
    ("validity", "seconds"),
    [
        (None, None),
        (Relative(60), 3600),
        (Absolute(datetime(2026, 1, 1, 1, tzinfo=UTC)), 3600),
        (Absolute(datetime(2025, 1, 1, tzinfo=UTC)), 0),
        (Enhanced.seconds(30), 30),
        (Enhanced(bytes(7)), None),
    ],
)
def test_a_validity_period_is_a_number_of_seconds(validity, seconds):
    from clerkd.codec.address import Address
    from clerkd.codec.tpdu import Submit
    from clerkd.codec.userdata import UserData

    submit = Submit(Address.of(BOB), UserData("x"), validity=validity)
    assert lifetime_s(submit, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


@given(st.binary(max_size=180))
def test_octets_are_a_submit_or_rejected(octets):
    try:
        submit = decode_submit(octets)
    except Rejected:
        return
    assert octets[0] & 3 == 1
    assert submit.destination.number
