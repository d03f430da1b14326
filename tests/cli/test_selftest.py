"""`clerkd modem selftest` and `record`, as a person types them, against the virtual modem."""

import asyncio
import json
import sys

import pytest
from fakes.daemon import LINE_NUMBER, clerkd, configuration
from fakes.facts import fact

from clerkd.app.selftest import Seen, judge, tries
from clerkd.at.transcript import parse
from clerkd.clock import SystemClock
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.network import Network


@pytest.fixture
async def daemon(launch, modem):
    child = await launch(configuration(modem.link))
    await child.says("modem.ready")
    return child


async def verb(child, *arguments):
    return await clerkd("modem", *arguments, "--config", child.config, "--state-dir", child.state_dir)


def verdicts(out):
    return {one["point"]: one["good"] for one in json.loads(out)["points"]}


async def test_a_sound_modem_passes_and_its_page_shows_what_it_did(daemon, tmp_path):
    page = tmp_path / "page.md"

    status, out, err = await verb(daemon, "selftest", "front", "--yes", "--write", page)

    said = f"This sends 4 texts from support ({LINE_NUMBER}) to support ({LINE_NUMBER}).\n{page} is written\n"
    assert (status, err) == (0, said)
    assert "bad" not in out
    written = page.read_text()
    assert written.startswith("# clerkd ")
    assert "| TP-MR | good |" in written
    assert "| delivery report | good | 4 of 4 segments |" in written
    assert LINE_NUMBER not in written


async def test_what_a_modem_does_wrong_is_a_bad_point_and_the_status_1(daemon, modem):
    modem.faults.apply("lost_result", "next:1")
    modem.faults.apply("noise_lines", "^RSSI: 17")
    modem.faults.apply("noise", "1")

    status, out, err = await verb(daemon, "selftest", "front", "--yes", "--json", "--texts", "1", "--within", "3")

    points = verdicts(out)
    assert status == 1
    assert "bad: one text" in err
    assert (points["one text"], points["result"], points["noise"]) == (False, False, None)
    _, listed, _ = await clerkd("messages", "--json", "--state-dir", daemon.state_dir)
    assert [one["attempts"] for m in json.loads(listed)["messages"] for one in m["segments"] if one["attempts"]] == [1]


async def test_a_sibling_gets_the_texts(launch, tmp_path):
    network, sibling = Network(SystemClock()), "+14155550101"
    own, other = (VirtualModem(tmp_path / n, network, number) for n, number in (("a", LINE_NUMBER), ("b", sibling)))
    async with own, other:
        config = configuration(own.link).replace("modems: {", f"modems: {{spare: {{port: {other.link}}}, ")
        child = await launch(config.replace("lines: {", f"lines: {{sales: {{number: '{sibling}', modem: spare}}, "))
        await child.says("daemon.ready")

        status, out, err = await verb(
            child, "selftest", "front", "--yes", "--json", "--texts", "1", "--to-line", "sales"
        )

        assert (status, err) == (0, f"This sends 1 text from support ({LINE_NUMBER}) to sales ({sibling}).\n")
        assert verdicts(out)["one text"] is True
    network.close()


async def test_it_asks_before_it_spends_and_spends_nothing_on_a_no(daemon):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clerkd", "modem", "selftest", "front", "--config", str(daemon.config),
        "--state-dir", str(daemon.state_dir), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        await process.communicate(b"n\n")

    _, out, _ = await clerkd("messages", "--json", "--state-dir", daemon.state_dir)
    assert process.returncode == 1
    assert json.loads(out)["messages"] == []


async def test_without_a_daemon_one_is_started_for_the_test_and_ends_with_it(daemon):
    await daemon.stop()

    status, out, err = await verb(daemon, "selftest", "front", "--yes", "--json", "--texts", "1")

    assert status == 0
    assert "No daemon runs" in err
    assert verdicts(out)["one text"] is True
    status, _, _ = await clerkd("status", "--state-dir", daemon.state_dir)
    assert status == 1


async def test_a_recording_is_a_transcript_without_anything_private(daemon, tmp_path):
    out = tmp_path / "front.at"
    recording = asyncio.create_task(verb(daemon, "record", "front", "--for", "4", "--out", out))
    await fact(lambda: "api.record" in {event["event"] for event in daemon.events()}, 20)
    await clerkd("send", LINE_NUMBER, "the code is 4711", "--state-dir", daemon.state_dir)

    status, _, err = await recording
    assert (status, err) == (0, "")
    assert any(entry.octets.startswith(b"AT+CMGS=") for entry in parse(out.read_text()))
    assert LINE_NUMBER[1:] not in out.read_text()


async def test_a_modem_that_is_recorded_already_says_so(daemon, tmp_path):
    first = asyncio.create_task(verb(daemon, "record", "front", "--for", "8"))
    await fact(lambda: "api.record" in {event["event"] for event in daemon.events()}, 20)

    status, _, err = await verb(daemon, "record", "front", "--for", "1")

    assert (status, err.count("\n")) == (1, 1)
    assert "being recorded already" in err
    assert (await first)[0] == 0


def test_it_never_plans_more_texts_than_it_may_spend():
    for most in range(1, 5):
        assert sum(one.segments for one in tries("abc", most)) <= most


def test_references_that_jump_and_reports_that_are_missing_are_bad():
    sent = [{"state": "submitted", "segments": [{"state": "submitted", "report": None}]}]
    submitted = [{"result_s": 1.0, "reference": 255}, {"result_s": 1.0, "reference": 0}]
    line = {"state": "ready"}

    def points(submitted):
        seen = Seen(line, {}, tries("abc", 1), sent, {}, submitted, [], None)
        return {one.point: one.good for one in judge(seen)}

    assert points(submitted)["TP-MR"] is True
    assert points(submitted)["delivery report"] is False
    assert points([*submitted, {"result_s": 1.0, "reference": 2}])["TP-MR"] is False
