"""When to try again. The error's code decides; its text never does."""

from __future__ import annotations

from clerkd.errors import ClerkdError, Permanent, Temporary

# Refusals that usually pass in seconds are answered with a few quick tries, and those that come of congestion with a
# slow ladder behind them. A message that has been refused once more than its table is long waits for a person.
_QUICK_S = (0.5, 1.0, 2.0)
_CONGESTED_S = (*_QUICK_S, 30.0, 120.0, 600.0)
_DEFAULT_S = (30.0, 120.0, 600.0, 1800.0)
_DELAYS_S = {
    "modem.facility-rejected": _CONGESTED_S,
    "modem.network-busy": _CONGESTED_S,
    "modem.network-timeout": _CONGESTED_S,
    "modem.not-allowed": (5.0, 10.0, 20.0, 40.0),  # usual right after the start
    "modem.unknown-fault": (*_QUICK_S, 2.0),  # CMS 500 says neither what failed nor that it will pass
}

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
# It went, and says itself when it is ready again: no clock has to be asked.
_LINE_GONE = {"modem.absent", "modem.lost"}
_PAUSES_S = (5, 10, 20, 40, 80, 160, 300)
_ROW_OF_REFUSALS = 5  # so many different messages in a row cannot all be at fault

RESEND_AFTER_MS = 120_000  # at_least_once: time for a late receipt or a delivery report to settle a doubt


def is_lines_fault(error: ClerkdError) -> bool:
    """Tell whether `error` says something of the line rather than of the message."""
    return error.code in _LINE_AT_FAULT | _LINE_GONE or (
        isinstance(error, Temporary) and error.code.startswith("line.")
    )


def may_be_deferred(error: ClerkdError) -> bool:
    """Tell whether the segment that met `error` certainly did not go out and may be tried again."""
    return isinstance(error, Temporary) or (isinstance(error, Permanent) and is_lines_fault(error))


def delay_s(error: ClerkdError, tries: int) -> float | None:
    """Return how long to wait after `tries` refusals, or None to try no more."""
    if is_lines_fault(error):
        return 0.0
    table = _DELAYS_S.get(error.code, _DEFAULT_S)
    if tries > len(table):
        return None
    asked = error.retry_after_s if isinstance(error, Temporary) else None
    return max(table[tries - 1], asked or 0.0)


class Pause:
    """How long to leave a line alone that refuses message after message."""

    def __init__(self) -> None:
        self._refused: set[str] = set()
        self._pauses = 0

    def accepted(self) -> None:
        """Hear that the line sent something."""
        self._refused.clear()
        self._pauses = 0

    def refused(self, error: ClerkdError, message_id: str) -> float:
        """Hear that it could not send a message; return how long to pause, 0.0 for not at all."""
        if error.code in _LINE_GONE:
            return 0.0
        self._refused.add(message_id)
        if not is_lines_fault(error) and len(self._refused) < _ROW_OF_REFUSALS:
            return 0.0
        pause = _PAUSES_S[min(self._pauses, len(_PAUSES_S) - 1)]
        self._pauses += 1
        return float(pause)
