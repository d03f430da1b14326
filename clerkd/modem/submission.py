"""Putting one segment on the air: AT+CMGS, the prompt, the PDU, the reference. Two exchanges and nothing else."""

from __future__ import annotations

import asyncio

import structlog

from clerkd.at import commands
from clerkd.at.answers import value_of
from clerkd.at.errors import InvalidPdu, Unanswered, UnknownFault, submit_refusal
from clerkd.at.outcome import Answer
from clerkd.errors import Temporary
from clerkd.model.line import Receipt
from clerkd.modem.profile import Profile
from clerkd.modem.session import PortLost, Session

log = structlog.get_logger()


class NoPrompt(Temporary):
    """The modem did not ask for the PDU; nothing was handed over."""

    code = "modem.no-prompt"


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

    async def submit(self, pdu: bytes, *, more: bool) -> Receipt:
        """Submit a PDU. Raise `Temporary` or `Permanent` only when certainly nothing went out."""
        if more and self._keep_link:
            # Once is enough: with 2 the modem keeps the setting when the radio link closes, 27.005 §3.5.6.
            self._keep_link = False
            await self._session.execute(commands.KEEP_LINK)
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
