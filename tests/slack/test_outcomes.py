"""What became of a text is told where it was asked for, and a person can decide what nobody else can."""

import asyncio

from fakes.desk import PEER
from fakes.slack_room import CHANNEL, buttons_of, open_room, texts_of

from clerkd.errors import Indeterminate, Permanent, Temporary
from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.message import OutcomePolicy
from clerkd.simulate.slack import Lost


def report(room, reference: int, status: ReportStatus = ReportStatus.DELIVERED) -> DeliveryReport:
    now = room.office.clock.now_ms()
    return DeliveryReport(
        line="support",
        sim="8944500000000000001",
        pdu=f"report {reference} {status}".encode(),
        received_at=now,
        reference=reference,
        recipient=PEER,
        accepted_at=now,
        discharged_at=now,
        status=status,
        status_octet=0 if status is ReportStatus.DELIVERED else 0x41,
    )


async def test_queued_sent_and_received_are_added_one_after_the_other(tmp_path):
    async with open_room(tmp_path) as room:
        room.office.radio.hold()
        ts = await room.workspace.user_says("dana", CHANNEL, "send 4155550123 Hello")
        await room.reacted(ts, "hourglass_flowing_sand")
        room.office.radio.let_go()
        await room.reacted(ts, "heavy_check_mark")
        await room.arrives(report(room, 1))
        await room.reacted(ts, "vibration_mode")

        assert room.reactions(ts) == {"hourglass_flowing_sand", "heavy_check_mark", "vibration_mode"}


async def test_a_report_of_failure_offers_retry_although_the_network_had_taken_it(tmp_path):
    async with open_room(tmp_path) as room:
        ts = await room.workspace.user_says("dana", CHANNEL, "send 4155550123 Hello")
        await room.reacted(ts, "heavy_check_mark")
        root = await room.card()
        await room.arrives(report(room, 1, ReportStatus.FAILED))
        await room.reacted(ts, "x")
        prompt = (await room.thread(root, 2))[-1]

        assert "Not delivered to (415) 555-0123" in texts_of(prompt)
        assert buttons_of(prompt) == {"Retry": "clerk.message.retry"}


