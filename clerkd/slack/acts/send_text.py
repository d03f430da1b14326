"""Send Text: the form from every door, its live line, its suggestions, and what submitting it does."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace

from clerkd.errors import InvalidNumber
from clerkd.model.number import national, read_number
from clerkd.model.recurrence import instant, local_time
from clerkd.slack.acts.send_text_entries import NUMBER, Entries
from clerkd.slack.acts.send_text_submission import Submission
from clerkd.slack.acts.send_text_views import Facts, Views, entries_of, who, zones_like
from clerkd.slack.ids import live_lane
from clerkd.slack.interactions import Act, Desk, Door, Interactions, Options, Permission, Said
from clerkd.slack.payload import Acted, CommandRun, Json, Mentioned, OpenView, OptionsAsked, ShortcutChosen, Surface
from clerkd.slack.request import Send, read_send
from clerkd.slack.screens import inputs, skeleton
from clerkd.slack.screens import send_text as screen
from clerkd.slack.text import written
from clerkd.slack.views import Shown, gives_way
from clerkd.store.ops.contacts import find_contact
from clerkd.store.ops.contacts_search import Suggestion, suggest_contacts
from clerkd.store.ops.schedules import get_scheduled
from clerkd.store.ops.slack_inbox import has_newer

GLOBAL_SHORTCUT = "clerk.send_text"
MESSAGE_SHORTCUT = "clerk.send_as_sms"

SETTLE_S = 0.7  # between two changes of the live line
SUGGESTIONS = 50
REMEMBERED = 1000  # open forms


class SendText:
    """The form and what it does."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._submission = Submission(views)
        self._shown: OrderedDict[str, tuple[Shown, int, float]] = OrderedDict()  # by view: as we left it, when

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        send = Permission.SEND
        changed = Act(self.changed, send)
        return Interactions(
            actions={
                screen.OPEN: Act(self.pressed, send),
                screen.TEXT: Act(self.typed, send),
                **dict.fromkeys(
                    (screen.LINE, screen.LATER, screen.AT, screen.ZONE, screen.REPEAT, screen.UNTIL), changed
                ),
                screen.TO: Act(self.chose_recipient, send),
                screen.TEMPLATE: Act(self.chose_template, send),
            },
            options={screen.TO: Act(self.suggest, send), screen.ZONE: Act(self.suggest_zones, send)},
            views={screen.CALLBACK: Act(self._submission.submitted, send)},
            words={"send": Act(self.command, send)},
            shortcuts={GLOBAL_SHORTCUT: Act(self.shortcut, send), MESSAGE_SHORTCUT: Act(self.shortcut, send)},
            doors=[Door(screen.OPEN, lambda _tx, _now: "📱 Send Text", 10, needs=send, style="primary")],
        )

    # Doors ----------------------------------------------------------------------------------------------------

    async def pressed(self, payload: Acted, desk: Desk) -> None:
        """The button. Its value may name a number (`to`), a line, and a template or a later time to begin with."""
        value = payload.value
        entries = replace(
            self._blank(desk, value.get("line"), payload.place.channel if payload.place is not None else None),
            peer=value.get("to"),
            later=value.get("later") == screen.YES,
        )
        instead = payload.view.id if payload.view is not None and gives_way(payload) else None
        await self.open(desk, payload.trigger, entries, on_top=payload.surface is Surface.MODAL, instead=instead)

    async def command(self, payload: CommandRun | Mentioned, desk: Desk) -> Said | None:
        """`/clerk send`, with a number and a text or with a name behind it, or neither."""
        if isinstance(payload, Mentioned):  # nothing that opens a form comes with a mention
            return Said(show=screen.invitation())
        entries = self._blank(desk, None, payload.channel)
        region = desk.lines.region(entries.line)
        wish = read_send(f"send {payload.rest}", region)
        if isinstance(wish, Send):
            entries = replace(entries, peer=wish.to, text=wish.text)
        elif payload.rest:
            found = await desk.store.read(suggest_contacts, payload.rest, 2)
            if len({one.contact_id for one in found}) == 1:
                entries = replace(entries, peer=found[0].number)
        await self.open(desk, payload.trigger, entries)
        return None

    async def shortcut(self, payload: ShortcutChosen, desk: Desk) -> None:
        """The shortcut of the workspace, or that of a message, whose text is texted then."""
        text = written(payload.message, desk.people.names).text if payload.message is not None else ""
        channel = payload.place.channel if payload.place is not None else None
        entries = replace(self._blank(desk, None, channel), text=text[: inputs.TEXT_LIMIT])
        await self.open(desk, payload.trigger, entries)

    async def open(
        self, desk: Desk, trigger: str, entries: Entries, *, on_top: bool = False, instead: str | None = None
    ) -> None:
        """Open the form with something in it already; whoever opens it from elsewhere begins with `blank`."""

        async def filled() -> Json:
            return self._views.form(desk, entries, await self._views.facts(desk, entries), put_text=True)

        title = screen.TITLE if entries.editing is None else screen.EDIT_TITLE
        shown = await desk.screens.open_then(trigger, skeleton.loading(title), filled, on_top=on_top, instead=instead)
        self._remember(desk, shown, entries)

    async def edit(self, desk: Desk, trigger: str, message_id: str, *, on_top: bool = False) -> None:
        """Open the form on a scheduled text; raise `NotFound`."""
        scheduled = await desk.store.read(get_scheduled, message_id)
        message, series = scheduled.message, scheduled.series
        zone = series.rule.zone if series is not None else desk.person.zone
        entries = Entries(
            line=message.line,
            peer=message.peer,
            text=message.text,
            later=True,
            at=instant(local_time(message.send_at or desk.clock.now_ms(), zone), desk.person.zone) // 1000,
            zone=zone,
            cancel_if_answered=scheduled.cancel_if_answered,
            editing=message.id,
        )
        if series is not None:
            rule = series.rule
            left = None if rule.count is None else max(rule.count - series.turn.number, 1)
            repeat = f"{rule.frequency.value}:{rule.every}"
            until = None if rule.until is None else rule.until.isoformat()
            entries = replace(entries, repeat=repeat, until=until, times=left)
        await self.open(desk, trigger, entries, on_top=on_top)

    def blank(self, desk: Desk, *, line: str | None, channel: str | None, peer: str | None = None) -> Entries:
        """Return an empty form; `channel` is where it is opened from."""
        return replace(self._blank(desk, line, channel), peer=peer)

    def _blank(self, desk: Desk, line: str | None, channel: str | None) -> Entries:
        here = [one for one in desk.lines if channel is not None and desk.channels.id_of(one.name) == channel]
        known = desk.lines.get(line) if line is not None else None
        first = known or next(iter([*here, *desk.lines]), None)
        return Entries(line=first.name if first is not None else "", zone=desk.person.zone, channel=channel)

    # While it is open -----------------------------------------------------------------------------------------

    async def changed(self, payload: Acted, desk: Desk) -> None:
        """Something was chosen on which other fields depend."""
        if payload.view is not None:
            entries = entries_of(payload.view, desk)
            await self._show(desk, payload.view, entries, await self._views.facts(desk, entries))

    async def chose_template(self, payload: Acted, desk: Desk) -> None:
        """Put the template's text into the box."""
        if payload.view is None:
            return
        entries = entries_of(payload.view, desk)
        facts = await self._views.facts(desk, entries)
        await self._show(desk, payload.view, self._views.with_template(desk, entries, facts), facts)

    async def chose_recipient(self, payload: Acted, desk: Desk) -> None:
        """Fill the template in for somebody else."""
        if payload.view is None:
            return
        entries = entries_of(payload.view, desk)
        facts = await self._views.facts(desk, entries)
        entries, warning = self._views.with_recipient(desk, entries, facts)
        await self._show(desk, payload.view, entries, facts, warning=warning)

    async def typed(self, payload: Acted, desk: Desk) -> None:
        """Bring the live line up to date with the last that was typed."""
        view = payload.view
        if view is None or await self._is_old(desk, view):
            return
        _, _, at = self._shown.get(view.id, (None, 0, 0.0))
        pause = at + SETTLE_S - desk.clock.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
            if await self._is_old(desk, view):
                return
        entries = entries_of(view, desk)
        await self._show(desk, view, entries, await self._views.facts(desk, entries))

    async def _is_old(self, desk: Desk, view: OpenView) -> bool:
        return await desk.store.read(has_newer, live_lane(view.id), desk.key)

    async def _show(self, desk: Desk, view: OpenView, entries: Entries, facts: Facts, *, warning: str = "") -> None:
        before = entries_of(view, desk)
        new_text = entries.version != before.version
        shows = self._views.form(desk, entries, facts, put_text=new_text, warning=warning)
        known, version, _ = self._shown.get(view.id, (None, 0, 0.0))
        # Ours is newer than what the client had when they typed, unless the text was replaced in between.
        shown = known if known is not None and version == before.version else Shown.of(view)
        updated = await desk.screens.update(shown, shows)
        if updated is not None:
            self._remember(desk, updated, entries)

    def _remember(self, desk: Desk, shown: Shown, entries: Entries) -> None:
        self._shown[shown.id] = (shown, entries.version, desk.clock.monotonic())
        self._shown.move_to_end(shown.id)
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)

    # Suggestions ----------------------------------------------------------------------------------------------

    async def suggest(self, payload: OptionsAsked, desk: Desk) -> Options:
        """Offer the number that was typed, then contacts."""
        entries = entries_of(payload.view, desk) if payload.view is not None else self._blank(desk, None, None)
        region = desk.lines.region(entries.line)
        found = await desk.store.read(suggest_contacts, payload.typed, SUGGESTIONS)
        options = [_suggestion(one, region) for one in found]
        try:
            number = read_number(payload.typed, region)
        except InvalidNumber:
            return Options(options)
        owner = await desk.store.read(find_contact, number)
        first = inputs.option(f"Text {who(number, owner, region)}", NUMBER + number)
        return Options([first, *(one for one in options if one["value"] != first["value"])])

    async def suggest_zones(self, payload: OptionsAsked, desk: Desk) -> Options:
        """Offer time zones, the person's own first."""
        return Options([inputs.option(zone, zone) for zone in zones_like(payload.typed, own=desk.person.zone)])


def _suggestion(one: Suggestion, region: str | None) -> Json:
    return inputs.option(f"{one.name} · {national(one.number, region)}", NUMBER + one.number, one.company)
