"""The 75 vectors: PDUs, segmentations and USSD strings that at least two unrelated implementations agree on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clerkd.codec import pdu, segment, udh, ussd, validity
from clerkd.codec.tpdu import Anomaly, Deliver, StatusReport, Submit
from clerkd.model.message import Encoding

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "pdu_vectors.json").read_text())["vectors"]
TYPES = {Deliver: "deliver", Submit: "submit", StatusReport: "report"}
ENCODINGS = {Encoding.GSM7: "gsm7", Encoding.UCS2: "ucs2", Encoding.OCTETS: "8bit"}
NOT_CANONICAL = {"G11"}  # an escape that means nothing is not written again


def of_kind(kind):
    return [pytest.param(vector, id=vector["id"]) for vector in VECTORS if vector["kind"] == kind]


def told(period):
    if isinstance(period, validity.Relative):
        return period.minutes
    return period.moment.isoformat() if period else None


def seen(unit):
    """Return what a decoded PDU says, under the names that the vectors use."""
    tpdu = unit.tpdu
    facts = {"type": TYPES[type(tpdu)], "smsc": unit.smsc and unit.smsc.number, "addr": tpdu.address.number}
    if isinstance(tpdu, Deliver | StatusReport):
        facts["ts"] = tpdu.timestamp.isoformat()
    if isinstance(tpdu, Submit | StatusReport):
        facts["mr"] = tpdu.reference
    if isinstance(tpdu, Submit):
        facts["vp"] = told(tpdu.validity)
    if isinstance(tpdu, StatusReport):
        facts |= {"st": tpdu.status, "dt": tpdu.discharge_time.isoformat()}
    user_data = tpdu.user_data
    if user_data:
        facts |= {"text": user_data.text, "data": user_data.octets.hex(), "cls": user_data.message_class}
        facts["enc"] = ENCODINGS[user_data.encoding]
        if user_data.concat:
            facts |= {
                "ref": user_data.concat.reference,
                "total": user_data.concat.total,
                "seq": user_data.concat.sequence,
            }
        if user_data.ports:
            facts |= {"dport": user_data.ports.destination, "sport": user_data.ports.source}
    return facts


def test_the_vectors_are_complete():
    assert len(VECTORS) == 75
    assert len(of_kind("decode")) + len(of_kind("encode")) + len(of_kind("ussd-pack")) == 75


@pytest.mark.parametrize("vector", of_kind("decode"))
def test_a_vector_is_read_as_it_was_meant(vector):
    unit = pdu.decode(bytes.fromhex(vector["pdu"]))

    facts = seen(unit)
    expected = dict(vector["expect"])
    assert facts["addr"] in expected.pop("addr_one_of", [facts["addr"]])
    assert {name: facts.get(name) for name in expected} == expected
    assert unit.tpdu.anomalies is Anomaly.NONE
    assert not (unit.tpdu.user_data and unit.tpdu.user_data.truncated)


@pytest.mark.parametrize("vector", [param for param in of_kind("decode") if param.id not in NOT_CANONICAL])
def test_a_vector_read_and_written_again_has_the_same_octets(vector):
    octets = bytes.fromhex(vector["pdu"])

    unit = pdu.decode(octets)

    assert pdu.encode(unit.tpdu, unit.smsc).hex() == octets.hex()


@pytest.mark.parametrize("vector", of_kind("encode"))
def test_a_text_is_cut_and_written_as_the_others_do(vector):
    segments = segment.split(vector["text"], reference=0xA5)

    written = []
    for part in segments.parts:
        length, *content = part.encode()
        written.append({"tp_udl": length, "ud_after_udh": bytes(content[len(udh.encode(part.header)) :]).hex().upper()})
    assert written == vector["segments"]
    assert {part.dcs for part in segments.parts} == {int(vector["dcs"], 16)}


@pytest.mark.parametrize("vector", of_kind("ussd-pack"))
def test_a_ussd_string_is_packed_and_unpacked(vector):
    assert ussd.pack_ussd(vector["text"]).hex().upper() == vector["packed"]
    assert ussd.unpack_ussd(bytes.fromhex(vector["packed"])) == vector["text"]
