"""The Do Not Disturb list: see, add, remove, reveal; from the dashboard, a card, and `/clerk dnd`."""

from __future__ import annotations

from clerkd.errors import InvalidNumber, NotFound
from clerkd.model.message import Message
from clerkd.model.rules import DndEntry, read_pattern
from clerkd.ports.store import Tx
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Door, Errors, Interactions, Permission, Said, Update, ViewAnswer
from clerkd.slack.payload import Acted, CommandRun, Json, Mentioned, ViewSubmitted, words_of
from clerkd.slack.permissions import ByRole
from clerkd.slack.sanitize import clean
from clerkd.slack.screens import dnd, hint
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.dnd import (
    count_dnd,
    count_dnd_calls,
    count_dnd_entries,
    find_dnd,
    kept_back,
    list_dnd,
    put_dnd,
    remove_dnd,
)

WEEK_MS = 7 * 86_400_000
DAY_MS = 86_400_000


class DndActs:
    """What is answered about the list."""

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                dnd.LIST: Act(self.open),
                dnd.ADD: Act(self.ask, Permission.MANAGE),
                dnd.REMOVE: Act(self.remove, Permission.MANAGE),
                dnd.REVEAL: Act(self.reveal),
                CardAction.DO_NOT_DISTURB.value: Act(self.ask_about, Permission.MANAGE),
            },
            views={dnd.FORM: Act(self.add, Permission.MANAGE)},
            words={"dnd": Act(self.command)},
            doors=[Door(dnd.LIST, _label, 60, in_menu=True)],
        )

    async def open(self, payload: Acted, desk: Desk) -> Said | None:
        """Open the list."""
        await desk.screens.show(payload, await self._list(desk))
        return None

    async def ask(self, payload: Acted, desk: Desk) -> Said | None:
        """Show the form in place of the list."""
        if payload.view is not None and not payload.view.home:
            await desk.screens.update(payload.view.id, dnd.form(from_list=True))
        else:
            await desk.screens.open(payload.trigger, dnd.form())
        return None

    async def ask_about(self, payload: Acted, desk: Desk) -> Said | None:
        """Show the form for a conversation's peer, or the list if they are on it."""
        try:
            conversation = await desk.store.read(get_conversation, payload.value.get("conversation", ""))
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        known = await desk.store.read(find_dnd, conversation.peer)
        view = dnd.form(conversation.peer) if known is None else await self._list(desk)
        await desk.screens.show(payload, view)
        return None

    async def add(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Put somebody on the list; a pattern that is there gets the new reason and end."""
        entered = payload.view.entered
        try:
            entry = self._entry(desk, entered.text(dnd.PATTERN), entered.text(dnd.REASON), entered.choice(dnd.UNTIL))
        except InvalidNumber:
            return Errors({dnd.PATTERN: "That is neither a number, nor a beginning like +1900*, nor a sender's name."})
        await desk.store.write(put_dnd, entry)
        desk.changed()
        return Update(await self._list(desk)) if payload.view.carried.get("back") == "list" else None

    async def remove(self, payload: Acted, desk: Desk) -> Said | None:
        """Take an entry off and show the list without it."""
        await desk.store.write(remove_dnd, payload.value.get("entry", ""))
        desk.changed()
        if payload.view is not None:
            await desk.screens.update(payload.view.id, await self._list(desk))
        return None

    async def reveal(self, payload: Acted, desk: Desk) -> Said | None:
        """Show what was held back this week."""
        now = desk.clock.now_ms()
        messages, total = await desk.store.read(_kept_back, now - WEEK_MS)
        view = dnd.revealed(messages, total, desk.person.tz, now, _region(desk))
        await desk.screens.show(payload, view)
        return None

    async def command(self, payload: CommandRun | Mentioned, desk: Desk) -> Said | None:
        """`dnd`, `dnd add +1900* reason`, `dnd remove +1900*`."""
        wish, rest = words_of(payload.rest)
        if wish in {"add", "remove"}:
            refusal = await ByRole().refusal(desk.person, Permission.MANAGE)
            words = refusal or await (self._add_typed if wish == "add" else self._remove_typed)(rest, desk)
            return Said(show=hint.told(words))
        if isinstance(payload, CommandRun):
            await desk.screens.open(payload.trigger, await self._list(desk))
            return None
        now = desk.clock.now_ms()
        held_back, calls, entries = await desk.store.read(_counts, now)
        return Said(show=dnd.summary(held_back, entries, calls=calls))

    async def _add_typed(self, rest: str, desk: Desk) -> str:
        pattern, _, reason = rest.partition(" ")
        try:
            entry = await desk.store.write(put_dnd, self._entry(desk, pattern, reason, dnd.FOR_EVER))
        except InvalidNumber:
            return "Whom? Type a number, a beginning or a sender's name: /clerk dnd add +1900* premium numbers"
        desk.changed()
        return f"🔕 {dnd.pattern_words(entry, _region(desk))} is on the Do Not Disturb list."

    async def _remove_typed(self, rest: str, desk: Desk) -> str:
        try:
            pattern, _ = read_pattern(clean(rest), _region(desk))
        except InvalidNumber:
            return "Whom? Type the number or pattern as it stands on the list: /clerk dnd remove +1900*"
        known = await desk.store.read(find_dnd, pattern)
        if known is None or await desk.store.write(remove_dnd, known.id) is None:
            return f"{pattern} is not on the list. /clerk dnd shows it."
        desk.changed()
        return f"{dnd.pattern_words(known, _region(desk))} is off the list: texts from there are shown again."

    def _entry(self, desk: Desk, pattern: str, reason: str, period: str | None) -> DndEntry:
        normal, kind = read_pattern(clean(pattern), _region(desk))
        now = desk.clock.now_ms()
        until = now + int(period) * DAY_MS if period in dnd.PERIODS and period != dnd.FOR_EVER else None
        kept = clean(reason).strip()[: dnd.REASON_LIMIT] or None
        return DndEntry(desk.ids.new(), normal, kind, now, kept, desk.person.id, until)

    async def _list(self, desk: Desk) -> Json:
        now = desk.clock.now_ms()
        entries, total = await desk.store.read(_read, now)
        held_back, calls, _ = await desk.store.read(_counts, now)
        for actor in sorted({entry.actor for entry, _ in entries if entry.actor}):
            await desk.people.find(actor)
        may_change = await ByRole().refusal(desk.person, Permission.MANAGE) is None
        view = dnd.DndView(
            entries=entries,
            total=total,
            held_back=held_back,
            names=desk.people.names,
            zone=desk.person.tz,
            now=now,
            may_change=may_change,
            region=_region(desk),
            calls=calls,
        )
        return dnd.listing(view)


def _region(desk: Desk) -> str | None:
    """Return the country in which numbers are typed here: that of the first line."""
    return next((line.region for line in desk.lines), None)


def _read(tx: Tx, now: int) -> tuple[list[tuple[DndEntry, int]], int]:
    listed = list_dnd(tx, now=now, since=now - WEEK_MS, limit=dnd.SHOWN)
    entries = [(one.entry, one.messages) for one in listed]
    return entries, count_dnd_entries(tx, now=now)


def _kept_back(tx: Tx, since: int) -> tuple[list[Message], int]:
    return kept_back(tx, since=since, limit=dnd.REVEALED), count_dnd(tx, since=since)


def _counts(tx: Tx, now: int) -> tuple[int, int, int]:
    """Return how many texts and calls were held back this week, and how many entries there are."""
    since = now - WEEK_MS
    return count_dnd(tx, since=since), count_dnd_calls(tx, since=since), count_dnd_entries(tx, now=now)


def _label(tx: Tx, now: int) -> str:
    texts, calls, _ = _counts(tx, now)
    return dnd.label(texts + calls)
