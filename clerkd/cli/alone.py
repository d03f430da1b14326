"""A daemon to talk to: the one that runs, or one for the time of a verb."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from clerkd.cli.client import Daemon, NotRunning
from clerkd.cli.exits import fail
from clerkd.cli.files import own

_START_S = 60.0  # a database may have to be brought up to date
_END_S = 180.0  # the segment on the air is finished
_POLL_S = 0.05


@contextmanager
def a_daemon(config_path: str | None, state_dir: str | None) -> Iterator[Daemon]:
    """Yield the running daemon, or start one with the same configuration and end it afterwards.

    It is the whole daemon with the store that is always used, because what a modem receives meanwhile must be kept.
    """
    from clerkd.app.config import find, load

    settings = load(find(config_path, os.environ), os.environ, state_dir, certain=False).settings
    place = Path(settings.state_dir)
    daemon = Daemon(place)
    if _answers(daemon):
        yield daemon
        return
    own(place)
    click.echo("No daemon runs: one is started for this.", err=True)
    command = [sys.executable, "-m", "clerkd", "run", "--state-dir", str(place)]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603  # this very program
            [*command, *(["--config", config_path] if config_path is not None else [])],
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip  # a session of its own: Ctrl-C is for the verb, which then ends the daemon in order
        try:
            deadline = time.monotonic() + _START_S
            while not _answers(daemon):
                if child.poll() is not None or time.monotonic() > deadline:
                    said.seek(0)
                    last = said.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
                    fail(f"a daemon could not be started: {last[0]}")
                time.sleep(_POLL_S)
            yield daemon
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(_END_S)


def _answers(daemon: Daemon) -> bool:
    try:
        daemon.get("/v1/status")
    except NotRunning:
        return False
    return True
