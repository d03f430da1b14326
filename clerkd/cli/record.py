"""`clerkd modem record`: a transcript of a modem that may be shown to anybody."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import click

from clerkd.cli.client import Daemon, segment
from clerkd.cli.exits import Failed, fail
from clerkd.cli.options import config_option, state_dir_option

_LONGEST_S = 3600.0
_SPARE_S = 30.0


class Recording:
    """A modem's dialogue is recorded between entering and leaving; then `result` is what `/record` answers."""

    def __init__(self, daemon: Daemon, modem: str, for_s: float = _LONGEST_S) -> None:
        self._daemon = daemon
        self._path = f"/v1/modems/{segment(modem)}/record"
        self._for_s = for_s
        self._failed: Failed | None = None
        self._thread = threading.Thread(target=self._listen, name="recording", daemon=True)
        self.result: dict[str, Any] = {}

    def _listen(self) -> None:
        try:
            self.result = self._daemon.post(self._path, {"for_s": self._for_s}, timeout_s=self._for_s + _SPARE_S)
        except Failed as failed:
            self._failed = failed

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        while self._thread.is_alive():
            self._daemon.delete(self._path)
            self._thread.join(0.2)
        if kind is None and self._failed is not None:
            raise self._failed

    def wait(self) -> None:
        """Return when the time is over, or Ctrl-C ends it."""
        with suppress(KeyboardInterrupt):
            self._thread.join()


@click.command(epilog="Example:  clerkd modem record front-desk --for 60 --out front-desk.at")
@click.argument("name")
@click.option("--for", "for_s", type=click.FloatRange(1, _LONGEST_S), default=30.0, show_default=True, help="Seconds.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@config_option
@state_dir_option
def record(name: str, for_s: float, out: Path | None, config_path: str | None, state_dir: str | None) -> None:
    """Record what is said to and by a modem, without numbers, texts, identities and secrets; Ctrl-C ends it early.

    A report of a fault is best with such a transcript. It can be replayed: every PDU has its length and can be read.
    """
    from clerkd.cli.alone import a_daemon

    with a_daemon(config_path, state_dir) as daemon:
        recording = Recording(daemon, name, for_s)
        with recording:
            recording.wait()
    transcript = f"# {name}, recorded by clerkd modem record.\n{recording.result['transcript']}"
    if out is None:
        click.echo(transcript, nl=False)
        return
    try:
        out.write_text(transcript, encoding="ascii")
    except OSError as reason:
        fail(f"{out} cannot be written: {reason.strerror}")
    click.echo(f"{out}: {transcript.count(chr(10)) - 1} lines")
