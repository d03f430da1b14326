"""Modals and Homes: opened within the three seconds of their trigger, changed while people type in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from clerkd.errors import Permanent, Refused
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent
from clerkd.slack.limiter import Priority
from clerkd.slack.payload import Acted, Json, OpenView, Surface
from clerkd.slack.screens import hint
from clerkd.slack.screens.skeleton import PASSING, notice

SPENT = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired", "trigger_exchanged"}
GONE = {"not_found", "view_not_found"}
TITLE = "Clerk"

log = structlog.get_logger()


class TriggerSpent(Permanent):
    """The click is too old to open anything: a person has to press again."""

    code = "slack.trigger-spent"


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as it was when we last heard of it."""

    id: str
    hash: str

    @classmethod
    def of(cls, view: OpenView) -> Shown:
        """Return the view in which a person did something."""
        return cls(view.id, view.hash)


class Screens:
    """Open, push, update and publish. A view is Slack's JSON, made by a pure function of `clerkd.slack.screens`."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def open(self, trigger: str, view: Json) -> Shown:
        """Open a modal as a new stack; raise `TriggerSpent`."""
        return await self._exchange("views.open", trigger, view)

    async def push(self, trigger: str, view: Json) -> Shown:
        """Put a modal on top of the one that the trigger comes from (three at most); raise `TriggerSpent`."""
        return await self._exchange("views.push", trigger, view)

    async def show(self, payload: Acted, view: Json) -> Shown | None:
        """Open a modal for whoever pressed: on top of the one they are in, or in its place if that is to pass."""
        if payload.view is not None and gives_way(payload):
            return await self.update(payload.view.id, view)
        return await (self.push if payload.surface is Surface.MODAL else self.open)(payload.trigger, view)

    async def show_then(self, payload: Acted, skeleton: Json, fill: Callable[[], Awaitable[Json]]) -> Shown:
        """Do the same with a skeleton first (`open_then`)."""
        instead = payload.view.id if payload.view is not None and gives_way(payload) else None
        on_top = payload.surface is Surface.MODAL
        return await self.open_then(payload.trigger, skeleton, fill, on_top=on_top, instead=instead)

    async def open_then(
        self,
        trigger: str,
        skeleton: Json,
        fill: Callable[[], Awaitable[Json]],
        *,
        on_top: bool = False,
        instead: str | None = None,
    ) -> Shown:
        """Open a skeleton while the trigger is good, then show what `fill` returns; raise `TriggerSpent`.

        With `instead`, the id of an open view, it is shown in that one's place.

        What `fill` raises is said in the skeleton's place, so that nobody waits for it, and raised.
        """
        shown = Shown(instead, "") if instead else await (self.push if on_top else self.open)(trigger, skeleton)
        try:
            view = await fill()
        except Refused as error:
            await self.update(shown.id, notice(TITLE, hint.not_done(error.message)))
            raise
        except Exception:
            await self.update(shown.id, notice(TITLE, hint.ACT_BROKEN))
            raise
        return await self.update(shown.id, view) or shown

    async def update(self, view: str | Shown, shows: Json) -> Shown | None:
        """Replace what a view shows; None if it is closed, or (given a `Shown`) not any more what it was.

        What people typed stays in inputs that keep their block_id and action_id.
        """
        view_id, known = (view, None) if isinstance(view, str) else (view.id, view.hash or None)
        try:
            answer = await self._client.call(
                "views.update", priority=Priority.INTERACTIVE, view_id=view_id, view=shows, hash=known
            )
        except SlackPermanent as error:
            if error.slack_code in GONE | {"hash_conflict"}:
                return None
            log.warning(
                "slack.view-refused", view=shows.get("callback_id"), error=error.slack_code, detail=error.detail
            )
            raise
        return _shown(answer)

    async def publish(self, user: str, home: Json) -> bool:
        """Set a person's Home tab; tell whether they have one."""
        try:
            await self._client.call("views.publish", priority=Priority.STATUS, user_id=user, view=home)
        except SlackPermanent as error:
            log.info("slack.home-refused", error=error.slack_code, detail=error.detail)
            return False
        return True

    async def _exchange(self, method: str, trigger: str, view: Json) -> Shown:
        try:
            answer = await self._client.call(method, priority=Priority.INTERACTIVE, trigger_id=trigger, view=view)
        except SlackPermanent as error:
            if error.slack_code in SPENT:
                raise TriggerSpent("the click is too old", reason=error.slack_code) from error
            log.warning("slack.view-refused", view=view.get("callback_id"), error=error.slack_code, detail=error.detail)
            raise
        return _shown(answer)


def gives_way(payload: Acted) -> bool:
    """Tell whether what was pressed is in a modal that gives way to what it opens."""
    return payload.view is not None and payload.view.callback == PASSING


def _shown(answer: dict[str, Any]) -> Shown:
    view = answer.get("view")
    found = view if isinstance(view, dict) else {}
    return Shown(str(found.get("id", "")), str(found.get("hash", "")))
