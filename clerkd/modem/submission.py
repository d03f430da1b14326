"""Putting one segment on the air: AT+CMGS, the prompt, the PDU, the reference. Two exchanges and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog

from clerkd.at import commands
from clerkd.at.answers import value_of
from clerkd.at.errors import InvalidPdu, Unanswered, UnknownFault, submit_refusal
from clerkd.at.outcome import Answer
from clerkd.errors import Temporary
from clerkd.model.line import Receipt
from clerkd.modem import storing
from clerkd.modem.profile import Profile
from clerkd.modem.session import PortLost, Session

log = structlog.get_logger()


class NoPrompt(Temporary):
    """The modem did not ask for the PDU; nothing was handed over."""

    code = "modem.no-prompt"


class Storage(Protocol):
    """Where the modem keeps messages."""

    def holding(self) -> AbstractAsyncContextManager[None]:
        """Keep the storage selected and others off it in the meantime."""
        ...


class Doubt:
    """About the last submission, if it has no result.

    A modem deals with one after the other: a reference that nobody waits for is that of the last one unanswered, even
    if the port was closed and opened in between.
    """

    def __init__(self) -> None:
        self._later: asyncio.Future[Receipt] | None = None

    def begin(self) -> asyncio.Future[Receipt]:
        """Return what gives the receipt of a submission that has just gone unanswered, if it comes after all."""
        self.end()
        self._later = asyncio.get_running_loop().create_future()
        return self._later

    def settle(self, reference: int | None) -> bool:
        """Take a reference that nobody waited for; False if no submission is in doubt."""
        if self._later is None:
            return False
        self._later.set_result(Receipt(reference))
        self._later = None
        return True

    def end(self) -> None:
        """Expect nothing any more: a later submission has its result."""
        if self._later is not None:
            self._later.cancel()
            self._later = None


class Submission:
    """Sends through one session."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session = session
        self._keep_link = profile.keep_link
        self._store_and_send = profile.store_and_send

    async def submit(self, pdu: bytes, *, more: bool, storage: Storage | None = None) -> Receipt:
        """Submit a PDU. Raise `Temporary` or `Permanent` only when certainly nothing went out.

        `storage` is where the profile may want it written first.
        """
        if more and self._keep_link:
            # Once is enough: with 2 the modem keeps the setting when the radio link closes, 27.005 §3.5.6.
            self._keep_link = False
            await self._session.execute(commands.KEEP_LINK)
        if self._store_and_send and storage is not None:
            async with storage.holding():
                index = await storing.store(self._session, pdu)
                if index is not None:
                    return await storing.send_stored(self._session, index, pdu)
        return await self._at_once(pdu)

    async def _at_once(self, pdu: bytes) -> Receipt:
        command = commands.submit(pdu)
        before = self._session.interruptions
        try:
            answer = await self._session.execute(command)
            if answer.final is None and not answer.handed_over and self._session.interruptions == before:
                answer = await self._session.execute(command)  # the prompt was missed: nothing went out yet
        except PortLost as lost:
            if lost.handed_over:
                raise Unanswered(f"the modem was lost while it sent: {lost.message}") from lost
            raise
        return _receipt(answer)


def _receipt(answer: Answer) -> Receipt:
    if answer.final is None:
        if answer.handed_over:
            raise Unanswered("the modem took the message and gave no result")
        raise NoPrompt("the modem did not ask for the message")
    if not answer.ok:
        error = submit_refusal(answer.final, handed_over=answer.handed_over)
        if isinstance(error, InvalidPdu | UnknownFault):
            log.warning("modem.submit-refused", code=error.code, result=answer.final.text)
        raise error
    number = (value_of(answer.lines, "+CMGS") or "").partition(",")[0].strip()
    return Receipt(int(number) if number.isdecimal() else None)
