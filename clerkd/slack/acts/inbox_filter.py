"""What the Inbox is narrowed to: as its form carries it, as the store asks for it, and in words."""

from __future__ import annotations

from collections.abc import Mapping

from clerkd.model.ticket_lifecycle import Status
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.board import STATUS_WORDS
from clerkd.slack.screens.inbox import CHOICE, NOBODY, SNOOZED, WAITING
from clerkd.store.ops.tickets_inbox import NOBODY as UNASSIGNED
from clerkd.store.ops.tickets_inbox import InboxFilter


def filter_of(chosen: Mapping[str, str], now: int) -> InboxFilter:
    """Return which conversations are meant at `now`, epoch ms."""
    values = _values(chosen)
    status = values.get("status")
    return InboxFilter(
        status=Status(status) if status in set(Status) else None,
        assignee=UNASSIGNED if chosen.get("assignee") == NOBODY else values.get("assignee"),
        line=values.get("line"),
        tag=values.get("tag"),
        waiting=True if values.get("show") == WAITING else None,
        snoozed=values.get("show") == SNOOZED,
        now=now,
    )


def words_of(chosen: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Say what is left: `Needs an answer · Open · Dana’s · line support · #vip`; empty for everything."""
    values = _values(chosen)
    said = [{WAITING: "Needs an answer", SNOOZED: "Snoozed"}.get(values.get("show", ""), "")]
    if values.get("status") in set(Status):
        said.append(STATUS_WORDS[Status(values["status"])])
    if chosen.get("assignee") == NOBODY:
        said.append("nobody’s")
    elif person := values.get("assignee"):
        said.append(f"{shorten(names.get(person, person), 40)}’s")
    said += [f"line {shorten(values['line'], 40)}"] if "line" in values else []
    said += [f"#{shorten(values['tag'], 40)}"] if "tag" in values else []
    return " · ".join(word for word in said if word)


def _values(chosen: Mapping[str, str]) -> dict[str, str]:
    return {name: value[1:] for name, value in chosen.items() if value.startswith(CHOICE)}
