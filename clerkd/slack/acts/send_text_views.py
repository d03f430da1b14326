"""The Send Text form as it is to be shown: what was entered, and what the store knows about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from zoneinfo import available_timezones

from clerkd.core.desk.templates import known_of
from clerkd.errors import Refused
from clerkd.model.contact import Contact
from clerkd.model.number import national
from clerkd.model.recurrence import instant, local_time, next_times
from clerkd.model.series import Scheduled
from clerkd.model.template import BadTemplate, MissingVariable, Template, fill
from clerkd.ports.store import Tx
from clerkd.slack.acts.send_text_entries import NUMBER, BadEntry, Entries
from clerkd.slack.interactions import Desk
from clerkd.slack.payload import Json, OpenView
from clerkd.slack.render import Element
from clerkd.slack.screens import inputs
from clerkd.slack.screens import send_text as screen
from clerkd.slack.settings import QuotaOf
from clerkd.store.ops.contacts import find_contact
from clerkd.store.ops.schedules import get_scheduled
from clerkd.store.ops.templates import list_templates

PREVIEWED = 5  # dates of a text that repeats
UNFINISHED = "The template is filled in when you choose whom to text."


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows about a form."""

    templates: Sequence[Template]
    contact: Contact | None
    before: Contact | None  # for whom the text was filled in
    left: int | None  # of the line's quota, segments
    scheduled: Scheduled | None

    def template(self, template_id: str | None) -> Template | None:
        """Return a template that the person sees."""
        return next((one for one in self.templates if one.id == template_id), None)


