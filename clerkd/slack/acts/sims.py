"""Confirming that another SIM is a line's."""

from __future__ import annotations

from clerkd.core.sims import Sims
from clerkd.errors import Refused
from clerkd.slack.interactions import Act, Desk, Interactions, Permission, Said
from clerkd.slack.payload import Acted
from clerkd.slack.screens import hint, sim


class SimActs:
    """What is answered to **Use this SIM**."""

    def __init__(self, sims: Sims) -> None:
        self._sims = sims

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(actions={sim.USE: Act(self.use, Permission.ADMINISTER)})

    async def use(self, payload: Acted, desk: Desk) -> Said | None:
        """Make the SIM the line's; the notice of that takes the button away."""
        try:
            await self._sims.replace(payload.value.get("line", ""), payload.value.get("sim", ""), actor=desk.person.id)
        except Refused as error:
            return Said(show=hint.told(f"Nothing was changed: {error.message}."))
        desk.changed()
        return None
