"""Conversations as work, in Slack: who hears of what waits, and what people decide about it."""

import asyncio
from typing import Any

import pytest
from fakes.desk import OTHER, PEER
from fakes.slack_room import CHANNEL, buttons_of, open_room, texts_of

from clerkd.model.rules import DndEntry, DndKind, OptOut
from clerkd.model.ticket import Priority, TicketRules
from clerkd.model.ticket_lifecycle import Status
from clerkd.simulate.slack.tokens import BASE_SCOPES, OPTIONAL_SCOPES
from clerkd.slack.ids import CardAction, NotificationAction
from clerkd.slack.screens import assign
from clerkd.store.ops.contacts_erase import erase_number
from clerkd.store.ops.conversations import list_conversations
from clerkd.store.ops.dnd import put_dnd
from clerkd.store.ops.optouts import opt_out
from clerkd.store.ops.tickets import get_ticket
from clerkd.store.ops.tickets_notes import list_notes, ticket_history

HELD_MS = 900  # longer than the rest that is taken between two looks
QUICK = TicketRules(notify_after_ms=HELD_MS, answered_ms=300)


@pytest.fixture
async def room(tmp_path):
    async with open_room(tmp_path, rules=QUICK) as one:
        yield one


def cards(room, channel: str = CHANNEL) -> list[dict[str, Any]]:
    """Return the notifications that are shown in a channel."""
    return [one for one in room.cards(channel) if texts_of(one).startswith("📳")]


async def conversation(room, number: int = 0) -> str:
    return (await room.office.store.read(list_conversations))[number].id


async def ticket(room):
    return await room.office.store.read(get_ticket, await conversation(room))


async def becomes(room, check, within_s: float = 10.0):
    """Wait until a ticket is as wanted and return it."""
    async with asyncio.timeout(within_s):
        while not check(found := await ticket(room)):
            await asyncio.sleep(0.01)
    return found


async def waits(room, texts: int = 3) -> tuple[str, dict[str, Any]]:
    """Have texts come until a notification is shown; return the thread's root and the notification."""
    for number in range(texts):
        await room.text(f"Text {number + 1}")
    root = await room.sees(lambda: next((one["ts"] for one in room.cards() if texts_of(one).startswith("📱")), None))
    [card] = await room.sees(lambda: cards(room))
    return root, card


async def test_the_first_text_shows_its_card_and_no_notification_besides(room):
    await room.text("Hello")
    await room.card()
    await room.quiet()
    await asyncio.sleep(2 * HELD_MS / 1000)  # nothing is to come, so there is no fact to wait for

    assert cards(room) == []


async def test_after_a_quiet_time_one_notification_tells_of_all_that_waits(room):
    root, card = await waits(room)

    words = texts_of(card)
    assert "support · 3 new" in words
    assert "Text 3" in words
    assert "waiting since" in words
    assert set(buttons_of(card)) == {"Reply", "Assign", "Hide"}
    [row] = [block for block in card["blocks"] if block["type"] == "actions"]
    assert f"thread_ts={root}" in row["elements"][0]["url"]


async def test_what_comes_next_is_shown_in_the_same_notification(room):
    _, card = await waits(room)
    await room.text("And one more")

    shown = await room.sees(lambda: [one for one in cards(room) if "4 new" in texts_of(one)])
    assert [one["ts"] for one in shown] == [card["ts"]]
    assert len(cards(room)) == 1


async def test_after_an_answer_the_notification_says_so_and_goes(room):
    root, card = await waits(room)
    await room.workspace.user_says("dana", CHANNEL, "On our way", root)

    said = await room.sees(lambda: [one for one in room.cards() if "Answered by dana" in texts_of(one)])
    assert [one["ts"] for one in said] == [card["ts"]]
    assert buttons_of(said[0]) == {}
    await room.sees(lambda: all(one["ts"] != card["ts"] for one in room.cards()))
    assert (await ticket(room)).status is Status.OPEN


async def test_nothing_is_shown_of_what_was_answered_in_time(room):
    await room.text("One")
    root = await room.card()
    await room.text("Two")
    await room.workspace.user_says("dana", CHANNEL, "Yes?", root)
    await becomes(room, lambda found: found.status is Status.OPEN)
    await asyncio.sleep(2 * HELD_MS / 1000)  # nothing is to come, so there is no fact to wait for

    assert cards(room) == []


