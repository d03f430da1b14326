"""From an open port to a modem that can send and receive: the questions and settings, in order.

Nothing here is taken for granted but that the modem answers `AT`. A setting that a vendor refuses is noted and
survived; what cannot be had is said in the `Setup`.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import structlog

from clerkd.at.answers import capacity_of, notification_modes_of, setting_of, storages_of, value_of, word_of
from clerkd.at.commands import NO_ECHO, NUMBERED_ERRORS, PDU_MODE, PLAIN_WORDS, Command, Deadline
from clerkd.at.errors import ModemBusy, refusal
from clerkd.errors import ClerkdError, Temporary
from clerkd.modem.profile import Profile
from clerkd.modem.session import PortLost, Session, Silent

log = structlog.get_logger()

_INTERNATIONAL = 145  # <tosca>, 24.011 §8.2.5.2
_NO_CENTRE = (
    "the SIM holds no number of a message centre, so nothing can be sent:"
    " put the network's, which its operator tells, into modems.NAME.smsc"
)
FIRST_ANSWER_S = 0.5  # most modems answer in 50 ms; one in a prompt left behind does not answer at all


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is there."""

    manufacturer: str | None = None
    model: str | None = None
    imei: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What the settings came to."""

    storage: str | None  # the one that receives; None: the modem's own choice
    others: tuple[str, ...] = ()  # where messages may lie as well
    capacity: int | None = None
    notifications: tuple[int, ...] = ()  # the AT+CNMI setting in force; empty: none, so only the sweep receives
    acknowledged: bool = False  # AT+CSMS=1: what is handed over must be acknowledged
    domains: tuple[str, ...] = ()  # kinds of registration that the modem tells
    centre_missing: bool = False  # the SIM holds no number of a message centre

    @property
    def shortcoming(self) -> str | None:
        """What does not work, in words for people, or None."""
        if self.centre_missing:
            return _NO_CENTRE
        if not self.notifications:
            return "the modem does not announce messages (AT+CNMI refused): they are found once a minute"
        return None


async def probe(session: Session) -> None:
    """Bring the modem to answer in words, without echo, in step with us. Raise `PortLost` if it says nothing."""
    answer = await session.execute(PLAIN_WORDS, within_s=FIRST_ANSWER_S)
    if answer.final is None:
        answer = await session.execute(PLAIN_WORDS)  # leaves a prompt, if that was it
    else:
        await session.synchronise()  # the answer may have been one to a program before us
    if not answer.ok:
        await session.execute(NO_ECHO)
    await session.execute(NUMBERED_ERRORS)


async def optional(session: Session, text: str, *answers: str, deadline: Deadline = Deadline.STATUS) -> list[str]:
    """Return the information text of a command that may be refused or unanswered; nothing then."""
    try:
        return await session.ask(Command(text, answers, deadline, free=True))
    except PortLost:
        raise
    except ClerkdError as refused:
        log.debug("modem.refused", command=text.partition("=")[0], code=refused.code)
        return []


async def identify(session: Session) -> Identity:
    """Ask who is there."""
    manufacturer = word_of(await optional(session, "AT+CGMI"), "+CGMI")
    model = word_of(await optional(session, "AT+CGMM"), "+CGMM")
    imei = word_of(await optional(session, "AT+CGSN"), "+CGSN")
    return Identity(manufacturer, model, imei)


async def sim_id(session: Session, profile: Profile) -> str | None:
    """Return the SIM's ICCID, else its IMSI, else None."""
    for question in profile.sim_id:
        answer = word_of(await optional(session, question), "+CCID", "+ICCID", "^ICCID", "+QCCID")
        if answer and re.fullmatch(r"\d{18,20}[0-9A-F]?", answer):
            return answer.rstrip("F")
    return word_of(await optional(session, "AT+CIMI"), "+CIMI")


async def configure(session: Session, profile: Profile, smsc: str | None = None) -> Setup:
    """Set the modem up for messages in PDU mode, over the message centre `smsc` if it is not the SIM's."""
    radio = value_of(await optional(session, "AT+CFUN?", "+CFUN"), "+CFUN")
    if radio is not None and not radio.startswith("1"):
        await optional(session, profile.radio_on, deadline=Deadline.RADIO)
    for text in profile.initial:
        await optional(session, text)
    await _patiently(session, profile, PDU_MODE)
    centre_missing = await _service_centre(session, smsc)
    acknowledged = await _message_service(session, profile)
    storage, others, capacity = await _storage(session, profile)
    notifications = await notify(session, profile)
    if notifications[3:4] == (2,):
        others += ("SR",)  # reports are stored, 27.005 §3.4.1 <ds>
    domains = tuple([name for name in profile.registrations if await _accepts(session, f"AT+{name}=1")])
    await optional(session, "AT+CLIP=1")
    return Setup(storage, others, capacity, notifications, acknowledged, domains, centre_missing)


