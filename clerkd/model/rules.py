"""Rules: whom a line may text, who opted out, who is on the Do Not Disturb list, and what that means for a text.

Decisions are pure and asked twice: when a message is accepted, and once more when a segment is claimed for the air.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from clerkd.errors import CountryNotAllowed, InvalidNumber, PremiumNumber, Refused
from clerkd.model.message import Failure, OriginKind, OutcomePolicy
from clerkd.model.number import is_e164, is_premium, read_number, region_of, shortened

SEGMENT_LIMIT = 10
LETTERS = "letters"  # the pattern of every sender that is a name
SENDER_CHARACTERS = 11  # of an alphanumeric sender, 3GPP 23.040 §9.1.2.5

_STAR = re.compile(r"\+?[0-9]{1,15}\*|[^\W_][\w .&'-]{0,10}\*")
_NAME = re.compile(r"[^\W_][\w .&'-]{0,10}")
_FORMATTING = re.compile(r"[\s().-]+")


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


class OptOutEvent(StrEnum):
    """What the ledger of opt-outs knows."""

    OUT = "out"
    BACK = "back"
    SUSPECTED = "suspected"  # their words may mean it; a person is asked
    DISMISSED = "dismissed"  # a person says they did not mean it


@dataclass(frozen=True, slots=True)
class OptOut:
    """A peer that wants no more texts, from any line."""

    peer: str
    at: int  # epoch ms
    keyword: str | None = None  # what they texted; None: a person entered it
    reason: str | None = None
    actor: str | None = None  # Slack user or token, where a person entered it

    @property
    def by_keyword(self) -> bool:
        """Whether the peer said so: then only the peer can take it back."""
        return self.keyword is not None


class DndKind(StrEnum):
    """How an entry of the Do Not Disturb list matches."""

    EXACT = "exact"
    PREFIX = "prefix"  # pattern ends in *
    LETTERS = "letters"  # every sender that is a name


@dataclass(frozen=True, slots=True)
class DndEntry:
    """One number or pattern whose texts are kept but not shown."""

    id: str
    pattern: str
    kind: DndKind
    at: int
    reason: str | None = None
    actor: str | None = None
    until: int | None = None  # epoch ms; None: for ever


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules know of a peer."""

    opt_out: OptOut | None = None
    dnd: DndEntry | None = None


def may_not_go(peer: str, origin: OriginKind, standing: Standing, rules: LineRules | None) -> Failure | None:
    """Return the rule that keeps a text from going out on a line; None if it may go."""
    refused = None if rules is None else line_refusal(peer, rules)
    if refused is not None:
        return Failure(refused.code, refused.message)
    return deciding_rule(standing, origin)


def line_refusal(peer: str, rules: LineRules) -> Refused | None:
    """Return `CountryNotAllowed` or `PremiumNumber` if a line may not text a number; None if it may."""
    region, premium = _numbering_plan(peer)
    allowed = rules.countries or frozenset({rules.region} if rules.region else ())
    if region not in allowed:
        return CountryNotAllowed(
            f"{shortened(peer)} is in {region or 'no country'}; {rules.name} may text {', '.join(sorted(allowed))}",
            region=region,
            allowed=sorted(allowed),
            line=rules.name,
        )
    if premium and not rules.premium:
        return PremiumNumber(f"{shortened(peer)} is a premium-rate number", line=rules.name)
    return None


@lru_cache(maxsize=4096)  # most messages answer somebody, and numbering plans cost a tenth of a millisecond
def _numbering_plan(peer: str) -> tuple[str | None, bool]:
    return (region_of(peer), is_premium(peer)) if is_e164(peer) else (None, False)


def deciding_rule(standing: Standing, origin: OriginKind) -> Failure | None:
    """Return why a text to such a peer may not go out; None if it may.

    The confirmation of an opt-out and answers to HELP and START go to peers that opted out; nothing goes to those who
    must not be disturbed.
    """
    if standing.dnd is not None:
        return Failure("policy.do-not-disturb", f"{standing.dnd.pattern} is on the Do Not Disturb list")
    if standing.opt_out is not None and origin is not OriginKind.RULE:
        return Failure("policy.opted-out", opted_out_words(standing.opt_out))
    return None


def opted_out_words(opt_out: OptOut) -> str:
    """Say since when and why a peer is not texted, and who can change that."""
    moment = datetime.fromtimestamp(opt_out.at / 1000, UTC)
    day = f"{moment.day} {moment:%b %Y}"
    if opt_out.keyword is not None:
        how = f" ({opt_out.keyword})"
        return f"{opt_out.peer} opted out on {day}{how}; only they can rejoin, by texting START"
    return f"{opt_out.peer} was opted out on {day}: {opt_out.reason or 'no reason given'}"


def read_pattern(text: str, region: str | None) -> tuple[str, DndKind]:
    """Return the normal form of what a person put on the Do Not Disturb list; raise `InvalidNumber`.

    A number, `+1900*` for all that begin so, a sender's name, `ACME*`, or `letters` for every name.
    """
    typed = " ".join(text.split())
    if typed.lower() == LETTERS:
        return LETTERS, DndKind.LETTERS
    bare = _FORMATTING.sub("", typed)
    if _STAR.fullmatch(typed) or re.fullmatch(r"\+?[0-9]{1,15}\*", bare):
        found = bare if re.fullmatch(r"\+?[0-9]{1,15}\*", bare) else typed
        return folded(found), DndKind.PREFIX
    if any(character.isalpha() for character in typed) and _NAME.fullmatch(typed):
        return folded(typed), DndKind.EXACT
    if bare.isascii() and bare.isdecimal() and len(bare) <= 6:  # a short code
        return bare, DndKind.EXACT
    try:
        return read_number(typed, region), DndKind.EXACT
    except InvalidNumber:
        words = f"{typed!r} is neither a number, nor a beginning like +1900*, nor a sender's name"
        raise InvalidNumber(words, text=typed) from None


def folded(peer: str) -> str:
    """Return the form in which senders are compared: networks change the case of names."""
    return peer if is_e164(peer) else peer.upper()


def is_name(peer: str) -> bool:
    """Tell whether a sender is a name, not a number."""
    return any(character.isalpha() for character in peer)
