from fakes.desk import PEER, open_office

from clerkd.core.publisher import Publisher
from clerkd.model.message import SendRequest
from clerkd.model.notice import NoticeKind, Topic
from clerkd.store.ops.notices import read_notices


class Reader:
    """A sink that takes its time."""

    name = "reader"

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


async def test_a_sink_is_told_what_was_committed_before_it_began_to_read(tmp_path):
    reader = Reader()
    publisher = Publisher([reader])
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        await publisher.register(office.store)
        accepted = await office.outbox.accept(SendRequest(PEER, "Hello"))

        notices = await office.store.read(read_notices, "reader", 10)

        assert [notice.message_id for notice in notices] == [accepted.message.id]


async def test_a_sink_that_joins_is_woken_at_once():
    publisher, reader = Publisher(), Reader()

    publisher.add(reader)
    publisher.wake()

    assert reader.woken == 2


def test_only_those_who_follow_what_was_announced_are_woken():
    publisher, everything, answers = Publisher(), Reader(), Reader()
    publisher.add(everything)
    publisher.follow(answers, {Topic.ANSWER_OWED})

    publisher.committed(frozenset({NoticeKind.MESSAGE_CHANGED.value}))
    publisher.committed(frozenset({NoticeKind.MESSAGE_RECEIVED.value, Topic.ANSWER_OWED.value}))

    assert everything.woken == 3
    assert answers.woken == 1
