"""What each role may do (`clerkd.slack.roles` says who has which)."""

from __future__ import annotations

from clerkd.slack.interactions import Permission
from clerkd.slack.people import Person
from clerkd.slack.roles import Role, refusal_words

NEEDED = {
    Permission.USE: Role.VIEWER,
    Permission.SEND: Role.AGENT,
    Permission.MANAGE: Role.MANAGER,
    Permission.EXPORT: Role.ADMIN,
    Permission.ADMINISTER: Role.ADMIN,
}
_WISH = {
    Permission.USE: "see this",
    Permission.SEND: "text people",
    Permission.MANAGE: "change this",
    Permission.EXPORT: "export conversations and contacts",
    Permission.ADMINISTER: "decide about SIMs and calls",
}


class ByRole:
    """The rule of the configuration's lists (`clerkd.slack.interactions.Roles`)."""

    async def refusal(self, person: Person, permission: Permission) -> str | None:
        """Return why a person may not, in words for them; None if they may."""
        return refusal_words(person.role, NEEDED[permission], _WISH[permission])
