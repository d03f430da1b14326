"""Listening sockets: one on the network, one in the state directory."""

from __future__ import annotations

import contextlib
import errno
import socket
import stat
from pathlib import Path

from aiohttp import web

from clerkd.errors import Held

_BACKLOG = 128
_SHUTDOWN_S = 2.0


class Listener:
    """Serve one application over TCP, over a Unix socket, or both.

    `bind` takes the addresses, so that a second daemon fails before it has done anything; `start` begins to answer.
    """

    def __init__(self, app: web.Application, *, tcp: tuple[str, int] | None, unix: Path | None) -> None:
        self._tcp = tcp
        self._unix = unix
        self._sockets: list[socket.socket] = []
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_S, keepalive_timeout=75.0
        )

    @property
    def port(self) -> int:
        """The TCP port that was taken, of use when 0 was asked for."""
        return next(int(sock.getsockname()[1]) for sock in self._sockets if sock.family != socket.AF_UNIX)

    def bind(self) -> None:
        """Take the addresses; raise `Held` when another process has one, and then hold none."""
        try:
            if self._tcp is not None:
                self._sockets += bind_tcp(*self._tcp)
            if self._unix is not None:
                self._sockets.append(bind_unix(self._unix))
        except Held:
            self._release()
            raise

    async def start(self) -> None:
        """Answer requests until `stop`."""
        await self._runner.setup()
        for sock in self._sockets:
            await web.SockSite(self._runner, sock, backlog=_BACKLOG).start()

    async def stop(self) -> None:
        """Take no new request, let those in flight end (2 s), release the addresses."""
        await self._runner.cleanup()
        self._release()

    def _release(self) -> None:
        for sock in self._sockets:
            if sock.family == socket.AF_UNIX and self._unix is not None:
                self._unix.unlink(missing_ok=True)
            sock.close()
        self._sockets.clear()


def bind_tcp(host: str, port: int) -> list[socket.socket]:
    """Bind every address that the host's name stands for; raise `Held` when one is taken."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    bound: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            bound.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
            # SO_REUSEADDR lets two sockets bind one address as long as neither listens.
            sock.listen(_BACKLOG)
    except OSError as error:
        for sock in bound:
            sock.close()
        if error.errno == errno.EADDRINUSE:
            raise Held(f"{host}:{port} is in use by another program", address=f"{host}:{port}") from error
        raise
    return bound


def bind_unix(path: Path) -> socket.socket:
    """Bind a socket file of mode 0600; one that a dead daemon left is replaced. Raise `Held` if it answers."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.stat().st_mode):
            _refuse_if_alive(path)
            path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        path.chmod(0o600)  # before anybody can connect: nothing listens yet
    except OSError:
        sock.close()
        raise
    return sock


def _refuse_if_alive(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except OSError as error:
            raise Held(f"{path} does not answer like a socket of clerkd", path=str(path)) from error
    raise Held(f"another daemon answers at {path}", path=str(path))
