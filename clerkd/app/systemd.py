"""Talk to systemd: a datagram of `KEY=VALUE` lines to the socket in `$NOTIFY_SOCKET`, sd_notify(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

import structlog

log = structlog.get_logger()


class Notifier:
    """Tell systemd how the daemon is; without `$NOTIFY_SOCKET` nobody is told and nothing happens."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(environ)
        self._said = False

    def ready(self, status: str) -> None:
        """Say that the daemon has started, and how it is."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """Say in a line how the daemon is, for `systemctl status`."""
        self._send(f"STATUS={status}")

    def feed(self) -> None:
        """Put the watchdog off."""
        self._send("WATCHDOG=1")

    def stopping(self, status: str) -> None:
        """Say that the daemon is on its way out."""
        self._send(f"STOPPING=1\nSTATUS={status}")

    def extend(self, seconds: float) -> None:
        """Ask not to be killed for the next `seconds`, whatever step is under way."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
                end.sendto(text.encode(), self._address)
        except OSError as reason:
            if not self._said:
                log.warning("systemd.unreachable", error=str(reason))
            self._said = True


def _address(path: str) -> str | None:
    if path.startswith("@"):  # the abstract namespace, unix(7)
        return "\0" + path[1:]
    return path or None


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """Return how often the watchdog wants to be fed at least; None without one, sd_watchdog_enabled(3)."""
    meant = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    micros = environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1_000_000 if meant and micros.isdecimal() and int(micros) > 0 else None
