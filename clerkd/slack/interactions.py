"""What the desk answers to: a table of acts, by action_id, callback_id, word or reaction, and what acts may say.

An act is `async def act(payload, desk) -> Answer | None`. Nothing registers itself: each subject in
`clerkd.slack.acts` returns an `Interactions`, and `clerkd.slack.acts.registered` merges them.

What is kept before it is acknowledged (buttons, commands, shortcuts, mentions, reactions) may be acted on twice, when
the daemon is killed in between: `desk.key` is the same both times, for whoever sends or stores something.
Submissions are answered in the acknowledgement; pressed twice, they are carried out once and answered alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from clerkd.clock import Clock
from clerkd.errors import Permanent
from clerkd.ids import Ids
from clerkd.model.line import LineStatus
from clerkd.ports.store import Store, Tx
from clerkd.slack.channels import Channels
from clerkd.slack.direct_steps import DirectSteps
from clerkd.slack.files import SlackFiles
from clerkd.slack.hearing import Outbox
from clerkd.slack.lines import DeskLines
from clerkd.slack.payload import (
    Acted,
    CommandRun,
    Json,
    Mentioned,
    OptionsAsked,
    Reacted,
    ShortcutChosen,
    ViewClosed,
    ViewSubmitted,
)
from clerkd.slack.people import People, Person
from clerkd.slack.render import Screen
from clerkd.slack.uploads import Uploads
from clerkd.slack.views import Screens
from clerkd.store.ops.slack_posts import NewPost


class Permission(StrEnum):
    """What an act lets a person do; who may is asked before each act."""

    USE = "use"  # see lines, conversations and contacts
    SEND = "send"
    MANAGE = "manage"  # contacts, templates, rules, settings
    EXPORT = "export"
    ADMINISTER = "administer"  # what lines are made of


class Roles(Protocol):
    """Who may do what, among full members of the workspace."""

    async def refusal(self, person: Person, permission: Permission) -> str | None:
        """Return why a person may not, in words for them; None if they may."""
        ...


class Everybody:
    """Every full member may do everything."""

    async def refusal(self, person: Person, permission: Permission) -> str | None:
        """Refuse nobody (`Roles`)."""
        del person, permission
        return None


# What acts answer -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """Posts to make, in the transaction that notes the act as done, and a screen that only the person sees."""

    posts: Sequence[NewPost] = ()
    show: Screen | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong, under the fields: block_id of an input to words. Nothing was done."""

    under: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Update:
    """Show this view in place of the submitted one."""

    view: Json


@dataclass(frozen=True, slots=True)
class Push:
    """Show this view on top."""

    view: Json


@dataclass(frozen=True, slots=True)
class Clear:
    """Close the whole stack. Without an answer only the view that was submitted closes."""


@dataclass(frozen=True, slots=True)
class Done:
    """Close the view that was submitted, and make these posts."""

    posts: Sequence[NewPost] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """At most 100 options, or groups of them, in Slack's JSON."""

    options: Sequence[Json] = ()
    groups: Sequence[Json] = ()


ViewAnswer = Errors | Update | Push | Clear | Done | None


