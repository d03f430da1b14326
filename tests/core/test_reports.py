"""Delivery reports find their segment and never overwrite what is known."""

import asyncio
from dataclasses import replace
from itertools import permutations

import pytest
from fakes.desk import OTHER, PEER
from fakes.post import open_post, report_of
from hypothesis import given
from hypothesis import strategies as st

from clerkd.errors import Indeterminate
from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import MessageState, SegmentState
from clerkd.model.report import Candidate, choose, choose_alone, choose_unknown

HOUR = 3_600_000


class Silence(Indeterminate):
    code = "modem.unanswered"


@pytest.fixture
async def office(tmp_path):
    async with open_post(tmp_path / "clerkd.db") as office:
        yield office


@pytest.mark.parametrize("order", list(permutations(["OK", "temporary", "delivered", "again"])))
async def test_whatever_the_order_of_result_and_reports_the_message_is_delivered(office, order):
    office.radio.hold()
    message = await office.send("hi")
    await office.radio.wait_begun(1)
    for step in order:
        if step == "OK":
            office.radio.let_go()
            await office.radio.wait_air(1)
            async with asyncio.timeout(5):
                while (await office.message(message.id)).segments[0].reference is None:
                    await asyncio.sleep(0)
        elif step == "temporary":
            await office.arrive(report_of(office, 1, octet=0x30))
        else:
            await office.arrive(report_of(office, 1, pdu=b"the same report"))
    office.radio.let_go()
    delivered = await office.wait_state(message.id, "delivered")
    assert delivered.segments[0].report.status == "delivered"


@pytest.mark.parametrize(
    ("octet", "state", "code"), [(0x45, "failed", "report.failed"), (0x46, "expired", "report.expired")]
)
async def test_a_report_of_failure_fails_the_message_and_says_why(office, octet, state, code):
    message = await office.send("hi")
    await office.wait_state(message.id, "submitted")
    await office.arrive(report_of(office, 1, octet=octet))
    failed = await office.wait_state(message.id, state)
    assert failed.error.code == code
    await office.outbox.resend(message.id)
    again = await office.wait_state(message.id, "submitted")
    assert (again.error, again.segments[0].report) == (None, None)


async def test_a_message_is_delivered_when_all_its_segments_are(office):
    message = await office.send("x" * 200)
    await office.wait_state(message.id, "submitted")
    await office.arrive(report_of(office, 2))
    assert (await office.message(message.id)).state is MessageState.SUBMITTED
    await office.arrive(report_of(office, 1))
    assert (await office.message(message.id)).state is MessageState.DELIVERED


async def test_a_report_is_for_its_recipient_however_the_network_writes_the_number(office):
    first = await office.send("1")
    await office.wait_state(first.id, "submitted")
    await office.arrive(report_of(office, 1, recipient=OTHER))
    assert (await office.message(first.id)).state is MessageState.SUBMITTED
    await office.arrive(report_of(office, 1, recipient="4155550123"))
    assert (await office.message(first.id)).state is MessageState.DELIVERED


async def test_a_message_in_doubt_is_resolved_by_its_report_and_its_rest_goes_on(office):
    office.radio.script.append(("lost", Silence()))
    message = await office.send("x" * 200)
    await office.wait_state(message.id, "unknown")
    await office.arrive(report_of(office, 77))
    sent = await office.wait_state(message.id, "submitted")

    assert [segment.state for segment in sent.segments] == [SegmentState.DELIVERED, SegmentState.SUBMITTED]
    assert sent.error is None


async def test_a_report_that_fits_no_segment_is_kept_and_changes_nothing(office):
    message = await office.send("hi")
    await office.wait_state(message.id, "submitted")
    await office.arrive(report_of(office, 9))
    assert (await office.message(message.id)).state is MessageState.SUBMITTED
    assert await office.store.read(lambda tx: tx.one("SELECT count(*) AS n FROM reports")["n"]) == 1


def report(accepted_at, recipient=PEER):
    return DeliveryReport("l", "s", b"", 0, 5, recipient, accepted_at, None, ReportStatus.DELIVERED, 0)


def sent(seq, at, state=SegmentState.SUBMITTED, peer=PEER):
    return Candidate(seq, 1, state, peer, at - 3000, at)


def test_the_time_stamp_tells_messages_with_the_same_reference_apart():
    old, new = sent(1, 10 * HOUR), sent(2, 20 * HOUR)
    assert choose(report(10 * HOUR - 2000), [old, new]) == old
    assert choose(report(20 * HOUR - 2000), [old, new]) == new


def test_an_smsc_in_a_wrong_time_zone_is_understood():
    old, new = sent(1, 10 * HOUR + 100_000), sent(2, 20 * HOUR + 500_000)
    assert choose(report(3 * HOUR + 100_000), [old, new]) == old
    assert choose(report(13 * HOUR + 500_000), [old, new]) == new


def test_a_repeated_report_belongs_to_the_message_it_was_about():
    known, waiting = sent(1, 10 * HOUR, SegmentState.DELIVERED), sent(2, 20 * HOUR)
    assert choose(report(10 * HOUR), [known, waiting]) == known


def test_a_clock_that_is_off_by_anything_is_forgiven_if_only_one_segment_can_be_meant():
    one, other = sent(1, 10 * HOUR), sent(2, 11 * HOUR)
    odd = report(10 * HOUR + 400_000)
    assert choose_alone(odd, [one], []) == one
    assert choose_alone(odd, [one, other], []) is None
    assert choose_alone(odd, [one], [other]) is None  # its reference may be the same
    assert choose_alone(odd, [replace(one, state=SegmentState.DELIVERED)], []) is None
    assert choose(report(None), [one, other]) == other


def test_once_the_zone_is_known_no_other_will_do():
    one = sent(1, 10 * HOUR)
    assert choose(report(13 * HOUR), [one], None) == one
    assert choose(report(13 * HOUR), [one], 0) is None
    assert choose(report(13 * HOUR), [one], 3 * HOUR) == one
    assert choose(report(10 * HOUR), [one], 3 * HOUR) == one


def test_a_report_that_may_be_about_what_is_just_being_sent_is_given_to_no_other():
    doubtful = sent(1, 10 * HOUR, SegmentState.UNKNOWN)
    flying = sent(2, 10 * HOUR + 5000, SegmentState.SUBMITTING)
    assert choose_unknown(report(10 * HOUR), [doubtful]) == doubtful
    assert choose_unknown(report(10 * HOUR), [doubtful, flying]) is None
    assert choose_unknown(report(10 * HOUR), [flying]) is None


def test_short_codes_are_compared_whole():
    assert choose(report(HOUR, recipient="12345"), [sent(1, HOUR, peer="912345")]) is None


@given(
    st.lists(st.tuples(st.integers(0, 71 * 60), st.booleans()), min_size=1, max_size=8, unique_by=lambda one: one[0]),
    st.integers(-56, 56),
    st.data(),
)
def test_of_many_segments_under_one_reference_the_right_one_is_chosen(found, zone, data):
    """Segments at least two minutes apart and not a whole number of quarters of an hour: a zone cannot confuse them."""
    moments = [minute * 120_000 + minute % 7 * 1009 for minute, _ in found]
    candidates = [
        sent(index, moment, SegmentState.SUBMITTED if waits else SegmentState.DELIVERED)
        for index, (moment, (_, waits)) in enumerate(zip(moments, found, strict=True))
    ]
    meant = data.draw(st.sampled_from(candidates))
    assert choose(report(meant.submitted_at - 1500), candidates) == meant
    shifted = choose(report(meant.submitted_at - 1500 + zone * 900_000), [meant])
    assert shifted == meant
