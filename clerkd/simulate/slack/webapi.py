"""The Web API without HTTP: a method's name, headers and arguments in, an answer out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clerkd.simulate.slack.call import Call, Method, UnknownArgument, read_arguments
from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.limits import Limited, Limiter
from clerkd.simulate.slack.methods import chat, conversations, files, marks, platform, views
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal
from clerkd.simulate.slack.tokens import Token, TokenRing

METHODS: dict[str, Method] = {
    **platform.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **marks.METHODS,
    **views.METHODS,
    **files.METHODS,
}
CALLS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: Slack's JSON with its status and headers."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """One call that was made, for tests to look at."""

    method: str
    arguments: Json
    error: str | None


class WebApi:
    """Answer calls as Slack does, and keep a list of them."""

    def __init__(self, desk: Desk, tokens: TokenRing, limiter: Limiter) -> None:
        self.calls: deque[Made] = deque(maxlen=CALLS_KEPT)
        self._desk = desk
        self._tokens = tokens
        self._limiter = limiter

    def answer(self, name: str, authorization: str | None, given: Mapping[str, Any]) -> Answer:
        """Return the answer to one call; whatever it changes is changed when this returns."""
        headers: dict[str, str] = {}
        try:
            method = self._method(name)
            token = self._authenticate(method, authorization, given)
            if token is not None:
                headers["x-oauth-scopes"] = ",".join(token.scopes)
                headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
            limited = self._limiter.take(name, method.tier, _channel_of(given))
            if limited is not None:
                return self._refuse_early(name, given, limited)
            body = {"ok": True} | self._run(name, method, token or self._tokens.bot, given)
        except Refusal as refusal:
            self.calls.append(Made(name, dict(given), refusal.code))
            return Answer({"ok": False, "error": refusal.code} | refusal.extra, headers=headers)
        self.calls.append(Made(name, dict(given), None))
        return Answer(body, headers=headers)

    def storm(self, name: str, given: Mapping[str, Any], retry_after_s: int) -> Answer:
        """Answer 429 whatever the limits say, and expect silence until then."""
        return self._refuse_early(name, given, self._limiter.storm(name, retry_after_s))

    def _refuse_early(self, name: str, given: Mapping[str, Any], limited: Limited) -> Answer:
        if limited.early:
            self._desk.violations.append(f"{name} was called again before its Retry-After had passed")
        self.calls.append(Made(name, dict(given), "ratelimited"))
        return Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(limited.retry_after_s)})

    def _method(self, name: str) -> Method:
        if name not in METHODS:
            self._desk.violations.append(f"{name}: unknown method")
            raise Refusal("unknown_method", req_method=name)
        return METHODS[name]

    def _authenticate(self, method: Method, authorization: str | None, given: Mapping[str, Any]) -> Token | None:
        if method is METHODS["api.test"]:
            return None
        token = self._tokens.authenticate(authorization, given.get("token"), needs=method.token)
        if method.scopes:
            token.require(*method.scopes)
        return token

    def _run(self, name: str, method: Method, token: Token, given: Mapping[str, Any]) -> Json:
        try:
            arguments = read_arguments(method.takes, given)
        except UnknownArgument as unknown:
            self._desk.violations.append(f"{name}: unknown argument {unknown}")
            raise Refusal.of_messages("invalid_arguments", [f"[ERROR] unknown argument: {unknown}"]) from None
        self._desk.violations += [f"{name}: {hit}" for hit in self._desk.tripwire.find(arguments)]
        return method.run(Call(name, arguments, token, self._desk))


def _channel_of(given: Mapping[str, Any]) -> str | None:
    channel = given.get("channel")
    return channel if isinstance(channel, str) else None
