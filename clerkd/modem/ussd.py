"""USSD codes, as *100# for the balance: one question at a time, coded as the vendor wants it (27.007 §7.15)."""

from __future__ import annotations

import asyncio
import re

from clerkd.at.answers import word_of
from clerkd.at.commands import Command, Deadline
from clerkd.at.events import UssdAnswer
from clerkd.at.fields import octets_of
from clerkd.codec import gsm7
from clerkd.codec.ussd import pack_ussd, unpack_ussd
from clerkd.errors import Permanent, Refused, Temporary
from clerkd.model.ussd import UssdReply
from clerkd.modem.bringup import optional
from clerkd.modem.profile import Profile, UssdCoding
from clerkd.modem.session import Session

ANSWER_S = 60.0  # from OK to +CUSD: the network's own timers run
_CANCEL = Command("AT+CUSD=2", deadline=Deadline.CALL)
_CODE = re.compile(r"[0-9*#+]{1,182}")  # what a telephone can dial; menus are answered so too
_UCS2, _GSM_SET = "UCS2", "GSM"  # of AT+CSCS, 27.007 §5.5
_GSM = 15  # <dcs>: the default alphabet, 23.038 §5
_REPLY_WANTED, _ENDED = 1, 2  # <m>


class UssdRefused(Permanent):
    """The network does not know the code, or ended the session without an answer."""

    code = "modem.ussd-refused"


class NoUssdAnswer(Temporary):
    """The network did not answer a USSD code in time."""

    code = "modem.ussd-unanswered"


class Ussd:
    """Asks through one session. `heard` is given every +CUSD, asked for or not."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session = session
        self._packed = profile.ussd is UssdCoding.PACKED
        self._characters: str | None = None  # what AT+CSCS says
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[UssdAnswer] | None = None
        self._open = False  # a menu waits for a choice

    async def ask(self, code: str) -> UssdReply:
        """Return the answer to a code, or to the choice out of a menu. Raise `Refused`, `Permanent` or `Temporary`."""
        if _CODE.fullmatch(code) is None:
            raise Refused("a USSD code is made of digits, *, # and +")
        async with self._turn:
            # Asked, not set: setting it makes some forget the message centre's number.
            self._characters = word_of(await optional(self._session, "AT+CSCS?", "+CSCS"), "+CSCS")
            self._answer = asyncio.get_running_loop().create_future()
            try:
                await self._session.ask(Command(f'AT+CUSD=1,"{self._coded(code)}",{_GSM}', ("+CUSD",), Deadline.CALL))
                async with asyncio.timeout(ANSWER_S):
                    answer = await self._answer
            except TimeoutError:
                await self._session.execute(_CANCEL)
                raise NoUssdAnswer(f"the network did not answer {code}") from None
            finally:
                self._answer = None
        if answer.mode > _ENDED or (answer.mode == _ENDED and not answer.text):
            self._open = False
            raise UssdRefused(f"the network refused {code}", mode=answer.mode)
        self._open = answer.mode == _REPLY_WANTED
        return UssdReply(self._text(answer), wants_reply=answer.mode == _REPLY_WANTED)

    async def end(self) -> None:
        """End a menu that waits for a choice; nothing if there is none. The network would wait for minutes."""
        async with self._turn:
            if self._open:
                self._open = False
                await self._session.execute(_CANCEL)

    def heard(self, answer: UssdAnswer) -> None:
        """Take what the network says; some modems say it twice."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _coded(self, code: str) -> str:
        if self._packed:
            return pack_ussd(code).hex().upper()
        return code.encode("utf-16-be").hex().upper() if self._characters == _UCS2 else code

    def _text(self, answer: UssdAnswer) -> str:
        octets = octets_of(answer.text)
        if octets is not None and (_is_ucs2(answer.dcs) or (self._characters == _UCS2 and not self._packed)):
            return octets.decode("utf-16-be", "replace")
        if octets is not None and self._packed:
            return unpack_ussd(octets)
        if self._characters == _GSM_SET and answer.text.isascii():
            return gsm7.DEFAULT.decode(answer.text.encode("ascii"))
        return answer.text


def _is_ucs2(dcs: int | None) -> bool:
    """Tell whether a coding scheme is UCS-2, 23.038 §5: 0x11, or one of the general kind."""
    return dcs is not None and (dcs == 0x11 or dcs & 0xCC == 0x48)
