"""`/clerk …` and `@clerk …`: words that lead to acts, and what is said about a word that is none."""

from __future__ import annotations

from collections.abc import Callable, Collection

from clerkd.slack.interactions import Act, Desk, Interactions, Said
from clerkd.slack.payload import CommandRun, Mentioned
from clerkd.slack.screens import help as help_screen


class Commands:
    """`known` returns the words that the table of acts holds."""

    def __init__(self, known: Callable[[], Collection[str]]) -> None:
        self._known = known

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(words={"help": Act(self.help)})

    async def help(self, payload: CommandRun | Mentioned, desk: Desk) -> Said:
        """Say what can be done; also the answer to a word that nobody knows."""
        del desk
        known = list(self._known())
        unknown = payload.word if payload.word not in known else ""
        return Said(show=help_screen.commands(known, unknown))
