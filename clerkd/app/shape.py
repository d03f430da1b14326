"""Compare a parsed file with the structs of `clerkd.app.settings` and list everything that does not fit.

msgspec stops at the first fault; a person with a text editor wants to see all of them, in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from msgspec import inspect

from clerkd.app.settings import Secret
from clerkd.app.yamlfile import Mistake, Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")  # of a line or modem: stands in URLs, logs and file names

_WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.DictType: "a mapping of names",
    inspect.StructType: "a mapping",
}
_PATTERNS = {
    r"^[0-9]{15}$": "15 digits",
    r"^[0-9]{18,20}$": "18 to 20 digits",
    r"^\+[1-9][0-9]{4,14}$": 'a number in full, like "+14155550100"',
    r"^[0-9*#+]{1,182}$": "a USSD code, like *100#",
}
_ELSEWHERE = (
    "a secret is never written in the file itself: {file: PATH}, {env: NAME} or {credential: NAME} says where it is"
)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "…"?` when something similar is known, otherwise what there is."""
    names = sorted(known)
    by_lower = {name.lower(): name for name in names}
    if near := get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6):
        return f'; did you mean "{by_lower[near[0]]}"?'
    return f"; there is {', '.join(names)}" if names else ""


def compare(value: Any, struct: type) -> tuple[Any, list[Mistake]]:
    """Return `value` made to fit, and every place where it is not what `struct` describes.

    What does not fit is replaced by its default or an empty value, so that the rest can be looked at as well. A
    file without content is an empty mapping.
    """
    comparison = _Comparison()
    fitting = comparison.walk({} if value is None else value, inspect.type_info(struct), ())
    return fitting, comparison.mistakes


class _Comparison:
    """One walk through the file: every step returns what fits and notes what does not."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def walk(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        match kind:
            case inspect.Metadata():
                return self.walk(value, kind.type, path)
            case inspect.UnionType():  # only `X | None` is used
                return None if value is None else self._optional(value, _something(kind), path)
            case inspect.StructType() if kind.cls is Secret:
                return self._secret(value, kind, path)
            case inspect.StructType() if isinstance(value, dict):
                return self._struct(value, kind, path)
            case inspect.DictType() if isinstance(value, dict):
                return self._names(value, kind, path)
            case inspect.ListType() if isinstance(value, list):
                return [self.walk(item, kind.item_type, (*path, index)) for index, item in enumerate(value)]
            case inspect.LiteralType() if value not in kind.values:
                allowed = " or ".join(str(item) for item in kind.values)
                return self._wrong(kind, path, f"{_shown(value)} is not {allowed}{_near(value, kind.values)}")
            case inspect.LiteralType():
                return value
            case _:
                return self._scalar(value, kind, path)

    def _optional(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        before = len(self.mistakes)
        fitting = self.walk(value, kind, path)
        return None if any(mistake.path == path for mistake in self.mistakes[before:]) else fitting

    def _wrong(self, kind: inspect.Type, path: Path, words: str) -> Any:
        self.mistakes.append(Mistake(path, words))
        return _empty(kind)

    def _struct(self, value: dict[str, Any], kind: inspect.StructType, path: Path) -> Any:
        fields = {field.encode_name: field for field in kind.fields}
        for key in value:
            if key not in fields:
                self.mistakes.append(Mistake((*path, key), f"unknown key{did_you_mean(key, fields)}"))
        fitting: dict[str, Any] = {}
        for name, field in fields.items():
            if name in value:
                fitting[name] = self.walk(value[name], field.type, (*path, name))
            elif field.required:
                fitting[name] = self._wrong(field.type, (*path, name), "is missing")
        return fitting

    def _names(self, value: dict[str, Any], kind: inspect.DictType, path: Path) -> Any:
        for name in value:
            if NAME.fullmatch(name) is None:
                words = "a name is made of letters, digits, '-', '_' and '.', at most 63"
                self.mistakes.append(Mistake((*path, name), words))
        return {name: self.walk(item, kind.value_type, (*path, name)) for name, item in value.items()}

    def _secret(self, value: Any, kind: inspect.StructType, path: Path) -> Any:
        if not isinstance(value, dict):
            return self._wrong(kind, path, _ELSEWHERE)  # without showing it: it may be the secret
        before = len(self.mistakes)
        fitting = self._struct(value, kind, path)
        if len(self.mistakes) == before and len([place for place in fitting.values() if place]) != 1:
            return self._wrong(kind, path, f"exactly one of file, env and credential; {_ELSEWHERE}")
        return fitting

    def _scalar(self, value: Any, kind: inspect.Type, path: Path) -> Any:
        match kind:
            case inspect.StrType() if isinstance(value, str):
                if kind.pattern is None or re.search(kind.pattern, value):
                    return value
                return self._wrong(kind, path, f"{_shown(value)} is not {_PATTERNS.get(kind.pattern, kind.pattern)}")
            case inspect.IntType() | inspect.FloatType() if _is_number(value) and _suits(value, kind):
                if kind.ge is not None and value < kind.ge:
                    return self._wrong(kind, path, f"{value} is less than {kind.ge}")
                if kind.le is not None and value > kind.le:
                    return self._wrong(kind, path, f"{value} is more than {kind.le}")
                return value
            case inspect.BoolType() if isinstance(value, bool):
                return value
        quotes = '; put it in quotes: "…"' if isinstance(kind, inspect.StrType) and _is_number(value) else ""
        expected = _WORDS.get(type(kind), "something else")
        return self._wrong(kind, path, f"{expected} is expected here, not {_shown(value)}{quotes}")


def _something(kind: inspect.UnionType) -> inspect.Type:
    return next(part for part in kind.types if not isinstance(part, inspect.NoneType))


def _empty(kind: inspect.Type) -> Any:
    """Return a value of the type that says nothing; what stands around it can still be checked."""
    match kind:
        case inspect.Metadata():
            return _empty(kind.type)
        case inspect.StrType():
            return ""
        case inspect.IntType() | inspect.FloatType():
            return kind.ge or 0
        case inspect.BoolType():
            return False
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.ListType():
            return []
        case inspect.StructType() if kind.cls is not Secret:
            return {field.encode_name: _empty(field.type) for field in kind.fields if field.required}
        case _:
            return {}


def _suits(value: float, kind: inspect.Type) -> bool:
    return isinstance(value, int) or isinstance(kind, inspect.FloatType)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _near(value: Any, known: Iterable[Any]) -> str:
    """Return a proposal only when one is near: the allowed words were listed already."""
    words = did_you_mean(str(value), [str(item) for item in known])
    return words if "did you mean" in words else ""


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return str(value)
