"""What is said about direct channels: made, refused, left. What happened, why, what next."""

from __future__ import annotations

import re
import unicodedata

from clerkd.slack.render import Element, Screen, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten

NAME_LIMIT = 80  # characters of a channel's name
TOPIC_LIMIT = 250
WHO_LIMIT = 80  # characters of a name in a sentence
BASE_LIMIT = 60  # which leaves room for a suffix
PREFIX = "sms-"

BACK = "back"  # somebody moved the conversation back; every other problem is Slack's word

_AGAIN = "The conversation stays in this thread; then press Create Channel again."
_REFUSED = {
    "restricted_action": (
        "Clerk doesn't have the necessary permission to create channels in your workspace. An owner can change that: "
        "Settings & administration → Workspace settings → Permissions → Channel Management → People who can create "
        "channels."
    ),
    "missing_scope": (
        "Clerk's Slack app lacks the scope {detail}. An admin can add it at api.slack.com/apps → OAuth & Permissions → "
        "Bot Token Scopes, and has to press Reinstall to Workspace afterwards."
    ),
    "name_taken": "Every name like #{name} is taken, perhaps by archived channels. Give the contact another name.",
}
_RESTRICTIONS = ("no_permission", "user_is_restricted", "not_allowed", "restricted_action_channel_creation")
_REFUSED |= dict.fromkeys(_RESTRICTIONS, _REFUSED["restricted_action"])
_OTHERWISE = "Slack refused to create the channel #{name} and says: {detail}. An admin of the workspace may know why."

_CLOSED = {
    "archive": "was archived. To use it again, unarchive it in Slack; for a new one press Create Channel.",
    "deleted": "was deleted. For a new one press Create Channel.",
    "left": "is closed to Clerk, which was removed from it. To use it again, type /invite @clerk there.",
    "shared": (
        "is shared with another organisation, where Clerk does not post texts. To use it again, stop sharing it: "
        "channel name → Settings → Manage shared channel."
    ),
    "restricted": (
        "does not let Clerk post. To use it again, change it there: channel name → Settings → Posting permissions; "
        "then press Create Channel."
    ),
}
_REASONS = {
    "is_archived": "archive", "archive": "archive", "channel_not_found": "deleted", "deleted": "deleted",
    "not_in_channel": "left", "left": "left", "shared": "shared",
}  # fmt: skip


def channel_base(name: str | None, peer: str) -> str:
    """Return what a contact's channel is to be called: `sms-ann-lee`, or the number's last four digits."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not any(character.isalpha() for character in slug):
        digits = "".join(character for character in peer if character.isdigit())
        slug = digits[-4:] or re.sub(r"[^a-z0-9]+", "-", peer.lower()).strip("-") or "contact"
    return PREFIX + slug[:BASE_LIMIT].strip("-")


def numbered(base: str, attempt: int) -> str:
    """Return the name to try next when others are taken: the base, then `-2`, `-3` …"""
    return base if attempt <= 1 else f"{base}-{attempt}"


def topic(title: str, number: str, line: str) -> str:
    """Return a channel's topic: plain text for Slack, which would parse it."""
    head = title if title == number else f"{title} · {number}"
    text = f"Texts with {shorten(head, 150)} over line {line}. Every message here is texted; threads are internal."
    return re.sub(r"[<>&]", "", text)[:TOPIC_LIMIT]


def made(channel: str, who: str) -> Screen:
    """Tell the thread that the conversation goes on elsewhere."""
    text = f"💬 {shorten(who, WHO_LIMIT)} moved this conversation to a channel of its own"
    link: Element = {"type": "channel", "channel_id": channel}
    return screen(text, rich_text(section(words(f"{text}: "), [link], words(". Replies here are still texted."))))


def works_again(channel: str) -> Screen:
    """Tell the thread that the conversation goes on in its channel again."""
    text = "💬 This conversation goes on in its channel again"
    link: Element = {"type": "channel", "channel_id": channel}
    return screen(text, rich_text(section(words(f"{text}: "), [link], words("."))))


def refused(code: str, name: str, detail: str) -> Screen:
    """Say why there is no channel, what to change, and that nothing is lost."""
    why = _REFUSED.get(code, _OTHERWISE).format(name=name, detail=shorten(detail, 200))
    text = f"⚠️ No channel was created. {why} {_AGAIN}"
    return screen(text, rich_text(section(words(text))))


def closed(problem: str, name: str) -> Screen:
    """Tell the thread that the conversation is here again, why, and how the channel can be used again."""
    reason = _CLOSED[_REASONS.get(problem, "restricted")]
    text = f"↩️ This conversation goes on in this thread: #{name} {reason} No text was lost."
    return screen(text, rich_text(section(words(text))))


def moved_back(who: str, name: str) -> Screen:
    """Tell the thread that somebody moved the conversation back."""
    text = f"↩️ {shorten(who, WHO_LIMIT)} moved this conversation back to this thread from #{name}."
    return screen(text, rich_text(section(words(text))))


def farewell(who: str, line_channel: str | None) -> Screen:
    """Tell the channel that nothing written there is texted any more."""
    moved = f"↩️ {shorten(who, WHO_LIMIT)} moved this conversation back to its thread."
    text = f"{moved} What is written here is not texted any more."
    link: list[Element] = [{"type": "channel", "channel_id": line_channel}] if line_channel else []
    where = [words(" It goes on in "), link, words(".")] if link else []
    return screen(text, rich_text(section(words(text), *where)))
