"""That somebody who was to hear of a conversation is not in the workspace any more."""

from __future__ import annotations

from clerkd.slack.render import Screen, context, rich_text, screen, section, words


def person_gone(user: str, *, unassigned: bool = False, others: int = 0) -> Screen:
    """Say it in the conversation's thread; `user` is Slack's id, which Slack shows as a name.

    `unassigned`: they were assigned to it; `others`: and to so many other conversations.
    """
    who = [{"type": "user", "user_id": user}]
    also = f" Neither are they to {others} other{'s' if others > 1 else ''}." if others else ""
    left = f" They are not assigned any more.{also}" if unassigned else ""
    now = "Choose somebody else with Assign; until then the channel is told."
    return screen(
        "Somebody who was to hear of this conversation cannot be reached",
        rich_text(section(words("👋 "), who, words(" cannot be reached any more and was not told of the last text."))),
        context(f"Their account was deactivated.{left} {now}"),
    )
