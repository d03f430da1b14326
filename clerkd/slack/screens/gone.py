"""That somebody who was to hear of a conversation is not in the workspace any more."""

from __future__ import annotations

from clerkd.slack.render import Screen, context, rich_text, screen, section, words


def person_gone(user: str) -> Screen:
    """Say it in the conversation's thread; `user` is Slack's id, which Slack shows as a name."""
    who = [{"type": "user", "user_id": user}]
    return screen(
        "Somebody who was to hear of this conversation cannot be reached",
        rich_text(section(words("👋 "), who, words(" cannot be reached any more and was not told of the last text."))),
        context("Their account was deactivated. Choose somebody else with Assign; until then the channel is told."),
    )
