"""Tokens and scopes: who may call what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from clerkd.simulate.slack.refusal import Refusal

BASE_SCOPES = (
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:read",
    "files:write", "groups:history", "groups:read", "im:history", "im:write", "reactions:read", "reactions:write",
    "users:read",
)  # fmt: skip
OPTIONAL_SCOPES = (
    "channels:manage", "groups:write", "pins:write", "bookmarks:write", "canvases:write", "usergroups:read",
)  # fmt: skip
APP_SCOPES = ("connections:write",)


class TokenKind(StrEnum):
    """Slack tells its tokens apart by their prefix."""

    BOT = "xoxb"
    APP = "xapp"


@dataclass(slots=True)
class Token:
    """One token. `dead` is the error that it gives once it is no good: `token_revoked`, `account_inactive` …"""

    text: str
    kind: TokenKind
    scopes: tuple[str, ...]
    dead: str | None = None

    def require(self, *any_of: str) -> None:
        """Raise `missing_scope` unless one of these scopes was granted."""
        if any_of and not set(any_of) & set(self.scopes):
            raise Refusal("missing_scope", needed=",".join(any_of), provided=",".join(self.scopes))


class TokenRing:
    """The tokens that the installed app was given."""

    def __init__(self, bot_token: str, app_token: str, scopes: Iterable[str]) -> None:
        self.bot = Token(bot_token, TokenKind.BOT, tuple(sorted(scopes)))
        self.app = Token(app_token, TokenKind.APP, APP_SCOPES)

    def authenticate(self, header: str | None, argument: str | None, *, needs: TokenKind) -> Token:
        """Return the token of a call from its `Authorization` header or its `token` form argument.

        Raise `not_authed`, `invalid_auth`, `not_allowed_token_type` or what a dead token answers. An app-level token
        counts in the header only (docs.slack.dev/reference/methods/apps.connections.open).
        """
        scheme, _, text = (header or "").partition(" ")
        if scheme.lower() != "bearer":
            text = "" if needs is TokenKind.APP else (argument or "")
        if not text:
            raise Refusal("not_authed")
        token = next((known for known in (self.bot, self.app) if known.text == text), None)
        if token is None:
            raise Refusal("invalid_auth")
        if token.kind is not needs:
            raise Refusal("not_allowed_token_type")
        if token.dead:
            raise Refusal(token.dead)
        return token
