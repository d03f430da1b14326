"""A token of the Slack app, which may be replaced where it is kept while clerkd runs.

A token that Slack refuses is not used again until Slack has accepted it or another one. Meanwhile whoever keeps it is
asked for another: nothing that waits to be posted is touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

LOOK_EVERY_S = 2.0  # for another token, while this one is refused

TokenSource = Callable[[], str]  # raises TokenUnreadable

log = structlog.get_logger()


class TokenUnreadable(Exception):
    """The token is not where it should be, or must not be used; the text says why and what to do."""


class Token:
    """The token in use. `name` is what it is called in the configuration."""

    def __init__(self, name: str, source: TokenSource) -> None:
        """Read it for the first time; raise `TokenUnreadable`."""
        self.name = name
        self.text = source()
        self.refused: str | None = None  # Slack's word for why, while it is
        self.unreadable: str | None = None  # what was wrong when another one was looked for
        self._source = source
        self._accepted = asyncio.Event()
        self._accepted.set()
        self._refusal = asyncio.Event()

    def refuse(self, code: str, text: str) -> None:
        """Hear that Slack refused `text`, which may have been replaced since it was used."""
        if text != self.text:
            return
        if self.refused is None:
            log.error("slack.token-refused", token=self.name, error=code)
        self.refused = code
        self.doubt()

    def accept(self) -> None:
        """Hear that Slack takes it."""
        if self.refused is not None:
            log.info("slack.token-accepted", token=self.name)
        self.refused = None
        self._refusal.clear()
        self._accepted.set()

    def doubt(self) -> None:
        """Use it for nothing until Slack has accepted it."""
        self.refused = self.refused or "replaced"
        self._accepted.clear()
        self._refusal.set()

    async def until_accepted(self) -> None:
        """Return at once unless it is refused, else when Slack takes it or another one."""
        await self._accepted.wait()

    async def until_refused(self) -> None:
        """Return when Slack refuses it."""
        await self._refusal.wait()

    def look_again(self) -> bool:
        """Read it where it is kept and tell whether it is another one now, which Slack may take or not."""
        try:
            text = self._source()
        except TokenUnreadable as reason:
            if self.unreadable != str(reason):
                log.warning("slack.token-unreadable", token=self.name, reason=str(reason))
            self.unreadable = str(reason)
            return False
        self.unreadable = None
        if text == self.text:
            return False
        self.text = text
        log.info("slack.token-replaced", token=self.name)
        return True
