"""A small vocabulary in which Block Kit's rules are written as tables.

A check takes a value and the JSON pointer of its place, and yields what is wrong with it in Slack's manner of speaking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Problem = tuple[str, str]  # what is wrong, and the JSON pointer of where
Check = Callable[[Any, str], Iterator[Problem]]


def string(least: int = 0, most: int | None = None, pattern: str | None = None) -> Check:
    """A string of `least` to `most` characters that matches the pattern as a whole."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any, where: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield "must provide a string", where
        elif len(value) < least:
            yield f"must be more than {least - 1} characters", where
        elif most is not None and len(value) > most:
            yield f"must be less than {most + 1} characters", where
        elif compiled and not compiled.fullmatch(value):
            yield "does not have the required format", where

    return check


def one_of(*allowed: Any) -> Check:
    """One of a few constants."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if value not in allowed or type(value) is not type(allowed[0]):
            yield f"must be one of: {', '.join(map(str, allowed))}", where

    return check


def boolean(value: Any, where: str) -> Iterator[Problem]:
    """Check for true or false."""
    if not isinstance(value, bool):
        yield "must be a boolean", where


def integer(least: int, most: int | None = None) -> Check:
    """An integer within bounds."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield "must be an integer", where
        elif value < least or (most is not None and value > most):
            yield f"must be between {least} and {most}" if most is not None else f"must be at least {least}", where

    return check


def array(item: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of `least` to `most` items of one kind."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield "must be an array", where
            return
        if len(value) < least:
            yield f"no fewer than {least} items allowed", where
        if most is not None and len(value) > most:
            yield f"no more than {most} items allowed", where
        for index, one in enumerate(value):
            yield from item(one, f"{where}/{index}")

    return check


def fields(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *rules: Check,
) -> Check:
    """An object with exactly these properties; `rules` look at it as a whole once its parts are right."""
    required, optional = required or {}, optional or {}

    def check(value: Any, where: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield "must be an object", where
            return
        wrong = False
        for name in required:
            if name not in value:
                wrong = True
                yield f"missing required field: {name}", where
        for name, part in value.items():
            inner = required.get(name) or optional.get(name)
            if inner is None:
                wrong = True
                yield f"invalid additional property: {name}", where
                continue
            for problem in inner(part, f"{where}/{name}"):
                wrong = True
                yield problem
        if not wrong:
            for rule in rules:
                yield from rule(value, where)

    return check


def tagged(kinds: Mapping[str, Check], among: Collection[str] | None = None) -> Check:
    """An object that says by `type` which of `kinds` it is; only those `among` are allowed here."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield "must be an object", where
            return
        kind = value.get("type")
        if kind is None:
            yield "missing required field: type", where
        elif not isinstance(kind, str) or kind not in kinds or (among is not None and kind not in among):
            yield f"unsupported type: {kind}", f"{where}/type"
        else:
            yield from kinds[kind](value, where)

    return check


def exactly_one(*names: str) -> Check:
    """Exactly one of these properties is there."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if sum(name in value for name in names) != 1:
            yield f"must have exactly one of: {', '.join(names)}", where

    return check


def at_least_one(*names: str) -> Check:
    """At least one of these properties is there."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if not any(name in value for name in names):
            yield f"must have at least one of: {', '.join(names)}", where

    return check


def constant(value: str) -> Check:
    """Just this one word."""
    return one_of(value)
