"""A Web API method as data, and one call of it with its arguments read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.limits import Tier
from clerkd.simulate.slack.records import Channel, Json
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.tokens import Token, TokenKind

_TRUE, _FALSE = {"1", "true"}, {"0", "false"}


@dataclass(slots=True)
class Call:
    """One authorised call: `arguments` hold only known names, with the types of the method's table."""

    method: str
    arguments: Json
    token: Token
    desk: Desk

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument, or the default where it was not given."""
        return self.arguments.get(name, default)

    def channel(self, name: str = "channel") -> Channel:
        """Return the conversation that an argument names, or raise `channel_not_found`."""
        return self.desk.state.channel_seen_by_app(str(self.arguments[name]))

    def require_for(self, channel: Channel, right: str) -> None:
        """Raise `missing_scope` unless the token holds `right` for this kind of conversation."""
        self.token.require(f"{channel.kind.scope_prefix}:{right}")


@dataclass(frozen=True, slots=True)
class Method:
    """How Slack treats one method.

    `takes` is the whole list of arguments, separated by blanks: `!` marks the required ones, `:bool`, `:int`,
    `:list` and `:object` what is not a string. Any one of `scopes` will do; none means that any token of `token`'s
    kind may call.
    """

    run: Callable[[Call], Json]
    tier: Tier
    takes: str = ""
    scopes: tuple[str, ...] = ()
    token: TokenKind = TokenKind.BOT


class _Mistyped(Exception):
    """A value has not the type of its argument; the text says which it must have."""


class UnknownArgument(Exception):
    """The method has no such argument. Real Slack ignores most of these; a client that sends one has a fault."""


def read_arguments(takes: str, given: Mapping[str, Any]) -> Json:
    """Return the given arguments with their proper types.

    Raise `invalid_arguments` for what is missing or of the wrong type, and `UnknownArgument`.
    """
    kinds, required = _parse_signature(takes)
    unknown = sorted(set(given) - set(kinds) - {"token"})
    if unknown:
        raise UnknownArgument(", ".join(unknown))
    problems = [f"[ERROR] missing required field: {name}" for name in required if given.get(name) in (None, "")]
    arguments: Json = {}
    for name, value in given.items():
        if name == "token" or value is None:
            continue
        try:
            arguments[name] = _coerce(kinds[name], value)
        except _Mistyped as error:
            problems.append(f"[ERROR] {error} [json-pointer:/{name}]")
    if problems:
        raise Refusal.of_messages("invalid_arguments", problems)
    return arguments


def _parse_signature(takes: str) -> tuple[dict[str, str], list[str]]:
    kinds: dict[str, str] = {}
    required: list[str] = []
    for word in takes.split():
        name, _, kind = word.partition(":")
        if name.endswith("!"):
            name = name[:-1]
            required.append(name)
        kinds[name] = kind or "str"
    return kinds, required


def _coerce(kind: str, value: Any) -> Any:
    if kind == "str":
        return _to_text(value)
    if kind == "bool":
        return _to_bool(value)
    if kind == "int":
        return _to_int(value)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise _Mistyped("must be valid JSON") from None
    if not isinstance(value, list if kind == "list" else dict):
        raise _Mistyped("must be an array" if kind == "list" else "must be an object")
    return value


def _to_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Mistyped("must be a string")
    return str(value)


def _to_bool(value: Any) -> bool:
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise _Mistyped("must be a boolean")
    return word in _TRUE


def _to_int(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise _Mistyped("must be an integer") from None