async def _service_centre(session: Session, wanted: str | None) -> bool:
    """See to it that there is a message centre; tell whether there is certainly none."""
    told = value_of(await optional(session, "AT+CSCA?", "+CSCA"), "+CSCA")
    number = None if told is None else told.partition(",")[0].strip('" ')
    if wanted is not None and number != wanted:
        if await _accepts(session, f'AT+CSCA="{wanted}",{_INTERNATIONAL}'):
            log.info("modem.service-centre-set", before=number)
            return False
        log.warning("modem.service-centre-refused")
    missing = number is not None and not any(map(str.isdecimal, number))
    if missing:
        log.warning("modem.no-service-centre")
    return missing


async def _accepts(session: Session, text: str, deadline: Deadline = Deadline.STATUS) -> bool:
    return (await session.execute(Command(text, deadline=deadline))).ok


_PATIENCE_S = 10.0  # how long a SIM may take to be ready for messages after the start
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0  # between two attempts


async def _patiently(session: Session, profile: Profile, command: Command) -> list[str] | None:
    """Return the answer of a command that the SIM may not be ready for yet, or None if it stays refused."""
    waited, pause = 0.0, _FIRST_PAUSE_S
    while True:
        answer = await session.execute(command)
        if answer.ok or (answer.final is None and answer.lines):  # some never say OK to +CPMS
            return list(answer.lines)
        refused = refusal(answer.final) if answer.final is not None else Silent(f"no answer to {command.text}")
        # A vendor known to be slow says anything until it is ready; of others only "busy" is believed to pass.
        patience = profile.ready_wait_s or _PATIENCE_S
        passing = isinstance(refused, Temporary if profile.ready_wait_s else ModemBusy)
        if not passing or waited >= patience:
            break
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE_S)
    log.warning("modem.refused", command=command.text, code=refused.code)
    return None


async def _message_service(session: Session, profile: Profile) -> bool:
    """Choose AT+CSMS: 1 hands the duty to acknowledge to us, 0 leaves it to the modem."""
    if profile.direct and await _accepts(session, "AT+CSMS=1"):
        return True
    current = setting_of(await optional(session, "AT+CSMS?", "+CSMS"), "+CSMS")
    if len(current) == 4 and current[0]:  # some leave out the service and tell the three that follow
        # Somebody left it on: nobody would acknowledge, and the modem would stop delivering.
        return not await _accepts(session, "AT+CSMS=0")
    return False


async def _storage(session: Session, profile: Profile) -> tuple[str | None, tuple[str, ...], int | None]:
    """Choose where messages are kept: one storage for reading, writing and receiving, or its index is ambiguous."""
    offered = storages_of(await optional(session, "AT+CPMS=?", "+CPMS", deadline=Deadline.STORAGE))
    everywhere = frozenset.intersection(*offered) if offered else frozenset(profile.storages)
    wanted = [name for name in profile.storages if name in everywhere] or list(profile.storages)
    readable = offered[0] if offered else everywhere
    for name in wanted:
        several = ",".join([f'"{name}"'] * max(len(offered), 1)) if offered else ",".join([f'"{name}"'] * 3)
        lines = await _patiently(session, profile, Command(f"AT+CPMS={several}", ("+CPMS",), Deadline.STORAGE))
        if lines is not None:
            capacity = capacity_of(lines)
            if capacity is not None and capacity.total == 0:
                continue  # offered and not there
            others = tuple(other for other in profile.storages if other != name and other in readable)
            return name, others, capacity.total if capacity else None
    log.warning("modem.no-storage", wanted=wanted)
    return None, (), None


async def notify(session: Session, profile: Profile) -> tuple[int, ...]:
    """Choose AT+CNMI: the first setting of the profile that the modem offers, takes and keeps."""
    modes = notification_modes_of(await optional(session, "AT+CNMI=?", "+CNMI"))
    settings = sorted(profile.notifications, key=lambda setting: not modes.allow(setting))
    for setting in settings:
        if not await _accepts(session, "AT+CNMI=" + ",".join(map(str, setting))):
            continue
        kept = setting_of(await optional(session, "AT+CNMI?", "+CNMI"), "+CNMI")
        if not kept or kept[: len(setting)] == setting:
            return setting
    log.warning("modem.no-notifications")
    return ()
