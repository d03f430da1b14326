"""Set up logging: for people on a terminal, JSON lines for programs, and no secret in either.

One event is one line on standard error. Under systemd each line begins with its priority (`<4>`, sd-daemon(3)),
which the journal takes off, so that `journalctl -p warning` shows what it should.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import Processor

_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # syslog(3)
_LIBRARY_LEVEL = logging.WARNING  # at any level of ours: what a library says at DEBUG may hold texts

# Slack's tokens, ours, and the PIN in an AT command; the quotes around a PIN may be escaped by JSON.
_SECRETS = re.compile(r"\b((?:xox[a-z](?:\.xox[a-z])?-|xapp-|clk_)\w?)[\w.-]+|(CPIN=[\\\"]*)\d{4,8}([\\\",]*\d{4,8})?")


def redact(text: str) -> str:
    """Return the text with every token and PIN cut down to what tells its kind."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}…", text)


def configure(level: str, form: Literal["auto", "console", "json"], stream: TextIO | None = None) -> None:
    """Send every event at `level` or above to `stream` (standard error)."""
    out = sys.stderr if stream is None else stream
    console = form == "console" or (form == "auto" and out.isatty())
    journal = None if console else _is_journal(out, os.environ)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *(_for_people(colours=out.isatty()) if console else _for_programs()),
            *([_with_priority] if journal else []),
            _without_secrets,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: _Stream(out),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    root.setLevel(_LIBRARY_LEVEL)
    logging.captureWarnings(capture=True)


def _for_people(*, colours: bool) -> list[Processor]:
    return [
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),
    ]


def _for_programs() -> list[Processor]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _json,
    ]


def _json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    first = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return msgspec.json.encode({**first, **event}, enc_hook=repr).decode()


def _with_priority(_logger: Any, method: str, line: Any) -> str:
    return f"<{_PRIORITIES.get(method, _PRIORITIES['error'])}>{line}"


def _without_secrets(_logger: Any, _method: str, line: Any) -> str:
    # Last of all, on the finished line: whatever way a secret came in, a field, a traceback, a repr, it is seen here.
    return redact(str(line))


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether the stream leads to the journal: `$JOURNAL_STREAM` names its device and inode, systemd.exec(5)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class _Stream:
    """What structlog calls a logger: the end of the row of processors."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._descriptor: int | None = stream.fileno()
        except OSError:  # io.UnsupportedOperation: text in memory
            self._descriptor = None

    def write(self, line: str) -> None:
        try:
            if self._descriptor is None:
                self._stream.write(line + "\n")
            else:  # past Python's buffer, which would keep what a closed pipe refused and fail again at exit
                os.write(self._descriptor, f"{line}\n".encode())
        except OSError:
            return  # nobody reads the log any more; messages matter more than words about them

    debug = info = warning = error = critical = msg = write


class _Libraries(logging.Handler):
    """What libraries say through `logging`, as events of the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        said = structlog.get_logger()
        getattr(said, level if level in _PRIORITIES else "info")(
            "library.says", library=record.name, said=record.getMessage(), exc_info=record.exc_info or None
        )
