"""The history of a conversation: looked at in a modal, handed over as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clerkd.core.desk.history import Form, HistoryExport, HistoryPage, Naming, history_page
from clerkd.errors import NotFound
from clerkd.model.audit import Audited
from clerkd.model.conversation import Conversation
from clerkd.model.message import OriginKind
from clerkd.ports.store import Tx
from clerkd.slack.acts.handing import hand_over, note_export
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Interactions, Permission, Roles, Said
from clerkd.slack.payload import Acted, Json
from clerkd.slack.screens import history, skeleton
from clerkd.slack.screens.export import on_its_way
from clerkd.slack.screens.hint import told
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.conversations import get_conversation


@dataclass(frozen=True, slots=True)
class _Known:
    page: HistoryPage
    name: str | None


class HistoryActs:
    """`roles` say who may take files away; the others do not see the buttons."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                CardAction.HISTORY.value: Act(self.open),
                history.OLDER: Act(self.turn),
                history.NEWER: Act(self.turn),
                history.EXPORT: Act(self.export, Permission.EXPORT),
            }
        )

    async def open(self, payload: Acted, desk: Desk) -> None:
        """Show the newest messages."""
        loading = skeleton.loading(history.TITLE, callback=history.CALLBACK)
        await desk.screens.show_then(payload, loading, lambda: self._view(payload.value, desk))

    async def turn(self, payload: Acted, desk: Desk) -> None:
        """Show another page."""
        if payload.view is not None:
            await desk.screens.update(payload.view.id, await self._view(payload.value, desk))

    async def export(self, payload: Acted, desk: Desk) -> Said | None:
        """Write the whole conversation to a file and hand it to whoever asked."""
        conversation_id, form = payload.value.get("conversation", ""), Form(payload.value.get("form", Form.TEXT))
        try:
            conversation, name = await desk.store.read(_conversation, conversation_id)
        except NotFound:
            return Said(show=told("This conversation was erased."))
        file_name = _file_name(name or conversation.peer, form)
        shown = await desk.screens.push(payload.trigger, skeleton.notice(history.TITLE, on_its_way(file_name)))
        naming = Naming(name or conversation.peer, desk.people.names)
        await note_export(desk, Audited.CONVERSATION_EXPORTED, form.value, conversation.id)
        pieces = HistoryExport(desk.store, desk.clock.now_ms).pieces(conversation.id, form, naming, desk.person.tz)
        said = history.handed_over(naming.peer)
        await hand_over(desk, shown.id, history.TITLE, name=file_name, said=said, pieces=pieces)
        return None

    async def _view(self, value: Mapping[str, str], desk: Desk) -> Json:
        try:
            known = await desk.store.read(
                _known, value.get("conversation", ""), before=value.get("before"), after=value.get("after")
            )
        except NotFound:
            return skeleton.notice(history.TITLE, "This conversation was erased.")
        await self._learn_names(known.page, desk)
        line = known.page.conversation.line
        shown = history.HistoryView(
            page=known.page,
            name=known.name,
            region=desk.lines.region(line),
            names=desk.people.names,
            may_export=await self._roles.refusal(desk.person, Permission.EXPORT) is None,
        )
        return history.view(shown)

    async def _learn_names(self, page: HistoryPage, desk: Desk) -> None:
        writers = {
            message.origin.actor
            for message in page.messages
            if message.origin is not None and message.origin.kind is OriginKind.SLACK and message.origin.actor
        }
        for user in writers - desk.people.names.keys():
            await desk.people.find(user)


def _known(tx: Tx, conversation_id: str, *, before: str | None, after: str | None) -> _Known:
    page = history_page(tx, conversation_id, before=before, after=after, limit=history.ROWS)
    return _Known(page, contact_name(tx, page.conversation.peer))


def _conversation(tx: Tx, conversation_id: str) -> tuple[Conversation, str | None]:
    found = get_conversation(tx, conversation_id)
    return found, contact_name(tx, found.peer)


def _file_name(who: str, form: Form) -> str:
    plain = re.sub(r"[^\w+]+", "-", who).strip("-")[:60]
    return f"texts-{plain or 'conversation'}.{form.value}"
