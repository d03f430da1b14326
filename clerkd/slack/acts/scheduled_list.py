"""The list of what goes out later, as it is to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clerkd.model.series import Scheduled
from clerkd.ports.store import Tx
from clerkd.slack.interactions import Desk
from clerkd.slack.payload import Json
from clerkd.slack.screens import scheduled as screen
from clerkd.store.ops.contacts import contact_names
from clerkd.store.ops.schedules import count_scheduled, list_scheduled


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of the list, as the store has it."""

    found: Sequence[Scheduled]
    total: int
    offset: int
    names: Mapping[str, str]


async def list_view(desk: Desk, offset: int = 0, note: str = "") -> Json:
    """Return a page of the list, the last one if there are not so many; `note` is said above it."""
    page = await desk.store.read(_page, offset)
    for one in page.found:
        actor = one.message.origin.actor if one.message.origin is not None else None
        if actor is not None and actor.startswith(("U", "W")) and actor not in desk.people.names:
            await desk.people.find(actor)
    return screen.listing(
        page.found,
        total=page.total,
        offset=page.offset,
        names=page.names,
        authors=desk.people.names,
        regions={line.name: line.region for line in desk.lines},
        note=note,
    )


def _page(tx: Tx, offset: int) -> _Page:
    total = count_scheduled(tx)
    start = offset if offset < total else max((total - 1) // screen.PER_PAGE * screen.PER_PAGE, 0)
    found = list_scheduled(tx, limit=screen.PER_PAGE, offset=start)
    return _Page(found, total, start, contact_names(tx, [one.message.peer for one in found]))
