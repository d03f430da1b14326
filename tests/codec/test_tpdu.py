"""What the round trips cannot show: leniency towards what networks send, strictness towards ourselves."""

import pickle
from datetime import UTC, datetime

import pytest

from clerkd.codec import pdu, udh
from clerkd.codec.address import Address
from clerkd.codec.errors import DecodeError, EncodeError
from clerkd.codec.tpdu import Anomaly, Deliver, StatusReport, Submit
from clerkd.codec.udh import Element
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Relative
from clerkd.model.message import Encoding

PEER = Address.of("+14155550100")
MOMENT = datetime(2024, 3, 9, 14, 5, 7, tzinfo=UTC)
START = "00040b914151550501f0"  # no SMSC, Deliver, +14155550100
TIME = "42309041507000"


def deliver(tail, first="04"):
    return pdu.decode(bytes.fromhex(f"00{first}{START[4:]}{tail}")).tpdu


def test_the_length_for_the_modem_leaves_the_service_centre_out():
    submit = Submit(PEER, UserData("Hello"))

    assert len(submit.encode()) == 18
    assert pdu.encode(submit) == b"\0" + submit.encode()
    assert pdu.encode(submit, Address.of("+14155550101")) == bytes.fromhex("07914151550501f1") + submit.encode()


def test_a_deliver_with_a_bad_time_stamp_is_still_a_message():
    read = deliver("0000" + "00" * 7 + "05c8329bfd06")

    assert (read.timestamp, read.user_data.text, read.anomalies) == (None, "Hello", Anomaly.TIMESTAMP)


def test_the_reserved_message_type_is_read_as_a_deliver():
    read = deliver(f"0000{TIME}05c8329bfd06", first="07")

    assert isinstance(read, Deliver)
    assert read.anomalies == Anomaly.RESERVED_TYPE
    assert read.user_data.text == "Hello"


def test_fewer_octets_than_announced_are_read_as_far_as_they_go():
    read = deliver(f"0000{TIME}a0c8329bfd06")

    assert (read.user_data.text, read.user_data.truncated) == ("Hello", True)


def test_fewer_septets_than_the_octets_hold_are_kept_apart_from_spare_bits():
    assert deliver(f"0000{TIME}0731d98c56b3dd00").user_data.text == "1234567"
    assert deliver(f"0000{TIME}0831d98c56b3dd00").user_data.text == "1234567@"


def test_half_a_unit_of_ucs2_is_dropped_and_flagged():
    read = deliver(f"0008{TIME}03044f04")

    assert (read.user_data.text, read.user_data.truncated) == ("я", True)


def test_a_lone_surrogate_stays_in_the_text():
    read = deliver(f"0008{TIME}040061d83d")

    assert read.user_data.text == "a\ud83d"
    assert pdu.decode(pdu.encode(read)).tpdu == read


def test_a_reserved_coding_is_kept_as_octets():
    read = deliver(f"000c{TIME}03010203")

    assert (read.user_data.encoding, read.user_data.octets) == (Encoding.OCTETS, b"\x01\x02\x03")
    assert read.user_data.coding.reserved


def test_an_unknown_language_is_read_with_the_default_tables():
    read = deliver(f"0000{TIME}0a03240163c8329bfd06", first="44")

    assert read.user_data.header == (Element(0x24, b"\x63"),)
    assert len(read.user_data.text) == 5


def test_a_header_that_does_not_add_up_is_ignored_and_the_text_is_read():
    whole = deliver(f"0000{TIME}0e0370010130a7d96c90384d9f03", first="44")
    broken = deliver(f"0000{TIME}0e0370090130a7d96c90384d9f03", first="44")

    assert whole.user_data.text == broken.user_data.text == "fill bits"
    assert not whole.user_data.header_ignored
    assert broken.user_data.header_ignored
    assert broken.user_data.header == ()


@pytest.mark.parametrize("tail", ["0409000102", "0105", "0406050003"])
def test_a_header_longer_than_the_user_data_is_refused(tail):
    with pytest.raises(DecodeError) as caught:
        deliver(f"0004{TIME}{tail}".ljust(64, "0"), first="44")

    assert (caught.value.field, caught.value.octet) == ("TP-UDHL", 20)


def test_a_header_that_takes_more_septets_than_there_are_is_refused():
    with pytest.raises(DecodeError) as caught:
        deliver(f"0000{TIME}06050003a50201", first="44")

    assert (caught.value.field, caught.value.octet) == ("TP-UDL", 19)


@pytest.mark.parametrize("tail", ["8c", "8c0500", "8c050003a502", "8c050003a50201"])
def test_a_header_cut_by_the_end_of_the_octets_is_flagged(tail):
    read = deliver(f"0008{TIME}{tail}", first="44")

    assert read.user_data.truncated
    assert read.user_data.text == ""
    assert (read.user_data.concat is not None) is (tail == "8c050003a50201")


def test_an_empty_user_data_needs_no_header():
    read = deliver(f"0000{TIME}00", first="44")

    assert read.user_data == UserData("")


def test_flags_of_the_first_octet_are_read():
    read = deliver(f"0000{TIME}00", first="a8")

    assert (read.more_messages, read.loop_prevention, read.status_report, read.reply_path) == (True, True, True, True)


