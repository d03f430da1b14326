"""Who may act here: full members of our own workspace, asked of Slack and remembered for ten minutes.

Possession of a message is no permission: buttons are asked about again at every click.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent
from clerkd.slack.limiter import Priority
from clerkd.slack.parse import Identity, Sender
from clerkd.slack.roles import Role, RoleLists, groups_of, role_of
from clerkd.slack.sanitize import shorten

REMEMBERED_S = 600.0
NAME_LIMIT = 80

log = structlog.get_logger()


class Standing(StrEnum):
    """What somebody is in the workspace."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"  # of another workspace, or not known in ours
    DEACTIVATED = "deactivated"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workspace."""

    id: str
    name: str
    standing: Standing
    zone: str = "UTC"  # IANA name, of their profile
    admin: bool = False  # of the workspace, or its owner
    role: Role = Role.OWNER  # here; without configured roles everybody may do everything

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which they read times."""
        return ZoneInfo(self.zone)


class People:
    """Look people up. `names` is what is remembered of their names, also after the ten minutes."""

    def __init__(
        self,
        client: SlackClient,
        identity: Callable[[], Identity],
        monotonic: Callable[[], float],
        roles: RoleLists | None = None,
    ) -> None:
        self._client = client
        self._identity = identity
        self._monotonic = monotonic
        self._roles = roles or {}
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}
        self._known: dict[str, tuple[float, Person]] = {}
        self.names: dict[str, str] = {}

    async def judge(self, sender: Sender) -> Person:
        """Return who it is; raise `SlackTemporary` while Slack cannot be asked."""
        team = self._identity().team
        if sender.team is not None and sender.team != team:
            return Person(sender.user, sender.user, Standing.STRANGER)
        return await self.find(sender.user)

    async def find(self, user: str) -> Person:
        """Return a user by id."""
        known = self._known.get(user)
        if known is not None and known[0] > self._monotonic():
            return known[1]
        try:
            answer = await self._client.call("users.info", priority=Priority.INTERACTIVE, user=user)
            found = _person(user, answer.get("user"), self._identity().team)
            person = replace(found, role=await self._role(user)) if found.standing is Standing.MEMBER else found
        except SlackPermanent:  # user_not_found, user_not_visible
            person = Person(user, user, Standing.STRANGER)
        self._known[user] = (self._monotonic() + REMEMBERED_S, person)
        self.names[user] = person.name
        return person

    async def _role(self, user: str) -> Role:
        groups = {group: await self._members(group) for group in sorted(groups_of(self._roles))}
        return role_of(user, self._roles, groups)

    async def _members(self, group: str) -> frozenset[str]:
        """Return the members of a user group; of one that Slack does not show us, none."""
        known = self._groups.get(group)
        if known is not None and known[0] > self._monotonic():
            return known[1]
        try:
            answer = await self._client.call("usergroups.users.list", priority=Priority.INTERACTIVE, usergroup=group)
        except SlackPermanent as error:  # missing_scope, no_such_subteam, subteam disabled
            log.warning("slack.user-group-unknown", group=group, error=error.slack_code)
            members: frozenset[str] = frozenset()
        else:
            members = frozenset(str(one) for one in answer.get("users") or ())
        self._groups[group] = (self._monotonic() + REMEMBERED_S, members)
        return members

    def forget(self) -> None:
        """Drop what is no longer to be trusted; names stay."""
        now = self._monotonic()
        self._known = {user: entry for user, entry in self._known.items() if entry[0] > now}


def _person(user: str, found: Any, team: str) -> Person:
    record = found if isinstance(found, dict) else {}
    inner = record.get("profile")
    profile = inner if isinstance(inner, dict) else {}
    words = (profile.get("display_name"), profile.get("real_name"), record.get("real_name"), record.get("name"), user)
    name = next(word for word in words if isinstance(word, str) and word.strip())
    admin = bool(record.get("is_admin") or record.get("is_owner"))
    return Person(user, shorten(name, NAME_LIMIT), _standing(record, team), _zone(record.get("tz")), admin)


def _zone(name: Any) -> str:
    """Return the zone's name if this machine knows it."""
    try:
        return ZoneInfo(name).key if isinstance(name, str) else "UTC"
    except (ValueError, OSError, KeyError):  # no such zone: a KeyError; a name that is no name: the others
        return "UTC"


def _standing(record: dict[str, Any], team: str) -> Standing:
    if record.get("is_bot") or record.get("id") == "USLACKBOT":
        return Standing.BOT
    if record.get("deleted"):
        return Standing.DEACTIVATED
    if record.get("is_stranger") or record.get("team_id", team) != team:
        return Standing.STRANGER
    if record.get("is_restricted") or record.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER
