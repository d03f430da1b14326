"""`clerkd pdu decode` and `clerkd pdu encode` as people and scripts call them."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from clerkd.cli import main
from clerkd.cli.pdu import pdu as group
from clerkd.codec import pdu, udh
from clerkd.codec.address import Address
from clerkd.codec.tpdu import Deliver, StatusReport, Submit
from clerkd.codec.userdata import UserData
from clerkd.codec.validity import Absolute, Enhanced, Relative
from clerkd.model.inbound import Concat

PEER = Address.of("+14155550100")
SMSC = Address.of("+14155550101")
MOMENT = datetime(2024, 3, 9, 14, 5, 7, tzinfo=UTC)


def invoke(*arguments, text=None):
    return CliRunner().invoke(main, ["pdu", *arguments], input=text)


def decoded(tpdu, smsc=None):
    outcome = invoke("decode", pdu.encode(tpdu, smsc).hex())
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def test_a_deliver_is_printed_with_all_its_facts():
    assert decoded(Deliver(PEER, MOMENT, UserData("Hello €")), SMSC) == {
        "type": "deliver",
        "smsc": "+14155550101",
        "address": "+14155550100",
        "timestamp": "2024-03-09T14:05:07+00:00",
        "class": None,
        "encoding": "gsm7",
        "text": "Hello €",
    }


def test_a_part_tells_its_place_and_its_ports():
    header = (udh.of_concat(Concat(0x1234, 16, 3, 2)), udh.of_ports(udh.Ports(2948, 9200)))

    facts = decoded(Deliver(PEER, None, UserData(octets=b"\x01\xab", header=header, dcs=0xF5)))

    assert facts["timestamp"] is None
    assert (facts["class"], facts["encoding"], facts["octets"]) == (1, "octets", "01ab")
    assert "text" not in facts
    place = [facts[key] for key in ("reference", "total", "sequence", "reference_bits")]
    assert place == [0x1234, 3, 2, 16]
    assert (facts["destination_port"], facts["source_port"]) == (2948, 9200)


def test_a_report_tells_what_became_of_what():
    facts = decoded(StatusReport(42, PEER, MOMENT, MOMENT, 0x46))

    assert facts == {
        "type": "report",
        "smsc": None,
        "address": "+14155550100",
        "timestamp": "2024-03-09T14:05:07+00:00",
        "class": None,
        "encoding": None,
        "text": None,
        "message_reference": 42,
        "status": 0x46,
        "outcome": "expired",
        "discharge_time": "2024-03-09T14:05:07+00:00",
    }
    assert decoded(StatusReport(42, PEER, None, None, 0))["discharge_time"] is None


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (Relative(720), 720),
        (Absolute(MOMENT), "2024-03-09T14:05:07+00:00"),
        (Enhanced.seconds(30), 0.5),
        (Enhanced.seconds(120), 2),
    ],
)
def test_a_submit_tells_its_validity(period, told):
    facts = decoded(Submit(PEER, UserData("x"), reference=9, validity=period))

    assert (facts["type"], facts["message_reference"], facts["validity"]) == ("submit", 9, told)


@pytest.mark.parametrize("period", [None, Enhanced(bytes(7))])
def test_a_submit_without_a_validity_tells_none(period):
    assert "validity" not in decoded(Submit(PEER, UserData("x"), validity=period))


def test_a_lone_surrogate_is_printed_as_a_replacement():
    assert decoded(Deliver(PEER, MOMENT, UserData("a\ud83d", dcs=8)))["text"] == "a\ufffd"


def test_missing_octets_are_told():
    octets = pdu.encode(Deliver(PEER, MOMENT, UserData("Hello")))[:-2]

    facts = json.loads(invoke("decode", octets.hex()).stdout)

    assert (facts["text"], facts["truncated"]) == ("Hel", True)


def test_standard_input_is_read_a_pdu_a_line():
    good = pdu.encode(Deliver(PEER, MOMENT, UserData("Hello"))).hex()

    outcome = invoke("decode", text=f"{good}\n\n  07 \nno pdu\n{good[:-1]}\n{good.upper()}\r\n")

    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [line.get("text") for line in lines] == ["Hello", None, None, None, "Hello"]
    assert lines[1]["error"] == {
        "code": "pdu.unreadable",
        "field": "SMSC",
        "octet": 1,
        "reason": "the octets end here",
    }
    assert lines[2]["error"]["reason"] == "'n' is no hexadecimal digit"
    assert lines[3]["error"]["reason"] == "half an octet at the end"
    assert outcome.exit_code == 1
    assert outcome.stderr == "clerkd: 3 of 5 PDUs cannot be read; the output says where and why\n"


def test_input_that_is_no_text_at_all_is_an_unreadable_pdu():
    outcome = invoke("decode", text=b"\xff\xfe\n")

    assert json.loads(outcome.stdout)["error"]["field"] == "hexadecimal"
    assert outcome.exit_code == 1


def test_no_input_is_no_error():
    outcome = invoke("decode", text="")

    assert (outcome.exit_code, outcome.output) == (0, "")


def test_a_terminal_that_is_not_utf_8_gets_the_same_facts():
    octets = pdu.encode(Deliver(PEER, MOMENT, UserData("Привет", dcs=8)))

    outcome = CliRunner(charset="latin-1").invoke(main, ["pdu", "decode", octets.hex()])

    assert outcome.stdout.isascii()
    assert json.loads(outcome.stdout)["text"] == "Привет"


def encoded(*arguments):
    outcome = invoke("encode", "--to", "+14155550100", *arguments)
    assert outcome.exit_code == 0, outcome.output
    told = json.loads(outcome.stdout)
    return told, [pdu.decode(bytes.fromhex(segment["pdu"])) for segment in told["segments"]]


def test_a_text_is_encoded_for_the_modem():
    told, _ = encoded("--text", "Hello")

    assert told == {
        "encoding": "gsm7",
        "segments": [{"length": 18, "pdu": "0001000B914151550501F0000005C8329BFD06"}],
    }


def test_the_length_leaves_the_service_centre_out():
    told, [unit] = encoded("--text", "Hello", "--smsc", "+14155550101")

    assert told["segments"][0]["length"] == len(unit.tpdu.encode()) == 18
    assert unit.smsc == SMSC


def test_everything_that_can_be_asked_for_is_in_the_pdus():
    told, units = encoded(
        *("--text", "я" * 100, "--status-report", "--class", "0", "--validity", "700"),
        *("--reference", "4660", "--reference-bits", "16"),
    )

    assert told["encoding"] == "ucs2"
    assert [unit.tpdu.user_data.concat for unit in units] == [Concat(4660, 16, 2, 1), Concat(4660, 16, 2, 2)]
    for unit in units:
        assert unit.tpdu.status_report
        assert unit.tpdu.user_data.message_class == 0
        assert unit.tpdu.validity == Relative(700)


def test_a_language_may_be_allowed():
    told, [unit] = encoded("--text", "ş" * 75, "--language", "turkish")

    assert told["encoding"] == "gsm7"
    assert unit.tpdu.user_data.text == "ş" * 75


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--to", "not a number", "--text", "x"], "more than 11 septets"),
        (["--to", "", "--text", "x"], "is empty"),
        (["--to", "Clerkd", "--text", "x"], "is no number"),
        (["--to", "12345", "--text", "x", "--reference", "300"], "300 is not within 0..255"),
        (["--to", "12345", "--text", "я" * 20000], "segments, more than 255"),
        (["--to", "12345", "--text", "x", "--smsc", "Clerkd"], "not made of digits"),
    ],
)
def test_what_cannot_be_encoded_ends_in_one_line_and_status_1(arguments, reason):
    outcome = invoke("encode", *arguments)

    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert reason in outcome.stderr
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["--to", "12345"], ["--to", "1", "--text", "x", "--class", "4"], ["--text", "x"]]
)
def test_wrong_usage_is_status_2(arguments):
    assert invoke("encode", *arguments).exit_code == 2


@pytest.mark.parametrize("verb", [[], ["decode"], ["encode"]])
def test_help_has_an_example_that_works(verb):
    shown = CliRunner().invoke(group, [*verb, "--help"], terminal_width=200, max_content_width=200)

    example = next(line for line in shown.output.splitlines() if "Example:" in line)
    assert "clerkd pdu" in example


def test_the_example_of_decode_works():
    shown = invoke("decode", "--help")
    digits = shown.output.split("clerkd pdu decode")[-1].split()[0]

    assert json.loads(invoke("decode", digits, "--json").stdout)["text"] == "Hello"


def test_the_program_itself_reads_a_pdu():
    octets = pdu.encode(Deliver(PEER, MOMENT, UserData("Hello 😀", dcs=8)))

    ended = subprocess.run(
        [sys.executable, "-m", "clerkd", "pdu", "decode"],
        input=octets.hex().encode(),
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads(ended.stdout)["text"] == "Hello 😀"
