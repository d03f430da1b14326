"""Submitting the Send Text form: the wish that it makes, what is wrong with it, and where to see what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from clerkd.errors import CountryNotAllowed, EmptyText, NotFound, Refused, TextTooLong
from clerkd.model.line import LineState
from clerkd.model.message import Message, Origin, OriginKind, SendRequest
from clerkd.model.recurrence import local_time
from clerkd.model.template import fill
from clerkd.slack.acts.scheduled_list import list_view
from clerkd.slack.acts.send_text_entries import BadEntry, Entries
from clerkd.slack.acts.send_text_views import Facts, Views, entries_of, sentence, who
from clerkd.slack.ids import HINT_LANE
from clerkd.slack.interactions import Desk, Done, Errors, Update, ViewAnswer
from clerkd.slack.links import permalink
from clerkd.slack.payload import ViewSubmitted
from clerkd.slack.screens import send_text as screen
from clerkd.slack.screens import skeleton
from clerkd.store.ops.schedules_changes import end_series
from clerkd.store.ops.slack_places import Thread, current_thread, prefer_channel
from clerkd.store.ops.slack_posts import Action, NewPost
from clerkd.store.ops.templates import count_template_use

THREAD_WITHIN_S = 1.0  # how long the answer waits for the card of a conversation that is new
_LOOK_AGAIN_S = 0.05

CHOOSE = "Choose somebody: type a name or a number and pick it from the list."


class Submission:
    """Send, or keep for later. A form is one text: submitting it twice sends it once."""

    def __init__(self, views: Views) -> None:
        self._views = views

    async def submitted(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Send, or keep for later; or say under the fields what has to be changed."""
        entries = entries_of(payload.view, desk)
        facts = await self._views.facts(desk, entries)
        try:
            request = self._request(desk, entries, facts, key=f"slack:view:{payload.view.id}")
            message = await self._carry_out(desk, entries, facts, request)
        except Refused as reason:
            return Errors({_field(reason, entries): _words(reason, entries.line)})
        if entries.filled_from is not None:
            await desk.store.write(count_template_use, entries.filled_from)
        desk.changed()
        if entries.editing is not None and payload.view.root != payload.view.id:  # it lies on the list
            await desk.screens.update(payload.view.root, await list_view(desk, note="Saved."))
            return Done()
        return await self._told(desk, entries, facts, message)

    def _request(self, desk: Desk, entries: Entries, facts: Facts, *, key: str) -> SendRequest:
        editing = facts.scheduled
        peer = editing.message.peer if editing is not None else entries.peer
        if peer is None:
            raise BadEntry(CHOOSE, field="to")
        text = entries.text
        if entries.filled_for == "":
            text = fill(text, self._views.values(desk, entries, facts))
        return SendRequest(
            to=peer,
            text=text,
            line=entries.line if editing is None else editing.message.line,
            key=key,
            send_at=entries.send_at(desk.person, desk.clock),
            origin=Origin(OriginKind.SLACK, desk.person.id),
            cancel_if_answered=entries.later and entries.cancel_if_answered,
            recurrence=entries.rule(desk.person) if editing is None else None,
        )

    async def _carry_out(self, desk: Desk, entries: Entries, facts: Facts, request: SendRequest) -> Message:
        editing = facts.scheduled
        if editing is None:
            if entries.reply is not None and entries.reply in desk.channels.listened_to():
                await desk.store.write(prefer_channel, entries.line, request.to, entries.reply)
            return (await desk.outbox.accept(request)).message
        rule = entries.rule(desk.person) if editing.series is not None else None
        message = await desk.outbox.edit(
            editing.message.id, replace(request, key=None), rule=rule, actor=desk.person.id
        )
        if editing.series is not None and rule is None:
            await desk.store.write(end_series, editing.series.id, at=desk.clock.now_ms())
        return message

    async def _told(self, desk: Desk, entries: Entries, facts: Facts, message: Message) -> ViewAnswer:
        region = desk.lines.region(message.line)
        name = facts.contact.name if facts.contact is not None else who(message.peer, None, region)
        thread = await self._thread(desk, message.conversation_id)
        link = permalink(desk.team_url(), thread.channel, thread.root_ts) if thread is not None else None
        when = "" if message.send_at is None else screen.clock(local_time(message.send_at, entries.zone))
        line = desk.lines.get(message.line)
        waits = _waits(desk, facts, message)
        said = screen.sent(name, link=link, when=when, waits=waits, where=line.channel if line is not None else "")
        if entries.channel is None or entries.channel not in desk.channels.listened_to():
            return Update(skeleton.shown(screen.TITLE, said))
        shows: dict[str, Any] = {"user": desk.person.id, **said.payload}
        return Done([NewPost(lane=HINT_LANE, action=Action.WHISPER, payload=shows, channel=entries.channel)])

    async def _thread(self, desk: Desk, conversation_id: str) -> Thread | None:
        """Return the conversation's thread, which is made in a moment if the conversation is new."""
        try:
            async with asyncio.timeout(THREAD_WITHIN_S):
                # The poster makes the card when Slack lets it; a look for a second is all that the link is worth.
                while (thread := await desk.store.read(current_thread, conversation_id)) is None:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            return None
        return thread


def _waits(desk: Desk, facts: Facts, message: Message) -> str:
    """Return why a text does not go out at once, if that is known already."""
    status = next((one for one in desk.statuses() if one.name == message.line), None)
    if status is not None and status.state not in {LineState.READY, LineState.DEGRADED}:
        return f"line {message.line} is down, and it goes out when that is back"
    if facts.left is not None and facts.left < len(message.segments):
        return "the quota of the line is used up, and its thread says what can be done"
    return ""


def _field(reason: Refused, entries: Entries) -> str:
    """Return the block_id under which an error stands."""
    text = screen.text_block(entries.version)
    if isinstance(reason, BadEntry):
        return str(reason.details["field"])
    about_text = reason.code.startswith(("text.", "template.")) or entries.editing is not None
    return text if about_text or isinstance(reason, NotFound) else "to"


def _words(reason: Refused, line: str) -> str:
    """Return what is wrong and what to do."""
    match reason:
        case EmptyText():
            return "Write what is to be texted."
        case TextTooLong(details={"segments": int(segments), "limit": int(limit)}):
            return f"Too long: {segments} segments, at most {limit} can be sent. Shorten it by a few sentences."
        case CountryNotAllowed(details={"region": region}):
            where = f"numbers of {region}" if region else "that number"
            return f"{line} may not text {where}. Which countries it may is in the configuration (countries)."
    return sentence(reason.message)
