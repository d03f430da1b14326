"""One modem hangs under the real daemon: the other line does not notice, and what was queued goes once."""

import asyncio
import json
import re
import sys

import pytest
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.simulate.modem import VirtualModem

ANN = "+447700900123"
SECOND = "+14155550101"


def two_lines(directory):
    return {
        "modems": {"front-desk": {"port": str(directory / "modem")}, "back-desk": {"port": str(directory / "modem2")}},
        "lines": {
            name: {"number": number, "modem": modem, "channel": f"#{CHANNEL}", "countries": ["US", "GB"]}
            for name, number, modem in (("support", LINE_NUMBER, "front-desk"), ("sales", SECOND, "back-desk"))
        },
    }


async def state(w, line):
    return {one["name"]: one for one in (await w.daemon.get("/v1/status"))["lines"]}[line]


async def info(w, name):
    """Return what `clerkd modem info` prints as JSON."""
    told = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clerkd", "modem", "info", name, "--json",
        "--config", str(w.daemon.config), "--state-dir", str(w.daemon.state_dir),
        stdout=asyncio.subprocess.PIPE, env=w.daemon.environment(),
    )  # fmt: skip
    said, _ = await told.communicate()
    return json.loads(said)


def metric(text, name, **labels):
    """Return a sample of /metrics, 0 if there is none."""
    wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
    found = re.search(rf"(?m)^{name}{{{re.escape(wanted)}}} (\S+)$", text)
    return float(found[1]) if found else 0.0


@pytest.mark.timeout(120)
async def test_a_modem_that_hangs_is_recovered_while_the_other_line_goes_on(tmp_path):
    async with (
        world(tmp_path, start=False, settings=two_lines(tmp_path)) as w,
        VirtualModem(
            tmp_path / "modem2", w.network, SECOND,
            imei="490154203237526", iccid="8900101000000000012", imsi="001010123456780",
        ),
    ):  # fmt: skip
        await w.daemon.start()
        await w.daemon.ready()
        await w.line_becomes("ready", "support")
        await w.line_becomes("ready", "sales")

        w.modem.hang(None)
        asking = asyncio.create_task(w.daemon.post("/v1/modems/front-desk/at", {"command": "AT+CSQ"}))
        waiting = await w.daemon.send(ANN, "waits", line="support")
        others = [await w.daemon.send(ANN, f"other {n}", line="sales") for n in range(10)]
        for message in others:
            await w.daemon.becomes(message, {"submitted", "delivered"})
        assert await w.daemon.state_of(waiting) in {"accepted", "submitting"}

        await w.daemon.becomes(waiting, {"submitted", "delivered"}, 60)
        await asking
        assert [text.text for text in w.phone(ANN).inbox].count("waits") == 1

        steps = (await info(w, "front-desk"))["recoveries"]
        assert [one["step"] for one in steps] == ["escape", "reopen"]
        assert any("AT+CSQ" in line for line in steps[0]["said"])
        assert (await info(w, "back-desk"))["recoveries"] == []
        told = await w.daemon.get("/metrics")
        assert metric(told, "clerkd_modem_unanswered_total", line="support") >= 1
        assert metric(told, "clerkd_modem_recovery_steps_total", line="support", step="reopen") == 1
        assert metric(told, "clerkd_modem_lost_total", line="support") == 1
        assert metric(told, "clerkd_modem_lost_total", line="sales") == 0
        assert metric(told, "clerkd_line_state_seconds_total", line="sales", state="ready") > 0
