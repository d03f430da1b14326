"""Opting out and in: by keyword, in the transaction that tells the text; by hand; and the one answer to each."""

from __future__ import annotations

from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.desk.answers import AnswerTexts
from clerkd.core.desk.keywords import Heard, Meaning, read_keyword
from clerkd.core.outbound.bell import Bell
from clerkd.core.patience import pay_owed, write_patiently
from clerkd.errors import Conflict, Refused
from clerkd.ids import Ids
from clerkd.model.message import Message, Origin, OriginKind, SendRequest
from clerkd.model.notice import NoticeKind
from clerkd.model.number import shortened
from clerkd.model.rules import OptOut, OptOutEvent
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.optouts import Answer, answered, opt_in, opt_out, owe_answer, owed_answers, write_ledger
from clerkd.store.ops.rules import find_opt_out, match_dnd

ANSWER_WITHIN_MS = 300_000  # a later confirmation would need the consent that was just taken back, 64.1200(a)(12)
HELP_AGAIN_MS = 300_000  # two machines must not help each other for ever
MANUAL_REASON = "a reason is needed: it stands in the record for good"

log = structlog.get_logger()


class ReasonMissing(Refused):
    """An opt-out by hand says why."""

    code = "opt-out.reason"


class TheirsAlone(Refused):
    """Whoever opted out by a keyword can rejoin by a keyword only."""

    code = "opt-out.theirs"


def hear(tx: Tx, message: Message, ids: Ids, *, now: int) -> Heard | None:
    """Act on the keyword that an inbound message is, if it is one: its effects commit with the message."""
    known = find_opt_out(tx, message.peer)
    heard = read_keyword(message.text, opted_out=known is not None)
    if heard is None:
        return None
    found = OptOut(message.peer, now, heard.word)
    match heard.meaning:
        case Meaning.STOP:
            if opt_out(tx, found, line=message.line, message_id=message.id) is not None:
                _owe(tx, message, heard, ids, now=now, not_since=now)
        case Meaning.START:
            if opt_in(tx, found, line=message.line, message_id=message.id):
                _owe(tx, message, heard, ids, now=now, not_since=now)
        case Meaning.HELP:
            _owe(tx, message, heard, ids, now=now, not_since=now - HELP_AGAIN_MS)
        case Meaning.PERHAPS_STOP:
            write_ledger(tx, found, OptOutEvent.SUSPECTED, line=message.line, message_id=message.id)
            write_notice(
                tx,
                NoticeKind.OPT_OUT_SUSPECTED,
                at=now,
                line=message.line,
                conversation_id=message.conversation_id,
                message_id=message.id,
                detail={"peer": message.peer, "words": heard.word},
            )
    return heard


def _owe(tx: Tx, message: Message, heard: Heard, ids: Ids, *, now: int, not_since: int) -> None:
    if match_dnd(tx, message.peer, now=now) is None:
        answer = Answer(ids.new(), message.line, message.peer, heard.meaning.value, heard.language, now)
        owe_answer(tx, answer, not_since=not_since)


class Outbox(Protocol):
    """The part of the core's outbox that answers use."""

    async def accept(self, request: SendRequest) -> object:
        """Store a message to be sent; raise `Refused`."""
        ...


class OptOuts:
    """Opt-outs by hand, and the answers that keywords are owed."""

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, texts: AnswerTexts | None) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._texts = texts
        self._bell = Bell()

    async def opt_out(self, peer: str, *, reason: str, actor: str | None, line: str | None = None) -> list[Message]:
        """Opt a peer out by hand and return what was cancelled; raise `ReasonMissing`. Out already: nothing happens."""
        found = OptOut(peer, self._clock.now_ms(), reason=_reason(reason), actor=actor)
        cancelled = await self._store.write(opt_out, found, line=line)
        log.info("opt-out.entered", peer=shortened(peer), actor=actor, cancelled=len(cancelled or ()))
        return cancelled or []

    async def opt_in(self, peer: str, *, reason: str, actor: str | None, line: str | None = None) -> None:
        """Take back an opt-out that was entered by hand.

        Raise `ReasonMissing`, `Conflict` if the peer is not out, `TheirsAlone` if it said STOP itself.
        """
        found = OptOut(peer, self._clock.now_ms(), reason=_reason(reason), actor=actor)
        await self._store.write(_opt_in_by_hand, found, line=line)
        log.info("opt-out.taken-back", peer=shortened(peer), actor=actor)

    async def dismiss(self, peer: str, *, actor: str | None, line: str | None = None) -> None:
        """Note that a peer did not mean to opt out."""
        found = OptOut(peer, self._clock.now_ms(), actor=actor)
        await self._store.write(write_ledger, found, OptOutEvent.DISMISSED, line=line)

    async def find(self, peer: str) -> OptOut | None:
        """Return a peer's opt-out."""
        return await self._store.read(find_opt_out, peer)

    def wake(self) -> None:
        """Hear that an answer is owed."""
        self._bell.ring()

    async def run(self) -> None:
        """Give the answers that are owed, those of an earlier life too, for ever."""
        await pay_owed(self._bell, self._store, owed_answers, self._give, waits="opt-out.answers-wait")

    async def _give(self, answer: Answer) -> None:
        """Send one answer. Its id is its key, so one that was accepted before a crash is not sent again."""
        left_ms = answer.at + ANSWER_WITHIN_MS - self._clock.now_ms()
        if self._texts is None:
            log.info("keyword.not-answered", kind=answer.kind, reason="switched off")
        elif left_ms <= 0:
            log.warning("keyword.not-answered", kind=answer.kind, reason="too late")
        else:
            request = SendRequest(
                to=answer.peer,
                text=self._texts.of(answer.kind, answer.language),
                line=answer.line,
                key=f"keyword:{answer.id}",
                ttl_ms=left_ms,
                origin=Origin(OriginKind.RULE, answer.kind),
            )
            try:
                await self._outbox.accept(request)
            except Refused as error:  # a short code, another country: there is nobody to answer
                log.warning("keyword.not-answered", kind=answer.kind, reason=error.code)
        await write_patiently(self._store, answered, answer.id)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise ReasonMissing(MANUAL_REASON)
    return reason


def _opt_in_by_hand(tx: Tx, found: OptOut, *, line: str | None) -> None:
    known = find_opt_out(tx, found.peer)
    if known is None:
        raise Conflict(f"{found.peer} has not opted out", state="in")
    if known.by_keyword:
        raise TheirsAlone(f"{found.peer} texted {known.keyword}: only they can rejoin, by texting START")
    opt_in(tx, found, line=line)
