"""The dashboard, the Inbox and the search through the real process: rows A1, B6 (the list) and search."""

from contextlib import asynccontextmanager

from fakes import world as worlds
from fakes.slack_room import links_of, texts_of
from fakes.world import CHANNEL, LINE_NUMBER

from clerkd.slack.screens import find, inbox

ANN = "+447700900123"


@asynccontextmanager
async def world(path, **options):
    """A world whose daemon hears Slack: a command that nobody hears is lost, as in Slack."""
    async with worlds.world(path, **options) as w:
        await w.slack.sockets.until_open(2)
        yield w


async def board(w, user="dana", channel=CHANNEL):
    """Run /clerk and return what the person sees."""
    before = len(w.slack.workspace.ephemerals(user))
    await w.slack.workspace.user_runs(user, "/clerk", "", channel)
    await w.sees(lambda: len(w.slack.workspace.ephemerals(user)) > before)
    return w.slack.workspace.ephemerals(user)[-1]


async def board_that_says(w, words, user="dana"):
    """Ask until the dashboard says something that another program is still about to learn."""
    for _ in range(100):
        shown = await board(w, user)
        if words in texts_of(shown):
            return shown
    raise AssertionError(texts_of(shown))


async def test_the_dashboard_shows_the_line_and_who_waits_and_leads_to_the_thread(tmp_path):
    async with world(tmp_path, line={"quota": {"segments": 1000}}) as w:
        w.slack.workspace.add_channel("lunch", "dana", with_bot=False)
        first = await board(w, channel="lunch")
        assert "support" in texts_of(first)

        w.phone(ANN).send(LINE_NUMBER, "Is my bike ready?")
        card = await w.card_of()
        shown = await board_that_says(w, "Needs an answer (1)")
        words = texts_of(shown)
        assert "🟢 support · (415) 555-0100 · 📶" in words
        assert "0/1,000 segments, resets" in words
        assert "+44 7700 900123 · support" in words
        assert "Is my bike ready?" in words
        assert "clerkd 0.1.0 · Slack: connected · last text in " in words
        [link] = links_of(shown)
        assert link.endswith(f"p{card['ts'].replace('.', '')}")

        await w.slack.workspace.user_says("dana", CHANNEL, "Yes", thread_ts=card["ts"])
        await w.sees(lambda: w.phone(ANN).inbox)
        shown = await board_that_says(w, "Nothing needs an answer")
        assert "1/1,000 segments" in texts_of(shown)
        assert w.slack.workspace.ephemerals("sam") == []


async def test_a_mention_shows_the_dashboard_to_who_said_it_alone(tmp_path):
    async with world(tmp_path) as w:
        await w.slack.workspace.user_mentions("dana", CHANNEL)
        shown = await w.sees(lambda: w.slack.workspace.ephemerals("dana"))
        await w.slack.workspace.user_mentions("dana", CHANNEL, "help")
        helped = await w.sees(lambda: w.slack.workspace.ephemerals("dana")[1:])

        assert "support" in texts_of(shown[0])
        assert "Reply in a thread" in texts_of(helped[0])
        assert w.slack.workspace.ephemerals("sam") == []


async def test_a_line_that_is_down_is_the_first_thing_seen(tmp_path):
    async with world(tmp_path, modem=False) as w:
        for number in range(4):
            await w.daemon.send(ANN, f"Later {number}")
        shown = await board(w)

        assert texts_of({"blocks": shown["blocks"][:1]}).startswith("🔴 Line support is down")
        assert "4 texts wait until it is back." in texts_of({"blocks": shown["blocks"][:1]})


async def test_the_home_tab_follows_what_happens(tmp_path):
    async with world(tmp_path) as w:
        home = w.slack.workspace.home
        await w.slack.workspace.user_opens_home("dana")
        await w.sees(lambda: home("dana") and "Nothing needs an answer" in texts_of(home("dana")))
        w.phone(ANN).send(LINE_NUMBER, "Is my bike ready?")
        await w.sees(lambda: "Needs an answer (1)" in texts_of(home("dana")))
        w.modem.gone(30)
        await w.sees(lambda: "Line support is down" in texts_of(home("dana")))


async def test_what_was_texted_is_found_and_the_inbox_lists_it(tmp_path):
    async with world(tmp_path) as w:
        w.phone(ANN).send(LINE_NUMBER, "Is my blue bicycle ready?")
        await w.card_of()
        top = w.slack.workspace.top_view
        await w.slack.workspace.user_runs("dana", "/clerk", "find bicyc", CHANNEL)
        await w.sees(lambda: top("dana") and "Is my blue bicycle ready?" in texts_of(top("dana")))
        assert top("dana")["callback_id"] == find.CALLBACK
        await w.slack.workspace.user_enters("dana", find.QUERY, "7700 900")
        await w.slack.workspace.user_submits_view("dana")
        assert "👤 +44 7700 900123" in texts_of(top("dana"))

        shown = await board_that_says(w, "Needs an answer (1)")
        await w.slack.workspace.user_clicks("dana", CHANNEL, shown["ts"], inbox.OPEN)
        await w.sees(lambda: "1 conversation" in texts_of(top("dana")))
        await w.slack.workspace.user_clicks_in_view("dana", f"{inbox.FILTER}:status", choice=f"{inbox.CHOICE}solved")
        await w.sees(lambda: "No conversation fits" in texts_of(top("dana")))


async def test_buttons_and_forms_survive_a_restart(tmp_path):
    async with world(tmp_path) as w:
        shown = await board(w)
        assert await w.daemon.stop() == 0
        await w.daemon.start()
        await w.daemon.ready()
        await w.slack.sockets.until_open(2)
        await w.slack.workspace.user_clicks("dana", CHANNEL, shown["ts"], inbox.OPEN)
        view = await w.sees(lambda: w.slack.workspace.top_view("dana"))

        assert view["callback_id"] == inbox.CALLBACK
