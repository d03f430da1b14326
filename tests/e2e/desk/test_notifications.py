"""Who hears of a text, where and when, through the real process (B1 to B3, B7)."""

from fakes.slack_room import buttons_of, texts_of
from fakes.tickets import ANN, QUICK, Desk
from fakes.world import CHANNEL, world

from clerkd.slack.ids import CardAction, NotificationAction


async def test_one_card_at_the_bottom_tells_what_waits_and_goes_after_the_answer(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        await desk.texts("Is my bike ready?", "Hello?", "I am outside")
        root = await desk.root()

        card = await desk.notified("support · 3 new", "I am outside", "waiting since")
        assert set(buttons_of(card)) == {"Reply", "Assign", "Hide"}
        assert w.cards()[-1]["ts"] == card["ts"]
        row = next(block for block in card["blocks"] if block["type"] == "actions")
        assert f"thread_ts={root['ts']}" in row["elements"][0]["url"]

        await desk.texts("It rains")
        assert (await desk.notified("4 new", "It rains"))["ts"] == card["ts"]

        await w.slack.workspace.user_says("dana", CHANNEL, "Coming!", root["ts"])
        said = await w.sees(lambda: [one for one in w.cards() if "Answered by dana" in texts_of(one)])
        assert said[0]["ts"] == card["ts"]
        await w.sees(lambda: len(w.cards()) == 1)
        await w.sees(lambda: w.phone(ANN).inbox)


async def test_the_clock_of_the_rule_survives_a_power_cut(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        await desk.texts("Is my bike ready?", "Hello?")
        await desk.kept(unanswered=2)
        await w.daemon.kill()
        assert desk.notifications() == []

        await w.daemon.start()
        await desk.notified("2 new")


async def test_hide_takes_away_the_card_only(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        await desk.texts("One", "Two")
        card = await desk.notified("2 new")
        await desk.press("sam", card["ts"], NotificationAction.HIDE.value)

        await w.sees(lambda: desk.notifications() == [])
        assert len(desk.roots()) == 1
        await desk.kept(unanswered=2)
        await desk.texts("Three")
        await desk.notified("3 new")


async def test_users_hear_by_direct_message_and_channels_by_a_card(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        w.slack.workspace.add_channel("escalations", "dana", "sam", with_bot=False)
        await desk.texts("One")
        root = await desk.root()
        places = [desk.user("sam"), w.slack.state.channel("escalations").id]
        await desk.form("dana", root["ts"], notified=places)
        await desk.texts("Two")

        await desk.notified("2 new", channel=desk.inbox_of("sam"))
        await desk.notified("2 new", channel="escalations")
        assert desk.notifications() == []

        await w.slack.workspace.user_says("dana", CHANNEL, "Hi", root["ts"])
        await w.sees(lambda: not desk.notifications("escalations") and not desk.notifications(desk.inbox_of("sam")))


async def test_assign_on_the_card_opens_the_form(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        await desk.texts("One", "Two")
        card = await desk.notified("2 new")
        await desk.press("dana", card["ts"], CardAction.ASSIGN.value)
        await desk.fill("dana", people=[desk.user("sam")], priority="high")
        await w.slack.workspace.user_submits_view("dana")

        await desk.notified("🔺 High", "👀 sam")


async def test_what_nobody_answers_is_said_again_and_its_people_are_called(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        await desk.texts("One", "Two")
        first = await desk.notified("2 new")
        root = await desk.root()
        await desk.form("dana", root["ts"], priority="urgent", people=[desk.user("sam")])
        await desk.kept(priority="urgent")
        await desk.sleep_for(hours=0.1)

        card = await desk.notified("No answer for 6 min")
        assert card["ts"] != first["ts"]
        assert desk.user("sam") in str(card["blocks"])
        assert len(desk.notifications()) == 1
        await desk.notified("No answer for 6 min", channel=desk.inbox_of("sam"))


async def test_urgent_does_not_wait(tmp_path):
    async with world(tmp_path) as w:  # with the usual three minutes
        desk = Desk(w)
        await desk.texts("One")
        root = await desk.root()
        await desk.form("dana", root["ts"], priority="urgent")
        await desk.kept(priority="urgent")
        await desk.texts("The shop is on fire")

        await desk.notified("🚨 Urgent", "on fire")
