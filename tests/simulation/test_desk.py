"""A few seeds of the day at the desk; `python tests/simulation --desk` lives many."""

import pytest
from simulation.desk import CHANNEL, PHONES, Said, live_day
from simulation.desk_checker import check_day

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("seed", [5, 9])
def test_whatever_fails_every_text_is_told_and_every_reply_sent_once(seed):
    history, found = live_day(seed, 2.0, check_day)
    assert found == []
    assert len(history.sent_in) > 60
    assert len(history.said) > 30
    assert sum(history.faults.values()) > 10


def test_one_seed_has_one_day():
    first, _ = live_day(7, 0.5, check_day)
    again, _ = live_day(7, 0.5, check_day)
    other, _ = live_day(8, 0.5, check_day)
    assert first.events == again.events
    assert first.digest == again.digest != other.digest


def shown_twice(day):
    _, posts = _told(day, 1)
    posts[0].text += f" {posts[0].text}"


def shown_and_gone(day):
    _, posts = _told(day, 1)
    posts[0].text = "something else"


def shown_to_others(day):
    (one, *_), (other, *_) = _told(day, 1, PHONES[0])[1], _told(day, 1, PHONES[1])[1]
    one.text, other.text = other.text, one.text


def shown_out_of_order(day):
    _, (one, other, *_) = _told(day, 2)
    one.text, other.text = other.text, one.text


def said_and_gone(day):
    day.history.said["out9999"] = Said(PHONES[0], "1.0")


def answered_twice(day):
    records = day.network.air.records
    records.append(next(one for one in records if one.submit.user_data.text in day.history.said))


def answered_the_wrong_one(day):
    text, said = next(iter(day.history.said.items()))
    day.history.said[text] = Said("+447700900999", said.ts)


def never_on_air(day):
    del day.network.air.records[:]


def mark_and_gone(day):
    for message in day.slack.state.channel(CHANNEL).messages.values():
        message.reactions.clear()


def bad_manners(day):
    day.slack.violations.append("a fault")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (shown_twice, "shown 2 times"),
        (shown_and_gone, "shown 0 times"),
        (shown_to_others, "shown to those who answer"),
        (shown_out_of_order, "out of order"),
        (said_and_gone, "written once, taken 0 times"),
        (answered_twice, "copies on air"),
        (answered_the_wrong_one, "and taken for"),
        (never_on_air, "and on air [0"),
        (mark_and_gone, "its writer sees []"),
        (bad_manners, "Slack says"),
    ],
)
def test_the_checker_sees_every_harm(harm, words):
    def check_harmed(day):
        assert check_day(day) == []
        harm(day)
        return check_day(day)

    _, found = live_day(7, 0.5, check_harmed)
    assert any(words in what for what in found), found


def _told(day, count, phone=None):
    """Return a thread and the posts in it that each show one text, at least so many."""
    for peer, ts in day.cards():
        posts = [
            one
            for one in day.slack.state.channel(CHANNEL).replies(ts)
            if one.user == day.slack.state.bot.id and len(one.text) == len("in0000")
        ]
        if phone in (None, peer) and len(posts) >= count:
            return ts, posts
    raise AssertionError("nothing was told")