async def test_hiding_takes_only_the_notification_away_and_is_kept(room):
    root, card = await waits(room)
    await room.workspace.user_clicks("dana", CHANNEL, card["ts"], NotificationAction.HIDE.value)

    await room.sees(lambda: cards(room) == [])
    assert any(one["ts"] == root for one in room.cards())
    history = await room.office.store.read(ticket_history, await conversation(room))
    dana = room.slack.state.user("dana").id
    assert [(one.event, one.actor) for one in history if one.event == "hidden"] == [("hidden", dana)]
    assert (await ticket(room)).waiting_since is not None

    await room.text("Still there?")
    assert "4 new" in texts_of((await room.sees(lambda: cards(room)))[0])


@pytest.mark.parametrize("how", ["opted out", "do not disturb"])
async def test_a_notification_goes_when_no_answer_is_needed_any_more(room, how):
    await waits(room)
    at = room.office.clock.now_ms()
    if how == "opted out":
        await room.office.store.write(opt_out, OptOut(PEER, at, reason="asked for it"), line="support")
    else:
        await room.office.store.write(put_dnd, DndEntry("d1", PEER, DndKind.EXACT, at))

    await room.sees(lambda: cards(room) == [])
    assert (await ticket(room)).waiting_since is not None


async def test_what_is_written_under_a_notification_is_not_sent_and_its_writer_is_told(room):
    _, card = await waits(room)
    await room.workspace.user_says("dana", CHANNEL, "On our way", card["ts"])

    assert "own thread" in await room.whispered("dana")
    assert room.office.radio.air == []


async def test_a_notification_that_somebody_deleted_comes_again_with_the_next_text(room):
    _, card = await waits(room)
    room.workspace.add_user("boss", is_admin=True)
    await room.workspace.join_channel("boss", CHANNEL)
    await room.workspace.user_deletes("boss", CHANNEL, card["ts"])
    await room.sees(lambda: cards(room) == [])
    await room.quiet()
    await room.text("Hello?")

    assert "4 new" in texts_of((await room.sees(lambda: cards(room)))[0])


async def test_reply_is_a_link_and_pressing_it_says_nothing(room):
    _, card = await waits(room)
    outcome = await room.workspace.user_clicks("dana", CHANNEL, card["ts"], NotificationAction.REPLY.value)

    assert outcome.fate.value == "acknowledged"
    await room.quiet()
    assert room.workspace.ephemerals("dana") == []


async def test_the_held_notification_comes_after_a_crash(room):
    await room.text("One")
    await room.card()
    await room.text("Two")
    await room.crash()
    await asyncio.sleep(HELD_MS / 1000)  # it falls due while nobody is there
    await room.start()

    [card] = await room.sees(lambda: cards(room))
    assert "2 new" in texts_of(card)


async def test_people_and_channels_who_are_to_hear_hear(room):
    room.workspace.add_channel("escalations", "dana", "sam")
    await room.text("One")
    root = await room.card()
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "notified", [room.slack.state.user("sam").id, room.slack.state.channel("escalations").id])
    await submit(room)
    await room.text("Two")

    await room.sees(lambda: cards(room, "escalations"))
    inbox = room.slack.state.im_with(room.slack.state.user("sam").id).id
    await room.sees(lambda: [one for one in cards(room, inbox) if "2 new" in texts_of(one)])
    assert cards(room) == []

    await room.workspace.user_says("dana", CHANNEL, "Hi", root)
    await room.sees(lambda: cards(room, "escalations") == [] and cards(room, inbox) == [])


async def test_a_channel_that_clerk_is_not_in_is_joined_or_named(room):
    room.workspace.add_channel("secret", "dana", private=True, with_bot=False)
    await room.text("One")
    root = await room.card()
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "notified", [room.slack.state.channel("secret").id])
    await submit(room)

    view = room.workspace.top_view("dana")
    assert view is not None
    assert "/invite @clerk" in str(room.slack.state.view_stacks)


async def fill(room, block: str, value, user: str = "dana") -> None:
    await room.sees(lambda: (room.workspace.top_view(user) or {}).get("submit"))
    elements = {
        one["block_id"]: one["element"] for one in room.workspace.top_view(user)["blocks"] if one["type"] == "input"
    }
    await room.workspace.user_enters(user, elements[block]["action_id"], value, block_id=block)


