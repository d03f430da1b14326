"""Putting a segment on the air from a slot of the modem's storage: AT+CMGW, AT+CMSS, and a look in case of doubt.

A modem marks the message in the slot as sent when the network took it, 27.005 §3.1, so that a result that never came
can be looked up. It costs a slot and three exchanges more, and only some modems mark truly: a profile says so.
"""

from __future__ import annotations

import structlog

from clerkd.at import commands
from clerkd.at.answers import read_at, value_of
from clerkd.at.errors import Unanswered, submit_refusal
from clerkd.at.outcome import Answer
from clerkd.errors import ClerkdError, Indeterminate, Temporary
from clerkd.model.line import Receipt
from clerkd.modem.session import PortLost, Session

_UNSENT, _SENT = 2, 3  # <stat>, 27.005 §3.1

log = structlog.get_logger()


class NotSent(Temporary):
    """The modem gave no result, and its storage says that the message did not go out."""

    code = "modem.not-sent"


async def store(session: Session, pdu: bytes) -> int | None:
    """Write a PDU to a slot and return its index; None if the modem does not keep it. Nothing goes out."""
    answer = await session.execute(commands.store(pdu))
    index = _number(answer, "+CMGW")
    if index is None:
        log.info("modem.not-stored", result=answer.final and answer.final.text)
    return index


async def send_stored(session: Session, index: int, pdu: bytes) -> Receipt:
    """Send what a slot holds and empty it. Raise `Temporary` or `Permanent` only when certainly nothing went out."""
    try:
        answer = await session.execute(commands.send_stored(index))
    except PortLost as lost:
        raise Unanswered(f"the modem was lost while it sent: {lost.message}") from lost
    try:
        return await _receipt(session, answer, index, pdu)
    finally:
        await _forget(session, index)


async def _receipt(session: Session, answer: Answer, index: int, pdu: bytes) -> Receipt:
    reference = _number(answer, "+CMSS")
    if answer.ok or (answer.final is None and reference is not None):
        return Receipt(reference)
    doubt: ClerkdError = Unanswered("the modem was told to send and gave no result")
    if answer.final is not None:
        doubt = submit_refusal(answer.final, handed_over=True)
    if not isinstance(doubt, Indeterminate):
        raise doubt
    return await _look(session, index, pdu, doubt)


async def _look(session: Session, index: int, pdu: bytes, doubt: Indeterminate) -> Receipt:
    """Read the slot: it knows what became of its message. A modem that answers has ended what it was told before."""
    try:
        await session.settle()
        found = read_at(index, await session.ask(commands.read_message(index)))
    except ClerkdError as unknown:
        raise doubt from unknown
    if found is None or found.pdu != pdu or found.status not in {_UNSENT, _SENT}:
        raise doubt
    log.info("modem.slot-looked-up", sent=found.status == _SENT)
    if found.status == _UNSENT:
        raise NotSent("the modem gave no result, and its storage says that the message was not sent")
    return Receipt(None)


async def _forget(session: Session, index: int) -> None:
    try:
        await session.ask(commands.delete_message(index))
    except ClerkdError as refused:
        log.warning("modem.slot-not-freed", index=index, code=refused.code)


def _number(answer: Answer, prefix: str) -> int | None:
    text = (value_of(answer.lines, prefix) or "").partition(",")[0].strip()
    return int(text) if text.isdecimal() else None
