"""What the exit status of every verb means, and how a failure is told."""

from __future__ import annotations

import sys
from typing import NoReturn

from clerkd.errors import ClerkdError, ConfigError, Held

FAILED = 1  # one line on standard error says why and what to do
USAGE = 2  # click's own
HELD = 75  # EX_TEMPFAIL of sysexits.h: another daemon holds the state or the port
CONFIG = 78  # EX_CONFIG of sysexits.h


class Failed(ClerkdError):
    """A verb could not do what it was asked; the text says why and what to do."""

    code = "cli.failed"


def fail(message: str) -> NoReturn:
    """End the verb with status 1 and `message`."""
    raise Failed(message)


def status_of(error: ClerkdError) -> int:
    """Return the exit status that tells this kind of error."""
    if isinstance(error, ConfigError):
        return CONFIG
    return HELD if isinstance(error, Held) else FAILED


def tell(error: ClerkdError) -> None:
    """Say on standard error what went wrong: one line, or for a configuration one line for each mistake."""
    print(f"clerkd: {error.message}", file=sys.stderr)
    for mistake in getattr(error, "mistakes", ()):
        place = f"line {mistake.line}: " if mistake.line else ""
        key = f"{mistake.key}: " if mistake.key else ""
        print(f"  {place}{key}{mistake.message}", file=sys.stderr)
