"""How much room a modem has for what comes in, and how well it tells of that.

Whatever is kept is deleted, so a storage that fills says that something does not work: notifications that do not come,
a disk that is full, a message that cannot be deleted. A full one loses nothing at first, for the network waits; but
not for ever.
"""

from __future__ import annotations

import structlog

WARN, ALARM = 0.7, 0.9  # of the storage

log = structlog.get_logger()


class Room:
    """Counts for one line, over all its modem's lives."""

    def __init__(self, line: str) -> None:
        self._line = line
        self.used: int | None = None  # at the last look
        self.total: int | None = None
        self.filled = 0  # times that a message did not fit
        self.unannounced = 0  # messages that lay there and of which the modem said nothing
        self.misplaced = 0  # announcements that named another storage than the one that receives
        self._level = 0.0
        self._looks_at_alarm = 0

    def note_filled(self) -> None:
        """Hear that a message did not fit."""
        self.filled += 1
        log.error("modem.storage-full", line=self._line, used=self.used, total=self.total)

    def note_unannounced(self, number: int) -> None:
        """Hear that messages were found that the modem had not announced."""
        self.unannounced += number
        log.warning("modem.unannounced", line=self._line, messages=number)

    def note_misplaced(self, storage: str) -> None:
        """Hear that a message was announced in a storage that is not the one that receives."""
        if not self.misplaced:
            log.warning("modem.other-storage", line=self._line, storage=storage)
        self.misplaced += 1

    def judge(self, used: int, total: int | None) -> str | None:
        """Take a look's numbers; return what is wrong in words for people if it stays so, or None."""
        self.used, self.total = used, total
        if not total:
            return None
        level = next((level for level in (ALARM, WARN) if used >= level * total), 0.0)
        if level > self._level:
            say = log.error if level == ALARM else log.warning
            say("modem.storage-crowded", line=self._line, used=used, total=total)
        self._level = level
        self._looks_at_alarm = self._looks_at_alarm + 1 if level == ALARM else 0
        if self._looks_at_alarm < 2:  # a burst is gone at the next look
            return None
        return (
            f"the modem's storage stays full ({used} of {total}), so texts wait at the network and may be lost there:"
            " is the disk full? The log says why they cannot be taken out"
        )