async def submit(room, user: str = "dana"):
    return await room.workspace.user_submits_view(user)


async def test_what_is_saved_in_the_form_is_kept_and_shown_on_the_card(room):
    await room.text("One")
    root = await room.card()
    sam = room.slack.state.user("sam").id
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "subject", "Broken tap")
    await fill(room, "status", "on_hold")
    await fill(room, "priority", "high")
    await fill(room, "people", [sam])
    await fill(room, "note", "Waiting for the part")
    [offered] = await room.workspace.user_searches("dana", "clerk.assign.tags", "plumbing")
    assert offered["text"]["text"] == "Create “plumbing”"
    await fill(room, "tags", [offered["value"]])
    await submit(room)

    found = await becomes(room, lambda one: one.subject == "Broken tap")
    assert (found.status, found.priority, found.assignees, found.tags) == (
        Status.ON_HOLD,
        Priority.HIGH,
        (sam,),
        ("plumbing",),
    )
    assert room.workspace.top_view("dana") is None
    [note] = await room.office.store.read(list_notes, await conversation(room))
    assert (note.name, note.text) == ("dana", "Waiting for the part")
    shown = await room.sees(lambda: [one for one in room.cards() if "Broken tap" in texts_of(one)])
    assert "Status: On-hold" in texts_of(shown[0])
    assert "plumbing" in texts_of(shown[0])

    await room.workspace.user_clicks("sam", CHANNEL, root, CardAction.ASSIGN.value)
    await room.sees(lambda: "Waiting for the part" in texts_of(room.workspace.top_view("sam") or {}))
    [known, *_] = await room.workspace.user_searches("sam", "clerk.assign.tags", "Plumb")
    assert known["text"]["text"] == "plumbing"


async def test_two_who_edit_at_once_keep_each_others_changes(room):
    await room.text("One")
    root = await room.card()
    for user in ("dana", "sam"):
        await room.workspace.user_clicks(user, CHANNEL, root, CardAction.ASSIGN.value)
        await room.sees(lambda user=user: room.workspace.top_view(user))
    await fill(room, "subject", "From Dana", "dana")
    await fill(room, "priority", "urgent", "sam")
    await submit(room, "dana")
    await submit(room, "sam")

    found = await becomes(room, lambda one: one.priority is Priority.URGENT)
    assert found.subject == "From Dana"


async def test_claiming_and_solving_by_reaction_and_taking_it_back(room):
    await room.text("One")
    root = await room.card()
    dana = room.slack.state.user("dana").id
    await room.workspace.user_reacts("dana", CHANNEL, root, "eyes")
    found = await becomes(room, lambda one: one.assignees == (dana,))
    assert found.status is Status.OPEN

    await room.workspace.user_unreacts("dana", CHANNEL, root, "eyes")
    await becomes(room, lambda one: one.assignees == ())
    await room.workspace.user_reacts("sam", CHANNEL, root, "white_check_mark")
    await becomes(room, lambda one: one.status is Status.SOLVED)
    await room.workspace.user_unreacts("sam", CHANNEL, root, "white_check_mark")
    await becomes(room, lambda one: one.status is Status.OPEN)


async def test_a_guest_claims_nothing(room):
    room.workspace.add_user("gus", is_restricted=True)
    await room.workspace.join_channel("gus", CHANNEL)
    await room.text("One")
    root = await room.card()
    await room.workspace.user_reacts("gus", CHANNEL, root, "eyes")
    await room.quiet()

    assert (await ticket(room)).assignees == ()


async def test_reactions_elsewhere_mean_nothing(room):
    await room.text("One")
    root = await room.card()
    [reply] = await room.thread(root, 1)
    await room.workspace.user_reacts("dana", CHANNEL, reply["ts"], "white_check_mark")
    await room.quiet()

    assert (await ticket(room)).status is Status.NEW


async def test_solving_takes_the_notification_away(room):
    root, card = await waits(room)
    await room.workspace.user_reacts("dana", CHANNEL, root, "white_check_mark")

    await room.sees(lambda: [one for one in room.cards() if "Solved by dana" in texts_of(one)])
    await room.sees(lambda: all(one["ts"] != card["ts"] for one in room.cards()))


