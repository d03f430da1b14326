"""Any value that can be written is read back; any octets at all are a value or a DecodeError."""

import json
import random
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clerkd.codec import dcs, gsm7, national, pdu, udh, validity
from clerkd.codec.address import Address
from clerkd.codec.errors import DecodeError, EncodeError
from clerkd.codec.tpdu import Anomaly, Deliver, StatusReport, Submit
from clerkd.codec.udh import Element
from clerkd.codec.userdata import UserData
from clerkd.model.inbound import Concat
from clerkd.model.message import Encoding

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "pdu_vectors.json").read_text())["vectors"]
PDUS = [bytes.fromhex(vector["pdu"]) for vector in VECTORS if vector["kind"] == "decode"]

quarters = st.integers(-79, 79).map(lambda count: timezone(count * timedelta(minutes=15)))
FIRST, LAST = datetime(1990, 1, 1), datetime(2089, 12, 31)  # noqa: DTZ001  bounds are naive in Hypothesis
moments = st.datetimes(FIRST, LAST, timezones=quarters).map(lambda moment: moment.replace(microsecond=0))
numbers = st.from_regex(r"\+[0-9]{1,20}|[0-9*#]{1,20}", fullmatch=True)
names = st.text("ABCDEF abcdef0123&_", min_size=1, max_size=11)
addresses = st.one_of(numbers, names).map(Address.of)
octet = st.integers(0, 255)
concats = st.builds(
    lambda reference, bits, total, sequence: udh.of_concat(
        Concat(reference & (1 << bits) - 1, bits, max(total, sequence), min(total, sequence))
    ),
    st.integers(0, 65535),
    st.sampled_from([8, 16]),
    st.integers(1, 255),
    st.integers(1, 255),
)
unknown = st.builds(Element, st.integers(0x70, 0x7F), st.binary(max_size=6))
headers = st.lists(st.one_of(concats, unknown), max_size=2).map(tuple)


@st.composite
def user_data(draw):
    """Draw what one segment can carry, in any coding and any language."""
    coding = draw(st.sampled_from(dcs.CODINGS))
    header = draw(headers)
    if coding.encoding is Encoding.OCTETS:
        return UserData(octets=draw(st.binary(max_size=100)), header=header, dcs=coding.octet)
    if coding.encoding is Encoding.UCS2:
        return UserData(draw(st.text(st.characters(), max_size=25)), header=header, dcs=coding.octet)
    locking, single = draw(st.sampled_from([0, *national.LOCKING])), draw(st.sampled_from([0, *national.SINGLE]))
    tables = gsm7.tables(locking, single)
    cells = national.LOCKING.get(locking, gsm7.DEFAULT_LOCKING) + "".join(
        national.SINGLE.get(single, gsm7.DEFAULT_SINGLE).values()
    )
    alphabet = sorted({cell for cell in cells if cell in tables})
    header += udh.of_languages(locking, single)
    return UserData(draw(st.text(alphabet, max_size=50)), header=header, dcs=coding.octet)


