"""The dashboard in a channel and on the Home tab: what is wrong first, then what waits for an answer."""

import asyncio
from contextlib import asynccontextmanager

from fakes.desk import OTHER, PEER
from fakes.slack_room import CHANNEL, buttons_of, links_of, open_room, texts_of

from clerkd.model.line import LineState, LineStatus
from clerkd.model.quota import QuotaStatus
from clerkd.slack.acts.dashboard import Dashboard
from clerkd.slack.acts.registered import registered
from clerkd.slack.board import Boards
from clerkd.slack.interactions import Act, Door, Everybody, Interactions, Said
from clerkd.slack.screens.board import MENU
from clerkd.slack.screens.hint import told

NUMBER = "+14155550100"


class Lines:
    """The lines' statuses, which a test may change."""

    def __init__(self):
        self.states = {"support": LineState.READY}

    def __call__(self):
        return [
            LineStatus(name, NUMBER, state, operator="Testnet", signal_dbm=-71) for name, state in self.states.items()
        ]


@asynccontextmanager
async def opened(path, **options):
    lines = Lines()
    async with open_room(path, statuses=lines, **options) as room:
        yield room, lines


async def shown(room, user="dana"):
    """Run /clerk and return what it shows."""
    before = len(room.workspace.ephemerals(user))
    await room.workspace.user_runs(user, "/clerk", "", CHANNEL)
    await room.sees(lambda: len(room.workspace.ephemerals(user)) > before)
    return room.workspace.ephemerals(user)[-1]


async def shown_with(room, words):
    """Run /clerk until it shows `words`: tickets are kept a moment after a text came or went."""
    async with asyncio.timeout(10):
        while words not in texts_of(board := await shown(room)):
            await asyncio.sleep(0.02)
    return board


async def home_of(room, user="dana"):
    await room.workspace.user_opens_home(user)
    return await room.sees(lambda: room.workspace.home(user))


def doors_of(settings):
    async def pressed(payload, desk):
        return Said(show=told(f"{payload.action} by {desk.person.name}"))

    acts = {name: Act(pressed) for name in ("test.send", "test.templates", "test.settings")}
    doors = [
        Door("test.settings", lambda tx, now: "Settings", 70, in_menu=True),
        Door("test.templates", lambda tx, now: "Templates", 50, in_menu=True),
        Door("test.send", lambda tx, now: "📱 Send Text", 10, style="primary"),
    ]
    return Interactions(actions=acts, doors=doors)


async def test_every_line_is_shown_with_its_number_its_operator_its_signal_and_its_quota(tmp_path):
    status = QuotaStatus(1000, 812, 0, 1_764_576_000_000)
    async with opened(tmp_path, quota_of=lambda tx, line, now: status) as (room, _):
        words = texts_of(await shown(room))

        assert "🟢 support · (415) 555-0100 · 📶 ▂▄▆█ · Testnet" in words
        assert "⚠️ 812/1,000 segments, resets 1 Dec" in words
        assert "Nothing needs an answer" in words


async def test_a_line_that_is_down_is_the_first_thing_seen_with_how_many_texts_wait(tmp_path):
    async with opened(tmp_path) as (room, lines):
        room.office.radio.hold()
        for text in ("One", "Two"):
            await room.office.send(text, OTHER)
        lines.states["support"] = LineState.ABSENT
        first = (await shown(room))["blocks"][0]
        room.office.radio.let_go()

        assert "Line support is down: its modem does not answer" in texts_of({"blocks": [first]})
        assert "wait" in texts_of({"blocks": [first]})


async def test_what_needs_an_answer_is_listed_with_a_link_to_its_thread(tmp_path):
    async with opened(tmp_path) as (room, _):
        await room.text("Is my bike ready?")
        await room.text("Hello?")
        root = await room.card()
        board = await shown_with(room, "2 new")
        [link] = links_of(board)

        assert "Needs an answer (1)" in texts_of(board)
        assert "(415) 555-0123 · support\ncame just now · 2 new · New · nobody yet" in texts_of(board)
        assert link.endswith(f"/archives/{room.slack.state.channel(CHANNEL).id}/p{root.replace('.', '')}")

        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.sees(lambda: room.office.radio.air)
        await shown_with(room, "Nothing needs an answer")


async def test_who_opted_out_needs_no_answer_by_text(tmp_path):
    async with opened(tmp_path) as (room, _):
        await room.text("Stop calling it a bike")
        await room.card()
        await shown_with(room, "Needs an answer (1)")
        await room.office.optouts.opt_out(PEER, reason="asked on the phone", actor="U1", line="support")

        await shown_with(room, "Nothing needs an answer")


async def test_there_is_no_button_for_what_nobody_registered(tmp_path):
    async with opened(tmp_path, acts=registered) as (room, _):
        board = await shown(room)
        known = set(registered(room.desk._settings).actions)

        assert set(buttons_of(board).values()) <= known


async def test_doors_stand_in_their_order_and_lead_where_they_say(tmp_path):
    async with opened(tmp_path, acts=with_doors) as (room, _):
        board = await shown(room)
        row = next(block for block in board["blocks"] if block["type"] == "actions")
        await room.workspace.user_clicks("dana", CHANNEL, board["ts"], "test.send")
        await room.sees(lambda: "test.send by dana" in room.workspace.ephemerals("dana")[-1]["text"])
        menu = row["elements"][-1]
        await room.workspace.user_clicks("dana", CHANNEL, board["ts"], MENU, choice=menu["options"][0]["value"])
        await room.sees(lambda: "dana" in room.workspace.ephemerals("dana")[-1]["text"])

        assert [one["text"]["text"] for one in row["elements"][:-1]] == ["📱 Send Text"]
        assert [one["text"]["text"] for one in menu["options"]] == ["Templates", "Settings"]


def with_doors(settings):
    """The dashboard with three more subjects, and none of the real ones."""
    more = doors_of(settings)
    boards = Boards(lambda: sorted(more.doors, key=lambda door: door.order), settings.quota_of, Everybody())
    return Interactions.merged(Dashboard(boards).interactions(), more)


async def test_the_home_tab_shows_the_same_and_changes_by_itself(tmp_path):
    async with opened(tmp_path) as (room, lines):
        first = await home_of(room)
        await room.text("Is my bike ready?")
        await room.sees(lambda: "Needs an answer (1)" in texts_of(room.workspace.home("dana")))
        lines.states["support"] = LineState.SEARCHING
        await room.text("And?", PEER)
        await room.sees(lambda: "Line support is down" in texts_of(room.workspace.home("dana")))

        assert "Nothing needs an answer" in texts_of(first)
        assert room.workspace.home("sam") is None


async def test_a_guest_has_no_home(tmp_path):
    async with opened(tmp_path) as (room, _):
        room.workspace.add_user("gus", is_restricted=True)
        await room.workspace.user_opens_home("gus")
        await room.quiet()

        assert room.workspace.home("gus") is None


async def test_help_lists_what_is_known_and_is_the_answer_to_an_unknown_word(tmp_path):
    async with opened(tmp_path) as (room, _):
        await room.workspace.user_runs("dana", "/clerk", "help", CHANNEL)
        await room.whispered("dana")
        await room.workspace.user_runs("dana", "/clerk", "frobnicate <!channel>", CHANNEL)
        await room.whispered("dana", 2)
        known, unknown = (texts_of(one) for one in room.workspace.ephemerals("dana"))

        assert "/clerk help" in known
        assert "There is no /clerk frobnicate" in unknown