# What acts are given --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an act works with. `person` is who acts, `key` names this very act for idempotency."""

    store: Store
    outbox: Outbox
    clock: Clock
    ids: Ids
    lines: DeskLines
    channels: Channels
    people: People
    screens: Screens
    statuses: Callable[[], Sequence[LineStatus]]
    team_url: Callable[[], str]  # https://….slack.com/, for links (`clerkd.slack.links`); "" until Slack has told it
    person: Person
    key: str = ""
    files: SlackFiles | None = None  # what people put into forms
    direct: DirectSteps
    uploads: Uploads
    wake: Callable[[str], None]  # there is something to say in a lane (`clerkd.slack.ids`)
    slack: Callable[[], str] = lambda: ""  # how the connection to Slack is, in words
    changed: Callable[[], None] = lambda: None  # something that Homes show is another one now

    def as_seen_by(self, person: Person, key: str) -> Desk:
        """Return the same desk for one act of one person."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return Desk(**named | {"person": person, "key": key})


Payload_contra = TypeVar("Payload_contra", contravariant=True)
Answer_co = TypeVar("Answer_co", covariant=True)


class Run(Protocol[Payload_contra, Answer_co]):
    """The function of an act."""

    def __call__(self, payload: Payload_contra, desk: Desk, /) -> Awaitable[Answer_co]:
        """Act, once or (with the same `desk.key`) again."""
        ...


@dataclass(frozen=True, slots=True)
class Act(Generic[Payload_contra, Answer_co]):
    """What to run, and what a person needs for it."""

    run: Run[Payload_contra, Answer_co]
    needs: Permission = Permission.USE


# The dashboard's plug-ins ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """A button of the dashboard, or an entry of its menu, that leads to one of the registered actions.

    `label` is asked in the read transaction of the dashboard, so that it can count: "Scheduled (3)".
    """

    action: str
    label: Callable[[Tx, int], str]  # transaction, now in epoch ms
    order: int  # Send Text 10, Contacts 20, Scheduled 30, Inbox 40; Templates 50, Do Not Disturb 60, Settings 70
    in_menu: bool = False
    needs: Permission = Permission.USE
    style: str | None = None


# The table ------------------------------------------------------------------------------------------------------

Kept = Said | None
HomeView = Callable[[Desk], Awaitable[Json]]  # the Home tab of `desk.person`
Duty = Callable[[Desk], Coroutine[Any, Any, None]]  # runs as long as the desk does; its `desk.person` is nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """Every act by what it answers to. An action_id may go on after a colon (`clerk.row:3`): the part before counts.

    `words` are those of `/clerk word …` and `@clerk word …`; "" is the word of the bare command.
    """

    actions: Mapping[str, Act[Acted, Kept]] = field(default_factory=dict)
    views: Mapping[str, Act[ViewSubmitted, ViewAnswer]] = field(default_factory=dict)
    closed: Mapping[str, Act[ViewClosed, Kept]] = field(default_factory=dict)
    options: Mapping[str, Act[OptionsAsked, Options]] = field(default_factory=dict)
    words: Mapping[str, Act[CommandRun | Mentioned, Kept]] = field(default_factory=dict)
    shortcuts: Mapping[str, Act[ShortcutChosen, Kept]] = field(default_factory=dict)
    reactions: Mapping[str, Act[Reacted, Kept]] = field(default_factory=dict)
    home_view: HomeView | None = None
    doors: Sequence[Door] = ()
    duties: Mapping[str, Duty] = field(default_factory=dict)  # by the names of their tasks

    @classmethod
    def merged(cls, *tables: Interactions) -> Interactions:
        """Return one table of all; raise `Clash` when two answer to the same thing."""
        one: dict[str, Any] = {}
        for name in ("actions", "views", "closed", "options", "words", "shortcuts", "reactions", "duties"):
            entries: dict[str, Any] = {}
            for table in tables:
                for key, act in getattr(table, name).items():
                    if key in entries:
                        raise Clash(f"two acts answer to {key!r} of {name}")
                    entries[key] = act
            one[name] = entries
        homes = [table.home_view for table in tables if table.home_view is not None]
        if len(homes) > 1:
            raise Clash("there is one Home tab and there are two views of it")
        doors = sorted((door for table in tables for door in table.doors), key=lambda door: door.order)
        lost = [door.action for door in doors if door.action not in one["actions"]]
        if lost:
            raise Clash(f"doors that lead nowhere: {', '.join(lost)}")
        return cls(**one, home_view=homes[0] if homes else None, doors=tuple(doors))


class Clash(Permanent):
    """The table of acts contradicts itself: a mistake in the program."""

    code = "slack.acts-clash"
