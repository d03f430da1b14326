"""How the stand-in says no, in Slack's words."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A Web API call is answered with `{"ok": false, "error": code, **extra}`; nothing was changed."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    @classmethod
    def of_messages(cls, code: str, messages: list[str]) -> Refusal:
        """Return a refusal that lists what is wrong under `response_metadata.messages`, as Slack does."""
        return cls(code, response_metadata={"messages": messages})
