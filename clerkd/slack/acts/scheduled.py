"""What goes out later: the list, and the buttons of a text whose time was missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from clerkd.errors import Conflict, NotFound
from clerkd.model.message import Message
from clerkd.slack import ledger
from clerkd.slack.acts.scheduled_list import list_view
from clerkd.slack.acts.send_text import SendText
from clerkd.slack.ids import button_value
from clerkd.slack.interactions import Act, Desk, Door, Interactions, Permission, Said
from clerkd.slack.payload import Acted, CommandRun, Mentioned
from clerkd.slack.render import Screen, actions, rich_text, section, words
from clerkd.slack.render import screen as shown
from clerkd.slack.screens import hint, inputs, outcome, skeleton
from clerkd.slack.screens import scheduled as screen
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.schedules import count_scheduled
from clerkd.store.ops.slack_posts import Answer, answer_prompt, get_post

GONE = "It is not waiting any more: it was sent or cancelled meanwhile."
SENT = "It is being sent now."
CANCELLED = "Cancelled: it is not sent."
STOPPED = "Stopped: it is not sent any more."


class Scheduled:
    """The list and what its buttons do. Editing is `SendText`'s."""

    def __init__(self, send_text: SendText) -> None:
        self._send_text = send_text

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        send = Permission.SEND
        return Interactions(
            actions={
                screen.OPEN: Act(self.pressed),
                screen.PAGE: Act(self.turned),
                screen.SEND_NOW: Act(self.send_now, send),
                screen.EDIT: Act(self.edit, send),
                screen.CANCEL: Act(self.cancel, send),
                screen.STOP: Act(self.stop, send),
                outcome.RELEASE: Act(self.release_missed, send),
                outcome.CANCEL: Act(self.cancel_missed, send),
            },
            words={"scheduled": Act(self.command)},
            doors=[Door(screen.OPEN, lambda tx, _now: screen.label(count_scheduled(tx)), 30)],
        )

    # The list -------------------------------------------------------------------------------------------------

    async def pressed(self, payload: Acted, desk: Desk) -> None:
        """Open the list."""
        await self.open(desk, payload.trigger, on_top=payload.view is not None and not payload.view.home)

    async def command(self, payload: CommandRun | Mentioned, desk: Desk) -> Said | None:
        """`/clerk scheduled`."""
        if isinstance(payload, Mentioned):  # nothing that opens a list comes with a mention
            return Said(show=_invitation(await desk.store.read(count_scheduled)))
        await self.open(desk, payload.trigger)
        return None

    async def open(self, desk: Desk, trigger: str, *, on_top: bool = False) -> None:
        """Show the list."""
        await desk.screens.open_then(trigger, skeleton.loading(screen.TITLE), lambda: list_view(desk), on_top=on_top)

    async def turned(self, payload: Acted, desk: Desk) -> None:
        """Show another page."""
        await self._again(payload, desk, offset=_offset(payload.value.get("offset")))

    async def send_now(self, payload: Acted, desk: Desk) -> None:
        """Send one now; a series goes on as it would."""
        await self._decide(payload, desk, lambda: desk.outbox.release(_id(payload), actor=desk.person.id), SENT)

    async def cancel(self, payload: Acted, desk: Desk) -> None:
        """Take one back; of a series this one only."""
        await self._decide(payload, desk, lambda: desk.outbox.cancel(_id(payload), actor=desk.person.id), CANCELLED)

    async def stop(self, payload: Acted, desk: Desk) -> None:
        """End a series."""
        series = payload.value.get("series", "")
        await self._decide(payload, desk, lambda: desk.outbox.stop_series(series, actor=desk.person.id), STOPPED)

    async def edit(self, payload: Acted, desk: Desk) -> None:
        """Open the form on one."""
        try:
            await self._send_text.edit(desk, payload.trigger, _id(payload), on_top=True)
        except NotFound:
            await self._again(payload, desk, note=GONE)

    async def _decide(self, payload: Acted, desk: Desk, decide: Callable[[], Awaitable[Message]], said: str) -> None:
        try:
            await decide()
        except (Conflict, NotFound):
            said = GONE
        desk.changed()
        await self._again(payload, desk, note=said)

    async def _again(self, payload: Acted, desk: Desk, *, offset: int | None = None, note: str = "") -> None:
        if payload.view is not None:
            here = _offset(payload.view.carried.get("offset")) if offset is None else offset
            await desk.screens.update(payload.view.id, await list_view(desk, here, note))

    # The question in the thread -------------------------------------------------------------------------------

    async def release_missed(self, payload: Acted, desk: Desk) -> Said:
        """Send a text after all whose time was missed."""
        return await self._answer(payload, desk, desk.outbox.release, f"🔁 Sent by {desk.person.name}.")

    async def cancel_missed(self, payload: Acted, desk: Desk) -> Said:
        """Do not send it."""
        return await self._answer(payload, desk, desk.outbox.cancel, f"Not sent, {desk.person.name} decided.")

    async def _answer(self, payload: Acted, desk: Desk, decide: Callable[..., Awaitable[Message]], did: str) -> Said:
        post = await desk.store.read(get_post, payload.post_id or "")
        if post is None or payload.place is None:
            return Said(show=hint.told(hint.OLD_BUTTON))
        answer = await desk.store.write(answer_prompt, post.id, f"{desk.key} {desk.person.name}")
        if answer is Answer.OTHER:
            by = (post.answered_by or "").partition(" ")[2]
            return Said(show=hint.told(hint.already(by or None)))
        before = await desk.store.read(get_message, _id(payload))
        said = outcome.answered(
            before, desk.lines.region(before.line), did, await desk.store.read(contact_name, before.peer)
        )
        try:
            await decide(before.id, actor=desk.person.id)
        except Conflict:
            if answer is Answer.FIRST:  # else it was this very click, before the daemon was killed
                said = outcome.settled(before)
        desk.changed()
        return Said([ledger.replace(payload.place, post.line, said)])


def _invitation(count: int) -> Screen:
    text = "Texts that go out later:"
    button = inputs.press(screen.OPEN, screen.label(count), button_value())
    return shown(text, rich_text(section(words(text))), actions(button))


def _id(payload: Acted) -> str:
    return payload.value.get("message", "")


def _offset(word: str | None) -> int:
    return int(word) if word is not None and word.isdecimal() and len(word) < 9 else 0
