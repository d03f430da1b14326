"""What may be sent: asked before anything is stored, for texts, lengths and what the configuration says of a line.

The rules themselves are in `clerkd.model.rules`, where the last gate before a line, `clerkd.store.ops.gate`, asks them
once more in the transaction that claims a segment (docs/adr/0007-where-rules-decide.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from clerkd.errors import EmptyText, PremiumNumber, TextTooLong, UnknownLine, UnsendableText
from clerkd.model.line import Plan
from clerkd.model.message import SendRequest
from clerkd.model.number import read_number
from clerkd.model.rules import LineRules, line_refusal

_SHORT_CODE_DIGITS = 6  # and fewer: short codes, emergency numbers, service numbers


class Policy:
    """The rules of all lines, in the order of the configuration; the first line is the one used if none is named."""

    def __init__(self, lines: Mapping[str, LineRules]) -> None:
        self._lines = dict(lines)

    def rules(self, line: str | None) -> LineRules:
        """Return the rules of a line, of the first one for None; raise `UnknownLine`."""
        if line is None and self._lines:
            return next(iter(self._lines.values()))
        found = self._lines.get(line or "")
        if found is None:
            known = list(self._lines)
            what = f"no line is called {line!r}" if line is not None else "no line is configured"
            raise UnknownLine(what, line=line, lines=known)
        return found

    def check(self, request: SendRequest, rules: LineRules) -> str:
        """Return the peer of a request that may be sent; raise the `Refused` error that says why it may not."""
        _check_text(request.text)
        digits = request.to.strip()
        if digits.isdecimal() and len(digits) <= _SHORT_CODE_DIGITS:
            raise PremiumNumber(f"{digits} is a short code; texts to short codes are not allowed", to=digits)
        peer = _read(request.to, rules.region)
        refused = line_refusal(peer, rules)
        if refused is not None:
            raise refused
        return peer

    def check_plan(self, plan: Plan, rules: LineRules) -> None:
        """Raise `TextTooLong` with `segments` and `limit` if a text needs too many segments."""
        count = len(plan.segments)
        if count > rules.segment_limit:
            raise TextTooLong(
                f"the text needs {count} segments; {rules.name} allows {rules.segment_limit}",
                segments=count,
                limit=rules.segment_limit,
            )


@lru_cache(maxsize=4096)  # most messages answer somebody, and numbering plans cost a tenth of a millisecond
def _read(text: str, region: str | None) -> str:
    return read_number(text, region)


def _check_text(text: str) -> None:
    if not text.strip():
        raise EmptyText("there is no text to send")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise UnsendableText("the text holds characters that do not exist: NUL or half a surrogate pair")
