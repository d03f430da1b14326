"""What types cannot say about the care for SIMs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clerkd.app.settings import Line
from clerkd.app.yamlfile import Mistake, Path
from clerkd.model.number import is_e164


def check_sim_care(line: Line, path: Path) -> Iterator[Mistake]:
    """Yield what is wrong with a line's `balance` and `keep_alive`."""
    for key in ("balance", "keep_alive"):
        if getattr(line, key) is not None and line.modem is None:
            yield Mistake((*path, key), "is for lines with a modem: this one has no SIM")
    if line.balance is not None:
        if re.fullmatch(r"[0-9*#+]{1,182}", line.balance.code) is None:
            yield Mistake((*path, "balance", "code"), f'"{line.balance.code}" is not a USSD code, like *100#')
        yield from _pattern(line.balance.pattern, (*path, "balance", "pattern"))
    keep = line.keep_alive
    if keep is None:
        return
    if (keep.code is None) == (keep.to is None and keep.text is None):
        yield Mistake((*path, "keep_alive"), "needs either to and text, or code")
    elif keep.code is None and (keep.to is None or keep.text is None):
        yield Mistake((*path, "keep_alive"), "needs both to and text")
    if keep.to is not None and not is_e164(keep.to):
        yield Mistake((*path, "keep_alive", "to"), f'"{keep.to}" is not written in full, like "+14155550100"')


def _pattern(pattern: str, path: Path) -> Iterator[Mistake]:
    try:
        groups = re.compile(pattern).groups
    except re.error as reason:
        yield Mistake(path, f"is no regular expression: {reason}")
        return
    if groups != 1:
        yield Mistake(path, f"needs one group, (…), around the amount; it has {groups}")
