"""The desk's bad days, through the real process: what Slack and its admins do to it, and what is left after."""

import re
import signal
from collections import Counter, defaultdict
from contextlib import asynccontextmanager

import psutil
import pytest
import yaml
from fakes.world import CHANNEL, LINE_NUMBER, World, world

from clerkd.simulate.network import Phone
from clerkd.simulate.slack import ErrorAnswer, Lost, RawAnswer

ANN = "+447700900123"


def told(w: World) -> dict[str, list[str]]:
    """Return what each conversation's thread says, by the number on its card, in Slack's order."""
    found = defaultdict(list)
    for card in w.cards():
        for one in w.thread(card["ts"]):
            found[card["text"].split(":")[0]].append(one["text"])
    return dict(found)


async def arrive(w: World, sent: list[tuple[Phone, str]]) -> None:
    """Send texts to the line and wait until the daemon has taken them: what outruns a modem shows nothing of Slack."""
    for phone, text in sent:
        phone.send(LINE_NUMBER, text)
    await w.sees(lambda: not w.network.waiting(LINE_NUMBER) and not w.modem.firmware.storage.stores["MT"].used, 90)


def in_order(w: World, word: str) -> list[list[int]]:
    """Return, thread by thread, the numbers that stand behind a word, as a reader comes upon them."""
    return [[int(found) for found in re.findall(rf"{word} (\d+)", "\n".join(thread))] for thread in told(w).values()]


def texts(w: World) -> list[str]:
    return [text for thread in told(w).values() for text in thread]


@asynccontextmanager
async def world_with_token_files(tmp_path):
    """A world whose tokens are kept in files, as an admin keeps them who means to replace them."""
    async with world(tmp_path, start=False) as w:
        settings = yaml.safe_load(w.daemon.config.read_text())
        for name, text in (("bot_token", w.slack.bot_token), ("app_token", w.slack.app_token)):
            replace_token(tmp_path / name, text)
            settings["slack"][name] = {"file": str(tmp_path / name)}
        w.daemon.config.write_text(yaml.safe_dump(settings))
        await w.daemon.start()
        await w.daemon.ready()
        yield w


def replace_token(path, text: str, mode: int = 0o600) -> None:
    """Replace a file as `install` does: the old one is there until the new one is complete."""
    new = path.with_suffix(".new")
    new.write_text(f"{text}\n")
    new.chmod(mode)
    new.replace(path)


async def slack_says(w: World, state: str, words: str) -> None:
    """Wait until the daemon says of Slack what is wrong and what to do."""

    async def said() -> bool:
        slack = (await w.daemon.get("/readyz"))["components"]["slack"]
        return slack["state"] == state and words in str(slack["reason"])

    await w.comes_true(said)


@pytest.mark.timeout(120)
async def test_a_revoked_token_is_replaced_without_a_restart_and_all_that_waited_is_told_in_order(tmp_path):
    async with world_with_token_files(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "before")
        card = await w.card_of()
        await w.sees(lambda: w.thread(card["ts"]))
        process = w.daemon.process.pid
        await w.slack.workspace.revoke_tokens()
        for number in range(100):
            ann.send(LINE_NUMBER, f"waits {number}")
        await w.sees_messages(101, within_s=30)
        await slack_says(w, "token_revoked", "slack.bot_token")
        asked = [made.method for made in w.slack.api.calls]
        assert asked.count("chat.postMessage") <= 3, "it goes on posting with a token that is refused"

        w.slack.workspace.issue_tokens(bot="xoxb-second")
        replace_token(tmp_path / "bot_token", "xoxb-second")
        await w.sees(lambda: any("waits 99" in text for text in texts(w)), 30)
        assert in_order(w, "waits") == [list(range(100))]
        assert w.daemon.process.pid == process
        assert w.daemon.process.returncode is None

        await w.slack.workspace.user_says("dana", CHANNEL, "We are back", thread_ts=card["ts"])
        await w.sees(lambda: [text.text for text in ann.inbox] == ["We are back"])
        await slack_says(w, "connected", "None")


