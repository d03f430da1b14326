"""Asking a modem in service how it is, as seldom as can be.

Idle, a modem gets two command lines a minute, half a minute apart: the sweep for messages, which also shows that it
is alive, and one question for everything else.
"""

from __future__ import annotations

import asyncio

import structlog

from clerkd.at.answers import operator_of, setting_of
from clerkd.at.commands import PDU_MODE, Command, Deadline
from clerkd.at.events import Registration
from clerkd.modem.bringup import Setup, notify, optional
from clerkd.modem.lifecycle import Event, Learned, Moved
from clerkd.modem.profile import Profile
from clerkd.modem.reception import Reception
from clerkd.modem.registration import Registrations
from clerkd.modem.session import PortLost, Session

log = structlog.get_logger()

VERIFY_EVERY = 5  # status questions: the notifications are checked with every fifth


class Watch:
    """Knows how a modem stands with its network, and looks after what it may forget."""

    def __init__(
        self,
        session: Session,
        profile: Profile,
        *,
        line: str,
        sweep_s: float,
        moved: Moved,
        learned: Learned,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._session = session
        self._profile = profile
        self._line = line
        self._sweep_s = sweep_s
        self._moved = moved
        self._learned = learned
        self._tasks = tasks
        self._registrations = Registrations()
        self._look = asyncio.Event()
        self._shortcoming: str | None = None
        self._crowding: str | None = None
        self._besides: str | None = None  # what does not work and is no matter of messages
        self.in_service = asyncio.Event()  # registered

    async def run(self, setup: Setup, reception: Reception) -> None:
        """Ask for the status and look for messages that were not announced, for ever."""
        self._registrations.expect(setup.domains)
        self._shortcoming = setup.shortcoming
        await self._ask_status(setup, verify=False)
        self._judge()
        asked = 0
        while True:
            if await self._look_within(self._sweep_s / 2):
                await self._ask_status(setup, verify=False)
                continue
            asked += 1
            await self._ask_status(setup, verify=asked % VERIFY_EVERY == 0)
            await asyncio.sleep(self._sweep_s / 2)
            reception.sweep()

    def adopt(self, profile: Profile) -> None:
        """Know the modem better than at the opening."""
        self._profile = profile

    def look(self) -> None:
        """Ask for the registration soon: the modem behaves as if it had none."""
        self._look.set()

    def forget(self) -> None:
        """Forget the registration: the modem has started anew."""
        self._registrations.clear()
        self.in_service.clear()

    def registered(self, event: Registration) -> None:
        """Hear of a registration, asked for or not."""
        before = self._registrations.registered
        self._registrations.note(event)
        if self._registrations.registered != before:
            self._judge()
            if self._registrations.registered:
                self._tasks.create_task(self._ask_operator(), name=f"{self._line}: operator")

    def falls_short(self, words: str | None) -> None:
        """Hear of something besides messages that does not work, in words for people, or with None that it does."""
        self._besides = words
        self._judge()

    def crowded(self, words: str | None) -> None:
        """Hear that the storage has no room, in words for people, or with None that it has."""
        if words != self._crowding:
            self._crowding = words
            self._judge()

    def _judge(self) -> None:
        if self._registrations.registered:
            self.in_service.set()
            self._moved(Event.REGISTERED, self._shortcoming or self._crowding or self._besides)
        else:
            self.in_service.clear()
            self._moved(Event.DEREGISTERED, self._registrations.words)

    async def _look_within(self, seconds: float) -> bool:
        self._look.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._look.wait()
        except TimeoutError:
            return False
        return True

    async def _ask_status(self, setup: Setup, *, verify: bool) -> None:
        """Ask for signal, registration and, with `verify`, notifications in one line. The answers are events too."""
        names = ["CSQ"] + [f"{name}?" for name in setup.domains] + (["CNMI?"] if verify else [])
        prefixes = tuple("+" + name.rstrip("?") for name in names)
        answer = await self._session.execute(Command("AT+" + ";+".join(names), prefixes, Deadline.STATUS))
        if verify and answer.ok and setup.notifications:
            kept = setting_of(answer.lines, "+CNMI")
            if kept and kept[: len(setup.notifications)] != setup.notifications:
                log.warning("modem.notifications-forgotten", line=self._line, now=kept)
                await self._session.execute(PDU_MODE)  # it may have started anew without a word
                await notify(self._session, self._profile)
        if answer.final is not None and not answer.ok and len(names) > 1:
            for name in names:  # this modem takes one question a line
                await optional(self._session, f"AT+{name}", *prefixes)

    async def _ask_operator(self) -> None:
        try:
            self._learned(operator=operator_of(await optional(self._session, "AT+COPS?", "+COPS")))
        except PortLost:
            return
