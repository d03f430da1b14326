"""Conversations as work, through the real process (B4 to B6)."""

from fakes.tickets import QUICK, Desk
from fakes.world import CHANNEL, world

from clerkd.slack.ids import CardAction


async def test_subject_status_priority_tags_people_and_notes_are_kept_and_shown(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("The tap is broken")
        root = await desk.root("Status: New")
        await desk.press("dana", root["ts"], CardAction.ASSIGN.value)
        await desk.fill("dana", subject="Broken tap", status="on_hold", priority="high", people=[desk.user("sam")])
        [offered] = await w.slack.workspace.user_searches("dana", "clerk.assign.tags", "plumbing")
        assert offered["text"]["text"] == "Create “plumbing”"
        await desk.fill("dana", tags=[offered["value"]], note="Waiting for the part")
        await w.slack.workspace.user_submits_view("dana")

        await desk.root("Broken tap", "Status: On-hold", "High", "plumbing")
        await desk.restart()
        await desk.press("sam", root["ts"], CardAction.ASSIGN.value)
        await w.sees(lambda: "Waiting for the part" in str(w.slack.workspace.top_view("sam")))
        assert "dana" in str(w.slack.workspace.top_view("sam")["blocks"])
        await desk.fill("sam", note="It came")
        await w.slack.workspace.user_submits_view("sam")
        await desk.press("dana", root["ts"], CardAction.ASSIGN.value)
        await w.sees(lambda: "It came" in str(w.slack.workspace.top_view("dana")))


async def test_the_status_moves_by_itself(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Hello")
        root = await desk.root("Status: New")
        await w.slack.workspace.user_says("dana", CHANNEL, "Hi, what can we do?", root["ts"])
        await desk.root("Status: Open")

        for status in ("pending", "on_hold", "solved"):
            await desk.form("dana", root["ts"], status=status)
            await desk.kept(status=status)
            await desk.texts(f"After {status}")
            await desk.root("Status: Open")

        await desk.form("dana", root["ts"], status="solved")
        await desk.kept(status="solved")
        await desk.sleep_for(hours=95)
        await desk.kept(status="solved")
        await desk.sleep_for(hours=2)
        await desk.root("Status: Closed")
        await desk.texts("Me again")
        await desk.root("Status: New")


async def test_steps_can_be_switched_off(tmp_path):
    settings = {"tickets": {"moves": {"first_reply": False, "reopen": False}}}
    async with world(tmp_path, settings=settings) as w:
        desk = Desk(w)
        await desk.texts("Hello")
        root = await desk.root("Status: New")
        await w.slack.workspace.user_says("dana", CHANNEL, "Hi", root["ts"])
        await desk.kept(unanswered=0, status="new")
        await desk.form("dana", root["ts"], status="pending")
        await desk.texts("Hello?")
        await desk.kept(unanswered=1, status="pending")


async def test_eyes_claim_and_a_tick_solves_and_both_can_be_taken_back(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Hello")
        root = await desk.root("Status: New")
        people = w.slack.workspace
        await people.user_reacts("dana", CHANNEL, root["ts"], "eyes")
        card = await desk.root("Status: Open", "Assigned to")
        assert desk.user("dana") in str(card["blocks"])

        await people.user_unreacts("dana", CHANNEL, root["ts"], "eyes")
        await w.sees(lambda: desk.user("dana") not in str(desk.roots()[0]["blocks"]))
        await people.user_reacts("sam", CHANNEL, root["ts"], "white_check_mark")
        await desk.root("Status: Solved")
        await people.user_unreacts("sam", CHANNEL, root["ts"], "white_check_mark")
        await desk.root("Status: Open")


async def test_claim_and_solve_from_the_menu(tmp_path):
    async with world(tmp_path) as w:
        desk = Desk(w)
        await desk.texts("Hello")
        root = await desk.root("Status: New")
        await desk.choose("dana", root["ts"], CardAction.CLAIM)
        await desk.root("Status: Open", "Assigned to")
        await desk.choose("dana", root["ts"], CardAction.SOLVE)
        await desk.root("Status: Solved")


async def test_a_snoozed_conversation_is_quiet_until_its_time_or_the_next_text(tmp_path):
    async with world(tmp_path, settings=QUICK) as w:
        desk = Desk(w)
        await desk.texts("One", "Two")
        root = await desk.root()
        await desk.notified("2 new")
        await desk.choose("dana", root["ts"], CardAction.SNOOZE)
        await desk.fill("dana")
        await w.slack.workspace.user_submits_view("dana")  # in an hour, which is proposed
        await desk.kept(snoozed=1)
        await w.sees(lambda: desk.notifications() == [])
        await desk.sleep_for(hours=1.1)
        await desk.notified("The time came until which this was snoozed", "2 new")

        await desk.choose("dana", root["ts"], CardAction.SNOOZE)
        await desk.fill("dana", snooze="next")
        await w.slack.workspace.user_submits_view("dana")
        await w.sees(lambda: desk.notifications() == [])
        await desk.texts("Three")
        await desk.notified("3 new")
        await desk.kept(snoozed=0)