async def test_snoozing_from_the_menu_hides_what_waits_until_the_next_text(room):
    root, _ = await waits(room)
    await choose(room, root, CardAction.SNOOZE)
    await fill(room, "snooze", "next")
    await submit(room)
    await becomes(room, lambda one: one.snoozed)
    await room.sees(lambda: cards(room) == [])

    await room.text("Are you there?")
    [card] = await room.sees(lambda: cards(room))
    assert "4 new" in texts_of(card)


async def test_a_time_that_is_over_is_refused_under_its_field(room):
    await room.text("One")
    root = await room.card()
    await choose(room, root, CardAction.SNOOZE)
    await fill(room, "snooze", "time")
    await fill(room, "snooze_at", 1_600_000_000)
    await submit(room)

    stack = room.slack.state.view_stacks[room.slack.state.user("dana").id]
    assert stack[-1].errors == {"snooze_at": "That time is over. Choose one that is still to come."}


async def choose(room, root: str, action: CardAction, user: str = "dana") -> None:
    """Choose an entry of a card's menu."""
    [message] = [one for one in room.cards() if one["ts"] == root]
    for block in message["blocks"]:
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            for option in element.get("options", ()):
                if f'"do":"{action.value}"' in option["value"]:
                    await room.workspace.user_clicks(user, CHANNEL, root, element["action_id"], choice=option["value"])
                    return
    raise AssertionError(f"the card does not offer {action}")


async def test_what_stays_unanswered_is_moved_to_the_bottom_and_its_people_are_called(tmp_path):
    rules = TicketRules(notify_after_ms=100, remind_after_ms={Priority.HIGH: 1200})
    async with open_room(tmp_path, rules=rules) as room:
        await room.text("One")
        root = await room.card()
        dana = room.slack.state.user("dana").id
        await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
        await fill(room, "priority", "high")
        await fill(room, "people", [dana])
        await submit(room)

        overdue = await room.sees(lambda: [one for one in cards(room) if "No answer for" in texts_of(one)])
        assert f"'user_id': '{dana}'" in str(overdue[0])
        inbox = room.slack.state.im_with(dana).id
        assert "No answer for" in texts_of((await room.sees(lambda: cards(room, inbox)))[0])


async def test_urgent_is_shown_at_once(room):
    await room.text("One")
    root = await room.card()
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "priority", "urgent")
    await submit(room)
    await becomes(room, lambda one: one.priority is Priority.URGENT)
    await room.text("Fire")

    [card] = await room.sees(lambda: cards(room), within_s=HELD_MS / 1000)
    assert "🚨 Urgent" in texts_of(card)


async def test_conversations_have_a_notification_each(room):
    await waits(room)
    await room.text("Hi", sender=OTHER)
    await room.text("Hi again", sender=OTHER)

    await room.sees(lambda: len(cards(room)) == 2)


async def test_erasing_a_number_names_its_notifications_and_keeps_nothing_of_them(room):
    _, card = await waits(room)
    await room.quiet()
    erased = await room.office.store.write(erase_number, PEER, new_key=b"k" * 32, now=room.office.clock.now_ms())

    assert card["ts"] in {ts for _, ts in erased.posts}
    left = await room.office.store.read(
        lambda tx: tx.one("SELECT count(*) AS n FROM slack_posts WHERE subject LIKE 'notify%'")
    )
    assert left["n"] == 0


async def test_a_form_of_a_conversation_that_was_erased_says_so(room):
    await room.text("One")
    root = await room.card()
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "subject", "Too late")
    await room.quiet()
    await room.office.store.write(erase_number, PEER, new_key=b"k" * 32, now=room.office.clock.now_ms())
    await submit(room)

    assert room.workspace.top_view("dana") is not None
    assert "no such conversation" in str(room.slack.state.view_stacks)


async def test_a_form_that_is_submitted_twice_adds_its_note_once(room):
    await room.text("One")
    root = await room.card()
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "note", "Once")
    view = room.workspace.top_view("dana")
    stack = room.slack.state.view_stacks[room.slack.state.user("dana").id]
    top = stack[-1]
    await submit(room)
    stack = room.slack.state.view_stacks.setdefault(room.slack.state.user("dana").id, [])
    stack.append(top)  # the acknowledgement was lost: the form stands there still
    await room.workspace.user_submits_view("dana", view["id"])

    notes = await room.office.store.read(list_notes, await conversation(room))
    assert [note.text for note in notes] == ["Once"]


