"""What must hold when the world around the daemon fails."""

import asyncio
import resource
import sys

import pytest
from fakes.world import CHANNEL, LINE_NUMBER, Daemon, World, world

ANN = "+447700900123"


async def exit_of(daemon: Daemon, *more: str) -> tuple[int, str]:
    """Run a second daemon and return its exit status and what it says."""
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clerkd", "run", "--config", str(daemon.config), *more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=daemon.environment(),
    )  # fmt: skip
    async with asyncio.timeout(10):
        said, _ = await second.communicate()
    assert second.returncode is not None
    return second.returncode, said.decode()


def used(w: World) -> int:
    """Return how many slots of the modem are taken."""
    return w.modem.firmware.storage.stores["MT"].used


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_full_disk_refuses_new_sends_and_leaves_what_comes_in_on_the_sim(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        before = await w.daemon.send(ANN, "before")
        await w.daemon.becomes(before, {"delivered"})
        assert w.daemon.process is not None
        unlimited = resource.prlimit(w.daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(w.daemon.process.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))

        status, answer = await w.daemon.post("/v1/messages", {"to": ANN, "text": "during"})
        assert (status, answer["error"]["code"]) == (507, "store.full")
        ann.send(LINE_NUMBER, "stays on the SIM")
        await w.sees(lambda: used(w) == 1)
        assert await w.daemon.state_of(before) == "delivered"

        resource.prlimit(w.daemon.process.pid, resource.RLIMIT_FSIZE, unlimited)
        after = await w.daemon.send(ANN, "after")
        await w.daemon.becomes(after, {"delivered"})
        await w.sees(lambda: [m for c in w.cards() for m in w.thread(c["ts"]) if "stays on the SIM" in m["text"]], 80)
        await w.sees(lambda: used(w) == 0)
        assert [text.text for text in ann.inbox] == ["before", "after"]


async def test_a_second_daemon_on_the_same_state_or_port_ends_with_75(tmp_path):
    async with world(tmp_path) as w:
        status, said = await exit_of(w.daemon, "--state-dir", str(w.daemon.state_dir))
        assert status == 75
        assert "state" in said or "clerkd.lock" in said

        (tmp_path / "other").mkdir(mode=0o700)
        status, said = await exit_of(w.daemon, "--state-dir", str(tmp_path / "other"))
        assert status == 75
        assert str(w.modem.link) in said or "port" in said

        message = await w.daemon.send(ANN, "the first one was not disturbed")
        await w.daemon.becomes(message, {"delivered"})


async def test_refusals_that_pass_delay_texts_by_seconds_and_lose_and_repeat_none(tmp_path):
    async with world(tmp_path) as w:
        w.modem.faults.apply("cms_code", "38,500")
        w.modem.faults.apply("cms_error", "0.2")
        sent = [await w.daemon.send(ANN, f"text {number}") for number in range(20)]
        for message in sent:
            await w.daemon.becomes(message, {"delivered"}, 60)
        assert [text.text for text in w.phone(ANN).inbox] == [f"text {number}" for number in range(20)]


async def test_a_stop_waits_for_the_segment_on_the_air(tmp_path):
    async with world(tmp_path, submit_delay_s=1.0) as w:
        message = await w.daemon.send(ANN, "in flight")
        await w.daemon.becomes(message, {"submitting"})
        assert await w.daemon.stop() == 0
        await w.daemon.start()
        await w.daemon.ready()
        await w.daemon.becomes(message, {"submitted", "delivered"})
        assert [text.text for text in w.phone(ANN).inbox] == ["in flight"]


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_slack_may_be_away_and_tokens_revoked_while_texts_come_in(tmp_path):
    async with world(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "first")
        card = await w.card_of()
        await w.sees(lambda: w.thread(card["ts"]))
        await w.slack.workspace.revoke_tokens()
        for n in range(5):
            ann.send(LINE_NUMBER, f"while away {n}")
        sent = await w.daemon.send(ANN, "texting goes on")
        await w.daemon.becomes(sent, {"delivered"})
        assert "token_revoked" in str(await w.daemon.get("/readyz"))

        await w.slack.workspace.restore_app()
        await w.sees(lambda: len([m for m in w.thread(card["ts"]) if "while away" in m["text"]]) == 5, 90)
        told = [m["text"][-1] for m in w.thread(card["ts"]) if "while away" in m["text"]]
        assert told == ["0", "1", "2", "3", "4"]


@pytest.mark.timeout(120)
async def test_every_noise_at_once_loses_and_doubles_nothing(tmp_path):
    async with world(tmp_path) as w:
        for name, value in {"noise": 0.3, "noise_inside": 0.3, "urc_in_prompt": 0.3, "dribble": 1, "echo": True,
                            "dribble_pause": 0, "duplicate_cmti": 0.5}.items():  # fmt: skip
            w.modem.faults.apply(name, value)
        ann = w.phone(ANN)
        ids = [await w.daemon.send(ANN, f"out {n}") for n in range(50)]
        for n in range(20):
            ann.send(LINE_NUMBER, f"in {n}")
        for message in ids:
            await w.daemon.becomes(message, {"submitted", "delivered"}, 60)
        assert sorted(text.text for text in ann.inbox) == sorted(f"out {n}" for n in range(50))
        inbound = [m for m in await w.sees_messages(70) if m["direction"] == "inbound"]
        assert sorted(m["text"] for m in inbound) == sorted(f"in {n}" for n in range(20))


async def test_what_slack_delivers_twice_and_out_of_order_makes_one_text(tmp_path):
    async with world(tmp_path, slack={"duplicate_share": 1.0, "reorder_s": 0.05}) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "Hello")
        card = await w.card_of()
        for n in range(10):
            await w.slack.workspace.user_says("dana", CHANNEL, f"out {n}", thread_ts=card["ts"])
        await w.sees(lambda: len(ann.inbox) >= 10)
        assert await w.slack.feed.quiet()
        assert sorted(text.text for text in ann.inbox) == [f"out {n}" for n in range(10)]
