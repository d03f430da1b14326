"""What types cannot say about carriers, fallbacks and routes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import phonenumbers

from clerkd.app.settings import Carrier, Line, Route, Settings
from clerkd.app.shape import did_you_mean
from clerkd.app.yamlfile import Mistake, Path

# kind -> what it needs, and what else it may have
_NEEDED: dict[str, tuple[str, ...]] = {
    "twilio": ("account_sid", "auth_token"),
    "telnyx": ("auth_token",),
    "vonage": ("api_key", "api_secret"),
    "smpp": ("host", "system_id", "password"),
}
_OTHERS = {"account_sid", "auth_token", "api_key", "api_secret", "api_url", "host", "system_id", "password"}


def check_routes(settings: Settings, carriers: Collection[str]) -> Iterator[Mistake]:
    """Yield what is wrong with them. `carriers` are the names in the file, those of faulty sections too."""
    for name, carrier in settings.carriers.items():
        yield from _carrier(carrier, ("carriers", name))
    users: dict[str, str] = {}
    for name, line in settings.lines.items():
        yield from _line(settings, line, carriers, ("lines", name))
        if line.carrier is not None and (other := users.setdefault(line.carrier, name)) != name:
            yield Mistake(("lines", name, "carrier"), f"is also the carrier of line {other}")
        if line.fallback is not None:
            yield from _fallback(settings, name, line)
    for index, route in enumerate(settings.routes):
        yield from _route(route, settings.lines, ("routes", index))


def _route(route: Route, lines: Collection[str], path: Path) -> Iterator[Mistake]:
    if not route.lines:
        yield Mistake((*path, "lines"), "an empty list sends nothing: name lines, the preferred one first")
    for place, name in enumerate(route.lines):
        if name not in lines:
            yield Mistake((*path, "lines", place), f'no line "{name}" under lines{did_you_mean(name, lines)}')
    if route.prefix is not None and not re.fullmatch(r"\+[1-9][0-9]{0,14}", route.prefix):
        yield Mistake((*path, "prefix"), f'"{route.prefix}" is not the beginning of a number, like "+44"')
    for place, country in enumerate(route.countries or ()):
        if country not in phonenumbers.SUPPORTED_REGIONS:
            words = f'"{country}" is not a country code of two letters (ISO 3166)'
            yield Mistake((*path, "countries", place), words)


def _carrier(carrier: Carrier, path: Path) -> Iterator[Mistake]:
    needed = _NEEDED[carrier.kind]
    for key in needed:
        if getattr(carrier, key) is None:
            yield Mistake((*path, key), f"is missing: {carrier.kind} needs it")
    allowed = {*needed, *(() if carrier.kind == "smpp" else ("api_url",))}
    for key in sorted(_OTHERS - allowed):
        if getattr(carrier, key) is not None:
            yield Mistake((*path, key), f"says nothing to {carrier.kind}, which needs {', '.join(needed)}")


def _line(settings: Settings, line: Line, carriers: Collection[str], path: Path) -> Iterator[Mistake]:
    if line.carrier is None:
        return
    if line.modem is not None:
        yield Mistake((*path, "carrier"), "a line has a modem or a carrier, not both: give it a fallback instead")
    carrier = settings.carriers.get(line.carrier)
    if carrier is None:
        if line.carrier not in carriers:
            words = f'no carrier "{line.carrier}" under carriers{did_you_mean(line.carrier, carriers)}'
            yield Mistake((*path, "carrier"), words)
    elif carrier.number != line.number:
        yield Mistake((*path, "number"), f"is not the number of carrier {line.carrier}, which is {carrier.number}")


def _fallback(settings: Settings, name: str, line: Line) -> Iterator[Mistake]:
    path: Path = ("lines", name, "fallback")
    fallback = line.fallback
    assert fallback is not None  # noqa: S101 - the caller asked
    other = settings.lines.get(fallback.line)
    if other is None:
        yield Mistake(
            (*path, "line"), f'no line "{fallback.line}" under lines{did_you_mean(fallback.line, settings.lines)}'
        )
    elif other is line:
        yield Mistake((*path, "line"), "a line cannot stand in for itself")
    elif other.number != line.number and not fallback.other_number:
        yield Mistake(
            (*path, "line"),
            f"texts would come from {other.number}, which their recipients do not know: other_number: true allows it",
        )