@pytest.mark.timeout(120)
async def test_a_refused_app_token_is_replaced_and_both_sockets_open_again(tmp_path):
    async with world_with_token_files(tmp_path) as w:
        ann = w.phone(ANN)
        ann.send(LINE_NUMBER, "before")
        card = await w.card_of()
        await w.slack.workspace.revoke_app_token()
        await slack_says(w, "invalid_auth", "slack.app_token")
        ann.send(LINE_NUMBER, "texts are still shown")
        await w.sees(lambda: "texts are still shown" in texts(w))

        w.slack.workspace.issue_tokens(app="xapp-second")
        replace_token(tmp_path / "app_token", "xapp-second")
        await w.sees(lambda: len(w.slack.sockets.connections) == 2, 30)
        await w.slack.workspace.user_says("dana", CHANNEL, "and heard", thread_ts=card["ts"])
        await w.sees(lambda: [text.text for text in ann.inbox] == ["and heard"])


@pytest.mark.timeout(120)
async def test_sighup_reads_the_tokens_anew_before_slack_refuses_the_old_ones(tmp_path):
    async with world_with_token_files(tmp_path) as w:
        await slack_says(w, "connected", "None")
        replace_token(tmp_path / "bot_token", "xoxb-second")
        w.slack.workspace.issue_tokens(bot="xoxb-second")
        w.daemon.process.send_signal(signal.SIGHUP)
        w.phone(ANN).send(LINE_NUMBER, "Hello")
        await w.sees(lambda: "Hello" in texts(w))
        refused = [made for made in w.slack.api.calls if made.error == "invalid_auth"]
        assert refused == []
        assert w.daemon.process.returncode is None


@pytest.mark.timeout(120)
async def test_a_token_that_everybody_may_read_is_named_and_not_used_until_that_is_mended(tmp_path):
    async with world_with_token_files(tmp_path) as w:
        w.slack.workspace.issue_tokens(bot="xoxb-second")
        replace_token(tmp_path / "bot_token", "xoxb-second", mode=0o644)
        w.phone(ANN).send(LINE_NUMBER, "Hello")
        await slack_says(w, "invalid_auth", "every user of this machine can read")
        assert texts(w) == []

        (tmp_path / "bot_token").chmod(0o600)
        await w.sees(lambda: "Hello" in texts(w))


@pytest.mark.timeout(120)
async def test_a_burst_from_fifty_numbers_is_told_in_order_within_slacks_limits(tmp_path):
    # Wider limits by a factor, else it would take nine minutes; a refused call still costs a whole second.
    async with world(tmp_path, rate_limits=40) as w:
        phones = [w.phone(f"+4477009001{n:02}") for n in range(50)]
        for number in range(10):
            await arrive(w, [(phone, f"text {number}") for phone in phones])
        await w.sees(lambda: len(texts(w)) >= 500, 60)

        assert {tuple(thread) for thread in told(w).values()} == {tuple(f"text {n}" for n in range(10))}
        assert len(w.cards()) == 50
        posts = [made for made in w.slack.api.calls if made.method == "chat.postMessage"]
        refused = [made for made in posts if made.error == "ratelimited"]
        assert refused, "the burst stayed below the limits and shows nothing"
        assert len(posts) - len(refused) == 550
        assert len(refused) < 30, "it knocks at a door that it knows to be closed"
        assert w.slack.violations == []  # among them: a call before its Retry-After had passed


@pytest.mark.timeout(200)
async def test_two_thousand_texts_that_came_without_slack_are_told_in_order_in_few_calls(tmp_path):
    async with world(tmp_path) as w:
        phones = [w.phone(f"+4477009001{n:02}") for n in range(20)]
        await arrive(w, [(phone, "before 0") for phone in phones])
        await w.sees(lambda: len(texts(w)) == 20)
        daemon = psutil.Process(w.daemon.process.pid)
        before = daemon.memory_info().rss
        w.slack.faults.by_chance(1.0, [RawAnswer(503), Lost(committed=False), ErrorAnswer("service_unavailable")])
        w.slack.sockets.abort_all()
        for number in range(100):
            await arrive(w, [(phone, f"waits {number}") for phone in phones])
        grown = daemon.memory_info().rss - before
        asked = len(w.slack.api.calls)

        w.slack.faults.clear()
        await w.sees(lambda: sum(map(len, in_order(w, "waits"))) >= 2000, 60)
        assert in_order(w, "waits") == [list(range(100))] * 20
        made = [one.method for one in w.slack.api.calls][asked:]
        print(f"grown {grown / 1e6:.1f} MB, {Counter(made)}")
        # One message a second in a channel: this is how many seconds it takes at Slack's own pace.
        assert made.count("chat.postMessage") <= 45 * 60 / 10
        assert made.count("chat.update") <= 45 * 50  # of a tier of fifty a minute
        assert grown < 20_000_000
