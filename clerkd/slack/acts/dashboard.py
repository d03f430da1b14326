"""The dashboard: `/clerk`, `@clerk`, and the Home tab."""

from __future__ import annotations

from clerkd.slack.board import Boards
from clerkd.slack.interactions import Act, Desk, Interactions, Said
from clerkd.slack.payload import Acted, CommandRun, Json, Mentioned
from clerkd.slack.screens import dashboard
from clerkd.slack.screens.board import OPEN_LINK


class Dashboard:
    """Show the dashboard."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            words={"": Act(self.show)},
            actions={OPEN_LINK: Act(self.opened)},
            home_view=self.home,
        )

    async def show(self, payload: CommandRun | Mentioned, desk: Desk) -> Said:
        """Show it to the one who asked."""
        del payload
        return Said(show=dashboard.message(await self._boards.of(desk)))

    async def home(self, desk: Desk) -> Json:
        """Return somebody's Home tab."""
        return dashboard.home(await self._boards.of(desk))

    async def opened(self, payload: Acted, desk: Desk) -> None:
        """Do nothing more: the button was a link, and Slack followed it."""
