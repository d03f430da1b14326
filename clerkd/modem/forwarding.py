"""Call forwarding: asked of the network, changed in the network, and believed only when the network says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import structlog

from clerkd.at.commands import Command
from clerkd.at.errors import ModemBusy, NetworkTimeout, NoNetworkService, NoSim, NotSupported, SimLocked, UnknownFault
from clerkd.at.forwarding import (
    ALL_REASONS,
    erase_forwarding,
    query_forwarding,
    register_forwarding,
    voice_forwarding,
)
from clerkd.errors import ClerkdError, Permanent, Temporary
from clerkd.model.call import Forwarding, Reason, same_number
from clerkd.model.number import shortened
from clerkd.modem.session import PortLost, Session, Silent

log = structlog.get_logger()

AGAIN_S = (60.0, 300.0, 1800.0)  # before what the network refused is tried once more; then with the last pause

_NUMBERS = {reason: number for number, reason in enumerate(Reason)}  # <reason> of 27.007 §7.11
_OUR_MEANS = (NoNetworkService, NetworkTimeout, NoSim, SimLocked, ModemBusy, Silent, PortLost)


class ForwardingRefused(Permanent):
    """The network, or the modem, does not let this SIM forward calls; details: `result`."""

    code = "modem.forwarding-refused"


class ForwardingNotKept(Temporary):
    """The network took the command, and asked afterwards it says something else; details: `said`."""

    code = "modem.forwarding-not-kept"


class CallForwarding:
    """Reads and changes where the network sends one SIM's calls. One change at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = asyncio.Lock()

    async def read(self) -> list[Forwarding]:
        """Return what the network says for each reason, in their order; raise `ForwardingRefused`, `Temporary`."""
        async with self._turn:
            return [await self._read(reason) for reason in Reason]

    async def register(self, reason: Reason, number: str, after_s: int | None = None) -> list[Forwarding]:
        """Forward calls to a number and return what the network says then.

        `after_s` is for `NO_REPLY`. Raise as `read` does, and `ForwardingNotKept`.
        """
        async with self._turn:
            await self._register(reason, number, after_s)
            found = [await self._read(one) for one in Reason]
        _require(found, reason, number)
        log.info("modem.forwarding-set", reason=reason.value, to=shortened(number))
        return found

    async def erase(self, reason: Reason | None) -> list[Forwarding]:
        """Forward calls no more for a reason, or for any, and return what the network says then; raise as `read`."""
        async with self._turn:
            await self._ask(erase_forwarding(ALL_REASONS if reason is None else _NUMBERS[reason]))
            found = [await self._read(one) for one in Reason]
        left = [one.reason.value for one in found if one.active and reason in {None, one.reason}]
        if left:
            raise ForwardingNotKept(f"the network still forwards calls: {', '.join(left)}", said=left)
        log.info("modem.forwarding-erased", reason="all" if reason is None else reason.value)
        return found

    async def keep(self, number: str, registered: asyncio.Event, told: Callable[[str | None], None]) -> None:
        """See to it that every call is forwarded to a number, and tell why it is not; return when it is."""
        for attempt in count():
            await registered.wait()
            try:
                async with self._turn:
                    found = await self._read(Reason.UNCONDITIONAL)
                if not (found.active and same_number(found.number or "", number)):
                    await self.register(Reason.UNCONDITIONAL, number)
            except PortLost:
                return
            except ClerkdError as error:
                log.warning("modem.forwarding-failed", code=error.code, error=str(error))
                told(f"calls are not forwarded: {error.message}")
            else:
                told(None)
                return
            await asyncio.sleep(AGAIN_S[min(attempt, len(AGAIN_S) - 1)])

    async def _read(self, reason: Reason) -> Forwarding:
        answer = voice_forwarding(await self._ask(query_forwarding(_NUMBERS[reason])))
        if answer is None:
            raise Silent("the modem said nothing about call forwarding")
        return Forwarding(reason, answer.active, answer.number, answer.time_s if reason is Reason.NO_REPLY else None)

    async def _register(self, reason: Reason, number: str, after_s: int | None) -> None:
        try:
            await self._ask(register_forwarding(_NUMBERS[reason], number, after_s=after_s))
        except ForwardingRefused:
            await self._ask(register_forwarding(_NUMBERS[reason], number, after_s=after_s, classes=False))

    async def _ask(self, command: Command) -> list[str]:
        try:
            return await self._session.ask(command)
        except _OUR_MEANS:
            raise
        except NotSupported as refused:
            raise ForwardingRefused("the modem does not know call forwarding", **refused.details) from refused
        except (UnknownFault, Permanent, Temporary) as refused:
            said = refused.details.get("result", refused.message)
            words = f"the network refused call forwarding ({said}): the SIM's contract may not include it"
            raise ForwardingRefused(words, **refused.details) from refused


def _require(found: list[Forwarding], reason: Reason, number: str) -> None:
    kept = next(one for one in found if one.reason is reason)
    if not kept.active or not same_number(kept.number or "", number):
        said = f"to {kept.number}" if kept.active else "not at all"
        raise ForwardingNotKept(f"the network took it and now says that it forwards calls {said}", said=said)
