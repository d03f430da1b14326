"""What may be sent by the configuration: texts, countries, premium numbers, lengths. Asked before anything is stored.

What the store knows (opt-outs, Do Not Disturb, quotas) is decided by `clerkd.model.rules.deciding_rule` in the
transaction that stores a message, and again at the last gate before a line, `clerkd.store.ops.gate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from clerkd.errors import CountryNotAllowed, EmptyText, PremiumNumber, TextTooLong, UnknownLine, UnsendableText
from clerkd.model.line import Plan
from clerkd.model.message import OutcomePolicy, SendRequest
from clerkd.model.number import is_premium, read_number, region_of, shortened

SEGMENT_LIMIT = 10
_SHORT_CODE_DIGITS = 6  # and fewer: short codes, emergency numbers, service numbers


@dataclass(frozen=True, slots=True)
class LineRules:
    """What one line may send."""

    name: str
    region: str | None  # ISO 3166 alpha-2 of the line's own number: how national numbers are read
    countries: frozenset[str] = frozenset()  # ISO 3166 alpha-2; none listed: the line's own country
    segment_limit: int = SEGMENT_LIMIT
    reports: bool = True  # ask for delivery reports
    premium: bool = False  # premium-rate numbers may be texted
    outcome_policy: OutcomePolicy = OutcomePolicy.HOLD  # of messages whose sender asks for none


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
        peer, region, premium = _read(request.to, rules.region)
        allowed = rules.countries or frozenset({rules.region} if rules.region else ())
        if region not in allowed:
            raise CountryNotAllowed(
                f"{shortened(peer)} is in {region or 'no country'}; {rules.name} may text {', '.join(sorted(allowed))}",
                region=region,
                allowed=sorted(allowed),
                line=rules.name,
            )
        if premium and not rules.premium:
            raise PremiumNumber(f"{shortened(peer)} is a premium-rate number", line=rules.name)
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
def _read(text: str, region: str | None) -> tuple[str, str | None, bool]:
    peer = read_number(text, region)
    return peer, region_of(peer), is_premium(peer)


def _check_text(text: str) -> None:
    if not text.strip():
        raise EmptyText("there is no text to send")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise UnsendableText("the text holds characters that do not exist: NUL or half a surrogate pair")
