"""What people do with clerkd's buttons, menus, modals and commands, as values.

Each is read once from Slack's JSON (`clerkd.slack.parse`). Whatever a person may have forged or kept for years (button
values, private_metadata, options) is ids only, and is looked up again in the store by whoever acts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clerkd.slack.ids import Place

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the workspace."""

    team: str
    user: str
    bot: str | None = None
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who did it, as far as the event tells."""

    user: str
    team: str | None
    shared_channel: bool = False  # externally: other organisations read along


class Surface(StrEnum):
    """Where a button is."""

    MESSAGE = "message"
    EPHEMERAL = "ephemeral"
    MODAL = "modal"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered in a view: Slack's `state.values`, by block_id. Every accessor is total."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, block: str) -> str:
        """Return the text of an input, "" for an empty one."""
        return _word(self._entry(block).get("value")) or ""

    def choice(self, block: str) -> str | None:
        """Return the value of the option that was chosen."""
        return option_value(self._entry(block).get("selected_option"))

    def choices(self, block: str) -> list[str]:
        """Return the values of the options that were chosen, of boxes that were ticked."""
        found = self._entry(block).get("selected_options")
        values = [option_value(option) for option in found] if isinstance(found, list) else []
        return [value for value in values if value is not None]

    def users(self, block: str) -> list[str]:
        """Return the ids of the users who were chosen."""
        return self._ids(block, "selected_users", "selected_user")

    def conversations(self, block: str) -> list[str]:
        """Return the ids of the channels and people who were chosen."""
        found = self._ids(block, "selected_conversations", "selected_conversation")
        return found or self._ids(block, "selected_channels", "selected_channel")

    def date(self, block: str) -> str | None:
        """Return a date, `2026-11-22`."""
        return _word(self._entry(block).get("selected_date"))

    def time(self, block: str) -> str | None:
        """Return a time of day, `17:30`."""
        return _word(self._entry(block).get("selected_time"))

    def moment(self, block: str) -> int | None:
        """Return a date-time in epoch seconds."""
        found = self._entry(block).get("selected_date_time")
        return found if isinstance(found, int) else None

    def files(self, block: str) -> list[Json]:
        """Return the files that were put in."""
        found = self._entry(block).get("files")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def _ids(self, block: str, several: str, one: str) -> list[str]:
        entry = self._entry(block)
        found = entry.get(several)
        ids = found if isinstance(found, list) else [entry.get(one)]
        return [word for word in ids if isinstance(word, str) and word]

    def _entry(self, block: str) -> Json:
        held = self.values.get(block)
        if not isinstance(held, Mapping):
            return {}
        return next((entry for entry in held.values() if isinstance(entry, dict)), {})


@dataclass(frozen=True, slots=True)
class OpenView:
    """A modal or Home as it was when a person did something in it."""

    id: str
    hash: str
    callback: str
    carried: Mapping[str, str]  # private_metadata, as `clerkd.slack.ids.button_value` wrote it
    entered: Entered
    root: str
    home: bool = False
    external_id: str = ""
    inputs: tuple[str, ...] = ()  # block_ids that an error can stand under; known in submissions only

    @property
    def key(self) -> str:
        """The idempotency key of submitting just this: the same view, unchanged, with the same entries."""
        entries = json.dumps(self.entered.values, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(f"{self.id} {self.hash} {entries}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Acted:
    """A person pressed a button or used a menu. `value`: its ids; of a menu, those of the option chosen."""

    sender: Sender
    action: str
    value: Mapping[str, str]
    element: Json  # Slack's record of it: selected_…, value
    surface: Surface
    block: str = ""
    place: Place | None = None
    post_id: str | None = None
    view: OpenView | None = None
    trigger: str = ""
    response_url: str | None = None

    @property
    def chosen(self) -> str | None:
        """The value of the option chosen, as it is."""
        return option_value(self.element.get("selected_option"))


@dataclass(frozen=True, slots=True)
class ViewSubmitted:
    """A person submitted a modal."""

    sender: Sender
    view: OpenView
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class ViewClosed:
    """A person closed a modal that wanted to know; `cleared`: with everything under it."""

    sender: Sender
    view: OpenView
    cleared: bool


@dataclass(frozen=True, slots=True)
class OptionsAsked:
    """A person typed into a menu whose options come from us."""

    sender: Sender
    action: str
    block: str
    typed: str
    view: OpenView | None


@dataclass(frozen=True, slots=True)
class CommandRun:
    """A person ran `/clerk …`. `word` is the first one, in small letters, `rest` what follows."""

    sender: Sender
    channel: str
    command: str
    word: str
    rest: str
    trigger: str
    response_url: str | None


@dataclass(frozen=True, slots=True)
class ShortcutChosen:
    """A person chose a shortcut; `place` and `message` when it was one of a message."""

    sender: Sender
    callback: str
    trigger: str
    place: Place | None = None
    message: Json | None = None
    response_url: str | None = None


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A person addressed us. `word` and `rest` as in a command."""

    sender: Sender
    place: Place
    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """A person looks at the Home tab."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Reacted:
    """A person put a reaction on a message, or took it back."""

    sender: Sender
    place: Place  # thread_ts unknown: Slack does not tell
    name: str
    added: bool


Interaction = (
    Acted | ViewSubmitted | ViewClosed | OptionsAsked | CommandRun | ShortcutChosen | Mentioned | HomeOpened | Reacted
)


def option_value(option: Any) -> str | None:
    """Return the value of an option."""
    return _word(option.get("value")) if isinstance(option, dict) else None


def words_of(text: str) -> tuple[str, str]:
    """Return the first word in small letters, and the rest."""
    word, _, rest = text.strip().partition(" ")
    return word.lower(), rest.strip()


def _word(found: Any) -> str | None:
    return found if isinstance(found, str) and found else None
