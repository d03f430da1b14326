"""A carrier stands in for a modem: the real daemon, a virtual modem and a local stand-in for Twilio."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import yaml
from fakes.world import CHANNEL, LINE_NUMBER, world

from clerkd.simulate.carriers.twilio import TwilioStandIn

PEER = "+447700900123"
BACKUP = "+14155550199"
SECRET = "xoxb-test"  # what the world puts into BOT_TOKEN_FOR_TEST


def settings(stand_in: TwilioStandIn, *, modem: bool = True, **fallback: Any) -> dict[str, Any]:
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
        async with world(tmp_path, settings=settings(twilio, **fallback)) as built:
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


async def test_a_carrier_that_answers_500_after_it_took_the_text_sends_it_once(tmp_path):
    async with with_backup(tmp_path) as (built, twilio):
        await until_line(built, "backup", "ready")
        twilio.faults.append("500-taken")

        sent = await built.daemon.send(PEER, "once", line="backup")
        await built.daemon.becomes(sent, {"delivered"}, 30)

        assert [entry.text for entry in twilio.sent] == ["once"]
        twilio.faults.append("lost")  # and now nobody can look it up either, for a while
        doubtful = await built.daemon.send(PEER, "in doubt", line="backup")
        await built.daemon.becomes(doubtful, {"unknown"}, 30)
        twilio.lookups_fail = False
        await built.daemon.becomes(doubtful, {"delivered"}, 30)
        assert [entry.text for entry in twilio.sent] == ["once", "in doubt"]


async def test_a_killed_daemon_loses_no_text_that_the_carrier_received_and_tells_none_twice(tmp_path):
    async with with_backup(tmp_path) as (built, twilio):
        await until_line(built, "backup", "ready")
        twilio.delivers = False
        sent = await built.daemon.send(PEER, "waits for its report", line="backup")
        await built.daemon.becomes(sent, {"submitted"}, 30)
        for number in range(3):
            twilio.text_in(PEER, f"before {number}")
        await built.sees_messages(4, 30)
        twilio.text_in(PEER, "in the middle")
        await built.daemon.kill()
        twilio.text_in(PEER, "meanwhile")
        twilio.sent[0].status = "delivered"
        await built.daemon.start()
        await built.daemon.ready()

        await built.daemon.becomes(sent, {"delivered"}, 30)
        messages = await built.sees_messages(6, 30)
        texts = [message["text"] for message in messages if message["direction"] == "inbound"]
        assert texts == ["before 0", "before 1", "before 2", "in the middle", "meanwhile"]


async def test_a_number_that_moves_to_a_carrier_keeps_its_conversations_and_threads(tmp_path):
    async with TwilioStandIn(LINE_NUMBER, auth_token=SECRET) as twilio, world(tmp_path) as built:
        built.phone(PEER).send(LINE_NUMBER, "by modem")
        card = await built.card_of()
        await built.sees(lambda: [m for m in built.thread(card["ts"]) if "by modem" in m["text"]])
        stopped = built.phone("+447700900142")
        stopped.send(LINE_NUMBER, "STOP")
        await built.sees_messages(2)
        assert await built.daemon.stop() == 0

        settings_now = yaml.safe_load(built.daemon.config.read_text())
        built.daemon.config.write_text(yaml.safe_dump(settings_now | settings(twilio, modem=False)))
        await built.daemon.start()
        await built.daemon.ready()
        await until_line(built, "support", "ready")
        twilio.text_in(PEER, "by carrier")

        await built.sees(lambda: [m for m in built.thread(card["ts"]) if "by carrier" in m["text"]], 30)
        assert len((await built.daemon.get("/v1/conversations"))["conversations"]) == 2
        sent = await built.daemon.send(PEER, "from the same number")
        await built.daemon.becomes(sent, {"delivered"}, 30)
        assert twilio.on_air(PEER) == ["from the same number"]
        status, refusal = await built.daemon.post("/v1/messages", {"to": "+447700900142", "text": "no"})
        assert (status, refusal["error"]["code"]) == (422, "policy.opted-out")
