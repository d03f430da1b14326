"""Opting out by hand, and deciding what a text meant."""

from __future__ import annotations

from collections.abc import Sequence

from clerkd.core.desk.optouts import OptOuts
from clerkd.errors import NotFound, Refused
from clerkd.model.conversation import Conversation
from clerkd.model.rules import OptOut
from clerkd.ports.store import Tx
from clerkd.slack import ledger
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Errors, Interactions, Permission, Said, ViewAnswer
from clerkd.slack.payload import Acted, ViewSubmitted
from clerkd.slack.sanitize import clean
from clerkd.slack.screens import hint, optout
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.optouts import LedgerEntry, count_waiting_for, opt_out_history
from clerkd.store.ops.rules import find_opt_out

CONFIRMED = "confirmed by a colleague: their text said so"


class OptOutActs:
    """What is answered about opting out."""

    def __init__(self, opt_outs: OptOuts) -> None:
        self._opt_outs = opt_outs

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                CardAction.OPT_OUT.value: Act(self.open, Permission.SEND),
                optout.CONFIRM: Act(self.confirm, Permission.SEND),
                optout.DISMISS: Act(self.dismiss, Permission.SEND),
            },
            views={
                optout.OUT_FORM: Act(self.opt_out, Permission.SEND),
                optout.IN_FORM: Act(self.opt_in, Permission.MANAGE),
            },
        )

    async def open(self, payload: Acted, desk: Desk) -> Said | None:
        """Open the form that fits how the peer stands."""
        try:
            conversation, known, history, waiting = await desk.store.read(_read, payload.value.get("conversation", ""))
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        for actor in sorted({entry.actor for entry in history if entry.actor}):
            await desk.people.find(actor)
        view = optout.OptOutView(
            conversation_id=conversation.id,
            peer=conversation.peer,
            region=desk.lines.region(conversation.line),
            known=known,
            waiting=waiting,
            history=history,
            names=desk.people.names,
            zone=desk.person.tz,
            now=desk.clock.now_ms(),
        )
        await desk.screens.show(payload, optout.form(view))
        return None

    async def opt_out(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Opt the peer out."""
        return await self._decide(payload, desk, out=True)

    async def opt_in(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Take an opt-out back that was entered by hand."""
        return await self._decide(payload, desk, out=False)

    async def _decide(self, payload: ViewSubmitted, desk: Desk, *, out: bool) -> ViewAnswer:
        conversation = await desk.store.read(get_conversation, payload.view.carried.get("conversation", ""))
        reason = clean(payload.view.entered.text(optout.REASON))[: optout.REASON_LIMIT]
        decide = self._opt_outs.opt_out if out else self._opt_outs.opt_in
        try:
            await decide(conversation.peer, reason=reason, actor=desk.person.id, line=conversation.line)
        except Refused as error:
            return Errors({optout.REASON: f"{error.message[:1].upper()}{error.message[1:]}."})
        desk.changed()
        return None

    async def confirm(self, payload: Acted, desk: Desk) -> Said | None:
        """Opt the peer out: a person read it so."""
        return await self._answer(payload, desk, out=True)

    async def dismiss(self, payload: Acted, desk: Desk) -> Said | None:
        """Note that it was not meant so."""
        return await self._answer(payload, desk, out=False)

    async def _answer(self, payload: Acted, desk: Desk, *, out: bool) -> Said | None:
        try:
            conversation = await desk.store.read(get_conversation, payload.value.get("conversation", ""))
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        if out:
            await self._opt_outs.opt_out(
                conversation.peer, reason=CONFIRMED, actor=desk.person.id, line=conversation.line
            )
        else:
            await self._opt_outs.dismiss(conversation.peer, actor=desk.person.id, line=conversation.line)
        desk.changed()
        if payload.place is None:
            return None
        return Said(posts=[ledger.replace(payload.place, conversation.line, optout.decided(desk.person.name, out=out))])


def _read(tx: Tx, conversation_id: str) -> tuple[Conversation, OptOut | None, Sequence[LedgerEntry], int]:
    conversation = get_conversation(tx, conversation_id)
    peer = conversation.peer
    return conversation, find_opt_out(tx, peer), opt_out_history(tx, peer), count_waiting_for(tx, peer)