def test_a_submit_with_a_bad_absolute_period_is_flagged():
    read = pdu.decode(bytes.fromhex("0019000b914151550501f00000" + "00" * 7 + "05c8329bfd06")).tpdu

    assert (read.validity, read.anomalies, read.user_data.text) == (None, Anomaly.VALIDITY, "Hello")


REPORT = "00062a0b914151550501f0" + TIME + TIME


@pytest.mark.parametrize(
    ("tail", "anomalies"),
    [
        ("00", Anomaly.NONE),
        ("0000", Anomaly.NONE),
        ("0007", Anomaly.PARAMETERS),
        ("000700", Anomaly.PARAMETERS),
        ("00070000", Anomaly.PARAMETERS),
        ("0007000000", Anomaly.NONE),
        ("0000aa", Anomaly.TRAILING_OCTETS),
        ("008000", Anomaly.NONE),
        ("0080", Anomaly.NONE),
    ],
)
def test_a_report_is_read_with_any_optional_fields(tail, anomalies):
    read = pdu.decode(bytes.fromhex(REPORT + tail)).tpdu

    assert isinstance(read, StatusReport)
    assert (read.reference, read.recipient, read.status, read.anomalies) == (42, PEER, 0, anomalies)


def test_a_report_with_bad_times_is_still_a_report():
    read = pdu.decode(bytes.fromhex("00062a0b914151550501f0" + "00" * 14 + "46")).tpdu

    assert (read.timestamp, read.discharge_time, read.status) == (None, None, 0x46)
    assert read.anomalies == Anomaly.TIMESTAMP | Anomaly.DISCHARGE_TIME
    assert pdu.decode(pdu.encode(read)).tpdu == read


@pytest.mark.parametrize(
    ("digits", "field", "octet"),
    [
        ("", "SMSC", 0),
        ("07", "SMSC", 1),
        ("0791", "SMSC", 2),
        ("00", "TP-MTI", 1),
        ("0004", "TP-OA", 2),
        (START, "TP-PID", 10),
        (START + "00", "TP-DCS", 11),
        (START + "0000", "TP-SCTS", 12),
        (START + "0000" + TIME, "TP-UDL", 19),
        ("0001", "TP-MR", 2),
        ("000100", "TP-DA", 3),
        ("0011000b914151550501f00000", "TP-VP", 13),
        ("0002", "TP-MR", 2),
        (REPORT, "TP-ST", 25),
        (REPORT[:-2], "TP-DT", 18),
    ],
)
def test_a_pdu_that_ends_early_is_refused_where_it_ends(digits, field, octet):
    with pytest.raises(DecodeError) as caught:
        pdu.decode(bytes.fromhex(digits))

    assert (caught.value.field, caught.value.octet) == (field, octet)
    assert str(caught.value).startswith(f"{field} at octet {octet}: ")
    assert caught.value.code == "pdu.unreadable"


@pytest.mark.parametrize(
    "tpdu",
    [
        Submit(PEER, UserData("a" * 161)),
        Submit(PEER, UserData("я" * 71, dcs=8)),
        Submit(PEER, UserData(octets=bytes(141), dcs=4)),
        Submit(PEER, UserData("ş")),
        Submit(PEER, UserData("text", dcs=4)),
        Submit(PEER, UserData(octets=b"\x01")),
        Submit(PEER, UserData("a", dcs=256)),
        Submit(PEER, UserData("a"), reference=256),
        Submit(PEER, UserData("a"), protocol=-1),
        Submit(PEER, UserData("a"), validity=Relative(7)),
        Submit(PEER, UserData("a" * 155, header=(Element(0, b"\x01\x02\x01"),))),
        Deliver(PEER, MOMENT.replace(tzinfo=None), UserData("a")),
        Deliver(PEER, MOMENT, UserData("a"), protocol=256),
        StatusReport(1, PEER, MOMENT, MOMENT, 256),
        StatusReport(-1, PEER, MOMENT, MOMENT, 0),
        StatusReport(1, PEER, MOMENT, MOMENT, 0, protocol=256),
    ],
)
def test_what_cannot_be_sent_is_not_written(tpdu):
    with pytest.raises(EncodeError) as caught:
        pdu.encode(tpdu)

    assert caught.value.code == "pdu.unencodable"
    assert caught.value.field
    assert str(caught.value).startswith(f"{caught.value.field}: ")


def test_the_most_that_fits_is_written():
    header = (Element(udh.CONCAT_8, b"\x01\x02\x01"),)
    for content in (
        UserData("a" * 160),
        UserData("a" * 153, header=header),
        UserData("я" * 70, dcs=8),
        UserData("я" * 67, header=header, dcs=8),
        UserData(octets=bytes(140), dcs=4),
    ):
        assert len(content.encode()) == 1 + 140


def test_every_tpdu_names_the_other_party():
    for tpdu in (
        Deliver(PEER, MOMENT, UserData()),
        Submit(PEER, UserData()),
        StatusReport(1, PEER, MOMENT, MOMENT, 0),
    ):
        assert tpdu.address == PEER


@pytest.mark.parametrize("error", [DecodeError("TP-UDL", 19, "reason"), EncodeError("TP-UD", "reason")])
def test_errors_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))

    assert (str(again), again.details) == (str(error), error.details)
