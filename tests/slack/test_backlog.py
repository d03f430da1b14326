"""A long backlog of one conversation: fewer messages, every text recognisable, later news find their place."""

from fakes.desk import OTHER, PEER
from fakes.parts import tell_waiting_parts
from fakes.slack_room import open_room, texts_of

from clerkd.model.inbound import Concat
from clerkd.simulate.slack import ErrorAnswer, Lost
from clerkd.slack.backlog import MANY, MOST_TEXTS


async def told_together(room, numbers: int, **texts: str) -> list[dict]:
    """Have texts come while the desk is away, start it, and return what the one thread shows."""
    root = await room.card()
    await room.crash()
    for number in range(numbers):
        await room.text(f"waits {number}", **texts)
    await room.start()
    await room.sees(lambda: f"waits {numbers - 1}" in shown(room.replies(root)), 20)
    await room.quiet()
    return room.replies(root)


def shown(replies: list[dict]) -> list[str]:
    """Return the texts that a reader sees, one by one."""
    lines = [line for one in replies for line in texts_of(one).replace("🕘 ", "\n").splitlines() if line]
    return [line for line in lines if not line.endswith("texts that could not be shown when they came")]


async def test_few_that_waited_are_told_one_by_one(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("zero")
        replies = await told_together(room, MANY - 10)

        assert len(replies) == 1 + MANY - 10


async def test_many_that_waited_are_told_in_few_messages_with_their_times(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("zero")
        await room.thread(await room.card(), 1)
        replies = await told_together(room, 70)

        assert shown(replies) == ["zero", *(f"waits {n}" for n in range(70))]
        assert len(replies) == 1 + -(-70 // MOST_TEXTS)
        times = [one for one in replies[1]["blocks"][1]["elements"] if one["elements"][-1]["type"] == "date"]
        assert len(times) == MOST_TEXTS
        assert replies[1]["text"].splitlines()[0].endswith("UTC waits 0")


async def test_a_conversation_with_few_is_not_touched_by_another_with_many(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("zero")
        await room.card()
        await room.crash()
        for number in range(60):
            await room.text(f"waits {number}")
            if number % 20 == 0:
                await room.text(f"alone {number}", OTHER)
        await room.start()
        cards = await room.sees(lambda: len(room.cards()) == 2 and room.cards())
        await room.quiet()

        assert [one["text"] for one in room.replies(cards[1]["ts"])] == ["alone 0", "alone 20", "alone 40"]
        assert shown(room.replies(cards[0]["ts"])) == ["zero", *(f"waits {n}" for n in range(60))]


async def test_a_part_that_comes_late_completes_its_text_among_the_others(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("zero")
        root = await room.card()
        await room.crash()
        for number in range(30):
            await room.text(f"waits {number}")
        await room.text("first half, ", PEER, concat=Concat(7, 8, 2, 1))
        for number in range(30, 60):
            await room.text(f"waits {number}")
        await room.office.store.write(tell_waiting_parts, room.office.clock.now_ms())
        await room.start()
        await room.sees(lambda: "waits 59" in shown(room.replies(root)))
        await room.text("second half", PEER, concat=Concat(7, 8, 2, 2))
        await room.sees(lambda: "first half, second half" in shown(room.replies(root)))

        assert shown(room.replies(root)).count("waits 31") == 1


async def test_a_message_of_many_whose_answer_was_lost_is_made_once(tmp_path):
    async with open_room(tmp_path) as room:
        room.slack.faults.clear()
        await room.text("zero")
        await room.card()
        await room.quiet()
        room.slack.faults.next_call(Lost(committed=True), method="chat.postMessage", times=2)
        replies = await told_together(room, 70)

        assert shown(replies) == ["zero", *(f"waits {n}" for n in range(70))]


async def test_blocks_that_slack_refuses_leave_every_text_of_the_message(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("zero")
        await room.card()
        await room.quiet()
        room.slack.faults.next_call(ErrorAnswer("invalid_blocks"), method="chat.postMessage")
        replies = await told_together(room, 60)

        assert [line.rpartition("UTC ")[2] for line in replies[1]["text"].splitlines()] == [
            f"waits {n}" for n in range(MOST_TEXTS)
        ]
