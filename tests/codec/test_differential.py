"""The same messages through python-gsmmodem-new 0.13.0, which nobody here wrote.

It must agree wherever it is known to be right. Where it is known to be wrong the fault is written down as a case of
its own, so that the list stays true: each case shows what it does, and that this codec does not.
"""

import re
from datetime import datetime, timedelta, timezone

import pytest
from gsmmodem import pdu as other
from hypothesis import assume, given
from hypothesis import strategies as st

from clerkd.codec import pdu, segment, udh
from clerkd.codec.address import Address
from clerkd.codec.defaults import DEFAULT_LOCKING, DEFAULT_SINGLE
from clerkd.codec.errors import DecodeError
from clerkd.codec.tpdu import Deliver, StatusReport, Submit
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Absolute, Relative
from clerkd.model.inbound import Concat

PEER = "+447700900123"
MOMENT = datetime(2024, 3, 9, 14, 5, 7, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
# It confuses "§" with "`", does not know the form feed, and cannot encode what lies above U+FFFF.
MISTAKEN = set("§`\f")
ALPHABET = sorted({*DEFAULT_LOCKING, *DEFAULT_SINGLE.values()} - MISTAKEN - {"\x1b"})
septet_text = st.text(ALPHABET, min_size=1, max_size=330)
# Letters that combine with nothing: where graphemes are kept whole the two cut differently, on purpose.
wide_text = st.text("яшЖΩδ中文字אבab 1", min_size=1, max_size=150)
texts = st.one_of(septet_text, wide_text)
offsets = st.integers(-36, 36).map(lambda quarters: timezone(quarters * timedelta(minutes=15)))
FIRST, LAST = datetime(2000, 1, 1), datetime(2068, 12, 31)  # noqa: DTZ001  bounds are naive in Hypothesis
moments = st.datetimes(FIRST, LAST, timezones=offsets).map(lambda moment: moment.replace(microsecond=0))


def theirs(tpdu):
    return other.decodeSmsPdu(pdu.encode(tpdu).hex().upper())


@given(texts, st.integers(0, 255))
def test_both_write_the_same_submits(text, reference):
    segments = segment.split(text, reference=reference)
    ours = [
        pdu.encode(Submit(Address.of(PEER), part, reference=reference, status_report=True)).hex().upper()
        for part in segments.parts
    ]
    written = other.encodeSmsSubmitPdu(PEER, text, reference=reference)

    assert [str(unit).upper() for unit in written] == ours
    assert [unit.tpduLength for unit in written] == [len(ours_part) // 2 - 1 for ours_part in ours]


@given(texts, moments)
def test_they_read_our_delivers(text, moment):
    part = segment.split(text, reference=7).parts[0]
    assume(not misread(part))

    read = theirs(Deliver(Address.of(PEER), moment, part))

    assert (read["type"], read["number"], read["text"]) == ("SMS-DELIVER", PEER, part.text)
    assert read["time"] == moment
    if part.concat:
        element = read["udh"][0]
        assert (element.reference, element.parts, element.number) == (7, part.concat.total, part.concat.sequence)


def misread(part):
    """Tell whether it is one of the texts that they lose a character of: see the faults below."""
    return part.encoding == "gsm7" and part.text.endswith("@")


@given(st.integers(0, 255), moments, moments, st.integers(0, 255))
def test_they_read_our_status_reports(reference, taken, discharged, status):
    read = theirs(StatusReport(reference, Address.of(PEER), taken, discharged, status))

    assert (read["type"], read["reference"], read["number"]) == ("SMS-STATUS-REPORT", reference, PEER)
    assert (read["time"], read["discharge"], read["status"]) == (taken, discharged, status)


@given(st.integers(1, 635040).map(lambda minutes: Relative.covering(timedelta(minutes=minutes))))
def test_they_read_our_relative_periods(period):
    read = theirs(Submit(Address.of(PEER), UserData("x"), validity=period))

    assert read["validity"] == timedelta(minutes=period.minutes)


@given(moments)
def test_they_read_our_absolute_periods(moment):
    read = theirs(Submit(Address.of(PEER), UserData("x"), validity=Absolute(moment)))

    assert read["validity"] == moment


@given(texts, st.booleans(), st.booleans())
def test_we_read_their_submits(text, report, flash):
    written = other.encodeSmsSubmitPdu(PEER, text, reference=9, requestStatusReport=report, sendFlash=flash)

    read = [pdu.decode(bytes(unit.data)).tpdu for unit in written]

    assert "".join(tpdu.user_data.text for tpdu in read) == text
    assert {tpdu.status_report for tpdu in read} == {report}
    assert {tpdu.destination.number for tpdu in read} == {PEER}
    assert {tpdu.user_data.message_class for tpdu in read} == {0 if flash else None}


# Its known faults -------------------------------------------------------------------------------------------


def test_fault_a_16_bit_reference_costs_the_first_character():
    part = UserData("Hello world", header=(udh.of_concat(Concat(0x1234, 16, 2, 1)),))
    deliver = Deliver(Address.of(PEER), MOMENT, part)

    assert theirs(deliver)["text"] == "ello world"
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.text == "Hello world"


def test_fault_the_last_at_sign_of_eight_septets_is_lost():
    deliver = Deliver(Address.of(PEER), MOMENT, UserData("1234567@"))

    assert theirs(deliver)["text"] == "1234567"
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.text == "1234567@"


def test_fault_a_section_sign_becomes_a_backtick():
    deliver = Deliver(Address.of(PEER), MOMENT, UserData("§ 7"))

    assert theirs(deliver)["text"] == "` 7"
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.text == "§ 7"


def test_fault_a_form_feed_turns_a_text_into_ucs2():
    assert other.encodeSmsSubmitPdu(PEER, "\f")[0].data[-4:].hex() == "0802000c"
    assert segment.split("\f", reference=1).encoding == "gsm7"


def test_fault_emoji_cannot_be_written():
    with pytest.raises(ValueError, match=re.escape("range(0, 256)")):
        other.encodeSmsSubmitPdu(PEER, "😀")
    assert segment.split("😀", reference=1).parts[0].encode().hex() == "04d83dde00"


def test_fault_emoji_are_read_as_two_halves():
    deliver = Deliver(Address.of(PEER), MOMENT, UserData("😀", dcs=8))

    assert len(theirs(deliver)["text"]) == 2
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.text == "😀"


def test_fault_national_languages_are_read_with_the_default_tables():
    deliver = Deliver(Address.of(PEER), MOMENT, UserData("ş", header=udh.of_languages(0, 1)))

    assert theirs(deliver)["text"] != "ş"
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.text == "ş"


def test_fault_8_bit_data_with_a_class_is_read_as_text():
    deliver = Deliver(Address.of(PEER), MOMENT, UserData(octets=b"\x25\x06\x08", dcs=0xF5))

    assert theirs(deliver)["text"] != "%\x06\x08"
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.octets == b"\x25\x06\x08"


def test_fault_a_message_with_a_bad_time_stamp_is_lost():
    deliver = Deliver(Address.of(PEER), None, UserData("Hello"))

    with pytest.raises(ValueError, match="does not match format"):
        theirs(deliver)
    assert pdu.decode(pdu.encode(deliver)).tpdu.user_data.text == "Hello"


def test_fault_service_codes_lose_their_star_and_hash():
    deliver = Deliver(Address.of("*100#"), MOMENT, UserData("Hello"))

    assert theirs(deliver)["number"] == "a100b"
    assert pdu.decode(pdu.encode(deliver)).tpdu.originator.number == "*100#"


def test_fault_a_truncated_pdu_stops_an_iterator():
    octets = pdu.encode(Deliver(Address.of(PEER), MOMENT, UserData("Hello")))[:8]

    with pytest.raises(StopIteration):
        other.decodeSmsPdu(octets.hex())
    with pytest.raises(DecodeError):
        pdu.decode(octets)


def test_fault_a_text_that_ends_early_is_taken_for_whole():
    octets = pdu.encode(Deliver(Address.of(PEER), MOMENT, UserData("Hello")))[:-2]

    assert other.decodeSmsPdu(octets.hex())["text"] == "Hel"
    assert pdu.decode(octets).tpdu.user_data == UserData("Hel", truncated=True)


def test_fault_the_length_for_the_modem_counts_the_service_centre():
    unit = other.encodeSmsSubmitPdu(PEER, "Hello", smsc="+447700900124")[0]

    assert unit.tpduLength == len(unit.data) - 1
    ours = pdu.decode(bytes(unit.data))
    assert len(ours.tpdu.encode()) == len(unit.data) - 8


def test_fault_a_period_between_two_steps_is_cut_down():
    unit = other.encodeSmsSubmitPdu(PEER, "Hello", validity=timedelta(hours=36))[0]

    assert pdu.decode(bytes(unit.data)).tpdu.validity == Relative(24 * 60)
    assert Relative.covering(timedelta(hours=36)) == Relative(48 * 60)


def test_fault_a_reference_above_255_cannot_be_written():
    with pytest.raises(ValueError, match="256"):
        other.encodeSmsSubmitPdu(PEER, "a" * 200, reference=256)
    assert segment.split("a" * 200, reference=256, reference_bits=16).parts[0].concat == Concat(256, 16, 2, 1)
