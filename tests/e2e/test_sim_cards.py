"""A SIM's life under the real daemon: swapped, confirmed, moved to a carrier."""

import asyncio
import contextlib
import fcntl
import json
import os
import random
import re
import sys
import termios
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from fakes.world import LINE_NUMBER, World, world

from clerkd.codec.address import Address
from clerkd.codec.deliver import Deliver
from clerkd.codec.userdata import UserData
from clerkd.simulate.carriers.twilio import TwilioStandIn
from clerkd.simulate.modem import Habits, VirtualModem
from clerkd.simulate.modem.storage import Status, Stored

OWN, OTHER = "8900101000000000004", "8900101000000000012"
ANN = "+447700900123"
QUEUED = 50
OUTAGE = 100  # texts


async def verb(w, *words):
    told = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clerkd", *words, "--state-dir", str(w.daemon.state_dir),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=w.daemon.environment(),
    )  # fmt: skip
    said, erred = await told.communicate()
    return told.returncode, said.decode(), erred.decode()


def ours(w):
    return [record.submit.user_data.text for record in w.network.air.records if record.sender == LINE_NUMBER]


async def swapped(w):
    """Put another SIM in while texts are queued; return their ids."""
    await w.line_becomes("ready")
    w.modem.gone(None)
    await w.line_becomes("absent")
    ids = [await w.daemon.send(ANN, f"text {n}") for n in range(QUEUED)]
    w.modem.sim.iccid = OTHER
    w.modem.gone(0.01)
    await w.line_becomes("quarantined")
    return ids


@pytest.mark.timeout(120)
async def test_fifty_texts_wait_for_the_word_of_an_admin_on_the_command_line(tmp_path):
    async with world(tmp_path) as w:
        ids = await swapped(w)
        w.phone(ANN).send(LINE_NUMBER, "Are you there?")
        heard = (await w.sees_messages(1, peer=ANN, state="received"))[0]
        assert heard["text"] == "Are you there?"
        await w.sees(lambda: "another SIM" in json.dumps([w.thread(card["ts"]) for card in w.cards()]))

        await w.daemon.kill()  # nor does a restart let anything out
        await w.daemon.start()
        await w.daemon.ready()
        assert OTHER in (await w.line_becomes("quarantined"))["reason"]
        status, _, erred = await verb(w, "line", "replace-sim", "support")
        assert (status, ours(w)) == (1, [])
        assert OWN in erred
        assert OTHER in erred
        assert "--yes" in erred

        status, said, _ = await verb(w, "line", "replace-sim", "support", "--yes")
        assert status == 0
        assert OTHER in said
        for message in ids:
            await w.daemon.becomes(message, {"submitted", "delivered"}, 30)
        assert ours(w) == [f"text {n}" for n in range(QUEUED)]
        assert (await verb(w, "line", "replace-sim", "support"))[1].startswith("Nothing to do")


@pytest.mark.timeout(120)
async def test_an_admin_confirms_another_sim_in_slack_and_the_thread_goes_on(tmp_path):
    async with world(tmp_path) as w:
        await w.line_becomes("ready")
        w.phone(ANN).send(LINE_NUMBER, "Hello")
        card = await w.card_of()
        w.modem.sim.iccid = OTHER
        w.modem.gone(0.05)
        await w.line_becomes("quarantined")
        told = await w.sees(lambda: [one for one in w.cards() if "Use this SIM" in json.dumps(one)])
        await w.slack.workspace.user_says("dana", "clerk-sms", "Hello yourself", card["ts"])
        await w.sees_messages(1, peer=ANN, state="accepted")
        assert ours(w) == []

        await w.slack.workspace.user_clicks("dana", "clerk-sms", told[0]["ts"], "clerk.line.use_sim")
        await w.sees(lambda: ours(w) == ["Hello yourself"])
        await w.sees(lambda: any("confirmed by dana" in json.dumps(one).lower() for one in w.cards()))


@pytest.mark.timeout(120)
async def test_nothing_is_tried_while_there_is_no_network_and_everything_goes_in_order_after(tmp_path):
    async with world(tmp_path) as w:
        await w.line_becomes("ready")
        w.modem.firmware.radio.stat = 2
        await w.line_becomes("searching")
        ids = [await w.daemon.send(ANN, f"text {n}") for n in range(OUTAGE)]
        assert {one["state"] for one in await w.daemon.all_messages()} == {"accepted"}
        assert {part["attempts"] for one in await w.daemon.all_messages() for part in one["segments"]} == {0}

        w.modem.firmware.radio.stat = 1
        await w.daemon.becomes(ids[-1], {"submitted", "delivered"}, 60)
        assert ours(w) == [f"text {n}" for n in range(OUTAGE)]
        assert {part["attempts"] for one in await w.daemon.all_messages() for part in one["segments"]} == {1}


OLD = 200


def laid_down(modem):
    """Fill a SIM with texts of three weeks ago, in slots that say nothing of their order."""
    store = modem.sim.messages
    order = list(range(OLD))
    random.Random(7).shuffle(order)
    began = datetime.now(UTC) - timedelta(days=21)
    for n in order:
        text = UserData(f"old {n}")
        deliver = Deliver(Address.of(f"+4477009001{n % 10:02}"), began + timedelta(minutes=n), text)
        store.put(Stored(Status.REC_READ, Address.of("+14155550199").encode_smsc() + deliver.encode()))


