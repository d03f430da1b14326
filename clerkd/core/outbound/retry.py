"""When to try again. The error's code decides; its text never does."""

from __future__ import annotations

from clerkd.errors import ClerkdError, Permanent, Temporary

# Refusals that usually pass in seconds: the network or the message centre was busy.
_QUICK_S = (1, 2, 5, 15, 60, 300, 900)
_DEFAULT_S = (30, 120, 600, 1800, 3600)
_QUICK = {"modem.network-busy", "modem.network-timeout", "modem.unknown-fault"}

# The line is at fault, not the message: it keeps its place and its tries, and the line is left alone for a while.
_LINE_AT_FAULT = {
    "modem.busy",
    "modem.no-network-service",
    "modem.no-service-centre",
    "modem.no-sim",
    "modem.sim-locked",
    "modem.storage-full",
    "modem.wrong-pin",
}
_PAUSES_S = (5, 10, 20, 40, 80, 160, 300)
_ROW_OF_REFUSALS = 5  # so many messages in a row cannot all be at fault

RESEND_AFTER_MS = 120_000  # at_least_once: time for a late receipt or a delivery report to settle a doubt


def is_lines_fault(error: ClerkdError) -> bool:
    """Tell whether `error` says something of the line rather than of the message."""
    return error.code in _LINE_AT_FAULT or (isinstance(error, Temporary) and error.code.startswith("line."))


def may_be_deferred(error: ClerkdError) -> bool:
    """Tell whether the segment that met `error` certainly did not go out and may be tried again."""
    return isinstance(error, Temporary) or (isinstance(error, Permanent) and is_lines_fault(error))


def delay_s(error: ClerkdError, tries: int) -> float | None:
    """Return how long to wait after `tries` refusals, or None to give up."""
    if is_lines_fault(error):
        return 0.0
    table = _QUICK_S if error.code in _QUICK else _DEFAULT_S
    if tries > len(table):
        return None
    asked = error.retry_after_s if isinstance(error, Temporary) else None
    return max(float(table[tries - 1]), asked or 0.0)


class Pause:
    """How long to leave a line alone that refuses message after message."""

    def __init__(self) -> None:
        self._refusals = 0
        self._pauses = 0

    def accepted(self) -> None:
        """Hear that the line sent something."""
        self._refusals = self._pauses = 0

    def refused(self, error: ClerkdError) -> float:
        """Hear that it could not; return how long to pause, 0.0 for not at all."""
        self._refusals += 1
        if not is_lines_fault(error) and self._refusals < _ROW_OF_REFUSALS:
            return 0.0
        pause = _PAUSES_S[min(self._pauses, len(_PAUSES_S) - 1)]
        self._pauses += 1
        return float(pause)
