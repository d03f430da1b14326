"""Lines, modems, health, metrics, status."""

import pytest

from clerkd.api.health import Health
from clerkd.clock import epoch_ms


def metric(text, name):
    """Return {labels: value} of one metric."""
    found = {}
    for line in text.splitlines():
        if line.startswith(name) and line[len(name)] in "{ ":
            series, _, value = line.rpartition(" ")
            found[series[len(name) :]] = float(value)
    return found


async def test_lines_are_told_with_what_waits(api):
    await api.tcp.send("x" * 200)

    assert (await api.tcp.get("/v1/lines")).json == {
        "lines": [
            {
                "name": "support",
                "number": "+14155550100",
                "state": "ready",
                "signal": None,
                "operator": None,
                "queued": 2,
                "quota": None,
            }
        ]
    }


async def test_a_line_with_a_quota_says_how_it_stands(metered):
    await metered.office.quotas.add_pack("support", 20, pack_id="p1")
    await metered.tcp.send("x" * 200)
    await metered.office.radio.wait_air(2)
    [line] = (await metered.tcp.get("/v1/lines")).json["lines"]
    [detail] = (await metered.unix.get("/v1/status")).json["lines"]
    resets_at = line["quota"].pop("resets_at")

    assert line["quota"] == {"segments": 100, "used": 2, "packs": 20}
    assert epoch_ms(resets_at) > metered.office.clock.now_ms()
    assert detail["quota"] == {**line["quota"], "resets_at": resets_at}


async def test_a_modem_takes_a_command_from_an_admin(api):
    answer = await api.unix.post("/v1/modems/front-desk/at", {"command": "AT+CSQ"})

    assert (answer.status, answer.json) == (200, {"answer": ["+CSQ: 21,99", "OK"]})


async def test_a_modem_asks_ussd_for_an_admin(api):
    answer = await api.unix.post("/v1/modems/front-desk/ussd", {"code": "*100#"})

    assert (answer.status, answer.json) == (200, {"text": "you asked *100#", "wants_reply": True})


@pytest.mark.parametrize("code", ["", "balance", '*100#",15;+CFUN=0'])
async def test_what_is_no_ussd_code_is_400(api, code):
    assert (await api.unix.post("/v1/modems/front-desk/ussd", {"code": code})).status == 400


async def test_an_absent_modem_is_503(api):
    answer = await api.unix.post("/v1/modems/front-desk/at", {"command": "ATI"})

    assert (answer.status, answer.code) == (503, "temporary")


async def test_no_second_command_hides_in_a_command(api):
    for command in ("AT\rAT+CFUN=0", "AT\n", "AT\x1a", "+++", "", "ATI\x7f", "AT" + "x" * 600):
        answer = await api.unix.post("/v1/modems/front-desk/at", {"command": command})
        assert (answer.status, answer.error["details"]) == (400, {"path": "command"})

    assert api.console.seen == []


async def test_health_says_ok_while_the_loop_turns(api):
    answer = await api.tcp.as_(None).get("/healthz")

    assert (answer.status, answer.json["status"]) == (200, "ok")


async def test_a_daemon_without_slack_is_ready_and_says_that_it_is_degraded(api):
    api.health["slack"] = Health(ok=False, state="down", reason="invalid_auth: make a new token")

    answer = await api.tcp.as_(None).get("/readyz")

    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert answer.json["components"]["slack"] == {
        "ok": False,
        "state": "down",
        "reason": "invalid_auth: make a new token",
    }


async def test_a_daemon_without_its_store_is_not_ready(api):
    await api.office.store.close()

    answer = await api.tcp.as_(None).get("/readyz")

    assert (answer.status, answer.json["status"]) == (503, "unready")
    assert answer.json["components"]["store"]["state"] == "store.closed"


async def test_metrics_tell_messages_lines_parts_and_calls(api):
    await api.tcp.send("x" * 200)
    await api.tcp.get("/v1/messages/unknown")
    await api.tcp.get("/nowhere/at/all")

    answer = await api.tcp.get("/metrics")
    text = answer.octets.decode()

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert metric(text, "clerkd_build_info") == {'{version="1.2.3"}': 1}
    assert metric(text, "clerkd_messages") == {'{direction="outbound",state="accepted"}': 1}
    assert metric(text, "clerkd_line_queued_segments") == {'{line="support"}': 2}
    states = metric(text, "clerkd_line_state")
    assert states['{line="support",state="ready"}'] == 1
    assert sum(states.values()) == 1
    assert metric(text, "clerkd_component_up") == {'{component="store"}': 1, '{component="slack"}': 1}
    assert metric(text, "clerkd_test_total") == {"": 7}
    assert metric(text, "clerkd_http_requests_total") == {
        '{method="GET",route="/v1/messages/{id}",status="404"}': 1,
        '{method="GET",route="unknown",status="404"}': 1,
        '{method="POST",route="/v1/messages",status="202"}': 1,
    }


async def test_no_number_and_no_text_is_in_the_metrics(api):
    await api.tcp.send("a very private text")
    await api.tcp.get("/v1/messages?peer=%2B14155550123")

    text = (await api.tcp.get("/metrics")).octets.decode()

    assert "5550123" not in text
    assert "private" not in text


async def test_status_holds_everything_that_the_command_line_prints(api):
    await api.tcp.send("hello")
    api.office.clock.advance(90)

    status = (await api.unix.get("/v1/status")).json

    assert (status["version"], status["uptime_s"]) == ("1.2.3", 90)
    assert epoch_ms(status["started_at"]) == api.office.clock.now_ms() - 90_000
    assert status["messages"] == {"accepted": 1}
    assert status["components"]["slack"]["state"] == "connected"
    [line] = status["lines"]
    assert (line["name"], line["queued"], line["sim"], line["reason"]) == ("support", 1, "8944500000000000001", None)
