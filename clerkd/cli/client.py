"""Ask the running daemon: its HTTP API over the Unix socket in the state directory, with nothing but `http.client`."""

from __future__ import annotations

import json
import os
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from clerkd.cli.exits import Failed

SOCKET = "api.sock"
_UPLOAD_TIMEOUT_S = 120.0  # fifty thousand rows are looked at before they are taken in
_TIMEOUT_S = 30.0  # longer than the longest AT command that `modem at` may wait for is asked for by the caller


class NotRunning(Failed):
    """No daemon answers in this state directory."""

    code = "cli.not-running"


class RefusedByDaemon(Failed):
    """The daemon understood and said no; `error` is what it said."""

    code = "cli.refused"

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        message = error.get("message") or f"the daemon answered with status {status}"
        super().__init__(message + _proposal(error.get("details") or {}))
        self.status = status
        self.error = error


def _proposal(details: dict[str, Any]) -> str:
    """Return what was probably meant, where the daemon told what there is."""
    for kind in ("line", "modem"):
        if isinstance(details.get(kind), str) and details.get(f"{kind}s"):
            from clerkd.app.shape import did_you_mean

            return did_you_mean(details[kind], details[f"{kind}s"])
    return ""


class _UnixConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Daemon:
    """The daemon that runs in `state_dir`. Every call raises `NotRunning`, `RefusedByDaemon` or `Failed`."""

    def __init__(self, state_dir: Path, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._path = state_dir / SOCKET
        self._timeout_s = timeout_s

    def get(self, path: str, **query: Any) -> Any:
        """Return what the daemon answers; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", path + (f"?{urlencode(given)}" if given else ""))

    def post(self, path: str, body: dict[str, Any], *, timeout_s: float | None = None) -> Any:
        """Send `body` and return what the daemon answers."""
        return self._call("POST", path, body, timeout_s)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change something and return what the daemon answers."""
        return self._call("PATCH", path, body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Set something and return what the daemon answers."""
        return self._call("PUT", path, body)

    def delete(self, path: str) -> Any:
        """Take something away and return what the daemon answers."""
        return self._call("DELETE", path)

    def upload(self, path: str, octets: bytes, *, timeout_s: float = _UPLOAD_TIMEOUT_S) -> Any:
        """Send a file and return what the daemon answers."""
        return json.loads(self._exchange("POST", path, octets, "application/octet-stream", timeout_s) or b"null")

    def download(self, path: str) -> bytes:
        """Return a file."""
        return self._exchange("GET", path, None, "", _UPLOAD_TIMEOUT_S)

    def _call(self, method: str, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        octets = None if body is None else json.dumps(body).encode()
        answer = self._exchange(method, path, octets, "application/json", timeout_s or self._timeout_s)
        try:
            return json.loads(answer or b"null")
        except ValueError as reason:
            raise Failed(f"the daemon's answer is not to be understood ({reason}); its log says more") from reason

    def _exchange(self, method: str, path: str, octets: bytes | None, kind: str, timeout_s: float) -> bytes:
        connection = _UnixConnection(self._path, timeout_s)
        try:
            connection.request(method, path, octets, {"Content-Type": kind} if octets else {})
            response = connection.getresponse()
            answer = response.read()
        except (FileNotFoundError, ConnectionRefusedError) as reason:
            words = f"no clerkd answers at {self._path}: is it running? (systemctl start clerkd, or clerkd run)"
            raise NotRunning(words) from reason
        except PermissionError as reason:
            words = f"{self._path} is for the daemon's own user and root: try again with sudo"
            raise NotRunning(words) from reason
        except TimeoutError as reason:
            raise Failed(f"the daemon did not answer within {timeout_s:.0f} s; its log says more") from reason
        except (OSError, HTTPException) as reason:
            raise Failed(f"the daemon's answer broke off ({reason}); its log says more") from reason
        finally:
            connection.close()
        if response.status >= 400:
            raise RefusedByDaemon(response.status, _error_of(answer))
        return answer


def _error_of(answer: bytes) -> dict[str, Any]:
    try:
        told = json.loads(answer)
    except ValueError:
        return {}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def segment(name: str) -> str:
    """Return a name as one step of a path."""
    return quote(name, safe="")


def state_dir_from(config_path: str | None, state_dir: str | None) -> Path:
    """Return the state directory that the options, the environment or the configuration name."""
    if state_dir is not None:
        return Path(state_dir)
    from clerkd.app.config import ENVIRONMENT, find, state_dir_of

    path = find(config_path, os.environ)
    return state_dir_of(path, required=config_path is not None or ENVIRONMENT in os.environ)
