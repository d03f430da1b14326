"""Tokens that Slack refuses, and those that are put in their place."""

import pytest
from fakes.slack_room import open_room

from clerkd.slack.token import Token, TokenUnreadable


async def test_a_token_of_another_workspace_is_not_used(tmp_path):
    async with open_room(tmp_path) as room:
        await room.text("one")
        root = await room.card()
        await room.thread(root, 1)
        own = room.slack.state.team.id
        room.slack.workspace.issue_tokens(bot="xoxb-elsewhere")
        room.slack.state.team.id = "T0ELSEWHERE"
        await room.text("two")
        await room.sees(lambda: room.desk.health()[1] == "slack.other_workspace")
        assert "another workspace" in room.desk.health()[2]
        assert len(room.replies(root)) == 1

        room.slack.workspace.issue_tokens(bot="xoxb-own")
        room.slack.state.team.id = own
        await room.thread(root, 2)
        await room.sees(lambda: room.desk.health()[0])


def test_a_refusal_of_a_token_that_was_replaced_meanwhile_says_nothing_of_the_new_one():
    kept = ["xoxb-first", "xoxb-second"]
    token = Token("bot_token", lambda: kept.pop(0))
    assert token.look_again()

    token.refuse("token_revoked", "xoxb-first")

    assert token.refused is None


def test_a_token_that_cannot_be_read_leaves_the_old_one_and_says_why():
    sources = iter(["xoxb-first"])

    def read() -> str:
        for text in sources:
            return text
        raise TokenUnreadable("the file is empty")

    token = Token("bot_token", read)

    assert not token.look_again()
    assert (token.text, token.unreadable) == ("xoxb-first", "the file is empty")


def test_without_a_token_there_is_no_desk():
    def read() -> str:
        raise TokenUnreadable("it is not there")

    with pytest.raises(TokenUnreadable):
        Token("bot_token", read)
