"""The desk's bad days, through the real process: what Slack and its admins do to it, and what is left after."""

import re
import signal
from collections import Counter, defaultdict
from contextlib import asynccontextmanager

import psutil
import pytest
import yaml
from fakes.tickets import Desk
from fakes.world import CHANNEL, LINE_NUMBER, World, world

from clerkd.simulate.network import Phone
from clerkd.simulate.slack import ErrorAnswer, Lost, RateLimitStorm, RawAnswer

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


@pytest.mark.timeout(150)
async def test_a_storm_of_refusals_outages_and_cut_connections_loses_and_doubles_nothing(tmp_path):
    async with world(tmp_path, slack={"retry_delays_s": (0.5, 2, 5)}) as w:
        phones = [w.phone(f"+4477009001{n:02}") for n in range(6)]
        await arrive(w, [(phone, "text 0") for phone in phones])
        cards = await w.sees(lambda: len(texts(w)) == 6 and w.cards())
        storm = [
            RateLimitStorm(1), RawAnswer(500), RawAnswer(503), RawAnswer(200), RawAnswer(502, "text/plain", "no"),
            ErrorAnswer("internal_error"), Lost(committed=True), Lost(committed=False), Lost(committed=True, hang_s=1),
        ]  # fmt: skip
        w.slack.faults.by_chance(0.4, storm)
        for number in range(1, 6):
            await arrive(w, [(phone, f"text {number}") for phone in phones])
            for card in cards:
                await w.slack.workspace.user_says("dana", CHANNEL, f"answer {number}", thread_ts=card["ts"])
            if number == 3:
                w.slack.sockets.abort_all()
        await w.sees(lambda: all(len(phone.inbox) >= 5 for phone in phones), 60)
        w.slack.faults.clear()
        await w.sees(lambda: [thread.count("text 5") for thread in told(w).values()] == [1] * 6, 60)

        assert in_order(w, "text") == [list(range(6))] * 6
        assert [sorted(text.text for text in phone.inbox) for phone in phones] == [
            [f"answer {n}" for n in range(1, 6)]
        ] * 6
        answers = [(card["ts"], one["ts"]) for card in cards for one in w.thread(card["ts"]) if "answer" in one["text"]]
        await w.sees(
            lambda: all("heavy_check_mark" in w.reactions(ts, thread_ts=root) for root, ts in answers), 60
        )  # the network took it


@pytest.mark.timeout(100)
async def test_somebody_who_left_the_workspace_is_named_in_the_thread_and_not_tried_again(tmp_path):
    async with world(tmp_path, settings={"tickets": {"notify_after_s": 0}}) as w:
        desk = Desk(w)
        await desk.texts("One")
        root = await desk.root()
        await desk.form("dana", root["ts"], notified=[desk.user("sam")])
        w.slack.state.user("sam").deleted = True
        await desk.texts("Two")
        await w.sees(lambda: any("cannot be reached" in one["text"] for one in w.thread(root["ts"])))
        await desk.texts("Three")
        await desk.notified("Three")

        asked = [one for one in w.slack.api.calls if one.method == "conversations.open"]
        assert [one.error for one in asked] == ["user_disabled"]


@pytest.mark.timeout(100)
async def test_a_scope_that_is_missing_is_named_with_the_manifest_and_what_needs_it_waits(tmp_path):
    async with world(tmp_path, start=False) as w:
        bot = w.slack.tokens.bot
        granted = bot.scopes
        bot.scopes = tuple(scope for scope in granted if scope != "chat:write")
        await w.daemon.start()
        await w.daemon.ready()
        w.phone(ANN).send(LINE_NUMBER, "Hello")
        await slack_says(w, "missing_scope", "chat:write: import config/slack-manifest.yaml")

        bot.scopes = granted
        w.daemon.process.send_signal(signal.SIGHUP)
        await w.sees(lambda: "Hello" in texts(w))
        await slack_says(w, "connected", "None")
