"""A carrier stands in for a modem: the real daemon, a virtual modem and a local stand-in for Twilio."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.simulate.carriers.twilio import TwilioStandIn

PEER = "+447700900123"
BACKUP = "+14155550199"
SECRET = "xoxb-test"  # what the world puts into BOT_TOKEN_FOR_TEST


def settings(directory, stand_in: TwilioStandIn, *, modem: bool = True, **fallback: Any) -> dict[str, Any]:
    carrier = {
        "kind": "twilio", "account_sid": stand_in.account_sid, "auth_token": {"env": "BOT_TOKEN_FOR_TEST"},
        "number": stand_in.number, "api_url": stand_in.url, "poll_s": 1,
    }  # fmt: skip
    countries = ["US", "GB"]
    support = {"number": LINE_NUMBER, "channel": f"#{CHANNEL}", "countries": countries}
    if not modem:
        return {"carriers": {"backup": carrier}, "lines": {"support": support | {"carrier": "backup"}}, "modems": {}}
    stand_by = {"line": "backup", "no_network_s": 1, "other_number": True, **fallback}
    return {
        "carriers": {"twilio-main": carrier},
        "lines": {
            "support": support | {"modem": "front-desk", "fallback": stand_by},
            "backup": {
                "number": BACKUP, "carrier": "twilio-main", "channel": f"#{CHANNEL}", "countries": countries
            },
        },
    }  # fmt: skip


@asynccontextmanager
async def with_backup(tmp_path, **fallback):
    async with TwilioStandIn(BACKUP, auth_token=SECRET) as twilio:
        async with world(tmp_path, settings=settings(tmp_path, twilio, **fallback)) as built:
            yield built, twilio
        assert twilio.violations == []


async def until_line(built, name: str, state: str, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while True:
            lines = (await built.daemon.get("/v1/lines"))["lines"]
            if {line["name"]: line["state"] for line in lines}[name] == state:
                return
            await asyncio.sleep(0.02)


async def test_a_text_that_waits_for_a_network_goes_out_once_by_the_carrier(tmp_path):
    async with with_backup(tmp_path) as (built, twilio):
        phone = built.phone(PEER)
        await until_line(built, "support", "ready")
        await until_line(built, "backup", "ready")
        first = await built.daemon.send(PEER, "by modem", line="support")
        await built.daemon.becomes(first, {"submitted", "delivered"})
        built.modem.firmware.radio.stat = 2  # searching, 27.007 §7.2
        await until_line(built, "support", "searching")

        sent = await built.daemon.send(PEER, "by carrier", line="support")
        await built.daemon.becomes(sent, {"delivered"}, 30)

        assert [entry.text for entry in twilio.sent] == ["by carrier"]
        message = await built.daemon.get(f"/v1/messages/{sent}")
        assert (message["line"], message["sent_by"]) == ("support", "backup")
        assert message["segments"][0]["reference"] == twilio.sent[0].id
        (moved,) = [entry for entry in message["history"] if entry["event"] == "moved"]
        assert moved["detail"] == "support has been searching for 1 s"
        built.modem.firmware.radio.stat = 1
        await until_line(built, "support", "ready")
        last = await built.daemon.send(PEER, "by modem again")
        await built.daemon.becomes(last, {"submitted", "delivered"}, 30)
        assert [text.text for text in phone.inbox] == ["by modem", "by modem again"]
        assert len(twilio.sent) == 1
        card = await built.card_of()
        said = await built.sees(lambda: [m for m in built.thread(card["ts"]) if "by line backup" in m["text"]])
        assert len(said) == 1
