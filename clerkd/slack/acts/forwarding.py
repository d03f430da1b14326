"""Call forwarding from Slack. The network takes seconds to answer: what it says is shown when it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from clerkd.errors import ClerkdError, InvalidNumber
from clerkd.model.call import Reason
from clerkd.model.number import read_number
from clerkd.slack.forwarder import Forwarder
from clerkd.slack.interactions import Act, Desk, Errors, Interactions, Permission, Said, Update, ViewAnswer
from clerkd.slack.payload import Acted, Json, OpenView, Surface, ViewSubmitted
from clerkd.slack.screens import forwarding as screen
from clerkd.slack.screens import hint

log = structlog.get_logger()

ANSWERED_S = 1.0  # the answer to a submission replaces the form; what is shown next must not come before it
_UNKNOWN_LINE = "This line has no modem any more."


@dataclass(frozen=True, slots=True)
class _Wish:
    """A form, filled in."""

    reason: Reason
    number: str
    after_s: int | None


class ForwardingActs:
    """What is answered to **Call forwarding** and the buttons in its form. `lines` are those over modems, by name."""

    def __init__(self, lines: Mapping[str, Forwarder]) -> None:
        self._lines = lines
        self._wishes: asyncio.Queue[tuple[str, str, _Wish]] = asyncio.Queue()

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                screen.OPEN: Act(self.open, Permission.ADMINISTER),
                screen.ERASE: Act(self.erase, Permission.ADMINISTER),
            },
            views={screen.FORM: Act(self.set, Permission.ADMINISTER)},
            duties={"call forwarding": self.fulfil},
        )

    async def open(self, payload: Acted, desk: Desk) -> Said | None:
        """Open the form, and fill it when the network has answered."""
        name = payload.value.get("line", "")
        line = self._lines.get(name)
        if line is None:
            return Said(show=hint.told(_UNKNOWN_LINE))
        show = desk.screens.push if payload.surface is Surface.MODAL else desk.screens.open
        shown = await show(payload.trigger, screen.asking(name))
        try:
            view = screen.forwarding(name, await line.forwarding())
        except ClerkdError as error:
            view = screen.failed(name, error.message)
        await desk.screens.update(shown.id, view)
        return None

    async def set(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Check the form, and let the network be told after Slack has its answer."""
        name = payload.view.carried.get("line", "")
        if name not in self._lines:
            return Update(screen.failed(name, _UNKNOWN_LINE))
        try:
            wish = _wish(payload.view, desk.lines.region(name))
        except InvalidNumber as error:
            return Errors({screen.NUMBER: f"{error.message[:1].upper()}{error.message[1:]}."})
        self._wishes.put_nowait((payload.view.id, name, wish))
        log.info("slack.forwarding-wished", line=name, reason=wish.reason.value, actor=desk.person.id)
        return Update(screen.asking(name))

    async def fulfil(self, desk: Desk) -> None:
        """Tell the network what people wished, and show them what it says then; for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                view_id, name, wish = await self._wishes.get()
                tasks.create_task(self._fulfil(desk, view_id, name, wish), name=f"call forwarding of {name}")

    async def _fulfil(self, desk: Desk, view_id: str, name: str, wish: _Wish) -> None:
        line = self._lines[name]
        began = desk.clock.monotonic()
        try:
            shows = screen.forwarding(name, await line.forward_calls(wish.reason, wish.number, wish.after_s), done=True)
        except ClerkdError as error:
            shows = await self._as_it_is(name, line, error)
        await asyncio.sleep(began + ANSWERED_S - desk.clock.monotonic())
        try:
            await desk.screens.update(view_id, shows)
        except ClerkdError as error:  # Slack is away: whoever opens the form again sees what there is
            log.info("slack.forwarding-not-shown", line=name, error=error.message)

    async def erase(self, payload: Acted, desk: Desk) -> Said | None:
        """Have calls forwarded no more for a reason, and show what the network says then."""
        name, view = payload.value.get("line", ""), payload.view
        line = self._lines.get(name)
        if line is None or view is None:
            return Said(show=hint.told(_UNKNOWN_LINE))
        try:
            found = await line.stop_forwarding(Reason(payload.value.get("reason", Reason.UNCONDITIONAL.value)))
            shows = screen.forwarding(name, found, done=True)
        except ClerkdError as error:
            shows = await self._as_it_is(name, line, error)
        await desk.screens.update(view.id, shows)
        return None

    async def _as_it_is(self, name: str, line: Forwarder, error: ClerkdError) -> Json:
        """Return the form with what went wrong and what the network says all the same."""
        try:
            return screen.forwarding(name, await line.forwarding(), fault=error.message)
        except ClerkdError:
            return screen.failed(name, error.message)


def _wish(view: OpenView, region: str | None) -> _Wish:
    """Return what the form says; raise `InvalidNumber`."""
    reason = Reason(view.entered.choice(screen.REASON) or Reason.UNCONDITIONAL.value)
    number = read_number(view.entered.text(screen.NUMBER), region)
    after = view.entered.choice(screen.AFTER)
    return _Wish(reason, number, int(after) if after is not None and reason is Reason.NO_REPLY else None)
