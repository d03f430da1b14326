"""Settings as a person may see them: what the configuration decides is read-only here, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from clerkd.model.number import international
from clerkd.model.quota import QuotaStatus
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, actions, context, rich_text, section, words
from clerkd.slack.screens.forwarding import OPEN as FORWARDING
from clerkd.slack.screens.inputs import press
from clerkd.slack.screens.quota import ADD_PACK, standing
from clerkd.slack.screens.skeleton import modal

TITLE = "Settings"
OPEN = "clerk.settings.open"
LINES_SHOWN = 30

_ROLE_WORDS = {
    "viewer": "You see conversations and contacts.",
    "agent": "You see conversations and text people.",
    "manager": "You text people and change contacts, templates, rules and quotas.",
    "admin": "You may do everything here, exports too.",
    "owner": "You may do everything here, exports too.",
}


@dataclass(frozen=True, slots=True)
class LineSettings:
    """One line as configured."""

    name: str
    number: str
    channel: str
    countries: Sequence[str]
    quota: QuotaStatus | None
    forwards: bool = False  # whether this person may have its calls forwarded


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What somebody sees."""

    role: str
    lines: Sequence[LineSettings]
    zone: tzinfo
    now: int
    may_change: bool


def settings(view: SettingsView) -> Json:
    """Return the modal."""
    blocks: list[Block] = [
        rich_text(
            section(words(f"Your role: {view.role.capitalize()}", bold=True), words(f"\n{_ROLE_WORDS[view.role]}"))
        )
    ]
    for line in view.lines[:LINES_SHOWN]:
        blocks.append(
            rich_text(section(words(f"📶 {line.name}", bold=True), words("\n" + "\n".join(_facts(line, view)))))
        )
        value = button_value(line=line.name)
        buttons = []
        if line.quota is not None and view.may_change:
            buttons.append(press(f"{ADD_PACK}:{line.name}"[:250], "Add pack", value))
        if line.forwards:
            buttons.append(press(f"{FORWARDING}:{line.name}"[:250], "Call forwarding", value))
        if buttons:
            blocks.append(actions(*buttons))
    if len(view.lines) > LINES_SHOWN:
        blocks.append(context(f"… and {len(view.lines) - LINES_SHOWN} more lines"))
    blocks.append(
        context("Lines, countries, quotas and roles stand in clerkd's configuration; its admins change them.")
    )
    return modal(TITLE, blocks, callback="clerk.settings")


def _facts(line: LineSettings, view: SettingsView) -> list[str]:
    countries = ", ".join(line.countries) or "its own country"
    quota = (
        standing(line.name, line.quota, view.zone, view.now).partition(": ")[2]
        if line.quota is not None
        else "No quota: texts go out without limit"
    )
    return [f"{international(line.number)} · {line.channel}", f"Texts may go to {countries}", quota]