async def test_an_unknown_outcome_is_decided_by_a_person_once(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.script.append(("lost", Indeterminate("the port was lost")))
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        await room.reacted(ts, "question", root)
        prompt = (await room.thread(root, 3))[-1]
        assert buttons_of(prompt) == {"Resend": "clerk.message.resend", "Mark sent": "clerk.message.mark_sent"}

        await room.workspace.user_clicks("dana", CHANNEL, prompt["ts"], "clerk.message.mark_sent")
        await room.reacted(ts, "heavy_check_mark", root)
        await room.quiet()

        after = room.replies(root)[-1]
        assert "Marked as sent by dana" in texts_of(after)
        assert buttons_of(after) == {}
        assert len(room.office.radio.air) == 1


async def test_of_two_who_click_the_first_acts_and_the_second_is_told(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.script.append(Permanent("no"))
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        prompt = (await room.thread(root, 3))[-1]
        click = room.workspace.user_clicks
        await asyncio.gather(
            click("dana", CHANNEL, prompt["ts"], "clerk.message.retry"),
            click("sam", CHANNEL, prompt["ts"], "clerk.message.retry"),
        )
        await room.quiet()

        told = {user: [one["text"] for one in room.workspace.ephemerals(user)] for user in ("dana", "sam")}
        assert sorted(map(len, told.values())) == [0, 1]
        assert (told["sam"] or told["dana"])[0] == f"Already done by {'dana' if told['sam'] else 'sam'}."
        assert len(room.office.radio.air) == 1


async def test_a_late_report_settles_the_question(tmp_path):
    async with open_room(tmp_path) as room:
        room.office.radio.script.append(("lost", Indeterminate("the port was lost")))
        await room.office.send("Backup failed")
        root = await room.card()
        prompt = (await room.thread(root, 2))[-1]
        message = (await room.office.store.read(_outbound))[0]
        await room.office.outbox.mark_sent(message)
        await room.sees(lambda: "has been sent after all" in texts_of(room.replies(root)[-1]))

        assert buttons_of(room.replies(root)[-1]) == {}
        assert room.replies(root)[-1]["ts"] == prompt["ts"]


async def test_a_text_cancelled_elsewhere_is_told_as_cancelled(tmp_path):
    async with open_room(tmp_path) as room:
        room.office.radio.go(ready=False)
        message = await room.office.send("Backup failed")
        root = await room.card()
        await room.thread(root, 1)
        await room.office.outbox.cancel(message.id)
        replies = await room.thread(root, 2)

        assert texts_of(replies[-1]).startswith("Cancelled before it was sent.")


def _outbound(tx):
    return [row["id"] for row in tx.all("SELECT id FROM messages WHERE direction = 'outbound'")]


async def test_killed_right_after_a_click_took_effect_it_does_not_take_effect_again(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.script.append(Permanent("no"))
        ts = await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        prompt = (await room.thread(root, 3))[-1]
        resend, done = room.office.outbox.resend, asyncio.Event()

        async def resend_and_die(*args, **kwargs):
            await resend(*args, **kwargs)
            done.set()
            await asyncio.Event().wait()

        room.office.outbox.resend = resend_and_die
        room.office.radio.script.append(Permanent("no again"))
        click = asyncio.create_task(room.workspace.user_clicks("sam", CHANNEL, prompt["ts"], "clerk.message.retry"))
        await done.wait()
        await room.crash()
        await click
        room.office.outbox.resend = resend
        await room.start()
        await room.sees(lambda: "Retried by sam" in str(room.replies(root)))
        await room.quiet()

        assert room.office.radio.air == [], "the second failure waits for a second click"
        assert buttons_of(room.replies(root)[-1]) == {"Retry": "clerk.message.retry"}
        assert "no again" in texts_of(room.replies(root)[-1])
        assert "x" in room.reactions(ts, root)


async def test_a_button_for_a_state_that_is_past_does_nothing_and_says_so(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.script.append(Permanent("no"))
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        prompt = (await room.thread(root, 3))[-1]
        message = (await room.office.store.read(_outbound))[0]
        room.slack.faults.next_call(Lost(committed=False), method="chat.update")  # the button is still there
        await room.office.outbox.resend(message)
        await room.office.radio.wait_air(1)
        await room.workspace.user_clicks("sam", CHANNEL, prompt["ts"], "clerk.message.retry")
        said = await room.whispered("sam")
        await room.quiet()

        assert said == "This has been settled already."
        assert len(room.office.radio.air) == 1


class Vague(Temporary):
    code = "modem.unknown-fault"


async def test_a_parked_text_says_why_and_can_be_sent_after_all(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Is my bike ready?")
        root = await room.card()
        room.office.radio.script.extend([Vague("the modem answered +CMS ERROR: 500")] * 5)
        await room.workspace.user_says("dana", CHANNEL, "Yes", root)
        prompt = (await room.thread(root, 3))[-1]

        said = "Not sent to (415) 555-0123: it was refused 5 times, the last time because the modem answered +CMS ERROR"
        assert said in texts_of(prompt)
        assert buttons_of(prompt) == {"Send now": "clerk.scheduled.release", "Cancel": "clerk.scheduled.cancel"}
        await room.workspace.user_clicks("dana", CHANNEL, prompt["ts"], "clerk.scheduled.release")
        await room.office.radio.wait_air(1)
        assert room.office.radio.texts == ["Yes"]


async def test_what_may_go_out_once_at_most_has_no_button_to_send_it_again(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("My code?")
        root = await room.card()
        room.office.radio.script.append(("lost", Indeterminate("the port was lost")))
        await room.office.send("1234", outcome_policy=OutcomePolicy.AT_MOST_ONCE)
        prompt = (await room.thread(root, 3))[-1]

        assert "its sender wants at most one copy" in texts_of(prompt)
        assert buttons_of(prompt) == {"Mark sent": "clerk.message.mark_sent"}


async def test_a_copy_sent_in_doubt_is_said_to_be_one(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("Hello?")
        root = await room.card()
        room.office.radio.script.append(("lost", Indeterminate("the port was lost")))
        await room.office.send("alert", outcome_policy=OutcomePolicy.AT_LEAST_ONCE)
        prompt = (await room.thread(root, 3))[-1]
        assert "One more copy goes out in two minutes" in texts_of(prompt)
        await room.office.outbox.resend((await room.office.store.read(_outbound))[0], actor="at_least_once")
        await room.sees(lambda: "may have arrived twice" in texts_of(room.replies(root)[-1]))