@pytest.mark.timeout(120)
async def test_two_hundred_old_texts_on_a_sim_are_kept_and_told_in_order_and_say_that_they_are_old(tmp_path):
    habits = Habits(sim_slots=250, me_slots=0, storages=("SM",))
    async with (
        world(tmp_path, modem=False, start=False) as w,
        VirtualModem(tmp_path / "modem", w.network, LINE_NUMBER, habits=habits) as modem,
    ):
        laid_down(modem)
        await w.daemon.start()
        await w.daemon.ready()
        await w.sees_messages(OLD, 60)
        found = await w.daemon.all_messages()
        assert [one["text"] for one in found] == [f"old {n}" for n in range(OLD)]
        await w.sees(lambda: modem.sim.messages.used == 0)
        await w.sees(lambda: sum(len(old_ones(w, card)) for card in w.cards()) == OLD, 60)
        for card in w.cards():
            numbers = old_ones(w, card)
            assert numbers == sorted(numbers)
        assert all("long before it came" in json.dumps(w.thread(one["ts"])) for one in w.cards() if w.thread(one["ts"]))


def old_ones(w: World, card: dict) -> list[int]:
    """Return which of the old texts a thread tells, in its order."""
    told = (re.search(r"old (\d+)", json.dumps(message)) for message in w.thread(card["ts"]))
    return [int(found[1]) for found in told if found]


@pytest.mark.timeout(120)
async def test_a_menu_is_walked_through_at_a_terminal_and_ended_by_ctrl_c(tmp_path):
    async with world(tmp_path) as w:
        w.network.ussd.program(
            "*1#", {"text": "1 Balance", "replies": {"1": {"text": "2 More", "replies": {"2": "x"}}}}
        )
        await w.line_becomes("ready")
        ours_end, its_end = os.openpty()
        words = ("modem", "ussd", "front-desk", "*1#", "--state-dir", str(w.daemon.state_dir))
        told = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "clerkd", *words,
            stdin=its_end, stdout=its_end, stderr=its_end, env=w.daemon.environment(),
            preexec_fn=lambda: (os.setsid(), fcntl.ioctl(its_end, termios.TIOCSCTTY, 0)),
        )  # fmt: skip
        os.close(its_end)
        os.set_blocking(ours_end, False)
        heard = bytearray()

        def hears(text):
            with contextlib.suppress(OSError):
                heard.extend(os.read(ours_end, 4096))
            return text.encode() in heard

        await w.sees(lambda: hears("1 Balance") and hears("> "))
        os.write(ours_end, b"1\n")
        await w.sees(lambda: hears("2 More"))
        await w.sees(lambda: hears("> ") and heard.count(b"> ") == 2)
        os.write(ours_end, b"\x03")
        await w.sees(lambda: hears("The menu was ended"))
        assert await told.wait() == 0
        os.close(ours_end)


@pytest.mark.timeout(120)
async def test_a_number_that_goes_to_a_carrier_and_comes_back_on_another_sim_keeps_its_threads(tmp_path):
    async with TwilioStandIn(LINE_NUMBER, auth_token="xoxb-test") as twilio, world(tmp_path) as w:
        await w.line_becomes("ready")
        w.phone(ANN).send(LINE_NUMBER, "by the old SIM")
        card = await w.card_of()
        w.phone("+447700900142").send(LINE_NUMBER, "STOP")
        await w.sees_messages(2)
        by_modem = yaml.safe_load(w.daemon.config.read_text())
        carrier = {
            "kind": "twilio", "account_sid": twilio.account_sid, "auth_token": {"env": "BOT_TOKEN_FOR_TEST"},
            "number": twilio.number, "api_url": twilio.url, "poll_s": 1,
        }  # fmt: skip
        line = {key: value for key, value in by_modem["lines"]["support"].items() if key != "modem"}
        by_carrier = by_modem | {
            "modems": {},
            "carriers": {"main": carrier},
            "lines": {"support": line | {"carrier": "main"}},
        }
        for settings in (by_carrier, by_modem):
            assert await w.daemon.stop() == 0
            w.daemon.config.write_text(yaml.safe_dump(settings))
            w.modem.sim.iccid = OTHER
            await w.daemon.start()
            await w.daemon.ready()

        await w.line_becomes("quarantined")
        assert (await verb(w, "line", "replace-sim", "support", "--yes"))[0] == 0
        await w.line_becomes("ready")
        w.phone(ANN).send(LINE_NUMBER, "by the new SIM")
        await w.sees(lambda: [one for one in w.thread(card["ts"]) if "by the new SIM" in one["text"]])
        status, refusal = await w.daemon.post("/v1/messages", {"to": "+447700900142", "text": "no"})
        assert (status, refusal["error"]["code"]) == (422, "policy.opted-out")


@pytest.mark.timeout(120)
async def test_a_balance_that_is_too_low_is_said_in_slack_and_measured(tmp_path):
    asks = {"code": "*100#", "pattern": r"balance is (\S+) EUR", "below": 5}
    async with world(tmp_path, start=False, line={"balance": asks}) as w:
        w.network.ussd.program("*100#", "Your balance is 4,20 EUR")
        await w.daemon.start()
        await w.daemon.ready()
        await w.sees(lambda: [one for one in w.cards() if "4.20 left" in one["text"]], 40)
        assert 'clerkd_line_balance{line="support"} 4.2' in await w.daemon.get("/metrics")