async def test_somebody_who_left_the_workspace_holds_nobody_elses_notification_up(room):
    await room.text("One")
    root = await room.card()
    sam = room.slack.state.user("sam")
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "notified", [sam.id, room.slack.state.channel(CHANNEL).id])
    await submit(room)
    sam.deleted = True
    await room.text("Two")

    await room.sees(lambda: cards(room))
    await room.quiet()


async def test_somebody_who_left_the_workspace_is_unassigned_and_the_thread_says_so(room):
    await room.text("One")
    root = await room.card()
    sam = room.slack.state.user("sam")
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, assign.PEOPLE, [sam.id])
    await fill(room, "notified", [sam.id])
    await submit(room)
    sam.deleted = True
    await room.text("Two")

    found = await becomes(room, lambda found: found.assignees == ())
    assert found.notified == ()
    [told] = await room.sees(lambda: [one for one in thread(room, root) if "was deactivated" in texts_of(one)])
    assert "not assigned any more" in texts_of(told)
    history = await room.office.store.read(ticket_history, await conversation(room))
    assert [(one.event, one.actor, one.detail) for one in history][-1] == ("unassigned", None, f"{sam.id} left")


def thread(room, root):
    return room.workspace.messages(CHANNEL, root)


async def test_without_the_scope_for_direct_messages_channels_hear_all_the_same(tmp_path):
    scopes = [scope for scope in (*BASE_SCOPES, *OPTIONAL_SCOPES) if not scope.startswith("im:")]
    async with open_room(tmp_path, rules=QUICK, stand_in={"scopes": scopes}) as room:
        await room.text("One")
        root = await room.card()
        people = [room.slack.state.user("sam").id, room.slack.state.channel(CHANNEL).id]
        await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
        await fill(room, "notified", people)
        await submit(room)
        await room.text("Two")

        await room.sees(lambda: cards(room))


async def test_reply_leads_to_the_conversation_when_its_last_message_was_deleted(room):
    room.workspace.add_user("boss", is_admin=True)
    await room.workspace.join_channel("boss", CHANNEL)
    root, _ = await waits(room)
    await room.text("Gone in a moment")
    last = (await room.thread(root, 4))[-1]
    await room.workspace.user_deletes("boss", CHANNEL, last["ts"])
    await room.sees(lambda: [one for one in cards(room) if "support · 4 new" in texts_of(one)])
    await room.quiet()
    await room.office.store.write(lambda tx: tx.run("UPDATE tickets SET told_at = NULL"))
    await room.workspace.user_clicks("dana", CHANNEL, root, CardAction.ASSIGN.value)
    await fill(room, "priority", "high")
    await submit(room)

    shown = await room.sees(lambda: [one for one in cards(room) if "🔺 High" in texts_of(one)])
    [row] = [block for block in shown[0]["blocks"] if block["type"] == "actions"]
    assert row["elements"][0]["url"].endswith(f"/p{root.replace('.', '')}")


async def test_names_are_known_after_a_restart(room):
    root, _ = await waits(room)
    await room.workspace.user_reacts("sam", CHANNEL, root, "eyes")
    await room.sees(lambda: [one for one in cards(room) if "👀 sam" in texts_of(one)])
    await room.quiet()
    await room.crash()
    await room.start()
    await room.text("One more")

    await room.sees(lambda: [one for one in cards(room) if "4 new" in texts_of(one) and "👀 sam" in texts_of(one)])


async def test_after_a_quiet_time_the_notification_comes_to_the_bottom_again(room):
    _, first = await waits(room)
    await room.text("Me too", sender=OTHER)
    await room.sees(lambda: len(room.cards()) == 3)
    await asyncio.sleep(1.2 * HELD_MS / 1000)  # the quiet is the fact
    await room.text("Still waiting")

    await room.sees(lambda: "4 new" in texts_of(room.cards()[-1]))
    assert room.cards()[-1]["ts"] != first["ts"]
    await room.sees(lambda: len(cards(room)) == 1)
