"""SMPP's PDUs: what a server may send is read or refused, never stumbled over."""

import pytest
from fakes.numbers import NUMBER, PEER
from hypothesis import given
from hypothesis import strategies as st

from clerkd.carriers.smpp import pdu
from clerkd.carriers.smpp import text as texts
from clerkd.carriers.smpp.pdu import Delivered, MalformedPdu, Pdu
from clerkd.model.inbound import Concat, ReportStatus
from clerkd.model.line import Outgoing
from clerkd.model.message import Encoding

WORDS = "id:{} sub:001 dlvrd:000 submit date:2611221200 done date:2611221201 stat:{} err:034 text:Hello"


@given(st.binary(max_size=200))
def test_any_octets_are_a_deliver_sm_or_malformed(body):
    try:
        delivered = pdu.read_deliver(body)
    except MalformedPdu:
        return
    texts.read_message(delivered)
    texts.read_receipt(delivered)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=160))
def test_any_message_has_a_text(esm_class, data_coding, message):
    text, encoding, _ = texts.read_message(Delivered(PEER, esm_class, data_coding, message))

    assert isinstance(text, str)
    assert encoding in {Encoding.GSM7, Encoding.UCS2}


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(1, 2**31 - 1), st.binary(max_size=50))
def test_what_is_encoded_is_decoded(command, status, sequence, body):
    one = Pdu(command, status, sequence, body)

    octets = one.encode()
    assert pdu.read_length(octets[:4]) == len(octets)
    assert pdu.decode(octets) == one


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_a_text_is_the_same_after_its_segments_are_read(text):
    planned = texts.plan(Outgoing(PEER, text, 7, report=True), reports=True)
    read = []
    for segment in planned.segments:
        payload = texts.read_payload(segment.payload)
        assert len(payload.message) <= 160
        delivered = Delivered(NUMBER, payload.esm_class, payload.data_coding, payload.message)
        piece, encoding, concat = texts.read_message(delivered)
        assert encoding is planned.encoding
        several = Concat(7, 8, segment.of, segment.part) if segment.of > 1 else None
        assert concat == several
        read.append(piece.encode("utf-16-be", "surrogatepass"))
    assert b"".join(read).decode("utf-16-be") == text


@pytest.mark.parametrize("length", [b"\0\0\0\0", b"\0\0\0\x0f", b"\xff\xff\xff\xff"])
def test_a_length_that_cannot_be_is_malformed(length):
    with pytest.raises(MalformedPdu):
        pdu.read_length(length)


@pytest.mark.parametrize(
    ("stat", "status"),
    [("DELIVRD", ReportStatus.DELIVERED), ("EXPIRED", ReportStatus.EXPIRED), ("UNDELIV", ReportStatus.FAILED)],
)
def test_a_receipt_is_read_from_its_text(stat, status):
    receipt = texts.read_receipt(Delivered(PEER, pdu.RECEIPT, 0, WORDS.format("0a1b", stat).encode()))

    assert receipt is not None
    assert (receipt.message_id, receipt.status) == ("0a1b", status)
    assert (receipt.reason is None) == (status is ReportStatus.DELIVERED)


def test_a_receipt_is_read_from_its_parameters_first():
    optional = {pdu.RECEIPTED_MESSAGE_ID: b"77\0", pdu.MESSAGE_STATE: b"\x02"}
    receipt = texts.read_receipt(Delivered(PEER, pdu.RECEIPT, 0, WORDS.format("4d", "UNDELIV").encode(), optional))

    assert receipt == texts.Receipted("77", ReportStatus.DELIVERED, None)


def test_an_open_fate_is_no_report():
    assert texts.read_receipt(Delivered(PEER, pdu.RECEIPT, 0, WORDS.format("1", "ENROUTE").encode())) is None
