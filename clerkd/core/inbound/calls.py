"""Calls that rang a line: kept under the number that people know, told once, and answered by a text where it is wished.

The text is owed in the transaction that keeps the call, so a crash in between neither forgets nor repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Bell
from clerkd.core.patience import pay_owed, write_patiently
from clerkd.errors import InvalidNumber, Refused
from clerkd.ids import Ids
from clerkd.model.call import CallRules, TextBack
from clerkd.model.inbound import IncomingCall
from clerkd.model.message import Origin, OriginKind, SendRequest
from clerkd.model.number import is_e164, read_number, shortened
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.calls import OwedText, owe_text, owed_texts, settle_text, tell_call

TEXT_WITHIN_MS = 900_000  # a text about a call of long ago would puzzle whoever gets it
_TOO_LATE = "it is too long ago"

log = structlog.get_logger()


def named(call: IncomingCall, region: str | None) -> IncomingCall:
    """Return a call with its caller as a peer: networks tell national numbers, and conversations know E.164."""
    if call.caller is None or is_e164(call.caller):
        return call
    try:
        return replace(call, caller=read_number(call.caller, region))
    except InvalidNumber:  # a short code, an extension: as the network wrote it
        return call


def keep_call(tx: Tx, call: IncomingCall, ids: Ids, rules: CallRules, own: Collection[str]) -> None:
    """Keep and tell a call, and owe its caller a text if there is one for this line.

    The `own` numbers get none: two lines would answer each other.
    """
    call = named(call, rules.region)
    conversation = tell_call(tx, call, conversation_id=ids.new())
    back = rules.text_back
    if back is None or conversation is None or call.caller is None or call.caller in own:
        return
    owed = OwedText(ids.new(), call.line, call.caller, conversation, call.received_at)
    if not owe_text(tx, owed, not_since=call.received_at - back.every_ms):
        log.info("call.not-answered", line=call.line, caller=shortened(call.caller), reason="had one lately")


class Outbox(Protocol):
    """The part of the core's outbox that is used here."""

    async def accept(self, request: SendRequest) -> object:
        """Store a message to be sent; raise `Refused`."""
        ...


class TextBacks:
    """Sends the texts that are owed."""

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, texts: Mapping[str, TextBack]) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._texts = dict(texts)
        self._bell = Bell()

    def wake(self) -> None:
        """Hear that a text is owed."""
        self._bell.ring()

    async def run(self) -> None:
        """Send what is owed, by an earlier life too, for ever."""
        await pay_owed(self._bell, self._store, owed_texts, self._send, waits="call.texts-wait")

    async def _send(self, owed: OwedText) -> None:
        """Send one text. Its id is its key, so one that was accepted before a crash is not sent again."""
        withheld = None
        left_ms = owed.at + TEXT_WITHIN_MS - self._clock.now_ms()
        back = self._texts.get(owed.line)
        if back is None or left_ms <= 0:
            withheld = _TOO_LATE if back is not None else "it was switched off meanwhile"
        else:
            request = SendRequest(
                to=owed.peer,
                text=back.text,
                line=owed.line,
                key=f"text-back:{owed.id}",
                ttl_ms=left_ms,
                origin=Origin(OriginKind.CALL),
            )
            try:
                await self._outbox.accept(request)
            except Refused as error:
                withheld = error.message
                log.info("call.not-answered", line=owed.line, caller=shortened(owed.peer), reason=error.code)
        await write_patiently(self._store, settle_text, owed, withheld=withheld, at=self._clock.now_ms())
