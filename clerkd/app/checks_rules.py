"""What types cannot say about the rules in a configuration: time zones, the texts of answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from string import Formatter
from zoneinfo import ZoneInfoNotFoundError, available_timezones

from clerkd.app.settings import OptOut, Roles
from clerkd.app.yamlfile import Mistake, Path
from clerkd.model.quota import zone_named

_SLACK_ID = re.compile(r"[UWS][A-Z0-9]{2,}")
PLACEHOLDERS = ("business", "help")
_LONGEST_ANSWER = 300  # characters: an answer is a segment or two


def check_opt_out(opt_out: OptOut) -> Iterator[Mistake]:
    """Yield what is wrong with the answers to keywords."""
    for language in ("en", "fr", "es"):
        texts = getattr(opt_out, language)
        for kind in ("stop", "start", "help"):
            text = getattr(texts, kind)
            if text is not None and (words := _answer_words(text)):
                yield Mistake(("opt_out", language, kind), words)


def check_roles(roles: Roles) -> Iterator[Mistake]:
    """Yield what is wrong with who may do what."""
    owners: dict[str, str] = {}
    for role in ("owner", "admin", "manager", "agent", "viewer"):
        for index, listed in enumerate(getattr(roles, role)):
            path = ("slack", "roles", role, index)
            if _SLACK_ID.fullmatch(listed) is None:
                words = "is not the id of a user (U…) or user group (S…): copy it from their profile in Slack"
                yield Mistake(path, f'"{listed}" {words}')
            elif (other := owners.setdefault(listed, role)) != role:
                yield Mistake(path, f"{listed} is listed under {other} too: once is enough, the higher role holds")


def _answer_words(text: str) -> str | None:
    if not text.strip():
        return "is empty: leave it out for the text that clerkd brings, or say answer: false"
    if len(text) > _LONGEST_ANSWER:
        return f"has {len(text)} characters, at most {_LONGEST_ANSWER} are sent"
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return "a brace stands alone: {business} and {help} are all that is replaced"
    unknown = [name for name in names if name not in PLACEHOLDERS]
    return f"{{{unknown[0]}}} is not replaced by anything: {{business}} and {{help}} are" if unknown else None


def check_time_zone(name: str, path: Path) -> Iterator[Mistake]:
    """Yield what is wrong with the name of a time zone."""
    try:
        zone_named(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f'; did you mean "{near[0]}"?' if near else " like Europe/London"
        words = hint if known else ": this machine has no time zone database (install tzdata)"
        yield Mistake(path, f'"{name}" is not a time zone{words}')
