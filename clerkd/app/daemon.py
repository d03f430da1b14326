"""The daemon's life: what is taken, opened and started in which order, and how it ends.

Start: the state directory and the ports (`clerkd.app.claim`), then the addresses, so that a second daemon fails before
it has done anything; then the store; then everything at once. End, on SIGTERM or SIGINT: nothing new is accepted, a
segment on the air is waited for and its outcome committed, then everything is cancelled and the store closed. A second
signal ends the process at once; what was on the air then is `unknown` at the next start.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from clerkd import __version__
from clerkd.api.listen import Listener
from clerkd.app.build import Core, build_core, build_listener, summary
from clerkd.app.config import Config
from clerkd.app.settings import Settings, Slack
from clerkd.app.systemd import Notifier
from clerkd.clock import SystemClock
from clerkd.errors import ClerkdError

FINISH_S = 170.0  # for the segments on the air; below the unit's TimeoutStopSec=
_EXTEND_S = 10.0
EXAMINE_S = 30.0  # for a look at the database after an unclean end; below systemd's time for a start
_ENDS = (signal.SIGTERM, signal.SIGINT)
LEFT_AT_ONCE = 1  # exit status after a second signal

log = structlog.get_logger()


class StoreUnusable(ClerkdError):
    """The database cannot be opened, or is damaged."""

    code = "store.unusable"


AddDesk = Callable[[Core, Settings, Slack, Mapping[str, str]], None]


async def run(
    config: Config, environ: Mapping[str, str], *, unclean: bool = False, add_desk: AddDesk | None = None
) -> None:
    """Run the daemon until it is told to stop. What it needs is held already (`clerkd.app.claim`).

    After an `unclean` end the database is looked at before anything is sent from it or deleted from a SIM.
    `add_desk` (`clerkd.app.desk`) joins Slack to it if that is configured. Raise `Held` when another program has the
    address, and `StoreUnusable`.
    """
    settings = config.settings
    stop = asyncio.Event()
    notifier = Notifier(environ)
    core = build_core(settings, environ, SystemClock(), notifier)
    if add_desk is not None and settings.slack is not None:
        add_desk(core, settings, settings.slack, environ)
    listener = build_listener(core, settings)
    async with _signals(stop, core.renewals), _opened(core, listener, unclean=unclean):
        await _serve(core, listener, config, notifier, stop)
    log.info("daemon.stopped")


@asynccontextmanager
async def _signals(stop: asyncio.Event, renewals: Sequence[Callable[[], None]]) -> AsyncIterator[None]:
    """Let the first that asks for the end set `stop`, and the second end the process."""
    loop = asyncio.get_running_loop()

    def asked(received: signal.Signals) -> None:
        if stop.is_set():
            log.warning("daemon.left-at-once", signal=received.name)
            os._exit(LEFT_AT_ONCE)
        log.info("daemon.asked-to-stop", signal=received.name)
        stop.set()

    def hung_up() -> None:
        if os.isatty(0):
            asked(signal.SIGHUP)
            return
        log.info("daemon.reads-secrets-anew")
        for renew in renewals:
            renew()

    for number in _ENDS:
        loop.add_signal_handler(number, asked, number)
    loop.add_signal_handler(signal.SIGHUP, hung_up)
    try:
        yield
    finally:
        for number in (*_ENDS, signal.SIGHUP):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _opened(core: Core, listener: Listener, *, unclean: bool) -> AsyncIterator[None]:
    """Take the addresses, then open the store; give both back."""
    listener.bind()
    try:
        try:
            await core.store.open()
        except sqlite3.Error as reason:
            raise _unusable(core, str(reason)) from reason
        try:
            if unclean:
                await _examine(core)
            core.ballast.lay()
            await core.publisher.register(core.store)
            yield
        finally:
            await core.store.close()
    finally:
        await listener.stop()


async def _examine(core: Core) -> None:
    """Look for damage that a loss of power on a disk that lies may have done; raise `StoreUnusable`."""
    try:
        async with asyncio.timeout(EXAMINE_S):
            wrong = await core.store.check()
    except TimeoutError:
        log.warning("store.too-large-to-check-now", hint="clerkd db check, when there is time")
        return
    except sqlite3.Error as reason:
        wrong = [str(reason)]
    if wrong:
        raise _unusable(core, wrong[0])
    log.info("store.sound-after-unclean-end")


def _unusable(core: Core, reason: str) -> StoreUnusable:
    return StoreUnusable(f"{core.store.path} cannot be used ({reason}): clerkd db check, or clerkd db restore FILE")


async def _serve(core: Core, listener: Listener, config: Config, notifier: Notifier, stop: asyncio.Event) -> None:
    """Run everything until `stop`, then bring what is under way to its end."""
    running = asyncio.create_task(core.supervisor.run(), name="supervisor")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await listener.start()
        _tell_started(core, listener.port, config)
        notifier.ready(summary(core))
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        notifier.stopping("finishing what is on the air")
        await listener.stop()
        await _finish(core, notifier, running)
    finally:
        running.cancel()
        stopping.cancel()
        await asyncio.wait({running, stopping})
    if not running.cancelled():
        running.result()  # a supervisor that ends by itself is a fault to be seen


async def _finish(core: Core, notifier: Notifier, running: asyncio.Task[None]) -> None:
    """Wait for the segments on the air, as long as systemd lets us."""
    finishing = asyncio.create_task(core.supervisor.finish(), name="finish")
    waited = 0.0
    while waited < FINISH_S:
        notifier.extend(2 * _EXTEND_S)
        done, _ = await asyncio.wait({finishing, running}, timeout=_EXTEND_S, return_when=asyncio.FIRST_COMPLETED)
        if done:
            break
        waited += _EXTEND_S
        log.info("daemon.waits-for-the-air", waited_s=round(waited))
    else:
        log.warning("daemon.left-a-segment-on-the-air", waited_s=round(waited))
    finishing.cancel()


def _tell_started(core: Core, port: int, config: Config) -> None:
    settings = config.settings
    for note in config.notes:
        log.warning("config.note", key=note.key, note=note.message)
    if not settings.lines:
        log.warning(
            "daemon.without-modems", hint="nothing is sent or received over the air: configure modems and lines"
        )
    if settings.slack is None:
        log.info("daemon.without-slack", hint="conversations are reachable over HTTP only")
    log.info(
        "daemon.ready",
        version=__version__,
        config=str(config.path),
        state_dir=settings.state_dir,
        port=port,
        lines=len(core.lines),
    )
