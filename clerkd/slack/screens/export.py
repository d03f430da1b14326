"""Files that people take away: what is offered, and what they are told while one is made."""

from __future__ import annotations

from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import actions, context, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import press
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import count

CONTACTS = "clerk.contacts.take"  # and after a colon the format
CONTACTS_TITLE = "Export contacts"
_CALLBACK = "clerk.contacts.export"


def contacts(total: int) -> Json:
    """Return the choice of formats for all contacts."""
    if not total:
        there_is_none = "There are no contacts to export yet."
        return modal(CONTACTS_TITLE, [rich_text(section(words(there_is_none)))], callback=_CALLBACK)
    said = f"{count(total, 'contact')} with numbers, tags and notes. The file comes to your direct messages with Clerk."
    choices = actions(
        press(f"{CONTACTS}:csv", "CSV, for spreadsheets", button_value(form="csv"), style="primary"),
        press(f"{CONTACTS}:vcard", "vCard, for phones", button_value(form="vcard")),
    )
    small = context("Both can be imported again. Who has the file has all names and numbers: keep it safe.")
    return modal(CONTACTS_TITLE, [rich_text(section(words(said))), choices, small], callback=_CALLBACK)


def on_its_way(name: str) -> str:
    """Say what comes when a file is asked for."""
    return f"📄 {name} comes to your direct messages with Clerk in a moment."


def is_there(name: str) -> str:
    """Say where the file is."""
    return f"📄 {name} is in your direct messages with Clerk."


def covering(said: str) -> str:
    """Return the message that shows the file; Slack parses it, so `said` is escaped."""
    plain = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{plain} Delete this message when you do not need it any more."


def not_handed_over(code: str) -> str:
    """Say why there is no file, and what to change."""
    if code == "missing_scope":
        return (
            "The file could not be handed over: Clerk's Slack app lacks the scopes files:write and im:write. An admin "
            "can add them at api.slack.com/apps → OAuth & Permissions, and has to reinstall the app afterwards."
        )
    return f"The file could not be handed over: Slack answered {shorten(code, 80)}. Try again in a while."
