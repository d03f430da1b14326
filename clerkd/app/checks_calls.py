"""What types cannot say about calls."""

from __future__ import annotations

from collections.abc import Iterator

from clerkd.app.settings import Line
from clerkd.app.yamlfile import Mistake, Path
from clerkd.model.number import is_e164


def check_calls(line: Line, path: Path) -> Iterator[Mistake]:
    """Yield what is wrong with a line's `calls`, `forward_to` and `text_back`."""
    to = (*path, "forward_to")
    if line.calls == "forward" and line.forward_to is None:
        yield Mistake(to, "is missing: to which number does the network forward calls?")
    if line.forward_to is not None and line.calls != "forward":
        yield Mistake(to, f"calls: {line.calls} forwards nothing; write calls: forward, or leave the number out")
    if line.forward_to is not None and not is_e164(line.forward_to):
        yield Mistake(to, f'"{line.forward_to}" is not written in full, like "+14155550100"')
    if line.forward_to is not None and line.forward_to == line.number:
        yield Mistake(to, "is the line's own number")
    if line.calls == "forward" and line.modem is None:
        yield Mistake((*path, "calls"), "the line has no modem: its carrier forwards calls, in the carrier's console")
    if line.text_back is not None and line.calls != "drop":
        yield Mistake((*path, "text_back"), f"is for calls that are hung up on: calls: {line.calls} hangs up on none")
