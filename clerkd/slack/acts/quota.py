"""What can be done about texts that wait for a line's quota."""

from __future__ import annotations

from clerkd.core.desk.quota import Quotas
from clerkd.errors import Conflict, NotFound, Refused
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message, Origin, OriginKind, SendRequest
from clerkd.model.number import international
from clerkd.ports.store import Tx
from clerkd.slack import ledger
from clerkd.slack.interactions import Act, Desk, Errors, Interactions, Permission, Said, Update, ViewAnswer
from clerkd.slack.payload import Acted, ViewSubmitted
from clerkd.slack.screens import hint, quota
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.quota import EXHAUSTED, held_until


class QuotaActs:
    """What is answered to **Use another line**, **Add pack** and **Wait until …**."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                quota.OTHER_LINE: Act(self.ask_line, Permission.SEND),
                quota.ADD_PACK: Act(self.ask_pack, Permission.MANAGE),
                quota.WAIT: Act(self.wait, Permission.SEND),
            },
            views={
                quota.LINE_FORM: Act(self.use_line, Permission.SEND),
                quota.PACK_FORM: Act(self.add_pack, Permission.MANAGE),
            },
        )

    async def wait(self, payload: Acted, desk: Desk) -> Said | None:
        """Let a text wait: the buttons go, the text stays held."""
        message, until = await desk.store.read(_held, payload.value.get("message", ""))
        if message is None or payload.place is None:
            return Said(show=hint.told(hint.OLD_BUTTON))
        shows = quota.waits(
            message,
            desk.lines.region(message.line),
            until=until,
            name=desk.person.name,
            contact=await desk.store.read(contact_name, message.peer),
        )
        return Said(posts=[ledger.replace(payload.place, message.line, shows)])

    async def ask_pack(self, payload: Acted, desk: Desk) -> Said | None:
        """Ask how large a pack is to be."""
        line = payload.value.get("line", "")
        status = (await self._quotas.status()).get(line)
        if status is None:
            return Said(show=hint.told(f"Line {line} has no quota any more: nothing waits for one."))
        await desk.screens.show(payload, quota.pack_form(line, status, desk.person.tz, desk.clock.now_ms()))
        return None

    async def add_pack(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Add the pack."""
        typed = payload.view.entered.text(quota.SEGMENTS).replace(",", "").replace(" ", "")
        if not (typed.isascii() and typed.isdecimal()):
            return Errors({quota.SEGMENTS: "A whole number is needed, like 100."})
        line = payload.view.carried.get("line", "")
        try:
            status = await self._quotas.add_pack(line, int(typed), pack_id=desk.key, actor=desk.person.id)
        except Refused as error:
            return Errors({quota.SEGMENTS: f"{error.message[:1].upper()}{error.message[1:]}."})
        desk.changed()
        return Update(quota.pack_added(line, status, desk.person.tz, desk.clock.now_ms()))

    async def ask_line(self, payload: Acted, desk: Desk) -> Said | None:
        """Ask which line is to send it."""
        message, _ = await desk.store.read(_held, payload.value.get("message", ""))
        if message is None:
            return Said(show=hint.told(hint.changed_meanwhile("not waiting")))
        statuses = await self._quotas.status()
        lines = [
            (line.name, international(line.number), statuses.get(line.name))
            for line in desk.lines
            if line.name != message.line
        ]
        if not lines:
            return Said(show=hint.told("There is no other line. It goes out at the reset, or when a pack is added."))
        await desk.screens.open(payload.trigger, quota.line_form(message, lines))
        return None

    async def use_line(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Take the text from the line that cannot send it and give it to another."""
        message_id, line = payload.view.carried.get("message", ""), payload.view.entered.choice(quota.LINE) or ""
        try:
            message = await desk.store.read(get_message, message_id)
            request = SendRequest(
                to=message.peer,
                text=message.text,
                line=line,
                key=f"instead:{message.id}",
                origin=Origin(OriginKind.SLACK, desk.person.id),
            )
            await desk.outbox.accept_instead(message.id, request, actor=desk.person.id)
        except Conflict as error:
            return Errors({quota.LINE: f"It does not wait any more: it is {error.details.get('state')} now."})
        except Refused as error:
            why = error.message.rstrip(".")
            return Errors({quota.LINE: f"{why[:1].upper()}{why[1:]}. The text still waits: choose another line."})
        return Update(quota.sent_from(line))


def _held(tx: Tx, message_id: str) -> tuple[Message | None, int | None]:
    """Return a message that a quota holds, and until when."""
    try:
        message = get_message(tx, message_id)
    except NotFound:
        return None, None
    if message.state is not MessageState.HELD or message.error is None or message.error.code != EXHAUSTED:
        return None, None
    return message, held_until(tx, message_id)