whole_user_data = user_data().filter(
    lambda content: content.text == content.text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
delivers = st.builds(
    Deliver, addresses, moments, whole_user_data, octet, st.booleans(), st.booleans(), st.booleans(), st.booleans()
)
periods = st.one_of(
    st.none(),
    st.integers(1, 700000).map(lambda minutes: validity.Relative.covering(timedelta(minutes=minutes))),
    moments.map(validity.Absolute),
    st.binary(min_size=7, max_size=7).map(validity.Enhanced),
)
submits = st.builds(
    Submit, addresses, whole_user_data, octet, octet, periods, st.booleans(), st.booleans(), st.booleans()
)
reports = st.builds(
    StatusReport,
    octet,
    addresses,
    moments,
    moments,
    octet,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.none() | octet,
    st.none() | whole_user_data,
)
tpdus = st.one_of(delivers, submits, reports)


@given(tpdus, st.none() | numbers.map(Address.of))
def test_any_tpdu_survives(tpdu, smsc):
    try:
        written = pdu.encode(tpdu, smsc)
    except EncodeError as error:
        assert error.field in {"TP-UD", "TP-UDHL"}  # noqa: PT017
        return
    assert pdu.decode(written) == pdu.Pdu(smsc, tpdu)


@given(tpdus, st.data())
def test_a_pdu_cut_anywhere_is_refused_or_flagged(tpdu, data):
    with suppress(EncodeError):
        written = pdu.encode(tpdu)
        cut = data.draw(st.integers(0, len(written) - 1))
        try:
            read = pdu.decode(written[:cut]).tpdu
        except DecodeError as error:
            assert 0 <= error.octet <= cut  # noqa: PT017
            return
        if isinstance(read, StatusReport):  # what follows TP-ST may be left out
            assert read.anomalies & Anomaly.PARAMETERS or read.user_data is None or read.user_data.truncated
        else:
            assert read.user_data.truncated


@given(tpdus, st.binary(min_size=1, max_size=20))
def test_octets_behind_the_end_are_flagged_and_change_nothing(tpdu, trailing):
    assume(not isinstance(tpdu, StatusReport) or tpdu.user_data)
    try:
        written = pdu.encode(tpdu)
    except EncodeError:
        assume(False)

    read = pdu.decode(written + trailing).tpdu

    assert read == replace(tpdu, anomalies=Anomaly.TRAILING_OCTETS)


def read_and_written_again(octets):
    """Read any octets; where they are a value, what is written of it reads as the same value."""
    try:
        unit = pdu.decode(octets)
    except DecodeError as error:
        assert error.field  # noqa: PT017
        assert error.reason  # noqa: PT017
        assert 0 <= error.octet <= len(octets)  # noqa: PT017
        return
    try:
        written = pdu.encode(unit.tpdu, unit.smsc)
    except EncodeError:  # longer than may be sent, or an address that may not
        return
    if unit.tpdu.address.is_name and unit.tpdu.address.number.endswith("@"):
        return  # cannot be told from padding
    assert pdu.decode(written) == pdu.Pdu(unit.smsc, canonical(unit.tpdu))


def canonical(tpdu):
    """Return a decoded TPDU as it is after writing: without what was wrong with its octets."""
    user_data = tpdu.user_data and replace(tpdu.user_data, truncated=False, header_ignored=False)
    lasting = tpdu.anomalies & (Anomaly.TIMESTAMP | Anomaly.DISCHARGE_TIME)
    return replace(tpdu, user_data=user_data, anomalies=lasting)


@settings(max_examples=500)
@given(st.binary(max_size=200))
def test_any_octets_are_a_value_or_a_decode_error(octets):
    read_and_written_again(octets)


@settings(max_examples=500)
@given(st.sampled_from(PDUS), st.data())
def test_a_damaged_pdu_is_a_value_or_a_decode_error(octets, data):
    damaged = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(octet)

    read_and_written_again(bytes(damaged))


@pytest.mark.parametrize("octets", PDUS[::4], ids=lambda octets: octets.hex()[:40])
def test_every_single_octet_of_a_vector_may_have_any_value(octets):
    for position in range(min(len(octets), 40)):
        for value in range(0, 256, 3):
            read_and_written_again(octets[:position] + bytes((value,)) + octets[position + 1 :])


def test_every_truncation_of_every_vector_is_refused_or_flagged():
    for octets in PDUS:
        for length in range(len(octets)):
            try:
                tpdu = pdu.decode(octets[:length]).tpdu
            except DecodeError:
                continue
            if isinstance(tpdu, StatusReport):
                assert tpdu.user_data is None or tpdu.user_data.truncated
            else:
                assert tpdu.user_data.truncated


def test_ten_thousand_random_pdus_raise_nothing_else():
    source = random.Random(7)
    for _ in range(10_000):
        read_and_written_again(b"\0" + source.randbytes(source.randint(0, 60)))