class Views:
    """Make forms. `quota_of` tells how a line's quota stands."""

    def __init__(self, quota_of: QuotaOf) -> None:
        self._quota_of = quota_of

    async def facts(self, desk: Desk, entries: Entries) -> Facts:
        """Return what the store knows."""
        return await desk.store.read(self._read, entries, desk.person.id, desk.clock.now_ms())

    def _read(self, tx: Tx, entries: Entries, user: str, now: int) -> Facts:
        quota = self._quota_of(tx, entries.line, now)
        return Facts(
            list_templates(tx, user=user, line=entries.line),
            find_contact(tx, entries.peer) if entries.peer else None,
            find_contact(tx, entries.filled_for) if entries.filled_for else None,
            None if quota is None else quota.left,
            get_scheduled(tx, entries.editing) if entries.editing else None,
        )

    def form(self, desk: Desk, entries: Entries, facts: Facts, *, put_text: bool, warning: str = "") -> Json:
        """Return the modal. `put_text`: the text is put into the box; else what was typed there stays."""
        text, unfilled = self._reading(desk, entries, facts)
        said = self._cost(desk, entries, facts, text)
        region = desk.lines.region(entries.line)
        shows = screen.SendText(
            lines=[(line.name, national(line.number, line.region)) for line in desk.lines],
            line=entries.line,
            to=recipient(entries.peer, facts.contact, region),
            templates=facts.templates,
            template=entries.template,
            text=entries.text if put_text else "",
            version=entries.version,
            cost=said,
            warning=warning or unfilled,
            later=entries.later,
            at=entries.at,
            zone=entries.zone,
            repeat=entries.repeat,
            repeats=facts.scheduled is None or facts.scheduled.series is not None,
            until=entries.until,
            times=entries.times,
            next_times=self._next(desk, entries),
            cancel_if_answered=entries.cancel_if_answered,
            channels=channels_of(desk),
            reply=entries.reply or self._default_reply(desk, entries),
            editing=None if facts.scheduled is None else who(facts.scheduled.message.peer, facts.contact, region),
            carried=entries.carried(),
        )
        return screen.form(shows)

    def _default_reply(self, desk: Desk, entries: Entries) -> str | None:
        here = entries.channel if entries.channel in desk.channels.listened_to() else None
        return here or desk.channels.id_of(entries.line)

    def _reading(self, desk: Desk, entries: Entries, facts: Facts) -> tuple[str, str]:
        """Return the text as it would be read, and what keeps it from being sent."""
        if entries.filled_for != "":
            return entries.text, ""
        try:
            return fill(entries.text, self.values(desk, entries, facts)), "" if entries.peer else UNFINISHED
        except MissingVariable as reason:
            return entries.text, sentence(reason.message) if entries.peer else UNFINISHED
        except BadTemplate as reason:
            return entries.text, sentence(reason.message)

    def _cost(self, desk: Desk, entries: Entries, facts: Facts, text: str) -> str:
        if not text:
            return ""
        try:
            measure, rules = desk.outbox.measure(text, entries.line)
        except Refused as reason:
            return f"⚠️ {sentence(reason.message)}"
        return screen.cost(measure, limit=rules.segment_limit, left=facts.left)

    def _next(self, desk: Desk, entries: Entries) -> list[str]:
        try:
            rule = entries.rule(desk.person)
        except BadEntry:
            return []
        if rule is None:
            return []
        after = max(desk.clock.now_ms(), instant(rule.starts, rule.zone) - 1)
        return [screen.clock(local_time(at, rule.zone)) for at in next_times(rule, after=after, limit=PREVIEWED)]

    def values(self, desk: Desk, entries: Entries, facts: Facts, *, before: bool = False) -> dict[str, str]:
        """Return what a template is filled with; `before`: as it was for whom it was filled in last."""
        return known_of(
            facts.before if before else facts.contact,
            peer=(entries.filled_for if before else entries.peer) or "",
            region=desk.lines.region(entries.line),
            line=entries.line,
            my_name=desk.person.name,
        )

    def with_template(self, desk: Desk, entries: Entries, facts: Facts) -> Entries:
        """Return the form with the chosen template's text in its box, filled in if all is known."""
        template = facts.template(entries.template)
        if template is None:
            return replace(entries, filled_from=None, filled_for=None)
        return self._filled(desk, entries, facts, template.body, template.id)

    def with_recipient(self, desk: Desk, entries: Entries, facts: Facts) -> tuple[Entries, str]:
        """Return the form filled in for whom was chosen now, and what to look at if that is not certain."""
        template = facts.template(entries.filled_from)
        if template is None or entries.peer is None or entries.filled_for == entries.peer:
            return entries, ""
        if entries.filled_for == "":
            return self._filled(desk, entries, facts, entries.text, template.id), ""
        try:
            untouched = entries.text == fill(template.body, self.values(desk, entries, facts, before=True))
        except Refused:
            untouched = False
        if untouched:
            return self._filled(desk, entries, facts, template.body, template.id), ""
        name = who(entries.filled_for or "", facts.before, desk.lines.region(entries.line))
        return entries, f"The text was filled in for {name}: check it, or choose the template again."

    def _filled(self, desk: Desk, entries: Entries, facts: Facts, body: str, template_id: str) -> Entries:
        text, filled_for = body, ""
        if entries.peer is not None:
            try:
                text, filled_for = fill(body, self.values(desk, entries, facts)), entries.peer
            except Refused:
                filled_for = ""
        if text == entries.text:
            return replace(entries, filled_from=template_id, filled_for=filled_for)
        return entries.with_text(text, filled_from=template_id, filled_for=filled_for)


def entries_of(view: OpenView, desk: Desk) -> Entries:
    """Return what stands in a form."""
    first = next(iter(desk.lines), None)
    return Entries.of(view, first_line=first.name if first is not None else "", zone=desk.person.zone)


def channels_of(desk: Desk) -> list[tuple[str, str]]:
    """Return id and name of the channels of the lines, each once."""
    found = {channel: line.channel for line in desk.lines if (channel := desk.channels.id_of(line.name)) is not None}
    return list(found.items())


def recipient(peer: str | None, contact: Contact | None, region: str | None) -> Element | None:
    """Return the option of *To* for a number."""
    return None if peer is None else inputs.option(who(peer, contact, region), NUMBER + peer)


def who(peer: str, contact: Contact | None, region: str | None) -> str:
    """Return a name and a number as people write it, or the number alone."""
    number = national(peer, region)
    return number if contact is None else f"{contact.name} · {number}"


def sentence(words: str) -> str:
    """Return an error's words as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


@cache
def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def zones_like(typed: str, *, own: str, limit: int = 100) -> list[str]:
    """Return time zones for what was typed, the person's own first, those of cities that begin so before others."""
    wanted = typed.strip().replace(" ", "_").casefold()
    found = [zone for zone in _zones() if wanted in zone.casefold() and zone != own]
    found.sort(key=lambda zone: not zone.rpartition("/")[2].casefold().startswith(wanted))
    return [*([own] if wanted in own.casefold() else []), *found][:limit]
