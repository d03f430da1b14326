"""Record the vendors' transcripts anew: `python tests/record_transcripts.py`.

Each virtual model has a dialogue with the real session, step by step, and what was on the wire is kept in
`tests/transcripts/vendors/`. The same run twice gives the same octets: the clock stands still.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import msgspec
from fakes.facts import fact
from fakes.numbers import NUMBER, PEER

from clerkd.at import commands, events
from clerkd.at.commands import ESCAPE, NO_ECHO, NUMBERED_ERRORS, PLAIN_WORDS, Command, Deadline
from clerkd.at.transcript import Direction, Entry, Recording, render
from clerkd.model.line import Outgoing
from clerkd.modem import bringup
from clerkd.modem.open import open_link
from clerkd.modem.planning import plan
from clerkd.modem.profile import Profile, choose_profile, load_profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.session import Session
from clerkd.modem.submission import Submission
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.modem.catalogue import load_model, model_names
from clerkd.simulate.network import Network

DIRECTORY = Path(__file__).parent / "transcripts" / "vendors"
HASTE = 20
_DAY = timedelta(days=1)
NOW_MS = 1_709_993_107_000  # 2024-03-09 14:05:07 UTC


class StandingClock:
    """Wall time that stands still; durations are real."""

    def now_ms(self) -> int:
        return NOW_MS

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def patient(profile: Profile) -> Profile:
    """Return a profile with deadlines that only an answer that never comes can miss."""
    deadlines = {deadline.name.lower(): 30.0 for deadline in Deadline}
    if profile.without_ok:
        deadlines["trailer"] = profile.seconds(Deadline.TRAILER)
    return msgspec.structs.replace(profile, deadlines=deadlines)


async def record(name: str) -> str:
    """Return the transcript of one model as text."""
    habits = load_model(name).hastened(HASTE)
    with tempfile.TemporaryDirectory() as directory:
        network = Network(StandingClock(), refill_s=0.01, retry_s=0.01)
        async with VirtualModem(Path(directory) / "modem", network, NUMBER, habits=habits) as modem:
            recording = Recording(0)
            recorder = FlightRecorder()
            recorder.tap = recording
            heard: list[events.Event] = []
            link = await open_link(str(modem.link), 115200)
            session = Session(link, patient(load_profile("generic")), heard.append, recorder)
            try:
                await _talk(session, network, heard, habits.read_late_s)
            finally:
                await session.close()
                network.close()
    title = f"# {habits.manufacturer} {habits.model}: set up, one text out, its report, one text in.\n"
    return title + render(_joined(recording.entries))


async def _talk(session: Session, network: Network, heard: list[events.Event], read_late_s: float) -> None:
    # As `bringup.probe`, but patient: its short first deadline would make a slow machine record something else.
    await session.execute(PLAIN_WORDS)
    await session.synchronise()
    await session.execute(NO_ECHO)
    await session.execute(NUMBERED_ERRORS)
    identity = await bringup.identify(session)
    profile = patient(choose_profile(identity.manufacturer, identity.model))
    session.adopt(profile)
    await bringup.sim_id(session, profile)
    setup = await bringup.configure(session, profile)
    await _settled(session)
    (segment,) = plan(Outgoing(PEER, "Hello", 1, report=True), validity=_DAY, reports=True).segments
    await Submission(session, profile).submit(segment.payload, more=False)
    if setup.notifications[3:4] in {(1,), (2,)}:
        report = await fact(lambda: _first(heard, events.ReportArrived, events.ReportStored), 20)
        if isinstance(report, events.ReportStored):
            await _read(session, report.storage, report.index)
    network.phone(PEER).send(NUMBER, "Hi there")
    message = await fact(lambda: _first(heard, events.MessageStored), 20)
    await asyncio.sleep(read_late_s)
    await _read(session, message.storage, message.index)


async def _read(session: Session, storage: str, index: int) -> None:
    await session.execute(Command(f'AT+CPMS="{storage}"', ("+CPMS",), Deadline.STORAGE))
    await _settled(session)
    await session.execute(commands.read_message(index))
    await session.execute(commands.delete_message(index))


async def _settled(session: Session) -> None:
    if session.unsettled.is_set():
        await session.settle()


def _first(heard: list[events.Event], *kinds: type) -> events.Event | None:
    return next((event for event in heard if isinstance(event, kinds)), None)


def _joined(entries: list[Entry]) -> list[Entry]:
    """Return the entries without times. How octets were cut is chance, so what was heard in a row is one entry.

    An ESC before a command shows that the one before it was given up: the modem said no OK.
    """
    joined: list[Entry] = []
    for entry in entries:
        if joined and entry.direction is joined[-1].direction is Direction.RECEIVED:
            joined[-1] = Entry(entry.direction, joined[-1].octets + entry.octets)
        else:
            if entry.octets.startswith(ESCAPE):
                joined.append(Entry(Direction.DEADLINE))
            joined.append(Entry(entry.direction, entry.octets))
    return joined


def main() -> None:
    """Write all transcripts."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in model_names():
        (DIRECTORY / f"{name}.at").write_text(asyncio.run(record(name)), encoding="ascii")


if __name__ == "__main__":
    main()
