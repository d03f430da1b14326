"""Roles: who among the full members of the workspace may do what.

Whoever is listed, by themselves or through a user group, has the highest of their roles. Whoever is listed nowhere is
an agent; once agents are named, everybody else is a viewer. Without any list every member may do everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum

GROUP_PREFIX = "S"  # of a user group's id; those of people begin with U or W


class Role(IntEnum):
    """What somebody is to clerkd, the least first."""

    VIEWER = 1
    AGENT = 2
    MANAGER = 3
    ADMIN = 4
    OWNER = 5

    @property
    def word(self) -> str:
        """The role as it is written in the configuration and read by people."""
        return self.name.lower()


RoleLists = Mapping[Role, Collection[str]]  # ids of users (U…, W…) and user groups (S…)


def role_of(user: str, lists: RoleLists, groups: Mapping[str, Collection[str]]) -> Role:
    """Return somebody's role. `groups` are the members of the user groups that the lists name."""
    if not any(lists.values()):
        return Role.OWNER
    for role in sorted(lists, reverse=True):
        if any(user == listed or user in groups.get(listed, ()) for listed in lists[role]):
            return role
    return Role.VIEWER if lists.get(Role.AGENT) else Role.AGENT


def groups_of(lists: RoleLists) -> set[str]:
    """Return the user groups that the lists name."""
    return {listed for listing in lists.values() for listed in listing if listed.startswith(GROUP_PREFIX)}


def refusal_words(role: Role, needed: Role, wish: str) -> str | None:
    """Return why a role does not suffice for a wish; None if it does."""
    if role >= needed:
        return None
    article = "an" if role.word[0] in "aeiou" else "a"
    return (
        f"You are {article} {role.word} here and cannot {wish}: that takes the role {needed.word}. "
        "Whoever runs clerkd gives roles in its configuration."
    )
