from __future__ import annotations

import io
import json
import logging
import os
import warnings

import pytest
import structlog

from clerkd.app.log import configure, redact


@pytest.fixture(autouse=True)
def _unconfigured():
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_events_are_json_lines_where_nobody_watches():
    out = io.StringIO()
    configure("info", "auto", out)

    structlog.get_logger().warning("modem.lost", modem="front-desk", after_s=4)

    (event,) = lines(out)
    assert list(event) == ["timestamp", "level", "event", "modem", "after_s"]
    assert event["timestamp"].endswith("Z")
    assert (event["event"], event["level"], event["after_s"]) == ("modem.lost", "warning", 4)


def test_events_are_coloured_on_a_terminal():
    out = Terminal()
    configure("info", "auto", out)

    structlog.get_logger().info("modem.ready", modem="front-desk")

    assert "\x1b[" in out.getvalue()
    assert "front-desk" in out.getvalue()


def test_what_is_below_the_level_is_not_said():
    out = io.StringIO()
    configure("warning", "json", out)

    structlog.get_logger().info("modem.ready")

    assert out.getvalue() == ""


SECRETS = [
    "xoxb-123-456-AbC",
    "xoxp-1-2-3",
    "xoxe.xoxb-1-AbC",
    "xapp-1-A0-1-abcdef",
    "clk_AbCd_efg-hijklmnop",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_token_is_ever_logged(secret):
    out = io.StringIO()
    configure("debug", "json", out)
    log = structlog.get_logger()

    log.info(
        "slack.connected",
        url=f"wss://host/?token={secret}",
        nested={"headers": [("Authorization", f"Bearer {secret}")]},
    )
    log.error("slack.lost", exc_info=ValueError(secret))
    logging.getLogger("aiohttp.client").warning("request failed with %s", secret)

    assert len(lines(out)) == 3
    assert secret not in out.getvalue()
    assert secret[-6:] not in out.getvalue()


def test_no_pin_is_ever_logged():
    assert "1234" not in redact('at.sent command=AT+CPIN="1234"')
    assert "5678" not in redact(json.dumps({"command": 'AT+CPIN="12345678","5678"'}))
    assert redact("AT+CPIN?") == "AT+CPIN?"


def test_ordinary_words_stay_as_they_are():
    text = "xapple xox-ray clk tock box-office 14155550100"
    assert redact(text) == text


def test_libraries_and_warnings_speak_in_the_same_form():
    out = io.StringIO()
    configure("info", "json", out)

    logging.getLogger("aiohttp.server").error("odd request")
    logging.getLogger("aiohttp.access").info("GET /")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)

    first, second = lines(out)
    assert (first["event"], first["library"], first["said"]) == ("library.says", "aiohttp.server", "odd request")
    assert "old thing" in second["said"]


def test_the_journal_is_told_the_priority(tmp_path, monkeypatch):
    with (tmp_path / "journal").open("w+") as out:
        found = os.fstat(out.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        configure("info", "auto", out)

        structlog.get_logger().warning("modem.lost")
        structlog.get_logger().error("task.died")

        out.seek(0)
        first, second = out.read().splitlines()
    assert first.startswith("<4>{")
    assert second.startswith("<3>{")


def test_a_log_that_nobody_reads_stops_nothing():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as out:
        configure("info", "json", out)
        structlog.get_logger().info("daemon.ready")
        os.close(reader)
        structlog.get_logger().info("daemon.stopping")
