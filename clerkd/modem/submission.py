"""Putting one segment on the air: AT+CMGS, the prompt, the PDU, the reference. Two exchanges and nothing else."""

from __future__ import annotations

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
