"""Before the daemon starts: does another program hold one of the serial ports?

Later a port that is taken only makes its line absent. At the start it is most often a second gateway or
ModemManager, and saying so at once is kinder than a line that never comes up.
"""

from __future__ import annotations

from collections.abc import Iterable

from clerkd.errors import Held
from clerkd.modem.holders import is_taken, taken_words


def require_free(paths: Iterable[str]) -> None:
    """Return when nobody holds any of the ports; raise `Held` with the holder where it can be seen.

    Nothing is written to a port. One that is not there, or may not be opened, is the modem's affair, not this one's.
    """
    for path in paths:
        if is_taken(path):
            raise Held(f"{taken_words(path)}, or take the port out of the configuration", path=path)
