"""USSD codes and what the network answers (22.090): plain answers and menus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """What the network says; with `replies` it waits for one of them."""

    text: str
    replies: Mapping[str, UssdAnswer] = field(default_factory=dict)

    @property
    def wants_reply(self) -> bool:
        """Whether the session goes on."""
        return bool(self.replies)

    @classmethod
    def of(cls, value: Any) -> UssdAnswer:
        """Read a text, or a mapping with `text` and `replies`."""
        if isinstance(value, str):
            return cls(value)
        return cls(value["text"], {key: cls.of(reply) for key, reply in value.get("replies", {}).items()})


class UssdGateway:
    """The network's USSD side: codes by their digits, a menu position per subscriber."""

    def __init__(self, codes: Mapping[str, Any] | None = None) -> None:
        self._codes = {code: UssdAnswer.of(answer) for code, answer in (codes or {}).items()}
        self._sessions: dict[str, UssdAnswer] = {}

    def program(self, code: str, answer: Any) -> None:
        """Answer `code` with a text or a menu (see `UssdAnswer.of`) from now on."""
        self._codes[code] = UssdAnswer.of(answer)

    def ask(self, subscriber: str, text: str) -> UssdAnswer | None:
        """Return the answer to a code, or to a reply in an open session; None when it means nothing."""
        session = self._sessions.pop(subscriber, None)
        answer = session.replies.get(text) if session else self._codes.get(text)
        if answer is not None and answer.wants_reply:
            self._sessions[subscriber] = answer
        return answer

    def cancel(self, subscriber: str) -> None:
        """End an open session."""
        self._sessions.pop(subscriber, None)
